"""Handlers: what an event does, its family's part merged in, a cell for each configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from ..checked import NO_SUBJECT, Cell, CellCase, Handler, Subject
from ..diagnostics import Related, Span
from ..part import Text
from ..snippets.check import warn_unused
from ..snippets.environment import LocalTypes, Surroundings
from ..snippets.ir import Block
from ..spec import FamilySpec, HandlerSpec
from ..types import EventType, Type
from .cells import CELL_KEYS, make_cells, own_cell
from .draft import MAX_CELLS, Draft, settle, size_of
from .flow import Flow, Seen
from .subjects import entity_local, make_subject, needed_cells


@dataclass
class FamilyUse:
    """What the events of a family made of it: locals bound and read, and the cells in use."""

    assigned: list[Mapping[str, Span]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    cells: dict[str, Cell] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    events: int = 0


@dataclass
class _Parts:
    """The parts of a handler, or of the family behind it, while its function is put together."""

    flow: Flow
    subject: Subject | None = None
    subject_locals: Mapping[str, Type] = field(default_factory=dict)
    before: Block = ()
    loop: Flow | None = None
    first: Block = ()
    cells: dict[str, Cell] = field(default_factory=dict)
    after: Block = ()
    broken: bool = False
    unclear: bool = False


def declare_handlers(draft: Draft) -> None:
    """Fill ``draft.handlers``."""
    uses = {str(name): FamilyUse() for name in draft.spec.families}
    specs = {str(name): spec for name, spec in draft.spec.families.items()}
    sizes = {name: size_of(spec) for name, spec in specs.items()}
    configurations = max((len(e.configurations) for e in draft.known.entities.values()), default=0)
    for i, (name, spec) in enumerate(draft.spec.handlers.items(), 1):
        if not draft.find("LF104", name, draft.known.events, "event"):
            draft.meant |= draft.nearest(name, draft.known.events)
            continue
        if f"family of {name}" in draft.broken:
            continue  # nobody can tell what it does
        family = draft.known.events[name].family
        if not draft.fits(name, i * configurations, MAX_CELLS, "cells"):
            return
        if family is not None and not draft.repeat(name, sizes[family]):
            return
        of_family = None if family is None else (family, specs[family], uses[family])
        handler = settle(draft, partial(_handler, draft, name, spec, of_family))
        if handler is not None:
            draft.handlers[str(name)] = handler
        else:
            draft.broken.add(f"handler {name}")
    for family, use in uses.items():
        if use.events and not draft.diagnostics.has_errors:
            warn_unused(use.assigned, frozenset(use.read), draft.diagnostics)
            _warn_overridden(draft, family, use)
        if not use.events:
            settle(draft, partial(_family, draft, family, specs[family]))


def _family(draft: Draft, name: str, spec: FamilySpec, types: LocalTypes) -> _Parts:
    """A family's own part of the function of one of its events."""
    event: Mapping[str, Type] = {"event": EventType(name)}
    around = Surroundings(
        place=f"the family {name}", locals=event, fixed=frozenset(event), types=types
    )
    parts = _Parts(Flow(draft, around))
    if spec.subject is not None:
        made = make_subject(draft, spec.subject, parts.flow)
        if made is None:
            parts.broken = True
        else:
            parts.subject, parts.subject_locals = made
    elif spec.first is not None or spec.cells:
        where = spec.first if spec.first is not None else next(iter(spec.cells))
        draft.error("LF121", where, f"the family {name} has no subject that this could be about")
        parts.broken = True
    parts.before = parts.flow.block(spec.before)
    if parts.subject is not None:
        subject = parts.subject
        known = {**parts.subject_locals, **entity_local(draft, subject)}
        parts.loop = parts.flow.fork(locals_=known, directly=not subject.many)
        parts.first = parts.loop.block(spec.first)
        absent = parts.flow.fork(locals_=parts.subject_locals, directly=not subject.many)
        parts.cells, parts.unclear = make_cells(
            draft, spec.cells, subject, parts.loop, absent, f"family {name}"
        )
    parts.after = parts.flow.fork(directly=False).block(spec.after)
    return parts


