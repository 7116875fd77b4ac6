"""Values from a recording as the interpreter has them, by the types of a spec.

Knows types and the interpreter's collections; knows nothing of files.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..interpreter import Reference
from ..interpreter.containers import Heap, Map
from ..interpreter.messages import fresh, taken_in
from ..types import (
    EntityType,
    HeapType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
    bare,
)


class Misfit(Exception):
    """A value in a recording that is not of the type that the spec has."""


@dataclass(frozen=True)
class Token:
    """Stands for a value of an opaque type: two of the same name were the same value."""

    name: str

    def __repr__(self) -> str:
        return f"#{self.name}"


@dataclass(frozen=True)
class Made:
    """Stands for a value of an opaque type that a host function made, and that was not written down."""

    function: str
    arguments: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"{self.function}({', '.join(map(repr, self.arguments))})"


def opaque(raw: Any) -> Any:
    """A value as it looks without a type: tokens are tokens, whatever is inside stays."""
    match raw:
        case bytes():
            return Token(raw[1:].decode("ascii", "replace") if raw[:1] == b"#" else raw.hex())
        case list():
            return [opaque(item) for item in raw]
        case tuple():
            return tuple(opaque(item) for item in raw)
        case dict():
            return {opaque(key): opaque(value) for key, value in raw.items()}
    return raw


def typed(raw: Any, type_: Type) -> Any:
    """The value in Python's own types, an entity as a ``Reference``; ``Misfit`` if it isn't of the type."""
    match bare(type_):
        case Optional(item):
            return None if raw is None else typed(raw, item)
        case Named():
            return opaque(raw)
        case EntityType(name):
            return None if raw is None else Reference(name, opaque(raw))
        case HeapType(item):
            return [(opaque(key), typed(held, item)) for key, held in _of(list, raw)]
        case ListType(item) | SetType(item):
            return [typed(held, item) for held in _of(list, raw)]
        case MapType(key, item, _):
            return {typed(k, key): typed(v, item) for k, v in _of(dict, raw).items()}
        case TupleType(items, rest):
            types = items if rest is None else (rest,) * len(_of(tuple, raw))
            if len(types) != len(_of(tuple, raw)):
                raise Misfit(f"{raw!r} has not {len(types)} parts")
            return tuple(typed(held, one) for held, one in zip(raw, types, strict=True))
        case Simple("None"):
            return None
        case Simple(name):
            return _simple(raw, name)
        case StateType():
            return _of(str, raw)
    return raw


def _of(kind: type, raw: Any) -> Any:
    if not isinstance(raw, kind):
        raise Misfit(f"{opaque(raw)!r} is no {kind.__name__}")
    return raw


_NUMBERS = {4: "f", 8: "d"}


def _simple(raw: Any, name: str) -> Any:
    if isinstance(
        raw, bytes
    ):  # numpy's numbers are written as their bytes, in the order of the machine
        if name == "float" and len(raw) in _NUMBERS:
            return struct.unpack(f"={_NUMBERS[len(raw)]}", raw)[0]
        number = int.from_bytes(raw, "little", signed=True)
        return {"bool": bool(number), "int": number, "float": float(number)}.get(name, opaque(raw))
    kinds: dict[str, tuple[type, ...]]
    kinds = {"bool": (bool,), "int": (int,), "float": (int, float), "str": (str,)}
    if raw is not None and not isinstance(raw, kinds[name]):
        # None is what a field has that nobody has given a value yet.
        raise Misfit(f"{opaque(raw)!r} is no {name}")
    return raw


def held(
    raw: Any, type_: Type, look: Callable[[Reference], Any], heap_key: Callable[[Any], Any]
) -> Any:
    """A value as a machine of the interpreter holds it; ``look`` finds the entity that is meant."""
    match bare(type_):
        case HeapType(item):
            heap = Heap(heap_key)
            for key, reference in typed(raw, HeapType(item)):
                heap.count += 1
                heap.entries.append((key, heap.count, look(reference)))
            return heap
        case MapType(key, item, _) if isinstance(bare(item), HeapType):
            empty = fresh(type_, None, heap_key)
            assert isinstance(empty, Map)
            for k, v in _of(dict, raw).items():
                empty.entries[typed(k, key)] = held(v, item, look, heap_key)
            return empty
    return taken_in(_found(typed(raw, type_), look), type_, heap_key)


def _found(value: Any, look: Callable[[Reference], Any]) -> Any:
    """The value with entities in the places of references."""
    match value:
        case Reference():
            return look(value)
        case list():
            return [_found(item, look) for item in value]
        case tuple():
            return tuple(_found(item, look) for item in value)
        case dict():
            return {key: _found(item, look) for key, item in value.items()}
    return value


def same(recorded: Any, found: Any) -> bool:
    """Whether a value is the one that was recorded.

    What a host function made and nobody wrote down could be any opaque value. There may have been more
    opaque values in a collection: whoever drives a machine may put its notes there, as dask does with the
    times of transfers, and no event tells of it. NaN is NaN.
    """
    match recorded, found:
        case Token(), Made():
            return True
        case list() | tuple(), list() | tuple():
            notes = len(recorded) > len(found) and all(isinstance(r, Token) for r in recorded)
            if notes:
                rest = iter(recorded)
                return all(any(same(one, mine) for one in rest) for mine in found)
            return len(recorded) == len(found) and all(map(same, recorded, found))
        case dict(), dict():
            more = [recorded[key] for key in recorded if key not in found]
            return all(isinstance(note, Token) for note in more) and all(
                key in recorded and same(recorded[key], value) for key, value in found.items()
            )
        case float(), float():
            return recorded == found or (recorded != recorded and found != found)
    return bool(recorded == found)
