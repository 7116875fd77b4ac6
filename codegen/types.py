"""The types of the language: what a field, an argument or an expression can be.

Knows the algebra of types and how a type is written in a spec and in Python. Knows nothing of
specs, snippets or files. Every type is an immutable value; equality is structural.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """Base of all types of the language."""


@dataclass(frozen=True)
class Simple(Type):
    """``bool``, ``int``, ``float``, ``str`` or ``None``, by its name in the language."""

    name: str


BOOL = Simple("bool")
INT = Simple("int")
FLOAT = Simple("float")
STR = Simple("str")
NONE = Simple("None")


@dataclass(frozen=True)
class Unknown(Type):
    """What an expression is after an error in it was reported: agrees with everything, so that one
    mistake gives one message."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class StateType(Type):
    """The names of the states (and deleting requests) of one entity. Also a ``str``."""

    entity: str


@dataclass(frozen=True)
class Named(Type):
    """A type declared under ``types:``.

    ``base`` is the type it stands for (``{is: str}``), or None for an opaque value: carried,
    compared with ``is None``, ``==``, used as a key when ``hashable``, and never looked into.
    """

    name: str
    base: Type | None = None
    hashable: bool = True


@dataclass(frozen=True)
class EntityType(Type):
    """An instance of a declared entity, by identity."""

    name: str


@dataclass(frozen=True)
class EventType(Type):
    """The message at hand: ``event`` in a handler, its family's view where a family is written, and
    ``instruction`` in an environment."""

    name: str


@dataclass(frozen=True)
class Optional(Type):
    """``item | None``."""

    item: Type


@dataclass(frozen=True)
class ListType(Type):
    item: Type


@dataclass(frozen=True)
class SetType(Type):
    """``ordered_set[item]``: a set that iterates in the order of insertion."""

    item: Type


@dataclass(frozen=True)
class HeapType(Type):
    """``heap[Entity]``: ordered by a key sampled at insertion; the order of insertion breaks ties."""

    item: Type


@dataclass(frozen=True)
class CountType(Type):
    """``count[Entity]``: how many entities satisfy ``members``; reads as an ``int``. Derived only."""

    item: Type


@dataclass(frozen=True)
class MapType(Type):
    """``map[key, value]``; with ``default``, ``default_map[key, value]``: a missing key reads as a
    new empty value, and only a write or ``[...]`` creates it."""

    key: Type
    value: Type
    default: bool = False


@dataclass(frozen=True)
class TupleType(Type):
    """``tuple[A, B]``, or with ``rest``, ``tuple[rest, ...]`` (``items`` is empty then)."""

    items: tuple[Type, ...] = ()
    rest: Type | None = None


@dataclass(frozen=True)
class IterType(Type):
    """What a loop may walk over and nothing else (``reversed(x)``, ``m.items()``)."""

    item: Type


COLLECTIONS = (ListType, SetType, HeapType, MapType, TupleType, IterType)


def spell(type_: Type) -> str:
    """The type as a spec would write it, for messages: ``ordered_set[File]``, ``int | None``."""
    match type_:
        case Simple(name) | Named(name) | EntityType(name) | EventType(name):
            return name
        case StateType(entity):
            return f"state of {entity}"
        case Optional(item):
            return f"{spell(item)} | None"
        case ListType(item):
            return f"list[{spell(item)}]"
        case SetType(item):
            return f"ordered_set[{spell(item)}]"
        case HeapType(item):
            return f"heap[{spell(item)}]"
        case CountType(item):
            return f"count[{spell(item)}]"
        case MapType(key, value, default):
            return f"{'default_' if default else ''}map[{spell(key)}, {spell(value)}]"
        case TupleType(_, rest) if rest is not None:
            return f"tuple[{spell(rest)}, ...]"
        case TupleType(items, _):
            return f"tuple[{', '.join(map(spell, items))}]"
        case IterType(item):
            return f"iterable of {spell(item)}"
    return "unknown"


def is_hashable(type_: Type) -> bool:
    """Whether a value of the type may be a map's key or a set's element."""
    match type_:
        case Named(_, base, hashable):
            return hashable if base is None else is_hashable(base)
        case Optional(item):
            return is_hashable(item)
        case TupleType(items, rest):
            return all(map(is_hashable, items if rest is None else (rest,)))
        case ListType() | SetType() | HeapType() | MapType() | IterType() | EventType():
            return False
    return True


