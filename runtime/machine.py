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

from .base import FORMAT, KEY_NAMES, Contract, Observer, shortened
from .drain import follow_route, merge, tell
from .errors import (
    IllegalEvent,
    InvalidTransition,
    MachinePoisoned,
    Record,
    ReentrantCall,
    UnknownEvent,
)
from .history import History, kebab, redacted, redactor
from .reports import Reports

EventT = TypeVar("EventT")
InstructionT = TypeVar("InstructionT")
T = TypeVar("T")

Recommendations: TypeAlias = dict[Any, Any]
"""What entities are asked for: entity -> a request, or a tuple of a request and its arguments."""

Result: TypeAlias = tuple[Recommendations, list[Any]]
"""What the methods that may be overridden and called return, and completions: recommendations and
instructions, both fresh. Handlers and transitions, which are in the tables, are given the list that their
instructions are added to, and return what they recommend, or None."""

_Logged: TypeAlias = bool | Callable[[Any], Any]
"""Whether an event goes into the history; or what makes the copy of it that does."""

_Handler: TypeAlias = Callable[[Any, Any, list[Any]], Recommendations | None]

_Entry: TypeAlias = tuple[_Handler, str, _Logged]
"""Of an event class: its handler, how its stimulus ids begin, and how it is logged."""

_Step: TypeAlias = Callable[..., Recommendations | None]

_PREPARED = frozenset(
    {"__weakref__", "_completes", "_entries", "_keys", "_own_transition", "_steps", "_table"}
)
_NOTHING: dict[Any, str] = {}  # what most transitions recommend; shared by their log records


class Poison(NamedTuple):
    """Why a machine takes no more events: what it was handling, and what went wrong."""

    event: Any
    error: BaseException


