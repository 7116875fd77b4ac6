"""Breadth first through a world: every state, and for everything that fails a shortest way to it.

Knows worlds; knows nothing of how results are shown.
"""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .claims import Claim
from .memo import Node
from .probes import Edge, Failure
from .slots import State
from .world import World


@dataclass
class Limits:
    """Where to stop: levels below the initial states, states, bytes of the process, seconds."""

    depth: int | None = None
    states: int | None = None
    memory: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Violation:
    """What fails, and where: in the state with this number, or on the edge from there."""

    failure: Failure
    state: int
    edge: Edge | None
    length: int


@dataclass
class Progress:
    """How far the search is. ``depth``: the level that is being expanded; the initial states are level
    0."""

    states: int = 0
    edges: int = 0
    expanded: int = 0
    depth: int = 0
    seconds: float = 0.0
    bytes: int = 0

    @property
    def frontier(self) -> int:
        return self.states - self.expanded


@dataclass
class Search:
    """A walk through a world and what it has found.

    ``stopped`` says why it ended before everything was seen; None if everything was. ``terminal``: states
    in which nothing can happen; ``resting``: those in which nothing has to. ``pressed``: something
    once had to. ``self_loops``: edges that change nothing. ``levels``: how many states each level has.
    """

    world: World
    states: list[State] = field(default_factory=list)
    parents: array[int] = field(default_factory=lambda: array("q"))
    levels: list[int] = field(default_factory=list)
    seen: set[State] = field(default_factory=set)
    progress: Progress = field(default_factory=Progress)
    violations: list[Violation] = field(default_factory=list)
    stopped: str | None = None
    terminal: int = 0
    resting: int = 0
    pressed: bool = False
    self_loops: int = 0
    held: dict[Claim, bool] = field(default_factory=dict)
    reached: dict[Claim, int] = field(default_factory=dict)
    learn: Callable[[Edge, State, int], Any] = lambda edge, state, _: edge.learn(state)
    """Finds the answer of an edge where it isn't remembered, in a state with its number."""
    enough: bool = False
    """Whether all that is looked for has been found: then the search stops."""

    def run(
        self,
        limits: Limits = Limits(),  # noqa: B008  nobody changes it
        *,
        every: bool = True,
        tell: Callable[[Progress], None] | None = None,
    ) -> None:
        """Search until everything is seen, a limit is met or the user interrupts.

        ``every``: go on when something fails; otherwise stop at the end of its level. ``tell`` is called
        a few times a second.
        """
        try:
            self._run(limits, every, tell)
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            self.progress.states = len(self.states)
        self.held = dict.fromkeys(self.world.claims, False)
        for probe in self.world.asked():
            for n, claim in enumerate(probe.claims):
                self.held[claim] |= bool(probe.held >> n & 1)

    def _run(self, limits: Limits, every: bool, tell: Callable[[Progress], None] | None) -> None:
        world, states, parents, progress = self.world, self.states, self.parents, self.progress
        seen, fold, plain = self.seen, world.fold, not (world.folds or world.lowers)
        began = time.monotonic()
        self._kinds()
        for initial in world.initial:
            if isinstance(initial, Failure):
                self._fail(initial, -1, None, 0)
                continue
            initial = fold(initial)
            if initial not in seen:
                seen.add(initial)
                states.append(initial)
                parents.append(-1)
                self._check(initial, len(states) - 1, 0)
        index, depth, edges, end = 0, 0, 0, len(states)
        self.levels.append(end)
        most = sys.maxsize if limits.states is None else limits.states
        failed = set[Failure]()
        while index < len(states):
            if index == end:
                depth, end = depth + 1, len(states)
                self.levels.append(end - index)
                if self.violations and not every:
                    self.stopped = "refuted"
                    break
                if limits.depth is not None and depth >= limits.depth:
                    self.stopped = "depth"
                    break
            if not index & 255:
                progress.states, progress.edges, progress.expanded = len(states), edges, index
                progress.depth, progress.seconds = depth, time.monotonic() - began
                if tell is not None:
                    progress.bytes = _resident()
                    tell(progress)
                if limits.seconds is not None and progress.seconds >= limits.seconds:
                    self.stopped = "time"
                    break
                if limits.memory is not None and _resident() >= limits.memory:
                    self.stopped = "memory"
                    break
            if len(states) > most:
                self.stopped = "states"
                break
            state = states[index]
            busy = False
            before = edges
            for root, edge in world.agenda(state).roots:
                # As `edge.ask(state)`; a call for each edge of each state takes a third of all time.
                found: Any = root.table.get(state & root.mask)
                while found.__class__ is Node:
                    found = found.table.get(state & found.mask)
                if found is None:
                    found = self.learn(edge, state, index)
                    if world.refresh():
                        self._kinds()
                if found:
                    if edge.pressing:
                        busy = True
                    for change in found:
                        edges += 1
                        if change.__class__ is not int:
                            if change not in failed:
                                failed.add(change)
                                self._fail(change, index, edge, depth + 1)
                            continue
                        if not change:
                            self.self_loops += 1
                            continue
                        new = state + change
                        if not plain:
                            new = fold(new)
                            if world.refresh():
                                self._kinds()
                        if new not in seen:
                            seen.add(new)
                            states.append(new)
                            parents.append(index)
                            self._check(new, len(states) - 1, depth + 1)
            if self.enough:
                self.stopped = "enough"
                break
            if edges == before:
                self.terminal += 1
            if busy:
                self.pressed = True
            else:
                self._rest(state, index, depth)
            index += 1
        progress.states, progress.edges, progress.expanded = len(states), edges, index
        progress.depth, progress.seconds = depth, time.monotonic() - began

    def _kinds(self) -> None:
        """Ask what there is to ask of every state."""
        world = self.world
        self._safe = world.claims_of("invariant") + world.claims_of("always")
        self._goals = world.claims_of("reachable")

    def _check(self, state: State, index: int, length: int) -> None:
        for probe in self._safe:
            root = probe.root
            found: Any = root.table.get(state & root.mask)
            while found.__class__ is Node:
                found = found.table.get(state & found.mask)
            if found is None:
                found = probe.learn(state)
            if found.__class__ is Failure:
                self._fail(found, index, None, length)
            elif found | probe.held != probe.held:
                probe.held |= found
        for probe in self._goals:
            found = probe.ask(state)
            if found.__class__ is Failure:
                self._fail(found, index, None, length)
            elif found | probe.held != probe.held:
                for n, claim in enumerate(probe.claims):
                    if (found & ~probe.held) >> n & 1:
                        self.reached.setdefault(claim, index)
                probe.held |= found

    def _rest(self, state: State, index: int, length: int) -> None:
        self.resting += 1
        for probe in self.world.claims_of("rest"):
            found = probe.ask(state)
            if found.__class__ is Failure:
                self._fail(found, index, None, length)
            else:
                probe.held |= found

    def _fail(self, failure: Failure, state: int, edge: Edge | None, length: int) -> None:
        if not any(
            v.failure.kind == failure.kind and v.failure.claim == failure.claim
            for v in self.violations
        ):
            self.violations.append(Violation(failure, state, edge, length))

    @property
    def depth(self) -> int:
        """How many steps the farthest state that was found is away."""
        return len(self.levels) - 1

    @property
    def bytes_per_state(self) -> float:
        """What it takes to hold the states, their keys and the ways to them, measured, for each state."""
        states = self.states
        if not states:
            return 0.0
        sample = states[:: max(1, len(states) // 10_000)]
        integers = sum(map(sys.getsizeof, sample)) / len(sample)
        held = sys.getsizeof(states) + sys.getsizeof(self.seen) + sys.getsizeof(self.parents)
        return integers + held / len(states)

    @cached_property
    def index(self) -> dict[State, int]:
        """The number of each state, by its key. To be asked for when the search is over."""
        return {self.world.key(state): n for n, state in enumerate(self.states)}

    def violation(self, claim: Claim) -> Violation | None:
        """Where a claim fails."""
        for violation in self.violations:
            if (violation.failure.kind, violation.failure.claim) == (claim.kind, claim.name):
                return violation
        return None

    def path(self, index: int) -> list[State]:
        """The states on the way to the one with this number, the initial one first."""
        found = []
        while index >= 0:
            found.append(self.states[index])
            index = self.parents[index]
        return found[::-1]


def _resident() -> int:
    """Bytes of memory that the process has at most had."""
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024
