"""What an event does: its subjects are found and may refuse; then before, each cell, after.

Knows statements and the world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..checked import ABSENT, NEW, NO_SUBJECT, Cell, Handler, Subject
from ..snippets.ir import Index
from .containers import Map
from .expressions import value
from .frame import Frame
from .messages import Message
from .reports import broken_claim, refusal
from .statements import run
from .values import Entity
from .world import World


@dataclass
class Found:
    """One subject of an event. ``configuration`` names its cell, as it was when it was found; ``names``
    are the locals that it gives. ``entity`` is None while there is none."""

    key: Any
    entity: Entity | None
    configuration: str
    names: dict[str, Any]


def handle(world: World, handler: Handler, event: Message, frame: Frame) -> None:
    """Run the handler of an event. ``IllegalEvent`` if it is refused; nothing has changed then."""
    frame.locals["event"] = event
    if handler.subject is None:
        _refuse_impossible(handler, event, None, NO_SUBJECT)
        run(handler.before, frame)
        begun = bool(handler.before)
        _cell(handler.cells[NO_SUBJECT], event, None, NO_SUBJECT, frame, begun=begun)
    else:
        subject = handler.subject
        found = _find(world, handler, subject, event, frame)
        _create(world, subject, found)
        run(handler.before, frame)
        for one in found:
            # Of several subjects each has its turn; what the second claims comes after the first.
            begun = bool(handler.before or subject.many)
            _turn(world, handler, event, one, frame, begun=begun)
    frame.subject = None
    run(handler.after, frame)


# Finding


def _find(
    world: World, handler: Handler, subject: Subject, event: Message, frame: Frame
) -> list[Found]:
    """The subjects, each once, in the order of the payload. Refuses the event if one of their cells
    does; only then is what is consumed taken."""
    found: list[Found] = []
    for one in _look(world, handler, subject, frame):
        if any(one.key == other.key and one.entity is other.entity for other in found):
            continue
        if subject.mode == "create":
            _refuse_impossible(handler, event, None, NEW)
            if one.entity is not None:
                reason = f"a {subject.entity} with this key is there already"
                where = world.configuration(one.entity)
                raise refusal(event, one.entity, where, reason)
        _refuse_impossible(handler, event, one.entity, one.configuration)
        found.append(one)
    if subject.consumes is not None:
        holder, key = value(subject.consumes[0], frame), value(subject.consumes[1], frame)
        if isinstance(subject.source, Index):
            del holder[key]
        else:
            holder.pop(key, None)
    return found


def _look(world: World, handler: Handler, subject: Subject, frame: Frame) -> Iterator[Found]:
    model = world.spec.entities[subject.entity]
    # What is to be consumed is only looked at, also in a map that makes what is missing.
    source = value(subject.source, replace(frame, pure=subject.consumes is not None))
    if subject.mode == "of":
        for entity in source:
            yield Found(entity.key, entity, _configuration(world, handler, entity), {})
        return
    for key in source if subject.many else [source]:
        names = {model.key.name: key}
        if subject.value_name is not None:
            assert isinstance(source, Map)
            names[subject.value_name] = source.look(key)
        entity = world.registries[subject.entity].get(key)
        if entity is not None and subject.mode != "create":
            configuration = _configuration(world, handler, entity)
        else:
            configuration = NEW if subject.creates else ABSENT
        yield Found(key, entity, configuration, names)


def _configuration(world: World, handler: Handler, entity: Entity) -> str:
    """The configuration of a subject. One whose fields are like none that is listed can only have a cell
    that is for all; ``ValueError`` if there is no such cell."""
    try:
        return world.configuration(entity)
    except ValueError:
        names = list(world.model(entity).configurations)
        if len({(handler.cells[name].span, handler.cells[name].origin) for name in names}) > 1:
            raise
        return names[0]


def _refuse_impossible(
    handler: Handler, event: Message, entity: Entity | None, configuration: str
) -> None:
    impossible = handler.cells[configuration].impossible
    if impossible is not None:
        raise refusal(event, entity, configuration, impossible)


def _create(world: World, subject: Subject, found: list[Found]) -> None:
    """Nobody refuses, so those that are new come into being, before anything else happens."""
    for one in found:
        if one.configuration == NEW:
            one.entity = world.create(subject.entity, one.key, {})


# Each in its turn


def _turn(
    world: World, handler: Handler, event: Message, one: Found, frame: Frame, *, begun: bool
) -> None:
    """One subject: ``first``, then its cell. One that is absent has a cell only."""
    frame.locals.update(one.names)
    frame.subject = one.entity
    if one.entity is not None:
        frame.locals[world.model(one.entity).variable] = one.entity
        if any(kind == one.entity.kind for kind, _ in handler.effects.writes):
            world.touched[one.entity] = None
        run(handler.first, frame)
        begun = begun or bool(handler.first)
    cell = handler.cells[one.configuration]
    begun = begun or one.configuration == NEW
    _cell(cell, event, one.entity, one.configuration, frame, begun=begun)


def _cell(
    cell: Cell,
    event: Message,
    entity: Entity | None,
    configuration: str,
    frame: Frame,
    *,
    begun: bool,
) -> None:
    """The first case whose guard holds at this moment. ``begun`` tells that it is too late to refuse."""
    if cell.ignore is not None:
        frame.mark("cell", event.name, configuration, 0)
        return
    for number, case in enumerate(cell.cases):
        if case.when is None or value(case.when, frame):
            if case.impossible is not None:
                error = broken_claim if begun else refusal
                raise error(event, entity, configuration, case.impossible)
            frame.mark("cell", event.name, configuration, number)
            run(case.body, frame)
            return
    raise broken_claim(event, entity, configuration, "no case holds")