def accepts(want: Type, have: Type) -> bool:
    """Whether a value of type ``have`` may stand where ``want`` is asked for.

    ``int`` is accepted as ``float``; a state as ``str``; a named type and its base both ways, so
    that a literal may be an ``Address``. Containers are invariant but for an unknown element,
    which is what an empty display (``[]``) has.
    """
    if want == have or isinstance(want, Unknown) or isinstance(have, Unknown):
        return True
    match want, have:
        case Optional(item), Optional(other):
            return accepts(item, other)
        case Optional(item), _:
            return have == NONE or accepts(item, have)
        case Simple("float"), Simple("int") | CountType():
            return True
        case Simple("int"), CountType():
            return True
        case Simple("str"), StateType():
            return True
        case Named(_, base), _ if base is not None and not isinstance(have, Named):
            return accepts(base, have)
        case _, Named(_, base) if base is not None and not isinstance(want, Named):
            return accepts(want, base)
        case ListType(a), ListType(b):
            return _same(a, b)
        case SetType(a), SetType(b):
            return _same(a, b)
        case MapType(a, b, by_default), MapType(c, d, has_default):
            return (has_default or not by_default) and _same(a, c) and _same(b, d)
        case TupleType(items, None), TupleType(others, None):
            return len(items) == len(others) and all(map(accepts, items, others))
        case TupleType(_, rest), TupleType(others, other_rest) if rest is not None:
            return all(accepts(rest, o) for o in (others if other_rest is None else (other_rest,)))
        case IterType(a), ListType(b) | SetType(b) | HeapType(b) | IterType(b):
            return accepts(a, b)
        case IterType(a), MapType(b, _, _):
            return accepts(a, b)
        case IterType(a), TupleType(items, rest):
            return all(accepts(a, b) for b in (items if rest is None else (rest,)))
    return False


def _same(a: Type, b: Type) -> bool:
    return a == b or (accepts(a, b) and accepts(b, a))


def join(a: Type, b: Type) -> Type | None:
    """The least type that accepts both, or None if there is none."""
    if accepts(a, b):
        return a
    if accepts(b, a):
        return b
    if a == NONE:
        return b if isinstance(b, Optional) else Optional(b)
    if b == NONE:
        return a if isinstance(a, Optional) else Optional(a)
    if isinstance(a, Optional) or isinstance(b, Optional):
        inner = join(without_none(a), without_none(b))
        return None if inner is None else Optional(inner)
    return None


def unify(a: Type, b: Type) -> Type | None:
    """As ``join``, but where one says less than the other (the element of an empty list) the better
    known part is taken."""
    if isinstance(a, Unknown):
        return b
    if isinstance(b, Unknown) or a == b:
        return a
    match a, b:
        case (Optional(), _) | (_, Optional()) if NONE not in (a, b):
            inner = unify(without_none(a), without_none(b))
            return None if inner is None else Optional(inner)
        case ListType(x), ListType(y):
            item = unify(x, y)
            return ListType(item) if item is not None and _same(x, y) else None
        case SetType(x), SetType(y):
            item = unify(x, y)
            return SetType(item) if item is not None and _same(x, y) else None
        case MapType(x, v, d), MapType(y, w, e) if d == e:
            item, value = unify(x, y), unify(v, w)
            if item is None or value is None or not (_same(x, y) and _same(v, w)):
                return None
            return MapType(item, value, d)
        case TupleType(xs, None), TupleType(ys, None) if len(xs) == len(ys):
            items = tuple(unify(x, y) for x, y in zip(xs, ys, strict=True))
            known = tuple(item for item in items if item is not None)
            return TupleType(known) if len(known) == len(xs) else None
    return join(a, b)


def holds_unknown(type_: Type) -> bool:
    """Whether some part of the type isn't known."""
    match type_:
        case Unknown():
            return True
        case (
            Optional(item)
            | ListType(item)
            | SetType(item)
            | HeapType(item)
            | CountType(item)
            | IterType(item)
        ):
            return holds_unknown(item)
        case MapType(key, value, _):
            return holds_unknown(key) or holds_unknown(value)
        case TupleType(items, rest):
            return any(map(holds_unknown, items)) or (rest is not None and holds_unknown(rest))
    return False


def holds_opaque(type_: Type) -> bool:
    """Whether a value of the type holds something that may only be carried."""
    match type_:
        case Named(_, base, _):
            return base is None or holds_opaque(base)
        case MapType(key, value, _):
            return holds_opaque(key) or holds_opaque(value)
        case Optional(item) | ListType(item) | SetType(item) | HeapType(item) | IterType(item):
            return holds_opaque(item)
        case TupleType(items, rest):
            return any(map(holds_opaque, items)) or (rest is not None and holds_opaque(rest))
    return False


def bare(type_: Type) -> Type:
    """The type that a named type stands for; every other type, an opaque one too, as it is."""
    while isinstance(type_, Named) and type_.base is not None:
        type_ = type_.base
    return type_


def is_opaque(type_: Type) -> bool:
    """Whether values of the type are carried and never looked into."""
    return isinstance(bare(type_), Named)


def without_none(type_: Type) -> Type:
    """``T`` of ``T | None``; every other type as it is."""
    return type_.item if isinstance(type_, Optional) else type_


def item_of(type_: Type) -> Type | None:
    """What a loop over a value of the type yields, or None if it can't be looped over: it is no
    collection, or a tuple whose items have no type in common."""
    match type_:
        case ListType(item) | SetType(item) | HeapType(item) | IterType(item):
            return item
        case MapType(key, _, _):
            return key
        case TupleType(_, rest) if rest is not None:
            return rest
        case TupleType(items, _):
            joined: Type | None = UNKNOWN if not items else items[0]
            for other in items[1:]:
                joined = None if joined is None else join(joined, other)
            return joined
        case Unknown():
            return UNKNOWN
        case Named(_, base) if base is not None:
            return item_of(base)
    return None
