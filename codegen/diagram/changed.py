"""One version of a machine laid over another: what is new, what is gone, what is another.

Knows the diagram's model, and is told by ``compare`` where the meaning differs: how something is written
makes no mark. ``lawful diff`` tells what a difference breaks; this shows where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from .model import Diagram, Edge, EventRow, Mark, Node

if TYPE_CHECKING:
    from ..compare import Changes

_Key: TypeAlias = tuple[object, ...]
_Twins: TypeAlias = Iterator[tuple[Edge, Edge | None, bool]]
"""Edges of the new picture with their counterparts in the old one, and whether the two mean the same."""

_Part = TypeVar("_Part", Node, Edge)
_CASES = frozenset({"becomes", "internal", "redirect"})  # an arrow of these is a case of a pair


def changed(old: Diagram, new: Diagram, changes: Changes) -> Diagram:
    """The new diagram with the marks ``added`` and ``changed``, and what is gone from the old one with
    ``removed``. ``changes`` are those between the specs of the two."""
    twins = [*_cases(old, new, changes), *_others(old, new, changes)]
    marks: dict[int, Mark] = {id(edge): _mark(twin is not None, same) for edge, twin, same in twins}
    known = {id(twin) for _, twin, _ in twins if twin is not None}
    edges = [_marked(edge, marks[id(edge)]) for edge in new.edges]
    edges += (_marked(edge, "removed") for edge in old.edges if id(edge) not in known)
    nodes = [_compared(node, old.by_id.get(node.id), changes) for node in new.nodes]
    nodes += (_marked(node, "removed") for node in old.nodes if node.id not in new.by_id)
    groups = {group.name: group for group in (*new.groups, *old.groups)}
    return replace(new, nodes=tuple(nodes), edges=tuple(edges), groups=tuple(groups.values()))


def _mark(known: bool, same: bool) -> Mark:
    if not known:
        return "added"
    return "" if same else "changed"


def _marked(part: _Part, mark: Mark) -> _Part:
    return replace(part, mark=mark, note="new" if mark == "added" else mark)


def _cases(old: Diagram, new: Diagram, changes: Changes) -> _Twins:
    """Arrows that are cases: the same case, to the same place, is the same arrow."""
    before = {
        (edge.source, edge.request, edge.position): edge
        for edge in old.edges
        if edge.kind in _CASES
    }
    for edge in new.edges:
        if edge.kind in _CASES:
            _, entity, start = edge.source.split(":", 2)
            pair = entity, start, edge.request
            position, same = changes.cases(*pair)[edge.position]
            twin = None
            if position is not None:
                twin = before.get((edge.source, edge.request, position))
            if twin is not None and (twin.target, twin.kind) != (edge.target, edge.kind):
                twin = None
            yield edge, twin, same and not changes.has("pair", *pair, "asserts")


def _others(old: Diagram, new: Diagram, changes: Changes) -> _Twins:
    """Routes and the arrows of the flow, by where they lead."""
    cells = {f"event:{row.event}": set(_other_cells(row, changes)) for row in new.events}
    before = _by_key(old.edges)
    for key, edge in _by_key(new.edges).items():
        twin = before.get(key)
        same = twin is not None and (set(edge.when), edge.via) == (set(twin.when), twin.via)
        yield edge, twin, same and not cells.get(edge.source, set()) & {*(edge.when or ("",))}


def _by_key(edges: Iterable[Edge]) -> Mapping[_Key, Edge]:
    """Those that are no cases; of equal ones the second has a key of its own."""
    found: dict[_Key, Edge] = {}
    for edge in edges:
        if edge.kind in _CASES:
            continue
        key: _Key = (edge.source, edge.target, edge.kind, edge.request)
        number = 0
        while (*key, number) in found:
            number += 1
        found[*key, number] = edge
    return found


def _other_cells(row: EventRow, changes: Changes) -> Iterator[str]:
    """The cells of an event that do something else now, as arrows name them: empty is what it always does."""
    event = ("event", row.event)
    if any(changes.has(*event, part) for part in ("subject", "before", "first", "after")):
        yield ""
    for cell in row.cells:
        if any(changes.has(*event, "cell", name) for name in cell.configurations or ("-",)):
            yield from cell.where or ("",)


def _compared(node: Node, old: Node | None, changes: Changes) -> Node:
    if old is None:
        return _marked(node, "added")
    if node.kind in ("event", "instruction", "completion"):
        another = changes.has(node.kind, node.label)
    else:
        another = changes.has("entity", node.group, "request", node.label)
        another |= (node.kind, node.initial) != (old.kind, old.initial)
        another |= set(node.details) != set(old.details)
    return _marked(node, "changed") if another else node
