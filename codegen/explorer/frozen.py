"""Frozen values: from how they are written, and back into a heap. Knows types and containers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from lawful.runtime import Heap

from ..types import (
    FLOAT,
    HeapType,
    ListType,
    MapType,
    Optional,
    SetType,
    TupleType,
    Type,
)
from ..world import Datum


def frozen(resolved: Callable[[Type], Type], type_: Type, datum: Datum) -> Hashable:
    """The frozen form of a value of the type as an environment writes it: a tuple for a collection."""

    def inner(type_: Type, datum: Datum) -> Hashable:
        type_ = resolved(type_)
        match type_:
            case Optional(item):
                return None if datum is None else inner(item, datum)
            case ListType(item) | SetType(item) | HeapType(item):
                assert isinstance(datum, list | tuple)
                return tuple(inner(item, part) for part in datum)
            case MapType(key, value):
                pairs = datum.items() if isinstance(datum, dict) else ()
                return tuple((inner(key, k), inner(value, v)) for k, v in pairs)
            case TupleType(items, rest):
                assert isinstance(datum, list | tuple)
                types = items if rest is None else (rest,) * len(datum)
                return tuple(map(inner, types, datum))
        if type_ == FLOAT and type(datum) is int:
            return float(datum)
        assert isinstance(datum, Hashable)
        return datum

    return inner(type_, datum)


def written(resolved: Callable[[Type], Type], type_: Type, value: Any) -> str:
    """A frozen value as an expression of Python that makes a fresh one. An entity is its key."""

    def inner(type_: Type, value: Any) -> str:
        type_ = resolved(type_)
        match type_:
            case Optional(item):
                return "None" if value is None else inner(item, value)
            case ListType(item):
                return f"[{', '.join(inner(item, one) for one in value)}]"
            case SetType(item):
                items = ", ".join(inner(item, one) for one in value)
                return f"OrderedSet([{items}])" if items else "OrderedSet()"
            case HeapType(item):
                return f"[{', '.join(inner(item, one) for _, one in value)}]"
            case MapType(key, item):
                pairs = (f"{inner(key, k)}: {inner(item, v)}" for k, v in value)
                return "{" + ", ".join(pairs) + "}"
            case TupleType(items, rest):
                types = items if rest is None else (rest,) * len(value)
                parts = ", ".join(map(inner, types, value))
                return f"({parts},)" if len(value) == 1 else f"({parts})"
        return repr(value)

    return inner(type_, value)


def heap_of(key: Callable[[Any], Any], pairs: Iterable[tuple[Any, Any]]) -> Heap[Any]:
    """A heap with elements under the keys that they were put in with, in their order."""
    heap: Heap[Any] = Heap(key=key)
    entries = [(given, n, item) for n, (given, item) in enumerate(pairs, 1)]
    heap.__setstate__((len(entries), entries))
    return heap


def order(value: Any) -> Any:
    """What frozen elements of a collection whose order doesn't count are sorted by."""
    return repr(value)
