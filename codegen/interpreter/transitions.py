"""One entity is asked for one thing: a declared transition, a route, nothing, or an error.

Knows statements and the world. A transition gives what it recommends and what it emits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lawful.runtime.errors import (
    HostFailure,
    ImpossibleTransition,
    InvalidTransition,
    NoCaseHolds,
)

from ..checked import Attempt, Case, Route, Transition
from ..types import TupleType, bare
from .deletion import let_go
from .expressions import value, values
from .frame import Asked, Frame
from .messages import Message
from .reports import as_logged, invalid
from .statements import claim, run
from .values import Entity
from .world import Request, World

Observer: TypeAlias = Callable[[Entity, str, str, str], Any]
"""Told of each transition: the entity, its state before, the request, its state after."""


@dataclass
class Transitions:
    """Makes the transitions of one machine. ``spend`` counts against the budget of the step; ``count``
    is the number of transitions so far."""

    world: World
    spend: Callable[[int], None]
    observers: list[Observer] = field(default_factory=list)
    count: int = 0

    def ask(
        self, entity: Entity, request: Request, stimulus_id: str
    ) -> tuple[Asked, list[Message]]:
        """Ask an entity for something: what follows for others, and the instructions."""
        start = entity.state
        if start == request.name or entity.deleted:
            return Asked(strict=True), []
        self.count += 1
        self.spend(1)
        self.world.touched[entity] = None
        pair = (entity.kind, start, request.name)
        transition = self.world.spec.transitions.get(pair)
        if transition is not None:
            asked, emitted = self._make(transition, entity, request, stimulus_id)
            self._tell(entity, start, request.name)
        elif pair in self.world.spec.routes:
            route = self.world.spec.routes[pair]
            self.world.mark("route", *pair)
            asked, emitted = self._follow(route, entity, request, stimulus_id)
        else:
            reason = self.world.spec.undeclared.get(entity.kind, "")
            raise invalid(InvalidTransition, self.world, entity, request.name, reason)
        self.world.log.append(
            (
                entity.key,
                start,
                request.name,
                entity.state,
                as_logged(asked.requests),
                stimulus_id,
                self.world.now,
            )
        )
        return asked, emitted

    def _tell(self, entity: Entity, start: str, request: str) -> None:
        """An observer can't interfere: what it raises goes no further."""
        for observer in self.observers:
            try:
                observer(entity, start, request, entity.state)
            except Exception:
                continue

    # A declared transition

    def _make(
        self, transition: Transition, entity: Entity, request: Request, stimulus_id: str
    ) -> tuple[Asked, list[Message]]:
        """Assert, choose, attempt, change, then do, recommend and emit."""
        model = self.world.model(entity)
        names = [model.variable, *model.requests[request.name].fields]
        frame = Frame(
            self.world,
            self.spend,
            stimulus_id,
            dict(zip(names, (entity, *request.arguments), strict=True)),
            Asked(strict=True),
            subject=entity,
            start=entity.state,
        )
        for test in transition.asserts:
            claim(test, frame)
        number = self._choose(transition, frame)
        if number is None:
            raise invalid(NoCaseHolds, self.world, entity, request.name, "no case holds")
        case = transition.cases[number]
        if case.kind == "impossible":
            told = case.reason
            raise invalid(ImpossibleTransition, self.world, entity, request.name, told)
        pair = transition.entity, transition.start, transition.request
        self.world.mark("transition", *pair, number)
        for test in case.asserts:
            claim(test, frame)
        if case.attempt is None or self._succeeds(case.attempt, frame):
            self._change(case, entity, frame)
            run(case.body, frame)
            if entity.deleted:
                let_go(self.world, entity)
        return frame.asked, frame.emitted

    def _choose(self, transition: Transition, frame: Frame) -> int | None:
        """The number of the first case whose guard holds."""
        for number, case in enumerate(transition.cases):
            if case.when is None or value(case.when, frame):
                return number
        return None

    def _succeeds(self, attempt: Attempt, frame: Frame) -> bool:
        """Call the host function. If it fails, ``failed`` runs, and nothing else."""
        try:
            result = value(attempt.call, frame)
        except HostFailure as failure:
            type_ = self.world.spec.host[attempt.call.function].fails_type
            whole = type_ is not None and isinstance(bare(type_), TupleType)
            told = failure.values if whole else failure.values[0] if failure.values else None
            self.world.mark("branch", attempt.span, False)
            run(attempt.failed, frame.inside({attempt.failure: told}))
            return False
        self.world.mark("branch", attempt.span, True)
        if attempt.name is not None:
            frame.locals[attempt.name] = result
        return True

    def _change(self, case: Case, entity: Entity, frame: Frame) -> None:
        """What becomes of the state: another one, or none of it and another request."""
        assert case.target is not None or case.kind == "internal"
        if case.kind == "becomes":
            self.world.become(entity, case.target or "")
        elif case.kind == "redirect":
            given = values(case.redirect_arguments, frame)
            frame.asked.ask(entity, self.world.request(entity, case.target or "", given))

    # A route

    def _follow(
        self, route: Route, entity: Entity, request: Request, stimulus_id: str
    ) -> tuple[Asked, list[Message]]:
        """Both legs. What the entity asks of itself on the first is followed, except a deletion; the
        second starts from the state that was really reached."""
        model = self.world.model(entity)
        spec = self.world.spec
        condition = spec.conflict_deviation
        tolerant = condition is None or self.world.deviations[condition]
        asked = Asked(strict=spec.on_conflict == "error" or not tolerant)
        first, emitted = self.ask(entity, Request(route.via), stimulus_id)
        asked.ask_all(first)
        while entity in asked.requests:
            own = asked.requests.pop(entity)
            if not model.requests[own.name].deletes:
                more, new = self.ask(entity, own, stimulus_id)
                asked.ask_all(more)
                emitted = emitted + new
        more, new = self.ask(entity, request, stimulus_id)
        asked.ask_all(more)
        return asked, emitted + new
