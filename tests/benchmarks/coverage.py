"""``python -m tests.benchmarks.coverage [ROUNDS]``: what it costs to measure coverage while it is on.

The worker's workloads on its machine and on the instrumented twin, in interleaved rounds in one process.
With coverage off the machine that runs has no trace of it.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dask.utils import key_split

from lawful.generated.worker import Worker, instrumented

from .worker.recording import Recording, bare, record
from .worker.workloads import WORKLOADS

KINDS: Mapping[str, type[Any]] = {"off": Worker, "on": instrumented.Worker}


def batch(recording: Recording, kind: str) -> float:
    """Nanoseconds an event; of the thread's processor, in a new machine with new events."""
    events = recording.events()
    handle = bare(recording.workload.nthreads, KINDS[kind]).handle
    key_split.cache_clear()
    gc.collect()
    begin = time.thread_time_ns()
    for event in events:
        handle(event)
    return (time.thread_time_ns() - begin) / len(events)


@dataclass(frozen=True)
class Cost:
    """Events a second, medians of the rounds; ``kept`` is the median of the twin's part in each round."""

    workload: str
    off: float
    on: float
    kept: float
    items: int


def measure(recording: Recording, rounds: int) -> Cost:
    """Each round runs a batch on both; every second round in the other order."""
    kinds = list(KINDS)
    times: Mapping[str, list[float]] = {kind: [] for kind in kinds}
    instrumented.HITS[:] = bytes(len(instrumented.HITS))
    for number in range(-1, rounds):
        for kind in kinds if number % 2 else reversed(kinds):
            taken = batch(recording, kind)
            if number >= 0:
                times[kind].append(taken)
    kept = [off / on for off, on in zip(*times.values(), strict=True)]
    off, on = (1e9 / statistics.median(times[kind]) for kind in kinds)
    items = sum(instrumented.HITS)
    return Cost(recording.workload.name, off, on, statistics.median(kept), items)


def report(costs: list[Cost]) -> str:
    """A table, a row for each workload."""
    rows = [
        f"{cost.workload:<14}{cost.off:>12,.0f}{cost.on:>12,.0f}{100 * cost.kept:>9.1f} %{cost.items:>7}"
        for cost in costs
    ]
    return "\n".join([f"{'workload':<14}{'off':>12}{'on':>12}{'kept':>11}{'items':>7}", *rows])


def main(rounds: int) -> None:
    """Print the table for all workloads of the worker."""
    print(f"Events a second of {Worker.SPEC}, {rounds} rounds; {len(instrumented.ITEMS)} items.")
    print(report([measure(record(workload), rounds) for workload in WORKLOADS.values()]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