def _handler(
    draft: Draft,
    name: Text,
    spec: HandlerSpec,
    family: tuple[str, FamilySpec, FamilyUse] | None,
    types: LocalTypes,
) -> Handler | None:
    place = f"the handler of {name}"
    around = Surroundings(
        place=place,
        locals={"event": EventType(str(name))},
        fixed=frozenset({"event"}),
        types=types,
    )
    common = _Parts(Flow(draft, around))
    if family is not None:
        common = _family(draft, family[0], family[1], types)
        before_it = common.flow.around
        around = replace(
            before_it, place=place, locals={**before_it.locals, "event": EventType(str(name))}
        )
    own = _Parts(Flow(draft, around, Seen()), common.subject, common.subject_locals)
    if not _own_subject(draft, name, spec, common, own) or common.broken:
        return None
    own.before = own.flow.block(spec.before)
    if own.subject is None:
        own.cells = _only_cell(draft, name, spec, own.flow)
    else:
        _add_loop(draft, name, spec, own.subject, common, own)
    own.after = own.flow.fork(directly=False).block(spec.after)
    cells = {**own.cells, **{k: c for k, c in common.cells.items() if k not in own.cells}}
    if own.subject is not None and draft.whole and not (own.unclear or common.unclear):
        _check_complete(draft, name, own.subject, cells)
    seen, shared = own.flow.seen, common.flow.seen
    if not draft.diagnostics.has_errors:  # what reads a local may be what is wrong
        warn_unused(seen.assigned, frozenset(seen.read | shared.read), draft.diagnostics)
    if family is not None:
        _note_use(family[2], common, own)
    return Handler(
        event=str(name),
        span=name.span,
        subject=own.subject,
        before=common.before + own.before,
        first=common.first + own.first,
        cells=cells,
        after=own.after + common.after,
        effects=seen.all_effects() | shared.all_effects(),
    )


def _own_subject(draft: Draft, name: Text, spec: HandlerSpec, common: _Parts, own: _Parts) -> bool:
    """Find the subject that a handler says itself; False if it can't be understood."""
    if spec.subject is None:
        return True
    if common.subject is not None:
        draft.error(
            "LF121",
            spec.subject.span,
            f"the family of {name} says already what the event is about",
            "",
            Related(common.subject.span, "the family's subject"),
        )
        return True
    event = own.flow.around.locals["event"]
    only = replace(own.flow.around, locals={"event": event}, maybe={})  # found before all else
    made = make_subject(draft, spec.subject, Flow(draft, only, own.flow.seen))
    if made is None:
        return False
    own.subject, own.subject_locals = made
    return True


def _add_loop(
    draft: Draft, name: Text, spec: HandlerSpec, subject: Subject, common: _Parts, own: _Parts
) -> None:
    """``first`` and the cells, which are run for each subject."""
    for key in (*CELL_KEYS, "cases"):
        value = getattr(spec, key)
        if value is not None and value != [] and key != "doc":
            where: Text | Span = value if isinstance(value, Text) else name
            draft.error("LF121", where, f'{name} has a subject, so "{key}" belongs into a cell')
    flow = own.flow
    locals_ = {**own.subject_locals, **entity_local(draft, subject)}
    loop = flow.fork(locals_=locals_, directly=not subject.many)
    if common.loop is not None:
        shared = common.loop.around.locals
        new = {k: t for k, t in shared.items() if k not in loop.around.locals}
        loop.around = replace(loop.around, locals={**loop.around.locals, **new})
    own.first = loop.block(spec.first)
    absent = flow.fork(locals_=own.subject_locals, directly=not subject.many)
    own.cells, own.unclear = make_cells(
        draft, spec.cells, subject, loop, absent, f"handler of {name}"
    )


def _only_cell(draft: Draft, name: Text, spec: HandlerSpec, flow: Flow) -> dict[str, Cell]:
    """The only cell of a handler without a subject."""
    for text, key in ((spec.first, "first"), (next(iter(spec.cells), None), "cells")):
        if text is not None:
            draft.error("LF121", text, f'"{key}" needs a subject, and {name} has none')
            return {}
    if not spec.cases and all(getattr(spec, key) is None for key in CELL_KEYS if key != "doc"):
        if spec.before is None and spec.after is None:
            if draft.whole:
                draft.error("LF119", name, f"the handler of {name} does not say what happens")
            return {}
        return {NO_SUBJECT: Cell(name.span, NO_SUBJECT, (CellCase(None, (), name.span),))}
    return {NO_SUBJECT: own_cell(draft, name, spec, flow)}


def _check_complete(draft: Draft, name: Text, subject: Subject, cells: Mapping[str, Cell]) -> None:
    """All configurations without a cell are one mistake."""
    needed = needed_cells(draft.known.entities[subject.entity], subject)
    missing = [c for c in needed if c not in cells]
    if not missing:
        return
    listed = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
    draft.error(
        "LF201",
        name,
        f"the handler of {name} says nothing of {listed}",
        'Handle them, or name them with "ignore" or "impossible" and the reason.',
    )


def _note_use(use: FamilyUse, common: _Parts, own: _Parts) -> None:
    use.assigned += common.flow.seen.assigned
    use.read |= common.flow.seen.read | own.flow.seen.read
    use.cells = use.cells or common.cells
    use.used |= {key for key in common.cells if key not in own.cells}
    use.events += 1


def _warn_overridden(draft: Draft, name: str, use: FamilyUse) -> None:
    """A cell of a family that every event of the family replaces."""
    for cell in {id(cell): cell for cell in use.cells.values()}.values():
        if not any(other is cell and key in use.used for key, other in use.cells.items()):
            draft.warn(
                "LF222",
                cell.span,
                f'no event of the family {name} uses its cell "{cell.origin}": each has its own',
            )
