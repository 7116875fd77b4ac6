"""``lawful watch``: a round checks, generates and shows; what is wrong stands above what was last right."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lawful.codegen.cli import main
from lawful.codegen.settings import Settings
from lawful.codegen.watching import Watching, concerns

from .machines import ROOT, TUTORIAL

WRONG = TUTORIAL.replace("file.attempts < 2", "file.attempts < x")
OTHER = TUTORIAL.replace("file.attempts < 2", "file.attempts < 3")


def watching(folder: Path) -> Watching:
    spec = folder / "tutorial.yaml"
    spec.write_text(TUTORIAL, encoding="utf-8")
    return Watching(spec, ("tutorial.yaml", "generated"), folder / "generated")


def test_a_round_writes_only_what_has_changed(tmp_path: Path) -> None:
    work = watching(tmp_path)
    first = work.round()
    assert {change.kind for change in first.changes} == {"created"}
    assert work.round().changes == ()
    work.spec.write_text(OTHER, encoding="utf-8")
    assert {change.kind for change in work.round().changes} == {"updated"}
    machine = (tmp_path / "generated" / "tutorial" / "machine.py").read_text(encoding="utf-8")
    assert "file.attempts < 3" in machine


def test_a_round_says_when_the_generated_tests_are_of_another_spec(tmp_path: Path) -> None:
    work = watching(tmp_path)
    assert not work.round().stale  # the project has no place for tests
    work.tests = Settings(tmp_path / "tests", "generated")
    assert work.round().stale  # there are none yet
    places = ["--out", str(work.out), "--tests", str(tmp_path / "tests")]
    assert main(["generate", str(work.spec), *places]) == 0
    assert not work.round().stale
    work.spec.write_text(OTHER, encoding="utf-8")
    assert work.round().stale


def test_mistakes_stand_above_the_machine_as_it_was_last_right(tmp_path: Path) -> None:
    work = watching(tmp_path)
    work.round()
    work.spec.write_text(WRONG, encoding="utf-8")
    done = work.round()
    assert done.machine is None
    assert [one.code for one in done.diagnostics] == ["LF350"]
    html = work.page()
    assert "LF350" in html
    assert 'data-node="state:File:queued"' in html
    assert "file.attempts \\u003c x" in html  # the spec's text as it is now
    work.spec.write_text(OTHER, encoding="utf-8")
    work.round()
    assert "LF350" not in work.page()


def test_a_spec_that_was_never_right_is_shown_with_its_mistakes(tmp_path: Path) -> None:
    work = watching(tmp_path)
    work.spec.write_text(WRONG, encoding="utf-8")
    work.round()
    html = work.page()
    assert "LF350" in html
    assert "<svg" not in html
    assert not (tmp_path / "generated").exists()


def test_a_spec_that_is_gone_for_a_moment_is_a_mistake_too(tmp_path: Path) -> None:
    work = watching(tmp_path)
    work.round()
    work.spec.unlink()
    assert work.round().machine is None
    assert "LF00" in work.page()


def test_a_file_that_nobody_generated_is_left_alone_and_named(tmp_path: Path) -> None:
    work = watching(tmp_path)
    mine = tmp_path / "generated" / "tutorial" / "machine.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n", encoding="utf-8")
    assert [one.code for one in work.round().diagnostics] == ["LF500"]
    assert mine.read_text(encoding="utf-8") == "mine\n"
    assert "LF500" in work.page()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.yaml", True),
        ("b.yml", True),
        (".a.yaml.swp", False),
        (".#a.yaml", False),
        ("page.html", False),
        ("machine.py", False),
        ("cov.json", True),
        ("other.json", False),
    ],
)
def test_only_specs_and_the_files_that_were_named_concern_it(
    tmp_path: Path, name: str, *, wanted: bool
) -> None:
    extras = frozenset({(tmp_path / "cov.json").resolve()})
    assert concerns(str(tmp_path / name), extras) is wanted


def test_the_command_goes_on_from_save_to_save_until_it_is_interrupted(tmp_path: Path) -> None:
    spec = tmp_path / "tutorial.yaml"
    spec.write_text(TUTORIAL, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "lawful.codegen", "watch", "tutorial.yaml", "-o", "page.html"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = iter(process.stdout.readline, "")
        for text, expected in (
            (None, "Tutorial is fine"),
            (WRONG, "LF350"),
            (OTHER, "Tutorial is fine"),
        ):
            if text is not None:
                spec.write_text(text, encoding="utf-8")
            assert any(expected in line for line in said)
        process.send_signal(signal.SIGINT)
        rest = "".join(said)
        assert process.wait(60) == 130
        assert "Traceback" not in rest
    finally:
        process.kill()
        process.communicate()
    assert "LF350" not in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nowhere.yaml"], "nowhere.yaml"),
        (["spec"], "holds several machines"),
        (["spec/tutorial.yaml", "--coverage", "nowhere.json"], "can't read nowhere.json"),
    ],
)
def test_a_mistaken_call_ends_at_once(
    options: list[str],
    said: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["watch", *options]) == 2
    assert re.search(re.escape(said), capfd.readouterr().err)
