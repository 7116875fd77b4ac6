"""Two machines of one spec, the interpreter and the generated one, side by side.

``Pair.handle`` gives the same event to both and compares all that can be seen: instructions or error,
every field of every entity, the context, the log, the history, what observers and the host were told.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import lawful.runtime
from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checked import Entity as EntityModel
from lawful.codegen.interpreter import Entity, Machine, Message, Reference
from lawful.codegen.interpreter.containers import Map
from lawful.codegen.types import ListType, MapType, Optional, SetType, Type, bare

Outcome = tuple[Any, ...]
"""What a machine answered: ``("instructions", …)`` or the name of an error and what it says."""

ATOMS = frozenset((str, int, float, bool, type(None), Reference))
TELLING = ("entity", "key", "configuration", "reason", "start", "request", "name", "relation")
"""The fields of errors that both machines fill in alike."""


class Disagreement(AssertionError):
    """The two machines differ: in what, and how."""

    def __init__(self, what: str, event: Message, interpreted: object, generated: object) -> None:
        super().__init__(
            f"{what} after {event!r}:\n  interpreted: {interpreted!r}\n  generated:   {generated!r}"
        )
        self.what = what


@dataclass(frozen=True)
class Made:
    """A spec and its generated package. ``config`` is what both machines are made with,
    and ``context`` what they begin with."""

    spec: CheckedSpec
    package: Any
    config: Mapping[str, Any]
    host: Callable[[random.Random, type[Exception]], Any] | None = None
    """Makes the outside of one machine, which fails with the given error; what it does at random is the
    same for the same source."""
    context: Mapping[str, Any] = field(default_factory=dict)
    runtime: Any = lawful.runtime
    """The runtime that the generated package uses."""


class Clock:
    """Moves when it is told to, and counts how often it was read."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reads = 0

    def __call__(self) -> float:
        self.reads += 1
        return self.now


