"""The rows of the tables: what each event does, how each instruction ends, what is claimed impossible.

Knows the checked model; knows nothing of nodes and edges.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..checked import NO_SUBJECT, Cell, CellCase, Entity, Handler, Subject
from ..diagnostics import Span
from .model import CellRow, Claim, Contract, EventRow, Verdict
from .source import Source, place, typed

OTHERS = "others"  # the cell of all configurations that have none of their own
_FEW = 2  # states that are left out by name rather than all the others named
_MANY = 8  # states that the spec calls "others" are named one by one up to here


def event_rows(source: Source) -> tuple[EventRow, ...]:
    """One row an event; with ``only``, those that are about the entity or ask something of it."""
    rows = (_event_row(source, handler) for handler in source.spec.handlers.values())
    return tuple(row for row in rows if _concerns(row, source.only))


def _concerns(row: EventRow, only: str | None) -> bool:
    if only is None or row.entity == only:
        return True
    asked = (row.asks, *(cell.asks for cell in row.cells))
    return any(entity == only for asks in asked for entity, _ in asks)


def _event_row(source: Source, handler: Handler) -> EventRow:
    event = source.spec.events[handler.event]
    done = source.around_doings(handler)
    return EventRow(
        event=event.name,
        place=place(handler.span),
        entity=handler.subject.entity if handler.subject else "",
        subject=_subject(source, handler.subject) if handler.subject else "",
        fields=typed(event.fields),
        doc=event.doc,
        always=source.around(handler),
        emits=done.emits,
        asks=done.asks,
        cells=_cell_rows(source, handler),
    )


def _subject(source: Source, subject: Subject) -> str:
    found = source.text(subject.source)
    if subject.consumes is not None:
        collection, key = map(source.text, subject.consumes)
        found = f"{collection}.pop({key})"
    if subject.many:
        return f"each {subject.entity} of {found}"
    return f"{subject.mode.replace('_', ' ')} {subject.entity} {found}"


def _cell_rows(source: Source, handler: Handler) -> tuple[CellRow, ...]:
    """Configurations that were written as one cell make one row a case."""
    shared: dict[tuple[str, Span], tuple[list[str], Cell]] = {}
    for name, cell in handler.cells.items():
        names, _ = shared.setdefault((cell.origin, cell.span), ([], cell))
        if name != NO_SUBJECT:
            names.append(name)
    entity = source.spec.entities[handler.subject.entity] if handler.subject else None
    rows: list[CellRow] = []
    for names, cell in shared.values():
        plain = CellRow(
            tuple(names), _fewer(names, cell.origin, entity), "handled", place(cell.span)
        )
        if not cell.cases:
            verdict, reason = _verdict(cell)
            rows.append(replace(plain, verdict=verdict, reason=reason))
        rows += (_case_row(source, plain, *pair) for pair in enumerate(cell.cases))
    return tuple(rows)


def _fewer(names: list[str], origin: str, entity: Entity | None) -> tuple[str, ...]:
    """The configurations in fewer words: a state instead of all of its own, ``any`` instead of all
    states, ``any but failed`` instead of nearly all, ``others`` where the spec says that of many."""
    if entity is None:
        return tuple(names)
    known = entity.configurations
    given = set(names)
    said = _states_of(entity, [name for name in names if name in known])
    missing = _states_of(entity, [name for name in known if name not in given])
    if len(known) > 1 and not missing:
        said = ["any"]
    elif len(missing) <= _FEW < len(said) - _FEW:
        said = [f"any but {' and '.join(missing)}"]
    elif origin == OTHERS and len(said) > _MANY:
        said = [OTHERS]
    return (*(name for name in names if name not in known), *said)


def _states_of(entity: Entity, names: list[str]) -> list[str]:
    """The names, all configurations of one state as that state."""
    found = Counter(entity.configurations[name].state for name in names)
    every = Counter(c.state for c in entity.configurations.values())
    said: dict[str, None] = {}
    for name in names:
        state = entity.configurations[name].state
        said[state if found[state] == every[state] else name] = None
    return list(said)


def _case_row(source: Source, plain: CellRow, position: int, case: CellCase) -> CellRow:
    verdict, reason = _verdict(case)
    done = source.doings(case.body)
    return replace(
        plain,
        verdict=verdict,
        place=place(case.span),
        guard=source.text(case.when),
        position=position,
        reason=reason,
        emits=done.emits,
        asks=done.asks,
        does=source.lines(case.body),
    )


def _verdict(cell: Cell | CellCase) -> tuple[Verdict, str]:
    if cell.ignore is not None:
        return "ignored", cell.ignore
    if cell.impossible is not None:
        return "impossible", cell.impossible
    return "handled", ""


def contracts(source: Source) -> tuple[Contract, ...]:
    """One row an instruction."""
    emitters = _emitters(source)
    return tuple(
        Contract(
            instruction=instruction.name,
            place=place(instruction.span),
            runs=instruction.runs,
            fields=typed(instruction.fields),
            doc=instruction.doc,
            emitted_by=tuple(emitters[instruction.name]),
            outcomes=instruction.outcomes,
            during=instruction.during,
        )
        for instruction in source.spec.instructions.values()
    )


def _emitters(source: Source) -> dict[str, dict[str, None]]:
    """For each instruction the places that emit it, as a reader would call them."""
    found: dict[str, dict[str, None]] = {name: {} for name in source.spec.instructions}

    def note(emits: tuple[str, ...], where: str) -> None:
        for name in emits:
            found[name][where] = None

    for pair in source.spec.transitions.values():
        for case in pair.cases:
            emits = source.case_doings(pair.entity, case).emits
            note(emits, f"{pair.entity}: {pair.start} -> {pair.request}")
    for handler in source.spec.handlers.values():
        note(source.around_doings(handler).emits, handler.event)
        cells = {(cell.origin, cell.span): cell for cell in handler.cells.values() if cell.cases}
        for cell in cells.values():
            note(source.doings(*(case.body for case in cell.cases)).emits, handler.event)
    for completion in source.spec.completions:
        note(source.doings(completion.body).emits, f"completion: {completion.name}")
    return found


def claims(source: Source) -> tuple[Claim, ...]:
    """The pairs and cases that are never to happen, declared ones first, the others by request."""
    spec = source.spec
    found = [
        Claim(
            pair.entity,
            (pair.start,),
            pair.request,
            source.text(case.when),
            case.reason,
            place(case.span),
        )
        for pair in spec.transitions.values()
        for case in pair.cases
        if case.kind == "impossible"
    ]
    for (entity, request), _ in spec.askers.items():
        starts = tuple(
            start
            for start in spec.entities[entity].states
            if start != request
            and (entity, start, request) not in spec.transitions
            and (entity, start, request) not in spec.routes
        )
        if starts:
            reason, where = spec.undeclared.get(entity, ""), place(spec.entities[entity].span)
            found.append(Claim(entity, starts, request, "", reason, where))
    return tuple(claim for claim in found if claim.entity in source.entities)
