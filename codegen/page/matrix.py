"""The events by configurations, as the page shows them, with what the tests took.

Knows the diagram's rows; gives plain data for the template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..diagram.arrows import joined
from ..diagram.covered import Coverage
from ..diagram.model import CellRow, Diagram, EventRow, Mark, Verdict
from .sources import Lines
from .things import Said, Things, cell_words

_NO_SUBJECT = "-"
_SIGNS: dict[Verdict, str] = {"handled": "", "ignored": "\N{EN DASH}", "impossible": "✕"}


@dataclass(frozen=True)
class Cell:
    """``short`` fits a narrow column. ``said`` is the number of what there is to say of it, which many cells of a
    large machine have in common."""

    verdict: Verdict
    short: tuple[str, ...]
    mark: Mark
    said: int


@dataclass(frozen=True)
class Row:
    event: str
    doc: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Matrix:
    """Of an entity; without a name, of the events that are about none."""

    entity: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def matrices(
    diagram: Diagram, things: Things, coverage: Coverage | None
) -> tuple[list[Matrix], list[dict[str, Any]]]:
    """A matrix an entity, in the order of the spec; and what there is to say of cells: ``words``, and where it
    is written."""
    texts = Said()
    found: list[Matrix] = []
    for name, configurations in (*((g.name, g.columns) for g in diagram.groups), ("", ())):
        rows = [row for row in diagram.events if row.entity == name]
        named = {c for row in rows for cell in row.cells for c in cell.configurations}
        around = tuple(c for c in ("new", "absent") if c in named)
        columns = (*around, *configurations) or (_NO_SUBJECT,)
        if rows:
            filled = tuple(_row(row, columns, things, coverage, texts) for row in rows)
            found.append(Matrix(name, columns, filled))
    return found, texts.all


def _row(
    row: EventRow,
    columns: tuple[str, ...],
    things: Things,
    coverage: Coverage | None,
    texts: Said,
) -> Row:
    cells = tuple(_cell(row, name, things, coverage, texts) for name in columns)
    return Row(row.event, row.doc, cells)


def _cell(
    row: EventRow, column: str, things: Things, coverage: Coverage | None, texts: Said
) -> Cell | None:
    cases = [c for c in row.cells if column in (c.configurations or (_NO_SUBJECT,))]
    if not cases:
        return None
    marks: list[Mark] = [
        coverage.cell(row.event, column, case.position, case.place)
        for case in cases
        if coverage is not None
    ]
    verdicts: list[Verdict] = [case.verdict for case in cases]
    short = dict.fromkeys(text for case in cases for text in _short(row, case))
    mark = joined(marks)
    told = {"covered": "covered", "partly": "partly covered", "missed": "not covered"}.get(mark)
    first, last = (things.sources.written(case.place) for case in (cases[0], cases[-1]))
    lines = Lines(first.file, first.first, max(first.last, last.last))
    words = "; ".join(map(cell_words, cases)) + (f" ({told})" if told else "")
    where = things.where(cases[0].place, things.sources.handler(row.event), lines)
    return Cell(
        "handled" if "handled" in verdicts else verdicts[0],
        tuple(short),
        mark,
        texts.number({"words": words, **where}),
    )


def _short(row: EventRow, case: CellRow) -> list[str]:
    if case.verdict != "handled":
        return [_SIGNS[case.verdict]]
    asked = [f"→ {name}" for _, name in case.asks]
    return asked + [f"⇒ {name}" for name in case.emits] or ["handled"]
