"""A recording as a story: every step, where everything went, and what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.explorer.words import story_text
from lawful.codegen.replay import played
from lawful.codegen.traces import TraceFileError, read
from lawful.generated.tutorial import Add, Fetched, FetchFailed, Tutorial
from lawful.runtime import Recorder
from lawful.runtime.recordfile import MAGIC

from .machines import BROKEN, TUTORIAL, checked


def recorded(folder: Path) -> Path:
    """Two files are added, one is fetched; it was recorded from after the first event on."""
    machine = Tutorial(slots=1)
    machine.handle(Add(url="a"))
    path = folder / "run.lawful"
    with Recorder(machine, path):
        machine.handle(Add(url="b"))
        machine.handle(FetchFailed(url="a", reason="no line"))
        machine.handle(Fetched(url="b", size=3))
    return path


def test_a_recording_is_told_from_where_it_begins(tmp_path: Path) -> None:
    (story,) = read(recorded(tmp_path), checked(TUTORIAL, tmp_path)).stories
    begin, *steps = story.beats
    assert [(c.whose, c.before, c.after) for c in begin.changes] == [("File 'a'", None, "running")]
    assert [str(beat.event) for beat in steps] == [
        "Add(url='b')",
        "FetchFailed(url='a', reason='no line')",
        "Fetched(url='b', size=3)",
    ]
    assert [(c.whose, c.field, c.before, c.after) for c in steps[1].changes] == [
        ("File 'a'", "state", "running", "queued"),
        ("File 'b'", "state", "queued", "running"),
        ("File 'b'", "attempts", "0", "1"),
    ]
    assert [str(told) for told in steps[1].emitted] == ["Fetch(url='b')"]
    assert story.failure == "All went as recorded"
    assert "1. Add(url='b') comes." in story_text(story)


def test_of_a_long_recording_the_end_is_told_and_where_everything_was_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(played, "MOST_STEPS", 1)
    (story,) = read(recorded(tmp_path), checked(TUTORIAL, tmp_path)).stories
    begin, last = story.beats
    states = {change.whose: change.after for change in begin.changes}
    assert states == {"File 'a'": "queued", "File 'b'": "running"}
    assert str(last.event) == "Fetched(url='b', size=3)"
    assert story.claim == "run.lawful: the last 1 of 3 steps"
    assert (story.skipped, story.steps) == (2, 1)


def test_where_it_goes_differently_now_the_story_ends(tmp_path: Path) -> None:
    (story,) = read(recorded(tmp_path), checked(BROKEN, tmp_path)).stories
    assert "goes differently now" in story.failure
    assert len(story.beats) == 2


def test_a_damaged_recording_is_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.lawful"
    path.write_bytes(MAGIC)
    with pytest.raises(TraceFileError, match=r"odd\.lawful"):
        read(path, checked(TUTORIAL, tmp_path))
