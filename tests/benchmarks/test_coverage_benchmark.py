"""The twin does what the machine does, and marks what it runs; how fast is not a test."""

from __future__ import annotations

import pytest

from .coverage import KINDS, measure, report
from .worker.recording import bare, comparable, configurations, record
from .worker.workloads import WORKLOADS, Workload

each_workload = pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)


@each_workload
def test_the_twin_gives_the_same_instructions_and_goes_the_same_way(workload: Workload) -> None:
    recording = record(workload, size=8)
    machines = [bare(workload.nthreads, kind) for kind in KINDS.values()]
    for events in zip(recording.events(), recording.events(), strict=True):
        answers = [machine.handle(event) for machine, event in zip(machines, events, strict=True)]
        assert comparable(answers[0]) == comparable(answers[1])
        assert configurations(machines[0]) == configurations(machines[1])


def test_the_benchmark_prints_a_row_for_each_workload_with_what_was_hit() -> None:
    costs = [measure(record(workload, size=8), rounds=1) for workload in WORKLOADS.values()]
    assert all(cost.items > 10 for cost in costs)
    rows = report(costs).splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(WORKLOADS)
