"""The benchmarks run, and every machine in them does the same; how fast is not a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.replay import read

from .jobs import Ended, Run, Start
from .machines import MACHINES, measure, report
from .recording import dispatcher, machine_alone


def test_the_benchmark_prints_a_row_for_each_machine() -> None:
    text = report(measure(rounds=2, cycles=2))
    assert [line[:36].strip() for line in text.splitlines()[1:]] == list(MACHINES)


@pytest.mark.parametrize("measure", [machine_alone, dispatcher])
def test_what_recording_costs_is_measured_of_a_machine_that_is_recorded(
    measure: Any, tmp_path: Path
) -> None:
    assert next(measure(None, 4)) > 0
    batches = measure(tmp_path, 4)
    assert [next(batches) > 0, next(batches) > 0] == [True, True]
    batches.close()
    assert len(list(read(tmp_path / "run").steps)) >= 32


@pytest.mark.parametrize("name", MACHINES)
def test_every_machine_does_the_same(name: str) -> None:
    machine: Any = MACHINES[name]()
    for _ in range(2):
        for ok in (False, True):
            (instruction,) = machine.handle(Start(number=1))
            assert type(instruction) is Run
            assert instruction.number == 1
            assert machine.handle(Ended(number=1, ok=ok)) == []
            with pytest.raises(Exception):  # noqa: B017, PT011  # each has its own
                machine.handle(Ended(number=1, ok=ok))
            break
