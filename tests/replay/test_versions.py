"""Recordings that an older lawful has made are read and run as ever.

``version_1`` holds two of them: a run of the tutorial's machine with its spec of that day, and one of a
worker, whose values of opaque types are tokens and whose host has answered, with what
``lawful replay --history`` said of it then.
"""

from __future__ import annotations

import json
from pathlib import Path

from lawful.codegen.checking import check
from lawful.codegen.replay import read, replay
from lawful.codegen.replay.telling import history_lines

OLD = Path(__file__).with_name("version_1")


def test_a_recording_of_the_first_version_is_run_again() -> None:
    spec, _ = check(OLD / "tutorial.yaml")
    assert spec is not None
    again = list(replay(read(OLD / "tutorial.lawful"), spec))
    assert len(again) == 40
    assert [step.divergence for step in again] == [None] * 40


def test_all_that_stands_in_a_recording_of_the_first_version_is_read() -> None:
    recording = read(OLD / "worker.lawful")
    assert recording.closed
    assert recording.damage is None
    written = (OLD / "worker.jsonl").read_text(encoding="utf-8").splitlines()
    assert list(map(json.loads, written)) == list(history_lines(recording))
    assert any(step.calls for step in recording.steps)
    assert any('"token"' in line for line in written)
