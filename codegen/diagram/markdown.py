"""The tables of a machine as Markdown: transitions, the matrix of event and configuration, instructions.

Knows the diagram's model. Texts can't leave their cell, become markup or a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..markdown import code, prose, statements, table
from .harmless import harmless
from .model import CellRow, Contract, Diagram, Edge, EventRow, Group, Place

_NO_SUBJECT = "(any time)"
_MOST_STATES = 20  # named in one cell of a table
_AROUND = ("new", "absent")  # cells of a subject that is no entity yet, beside its configurations


class Footnotes:
    """Reasons, numbered as they come; the same one has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str) -> str:
        number = self._numbers.setdefault(reason, len(self._numbers) + 1)
        return f"({number})"

    def lines(self) -> Iterator[str]:
        return (f"{number}. {prose(reason)}" for reason, number in self._numbers.items())


def markdown(diagram: Diagram) -> str:
    """The tables as Markdown text, which ends with a newline."""
    diagram = harmless(diagram)
    blocks = [f"# {prose(diagram.machine)}"]
    if diagram.doc:
        blocks.append(prose(diagram.doc))
    if diagram.shows_life_cycle:
        for group in diagram.groups:
            blocks += _life_cycle(diagram, group)
        if diagram.claims:
            blocks += ["## Claimed impossible", _claims(diagram)]
    if diagram.shows_flow:
        blocks += _events(diagram)
        blocks += ["## Instructions", _contracts(diagram.contracts)]
        blocks += _completions(diagram)
    return "\n\n".join(block for block in blocks if block) + "\n"


# -------------------------------------------------------------------------------------- life cycle


def _life_cycle(diagram: Diagram, group: Group) -> Iterator[str]:
    yield f"## {prose(group.name)}"
    yield prose(group.doc)
    states = diagram.states(group.name)
    yield table(
        ("State", "", "Meaning"),
        (
            (
                code(node.label),
                ", ".join(
                    word
                    for word, holds in (
                        ("begins here", node.initial),
                        ("ends here", node.final),
                        ("deleted", node.kind == "deleted"),
                    )
                    if holds
                ),
                prose(node.doc),
            )
            for node in states
        ),
    )
    edges = [edge for node in states for edge in diagram.leaving(node)]
    yield table(
        ("From", "Asked for", "Becomes", "If", "Does"),
        (transition_row(diagram, edge) for edge in edges),
    )


def transition_row(diagram: Diagram, edge: Edge) -> tuple[str, ...]:
    """From, asked for, becomes, guard, statements."""
    target = code(diagram.by_id[edge.target].label)
    match edge.kind:
        case "internal":
            target = f"stays: {prose(edge.reason)}"
        case "redirect":
            target = f"asks {code(edge.asks[-1][1])} instead" if edge.asks else "asks again"
        case "route":
            target = f"{target} via {code(edge.via)}"
    return (
        code(diagram.by_id[edge.source].label),
        code(edge.request),
        f"{target} ({prose(edge.note)})" if edge.note else target,
        _guard(edge.guard, edge.position),
        statements(edge.does),
    )


def _claims(diagram: Diagram) -> str:
    return table(
        ("Entity", "From", "Asked for", "If", "Because"),
        (
            (
                prose(claim.entity),
                starts_text(claim.starts),
                code(claim.request),
                code(claim.guard),
                prose(claim.reason),
            )
            for claim in diagram.claims
        ),
    )


def starts_text(states: Sequence[str]) -> str:
    """The states, or their number: `lawful check --pairs` lists them all."""
    if len(states) > _MOST_STATES:
        return f"{len(states)} states"
    return ", ".join(map(code, states))


# ------------------------------------------------------------------------------------------ events


def _events(diagram: Diagram) -> Iterator[str]:
    yield "## Events"
    yield table(
        ("Event", "Is about", "Meaning"),
        (
            (code(signature(row.event, row.fields)), prose(row.subject), prose(row.doc))
            for row in diagram.events
        ),
    )
    notes = Footnotes()
    yield from matrices(diagram, notes)
    yield "\n".join(notes.lines())
    yield "### What each handler does"
    yield table(
        ("Event", "Configuration", "If", "Does"),
        (line for row in diagram.events for _, line in handler_rows(row)),
    )


