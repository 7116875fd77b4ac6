"""How a counterexample is told, and the test that is written from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lawful.codegen.explorer.exploring import wander
from lawful.codegen.explorer.playing import Play
from lawful.codegen.explorer.testfile import test_text as written_test
from lawful.codegen.explorer.words import story_data, story_mermaid, story_text

from .planted import ROOT, TUTORIAL, changed, checked, explored, lamp
from .test_violations import PLANTED, worker

STUCK = changed(TUTORIAL, *PLANTED["a file that waits for ever"][0])
STORY = """\
nothing waits (2 steps, in the world "three files"):
  1. Add(url='a') comes.
       File 'a' is new: state running, attempts 0 → 1
       out: Fetch(url='a')
  2. Fetch(url='a') ends with FetchFailed(url='a', reason='reason').
       File 'a': state running → queued
  So: 'nothing waits' doesn't hold for File 'a'
"""
SEQUENCE = """\
sequenceDiagram
    participant W as world
    participant M as Tutorial
    W->>M: Add(url='a')
    note over M: File 'a' running
    M->>W: Fetch(url='a')
    W->>M: FetchFailed(url='a', reason='reason')
    note over M: File 'a' queued
    note over M: 'nothing waits' doesn't hold for File 'a'
"""


def test_a_story_says_what_came_what_changed_and_what_was_sent_out(tmp_path: Path) -> None:
    assert story_text(explored(tmp_path, STUCK).stories[0]) == STORY


def test_a_story_is_a_sequence_diagram(tmp_path: Path) -> None:
    assert story_mermaid(explored(tmp_path, STUCK).stories[0]) == SEQUENCE


def test_a_story_is_data(tmp_path: Path) -> None:
    data = json.loads(json.dumps(story_data(explored(tmp_path, STUCK).stories[0])))
    assert data["steps"] == len(data["beats"]) == 2
    assert data["beats"][1]["instruction"] == {"name": "Fetch", "fields": [["url", "'a'"]]}
    assert data["beats"][1]["changes"] == [
        {"whose": "File 'a'", "field": "state", "before": "running", "after": "queued"}
    ]


def test_a_story_that_goes_on_for_ever_says_from_where(tmp_path: Path) -> None:
    story = explored(tmp_path, worker("emit(Work())")).stories[0]
    assert "From here on it goes round for ever" in story_text(story)
    assert "    loop for ever\n" in story_mermaid(story)


def test_what_is_in_transit_is_told(tmp_path: Path) -> None:
    text = lamp(
        toggle="lit = True",
        environment="""\
    ghosts: {heard: {type: bool, default: "False"}}
    channels:
      down: {carries: [Toggle]}
      up: {carries: [Tell]}
    heard: {Tell: {do: heard = instruction.lit}}
    always: {nobody hears of it: not heard}
""",
        sends='Toggle: {at_most: "1"}',
    )
    story = explored(tmp_path, text).stories[0]
    assert [beat.kind for beat in story.beats] == ["is sent", "arrives", "is heard"]
    told = story_text(story)
    assert "Toggle() is sent into down." in told
    assert "Toggle() arrives out of down." in told
    assert "Tell(lit=True) is heard out of up." in told


# The test that is written


def run(test: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            str(test),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
        cwd=test.parent,
        capture_output=True,
        text=True,
    )


BROKEN = {name: changed(TUTORIAL, *changes) for name, (changes, _, _) in PLANTED.items()}


@pytest.mark.parametrize("name", BROKEN)
def test_the_written_test_fails_until_the_spec_is_mended(name: str, tmp_path: Path) -> None:
    found = explored(tmp_path, BROKEN[name])
    test = tmp_path / "test_story.py"
    test.write_text(
        written_test(found.stories[0], tmp_path / "spec.yaml", test, None), encoding="utf-8"
    )
    before = run(test)
    assert before.returncode == 1, before.stdout + before.stderr
    assert "2 failed" in before.stdout  # the generated machine and the interpreter
    (tmp_path / "spec.yaml").write_text(TUTORIAL, encoding="utf-8")
    after = run(test)
    assert after.returncode == 0, after.stdout


def test_the_written_test_of_an_endless_story_fails_until_it_ends(tmp_path: Path) -> None:
    found = explored(tmp_path, worker("emit(Work())"))
    test = tmp_path / "test_story.py"
    test.write_text(
        written_test(found.stories[0], tmp_path / "spec.yaml", test, None), encoding="utf-8"
    )
    assert run(test).returncode == 1
    (tmp_path / "spec.yaml").write_text(worker("lit = False"), encoding="utf-8")
    assert run(test).returncode == 0


def test_a_story_that_is_not_possible_any_more_is_over(tmp_path: Path) -> None:
    checked(tmp_path, TUTORIAL)
    play = Play(tmp_path / "spec.yaml", "three files")
    play.comes("Add(url='a')")
    assert not play.over
    play.ends("Fetch(url='b')", "Fetched(url='b', size=0)")
    assert play.over
    play.comes("Add(url='b')")  # nothing happens any more
    play.holds("nothing waits")
    assert play.over


# Random walks


def test_a_walk_that_fails_is_shortened_to_what_it_takes(tmp_path: Path) -> None:
    walked, story = wander(checked(tmp_path, STUCK), "three files", walks=50, length=100, seed=7)
    assert walked.fall is not None
    assert story is not None
    assert walked.fall.length == story.steps == 2
    assert walked.found >= 2


def test_the_same_seed_takes_the_same_walks(tmp_path: Path) -> None:
    spec = checked(tmp_path, TUTORIAL)
    first, second = (wander(spec, "three files", walks=5, length=50, seed=1) for _ in range(2))
    assert first == second
    assert wander(spec, "three files", walks=5, length=50, seed=2) != first
    assert first[0].walks == 5
    assert first[0].fall is None
