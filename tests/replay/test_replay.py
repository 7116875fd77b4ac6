"""A recorded run is run again: every instruction, from the beginning and from each snapshot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lawful.codegen.replay import find, read, replay
from tests.interpreter.cases import CASES

from .recorded import record

LENGTH = 120  # events of one example
quick = settings(
    max_examples=6,
    phases=[Phase.generate],  # a shorter run of a machine is no simpler one
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@pytest.mark.parametrize("name", CASES)
def test_whatever_was_recorded_gives_every_instruction_again(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @quick
    @given(st.randoms(use_true_random=False))
    def again(chance: random.Random) -> None:
        folder = tmp_path_factory.mktemp(name)
        spec = record(name, folder / "run", chance, LENGTH)
        steps = 0
        for path in find(folder):
            recording = read(path)
            assert recording.closed
            assert recording.damage is None
            for step in replay(recording, spec):
                assert step.divergence is None, step.divergence
                steps += 1
        assert steps == LENGTH

    again()


@pytest.mark.parametrize("name", CASES)
def test_each_file_of_a_rotated_recording_can_be_run_by_itself(name: str, tmp_path: Path) -> None:
    spec = record(name, tmp_path / "run", random.Random(1), 600, max_bytes=4096, files=1000)
    paths = find(tmp_path)
    assert len(paths) > 3
    steps = 0
    for path in paths:
        recording = read(path)
        for step in replay(recording, spec):
            assert step.divergence is None, step.divergence
            steps += 1
    assert steps == 600
