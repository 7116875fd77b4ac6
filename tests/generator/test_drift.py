"""``lawful generate``: what is written, what is left alone, and what is said about drift."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lawful.codegen import cli, writer

from .building import ROOT, machine

SPEC = machine(
    transitions="  idle -> red: {becomes: red, emit: 'Tell(text=\"red\")'}\n  red -> blue: {becomes: blue}\n"
    "  blue -> idle: {becomes: idle}\n"
)
FILES = {
    "__init__.py",
    "entities.py",
    "events.py",
    "handlers.py",
    "instructions.py",
    "instrumented.py",
    "machine.py",
    "py.typed",
    "shapes.py",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec").mkdir()
    Path("spec/box.yaml").write_text(SPEC)
    return tmp_path


def lawful(*arguments: str) -> int:
    return cli.main(["generate", *arguments])


def change(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def state() -> dict[str, tuple[str, int]]:
    """Every file under ``generated`` with its text and its time of change."""
    return {
        p.as_posix(): (p.read_text(), p.stat().st_mtime_ns)
        for p in sorted(Path("generated").rglob("*"))
        if p.is_file()
    }


def test_the_cycle_of_drift(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("spec/box.yaml", "--check") == 1
    said = capsys.readouterr()
    assert "missing generated/box/machine.py" in said.out
    assert "Run: lawful generate spec/box.yaml" in said.err
    assert not Path("generated").exists()

    assert lawful("spec/box.yaml") == 0
    assert "created generated/box/machine.py" in capsys.readouterr().out
    assert {p.name for p in Path("generated/box").iterdir()} == FILES
    assert lawful("spec/box.yaml", "--check") == 0
    assert capsys.readouterr().out == ""

    change("spec/box.yaml", 'text="red"', 'text="scarlet"')
    assert lawful("spec/box.yaml", "--check") == 1
    assert "outdated generated/box/machine.py" in capsys.readouterr().out
    assert lawful("spec/box.yaml") == 0
    assert "updated generated/box/machine.py" in capsys.readouterr().out
    assert lawful("spec/box.yaml", "--check") == 0

    change("generated/box/machine.py", "scarlet", "crimson")
    assert lawful("spec/box.yaml", "--check") == 1
    assert capsys.readouterr().out == "outdated generated/box/machine.py\n"


def test_only_what_differs_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lawful("spec/box.yaml")
    before = state()
    capsys.readouterr()
    assert lawful("spec/box.yaml") == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"same"}
    assert state() == before
    change("generated/box/events.py", "class Put", "class Put2")
    lawful("spec/box.yaml")
    after = state()
    changed = [name for name in after if after[name] != before[name]]
    assert changed == ["generated/box/events.py"]
    assert after["generated/box/events.py"][0] == before["generated/box/events.py"][0]


def test_a_diff_is_shown_and_nothing_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lawful("spec/box.yaml")
    change("spec/box.yaml", 'text="red"', 'text="scarlet"')
    before = state()
    capsys.readouterr()
    assert lawful("spec/box.yaml", "--diff") == 0
    said = capsys.readouterr().out
    assert "--- a/generated/box/machine.py" in said
    assert '-        instructions.append(Tell(text="red", stimulus_id=stimulus_id))' in said
    assert '+        instructions.append(Tell(text="scarlet", stimulus_id=stimulus_id))' in said
    assert lawful("spec/box.yaml", "--diff", "--check") == 1
    assert state() == before


def test_stale_files_go_if_they_are_ours(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lawful("spec/box.yaml")
    ours = Path("generated/box/machine.py").read_text()
    Path("generated/box/old.py").write_text(ours)
    Path("generated/box/notes.py").write_text("# mine\n")
    capsys.readouterr()
    assert lawful("spec/box.yaml", "--check") == 1
    assert capsys.readouterr().out == "stale generated/box/old.py\n"
    lawful("spec/box.yaml")
    assert "removed generated/box/old.py" in capsys.readouterr().out
    assert {p.name for p in Path("generated/box").iterdir()} == FILES | {"notes.py"}


def test_the_package_of_a_renamed_machine_goes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lawful("spec/box.yaml")
    Path("spec/other.yaml").write_text(SPEC.replace("machine: Box", "machine: Other"))
    lawful("spec/other.yaml")
    change("spec/box.yaml", "machine: Box", "machine: Chest")
    capsys.readouterr()
    assert lawful("spec/box.yaml", "--check") == 1
    assert "stale generated/box/machine.py" in capsys.readouterr().out
    lawful("spec/box.yaml")
    assert sorted(p.name for p in Path("generated").iterdir()) == ["chest", "other"]


@pytest.mark.parametrize("flags", [[], ["--check"], ["--diff"]])
def test_a_file_of_somebody_else_is_never_overwritten(
    project: Path, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    Path("generated/box").mkdir(parents=True)
    Path("generated/box/machine.py").write_text("# mine\n")
    assert lawful("spec/box.yaml", *flags) == 2
    said = capsys.readouterr().err
    assert "LF500" in said
    assert "generated/box/machine.py" in said
    assert [p.name for p in Path("generated/box").iterdir()] == ["machine.py"]
    assert Path("generated/box/machine.py").read_text() == "# mine\n"


@pytest.mark.parametrize("link", ["generated/box", "generated/box/machine.py"])
def test_nothing_is_written_through_a_link(
    project: Path, capsys: pytest.CaptureFixture[str], link: str
) -> None:
    outside = project / "outside"
    outside.mkdir()
    (outside / "machine.py").write_text("# mine\n")
    Path(link).parent.mkdir(parents=True)
    Path(link).symlink_to(outside / "machine.py" if link.endswith(".py") else outside)
    assert lawful("spec/box.yaml") == 2
    assert "LF501" in capsys.readouterr().err
    assert [p.name for p in outside.iterdir()] == ["machine.py"]
    assert (outside / "machine.py").read_text() == "# mine\n"


def test_the_output_folder_itself_may_be_a_link(project: Path) -> None:
    (project / "elsewhere").mkdir()
    Path("generated").symlink_to(project / "elsewhere")
    assert lawful("spec/box.yaml") == 0
    assert (project / "elsewhere/box/machine.py").exists()


def test_a_target_that_can_not_be_written_is_told_in_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    assert lawful("spec/box.yaml", "--out", "file") == 2
    assert "a file stands where a folder is needed" in capsys.readouterr().err.lower()

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuse)
    assert lawful("spec/box.yaml") == 2
    said = capsys.readouterr().err
    assert "LF502" in said
    assert "the file system is read-only" in said
    assert not list(Path("generated").rglob("*.py"))
    assert not [p for p in Path("generated").rglob(".*") if p.is_file()]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_told_in_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("generated").mkdir(mode=0o555)
    assert lawful("spec/box.yaml") == 2
    assert "permission denied" in capsys.readouterr().err


def test_a_spec_with_mistakes_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("spec/good.yaml").write_text(SPEC)
    change("spec/box.yaml", "becomes: red", "becomes: rad")
    assert lawful("spec/good.yaml", "spec/box.yaml") == 1
    assert 'Did you mean "red"?' in capsys.readouterr().err
    assert not Path("generated").exists()


def test_two_machines_with_one_package_are_an_error(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("spec/again.yaml").write_text(SPEC)
    assert lawful("spec") == 2
    said = capsys.readouterr().err
    assert "LF503" in said
    assert not Path("generated").exists()


def test_several_specs_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("spec/other.yaml").write_text(SPEC.replace("machine: Box", "machine: Other"))
    assert lawful("spec") == 0
    assert sorted(p.name for p in Path("generated").iterdir()) == ["box", "other"]
    assert lawful("spec", "--check") == 0


def test_the_spec_is_named_as_seen_from_beside_the_output(project: Path) -> None:
    lawful("spec/box.yaml")
    lines = Path("generated/box/machine.py").read_text().splitlines()
    assert lines[0] == "# Generated by lawful; not to be edited."
    assert "# Spec: spec/box.yaml" in lines
    assert "# Command: lawful generate spec/box.yaml" in lines
    lawful("spec/box.yaml", "--out", "deep/down/generated")
    assert "# Spec: box.yaml" in Path("deep/down/generated/box/machine.py").read_text()
    first = {p.name: p.read_bytes() for p in Path("generated/box").iterdir()}
    other = project / "other"
    shutil.copytree(project / "spec", other / "spec")
    command = [sys.executable, "-m", "lawful.codegen", "generate", str(other / "spec")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".dev")}
    out = ["--out", str(other / "generated")]
    subprocess.run([*command, *out], check=True, capture_output=True, env=environment, cwd="/")
    assert {p.name: p.read_bytes() for p in (other / "generated/box").iterdir()} == first


def test_code_inside_a_package_names_the_spec_as_seen_from_the_project(project: Path) -> None:
    Path("shop/parts").mkdir(parents=True)
    Path("shop/__init__.py").touch()
    Path("shop/parts/__init__.py").touch()
    lawful("spec/box.yaml", "--out", "shop/parts/generated")
    lines = Path("shop/parts/generated/box/machine.py").read_text().splitlines()
    assert "# Spec: spec/box.yaml" in lines
    assert "# Command: lawful generate spec/box.yaml --out shop/parts/generated" in lines


def test_what_a_killed_run_left_is_cleaned_up(project: Path) -> None:
    Path("generated/box").mkdir(parents=True)
    left = Path("generated/box/.machine.py.1234abcd.lawful-unfinished")
    left.write_text("half")
    lawful("spec/box.yaml")
    assert not left.exists()


def test_a_rewritten_file_keeps_its_mode(project: Path) -> None:
    lawful("spec/box.yaml")
    path = Path("generated/box/machine.py")
    path.chmod(0o640)
    change("spec/box.yaml", 'text="red"', 'text="scarlet"')
    lawful("spec/box.yaml")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_path_that_leaves_the_output_folder_is_refused(tmp_path: Path) -> None:
    from pathlib import PurePosixPath

    from lawful.codegen.diagnostics import Diagnostics

    for path in ("../evil.py", "/etc/evil.py", "box/../../evil.py"):
        found = Diagnostics()
        assert writer.plan(tmp_path / "out", {PurePosixPath(path): "x"}, [], found) == []
        assert [d.code for d in found] == ["LF504"]


def test_what_is_checked_in_is_what_its_spec_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lawful("spec/tutorial.yaml", "--check") == 0
