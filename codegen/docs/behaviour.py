"""What a machine does: events by configuration, handlers, completions, procedures."""

from __future__ import annotations

from ..checked import Procedure
from ..diagram.markdown import Footnotes, handler_rows, matrices
from ..markdown import code, prose
from ..types import spell
from .page import Blocks, Page, rows, section


def handlers(page: Page) -> Blocks:
    diagram = page.diagram
    if not diagram.events:
        return
    notes = Footnotes()
    yield "## What events do"
    yield from filter(None, matrices(diagram, notes))
    yield "\n".join(notes.lines())
    yield "### Handlers"
    yield rows(
        ("Event", "About", "Place"),
        ((code(row.event), prose(row.subject), page.place(row.place)) for row in diagram.events),
    )
    yield rows(
        ("Event", "Configuration", "If", "Does", "Place"),
        ((*line, page.place(place)) for row in diagram.events for place, line in handler_rows(row)),
    )


def completions(page: Page) -> Blocks:
    return section(
        "When no recommendation is left",
        rows(
            ("Completion", "Runs", "Does", "Place"),
            (
                (prose(c.name), c.mode, page.block(c.body), page.place(c.span))
                for c in page.spec.completions
            ),
        ),
    )


def procedures(page: Page) -> Blocks:
    listed = page.spec.procedures.values()
    head = ("Procedure", "Meaning", "Does", "Place")
    return section("Procedures", rows(head, (_procedure(page, p) for p in listed)))


def _procedure(page: Page, procedure: Procedure) -> tuple[str, ...]:
    given = ", ".join(f"{p.name}: {spell(p.type)}" for p in procedure.parameters)
    result = f" -> {spell(procedure.returns)}" if procedure.returns is not None else ""
    return (
        code(f"{procedure.name}({given}){result}"),
        prose(procedure.doc),
        page.block(procedure.body),
        page.place(procedure.span),
    )
