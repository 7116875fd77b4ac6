"""A trace laid over a diagram: where its steps went.

Knows the diagram's model and stories.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from .model import Diagram, Edge, Node

if TYPE_CHECKING:
    from ..explorer.story import Beat, Story

_T = TypeVar("_T", Node, Edge)


@dataclass(frozen=True)
class Move:
    """In a step an entity went from a state to another; ``way`` are the ids of all states on it, the
    initial one first where it came new, or none where the diagram shows nothing of it."""

    whose: str
    before: str | None
    after: str | None
    way: tuple[str, ...]


def moves(diagram: Diagram, beat: Beat) -> Iterator[Move]:
    """Where entities went in a step. A step may make several transitions of one entity; a story tells
    where it begins and ends, and the way is the shortest that the diagram knows."""
    states = {(n.group, n.label): n.id for n in diagram.nodes if n.kind in ("state", "deleted")}
    initial = {n.group: n.label for n in diagram.nodes if n.initial}
    for change in beat.changes:
        if change.field != "state":
            continue
        entity = change.whose.split(" ", 1)[0]
        begun = change.before or initial.get(entity)
        ends = [states.get((entity, name)) for name in (begun, change.after) if name]
        known = [end for end in ends if end is not None]
        way = _way(diagram, *known) if len(known) == 2 else tuple(known)
        yield Move(change.whose, change.before, change.after, way)


def _way(diagram: Diagram, start: str, end: str) -> tuple[str, ...]:
    """The shortest way from state to state, or the two alone."""
    before: dict[str, str] = {start: ""}
    waiting = deque([start])
    while waiting and end not in before:
        node = waiting.popleft()
        for edge in diagram.leaving(diagram.by_id[node]):
            if edge.kind == "becomes" and edge.target not in before:
                before[edge.target] = node
                waiting.append(edge.target)
    if end not in before:
        return (start, end)
    way = [end]
    while before[way[-1]]:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def taken(diagram: Diagram, story: Story) -> Diagram:
    """The diagram with the mark ``taken`` and the numbers of the steps that went there."""
    steps: dict[str | tuple[str, str], dict[int, None]] = {}
    number = 0
    for beat in story.beats:
        number += beat.kind != "begins"
        places: list[str | tuple[str, str]] = []
        if beat.event is not None:
            places.append(f"event:{beat.event.name}")
        places += (f"instruction:{told.name}" for told in beat.emitted)
        for move in moves(diagram, beat):
            places += move.way
            places += zip(move.way, move.way[1:], strict=False)
        for place in places:
            steps.setdefault(place, {})[number] = None
    return replace(
        diagram,
        nodes=tuple(_taken(node, steps.get(node.id, {})) for node in diagram.nodes),
        edges=tuple(
            _taken(edge, steps.get((edge.source, edge.target), {}))
            if edge.kind == "becomes"
            else edge
            for edge in diagram.edges
        ),
    )


def _taken(thing: _T, steps: dict[int, None]) -> _T:
    if not steps:
        return thing
    numbers = ", ".join(map(str, steps))
    return replace(thing, mark="taken", note=f"step{'s' if len(steps) > 1 else ''} {numbers}")
