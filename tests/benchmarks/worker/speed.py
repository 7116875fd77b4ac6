"""Handled events a second, of each machine for each workload, in interleaved rounds.

Only the calls that take an event are in the time, which is that of the thread's processor. Each batch
begins with a new machine, new events, no garbage, and dask's cache of key prefixes empty: the machine
that comes second must not find there what the first has paid for. Garbage collection stays on.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

from dask.utils import key_split

from .recording import BARE, MACHINES, OURS, UPSTREAM, Recording, handler
from .workloads import Workload


@dataclass(frozen=True)
class Ratio:
    """How many times as many events as upstream's class: median, least and most of the rounds."""

    median: float
    least: float
    most: float


@dataclass(frozen=True)
class Speed:
    """Events a second are medians of the rounds; a ratio is made of two batches of one round."""

    workload: str
    about: str
    events: int
    upstream: float
    ours: float
    bare: float
    ratio: Ratio
    bare_ratio: Ratio


def batch(recording: Recording, kind: str) -> float:
    """Nanoseconds an event."""
    events = recording.events()
    handle = handler(MACHINES[kind](recording.workload.nthreads))
    key_split.cache_clear()
    gc.collect()
    begin = time.thread_time_ns()
    for event in events:
        handle(event)
    return (time.thread_time_ns() - begin) / len(events)


def measure(recording: Recording, rounds: int) -> Speed:
    """Each round runs a batch on every machine, in an order by chance: whoever comes after upstream's
    machine finds the processor's caches and the heap as that has left them."""
    workload: Workload = recording.workload
    kinds = list(MACHINES)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind in kinds:
        batch(recording, kind)  # warm up
    chance = random.Random(rounds)
    for _ in range(rounds):
        for kind in chance.sample(kinds, len(kinds)):
            times[kind].append(batch(recording, kind))
    rate = {kind: 1e9 / statistics.median(found) for kind, found in times.items()}
    return Speed(
        workload.name,
        workload.about,
        len(recording),
        rate[UPSTREAM],
        rate[OURS],
        rate[BARE],
        _ratio(times[UPSTREAM], times[OURS]),
        _ratio(times[UPSTREAM], times[BARE]),
    )


def _ratio(theirs: Iterable[float], ours: Iterable[float]) -> Ratio:
    found = [their / our for their, our in zip(theirs, ours, strict=True)]
    return Ratio(statistics.median(found), min(found), max(found))
