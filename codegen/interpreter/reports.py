"""Errors with what is known about them: the entity, its story, the words of the spec.

Knows the world. The errors are the runtime's: what can go wrong is part of the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from lawful.runtime.errors import (
    BrokenClaim,
    ClaimFailed,
    IllegalEvent,
    InvalidTransition,
    InvariantViolated,
    Record,
    ReferencesLeft,
)

from ..checked import Invariant
from ..diagnostics import Span
from .messages import Message
from .values import Entity, plain
from .world import World

STORY = 20  # log records that an error carries

InvalidT = TypeVar("InvalidT", bound=InvalidTransition)


def story(world: World, entity: Entity | None) -> tuple[Record, ...]:
    """The last log records that mention the entity; of no entity, the last of all."""
    records = [plain(record) for record in world.log]
    if entity is not None:
        records = [record for record in records if _mentions(record, entity.key)]
    return tuple(records[-STORY:])


def _mentions(record: Record, key: Any) -> bool:
    return any(
        value == key or (isinstance(value, list | tuple | dict) and key in value)
        for value in record
    )


def words(world: World, span: Span) -> str:
    """What stands in the spec at a place, on one line."""
    lines = world.spec.sources.get(span.path, "").splitlines()[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(" ".join(lines).split())


def named(entity: Entity | None) -> tuple[str | None, Any]:
    """Kind and key, for an error."""
    return (None, None) if entity is None else (entity.kind, entity.key)


def refusal(event: Message, entity: Entity | None, configuration: str, reason: str) -> IllegalEvent:
    """The event is refused by a cell; nothing has changed."""
    return IllegalEvent(event, *named(entity), configuration, reason)


def broken_claim(
    event: Message, entity: Entity | None, configuration: str, reason: str
) -> BrokenClaim:
    """The same, too late: the handler has begun to change things."""
    return BrokenClaim(event, *named(entity), configuration, reason)


def claim_failed(world: World, told: str, span: Span, entity: Entity | None) -> ClaimFailed:
    """An assertion is false: what it says, or ``told``."""
    where = f"{span.path}:{span.line}"
    return ClaimFailed(told or words(world, span), where, *named(entity), story(world, entity))


def invalid(
    error: type[InvalidT], world: World, entity: Entity, request: str, reason: str
) -> InvalidT:
    """A transition that can't be."""
    told = story(world, entity)
    return error(entity.kind, entity.key, entity.state, request, reason, told)


def violated(world: World, name: str, entity: Entity | None, span: Span) -> InvariantViolated:
    """Something that the spec promises is not so."""
    return InvariantViolated(name, *named(entity), words(world, span), story(world, entity))


def broken(world: World, invariant: Invariant, entity: Entity | None) -> InvariantViolated:
    """An invariant doesn't hold."""
    return violated(world, invariant.name, entity, invariant.holds.span)


def references_left(entity: Entity, relation: str, holders: Iterable[Entity]) -> ReferencesLeft:
    """An entity can't be deleted, because others refer to it."""
    return ReferencesLeft(entity.kind, entity.key, relation, tuple(h.key for h in holders))


def as_logged(requests: Mapping[Entity, Any]) -> dict[Any, str]:
    """Recommendations as they stand in the log: key -> request."""
    return {entity.key: request.name for entity, request in requests.items()}
