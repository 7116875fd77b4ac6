"""One version of a machine laid over another: what is new, what is gone, what is another.

Knows the diagram's model, and is told by ``compare`` where the meaning differs: how something is written
makes no mark. ``lawful diff`` tells what a difference breaks; this shows where it is. A procedure has no
place in a picture: what calls one that is another is marked, and the note names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from .model import Diagram, Edge, EventRow, Mark, Node

if TYPE_CHECKING:
    from ..compare import Changes

_Key: TypeAlias = tuple[object, ...]
_Calls: TypeAlias = frozenset[str]
"""The changed procedures that something calls, directly or through others."""

_Twins: TypeAlias = Iterator[tuple[Edge, Edge | None, bool, _Calls]]
"""Edges of the new picture with their counterparts in the old one, and whether the two read the same."""

_NONE: _Calls = frozenset()

_Part = TypeVar("_Part", Node, Edge)
_AROUND = ("subject", "before", "first", "after")  # the parts of a handler around its cells
_CASES = frozenset({"becomes", "internal", "redirect"})  # an arrow of these is a case of a pair


def changed(old: Diagram, new: Diagram, changes: Changes) -> Diagram:
    """The new diagram with the marks ``added`` and ``changed``, and what is gone from the old one with
    ``removed``. ``changes`` are those between the specs of the two."""
    twins = [*_cases(old, new, changes), *_others(old, new, changes)]
    marks: dict[int, tuple[Mark, _Calls]] = {
        id(edge): (_mark(twin is not None, same), calls) for edge, twin, same, calls in twins
    }
    known = {id(twin) for _, twin, _, _ in twins if twin is not None}
    edges = [_marked(edge, *marks[id(edge)]) for edge in new.edges]
    edges += (_marked(edge, "removed") for edge in old.edges if id(edge) not in known)
    calls = {
        f"event:{row.event}": _NONE.union(*_cell_calls(row, changes).values()) for row in new.events
    }
    nodes = [
        _compared(
            node,
            old.by_id.get(node.id),
            changes,
            calls.get(node.id, changes.called(node.kind, node.label, "body")),
        )
        for node in new.nodes
    ]
    nodes += (_marked(node, "removed") for node in old.nodes if node.id not in new.by_id)
    groups = {group.name: group for group in (*new.groups, *old.groups)}
    return replace(new, nodes=tuple(nodes), edges=tuple(edges), groups=tuple(groups.values()))


def _mark(known: bool, same: bool) -> Mark:
    if not known:
        return "added"
    return "" if same else "changed"


def _marked(part: _Part, mark: Mark, calls: _Calls = _NONE) -> _Part:
    """The part with its mark; one without that calls what has changed has changed, too."""
    if calls and not mark:
        named = ", ".join(f"{name}()" for name in sorted(calls))
        return replace(part, mark="changed", note=f"changed by {named}")
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
            calls = changes.case_calls("pair", *pair, "cases")[edge.position]
            calls |= changes.called("pair", *pair, "asserts")
            yield edge, twin, same and not changes.has("pair", *pair, "asserts"), calls


def _others(old: Diagram, new: Diagram, changes: Changes) -> _Twins:
    """Routes and the arrows of the flow, by where they lead."""
    cells = {f"event:{row.event}": set(_other_cells(row, changes)) for row in new.events}
    calls = {f"event:{row.event}": _cell_calls(row, changes) for row in new.events}
    before = _by_key(old.edges)
    for key, edge in _by_key(new.edges).items():
        twin = before.get(key)
        same = twin is not None and (set(edge.when), edge.via) == (set(twin.when), twin.via)
        where, called = {*(edge.when or ("",))}, calls.get(edge.source, {})
        same = same and not cells.get(edge.source, set()) & where
        yield edge, twin, same, _NONE.union(*(called.get(one, _NONE) for one in where))


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
    if any(changes.has(*event, part) for part in _AROUND):
        yield ""
    for cell in row.cells:
        if any(changes.has(*event, "cell", name) for name in cell.configurations or ("-",)):
            yield from cell.where or ("",)


def _cell_calls(row: EventRow, changes: Changes) -> Mapping[str, _Calls]:
    """What the cells of an event call, and what it always does, by the same names."""
    event = ("event", row.event)
    found = {"": _NONE.union(*(changes.called(*event, part) for part in _AROUND))}
    for cell in row.cells:
        called = _NONE.union(
            *(
                calls
                for name in cell.configurations or ("-",)
                for calls in changes.case_calls(*event, "cell", name)
            )
        )
        for where in cell.where or ("",):
            found[where] = found.get(where, _NONE) | called
    return found


def _compared(node: Node, old: Node | None, changes: Changes, calls: _Calls) -> Node:
    if old is None:
        return _marked(node, "added")
    if node.kind in ("event", "instruction", "completion"):
        another = changes.has(node.kind, node.label)
    else:
        another = changes.has("entity", node.group, "request", node.label)
        another |= (node.kind, node.initial) != (old.kind, old.initial)
        another |= set(node.details) != set(old.details)
    return _marked(node, "changed" if another else "", calls)
