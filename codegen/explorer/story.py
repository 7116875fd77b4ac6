"""A way to what fails, told event by event: what came, what was sent out, what changed.

A ``Story`` is data that can be shown in any form. It is told by walking the way once more, from an
initial state, with the values that really occur on it. Knows worlds and searches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..types import Type
from .frozen import written
from .probes import CaseEdge, Delivery, Edge, Failure
from .slots import Slot, State
from .universe import Message, Universe
from .world import World

BeatKind: TypeAlias = Literal[
    "begins", "comes", "is sent", "arrives", "ends", "tells", "happens", "is heard"
]


@dataclass(frozen=True)
class Told:
    """An event or an instruction: each field with its value as Python writes it."""

    name: str
    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.fields)})"


@dataclass(frozen=True)
class Change:
    """A value that is another one after a step. ``whose``: ``File 'a'``, or nothing for the machine's own
    values and ghosts. ``before`` is None for an entity that wasn't there, ``after`` for one that went."""

    whose: str
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Beat:
    """One step. ``event`` is what came, was sent or arrived; ``instruction`` what ended, told something
    or was heard; ``name`` what happened in the environment alone; ``channel`` carries it."""

    kind: BeatKind
    event: Told | None
    instruction: Told | None
    emitted: tuple[Told, ...]
    changes: tuple[Change, ...]
    channel: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Story:
    """What fails, how one gets there, and what is open then. With ``again``, the beats from that one on
    repeat for ever. ``skipped`` steps came before it, and what they led to is what it begins with."""

    machine: str
    environment: str
    kind: str
    claim: str
    failure: str
    beats: tuple[Beat, ...]
    open: tuple[Told, ...] = ()
    again: int | None = None
    skipped: int = 0

    @property
    def steps(self) -> int:
        """How many events it takes; what the world begins with doesn't count."""
        return sum(1 for beat in self.beats if beat.kind != "begins")


