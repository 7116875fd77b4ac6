"""Coverage laid over a diagram: which arrows, boxes and cells the tests took.

Knows the names that coverage gives its items, and the diagram's model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from lawful.runtime.coverage import CoverageData

from .arrows import joined
from .model import Diagram, Edge, Mark, Node, Place


class Coverage:
    """What was taken, by the names and by the places of the items."""

    def __init__(self, data: CoverageData) -> None:
        self.data = data
        self._by_name: dict[tuple[str, str], Mark] = {}
        self._by_place: dict[tuple[str, str], list[tuple[str, Mark]]] = {}
        for item, count in zip(data.items, data.counts, strict=True):
            mark: Mark = "covered" if count else "missed"
            self._by_name[item.kind, item.name] = mark
            path, _, line = item.place.rpartition(":")
            place = f"{PurePosixPath(path).name}:{line}"
            self._by_place.setdefault((item.kind, place), []).append((item.name, mark))

    def transition(self, entity: str, start: str, request: str, position: int) -> Mark:
        """Whether a case was taken; nothing where that was not measured."""
        pair = f"{entity} {start} -> {request}"
        numbered = self._by_name.get(("transition", f"{pair}, case {position + 1}"), "")
        return numbered or self._by_name.get(("transition", pair), "")

    def cell(self, event: str, configuration: str, position: int, place: Place) -> Mark:
        """Whether a case of a cell was taken in a configuration; ``-`` without a subject."""
        name = event if configuration == "-" else f"{event} in {configuration}"
        numbered = self._by_name.get(("cell", f"{name}, case {position + 1}"), "")
        # Many configurations that share a case are measured together.
        return numbered or self._by_name.get(("cell", name), "") or self._at("cell", place, event)

    def _at(self, kind: str, place: Place, event: str = "") -> Mark:
        """The marks of what stands at a place, of one event if that is given."""
        found = self._by_place.get((kind, f"{PurePosixPath(place.path).name}:{place.line}"), [])
        marks: list[Mark] = [m for name, m in found if not event or name.split(" ")[0] == event]
        return joined(marks)

    def lines(self) -> dict[str, dict[int, Mark]]:
        """By the path of a file, as the items name it, the marks of its lines."""
        found: dict[str, dict[int, list[Mark]]] = {}
        for item, count in zip(self.data.items, self.data.counts, strict=True):
            path, _, line = item.place.rpartition(":")
            if line.isdecimal():
                marks = found.setdefault(path, {}).setdefault(int(line), [])
                marks.append("covered" if count else "missed")
        return {
            path: {line: joined(marks) for line, marks in lines.items()}
            for path, lines in found.items()
        }

    def edge(self, edge: Edge) -> Mark:
        """Whether what an edge stands for was taken; nothing where that was not measured."""
        entity, start = _state(edge.source)
        if edge.kind in ("becomes", "internal", "redirect") and entity:
            return self.transition(entity, start, edge.request, edge.position)
        if edge.kind == "route":
            return self._by_name.get(("route", f"{entity} {start} -> {edge.request}"), "")
        kind, _, event = edge.source.partition(":")
        if kind == "event":
            return self._at("cell", edge.place, event)
        return self._at("transition", edge.place) if edge.kind in ("asks", "emits") else ""


def covered(diagram: Diagram, coverage: Coverage) -> Diagram:
    """The diagram with the marks ``covered``, ``partly`` and ``missed``. A state is as covered as the
    ways into it, an event as its cells, an instruction as what emits it."""
    edges = tuple(_marked(edge, coverage.edge(edge)) for edge in diagram.edges)
    into: dict[str, list[Mark]] = {}
    for edge in edges:
        into.setdefault(edge.target, []).append(edge.mark)
    cells: dict[str, list[Mark]] = {
        row.event: [
            coverage.cell(row.event, name, cell.position, cell.place)
            for cell in row.cells
            for name in cell.configurations or ("-",)
        ]
        for row in diagram.events
    }
    nodes = tuple(_node(node, cells.get(node.label, []), into) for node in diagram.nodes)
    return replace(diagram, nodes=nodes, edges=edges)


def _marked(edge: Edge, mark: Mark) -> Edge:
    return replace(edge, mark=mark, note="not covered" if mark == "missed" else "")


def _node(node: Node, cells: Iterable[Mark], into: dict[str, list[Mark]]) -> Node:
    marks = list(cells if node.kind == "event" else into.get(node.id, ()))
    mark = joined(marks)
    seen = sum(mark == "covered" for mark in marks)
    of = sum(mark != "" for mark in marks)
    # Colours alone would tell not everybody; what is wholly covered needs no words.
    note = f"{seen} of {of} covered" if mark in ("partly", "missed") and of else ""
    return replace(node, mark=mark, note=note)


def _state(id_: str) -> tuple[str, str]:
    kind, _, rest = id_.partition(":")
    entity, _, state = rest.partition(":")
    return (entity, state) if kind == "state" else ("", "")
