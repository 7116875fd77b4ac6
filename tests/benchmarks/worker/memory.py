"""Bytes that a machine takes for a task, beside upstream's.

Counts what the machine itself allocates, not the events, and not what it keeps of them: that is the
same for both. The logs have reached their length before counting begins.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dask.utils import key_split

from .recording import LOG_LENGTH, MACHINES, OURS, UPSTREAM, configurations
from .world import PEERS, World

TASKS = 20_000
BEFORE = 2 * LOG_LENGTH
"""Tasks that are there when counting begins."""
INPUT = "load-0"


@dataclass(frozen=True)
class Size:
    """Bytes a task."""

    state: str
    tasks: int
    upstream: float
    ours: float


def _waiting(world: World, key: str) -> Iterator[Any]:
    yield world.compute(key, {INPUT: PEERS[:1]})


def _ready(world: World, key: str) -> Iterator[Any]:
    yield world.compute(key)


def _in_memory(world: World, key: str) -> Iterator[Any]:
    yield world.compute(key)
    yield world.finished(key)


def _fetch(world: World, key: str) -> Iterator[Any]:
    yield world.acquire({key: PEERS[:1]})


STATES: Mapping[str, Callable[[World, str], Iterator[Any]]] = {
    "waiting": _waiting,  # all for the same input
    "ready": _ready,
    "memory": _in_memory,
    "fetch": _fetch,  # all of one peer, which is sending another key
}


def taken(state: str, kind: str, tasks: int, before: int) -> float:
    """Bytes for a task in a state, on a machine of one kind."""
    machine, world = MACHINES[kind](1), World()
    keys = [f"inc-{number:032x}" for number in range(before + tasks)]
    events = [list(STATES[state](world, key)) for key in keys]
    for key in (*keys, INPUT):
        key_split(key)  # dask's cache is nobody's task
    gc.collect()
    tracemalloc.start()
    try:
        _handle(machine, events[:before])
        gc.collect()
        begin, _ = tracemalloc.get_traced_memory()
        _handle(machine, events[before:])
        gc.collect()
        end, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    found = list(configurations(machine).values()).count(state)
    assert found >= before + tasks - 1, f"{found} of {before + tasks} tasks are in {state}"
    return (end - begin) / tasks


def _handle(machine: Any, events: Iterable[Iterable[Any]]) -> None:
    for sent in events:
        for event in sent:
            machine.handle_stimulus(event)


def measure(state: str, tasks: int = TASKS, before: int = BEFORE) -> Size:
    """Bytes a task of both, over ``tasks`` tasks that come to ``before`` others."""
    theirs, ours = (taken(state, kind, tasks, before) for kind in (UPSTREAM, OURS))
    return Size(state, tasks, theirs, ours)
