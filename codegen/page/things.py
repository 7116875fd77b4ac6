"""What the page says of each box and each arrow: facts in words, and where they stand.

Knows the diagram's model; gives plain data for JSON.
"""

from __future__ import annotations

import json
from typing import Any

from ..diagram.arrows import Arrow
from ..diagram.markdown import signature
from ..diagram.model import CellRow, Contract, Diagram, Edge, EventRow, Node, Place
from .drawing import in_words
from .sources import Lines, Sources


class Things:
    """The facts of the pictures of one machine. ``whole`` is its diagram with everything in it."""

    def __init__(self, whole: Diagram, sources: Sources) -> None:
        self.sources = sources
        self._events = {row.event: row for row in whole.events}
        self._contracts = {row.instruction: row for row in whole.contracts}

    def node(self, node: Node) -> dict[str, Any]:
        facts: list[tuple[str, str]] = []
        code: Lines | None = None
        match node.kind:
            case "event":
                row = self._events.get(node.label)
                facts = self._event(row) if row else []
                code = self.sources.handler(node.label) or self.sources.message(node.label)
            case "instruction":
                rule = self._contracts.get(node.label)
                facts = self._instruction(rule) if rule else []
                code = self.sources.message(node.label)
            case "completion":
                code = self.sources.completion()
            case _:
                facts = [("of", node.group)] + [("configuration", d) for d in node.details]
                code = self.sources.entity(node.group)
        return {
            "kind": node.kind,
            "label": node.label,
            "doc": node.doc,
            "facts": facts,
            "mark": node.mark,
            "note": node.note,
            **self.where(node.place, code),
        }

    def _event(self, row: EventRow) -> list[tuple[str, str]]:
        facts = [("carries", signature(row.event, row.fields))] if row.fields else []
        if row.subject:
            facts.append(("is about", row.subject))
        facts += (("always", line) for line in row.always)
        return facts + [(", ".join(cell.where) or "does", cell_words(cell)) for cell in row.cells]

    def _instruction(self, rule: Contract) -> list[tuple[str, str]]:
        facts = [("carries", signature(rule.instruction, rule.fields)), ("runs as", rule.runs)]
        facts += (("emitted by", name) for name in rule.emitted_by)
        facts += (("may tell", name) for name in rule.during)
        return facts + [("ends with", name) for name in rule.outcomes]

    def arrow(self, arrow: Arrow, diagram: Diagram) -> dict[str, Any]:
        return {
            "from": arrow.source,
            "to": arrow.target,
            "kind": arrow.kind,
            "label": in_words(arrow, diagram),
            "mark": arrow.mark,
            "note": ", ".join(arrow.notes),
            "cases": [self._case(edge) for edge in arrow.edges],
        }

    def _case(self, edge: Edge) -> dict[str, Any]:
        code = spec = None
        kind, _, name = edge.source.partition(":")
        facts: list[tuple[str, str]] = []
        if kind == "event":
            code = self.sources.handler(name)
        elif kind == "completion":
            code = self.sources.completion()
        elif kind == "instruction":
            code = self.sources.message(name)
        elif edge.request:
            entity, _, start = name.partition(":")
            code = self.sources.transition(entity, start, edge.request)
            spec = self.sources.pair(entity, start, edge.request)
        if edge.request:
            facts.append(("asked for", edge.request))
        if edge.when:
            facts.append(("from", ", ".join(edge.when)))
        if edge.guard or edge.position:
            facts.append(("if", edge.guard or "otherwise"))
        if edge.via:
            facts.append(("goes through", edge.via))
        facts += (("does", line) for line in edge.does)
        facts += (("emits", name) for name in edge.emits)
        facts += (("because", line) for line in [edge.reason] if line)
        return {
            "facts": facts,
            "mark": edge.mark,
            "note": edge.note,
            **self.where(edge.place, code, spec),
        }

    def where(self, place: Place, code: Lines | None, spec: Lines | None = None) -> dict[str, Any]:
        """The lines of the spec and of the generated code, as ``[file, first, last]``; of the spec those
        at the place, if no others are given."""
        spec = spec or self.sources.written(place)
        return {
            "spec": [spec.file, spec.first, spec.last],
            "code": None if code is None else [code.file, code.first, code.last],
        }


class Said:
    """What there is to say of parts of a page, each once: of a large machine many say the same."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}

    def number(self, said: dict[str, Any]) -> int:
        """Where in ``all`` it stands."""
        key = json.dumps(said)
        if key not in self._numbers:
            self._numbers[key] = len(self.all)
            self.all.append(said)
        return self._numbers[key]


def cell_words(cell: CellRow) -> str:
    """What a case of a cell does, in one line."""
    if cell.verdict != "handled":
        said = f"{cell.verdict}: {cell.reason}"
    else:
        said = "; ".join(cell.does) or "nothing"
    guard = f"if {cell.guard}: " if cell.guard else "otherwise: " if cell.position else ""
    return guard + said