def matrices(diagram: Diagram, notes: Footnotes) -> Iterator[str]:
    """What each event does by configuration, a table an entity; the reasons go to ``notes``."""
    for group in diagram.groups:
        rows = [row for row in diagram.events if row.entity == group.name]
        if rows:
            yield f"What each event does to a {prose(group.name)}, by its configuration:"
            yield _matrix(rows, group, notes)
    lone = [row for row in diagram.events if not row.entity]
    if lone:
        yield "Events that are about no entity:"
        yield table(
            ("Event", "Does"),
            ((code(row.event), _cell(row.cells, row, notes)) for row in lone),
        )


def _matrix(rows: Sequence[EventRow], group: Group, notes: Footnotes) -> str:
    named = {name for row in rows for cell in row.cells for name in cell.configurations}
    columns = [*(name for name in _AROUND if name in named), *group.columns]
    return table(
        ("Event", *map(code, columns)),
        (
            (
                code(row.event),
                *(
                    _cell([c for c in row.cells if column in c.configurations], row, notes)
                    for column in columns
                ),
            )
            for row in rows
        ),
    )


def _cell(cells: Iterable[CellRow], row: EventRow, notes: Footnotes) -> str:
    return "; ".join(dict.fromkeys(_verdict(cell, row, notes) for cell in cells))


def _verdict(cell: CellRow, row: EventRow, notes: Footnotes) -> str:
    if cell.verdict != "handled":
        return f"{cell.verdict} {notes.mark(cell.reason)}"
    said = [f"asks {_request(row.entity, *pair)}" for pair in cell.asks]
    said += [f"emits {code(name)}" for name in cell.emits]
    return ", ".join(said) or "handled"


def _request(about: str, entity: str, request: str) -> str:
    return code(request) if entity == about else f"{prose(entity)} {code(request)}"


def handler_rows(row: EventRow) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """What the event does: a row for the statements around its cells and one a case, each with its
    place: event, configuration, guard, statements."""
    event = code(row.event)
    if row.always:
        yield row.place, (event, "always", "", statements(row.always))
    for cell in row.cells:
        where = ", ".join(map(code, cell.where)) or _NO_SUBJECT
        does = statements(cell.does)
        if cell.verdict != "handled":
            does = f"{cell.verdict}: {prose(cell.reason)}"
        yield cell.place, (event, where, _guard(cell.guard, cell.position), does)


# ------------------------------------------------------------------------------------ instructions


def _contracts(rows: Iterable[Contract]) -> str:
    return table(
        ("Instruction", "Runs as", "Emitted by", "Meanwhile", "Ends with", "Meaning"),
        (
            (
                code(signature(row.instruction, row.fields)),
                prose(row.runs),
                ", ".join(map(code, row.emitted_by)) or "nobody",
                ", ".join(map(code, row.during)),
                ", ".join(map(code, row.outcomes)),
                prose(row.doc),
            )
            for row in rows
        ),
    )


def _completions(diagram: Diagram) -> Iterator[str]:
    completions = [node for node in diagram.nodes if node.kind == "completion"]
    if completions:
        yield "## When no recommendation is left"
    asked: dict[str, list[str]] = {node.id: [] for node in completions}
    for edge in diagram.edges:
        if edge.source in asked:
            target = diagram.by_id[edge.target]
            said = f"{prose(target.group)} {code(target.label)}" if target.group else ""
            asked[edge.source].append(f"asks {said}" if said else f"emits {code(target.label)}")
    yield table(
        ("Completion", "Does"),
        ((prose(node.label), ", ".join(asked[node.id])) for node in completions),
    )


# -------------------------------------------------------------------------------------------- text


def signature(name: str, fields: Iterable[tuple[str, str]]) -> str:
    return f"{name}({', '.join(f'{field}: {type_}' for field, type_ in fields)})"


def _guard(guard: str, position: int) -> str:
    if guard:
        return code(guard)
    return "otherwise" if position else ""
