"""The benchmarks run, and every machine in them does the same; how fast is not a test."""

from __future__ import annotations

from typing import Any

import pytest

from .jobs import Ended, Run, Start
from .machines import MACHINES, measure, report


def test_the_benchmark_prints_a_row_for_each_machine() -> None:
    text = report(measure(rounds=2, cycles=2))
    assert [line[:36].strip() for line in text.splitlines()[1:]] == list(MACHINES)


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
