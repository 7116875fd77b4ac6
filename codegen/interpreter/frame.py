"""What a piece of a step can see and add to: its locals, what it asks for, what it emits.

Knows the world.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from lawful.runtime.errors import RecommendationsConflict

from .messages import Message
from .values import Entity
from .world import Request, World


class Asked:
    """Recommendations: one an entity, each in the place of the first for it.

    A later one replaces an earlier one; where ``strict``, a different one is a conflict.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.requests: dict[Entity, Request] = {}

    def ask(self, entity: Entity, request: Request) -> None:
        first = self.requests.get(entity, request)
        if self.strict and first != request:
            raise RecommendationsConflict(repr(entity), first, request)
        self.requests[entity] = request

    def ask_all(self, more: Asked) -> None:
        for entity, request in more.requests.items():
            self.ask(entity, request)


@dataclass
class Frame:
    """``subject`` is the entity at hand, ``start`` the state that it had before its transition. Where
    ``pure``, nothing may change and nothing is recorded."""

    world: World
    spend: Callable[[int], None]
    stimulus_id: str = ""
    locals: dict[str, Any] = field(default_factory=dict)
    asked: Asked = field(default_factory=lambda: Asked(strict=False))
    emitted: list[Message] = field(default_factory=list)
    subject: Entity | None = None
    start: str = ""
    pure: bool = False

    def inside(self, names: dict[str, Any]) -> Frame:
        """The same with more locals, which end with it."""
        return replace(self, locals={**self.locals, **names})

    def called_with(self, arguments: dict[str, Any]) -> Frame:
        """That of a procedure: other locals, the same results."""
        return replace(self, locals=arguments, subject=None)

    def mark(self, *key: Hashable) -> None:
        """Note what runs; a check of a rule hits nothing."""
        if not self.pure:
            self.world.mark(*key)
