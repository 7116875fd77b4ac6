"""Values as the machine holds them, and frozen: as hashable values of which states are made.

A collection is frozen as a tuple, an entity as its key; whatever can't change is itself. For each type
that needs them, three functions are written as text: ``freeze``, ``thaw`` (a fresh value, for the
machine may change it) and ``rename`` (a frozen value with symmetric values renamed). Knows types;
knows nothing of states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..generate.annotations import factory
from ..generate.lines import Lines
from ..generate.plan import Plan
from ..types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    CountType,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
)

Freeze: TypeAlias = Callable[[Any], Any]
Thaw: TypeAlias = Callable[[Any, Any], Any]
Rename: TypeAlias = Callable[[Any, Mapping[str, str]], Any]


class Dangling(Exception):
    """Something still refers to an entity that has been deleted."""


@dataclass(frozen=True)
class Functions:
    """What freezes, thaws and renames the values of one type. None: a value is itself.

    ``thaw(scene, frozen)`` takes entities from the scene that the machine acts in.
    """

    freeze: Freeze | None = None
    thaw: Thaw | None = None
    rename: Rename | None = None


class Codec:
    """Writes the functions of the types of one machine.

    ``representations`` has the type that stands for each opaque one.
    """

    def __init__(self, plan: Plan, representations: Mapping[str, Type]) -> None:
        self.plan = plan
        self.representations = representations
        self.out = Lines()
        self._wanted: dict[tuple[Type, bool, str], str] = {}

    def ask(self, type_: Type, *, sorted_: bool = False, heap_key: str = "") -> str:
        """The name under which the functions of the type will be; they are written once.

        ``sorted_``: the order of the collection itself doesn't count. ``heap_key`` is the function that
        orders the heaps in it.
        """
        asked = (type_, sorted_, heap_key)
        if asked not in self._wanted:
            name = self._wanted[asked] = f"{len(self._wanted)}"
            self._write(name, type_, sorted_, heap_key)
        return self._wanted[asked]

    def found(self, namespace: Mapping[str, Any], name: str) -> Functions:
        """The functions of a name that ``ask`` gave, from the module that was made of the text."""
        get = namespace.get
        return Functions(get(f"freeze_{name}"), get(f"thaw_{name}"), get(f"rename_{name}"))

    def _write(self, name: str, type_: Type, sorted_: bool, heap_key: str) -> None:
        if self._is_plain(type_):
            if self._renames(type_):
                self._function(f"rename_{name}", "value, names", self.rename(type_, "value"))
            return
        frozen = self.freeze(type_, "value")
        renamed = self.rename(type_, "value")
        if sorted_:
            frozen, renamed = (
                f"tuple(sorted({frozen}, key=order))",
                (f"tuple(sorted({renamed}, key=order))"),
            )
        self._function(f"freeze_{name}", "value", frozen)
        self._function(f"thaw_{name}", "scene, value", self.thaw(type_, "value", heap_key))
        if self._renames(type_):
            self._function(f"rename_{name}", "value, names", renamed)

    def _function(self, name: str, parameters: str, result: str) -> None:
        with self.out.indented(f"def {name}({parameters}):"):
            self.out.add(f"return {result}")
        self.out.add("")

    def resolved(self, type_: Type) -> Type:
        """What stands for the type: a base of its own, or its representation."""
        while isinstance(type_, Named):
            base = self.representations.get(type_.name) if type_.base is None else type_.base
            if base is None:
                return type_
            type_ = base
        return type_

    def _is_plain(self, type_: Type) -> bool:
        """Whether a value of the type can't change and holds nothing that can."""
        match self.resolved(type_):
            case EntityType() | ListType() | SetType() | HeapType() | MapType():
                return False
            case Optional(item):
                return self._is_plain(item)
            case TupleType(items, rest):
                return all(map(self._is_plain, items if rest is None else (rest,)))
        return True

    def _renames(self, type_: Type) -> bool:
        """Whether a value of the type may hold a text that stands for something."""
        match self.resolved(type_):
            case StateType() | CountType():
                return False
            case Optional(item) | ListType(item) | SetType(item):
                return self._renames(item)
            case HeapType():
                return True
            case MapType(key, value):
                return self._renames(key) or self._renames(value)
            case TupleType(items, rest):
                return any(map(self._renames, items if rest is None else (rest,)))
            case other:
                return other not in (BOOL, INT, FLOAT, NONE)

    def freeze(self, type_: Type, value: str, depth: int = 0) -> str:
        """The expression for the frozen form of ``value``, an expression."""
        type_, x, y = self.resolved(type_), f"x{depth}", f"y{depth}"
        if self._is_plain(type_):
            return value
        match type_:
            case EntityType(name):
                return f"key_of_{name}({value})"
            case Optional(item):
                return f"(None if {value} is None else {self.freeze(item, value, depth)})"
            case ListType(item) | SetType(item):
                if self._is_plain(item):
                    return f"tuple({value})"
                return f"tuple([{self.freeze(item, x, depth + 1)} for {x} in {value}])"
            case HeapType(item):
                inner = self.freeze(item, x, depth + 1)
                return (
                    f"tuple([({y}, {inner}) for {y}, _, {x} in sorted({value}.elements.values())])"
                )
            case MapType(key, item):
                if self._is_plain(key) and self._is_plain(item):
                    return f"tuple({value}.items())"
                pair = self.freeze(key, x, depth + 1), self.freeze(item, y, depth + 1)
                return f"tuple([({pair[0]}, {pair[1]}) for {x}, {y} in {value}.items()])"
            case TupleType(_, rest) if rest is not None:
                return f"tuple([{self.freeze(rest, x, depth + 1)} for {x} in {value}])"
            case TupleType(items, _):
                return self._parts(items, value, self.freeze, depth)
        raise AssertionError(f"a type that nobody freezes: {type_!r}")

    def thaw(self, type_: Type, value: str, heap_key: str = "", depth: int = 0) -> str:
        """The expression for a fresh value whose frozen form is ``value``, an expression."""
        type_, x, y = self.resolved(type_), f"x{depth}", f"y{depth}"

        def inner(type_: Type, value: str, depth: int) -> str:
            return self.thaw(type_, value, heap_key, depth)

        if self._is_plain(type_):
            return value
        match type_:
            case EntityType(name):
                return f"scene.entity({name!r}, {value})"
            case Optional(item):
                return f"(None if {value} is None else {inner(item, value, depth)})"
            case ListType(item):
                if self._is_plain(item):
                    return f"list({value})"
                return f"[{inner(item, x, depth + 1)} for {x} in {value}]"
            case SetType(item):
                if self._is_plain(item):
                    return f"OrderedSet({value})"
                return f"OrderedSet([{inner(item, x, depth + 1)} for {x} in {value}])"
            case HeapType(item):
                pairs = f"[({y}, {inner(item, x, depth + 1)}) for {y}, {x} in {value}]"
                return f"heap_of({heap_key}, {pairs})"
            case MapType(key, item, default):
                pairs = value
                if not (self._is_plain(key) and self._is_plain(item)):
                    pair = inner(key, x, depth + 1), inner(item, y, depth + 1)
                    pairs = f"[({pair[0]}, {pair[1]}) for {x}, {y} in {value}]"
                return (
                    f"DefaultMap({factory(item, heap_key)}, {pairs})"
                    if default
                    else f"dict({pairs})"
                )
            case TupleType(_, rest) if rest is not None:
                return f"tuple([{inner(rest, x, depth + 1)} for {x} in {value}])"
            case TupleType(items, _):
                return self._parts(items, value, inner, depth)
        raise AssertionError(f"a type that nobody thaws: {type_!r}")

    def rename(self, type_: Type, value: str, depth: int = 0) -> str:
        """The expression for the frozen ``value`` with every text renamed that ``names`` has."""
        type_, x, y = self.resolved(type_), f"x{depth}", f"y{depth}"
        if not self._renames(type_):
            return value
        match type_:
            case EntityType(name):
                return self.rename(self.plan.spec.entities[name].key.type, value, depth)
            case Optional(item):
                return f"(None if {value} is None else {self.rename(item, value, depth)})"
            case ListType(item) | SetType(item):
                return f"tuple([{self.rename(item, x, depth + 1)} for {x} in {value}])"
            case HeapType(item):
                return f"tuple([({y}, {self.rename(item, x, depth + 1)}) for {y}, {x} in {value}])"
            case MapType(key, item):
                pair = self.rename(key, x, depth + 1), self.rename(item, y, depth + 1)
                return f"tuple([({pair[0]}, {pair[1]}) for {x}, {y} in {value}])"
            case TupleType(_, rest) if rest is not None:
                return f"tuple([{self.rename(rest, x, depth + 1)} for {x} in {value}])"
            case TupleType(items, _):
                return self._parts(items, value, self.rename, depth)
        return f"names.get({value}, {value})"

    def _parts(
        self, items: tuple[Type, ...], value: str, part: Callable[[Type, str, int], str], depth: int
    ) -> str:
        written = [part(item, f"{value}[{n}]", depth + 1) for n, item in enumerate(items)]
        return f"({', '.join(written)},)"
