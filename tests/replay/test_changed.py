"""Old recordings, new spec: which runs would have gone differently, and where."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen import cli
from lawful.generated.tutorial import Add, Fetched, FetchFailed, Tutorial
from lawful.runtime import Recorder, VirtualClock

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "spec/tutorial.yaml").read_text(encoding="utf-8")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs: in one all goes well, in the other a file fails twice."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/tutorial.yaml").write_text(SPEC, encoding="utf-8")
    happened: dict[str, list[Add | Fetched | FetchFailed]] = {
        "good": [Add(url="a"), Add(url="b"), Fetched(url="a", size=1), Fetched(url="b", size=1)],
        "bad": [Add(url="a"), *(FetchFailed(url="a", reason="it is broken") for _ in "12")],
    }
    for name, events in happened.items():
        clock = VirtualClock()
        machine = Tutorial(clock=clock)
        with Recorder(machine, tmp_path / "runs" / f"{name}.lawful"):
            for event in events:
                clock.advance_to(clock.now + 1)
                machine.handle(event)
    return tmp_path / "runs"


def changed(*replacements: tuple[str, str]) -> Path:
    text = SPEC
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    Path("new.yaml").write_text(text, encoding="utf-8")
    return Path("new.yaml")


def results(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = cli.main(["replay", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_nothing_differs_without_a_change(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = results(capsys, str(runs))
    assert code == 0
    assert found["different"] == 0
    assert [(run["steps"], run["same_spec"]) for run in found["runs"]] == [(3, True), (4, True)]


def test_only_the_run_that_a_change_concerns_is_named_with_the_place(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = changed(("file.attempts < 2", "file.attempts < 3"))
    assert cli.main(["replay", "runs", "--spec", str(new)]) == 1
    cell = next(n for n, line in enumerate(SPEC.splitlines(), 1) if line == "  FetchFailed:")
    retry = next(n for n, line in enumerate(SPEC.splitlines(), 1) if "running -> queued:" in line)
    said = capsys.readouterr().out.splitlines()
    assert said[:5] == [
        "runs/bad.lawful: goes differently at step 3 of 3: other instructions follow",
        "  event     FetchFailed(url='a', reason='it is broken')",
        "  recorded  nothing",
        "  now       Fetch(url='a')",
        f"  see       new.yaml:{cell}",
    ]
    assert f"            new.yaml:{retry}" in said
    assert "runs/good.lawful: 4 steps, all as recorded, by another version of the spec" in said
    assert said[-1] == "1 of 2 runs go differently"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("FetchFailed:\n", "FetchBroken:\n", "the spec has no event FetchFailed"),
        ("reason: str}}", "reason: int}}", "'it is broken' is no int"),
        ("reason: str}}", "reason: str, code: int}}", "it was recorded without code"),
        (
            "- {recommend: failed}",
            "- {impossible: a second failure never comes}",
            "it was taken, and now there is an error",
        ),
    ],
)
def test_an_event_that_the_new_spec_would_not_take_is_told(
    old: str, new: str, problem: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everywhere = [(old, new)]
    if "Broken" in new:
        everywhere = [("FetchFailed", "FetchBroken")]
    code, found = results(capsys, "runs/bad.lawful", "--spec", str(changed(*everywhere)))
    assert code == 1
    assert problem in found["runs"][0]["divergence"]["problem"]


def test_a_state_that_is_gone_is_told_where_a_recording_begins_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    machine = Tutorial()
    machine.handle(Add(url="a"))
    with Recorder(machine, "late.lawful"):  # from the middle of a run
        machine.handle(Fetched(url="a", size=1))
    new = changed(("running", "loading"))
    code, found = results(capsys, "late.lawful", "--spec", str(new))
    assert code == 1
    assert "'a' is a File in state running" in found["runs"][0]["divergence"]["problem"]
    assert cli.main(["replay", "late.lawful", "--spec", str(ROOT / "spec/tutorial.yaml")]) == 0


def test_what_can_not_be_run_is_told_with_the_cure(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("spec/tutorial.yaml").unlink()
    assert cli.main(["replay", "runs"]) == 2
    assert "name a spec with --spec" in capsys.readouterr().err
    assert cli.main(["replay", "nowhere.lawful"]) == 2
    assert "nowhere.lawful can't be read: No such file" in capsys.readouterr().err
    assert cli.main(["replay", "spec"]) == 2
    assert "spec holds no recording" in capsys.readouterr().err
    assert cli.main(["replay", "runs", "--spec", str(ROOT / "spec/downloader")]) == 1


def test_what_was_recorded_is_printed_as_json_lines(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", "runs/bad.lawful", "--history"]) == 0
    head, snapshot, *steps = map(json.loads, capsys.readouterr().out.splitlines())
    assert head == {"lawful-history": 1, "spec": "spec/tutorial.yaml", "hash": Tutorial.SPEC_HASH}
    assert snapshot["snapshot"]["config"] == {"slots": 2}
    assert steps[0] == {
        "event": {"type": "Add", "url": "a"},
        "instructions": [{"type": "Fetch", "url": "a"}],
        "now": 1.0,
    }
    assert len(steps) == 3


TWICE = ("file.attempts += 1", "file.attempts += 2")
"""A change that leads to other values, and in a run in which all goes well to no other instruction."""


def test_other_states_are_found_where_the_instructions_are_the_same(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", "runs/good.lawful", "--spec", str(changed(TWICE))]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == [
        "runs/good.lawful: goes differently at step 1 of 4: the same instructions follow, and other states",
        "  event     Add(url='a')",
        "  recorded  File 'a' has attempts = 1",
        "  now       File 'a' has attempts = 2",
    ]
    line = next(n for n, line in enumerate(SPEC.splitlines(), 1) if "queued -> running:" in line)
    assert f"            new.yaml:{line}" in said


def test_a_run_is_followed_from_other_states_to_other_instructions(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = results(capsys, "runs/bad.lawful", "--spec", str(changed(TWICE)))
    (run,) = found["runs"]
    assert code == 1
    assert (run["states"]["step"], run["states"]["found"]) == (1, ["File 'a' has attempts = 2"])
    assert (run["divergence"]["step"], run["divergence"]["found"]) == (2, [])


def test_an_entity_that_is_in_another_state_is_told(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = changed(("running: {recommend: done}", "running: {recommend: failed}"))
    _, found = results(capsys, "runs/good.lawful", "--spec", str(new))
    states = found["runs"][0]["states"]
    assert states["step"] == 3
    assert states["recorded"] == ["File 'a' is done"]
    assert states["found"] == ["File 'a' is failed"]


def test_fields_and_states_that_only_one_of_the_specs_has_make_no_difference(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = changed(
        ("      attempts:", '      told: {type: bool, default: "False"}\n      attempts:')
    )
    code, found = results(capsys, "runs", "--spec", str(new))
    assert code == 0
    assert [run["states_compared"] for run in found["runs"]] == [True, True]


def test_a_spec_that_was_changed_in_place_is_compared_with_the_one_that_is_named(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("spec/tutorial.yaml").write_text(SPEC.replace(*TWICE), encoding="utf-8")
    assert cli.main(["replay", "runs/good.lawful"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "runs/good.lawful: 4 steps, all instructions as recorded, by another version of the spec",
        "States were not compared: name the spec as it was when that was recorded with --old",
    ]
    Path("was.yaml").write_text(SPEC, encoding="utf-8")
    assert cli.main(["replay", "runs/good.lawful", "--old", "was.yaml"]) == 1
    assert "File 'a' has attempts = 1" in capsys.readouterr().out


def test_a_revision_of_git_may_be_the_spec_that_was_recorded(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("init -q", "add spec", "commit -q -m one"):
        author = ["-c", "user.name=somebody", "-c", "user.email=nobody@example"]
        subprocess.run(["git", *author, *command.split()], check=True)
    Path("spec/tutorial.yaml").write_text(SPEC.replace(*TWICE), encoding="utf-8")
    assert cli.main(["replay", "runs/good.lawful", "--old", "HEAD:spec/tutorial.yaml"]) == 1
    assert "File 'a' has attempts = 1" in capsys.readouterr().out
    assert cli.main(["replay", "runs/good.lawful", "--old", "HEAD:spec/nothing.yaml"]) == 2
    assert 'git has no "HEAD:spec/nothing.yaml"' in capsys.readouterr().err


def test_a_spec_that_does_not_do_what_was_recorded_is_no_measure(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = str(changed(TWICE))
    wrong = Path("wrong.yaml")
    wrong.write_text(SPEC.replace("file.attempts < 2", "file.attempts < 1"), encoding="utf-8")
    assert cli.main(["replay", "runs/bad.lawful", "--spec", new, "--old", str(wrong)]) == 2
    assert "doesn't do what was recorded, at step 2 other instructions follow" in (
        capsys.readouterr().err
    )


def test_a_spec_that_is_not_the_recorded_one_to_the_letter_is_said_to_be_none(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("was.yaml").write_text(f"# as it was\n{SPEC}", encoding="utf-8")
    arguments = ["replay", "runs/good.lawful", "--spec", str(changed(TWICE)), "--old"]
    assert cli.main([*arguments, "was.yaml"]) == 1
    assert "it is not, to the letter, the one that was recorded" in capsys.readouterr().out
    assert cli.main([*arguments, "spec/tutorial.yaml"]) == 1
    assert "to the letter" not in capsys.readouterr().out
    _, found = results(capsys, *arguments[1:], "was.yaml")
    assert (found["runs"][0]["states_compared"], found["runs"][0]["old_is_recorded"]) == (
        True,
        False,
    )