class Pair:
    """One machine of each kind, made alike. ``watched``: both validate and have an observer."""

    def __init__(self, made: Made, *, seed: int = 0, watched: bool = True, **options: Any) -> None:
        spec, self.made = made.spec, made
        self.clock = Clock()
        self.told: tuple[list[Any], list[Any]] = ([], [])
        self.hosts: list[Any] = [
            None if made.host is None else made.host(random.Random(seed), runtime.HostFailure)
            for runtime in (lawful.runtime, made.runtime)
        ]
        common: dict[str, Any] = {"clock": self.clock, "validate": watched, **options}
        observers = [[self._observer(told)] if watched else [] for told in self.told]
        self.interpreted = Machine(
            spec,
            config=made.config,
            context=made.context,
            host=self.hosts[0],
            observers=observers[0],
            **common,
        )
        given = {
            name: to_python(value, spec.config[name].type, made.runtime)
            for name, value in made.config.items()
        }
        if made.host is not None:
            given["host"] = self.hosts[1]
        cls = getattr(made.package, spec.machine)
        self.generated = cls(
            **given, **common, observers=observers[1], log_limit=None, history_limit=None
        )
        for name, value in made.context.items():
            setattr(self.generated, name, to_python(value, spec.context[name].type, made.runtime))
        self.keys = {e.name: e for e in spec.entities.values()}
        self.emitted: list[Message] = []  # by the last event
        self.logged = 0
        self.steps = 0

    def _observer(self, told: list[Any]) -> Callable[[Any, str, str, str], None]:
        def observer(entity: Any, start: str, request: str, end: str) -> None:
            told.append((self.seen(entity), start, request, end))

        return observer

    def seen(self, value: Any) -> Any:
        """A value of either machine in Python's own types; a map as its pairs, in their order."""
        kind = type(value)
        if kind in ATOMS:
            return value
        if kind is Entity:
            return Reference(value.kind, value.key)
        if kind is Map:
            return [(self.seen(k), self.seen(v)) for k, v in value.entries.items()]
        if kind is tuple:
            return tuple(self.seen(item) for item in value)
        if kind.__name__ in ("list", "List", "OrderedSet", "Set", "Kept", "Heap"):
            return [self.seen(item) for item in value]
        if isinstance(value, dict):
            return [(self.seen(k), self.seen(v)) for k, v in value.items()]
        model = self.keys.get(kind.__name__)
        if model is not None and hasattr(value, model.key.name):
            return Reference(kind.__name__, getattr(value, model.key.name))
        return value

    # A step

    def handle(self, event: Message) -> Outcome:
        """Give the event to both machines, compare, and tell what they answered."""
        self.clock.now += 1.0
        self.clock.reads = 0
        mine = self._interpreted(event)
        reads = self.clock.reads
        theirs = self._generated(event)
        self._agree("the answer", event, mine, theirs)
        self._agree("reads of the clock", event, reads, self.clock.reads - reads)
        self._agree("the state", event, *self.states())
        self._agree("the log", event, *self._logs())
        self._agree("the history", event, *self._histories())
        self._agree("the observers", event, *self.told)
        if self.made.host is not None:
            self._agree("the calls of the host", event, *(host.calls for host in self.hosts))
            for host in self.hosts:
                host.calls.clear()
        counts = self.interpreted.transition_count, self.generated.transition_count
        self._agree("the number of transitions", event, *counts)
        for told in self.told:
            told.clear()
        return mine

    def _agree(self, what: str, event: Message, mine: object, theirs: object) -> None:
        if mine != theirs:
            raise Disagreement(what, event, mine, theirs)

    def _interpreted(self, event: Message) -> Outcome:
        self.emitted = []
        try:
            self.emitted = self.interpreted.handle(event)
        except Exception as error:
            return self._error(error)
        return ("instructions", [(i.name, self.seen(i.fields)) for i in self.emitted])

    def _generated(self, event: Message) -> Outcome:
        try:
            found = self.generated.handle(self.as_generated(event))
        except Exception as error:
            return self._error(error)
        return ("instructions", [self._instruction(i) for i in found])

    def _error(self, error: Exception) -> Outcome:
        said: list[Any] = []
        if type(error).__name__ != "RecommendationsConflict":  # which has the `repr` of an entity
            named = [name for name in TELLING if hasattr(error, name)]
            said = [(name, self.seen(getattr(error, name))) for name in named]
        return (type(error).__name__, *said)

    def as_generated(self, event: Message) -> Any:
        """The event as one of the generated machine's own."""
        declared = self.made.spec.events[event.name]
        fields = {
            name: to_python(value, declared.fields[name].type, self.made.runtime)
            if name in declared.fields
            else value
            for name, value in event.fields.items()
        }
        return getattr(self.made.package, event.name)(**{"stimulus_id": "", **fields})

    def _name(self, message: Any, names: Mapping[str, Any]) -> str:
        """The spec's name of a message, whose class may exist elsewhere under another one."""
        for name in names:
            if type(message) is getattr(self.made.package, name):
                return name
        raise AssertionError(f"no message of the spec: {message!r}")

    def _instruction(self, instruction: Any) -> tuple[str, Any]:
        name = self._name(instruction, self.made.spec.instructions)
        fields = [*self.made.spec.instructions[name].fields, "stimulus_id"]
        return name, [(f, self.seen(getattr(instruction, f))) for f in fields]

    # What can be seen

    def states(self) -> tuple[Any, Any]:
        """All fields of all entities and the context, of both."""
        spec = self.made.spec
        state = self.interpreted.state(log_from=len(self.interpreted.world.log))
        mine = [
            [(kind, [(key, self.seen(fields)) for key, fields in found.items()])]
            for kind, found in state.entities.items()
        ]
        theirs = [
            [
                (
                    kind,
                    [
                        (self.seen(key), self._fields(model, entity))
                        for key, entity in getattr(self.generated, model.registry).items()
                    ],
                )
            ]
            for kind, model in spec.entities.items()
        ]
        context = [(name, self.seen(getattr(self.generated, name))) for name in spec.context]
        return (mine, self.seen(dict(state.context))), (theirs, context)

    def _fields(self, model: EntityModel, entity: Any) -> list[tuple[str, Any]]:
        names = ["state", *model.fields, *model.relations]
        return [(name, self.seen(getattr(entity, name))) for name in names]

    def _logs(self) -> tuple[Any, Any]:
        """The records that are new in the interpreter's log; as many of the other's."""
        mine, theirs = self.interpreted.world.log, self.generated.log
        begin, self.logged = self.logged, len(mine)
        return self.seen(list(islice(mine, begin, None))), self.seen(
            list(islice(theirs, begin, None))
        )

    def _histories(self) -> tuple[Any, Any]:
        """The last step in the history, of both, and how many there are."""
        history = self.interpreted.history
        if not history or len(history) == self.steps:
            return len(history), len(self.generated.history)
        self.steps = len(history)
        mine, theirs = history[-1], self.generated.history[-1]
        name = self._name(theirs.event, self.made.spec.events)
        fields = [*self.made.spec.events[name].fields, "stimulus_id"]
        return (
            (
                len(history),
                (mine.event.name, [(f, self.seen(v)) for f, v in mine.event.fields.items()]),
                [(i.name, self.seen(i.fields)) for i in mine.instructions],
                mine.now,
                [self._host_result(*result) for result in mine.host],
                None if mine.error is None else type(mine.error).__name__,
            ),
            (
                len(self.generated.history),
                (name, [(f, self.seen(getattr(theirs.event, f))) for f in fields]),
                [self._instruction(i) for i in theirs.instructions],
                theirs.now,
                [self._host_result(*result) for result in theirs.host],
                None if theirs.error is None else theirs.error.partition(":")[0],
            ),
        )

    def _host_result(self, name: str, result: Any) -> tuple[str, Any]:
        if isinstance(result, Exception):
            failure: Any = result  # of the runtime's class, which a planted mistake has a copy of
            return name, ("failed", self.seen(failure.values))
        return name, self.seen(result)


def to_python(value: Any, type_: Type, runtime: Any) -> Any:
    """A value as the generated machine has it: sets are those of its runtime."""
    match bare(type_):
        case Optional(item):
            return None if value is None else to_python(value, item, runtime)
        case SetType(item):
            return runtime.OrderedSet(to_python(held, item, runtime) for held in value)
        case MapType(key, item, _):
            pairs = value.items()
            return {to_python(k, key, runtime): to_python(v, item, runtime) for k, v in pairs}
        case ListType(item):
            return [to_python(held, item, runtime) for held in value]
    return value
