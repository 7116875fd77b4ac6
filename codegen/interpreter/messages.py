"""Events and instructions as records, and values on their way into the machine and out of it.

Knows types and the checked model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..checked import Field, Literalish
from ..types import (
    FLOAT,
    CountType,
    HeapType,
    ListType,
    MapType,
    Optional,
    SetType,
    Simple,
    TupleType,
    Type,
    bare,
)
from .containers import Heap, List, Map, Set
from .values import plain

STIMULUS_ID = "stimulus_id"


class Message(NamedTuple):
    """An event or an instruction: its name and its fields, ``stimulus_id`` among them."""

    name: str
    fields: dict[str, Any]

    @property
    def stimulus_id(self) -> str:
        """The cause: what the event is called, or the event that led to the instruction."""
        found: str = self.fields.get(STIMULUS_ID, "")
        return found

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.name}({shown})"


HeapKey = Callable[[Any], Any]


def fresh(type_: Type, default: Literalish, heap_key: HeapKey | None = None) -> Any:
    """What a field of the type begins with. ``heap_key`` orders a heap, also one inside a map."""
    match bare(type_):
        case HeapType():
            assert heap_key is not None
            return Heap(heap_key)
        case CountType():
            return 0
        case ListType() | SetType() | MapType() as kind:
            return taken_in(default or (), kind, heap_key)
        case simple if simple == FLOAT and type(default) is int:
            return float(default)
    return default


def _empty(type_: Type, heap_key: HeapKey | None) -> Any:
    """What a default map has for a new key."""
    kind = bare(type_)
    if isinstance(kind, Simple):
        return {"bool": False, "int": 0, "float": 0.0, "str": ""}[kind.name]
    if isinstance(kind, TupleType):
        return ()
    return fresh(kind, None, heap_key)


def taken_in(value: Any, type_: Type, heap_key: HeapKey | None = None) -> Any:
    """A value from outside as one of the type: collections become the interpreter's own, and new."""
    match bare(type_):
        case Optional(item):
            return None if value is None else taken_in(value, item)
        case ListType(item):
            return List(taken_in(held, item) for held in value)
        case SetType(item):
            return Set(taken_in(held, item) for held in value)
        case MapType(key, item, by_default):
            pairs = value.items() if isinstance(value, Mapping | Map) else value
            entries = [(taken_in(k, key), taken_in(v, item)) for k, v in pairs]
            return Map(entries, (lambda: _empty(item, heap_key)) if by_default else None)
        case TupleType(items, rest):
            types = items if rest is None else (rest,) * len(value)
            return tuple(taken_in(v, t) for v, t in zip(value, types, strict=True))
    return value


def default_of(field: Field) -> Any:
    """What a field of a message holds that isn't given: a value of its own."""
    return taken_in(fresh(field.type, field.default), field.type)


def completed(name: str, given: Mapping[str, Any], declared: Mapping[str, Field]) -> dict[str, Any]:
    """All fields of a message, or values of a configuration: what is given, and defaults.

    ``TypeError`` for a field that isn't declared, and for one without default that isn't given.
    """
    unknown = given.keys() - declared.keys()
    missing = [f.name for f in declared.values() if f.required and f.name not in given]
    if unknown or missing:
        raise TypeError(f"{name}: unknown {sorted(unknown)}, missing {missing}")
    return {
        f.name: taken_in(given[f.name], f.type) if f.name in given else default_of(f)
        for f in declared.values()
    }


def sent_out(message: Message) -> Message:
    """A message with its values as Python's own."""
    return Message(message.name, {name: plain(value) for name, value in message.fields.items()})
