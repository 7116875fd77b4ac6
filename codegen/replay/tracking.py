"""Which fields have other values after a step: what was, is remembered as text, and compared.

Knows the interpreter's world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..interpreter import Entity, Reference, plain
from ..interpreter.world import World
from ..plain import shortened
from .values import opaque

_LONGEST = 120  # characters of a value


class Changed(NamedTuple):
    """A field of an entity; of the context, where ``kind`` is empty. The values are texts; None before,
    where the entity is new."""

    kind: str
    key: Any
    name: str
    before: str | None
    after: str


class Tracker:
    """Compares a world with itself a step ago."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entities = {e: _texts(e.fields) for e in _every(world)}
        self._context = _texts(self._own())

    def _own(self) -> dict[str, Any]:
        """The machine's own values; what follows from the entities goes without saying."""
        items = self._world.spec.context.values()
        return {
            item.name: self._world.datum(item.name)
            for item in items
            if item.maintained != "generator"
        }

    def changes(self) -> Iterator[Changed]:
        """What is another since the last call. Of an entity that is new, what is not empty; one that went
        is not spoken of."""
        context = _texts(self._own())
        for name, text in context.items():
            if text != self._context[name]:
                yield Changed("", None, name, self._context[name], text)
        self._context = context
        for entity in self._world.written:
            if entity.deleted:
                self._entities.pop(entity, None)
                continue
            now = _texts(entity.fields)
            before = self._entities.get(entity)
            for name, text in now.items():
                was = None if before is None else before[name]
                if text != was and not (was is None and text in _NOTHING):
                    yield Changed(entity.kind, entity.key, name, was, text)
            self._entities[entity] = now


_NOTHING = frozenset({"None", "{}", "[]", "0", "False", "''"})


def _every(world: World) -> Iterable[Entity]:
    return [e for registry in world.registries.values() for e in registry.entries.values()]


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: shortened(as_text(plain(value)), _LONGEST) for name, value in values.items()}


def as_text(value: Any) -> str:
    """A plain value as Python writes it; an entity is its key."""
    match value:
        case Reference():
            return as_text(value.key)
        case list():
            return f"[{', '.join(map(as_text, value))}]"
        case dict():
            return f"{{{', '.join(f'{as_text(k)}: {as_text(v)}' for k, v in value.items())}}}"
    return repr(opaque(value))
