"""The tables of a machine as Markdown: transitions, the matrix of event and configuration, instructions.

Knows the diagram's model. Texts can't leave their cell, become markup or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .harmless import harmless
from .model import CellRow, Contract, Diagram, Edge, EventRow, Group

_NO_SUBJECT = "(any time)"
_MOST_STATES = 20  # named in one cell of a table
_AROUND = ("new", "absent")  # cells of a subject that is no entity yet, beside its configurations


class _Footnotes:
    """Reasons, numbered as they come; the same one has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str) -> str:
        number = self._numbers.setdefault(reason, len(self._numbers) + 1)
        return f"({number})"

    def lines(self) -> Iterator[str]:
        return (f"{number}. {_prose(reason)}" for reason, number in self._numbers.items())


def markdown(diagram: Diagram) -> str:
    """The tables as Markdown text, which ends with a newline."""
    diagram = harmless(diagram)
    blocks = [f"# {_prose(diagram.machine)}"]
    if diagram.doc:
        blocks.append(_prose(diagram.doc))
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
    yield f"## {_prose(group.name)}"
    yield _prose(group.doc)
    states = diagram.states(group.name)
    yield _table(
        ("State", "", "Meaning"),
        (
            (
                _code(node.label),
                ", ".join(
                    word
                    for word, holds in (
                        ("begins here", node.initial),
                        ("ends here", node.final),
                        ("deleted", node.kind == "deleted"),
                    )
                    if holds
                ),
                _prose(node.doc),
            )
            for node in states
        ),
    )
    edges = [edge for node in states for edge in diagram.leaving(node)]
    yield _table(
        ("From", "Asked for", "Becomes", "If", "Does"),
        (_transition(diagram, edge) for edge in edges),
    )


def _transition(diagram: Diagram, edge: Edge) -> tuple[str, ...]:
    target = _code(diagram.by_id[edge.target].label)
    match edge.kind:
        case "internal":
            target = f"stays: {_prose(edge.reason)}"
        case "redirect":
            target = f"asks {_code(edge.asks[-1][1])} instead" if edge.asks else "asks again"
        case "route":
            target = f"{target} via {_code(edge.via)}"
    return (
        _code(diagram.by_id[edge.source].label),
        _code(edge.request),
        target,
        _guard(edge.guard, edge.position),
        _statements(edge.does),
    )


def _claims(diagram: Diagram) -> str:
    return _table(
        ("Entity", "From", "Asked for", "If", "Because"),
        (
            (
                _prose(claim.entity),
                _starts(claim.starts),
                _code(claim.request),
                _code(claim.guard),
                _prose(claim.reason),
            )
            for claim in diagram.claims
        ),
    )


def _starts(states: Sequence[str]) -> str:
    """The states, or their number: `lawful check --pairs` lists them all."""
    if len(states) > _MOST_STATES:
        return f"{len(states)} states"
    return ", ".join(map(_code, states))


# ------------------------------------------------------------------------------------------ events


def _events(diagram: Diagram) -> Iterator[str]:
    yield "## Events"
    yield _table(
        ("Event", "Is about", "Meaning"),
        (
            (_code(_signature(row.event, row.fields)), _prose(row.subject), _prose(row.doc))
            for row in diagram.events
        ),
    )
    notes = _Footnotes()
    for group in diagram.groups:
        rows = [row for row in diagram.events if row.entity == group.name]
        if rows:
            yield f"What each event does to a {_prose(group.name)}, by its configuration:"
            yield _matrix(rows, group, notes)
    lone = [row for row in diagram.events if not row.entity]
    if lone:
        yield "Events that are about no entity:"
        yield _table(
            ("Event", "Does"),
            ((_code(row.event), _cell(row.cells, row, notes)) for row in lone),
        )
    yield "\n".join(notes.lines())
    yield "### What each handler does"
    yield _table(
        ("Event", "Configuration", "If", "Does"),
        (line for row in diagram.events for line in _handler(row)),
    )


