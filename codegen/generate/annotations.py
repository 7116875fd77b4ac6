"""The types of the language as annotations of Python, and the values that fields begin with.

Knows types and defaults; knows nothing of snippets.
"""

from __future__ import annotations

from ..checked import Field, Literalish
from ..types import (
    BOOL,
    CountType,
    EntityType,
    EventType,
    HeapType,
    IterType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
    Unknown,
)
from .texts import literal

COLLECTIONS = (ListType, SetType, HeapType, MapType)


def annotation(type_: Type) -> str:
    """The type as written in an annotation: ``OrderedSet[File]``, ``int | None``."""
    match type_:
        case Simple(name) | EntityType(name) | EventType(name):
            return name
        case Named(name, base, _):
            # A lower-case name could be that of a local, so what it stands for is written out.
            return annotation(base) if base is not None and not name[0].isupper() else name
        case StateType(entity):
            return f"{entity}State"
        case Optional(item):
            return f"{annotation(item)} | None"
        case ListType(item):
            return f"list[{annotation(item)}]"
        case SetType(item):
            return f"OrderedSet[{annotation(item)}]"
        case HeapType(item):
            return f"Heap[{annotation(item)}]"
        case CountType(_):
            return "int"
        case MapType(key, value, default):
            return f"{'DefaultMap' if default else 'dict'}[{annotation(key)}, {annotation(value)}]"
        case TupleType(_, rest) if rest is not None:
            return f"tuple[{annotation(rest)}, ...]"
        case TupleType(items, _):
            return f"tuple[{', '.join(map(annotation, items)) or '()'}]"
        case IterType(item):
            return f"Iterable[{annotation(item)}]"
    return "Any"


def resolved(type_: Type) -> Type:
    """What a named type stands for, all the way down its own names; an opaque one stays."""
    while isinstance(type_, Named) and type_.base is not None:
        type_ = type_.base
    return type_


def is_collection(type_: Type) -> bool:
    """Whether values of the type can change, so that each field needs one of its own."""
    return isinstance(resolved(type_), COLLECTIONS)


def contains_unknown(type_: Type) -> bool:
    """Whether some part of the type was left open, as in that of an empty display."""
    match type_:
        case Unknown():
            return True
        case Optional(item) | ListType(item) | SetType(item) | HeapType(item) | IterType(item):
            return contains_unknown(item)
        case MapType(key, value, _):
            return contains_unknown(key) or contains_unknown(value)
        case TupleType(items, rest):
            return any(map(contains_unknown, items if rest is None else (rest,)))
    return False


def start_value(type_: Type, default: Literalish, heap_key: str = "") -> str:
    """The expression for what a field of the type begins with. ``heap_key`` is the name of the function
    that orders a heap."""
    type_ = resolved(type_)
    items = literal(default) if isinstance(default, list | tuple) and default else ""
    match type_:
        case ListType():
            return items or "[]"
        case SetType():
            return f"OrderedSet({items})"
        case HeapType():
            return f"Heap(key={heap_key})"
        case MapType(_, value, True):
            return f"DefaultMap({factory(value, heap_key)})"
        case MapType():
            return "{}"
        case CountType():
            return "0"
        case _:
            return as_type(type_, default)


def as_type(type_: Type, default: Literalish) -> str:
    """A literal default; an int where a float is meant is written as a float."""
    if resolved(type_) == Simple("float") and type(default) is int:
        return literal(float(default))
    return literal(default)


def factory(type_: Type, heap_key: str) -> str:
    """What makes the value that a default map has for a new key: a callable that can be pickled."""
    type_ = resolved(type_)
    match type_:
        case ListType():
            return annotation(type_)
        case SetType():
            return annotation(type_)
        case HeapType(item):
            return f"partial(Heap[{annotation(item)}], key={heap_key})"
        case MapType(_, value, True):
            made = annotation(type_)
            return f"partial({made}, {factory(value, heap_key)})"
        case MapType():
            return annotation(type_)
        case Simple(name):
            return name
        case _:
            return "tuple"


def fresh_value(type_: Type, heap_key: str) -> str:
    """What a default map would have for a new key, as an expression."""
    type_ = resolved(type_)
    match type_:
        case ListType():
            return "[]"
        case SetType(item):
            return f"OrderedSet[{annotation(item)}]()"
        case HeapType(item):
            return f"Heap[{annotation(item)}](key={heap_key})"
        case MapType(_, _, False):
            return "{}"
        case MapType(_, value, True):
            return f"{annotation(type_)}({factory(value, heap_key)})"
        case Simple("float"):
            return "0.0"
        case _ if type_ == BOOL:
            return "False"
        case Simple("int"):
            return "0"
        case Simple("str"):
            return '""'
        case _:
            return "()"


def parameter_default(field: Field) -> tuple[str, str, str]:
    """(annotation, default in a signature, value in the body) of a field as a keyword parameter. A
    collection is given as None in the signature, so that calls don't share one."""
    written = annotation(field.type)
    if field.required:
        return written, "", field.name
    if is_collection(field.type):
        fresh = start_value(field.type, field.default)
        return f"{written} | None", "None", f"{fresh} if {field.name} is None else {field.name}"
    return written, as_type(field.type, field.default), field.name
