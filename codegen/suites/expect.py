"""What must come of an event, as the reference interpreter says.

Knows the interpreter and how tests write values down; knows nothing of how ways are found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lawful.runtime import OrderedSet
from lawful.runtime.errors import IllegalEvent
from lawful.runtime.testing import (
    Happening,
    Outside,
    Seen,
    Snapshot,
    differences,
    moved,
    shown,
)

from ..checked import CheckedSpec
from ..explorer.building import unbound
from ..interpreter import Entity, Machine, Message, Reference
from ..interpreter.containers import List, Map, Set


@dataclass(frozen=True)
class Scene:
    """How machines are made on a stage."""

    config: Mapping[str, Any]
    context: Mapping[str, Any]
    deviations: Mapping[str, bool]
    host: Callable[[], Outside] | None


@dataclass(frozen=True)
class Refused:
    """The event was refused, for this reason."""

    reason: str


class Told:
    """An interpreted machine that tells of each step what a test will see of the generated one."""

    def __init__(self, spec: CheckedSpec, scene: Scene) -> None:
        self.spec = spec
        self._path: list[str] = []
        self._outside = Outside() if scene.host is None else scene.host()
        self.machine = Machine(
            unbound(spec),
            config={name: given(value) for name, value in scene.config.items()},
            context={name: given(value) for name, value in scene.context.items()},
            deviations=scene.deviations,
            host=_Host(self._outside),
            clock=self._outside.now,
            validate=True,
            observers=[self._observe],
        )

    def _observe(self, entity: Entity, start: str, request: str, end: str) -> None:
        self._path.append(moved(entity.kind, entity.key, start, request, end))

    def step(self, happening: Happening) -> Seen | Refused:
        """What comes of an event. Raises what the interpreter raises, but for a refusal."""
        before = self._snapshot()
        self._path.clear()
        self._outside.prepare(happening.answers)
        fields = {name: given(value) for name, value in happening.fields.items()}
        try:
            instructions = self.machine.handle(Message(happening.name, fields))
        except IllegalEvent as error:
            return Refused(str(error.reason))
        self.machine.check()
        emits = [self._instruction(one) for one in instructions]
        return Seen(list(self._path), emits, differences(before, self._snapshot()))

    def _instruction(self, message: Message) -> str:
        fields = self.spec.instructions[message.name].fields
        return shown(message.name, {name: plain(message.fields[name]) for name in fields})

    def _snapshot(self) -> Snapshot:
        state = self.machine.state(log_from=len(self.machine.world.log))
        found: Snapshot = {}
        for kind, entities in state.entities.items():
            for key, fields in entities.items():
                values = {name: plain(value) for name, value in fields.items()}
                found[f"{kind} {key!r}"] = values
        found[""] = {name: plain(state.context[name]) for name in self.spec.context}
        return found


class _Host:
    """The outside of a test, as the interpreter calls it: collections become those of the runtime."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def __getattr__(self, function: str) -> Callable[..., Any]:
        answer = getattr(self._outside, function)
        return lambda *arguments: answer(*map(_handed_out, arguments))


def _handed_out(value: Any) -> Any:
    match value:
        case Set():
            return OrderedSet(map(_handed_out, value))
        case List():
            return [_handed_out(item) for item in value]
        case Map():
            return {_handed_out(k): _handed_out(v) for k, v in value.entries.items()}
        case tuple():
            return tuple(_handed_out(item) for item in value)
    return value


def expected(
    spec: CheckedSpec, scene: Scene, events: Sequence[Happening], last: Happening
) -> Seen | Refused:
    """What comes of the last event after others."""
    told = Told(spec, scene)
    for one in events:
        told.step(one)
    return told.step(last)


def plain(value: Any) -> Any:
    """A value of the interpreter as tests have it: an entity is its key."""
    match value:
        case Reference(key=key):
            return key
        case list():
            return [plain(item) for item in value]
        case dict():
            return {plain(key): plain(held) for key, held in value.items()}
        case tuple():
            return tuple(plain(item) for item in value)
    return value


def given(value: Any) -> Any:
    """A value of a test as the interpreter takes it: a set is a list."""
    if type(value).__name__ == "OrderedSet":
        return list(value)
    if isinstance(value, dict):
        return {key: given(held) for key, held in value.items()}
    return value
