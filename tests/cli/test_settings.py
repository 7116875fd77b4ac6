"""What a project's ``pyproject.toml`` says about where generated code goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen import cli

TUTORIAL = Path(__file__).resolve().parents[2] / "spec" / "tutorial.yaml"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a spec, in which one stands."""
    folder = tmp_path / "house"
    (folder / "spec").mkdir(parents=True)
    (folder / "spec" / "tutorial.yaml").write_text(TUTORIAL.read_text())
    monkeypatch.chdir(folder)
    return folder


def say(text: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.lawful]\n{text}\n")


def made() -> list[str]:
    return sorted(path.parent.as_posix() for path in Path().rglob("machine.py"))


def test_packages_go_where_the_project_says() -> None:
    say('out = "house/made"')
    assert cli.main(["generate", "spec"]) == 0
    assert made() == ["house/made/tutorial"]
    assert cli.main(["generate", "spec", "--check"]) == 0


def test_they_do_from_wherever_one_stands(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    say('out = "house/made"')
    for place, spec in ((project / "spec", "."), (project.parent, "house/spec/tutorial.yaml")):
        monkeypatch.chdir(place)
        assert cli.main(["generate", spec]) == 0
        monkeypatch.chdir(project)
        assert made() == ["house/made/tutorial"]


def test_the_command_line_is_believed_before_the_project(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say('out = "house/made"')
    assert cli.main(["generate", "spec", "--out", "here"]) == 0
    assert made() == ["here/tutorial"]
    capsys.readouterr()
    assert cli.main(["generate", "spec", "--check"]) == 1
    assert capsys.readouterr().err.endswith("Run: lawful generate spec\n")


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'house'", '[tool.lawful]\ntests = "checks"']
)
def test_a_project_that_says_nothing_has_them_where_one_stands(text: str) -> None:
    Path("pyproject.toml").write_text(text)
    assert cli.main(["generate", "spec", "--no-tests"]) == 0
    assert made() == ["generated/tutorial"]


# The spec may be a stranger's, and its project with it.
@pytest.mark.parametrize("out", ["../elsewhere", "a/../../b", "/tmp/elsewhere", ".."])
@pytest.mark.parametrize("command", ["generate", "watch"])
def test_no_project_writes_outside_of_itself(
    command: str, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say(f'out = "{out}"')
    assert cli.main([command, "spec/tutorial.yaml"]) == 2
    assert "out leads out of the project" in capsys.readouterr().err
    assert made() == []


@pytest.mark.parametrize(
    ("text", "said"), [("out = 3", "out is a text"), ("out = ", "Invalid value")]
)
def test_settings_that_make_no_sense_are_named_with_their_file(
    text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say(text)
    assert cli.main(["generate", "spec"]) == 2
    told = capsys.readouterr().err
    assert "house/pyproject.toml: " in told
    assert said in told
