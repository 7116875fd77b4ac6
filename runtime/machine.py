"""The machine: one step from an event to instructions, by the rules of ``spec/README.md``.

A generated machine subclasses ``Machine`` and gives it tables of functions; a hand-written one may do
the same. Everything is synchronous and deterministic: no thread, no clock but the one given, nothing
ordered by hash or address. Knows the containers, the errors and the history.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Generic, NamedTuple, TypeAlias, TypeVar

from .base import Contract, Entity, Observer
from .drain import follow_route, merge, tell
from .errors import (
    BrokenClaim,
    ClaimFailed,
    IllegalEvent,
    ImpossibleTransition,
    InvalidTransition,
    InvariantViolated,
    MachinePoisoned,
    NoCaseHolds,
    Record,
    ReentrantCall,
    ReferencesLeft,
    StepBudgetExceeded,
    UnknownEvent,
)
from .history import History, kebab, key_of, mentions, newest, redacted

EventT = TypeVar("EventT")
InstructionT = TypeVar("InstructionT")
T = TypeVar("T")

Recommendations: TypeAlias = dict[Any, Any]
"""What entities are asked for: entity -> a request, or a tuple of a request and its arguments."""

Result: TypeAlias = tuple[Recommendations, list[Any]]
"""What handlers, transitions and completions return: recommendations and instructions, both fresh."""

STORY_IN_ERRORS = 20  # log records that an error about an entity carries


class Poison(NamedTuple):
    """Why a machine takes no more events: what it was handling, and what went wrong."""

    event: Any
    error: BaseException


class Machine(Generic[EventT, InstructionT]):
    """The base of every machine.

    ``clock`` gives the time in seconds, read once an event. ``validate`` checks the invariants at the
    end of each step. ``history_limit`` and ``log_limit`` bound what is kept (``None``: everything).
    ``step_budget`` bounds transitions and loop rounds of one event. ``observers`` are told of each
    transition and can't interfere: what they raise is logged and dropped.

    ``log`` holds a record for each transition: (key, state before, request, state after,
    {key: request} recommended, stimulus id, time), and what the spec logs itself.

    A subclass may override ``handle_event``, ``transition`` and ``complete``; they are used then.
    """

    _HANDLERS: ClassVar[Mapping[type, Callable[[Any, Any], Result]]] = {}
    """Event class -> function(machine, event). It raises ``self._refuse(…)`` before any change."""
    _TRANSITIONS: ClassVar[Mapping[type, Mapping[str, Mapping[str, Callable[..., Result]]]]] = {}
    """Entity class -> state -> request -> function(machine, entity, *args, stimulus_id)."""
    _ROUTES: ClassVar[Mapping[type, Mapping[str, Mapping[str, str]]]] = {}
    """Entity class -> state -> request -> the state that the transition goes through."""
    _DELETING: ClassVar[Mapping[type, frozenset[str]]] = {}
    """Entity class -> its deleting requests. An entity in such a state is gone."""
    _UNDECLARED: ClassVar[Mapping[type, str]] = {}
    """Entity class -> why pairs that are not declared can't be asked for."""
    _COMPLETIONS: ClassVar[tuple[tuple[Callable[[Any, str], Result], bool], ...]] = ()
    """Functions(machine, stimulus_id) that run in order when nothing is left, each with whether it is
    repeated until nothing comes of it (``mode: fixpoint``). Empty: ``complete`` runs once."""
    _KEY: ClassVar[Mapping[type, str]] = {}
    """Entity class -> the name of its key attribute."""
    _REDACT: ClassVar[Mapping[type, Mapping[str, object]]] = {}
    """Event class -> what to put in place of a field's value in the history."""
    _UNLOGGED: ClassVar[frozenset[type]] = frozenset()
    """Event classes that don't go into the history, unless they poison the machine."""
    _OPAQUE: ClassVar[Mapping[type, frozenset[str]]] = {}
    """Event or instruction class -> fields of opaque types, written as tokens only."""
    _LATER_LEG_WINS: ClassVar[bool] = False
    CONTRACTS: ClassVar[Mapping[type, Contract]] = {}
    SPEC: ClassVar[str] = ""
    SPEC_HASH: ClassVar[str] = ""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        validate: bool = False,
        history_limit: int | None = 10_000,
        log_limit: int | None = 10_000,
        step_budget: int = 100_000,
        observers: Iterable[Observer] = (),
    ) -> None:
        self.history = History(
            history_limit, spec=self.SPEC, spec_hash=self.SPEC_HASH, opaque=self._OPAQUE
        )
        self.log: deque[Record] = deque(maxlen=log_limit)
        self.now = 0.0
        self.event_count = 0
        self.transition_count = 0
        self.poisoned: Poison | None = None
        self.validate = validate
        self.step_budget = step_budget
        self.observers = list(observers)
        self._clock = clock
        self._busy = False
        self._limit = step_budget  # the value of transition_count that ends the step
        self._event: Any = None
        self._host_results: list[tuple[str, Any]] = []
        self._touched: dict[Any, str] = {}

    # The step

    def handle(self, event: EventT) -> list[InstructionT]:
        """Take one event and return the instructions that follow from it, in order.

        An empty ``stimulus_id`` of the event is filled in (``fetch-failed-7`` for the seventh event).
        ``IllegalEvent`` and ``ReentrantCall`` change nothing. Any other error poisons the machine;
        then and later it raises ``MachinePoisoned``.
        """
        if self._busy or self.poisoned is not None:
            raise self._barred(event)
        kind = type(event)
        if kind not in self._HANDLERS and type(self).handle_event is Machine.handle_event:
            raise UnknownEvent(event)
        it: Any = event
        before, limit, given = self.now, self._limit, it.stimulus_id
        stimulus_id = given
        if not given:
            stimulus_id = it.stimulus_id = f"{_prefix(kind)}-{self.event_count + 1}"
        self._busy = True
        accepted = False
        try:
            self.now = self._clock()
            self._limit = self.transition_count + self.step_budget
            self._event = event
            recommendations, instructions = self.handle_event(event)
            accepted = True
            self.event_count += 1
            if recommendations:
                self._drain(recommendations, instructions, stimulus_id)
            self._complete(instructions, stimulus_id)
            if self.validate:
                self._check_step(self._touched)
                self._touched = {}
        except BaseException as error:
            if not accepted and isinstance(error, IllegalEvent):
                self.now, self._limit, it.stimulus_id = before, limit, given
                self._touched, self._host_results = {}, []
                raise
            self._fail(event, error)
            raise
        finally:
            self._busy = False
        if kind not in self._UNLOGGED:
            logged = redacted(event, self._REDACT[kind]) if kind in self._REDACT else event
            host = self._host_results
            self.history._raw.append((logged, tuple(instructions), self.now, tuple(host), None))
        if self._host_results:
            self._host_results = []
        return instructions

    def handle_event(self, event: EventT) -> Result:
        """Run the handler of one event: what it recommends, and its instructions."""
        return self._HANDLERS[type(event)](self, event)

    def transition(self, entity: Any, request: str, *args: Any, stimulus_id: str) -> Result:
        """Ask one entity for ``request``: what follows for others, and the instructions.

        Nothing happens if the entity is in that state, or has been deleted. ``InvalidTransition`` if
        its state doesn't know the request.
        """
        start: str = entity.state
        if start == request:
            return {}, []
        kind = type(entity)
        try:
            step = self._TRANSITIONS[kind][start][request]
        except KeyError:
            step = None
        if step is None and start in self._DELETING.get(kind, ()):
            return {}, []
        self.transition_count += 1
        if self.transition_count > self._limit:
            raise self._exhausted()
        if self.validate:
            self._touched.setdefault(entity, start)
        if step is not None:
            result = step(self, entity, *args, stimulus_id=stimulus_id)
            if self.observers:
                tell(self.observers, entity, start, request)
        else:
            via = self._ROUTES.get(kind, {}).get(start, {}).get(request)
            if via is None:
                reason = self._UNDECLARED.get(kind, "")
                raise self._invalid(InvalidTransition, entity, start, request, reason)
            result = follow_route(self, entity, via, request, args, stimulus_id)
        recommended = {
            getattr(e, self._KEY[type(e)]): r if type(r) is str else r[0]
            for e, r in result[0].items()
        }
        self.log.append(
            (
                getattr(entity, self._KEY[kind]),
                start,
                request,
                entity.state,
                recommended,
                stimulus_id,
                self.now,
            )
        )
        return result

    def complete(self, stimulus_id: str) -> Result:
        """Runs when nothing is left to drain; what it recommends is drained too."""
        return {}, []

    def _drain(
        self, recommendations: Recommendations, instructions: list[Any], stimulus_id: str
    ) -> None:
        """Carry out what is recommended, the newest first; a later one replaces one in its place."""
        while recommendations:
            entity, request = recommendations.popitem()
            if type(request) is str:
                more, new = self.transition(entity, request, stimulus_id=stimulus_id)
            else:
                more, new = self.transition(
                    entity, request[0], *request[1:], stimulus_id=stimulus_id
                )
            if more:
                recommendations.update(more)
            if new:
                instructions += new

    def _complete(self, instructions: list[Any], stimulus_id: str) -> None:
        if not self._COMPLETIONS:
            recommendations, new = self.complete(stimulus_id)
            instructions += new
            self._drain(recommendations, instructions, stimulus_id)
            return
        for function, fixpoint in self._COMPLETIONS:
            while True:
                recommendations, new = function(self, stimulus_id)
                instructions += new
                if not fixpoint or not (recommendations or new):
                    break
                self._spend()
                self._drain(recommendations, instructions, stimulus_id)
            self._drain(recommendations, instructions, stimulus_id)

    def _barred(self, event: EventT) -> Exception:
        if self._busy:
            return ReentrantCall(event)
        assert self.poisoned is not None
        error = self.poisoned.error
        barred = MachinePoisoned(event, self.poisoned.event, f"{type(error).__name__}: {error}")
        barred.__cause__ = error
        return barred

    def _fail(self, event: Any, error: BaseException) -> None:
        """Poison the machine, and keep the step for the report."""
        kind = type(event)
        logged = redacted(event, self._REDACT[kind]) if kind in self._REDACT else event
        self.poisoned = Poison(logged, error)
        text = f"{type(error).__name__}: {error}"
        self.history._raw.append((logged, (), self.now, tuple(self._host_results), text))

    # Checks

    def check(self) -> None:
        """Check the invariants of everything; ``InvariantViolated`` for the first that fails."""

    def check_at_rest(self) -> None:
        """Check what must hold when no instruction is open and no event can be expected."""

    def _check_step(self, touched: Mapping[Any, str]) -> None:
        """Check what a step can have broken: ``touched`` has each entity with its first state."""

    # The past

    def story(self, *keys: Any) -> list[Record]:
        """The log records that mention one of the keys (of entities, or stimulus ids), in order."""
        wanted = {key_of(k, self._KEY) if isinstance(k, Entity) else k for k in keys}
        return [record for record in self.log if mentions(record, wanted)]

    # What generated code calls

    def _spend(self, n: int = 1) -> None:
        """Count ``n`` rounds of a loop against the budget of the step."""
        self._limit -= n
        if self.transition_count > self._limit:
            raise self._exhausted()

    def _touch(self, entity: Any) -> None:
        """Remember a subject or a new entity for the checks at the end; wanted when validating."""
        self._touched.setdefault(entity, entity.state)

    def _record(self, name: str, result: T) -> T:
        """Put the result of a host function (or the ``HostFailure``) into the history; return it."""
        self._host_results.append((name, result))
        return result

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
        held = tuple(key_of(holder, self._KEY) for holder in holders)
        return ReferencesLeft(type(entity).__name__, key_of(entity, self._KEY), relation, held)

    def _invalid(
        self, error: type[_Invalid], entity: Any, start: str, request: str, reason: str
    ) -> _Invalid:
        name, key = self._named(entity)
        return error(name or "", key, start, request, reason, self._story_of(entity))

    def _exhausted(self) -> StepBudgetExceeded:
        story = tuple(self.log)[-STORY_IN_ERRORS:]
        return StepBudgetExceeded(self.step_budget, self._event, story)

    def _named(self, entity: Any) -> tuple[str | None, Any]:
        if entity is None:
            return None, None
        return type(entity).__name__, key_of(entity, self._KEY)

    def _story_of(self, entity: Any) -> tuple[Record, ...]:
        if entity is None:
            return tuple(self.log)[-STORY_IN_ERRORS:]
        return newest(self.log, {key_of(entity, self._KEY)}, STORY_IN_ERRORS)


_Invalid = TypeVar("_Invalid", bound=InvalidTransition)

_PREFIXES: dict[type, str] = {}


def _prefix(kind: type) -> str:
    prefix = _PREFIXES.get(kind)
    if prefix is None:
        prefix = _PREFIXES[kind] = kebab(kind.__name__)
    return prefix


def recommend(recommendations: Recommendations, entity: Any, request: Any) -> None:
    """Ask ``entity`` for ``request`` from within a case.

    ``RecommendationsConflict`` if the case has asked it for something else already.
    """
    merge(recommendations, {entity: request}, later_wins=False)
