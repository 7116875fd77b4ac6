"""What comes next: events that lead a machine deep, with values made after their types.

Most events answer an instruction that is open, by its contract; keys, peers and texts that are in play
already are taken again and again. Chance comes from a ``random.Random``, hypothesis's or a seeded one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from lawful.codegen.checked import CheckedSpec, Field
from lawful.codegen.interpreter import Answer, Machine, Message, answers
from lawful.codegen.snippets.ir import Const
from lawful.codegen.types import (
    STR,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
    is_opaque,
)

NAMES = 4  # how many keys of a kind there are, and peers and so on
NUMBERS = (0, 1, 1, 2, 3, 50, 1000, -1)

Hints = Mapping[str, Callable[[random.Random], Any]]
"""Field name -> what makes a value for it, where its type says too little."""


class Values:
    """Makes values of types. Those of a named type, and texts, come from a few that are met again."""

    def __init__(
        self, spec: CheckedSpec, chance: random.Random, hints: Hints | None = None
    ) -> None:
        self.spec = spec
        self.chance = chance
        self.hints = hints or {}
        self.texts = _texts(spec)
        self.preferred: dict[str, list[Any]] = {}
        """Name of a type -> values that are wanted now."""

    def field(self, field: Field) -> Any:
        """A value for a field."""
        if field.name in self.hints:
            return self.hints[field.name](self.chance)
        return self.of(field.type)

    def of(self, type_: Type) -> Any:
        chance = self.chance
        match type_:
            case Named(name, base):
                wanted = self.preferred.get(name)
                if wanted and chance.random() < 0.7:
                    return chance.choice(wanted)
                if is_opaque(type_) or base == Simple("str"):
                    return f"{name.lower()}-{chance.randrange(NAMES)}"
                assert base is not None
                return self.of(base)
            case Optional(item):
                return None if chance.random() < 0.3 else self.of(item)
            case Simple(name):
                return self._simple(name)
            case StateType(entity):
                return chance.choice(list(self.spec.entities[entity].states))
            case ListType(item) | SetType(item):
                return [self.of(item) for _ in range(self._size())]
            case MapType(key, item, _):
                return {self.of(key): self.of(item) for _ in range(self._size())}
            case TupleType(items, rest):
                types = items if rest is None else (rest,) * (1 + self._size())
                return tuple(self.of(item) for item in types)
        raise AssertionError(f"no values of {type_}")

    def _size(self) -> int:
        return self.chance.choice((0, 1, 1, 2, 2, 3))

    def _simple(self, name: str) -> Any:
        match name:
            case "bool":
                return self.chance.random() < 0.5
            case "int":
                return self.chance.choice(NUMBERS)
            case "float":
                return self.chance.choice((0.0, 0.5, 1.0, 3.0))
            case "str":
                return self.chance.choice(self.texts)
        return None


_TEXTS: dict[int, tuple[CheckedSpec, list[str]]] = {}  # by the identity of the spec, which is kept


def _texts(spec: CheckedSpec) -> list[str]:
    """Some texts, and those that stand in the snippets of a spec: what guards compare with."""
    if id(spec) not in _TEXTS:
        found = {str(part.value) for part in _constants(vars(spec)) if part.type == STR}
        _TEXTS[id(spec)] = spec, ["a", "b", "c", *sorted(found)]
    return _TEXTS[id(spec)][1]


def _constants(part: Any) -> Iterator[Const]:
    """Every constant of the snippets in a part of the model."""
    if isinstance(part, Const):
        yield part
    elif isinstance(part, Mapping):
        yield from _constants(tuple(part.values()))
    elif isinstance(part, tuple):
        for inner in part:
            yield from _constants(inner)
    elif is_dataclass(part):
        yield from _constants(tuple(getattr(part, f.name) for f in fields(part)))


class Player:
    """Makes one event after the other for a machine, and remembers which instructions are open.

    Events that are named in ``often`` come more often than others.
    """

    def __init__(
        self,
        machine: Machine,
        chance: random.Random,
        hints: Hints | None = None,
        often: Sequence[str] = (),
    ) -> None:
        self.machine = machine
        self.spec = machine.spec
        self.chance = chance
        self.values = Values(machine.spec, chance, hints)
        self.open: list[Message] = []
        self.made = 0
        self._answering: tuple[Message, Answer] | None = None
        answers_of = [(*i.outcomes, *i.during) for i in self.spec.instructions.values()]
        contracted = {name for names in answers_of for name in names}
        self.free = [e for e in self.spec.events if e not in contracted] or list(self.spec.events)
        self.free += often

    def next(self) -> Message:
        """The next event."""
        self._prefer({})
        self._answering = None
        draw = self.chance.random()
        if self.open and draw < 0.55:
            instruction = self.chance.choice(self.open)
            answer = self.chance.choice(answers(self.spec, instruction))
            self._prefer(instruction.fields)
            self._answering = instruction, answer
            return self._event(answer.event, answer.echoed)
        names: Sequence[str] = list(self.spec.events) if draw > 0.98 else self.free
        return self._event(self.chance.choice(names), {})

    def heard(self, instructions: Sequence[Message]) -> None:
        """The event was taken, and these came of it."""
        if self._answering is not None and self._answering[1].ends:
            self.open.remove(self._answering[0])
        self.open += [i for i in instructions if self.spec.instructions[i.name].runs != "send"]

    def _event(self, name: str, echoed: Mapping[str, Any]) -> Message:
        fields = {
            field.name: echoed[field.name] if field.name in echoed else self.values.field(field)
            for field in self.spec.events[name].fields.values()
            if field.required or field.name in echoed or self.chance.random() < 0.7
        }
        self.made += 1
        if self.spec.events[name].bind is not None or self.chance.random() < 0.5:
            fields["stimulus_id"] = f"stimulus {self.made}"
        return Message(name, fields)

    def _prefer(self, fields: Mapping[str, Any]) -> None:
        """Want the keys that an instruction speaks of; else those that exist."""
        wanted: dict[str, list[Any]] = {}
        for model in self.spec.entities.values():
            if isinstance(model.key.type, Named):
                keys = list(self.machine.world.registries[model.name])
                named = [key for key in keys if any(_speaks_of(v, key) for v in fields.values())]
                wanted[model.key.type.name] = named or keys
        self.values.preferred = wanted


def _speaks_of(value: Any, key: Any) -> bool:
    if isinstance(value, list | tuple | set | dict):
        return key in value
    return bool(value == key)
