"""The machine: one step from an event to instructions, by the rules of the language.

Knows all other parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lawful.runtime.errors import (
    IllegalEvent,
    MachinePoisoned,
    ReentrantCall,
    StepBudgetExceeded,
    UnknownEvent,
)

from ..checked import CheckedSpec
from ..items import Key
from ..naming import kebab
from ..snippets.ir import Expr
from . import checks
from .expressions import value
from .frame import Asked, Frame
from .handlers import handle
from .messages import STIMULUS_ID, Message, completed, sent_out, taken_in
from .reports import story
from .statements import call, run
from .transitions import Observer, Transitions
from .values import Entity, plain
from .world import World


@dataclass(frozen=True)
class Step:
    """A step in the history: the event as it is logged, the instructions, the clock, the results of
    recorded host functions in order, and the error that ended it, if one did."""

    event: Message
    instructions: tuple[Message, ...]
    now: float
    host: tuple[tuple[str, Any], ...] = ()
    error: BaseException | None = None


@dataclass(frozen=True)
class State:
    """All that a machine holds, in Python's own types: of each entity, by kind and key, its state and
    its fields; the context, a set or heap as a list in its order; the log. Keys come in the order of the
    registries."""

    entities: Mapping[str, Mapping[Any, Mapping[str, Any]]]
    context: Mapping[str, Any]
    log: tuple[tuple[Any, ...], ...]


class Machine:
    """A machine of ``spec``, interpreted.

    ``config`` gives the values of the configuration, ``context`` those of the context that whoever
    embeds the machine gives it before the first event. ``host`` has the host functions as methods, which
    get entities and collections as the interpreter has them. ``clock`` is read once an event.
    ``validate`` checks the invariants after each step. ``deviations`` switches single ones on or off.
    ``step_budget`` bounds transitions and loop rounds of one event. ``observers`` are told of each
    transition. ``hits`` gets the key of each item of coverage that runs (``codegen.items``).

    ``log`` and ``history`` are kept whole. The errors are those of ``lawful.runtime``.
    """

    def __init__(
        self,
        spec: CheckedSpec,
        *,
        config: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        host: Any = None,
        clock: Callable[[], float] = lambda: 0.0,
        validate: bool = False,
        deviations: Mapping[str, bool] | None = None,
        step_budget: int = 100_000,
        observers: Iterable[Observer] = (),
        hits: set[Key] | None = None,
    ) -> None:
        self.spec = spec
        self.clock = clock
        on = {d.name: d.on for d in spec.deviations.values()} | dict(deviations or {})
        settings = completed(spec.machine, config or {}, spec.config)
        self.world = World(spec, settings, on, host)
        for name, given in (context or {}).items():
            self.world.context[name] = taken_in(given, spec.context[name].type)
        self.world.validate = validate
        self.world.hits = hits
        self.world.look = self._look
        self.world.call = call
        self.step_budget = step_budget
        self.transitions = Transitions(self.world, self._spend, list(observers))
        self.history: list[Step] = []
        self.event_count = 0
        self.poisoned: tuple[Message, BaseException] | None = None
        self._event: Message | None = None  # of the step that is running
        self._spent = 0

    @property
    def now(self) -> float:
        """The clock, as it was read for the last event."""
        return self.world.now

    @property
    def log(self) -> list[tuple[Any, ...]]:
        """A record for each transition: (key, state before, request, state after, {key: request}
        recommended, stimulus id, time); and what the spec logs itself."""
        return [plain(record) for record in self.world.log]

    @property
    def transition_count(self) -> int:
        """Transitions so far; one through another state counts its legs too."""
        return self.transitions.count

    def entity(self, kind: str, key: Any) -> Entity | None:
        """The entity of a kind with a key, if there is one."""
        found: Entity | None = self.world.registries[kind].get(key)
        return found

    def state(self, log_from: int = 0) -> State:
        """All that the machine holds, and the log from a record on."""
        entities = {
            kind: {
                entity.key: {"state": entity.state}
                | {name: plain(held) for name, held in entity.fields.items()}
                for entity in list(registry.values())
            }
            for kind, registry in self.world.registries.items()
        }
        context = {name: plain(self.world.datum(name)) for name in self.spec.context}
        records = [plain(record) for record in list(self.world.log)[log_from:]]
        return State(entities, context, tuple(records))

    # The step

    def handle(self, event: Message) -> list[Message]:
        """Take one event and return the instructions that follow from it, in order.

        A missing or empty ``stimulus_id`` is filled in (``fetch-failed-7`` for the seventh event).
        ``IllegalEvent`` and ``ReentrantCall`` change nothing; any other error poisons the machine, which
        raises ``MachinePoisoned`` from then on. ``TypeError`` if a field is missing or unknown.
        """
        if self.poisoned is not None:
            culprit, error = self.poisoned
            raise MachinePoisoned(event, culprit, f"{type(error).__name__}: {error}")
        if self._event is not None:
            raise ReentrantCall(event)
        if event.name not in self.spec.handlers:
            raise UnknownEvent(event)
        event = self._named(event)
        before, self.world.now = self.world.now, self.clock()
        self._event, self._spent = event, 0
        self.world.touched, self.world.written = {}, {}
        self.world.host_results = []
        frame = Frame(self.world, self._spend, event.stimulus_id)
        try:
            handle(self.world, self.spec.handlers[event.name], event, frame)
        except IllegalEvent:
            self.world.now, self._event = before, None
            raise
        except BaseException as error:
            self._poison(event, error)
            raise
        self.event_count += 1
        try:
            self._drain(frame.asked, frame.emitted, event.stimulus_id)
            self._complete(frame.emitted, event.stimulus_id)
            if self.world.validate:
                checks.check_step(self.world, list(self.world.touched))
        except BaseException as error:
            self._poison(event, error)
            raise
        instructions = [sent_out(message) for message in frame.emitted]
        if self.spec.events[event.name].logged:
            self._keep(event, tuple(instructions), None)
        self._event = None
        return instructions

    def _named(self, event: Message) -> Message:
        """The event with all its fields, and a name for what follows from it."""
        given = {name: held for name, held in event.fields.items() if name != STIMULUS_ID}
        fields = completed(event.name, given, self.spec.events[event.name].fields)
        stimulus_id = event.stimulus_id or f"{kebab(event.name)}-{self.event_count + 1}"
        return Message(event.name, {**fields, STIMULUS_ID: stimulus_id})

    def _drain(self, asked: Asked, emitted: list[Message], stimulus_id: str) -> None:
        """Carry out what is recommended, the newest first; a later one replaces one in its place."""
        waiting = Asked(strict=False)
        waiting.ask_all(asked)
        while waiting.requests:
            entity, request = waiting.requests.popitem()
            more, new = self.transitions.ask(entity, request, stimulus_id)
            waiting.ask_all(more)
            emitted += new

    def _complete(self, emitted: list[Message], stimulus_id: str) -> None:
        for completion in self.spec.completions:
            while True:
                frame = Frame(self.world, self._spend, stimulus_id)
                run(completion.body, frame)
                emitted += frame.emitted
                self._drain(frame.asked, emitted, stimulus_id)
                if completion.mode == "once" or not (frame.asked.requests or frame.emitted):
                    break
                self._spend(1)

    def _spend(self, n: int) -> None:
        """Count ``n`` transitions or rounds of loops against the budget of the step."""
        self._spent += n
        if self._spent > self.step_budget:
            raise StepBudgetExceeded(self.step_budget, self._event, story(self.world, None))

    def _look(self, expr: Expr, names: dict[str, Any]) -> Any:
        """Evaluate a rule: nothing changes and nothing is recorded."""
        return value(expr, Frame(self.world, self._spend, locals=names, pure=True))

    def _poison(self, event: Message, error: BaseException) -> None:
        self.poisoned = (self._redacted(event), error)
        self._keep(event, (), error)
        self._event = None

    def _keep(
        self, event: Message, instructions: tuple[Message, ...], error: BaseException | None
    ) -> None:
        host = tuple((name, plain(result)) for name, result in self.world.host_results)
        step = Step(self._redacted(event), instructions, self.world.now, host, error)
        self.history.append(step)

    def _redacted(self, event: Message) -> Message:
        """The event as it is logged."""
        shown = {**sent_out(event).fields, **self.spec.events[event.name].redact}
        return Message(event.name, shown)

    # Checks

    def check(self) -> None:
        """Check everything; ``InvariantViolated`` for the first that fails."""
        checks.check_all(self.world)

    def check_at_rest(self) -> None:
        """Check what must hold when no instruction is open and no event is promised."""
        checks.check_at_rest(self.world)
