"""Random walks into what is too large to be searched whole, and the shrinking of what they find.

The same seed takes the same walks. What fails at the end of a long walk is tried again with parts left
out, until nothing more can be. Knows worlds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .probes import Edge, Failure
from .slots import State
from .world import World

Taken: TypeAlias = tuple[Edge, int]
"""An edge, and in which of its ways it was taken."""


@dataclass(frozen=True)
class Fall:
    """Where a walk failed: the states up to there, and whether on an edge from the last of them."""

    failure: Failure
    way: tuple[State, ...]
    on_edge: bool

    @property
    def length(self) -> int:
        return len(self.way) - 1 + self.on_edge


@dataclass(frozen=True)
class Walked:
    """What came of the walks: steps and different states in all, and the first that failed; ``found`` is
    how long it was before anything was left out. ``interrupted``: the user had seen enough."""

    walks: int
    steps: int
    states: int
    fall: Fall | None = None
    found: int = 0
    interrupted: bool = False


def walk(
    world: World,
    walks: int,
    length: int,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Walked:
    """Take walks of at most so many steps, until one fails. ``tell`` hears before each how far it is."""
    walker = _Walker(world)
    taken = 0
    try:
        for number in range(walks):
            taken = number + 1
            tell(f"walk {taken:,} of {walks:,}, {walker.steps:,} steps so far")
            found = walker.once(random.Random(f"{seed}:{number}"), length)
            if found is not None:
                begin, steps, fall = found
                shrunk = walker.shrink(begin, steps, fall)
                return Walked(taken, walker.steps, len(walker.seen), shrunk, fall.length)
    except KeyboardInterrupt:
        return Walked(taken, walker.steps, len(walker.seen), interrupted=True)
    return Walked(taken, walker.steps, len(walker.seen))


class _Walker:
    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = 0
        self.seen: set[State] = set()

    def once(
        self, source: random.Random, length: int
    ) -> tuple[State | None, list[Taken], Fall] | None:
        """One walk; what it took until it failed, if it did."""
        begin = source.choice(self.world.initial)
        if isinstance(begin, Failure):
            return None, [], Fall(begin, (), True)
        state = self.world.lower(begin)
        way, steps = [state], list[Taken]()
        failure = self._failure(state)
        while failure is None and len(steps) < length:
            options = self._options(state)
            if not options:
                return None
            edge, which, result = source.choice(options)
            self.steps += 1
            steps.append((edge, which))
            if isinstance(result, Failure):
                return begin, steps, Fall(result, tuple(way), True)
            state = self.world.lower(state + result)
            self.world.refresh()
            way.append(state)
            failure = self._failure(state)
        return None if failure is None else (begin, steps, Fall(failure, tuple(way), False))

    def _options(self, state: State) -> list[tuple[Edge, int, int | Failure]]:
        found = [
            (edge, which, result)
            for edge in self.world.agenda(state).edges
            for which, result in enumerate(edge.ask(state))
        ]
        self.world.refresh()
        return found

    def _failure(self, state: State) -> Failure | None:
        """What fails in a state."""
        self.seen.add(state)
        kinds = ["invariant", "always"]
        if not self._is_pressed(state):
            kinds.append("rest")
        for kind in kinds:
            for probe in self.world.claims_of(kind):
                found = probe.ask(state)
                if isinstance(found, Failure):
                    return found
        return None

    def _is_pressed(self, state: State) -> bool:
        return any(
            edge.ask(state)
            for _, ways in self.world.agenda(state).pressing
            for edges in ways
            for edge in edges
        )

    def shrink(self, begin: State | None, steps: Sequence[Taken], fall: Fall) -> Fall:
        """The same failure with as few steps as leaving some out leads to."""
        if begin is None:
            return fall
        best, kept = fall, list(steps)
        size = max(1, len(kept) // 2)
        while True:
            at, smaller = 0, False
            while at < len(kept):
                without = kept[:at] + kept[at + size :]
                again = self._again(begin, without, fall.failure)
                if again is not None and len(again[0]) < len(kept):
                    kept, best = again
                    smaller = True
                else:
                    at += size
            if size == 1 and not smaller:
                return best
            size = max(1, size // 2)

    def _again(
        self, begin: State, steps: Sequence[Taken], failure: Failure
    ) -> tuple[list[Taken], Fall] | None:
        """Take what is possible of the steps; the failure if it comes again, and what it took."""
        state = self.world.lower(begin)
        way, taken = [state], list[Taken]()
        for edge, which in steps:
            results = edge.ask(state)
            self.world.refresh()
            if which >= len(results):
                continue
            result = results[which]
            taken.append((edge, which))
            if isinstance(result, Failure):
                alike = (result.kind, result.claim) == (failure.kind, failure.claim)
                return (taken, Fall(result, tuple(way), True)) if alike else None
            state = self.world.lower(state + result)
            way.append(state)
            found = self._failure(state)
            if found is not None:
                alike = (found.kind, found.claim) == (failure.kind, failure.claim)
                return (taken, Fall(found, tuple(way), False)) if alike else None
        return None
