"""What is measured: the life of tasks, as sequences of events.

A workload is a generator that gives the next event and looks at what is open in the world by then; so
the machine's own instructions decide which event comes next. ``recording`` runs it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .world import PEERS, World


@dataclass(frozen=True)
class Workload:
    """``events(world, size)`` gives the events one after the other. ``visits`` are the configurations
    (state, or state with previous and next) in which tasks must rest between events."""

    name: str
    about: str
    events: Callable[[World, int], Iterator[Any]]
    size: int
    visits: frozenset[str]
    nthreads: int = 4


def _key(kind: str, number: int) -> str:
    """As dask makes them: a name and a token."""
    return f"{kind}-{number * 0x9E3779B97F4A7C15 % 2**128:032x}"


def _queue(world: World, size: int) -> Iterator[Any]:
    for number in range(size):
        yield world.compute(_key("inc", number))
    while world.executes:
        yield world.finish()


def _alternating(world: World, size: int) -> Iterator[Any]:
    for number in range(size):
        yield world.compute(_key("inc", number))
        yield world.finish()


def _life(world: World, size: int) -> Iterator[Any]:
    for number in range(size):
        key = _key("inc", number)
        yield world.compute(key)
        yield world.finish()
        yield world.free(key)


BATCH = 50


def _batched(world: World, size: int) -> Iterator[Any]:
    for first in range(0, size, BATCH):
        for number in range(first, first + BATCH):
            yield world.compute(_key("sum", number), {_key("load", number): PEERS[:1]})
        # The first input is under way; the others have queued up behind it. It takes the only thread:
        # a free one would go to whichever input is taken out of upstream's plain set first.
        while world.gathers:
            yield world.deliver()
        while world.executes:
            yield world.finish()


def _one_by_one(world: World, size: int) -> Iterator[Any]:
    for number in range(size):
        yield world.compute(_key("sum", number), {_key("load", number): PEERS[:1]})
        yield world.deliver()
        yield world.finish()


def _acquired(world: World, size: int) -> Iterator[Any]:
    for first in range(0, size, BATCH):
        numbers = range(first, first + BATCH)
        yield world.acquire({_key("load", number): PEERS[:1] for number in numbers})
        yield world.deliver()


# Each of eight inputs has two holders. No two holders have equally many: chance, which upstream's plain
# sets would feed in another order than ours, has nothing to decide.
_HOLDERS = ("AB", "AB", "AB", "AC", "AC", "AC", "BC", "BD")


def _fan_in(world: World, size: int) -> Iterator[Any]:
    peers = dict(zip("ABCD", PEERS, strict=False))
    for number in range(size):
        inputs = {
            _key("load", 8 * number + place): [peers[name] for name in names]
            for place, names in enumerate(_HOLDERS)
        }
        yield world.compute(_key("sum", number), inputs)
        while world.gathers:
            yield world.deliver()
        yield world.finish()


def _churn(world: World, size: int) -> Iterator[Any]:
    for number in range(size):
        yield from _cancelled_while_executing(world, _key("inc", number))
        yield from _fetched_while_executing(world, _key("double", number))
        yield from _computed_while_in_flight(world, _key("load", number))
        yield from _computed_after_a_failed_transfer(world, _key("read", number))
        yield from _cancelled_while_waiting(world, _key("sum", number), _key("part", number))


def _cancelled_while_executing(world: World, key: str) -> Iterator[Any]:
    yield world.compute(key)
    yield world.free(key)
    yield world.compute(key)  # takes up its Execute again
    yield world.free(key)
    yield world.finish()


def _fetched_while_executing(world: World, key: str) -> Iterator[Any]:
    yield world.compute(key)
    yield world.free(key)
    yield world.acquire({key: PEERS[:1]})  # a peer has computed it
    yield world.finish()
    yield world.free(key)


def _computed_while_in_flight(world: World, key: str) -> Iterator[Any]:
    yield world.acquire({key: PEERS[:1]})
    yield world.free(key)
    yield world.acquire({key: PEERS[:1]})
    yield world.free(key)
    yield world.compute(key)
    yield world.deliver()
    yield world.free(key)


def _computed_after_a_failed_transfer(world: World, key: str) -> Iterator[Any]:
    yield world.acquire({key: PEERS[1:2]})
    yield world.free(key)
    yield world.compute(key)
    yield world.hang_up()
    yield world.finish()
    yield world.free(key)


def _cancelled_while_waiting(world: World, key: str, part: str) -> Iterator[Any]:
    yield world.compute(key, {part: PEERS[:1]})
    yield world.free(key)
    yield world.compute(key, {part: PEERS[:1]})
    yield world.deliver()
    yield world.finish()
    yield world.free(key)
    yield world.free(part)


_RUN = frozenset({"executing", "memory"})

WORKLOADS: Mapping[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("queue", "no dependencies, deep queue", _queue, 2000, _RUN | {"ready"}),
        Workload("alternating", "no dependencies, alternating", _alternating, 2000, _RUN),
        Workload("life", "full life cycle with free-keys", _life, 1500, _RUN),
        Workload(
            "batched",
            "gathers, batched",
            _batched,
            1000,
            _RUN | {"waiting", "ready", "fetch", "flight"},
            nthreads=1,
        ),
        Workload(
            "one-by-one", "gathers, one by one", _one_by_one, 1000, _RUN | {"waiting", "flight"}
        ),
        Workload(
            "acquired",
            "replicas acquired, batched",
            _acquired,
            2500,
            frozenset({"flight", "memory"}),
        ),
        Workload(
            "fan-in", "fan-in of 8 with 2 replicas", _fan_in, 400, _RUN | {"waiting", "flight"}
        ),
        Workload(
            "churn",
            "cancel and resume",
            _churn,
            120,
            frozenset(
                {
                    "executing",
                    "flight",
                    "memory",
                    "cancelled(executing)",
                    "cancelled(flight)",
                    "resumed(executing, fetch)",
                    "resumed(flight, waiting)",
                }
            ),
            nthreads=1,
        ),
    )
}
