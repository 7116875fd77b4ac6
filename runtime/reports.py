"""What a machine says about itself: the story of an entity, and its errors with that story in them.

Generated code makes its errors with these. Knows the errors and the history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from .base import Entity
from .errors import (
    BrokenClaim,
    ClaimFailed,
    IllegalEvent,
    ImpossibleTransition,
    InvalidTransition,
    InvariantViolated,
    NoCaseHolds,
    Record,
    ReferencesLeft,
    StepBudgetExceeded,
)
from .history import mentions

STORY_IN_ERRORS = 20  # log records that an error carries

InvalidT = TypeVar("InvalidT", bound=InvalidTransition)


class Reports:
    """The part of a machine that looks back. It changes nothing."""

    __slots__ = ()

    _KEY: ClassVar[Mapping[type, str]] = {}
    """Entity class -> the name of its key attribute."""

    log: deque[Record]
    step_budget: int
    _event: Any  # of the step that is running, or was last

    def story(self, *keys: Any) -> list[Record]:
        """The log records that mention one of the keys, in order.

        A key is that of an entity, the entity itself, or a stimulus id.
        """
        wanted = {self._key_of(key) if isinstance(key, Entity) else key for key in keys}
        return [record for record in self.log if mentions(record, wanted)]

    def _key_of(self, entity: Any) -> Any:
        return getattr(entity, self._KEY[type(entity)])

    def _shown(self, recommendations: Mapping[Any, Any]) -> dict[Any, str]:
        """Recommendations as they are logged: key -> request, without arguments."""
        keys = self._KEY
        return {
            getattr(entity, keys[type(entity)]): asked if type(asked) is str else asked[0]
            for entity, asked in recommendations.items()
        }

    def _refuse(self, event: Any, entity: Any, configuration: str, reason: str) -> IllegalEvent:
        """The refusal of an event. To be raised by its handler, before anything has changed."""
        return IllegalEvent(event, *self._named(entity), configuration, reason)

    def _broken_claim(
        self, event: Any, entity: Any, configuration: str, reason: str
    ) -> BrokenClaim:
        """The same from a guarded case, whose guard is read after the handler has begun."""
        return BrokenClaim(event, *self._named(entity), configuration, reason)

    def _impossible(
        self, entity: Any, start: str, request: str, reason: str
    ) -> ImpossibleTransition:
        return self._invalid(ImpossibleTransition, entity, start, request, reason)

    def _no_case(self, entity: Any, start: str, request: str) -> NoCaseHolds:
        return self._invalid(NoCaseHolds, entity, start, request, "no case holds")

    def _violated(self, name: str, entity: Any = None, detail: str = "") -> InvariantViolated:
        return InvariantViolated(name, *self._named(entity), detail, self._story_of(entity))

    def _claim_failed(self, text: str, where: str, entity: Any = None) -> ClaimFailed:
        return ClaimFailed(text, where, *self._named(entity), self._story_of(entity))

    def _references_left(
        self, entity: Any, relation: str, holders: Iterable[Any]
    ) -> ReferencesLeft:
        held = tuple(self._key_of(holder) for holder in holders)
        return ReferencesLeft(type(entity).__name__, self._key_of(entity), relation, held)

    def _invalid(
        self, error: type[InvalidT], entity: Any, start: str, request: str, reason: str
    ) -> InvalidT:
        name, key = self._named(entity)
        return error(name or "", key, start, request, reason, self._story_of(entity))

    def _exhausted(self) -> StepBudgetExceeded:
        story = tuple(self.log)[-STORY_IN_ERRORS:]
        return StepBudgetExceeded(self.step_budget, self._event, story)

    def _named(self, entity: Any) -> tuple[str | None, Any]:
        if entity is None:
            return None, None
        return type(entity).__name__, self._key_of(entity)

    def _story_of(self, entity: Any) -> tuple[Record, ...]:
        if entity is None:
            return tuple(self.log)[-STORY_IN_ERRORS:]
        return tuple(self.story(entity)[-STORY_IN_ERRORS:])
