"""A part of a diagram: what is around a state, or what follows from an event.

Knows the diagram's model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .model import Diagram


class NothingThere(LookupError):
    """The picture was to show a state or event that it doesn't have; the text names those it has."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        listed = ", ".join(dict.fromkeys(known)) or "none"
        super().__init__(f'There is no {what} "{name}" in this picture. It has: {listed}.')


def around(diagram: Diagram, state: str, hops: int) -> Diagram:
    """What is at most so many arrows from a state, in whichever direction they point; of several
    entities with such a state from each. Raises ``NothingThere``."""
    kept = {n.id for n in diagram.nodes if n.kind in ("state", "deleted") and n.label == state}
    if not kept:
        known = (n.label for n in diagram.nodes if n.kind in ("state", "deleted"))
        raise NothingThere("state", state, known)
    for _ in range(hops):
        near = {edge.target for edge in diagram.edges if edge.source in kept}
        near |= {edge.source for edge in diagram.edges if edge.target in kept}
        kept |= near
    return _only(diagram, kept)


def following(diagram: Diagram, event: str) -> Diagram:
    """An event, what it asks for and from where that leads there, what comes of that, and how the
    instructions end that are emitted on the way. Raises ``NothingThere``."""
    start = f"event:{event}"
    if start not in diagram.by_id:
        known = (n.label for n in diagram.nodes if n.kind == "event")
        raise NothingThere("event", event, known)
    kept, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        follows = () if here != start and here.startswith("event:") else ("asks", "emits")
        leaving = [edge for edge in diagram.edges if edge.source == here]
        for edge in leaving:
            if edge.kind in (*follows, "outcome", "during") and edge.target not in kept:
                kept.add(edge.target)
                waiting.append(edge.target)
    asked = {diagram.by_id[id_].label for id_ in kept if id_.startswith("state:")}
    moves = [edge for edge in diagram.edges if edge.kind == "becomes" and edge.request in asked]
    kept |= {end for edge in moves if edge.target in kept for end in (edge.source, edge.target)}
    return _only(diagram, kept)


def _only(diagram: Diagram, kept: set[str]) -> Diagram:
    names = {node.label for node in diagram.nodes if node.id in kept}
    return replace(
        diagram,
        nodes=tuple(node for node in diagram.nodes if node.id in kept),
        edges=tuple(e for e in diagram.edges if e.source in kept and e.target in kept),
        claims=(),
        events=tuple(row for row in diagram.events if row.event in names),
        contracts=tuple(rule for rule in diagram.contracts if rule.instruction in names),
        groups=tuple(
            g
            for g in diagram.groups
            if any(n.group == g.name and n.id in kept for n in diagram.nodes)
        ),
    )