def _matrix(rows: Sequence[EventRow], group: Group, notes: _Footnotes) -> str:
    named = {name for row in rows for cell in row.cells for name in cell.configurations}
    columns = [*(name for name in _AROUND if name in named), *group.columns]
    return _table(
        ("Event", *map(_code, columns)),
        (
            (
                _code(row.event),
                *(
                    _cell([c for c in row.cells if column in c.configurations], row, notes)
                    for column in columns
                ),
            )
            for row in rows
        ),
    )


def _cell(cells: Iterable[CellRow], row: EventRow, notes: _Footnotes) -> str:
    return "; ".join(dict.fromkeys(_verdict(cell, row, notes) for cell in cells))


def _verdict(cell: CellRow, row: EventRow, notes: _Footnotes) -> str:
    if cell.verdict != "handled":
        return f"{cell.verdict} {notes.mark(cell.reason)}"
    said = [f"asks {_request(row.entity, *pair)}" for pair in cell.asks]
    said += [f"emits {_code(name)}" for name in cell.emits]
    return ", ".join(said) or "handled"


def _request(about: str, entity: str, request: str) -> str:
    return _code(request) if entity == about else f"{_prose(entity)} {_code(request)}"


def _handler(row: EventRow) -> Iterator[tuple[str, ...]]:
    event = _code(row.event)
    if row.always:
        yield event, "always", "", _statements(row.always)
    for cell in row.cells:
        where = ", ".join(map(_code, cell.where)) or _NO_SUBJECT
        does = _statements(cell.does)
        if cell.verdict != "handled":
            does = f"{cell.verdict}: {_prose(cell.reason)}"
        yield event, where, _guard(cell.guard, cell.position), does


# ------------------------------------------------------------------------------------ instructions


def _contracts(rows: Iterable[Contract]) -> str:
    return _table(
        ("Instruction", "Runs as", "Emitted by", "Meanwhile", "Ends with", "Meaning"),
        (
            (
                _code(_signature(row.instruction, row.fields)),
                _prose(row.runs),
                ", ".join(map(_code, row.emitted_by)) or "nobody",
                ", ".join(map(_code, row.during)),
                ", ".join(map(_code, row.outcomes)),
                _prose(row.doc),
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
            said = f"{_prose(target.group)} {_code(target.label)}" if target.group else ""
            asked[edge.source].append(f"asks {said}" if said else f"emits {_code(target.label)}")
    yield _table(
        ("Completion", "Does"),
        ((_prose(node.label), ", ".join(asked[node.id])) for node in completions),
    )


# -------------------------------------------------------------------------------------------- text


def _signature(name: str, fields: Iterable[tuple[str, str]]) -> str:
    return f"{name}({', '.join(f'{field}: {type_}' for field, type_ in fields)})"


def _guard(guard: str, position: int) -> str:
    if guard:
        return _code(guard)
    return "otherwise" if position else ""


def _statements(lines: Iterable[str]) -> str:
    # The leading spaces of a nested statement are kept inside its code.
    return "<br>".join(_code(line, indent=True) for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    return "\n".join(lines) if len(lines) > 2 else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _prose(text: str) -> str:
    """Text as text: whatever Markdown or HTML would read is escaped."""
    escaped = re.sub(r"([\\`*_{}\[\]#|~!>])", r"\\\1", text.replace("&", "&amp;"))
    # A web address would become a link.
    return escaped.replace("<", "&lt;").replace("://", ":&#47;/")


def _code(text: str, *, indent: bool = False) -> str:
    """Text as code, with a fence longer than any run of backticks in it; a bar would end the cell."""
    plain = text.strip(" ")
    if not plain:
        return ""
    depth = len(text) - len(text.lstrip(" ")) if indent else 0
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    padding = " " if plain.startswith("`") or plain.endswith("`") else ""
    # In a table GitHub takes \| inside code for a bar.
    inner = plain.replace("|", "\\|")
    return f"{'&nbsp;' * depth}{fence}{padding}{inner}{padding}{fence}"
