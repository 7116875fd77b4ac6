"""One version of a machine laid over another: what is new, what is gone, what is another.

Knows the diagram's model. ``lawful diff`` tells what a difference breaks; this shows where it is.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from typing import TypeAlias

from .model import Diagram, Edge, EventRow, Node

_Key: TypeAlias = tuple[object, ...]


def changed(old: Diagram, new: Diagram) -> Diagram:
    """The new diagram with the marks ``added`` and ``changed``, and what is gone from the old one with
    ``removed``. Places, documentation and the order have no meaning."""
    before, after = _by_key(old.edges), _by_key(new.edges)
    edges = [_compared(edge, before.get(key)) for key, edge in after.items()]
    edges += (
        replace(edge, mark="removed", note="removed")
        for key, edge in before.items()
        if key not in after
    )
    events = {f"event:{row.event}": _handling(row) for row in old.events}
    other = {i for row in new.events if events.get(i := f"event:{row.event}") != _handling(row)}
    nodes = [_compared_node(node, old.by_id.get(node.id), other) for node in new.nodes]
    nodes += (
        replace(node, mark="removed", note="removed")
        for node in old.nodes
        if node.id not in new.by_id
    )
    groups = {group.name: group for group in (*new.groups, *old.groups)}
    return replace(new, nodes=tuple(nodes), edges=tuple(edges), groups=tuple(groups.values()))


def _by_key(edges: Iterable[Edge]) -> dict[_Key, Edge]:
    """Edges by where they lead and why; of equal ones the second has a key of its own."""
    found: dict[_Key, Edge] = {}
    for edge in edges:
        key: _Key = (edge.source, edge.target, edge.kind, edge.request, edge.via)
        number = 0
        while (*key, number) in found:
            number += 1
        found[*key, number] = edge
    return found


def _compared(edge: Edge, old: Edge | None) -> Edge:
    if old is None:
        return replace(edge, mark="added", note="new")
    same = _meaning(edge) == _meaning(old)
    return edge if same else replace(edge, mark="changed", note="changed")


def _meaning(edge: Edge) -> object:
    return edge.guard, edge.position, set(edge.when), edge.emits, edge.asks, edge.does


def _handling(row: EventRow) -> object:
    """What an event does, by configuration: how its cells are written has no meaning."""
    cells: dict[str, list[object]] = {}
    for cell in row.cells:
        said = (cell.verdict, cell.guard, cell.emits, cell.asks, cell.does)
        for name in cell.configurations or ("-",):
            cells.setdefault(name, []).append(said)
    return row.subject, row.fields, row.always, cells


def _compared_node(node: Node, old: Node | None, other: Container[str]) -> Node:
    if old is None:
        return replace(node, mark="added", note="new")
    same = (node.kind, node.initial, set(node.details)) == (old.kind, old.initial, set(old.details))
    same = same and node.id not in other
    return node if same else replace(node, mark="changed", note="changed")
