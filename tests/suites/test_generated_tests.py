"""Tests that lawful generates: they pass, they reach everything, and their failure tells what to look at."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lawful.codegen import cli

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "spec/tutorial.yaml").read_text(encoding="utf-8")
PYPROJECT = (
    '[tool.pytest.ini_options]\npythonpath = ["."]\n[tool.lawful]\ntests = "tests/generated"\n'
)
TESTS = Path("tests/generated/tutorial")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the tutorial's spec, its machine and its tests, which take seconds to find."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("pyproject.toml").write_text(PYPROJECT)
        Path("tutorial.yaml").write_text(SPEC)
        assert generate() == 0
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that project; it is the current folder."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def generate(*options: str) -> int:
    return cli.main(["generate", "tutorial.yaml", *options])


def change(path: str | Path, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def run(*options: str) -> tuple[int, str]:
    """The exit code of pytest over the generated tests, and what it says."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS), *options]
    # With this lawful, whichever is installed, and as a run of its own, whatever runs this test.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "LAWFUL_"))}
    environment = inherited | {"PYTHONPATH": str(ROOT / ".dev")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stdout + done.stderr


def texts() -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(TESTS.iterdir()) if p.is_file()}


def test_they_pass_and_reach_every_item(project: Path) -> None:
    package = "--lawful-cov-package=generated.tutorial"
    code, said = run("--lawful-cov=tutorial.yaml", package, "--lawful-cov-fail-under=100")
    assert code == 0, said


def test_every_cell_has_a_test_the_refused_ones_too(project: Path) -> None:
    text = "".join(texts().values())
    for event, cells in (
        ("Add", "new queued running done failed"),
        ("Fetched", "absent queued running done failed"),
        ("FetchFailed", "absent queued running done failed"),
    ):
        for cell in cells.split():
            assert re.search(rf'"(cell|refused) {event} in {cell}(, case \d)?"', text), cell


def test_a_failure_tells_the_item_the_rule_what_was_expected_and_what_was_found(
    project: Path,
) -> None:
    machine = Path("generated/tutorial/machine.py")
    change(machine, 'return {file: "done"}', 'return {file: "failed"}')
    code, said = run()
    assert code == 1
    line = SPEC.splitlines().index("      running: {recommend: done}") + 1
    assert (
        f"""
E         item:     cell Fetched in running
E         rule:     tutorial.yaml:{line}  running: {{recommend: done}}
"""
        in said
    )
    assert (
        """
E         stage:    three files
E         given:    Add(url='a')
E         when:     Fetched(url='a', size=0)
E         expected: ! File 'a': running -> done
E                   ! File 'a': state = 'done'
E                     active = []
E         found:    ! File 'a': running -> failed
E                   ! File 'a': state = 'failed'
E                     active = []
"""
        in said
    )


def test_an_event_that_is_taken_where_it_has_to_be_refused_fails_its_test(project: Path) -> None:
    change(
        "generated/tutorial/machine.py",
        'case "queued" | "done" | "failed":\n                raise self._refuse(\n'
        '                    event, file, file.state, "a Fetch is open only while its file is running"\n'
        "                )",
        'case "queued" | "done" | "failed":\n                return None',
    )
    code, said = run()
    assert code == 1
    assert "expected: ! IllegalEvent: a Fetch is open only while its file is running" in said


def test_what_changes_in_the_spec_shows_in_the_tests_of_it_and_nowhere_else(project: Path) -> None:
    before = texts()
    change("tutorial.yaml", "when: file.attempts < 2", "when: file.attempts < 3")
    change("tutorial.yaml", "holds: file.attempts <= 2", "holds: file.attempts <= 3")
    assert generate() == 0
    after = texts()
    changed = {name for name in before if before[name] != after[name]}
    walks = {"walks_1.txt", "test_tutorial_pairs.py"}
    assert changed - walks == {"conftest.py", "rules.txt", "test_tutorial_event_fetch_failed.py"}
    failures = [text["conftest.py"].count('event("FetchFailed"') for text in (before, after)]
    assert failures == [2, 3]  # the way to "File failed"
    old, new = (t["test_tutorial_event_fetch_failed.py"].splitlines() for t in (before, after))
    diff = list(difflib.unified_diff(old, new, n=0))[3:]
    assert [line[0] + line[1:].strip() for line in diff] == [
        '-given=["File running", event("FetchFailed", url="a", reason="reason")],',
        "+given=[",
        '+"File running",',
        '+event("FetchFailed", url="a", reason="reason"),',
        '+event("FetchFailed", url="a", reason="reason"),',
        "+],",
    ]


def test_a_line_that_is_put_in_changes_the_places_only(project: Path) -> None:
    before = texts()
    Path("tutorial.yaml").write_text("# A remark.\n" + SPEC)
    assert generate() == 0
    changed = {name for name, text in texts().items() if before[name] != text}
    assert changed == {"rules.txt"}


def test_the_same_spec_gives_the_same_bytes_whatever_the_hash_seed(project: Path) -> None:
    before = texts()
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "lawful.codegen", "generate", "--fresh", "tutorial.yaml"]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / ".dev")}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        assert "updated" not in done.stdout
        assert texts() == before


def test_nothing_is_looked_for_again_while_nothing_has_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert generate() == 0
    said = capsys.readouterr()
    assert (said.err, "tests/" in said.out) == ("", False)
    assert generate("--fresh") == 0
    assert "looking for the tests of Tutorial" in capsys.readouterr().err


def test_a_test_that_was_edited_or_is_gone_has_drifted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate("--check") == 0
    change(TESTS / "test_tutorial_event_add.py", "queued", "quewed")
    (TESTS / "test_tutorial_event_fetched.py").unlink()
    capsys.readouterr()
    assert generate("--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "outdated tests/generated/tutorial/test_tutorial_event_add.py",
        "missing tests/generated/tutorial/test_tutorial_event_fetched.py",
    ]
    assert generate() == 0
    assert generate("--check") == 0


def test_a_project_that_does_not_ask_for_tests_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tutorial.yaml").write_text(SPEC)
    assert generate() == 0
    assert not Path("tests").exists()
    assert generate("--tests", "checks") == 0
    assert Path("checks/tutorial/conftest.py").exists()


def test_settings_that_are_no_settings_are_said_with_their_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pyproject.toml").write_text("[tool.lawful]\ntests = 3\n")
    assert generate() == 2
    assert "pyproject.toml: [tool.lawful] tests is a text" in capsys.readouterr().err