class Teller:
    """Walks a world once more and tells what happens."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.universe: Universe = world.universe

    def story(
        self,
        failure: Failure,
        way: Sequence[State],
        *,
        fails: bool = False,
        loop: Sequence[tuple[Edge, State]] = (),
    ) -> Story:
        """The story of the states on a way, the initial one first. ``fails``: the failure is on an edge from
        the last of them. ``loop``: how it goes on for ever from there."""
        beats, state = self.lead(way)
        if not way:
            beat, failure = self._failing(self.world.beginnings, state, failure)
            beats.append(beat)
        again = len(beats) if loop else None
        for _, to in loop:
            beat, state = self._follow(state, self.world.key(to))
            beats.append(beat)
        if way and fails:
            beat, failure = self._failing(self.world.agenda(state).edges, state, failure)
            beats.append(beat)
        elif not loop:
            failure = self._again(state, failure)
        return Story(
            self.world.spec.machine,
            self.world.environment.name,
            failure.kind,
            failure.claim,
            failure.text,
            tuple(beats),
            tuple(self._open(state)),
            again,
        )

    def lead(self, way: Sequence[State]) -> tuple[list[Beat], State]:
        """What happens on a way, and the state at its end, by the names that occur on it."""
        beats: list[Beat] = []
        state: State = 0
        keys = [self.world.key(one) for one in way]
        if keys:
            beats, state = self._begin(keys[0])
        for key in keys[1:]:
            beat, state = self._follow(state, key)
            beats.append(beat)
        return beats, state

    def _begin(self, key: State) -> tuple[list[Beat], State]:
        if self.world.environment.initial is None:
            return [], 0
        for edge in self.world.beginnings:
            for result, beat, _ in self.runs(edge, 0):
                if isinstance(result, int) and self.world.key(result) == key:
                    return [beat], result
        raise AssertionError("a way that begins nowhere")

    def _follow(self, state: State, key: State) -> tuple[Beat, State]:
        for edge in self.world.agenda(state).edges:
            for result, beat, _ in self.runs(edge, state):
                if isinstance(result, int) and self.world.key(state + result) == key:
                    return beat, state + result
        raise AssertionError("a way that can't be walked again")

    def _failing(
        self, edges: Iterable[Edge], state: State, failure: Failure
    ) -> tuple[Beat, Failure]:
        for edge in edges:
            for result, beat, _ in self.runs(edge, state):
                if isinstance(result, Failure) and _same(result, failure):
                    return beat, result
        raise AssertionError("a failure that doesn't come again")

    def _again(self, state: State, failure: Failure) -> Failure:
        """The failure with the names that occur in this story."""
        for probe in self.world.claims_of(failure.kind):
            found = probe.ask(state)
            if _same(found, failure):
                again: Failure = found
                return again
        return failure

    def runs(self, edge: Edge, state: State) -> Iterator[tuple[int | Failure, Beat, Any]]:
        """Each way in which an edge may be taken: what it adds to the state, what there is to tell, and
        the event that the machine handles, if it does."""
        self.universe.scene.turn(state)
        for result, done in edge.runs():
            self.world.refresh()
            handled = next((message for what, message in done if what == "handled"), None)
            told = [(what, self._told(message)) for what, message in done]
            after = state + result if isinstance(result, int) else None
            yield result, self._beat(edge, told, state, after), handled

    # Beats

    def _beat(
        self, edge: Edge, done: list[tuple[str, Told]], before: State, after: State | None
    ) -> Beat:
        kind, instruction, channel = self._kind(edge, before)
        event = next((told for what, told in done if what in ("handled", "sent")), None)
        name = ""
        if isinstance(edge, CaseEdge) and edge.event is None:
            name = edge.name
        if edge in self.world.beginnings:
            kind = "begins"
        return Beat(
            kind,
            event,
            instruction,
            tuple(told for what, told in done if what == "emitted"),
            () if after is None else tuple(self._changes(before, after)),
            channel,
            name,
        )

    def _kind(self, edge: Edge, before: State) -> tuple[BeatKind, Told | None, str | None]:
        if isinstance(edge, Delivery):
            channel = edge.channel
            if channel.direction == "to":
                return "arrives", None, channel.name
            head = self.universe.channel[channel.name].value(before)[0]
            return "is heard", self._message(head), channel.name
        assert isinstance(edge, CaseEdge)
        if edge.opened is not None:
            key: Any = edge.opened.key
            return ("tells" if edge.stays else "ends"), self._message(key), None
        if edge.event is None:
            return "happens", None, None
        if edge.channel is not None:
            return "is sent", None, edge.channel.name
        return "comes", None, None

    def _told(self, message: Any) -> Told:
        return self._message(self.universe.freeze(message))

    def _message(self, message: Message) -> Told:
        fields = self.universe.fields(message[0])
        values = tuple(
            (name, self.written(type_, value))
            for (name, type_), value in zip(fields, message[1:], strict=True)
        )
        return Told(message[0], values)

    def written(self, type_: Type, value: Any) -> str:
        """A frozen value as Python writes it."""
        return written(self.universe.codec.resolved, type_, value)

    def _open(self, state: State) -> Iterator[Told]:
        for slot in self.universe.open_slots():
            key: Any = slot.key
            for _ in range(slot.value(state)):
                yield self._message(key)

    def _changes(self, before: State, after: State) -> Iterator[Change]:
        for slot in self.world.layout.slots:
            if (before ^ after) & slot.mask:
                change = self._change(slot, before, after)
                if change is not None:
                    yield change

    def _change(self, slot: Slot, before: State, after: State) -> Change | None:
        kind, spec = slot.kind, self.world.spec
        if kind.group == "" and kind.field in spec.context:
            item = spec.context[kind.field]
            if item.maintained == "generator":
                return None
            type_, whose = item.type, ""
        elif kind.group == "" and kind.field in self.world.environment.ghosts:
            type_, whose = self.world.environment.ghosts[kind.field].type, ""
        elif kind.group in spec.entities and kind.field:
            entity = spec.entities[kind.group]
            whose = f"{entity.name} {self.written(entity.key.type, slot.key)}"
            if kind.field == "state":
                values = slot.value(before), slot.value(after)
                return Change(whose, "state", *values)
            type_ = self.universe.type_of(entity.name, kind.field)
        else:
            return None
        return Change(
            whose,
            kind.field,
            self.written(type_, slot.value(before)),
            self.written(type_, slot.value(after)),
        )


def _same(result: Any, failure: Failure) -> bool:
    return isinstance(result, Failure) and (result.kind, result.claim) == (
        failure.kind,
        failure.claim,
    )