class Machine(Reports, Generic[EventT, InstructionT]):
    """The base of every machine.

    ``clock`` gives the time in seconds, read once an event. ``validate`` checks the invariants at the
    end of each step. ``history_limit`` and ``log_limit`` bound what is kept (``None``: everything).
    ``step_budget`` bounds transitions and loop rounds of one event. ``observers`` are told of each
    transition and can't interfere: what they raise is logged and dropped.

    ``log`` holds a record for each transition: (key, state before, request, state after,
    {key: request} recommended, stimulus id, time), and what the spec logs itself.

    A subclass may override ``handle_event``, ``transition`` and ``complete``; they are used then.
    """

    # A machine has more attributes than CPython keeps in place (30): without slots it would look up
    # each of its methods anew.
    __slots__ = (
        "__weakref__",
        "_barred",
        "_clock",
        "_completes",
        "_entries",
        "_event",
        "_host_results",
        "_keys",
        "_limit",
        "_own_transition",
        "_steps",
        "_table",
        "_touched",
        "event_count",
        "history",
        "log",
        "now",
        "observers",
        "poisoned",
        "step_budget",
        "transition_count",
        "validate",
    )

    _HANDLERS: ClassVar[Mapping[type, _Handler]] = {}
    """Event class -> function(machine, event, instructions), which adds its instructions to that list and
    returns what it recommends, or None. It raises ``self._refuse(…)`` before any change."""
    _TRANSITIONS: ClassVar[Mapping[type, Mapping[str, Mapping[str, _Step]]]] = {}
    """Entity class -> state -> request -> function(machine, entity, stimulus_id, instructions, *args), which
    adds its instructions to that list and returns what it recommends, or None."""
    _ROUTES: ClassVar[Mapping[type, Mapping[str, Mapping[str, str]]]] = {}
    """Entity class -> state -> request -> the state that the transition goes through."""
    _DELETING: ClassVar[Mapping[type, frozenset[str]]] = {}
    """Entity class -> its deleting requests. An entity in such a state is gone."""
    _UNDECLARED: ClassVar[Mapping[type, str]] = {}
    """Entity class -> why pairs that are not declared can't be asked for."""
    _COMPLETIONS: ClassVar[tuple[tuple[Callable[[Any, str], Result], bool], ...]] = ()
    """Functions(machine, stimulus_id) that run in order when nothing is left, each with whether it is
    repeated until nothing comes of it (``mode: fixpoint``). Empty: ``complete`` runs once."""
    _REDACT: ClassVar[Mapping[type, Mapping[str, object]]] = {}
    """Event class -> what to put in place of a field's value in the history."""
    _REDACTORS: ClassVar[Mapping[type, Callable[[Any], Any]]] = {}
    """The same as functions."""
    _UNLOGGED: ClassVar[frozenset[type]] = frozenset()
    """Event classes that don't go into the history, unless they poison the machine."""
    _OPAQUE: ClassVar[Mapping[type, frozenset[str]]] = {}
    """Event or instruction class -> fields of opaque types, written as tokens only."""
    _LATER_LEG_WINS: ClassVar[bool | str] = False
    """What a conflict of two legs of a route is: no error, or none with the deviation of this name."""
    DEVIATIONS: ClassVar[Mapping[str, bool]] = {}
    """Deviation -> whether it is on."""
    CONTRACTS: ClassVar[Mapping[type, Contract]] = {}
    FORMAT: ClassVar[int] = FORMAT
    """The format of generated code that the class is in. A hand-written one is in the present one."""
    SPEC: ClassVar[str] = ""
    SPEC_HASH: ClassVar[str] = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.FORMAT != FORMAT:
            raise ImportError(
                f"{cls.__module__} was generated by another version of lawful (format {cls.FORMAT}, and the"
                f" installed one needs {FORMAT}); generate it again: lawful generate {cls.SPEC}"
            )
        KEY_NAMES.update(cls._KEY)
        cls._REDACTORS = {kind: redactor(kind, fields) for kind, fields in cls._REDACT.items()}

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
        self._limit = step_budget  # the value of transition_count that ends the step
        self._event: Any = None
        self._host_results: list[tuple[str, Any]] = []
        self._touched: dict[Any, str] = {}
        self._barred = False  # in the middle of a step, or poisoned
        self._prepare()

    def _prepare(self) -> None:
        """Set what follows from the class and is there for speed only: an instance's attributes are
        read in a third of the time of a class's."""
        cls = type(self)
        self._steps = self.history._raw
        self._table = cls._TRANSITIONS
        self._keys = cls._KEY
        self._own_transition = cls.transition is Machine.transition
        self._completes = bool(cls._COMPLETIONS) or cls.complete is not Machine.complete
        overridden = cls.handle_event is not Machine.handle_event
        self._entries: dict[type, _Entry] = {
            kind: (
                _overridden if overridden else handler,
                kebab(kind.__name__) + "-",
                kind not in cls._UNLOGGED and cls._REDACTORS.get(kind, True),
            )
            for kind, handler in cls._HANDLERS.items()
        }

    def __getstate__(self) -> dict[str, Any]:
        names = [name for base in type(self).__mro__ for name in vars(base).get("__slots__", ())]
        state = {name: getattr(self, name) for name in names if hasattr(self, name)}
        state |= getattr(self, "__dict__", {})
        return {name: state[name] for name in state if name not in _PREPARED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._prepare()

    # The step

    def handle(self, event: EventT) -> list[InstructionT]:
        """Take one event and return the instructions that follow from it, in order.

        An empty ``stimulus_id`` of the event is filled in (``fetch-failed-7`` for the seventh event).
        ``IllegalEvent`` and ``ReentrantCall`` change nothing. Any other error poisons the machine;
        from then on it raises ``MachinePoisoned``.
        """
        if self._barred:
            raise self._why_barred(event)
        try:
            handler, prefix, logged = self._entries[type(event)]
        except KeyError:
            raise UnknownEvent(event) from None
        it: Any = event
        given = stimulus_id = it.stimulus_id
        count = self.event_count + 1
        clock = self._clock
        before, now = self.now, clock()
        if not stimulus_id:
            it.stimulus_id = stimulus_id = f"{prefix}{count}"
        self._barred = True
        self.now = now
        try:
            self._event = event
            self._limit = self.transition_count + self.step_budget
            instructions: list[Any] = []
            recommendations = handler(self, event, instructions)
            self.event_count = count
            if recommendations:
                self._drain(recommendations, instructions, stimulus_id)
            if self._completes:
                self._complete(instructions, stimulus_id)
            if self.validate:
                self._check_step(self._touched)
                self._touched = {}
        except BaseException as error:
            if isinstance(error, IllegalEvent) and self.event_count != count:
                self.now, it.stimulus_id, self._barred = before, given, False
                self._touched, self._host_results = {}, []
                raise
            self._fail(event, error)
            raise
        self._barred = False
        if logged is True and not self._host_results:
            self._steps.append((event, tuple(instructions), now))
        else:
            self._keep(event, tuple(instructions), logged)
        return instructions

    def handle_event(self, event: EventT) -> Result:
        """Run the handler of one event: what it recommends, and its instructions."""
        instructions: list[Any] = []
        return self._HANDLERS[type(event)](self, event, instructions) or {}, instructions

    def transition(self, entity: Any, request: str, *args: Any, stimulus_id: str) -> Result:
        """Ask one entity for ``request``: what follows for others, and the instructions.

        Nothing happens if the entity is in that state, or has been deleted. ``InvalidTransition`` if
        its state doesn't know the request.
        """
        start: str = entity.state
        if start == request:
            return {}, []
        kind = type(entity)
        step = self._table.get(kind, {}).get(start, {}).get(request)
        if step is None and start in self._DELETING.get(kind, ()):
            return {}, []
        self.transition_count += 1
        if self.transition_count > self._limit:
            raise self._exhausted()
        if self.validate:
            self._touched.setdefault(entity, start)
        if step is not None:
            instructions: list[Any] = []
            result = step(self, entity, stimulus_id, instructions, *args) or {}, instructions
            if self.observers:
                tell(self.observers, entity, start, request)
        else:
            via = self._ROUTES.get(kind, {}).get(start, {}).get(request)
            if via is None:
                reason = self._UNDECLARED.get(kind, "")
                raise self._invalid(InvalidTransition, entity, start, request, reason)
            result = self._follow(entity, via, request, args, stimulus_id)
        self.log.append(
            (
                getattr(entity, self._keys[type(entity)]),
                start,
                request,
                entity.state,
                self._shown(result[0]) if result[0] else _NOTHING,
                stimulus_id,
                self.now,
            )
        )
        return result

    def _follow(
        self, entity: Any, via: str, request: str, args: tuple[Any, ...], stimulus_id: str
    ) -> Result:
        """Bring an entity to ``request`` through ``via``: each route comes by here."""
        return follow_route(self, entity, via, request, args, stimulus_id)

    def complete(self, stimulus_id: str) -> Result:
        """Runs when nothing is left to drain; what it recommends is drained too."""
        return {}, []

    def _drain(
        self, recommendations: Recommendations, instructions: list[Any], stimulus_id: str
    ) -> None:
        """Carry out what is recommended, the newest first; a later one replaces one in its place."""
        # The common transition is done here, in the way of `transition`, which is called for all
        # others: that halves the time of a step.
        direct = self._own_transition and not self.validate and not self.observers
        while recommendations:
            entity, request = recommendations.popitem()
            start = entity.state
            if start == request:
                continue
            try:
                step = self._table[type(entity)][start][request] if direct else None
            except (KeyError, TypeError):  # TypeError: arguments need not be hashable
                step = None
            if step is not None:
                self.transition_count = count = self.transition_count + 1
                if count > self._limit:
                    raise self._exhausted()
                more = step(self, entity, stimulus_id, instructions)
                self.log.append(
                    (
                        getattr(entity, self._keys[type(entity)]),
                        start,
                        request,
                        entity.state,
                        self._shown(more) if more else _NOTHING,
                        stimulus_id,
                        self.now,
                    )
                )
            else:
                name, *args = (request,) if type(request) is str else request
                more, new = self.transition(entity, name, *args, stimulus_id=stimulus_id)
                instructions += new
            if more:
                recommendations.update(more)

    def _complete(self, instructions: list[Any], stimulus_id: str) -> None:
        for function, fixpoint in self._COMPLETIONS or ((type(self).complete, False),):
            while True:
                recommendations, new = function(self, stimulus_id)
                more = bool(recommendations or new)
                instructions += new
                self._drain(recommendations, instructions, stimulus_id)
                if not (fixpoint and more):
                    break
                self._spend()

    def _why_barred(self, event: EventT) -> Exception:
        if self.poisoned is None:
            return ReentrantCall(event)
        error = self.poisoned.error
        barred = MachinePoisoned(event, self.poisoned.event, f"{type(error).__name__}: {error}")
        barred.__cause__ = error
        return barred

    def _fail(self, event: Any, error: BaseException) -> None:
        """Poison the machine, and keep the step for the report."""
        logged = redacted(event, self._REDACT.get(type(event), {}))
        self.poisoned = Poison(logged, error)
        text = f"{type(error).__name__}: {error}"
        error.add_note(f"While handling {shortened(logged)}; the machine takes no more events.")
        self._steps.append((logged, (), self.now, tuple(self._host_results), text))

    def _keep(self, event: Any, instructions: tuple[Any, ...], logged: _Logged) -> None:
        """Put a step into the history, as far as it is to be there."""
        if logged is not False:
            shown = event if logged is True else logged(event)
            self._steps.append((shown, instructions, self.now, tuple(self._host_results)))
        self._host_results = []

    # Checks

    def check(self) -> None:
        """Check the invariants of everything; ``InvariantViolated`` for the first that fails."""

    def check_at_rest(self) -> None:
        """Check what must hold when no instruction is open and no event can be expected."""

    def _check_step(self, touched: Mapping[Any, str]) -> None:
        """Check what a step can have broken: ``touched`` has each entity with its first state."""

    # What generated code calls, beside the errors of `Reports`

    def _spend(self, n: int = 1) -> None:
        """Count ``n`` rounds of a loop against the budget of the step."""
        self._limit -= n
        if self.transition_count > self._limit:
            raise self._exhausted()

    def _range(self, *bounds: int) -> range:
        """A ``range`` whose rounds have been counted against the budget of the step."""
        rounds = range(*bounds)
        try:
            self._spend(len(rounds))
        except OverflowError:  # longer than any budget
            raise self._exhausted() from None
        return rounds

    def _touch(self, entity: Any) -> None:
        """Remember a subject or a new entity for the checks at the end; wanted when validating."""
        self._touched.setdefault(entity, entity.state)

    def _record(self, name: str, result: T) -> T:
        """Put the result of a host function (or the ``HostFailure``) into the history; return it."""
        self._host_results.append((name, result))
        return result


def _overridden(machine: Machine[Any, Any], event: Any, instructions: list[Any]) -> Recommendations:
    """The handler of every event where ``handle_event`` is a subclass's own."""
    recommendations, new = machine.handle_event(event)
    instructions += new
    return recommendations


def recommend(recommendations: Recommendations, entity: Any, request: Any) -> None:
    """Ask ``entity`` for ``request`` from within a case.

    ``RecommendationsConflict`` if the case has asked it for something else already.
    """
    merge(recommendations, {entity: request}, later_wins=False)
