"""Entities, and values as they leave the machine.

Numbers, texts, truth values, ``None``, tuples and opaque values are Python's own. Knows collections.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .containers import Heap, List, Map, Set


class Reference(NamedTuple):
    """An entity, as it appears in what leaves the machine: its kind and its key."""

    kind: str
    key: Any


class Entity:
    """An entity: equal to itself only. ``fields`` holds its fields and relations by name.

    ``deleted`` tells that it is in no registry any more. Fields, state and key can be read as
    attributes too, which is how host functions look at one.
    """

    __slots__ = ("deleted", "fields", "key", "key_name", "kind", "state")

    def __init__(self, kind: str, key_name: str, key: Any, state: str) -> None:
        self.kind = kind
        self.key_name = key_name
        self.key = key
        self.state = state
        self.fields: dict[str, Any] = {}
        self.deleted = False

    def __getattr__(self, name: str) -> Any:
        if name in Entity.__slots__:  # not there yet, in a copy that is being made
            raise AttributeError(name)
        if name == self.key_name:
            return self.key
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(f"a {self.kind} has no {name}") from None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.key!r} {self.state}>"


def plain(value: Any) -> Any:
    """The value in Python's own types, as it leaves the machine: a set and a heap are lists in their
    order, an entity is a ``Reference``."""
    match value:
        case Entity():
            return Reference(value.kind, value.key)
        case List() | Set() | Heap():
            return [plain(item) for item in value]
        case Map():
            return {plain(key): plain(held) for key, held in value.entries.items()}
        case tuple():
            return tuple(plain(item) for item in value)
    return value
