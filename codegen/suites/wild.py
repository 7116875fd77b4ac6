"""Events that no environment sends: with values made after the types of their fields.

For each event a few payloads: the first value of each field, then one field after the other changed, and
all combinations where they are few. Values of a field that an environment lists come first. Knows
universes of the explorer; takes no chances.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from lawful.runtime import IllegalEvent

from ..explorer.probes import Edge, Failure, failure_of
from ..explorer.universe import Message, Universe
from ..types import (
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
)
from ..world import Datum

FEW = 24
"""Payloads of one event at most."""

REFUSED = "refused"
"""The kind of the failure of an event that was refused; its claim is the configuration."""


class Wild(Edge):
    """An event with a payload, at any moment."""

    __slots__ = ("message",)

    def __init__(self, universe: Universe, message: Message) -> None:
        super().__init__(universe, pressing=False)
        self.message = message

    def happen(self) -> Any:
        event = self.universe.thaw(self.message)
        self.done.append(("handled", event))
        try:
            instructions = self.universe.machine.handle(event)
        except IllegalEvent as error:
            return Failure(REFUSED, error.configuration, str(error.reason))
        except Exception as error:
            return failure_of(error)
        for instruction in instructions:
            self.done.append(("emitted", instruction))
        return self.take(instructions)


class Payloads:
    """Makes the wild events of a world for the keys that it knows now."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self._seen: set[Message] = set()

    def new(self) -> Iterator[Wild]:
        """The events that were not there at the last call."""
        for event in self.universe.spec.events:
            for message in self._messages(event):
                if message not in self._seen:
                    self._seen.add(message)
                    yield Wild(self.universe, message)

    def _messages(self, event: str) -> Iterator[Message]:
        choices = [self._field(name, type_) for name, type_ in self.universe.fields(event)]
        count = 1
        for values in choices:
            count *= len(values)
        if count <= FEW:
            for picked in itertools.product(*choices):
                yield (event, *picked)
            return
        first = [values[0] for values in choices]
        yield (event, *first)
        for at, values in enumerate(choices):
            for value in values[1:]:
                yield (event, *first[:at], value, *first[at + 1 :])

    def _field(self, name: str, type_: Type) -> list[Any]:
        """Frozen values for a field, the most telling first."""
        listed = self.universe.environment.values.get(name, ())
        data = [*listed, *self._values(type_)]
        found: list[Any] = []
        for datum in data:
            try:
                value = self.universe.frozen(type_, datum)
            except (AssertionError, TypeError):  # listed for a field of the same name elsewhere
                continue
            if value not in found:
                found.append(value)
        return found[:6]

    def _values(self, type_: Type) -> list[Datum]:
        match type_:
            case Named(name):
                keys = self._keys(name)
                resolved = self.universe.codec.resolved(type_)
                if isinstance(resolved, Simple) and resolved.name == "str":
                    return keys or [f"{name.lower()}-1"]
                return keys + ([] if isinstance(resolved, Named) else self._values(resolved))
            case Optional(item):
                return [None, *self._values(item)[:2]]
            case Simple(name):
                return self._simple(name)
            case StateType(entity):
                return list(self.universe.spec.entities[entity].states)
            case ListType(item) | SetType(item):
                return [*([one] for one in self._values(item)[:2]), []]
            case MapType(key, item, _):
                values = self._values(item)[:2]
                names: list[Any] = self._values(key)[:2]
                pairs: list[Datum] = [{name: value} for name in names for value in values]
                return [*pairs, {}]
            case TupleType(items, rest):
                if rest is not None:
                    return [(self._values(rest)[0],)]
                return [tuple(self._values(item)[0] for item in items)]
        return []

    def _keys(self, type_: str) -> list[Datum]:
        """Keys of entities that are in play, where the type is that of a key."""
        found: list[Datum] = []
        for entity in self.universe.spec.entities.values():
            if isinstance(entity.key.type, Named) and entity.key.type.name == type_:
                found += self.universe.scene.keys_of(entity.name)
        return found

    def _simple(self, name: str) -> list[Datum]:
        match name:
            case "bool":
                return [False, True]
            case "int":
                return [0, 1, 2]
            case "float":
                return [0.0, 1.0]
            case "str":
                return ["a", "b"]
        return [None]
