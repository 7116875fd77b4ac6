"""What happened to one entity is told in words, from first to last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lawful.codegen import cli
from lawful.generated.tutorial import Add, Fetched, FetchFailed, Tutorial
from lawful.runtime import IllegalEvent, Recorder, VirtualClock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One slot, two files: the second waits; it fails once, and an answer too many is refused."""
    monkeypatch.chdir(ROOT)
    clock = VirtualClock(100.0)
    machine = Tutorial(slots=1, clock=clock)
    with Recorder(machine, tmp_path / "run.lawful"):
        for event in (
            Add(url="a"),
            Add(url="b"),
            Fetched(url="a", size=1),
            FetchFailed(url="b", reason="lost"),
            Fetched(url="b", size=2),
        ):
            machine.handle(event)
            clock.advance_to(clock.now + 0.5)
        with pytest.raises(IllegalEvent):
            machine.handle(Fetched(url="b", size=2))
    return str(tmp_path / "run.lawful")


def place(text: str) -> str:
    lines = Path("spec/tutorial.yaml").read_text(encoding="utf-8").splitlines()
    (found,) = (number for number, line in enumerate(lines, 1) if line.strip().startswith(text))
    return f"spec/tutorial.yaml:{found}"


def test_a_story_is_told_in_words(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["story", run, "b"]) == 0
    fetched = f"goes from queued to running (A Fetch is open) ({place('queued -> running:')})."
    assert capsys.readouterr().out.splitlines() == [
        "0.000000 s, step 2:",
        "  Add(url='b') comes.",
        "    File 'b' is new: queued (Waiting for a slot).",
        "0.500000 s, step 3:",
        "  Fetched(url='a', size=1) comes.",
        f"    File 'b' {fetched}",
        "    The machine asks for Fetch(url='b').",
        "1.000000 s, step 4:",
        "  FetchFailed(url='b', reason='lost') comes.",
        f"    File 'b' goes from running to queued (Waiting for a slot) ({place('running -> queued:')}).",
        f"    File 'b' {fetched}",
        "    The machine asks for Fetch(url='b').",
        "1.500000 s, step 5:",
        "  Fetched(url='b', size=2) comes.",
        f"    File 'b' goes from running to done (Its bytes are here) ({place('running -> done:')}).",
        "1.500000 s, step 6:",  # the time is that of the last step that was taken
        "  Fetched(url='b', size=2) is refused.",
        "    File 'b' stays done.",
    ]


def test_a_story_for_programs_has_the_same_steps(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["story", run, "b", "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in steps] == [2, 3, 4, 5, 6]
    assert steps[1]["transitions"] == [
        {
            "entity": "File",
            "key": "b",
            "from": "queued",
            "asked": "running",
            "to": "running",
            "place": place("queued -> running:"),
        }
    ]
    assert [i["type"] for i in steps[1]["instructions"]] == ["Fetch"]
    assert steps[4]["error"] == "IllegalEvent"


def test_a_key_that_nothing_speaks_of_has_no_story(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["story", run, "c"]) == 1
    assert f"nothing in {run} speaks of c" in capsys.readouterr().err


def test_a_story_ends_where_the_run_goes_differently(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path("spec/tutorial.yaml").read_text(encoding="utf-8")
    new = tmp_path / "new.yaml"
    new.write_text(text.replace("file.attempts < 2", "file.attempts < 1"), encoding="utf-8")
    assert cli.main(["story", run, "b", "--spec", str(new)]) == 1
    said = capsys.readouterr()
    assert "goes differently at step 4" in said.err
    assert "step 3:" in said.out
    assert "step 4:" not in said.out
