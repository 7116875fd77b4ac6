"""Fair drain: if from some moment on every open instruction succeeds and every promised message arrives,
does the world come to rest?

Precisely: only what is *pressing* happens. Channels deliver; fair cases of sources and steps are taken;
an open instruction that has to end does, with the first of its outcomes, in the order of its contract,
that is possible. In whatever order these happen, as long as none stays possible for ever and is never
taken, the world must come to rest. A run that never does so goes round, in the end, in a strongly
connected part of the graph of these edges; such a part is found, and its loop is the story.

With symmetric values folded, a round of the folded graph may be one in which nothing is ever kept
waiting only because names are exchanged; so a round that was found is looked at again with all names
told apart. Knows worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .probes import Edge
from .slots import State
from .world import World

Step: TypeAlias = tuple[Hashable, Edge, State]
"""What is pressing, the edge by which it happens, and the state that it leads to."""


@dataclass(frozen=True)
class Loop:
    """A way to go on for ever: from ``start`` through these edges and states back to it."""

    start: State
    steps: tuple[tuple[Edge, State], ...]


def pressing(world: World, state: State) -> Iterator[Step]:
    """What happens in a state where all succeeds."""
    for what, ways in world.agenda(state).pressing:
        for edges in ways:
            found = [(edge, change) for edge in edges for change in edge.ask(state)]
            world.refresh()
            for edge, change in found:
                if isinstance(change, int):
                    yield what, edge, world.lower(state + change)
            if found:
                break


def settles(world: World, states: Sequence[State], known: Container[State]) -> Loop | None:
    """A loop that a run can stay in for ever, among the states, whose keys are ``known``; None if there
    is none. States that are one by symmetry or by what doesn't count are looked at once."""
    done: set[State] = set()
    for state in states:
        at = world.key(state)
        if at not in done:
            for part in _parts(world, state, world.key, known.__contains__, done):
                if not world.folds:
                    loop = _fair_loop(world, part, world.key)
                else:
                    loop = _unfolded(world, part)
                if loop is not None:
                    return loop
    return None


def _parts(
    world: World,
    start: State,
    key: Callable[[State], State],
    within: Callable[[State], bool],
    done: set[State],
) -> Iterator[dict[State, State]]:
    """The strongly connected parts that have an edge inside, key -> state, of what can be reached
    ``within`` a set of keys and is not in ``done``, which grows. (Tarjan's algorithm, without recursion.)
    """
    number: dict[State, int] = {}
    low: dict[State, int] = {}
    state_of: dict[State, State] = {}
    stack: list[State] = []
    on_stack: set[State] = set()
    loops: set[State] = set()
    work: list[tuple[State, Iterator[State]]] = []

    def enter(state: State, at: State) -> None:
        number[at] = low[at] = len(number)
        state_of[at] = state
        stack.append(at)
        on_stack.add(at)
        work.append((at, iter([new for _, _, new in pressing(world, state)])))

    enter(start, key(start))
    while work:
        at, following = work[-1]
        for new in following:
            to = key(new)
            if to == at:
                loops.add(at)
            if to in done or not within(to):
                continue
            if to not in number:
                enter(new, to)
                break
            if to in on_stack:
                low[at] = min(low[at], number[to])
        else:
            work.pop()
            if work:
                before = work[-1][0]
                low[before] = min(low[before], low[at])
            if low[at] == number[at]:
                part: dict[State, State] = {}
                while True:
                    one = stack.pop()
                    on_stack.discard(one)
                    done.add(one)
                    part[one] = state_of.pop(one)
                    if one == at:
                        break
                if len(part) > 1 or at in loops:
                    yield part


def _unfolded(world: World, part: dict[State, State]) -> Loop | None:
    """A fair loop of a folded part, with all names told apart."""

    def key(state: State) -> State:
        return world.lower(state)

    def within(state: State) -> bool:
        return world.key(state) in part

    done: set[State] = set()
    for state in part.values():
        if key(state) not in done:
            for plain in _parts(world, state, key, within, done):
                loop = _fair_loop(world, plain, key)
                if loop is not None:
                    return loop
    return None


def _fair_loop(
    world: World, part: dict[State, State], key: Callable[[State], State]
) -> Loop | None:
    """A loop through the part in which whatever stays possible happens; None if there is none."""
    always: set[Hashable] | None = None
    inside: dict[Hashable, tuple[State, Edge, State]] = {}
    steps: dict[State, list[tuple[Edge, State]]] = {}
    for at, state in part.items():
        possible: set[Hashable] = set()
        steps[at] = []
        for what, edge, new in pressing(world, state):
            possible.add(what)
            if key(new) in part:
                inside.setdefault(what, (at, edge, key(new)))
                steps[at].append((edge, key(new)))
        always = possible if always is None else always & possible
    assert always is not None
    if not always <= inside.keys():
        return None
    start = next(iter(part))
    taken: list[tuple[Edge, State]] = []
    at = start
    wanted = [inside[what] for what in inside if what in always] or [next(iter(inside.values()))]
    for source, edge, to in wanted:
        taken += [*_way(steps, at, source), (edge, to)]
        at = to
    taken += _way(steps, at, start)
    return Loop(part[start], tuple((edge, part[to]) for edge, to in taken))


def _way(
    steps: dict[State, list[tuple[Edge, State]]], start: State, end: State
) -> list[tuple[Edge, State]]:
    """A shortest way inside a part."""
    came: dict[State, tuple[State, Edge]] = {}
    frontier = [start]
    while end not in came and end != start:
        following = []
        for at in frontier:
            for edge, to in steps[at]:
                if to not in came and to != start:
                    came[to] = (at, edge)
                    following.append(to)
        frontier = following
    way: list[tuple[Edge, State]] = []
    while end != start:
        before, edge = came[end]
        way.append((edge, end))
        end = before
    return way[::-1]
