"""The module that recordings are written by: what the values of each field look like.

A shape is ``"="`` (a number, text, truth value or nothing), ``"name"`` (of an opaque type that names an
entity: written as it is), ``"token"`` or ``"equal"`` (of another opaque type: never written; told apart
by identity, or by equality where it has a hash), or a tuple: ``("entity", kind)`` (its key),
``("heap", kind)``, ``("list", shape)``, ``("map", key, value)``, ``("tuple", shape, …)``,
``("all", shape)`` for tuples of any length, ``("as", value)`` for what is redacted. Knows types only.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..checked import CheckedSpec, Field
from ..types import (
    CountType,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    TupleType,
    Type,
    holds_opaque,
    is_opaque,
)
from .texts import literal, quoted


def shape_tables(spec: CheckedSpec) -> str:
    """The body of the module: the shapes of messages by class, and of the configuration, the context,
    entities and host functions by name."""
    tables = {
        "messages": _messages(spec),
        "config": _dict(_fields(spec, spec.config)),
        "context": _dict(_context(spec)),
        "entities": _dict(_entities(spec)),
        "host": _dict(_host(spec)),
    }
    return f"SHAPES: Mapping[str, Mapping[Any, Any]] = {_dict(tables)}"


def _messages(spec: CheckedSpec) -> str:
    """Event or instruction class -> its name, and the shapes of its fields."""
    shown = {i.name: _fields(spec, i.fields) for i in spec.instructions.values()}
    for event in spec.events.values():
        shown[event.name] = _fields(spec, event.fields)
        for name, instead in event.redact.items():
            if not holds_opaque(event.fields[name].type):  # those are never written anyway
                shown[event.name][name] = f'("as", {literal(instead)})'
    items = (f"{name}: ({quoted(name)}, {_dict(fields)})" for name, fields in shown.items())
    return "{" + ", ".join(items) + "}"


def _context(spec: CheckedSpec) -> dict[str, str]:
    return {
        item.name: _shape(spec, item.type)
        for item in spec.context.values()
        if not isinstance(item.type, CountType)  # follows from the entities
    }


def _entities(spec: CheckedSpec) -> dict[str, str]:
    """Name -> registry, key and its shape, and the shapes of fields and relations."""
    found = {}
    for entity in spec.entities.values():
        held = _fields(spec, entity.fields)
        for relation in entity.relations.values():
            one = f'("entity", {quoted(relation.target)})'
            held[relation.name] = f'("list", {one})' if relation.many else one
        key = f"{quoted(entity.key.name)}, {_shape(spec, entity.key.type)}"
        found[entity.name] = f"({quoted(entity.registry)}, {key}, {_dict(held)})"
    return found


def _host(spec: CheckedSpec) -> dict[str, str]:
    """Name -> how its answers are found again (``recorded``: in order; ``pure``: by the arguments), and the
    shapes of its result, of what it fails with, and of its arguments."""
    found = {}
    for function in spec.host.values():
        if function.returns is None and function.fails_type is None:
            continue
        result = '"="' if function.returns is None else _shape(spec, function.returns)
        # What a pure function was asked tells its answers apart, where it can be read again.
        named = all(
            not holds_opaque(p.type) or _shape(spec, p.type) == '"name"'
            for p in function.parameters
        )
        kind = "pure" if function.pure and not function.recorded and named else "recorded"
        unwritten = function.pure and not function.recorded
        if unwritten and function.returns is not None and is_opaque(function.returns):
            continue  # its result stands for itself: nobody looks into it
        fails = "None" if function.fails_type is None else _shape(spec, function.fails_type)
        arguments = [_shape(spec, p.type) for p in function.parameters]
        shown = f"({', '.join(arguments)}{',' if len(arguments) == 1 else ''})"
        found[function.name] = f"({quoted(kind)}, {result}, {fails}, {shown})"
    return found


def _fields(spec: CheckedSpec, declared: Mapping[str, Field]) -> dict[str, str]:
    return {name: _shape(spec, field.type) for name, field in declared.items()}


def _shape(spec: CheckedSpec, type_: Type) -> str:
    def of(type_: Type) -> str:
        return _shape(spec, type_)

    match type_:
        case Named(_, None, hashable):
            if any(entity.key.type == type_ for entity in spec.entities.values()):
                return '"name"'
            return '"equal"' if hashable else '"token"'
        case Named(_, base) if base is not None:
            return of(base)
        case Optional(item):
            return of(item)
        case EntityType(name):
            return f'("entity", {quoted(name)})'
        case HeapType(item):
            assert isinstance(item, EntityType)
            return f'("heap", {quoted(item.name)})'
        case ListType(item) | SetType(item):
            return f'("list", {of(item)})'
        case MapType(key, value, _):
            return f'("map", {of(key)}, {of(value)})'
        case TupleType(_, rest) if rest is not None:
            return '"="' if of(rest) == '"="' else f'("all", {of(rest)})'
        case TupleType(items, _):
            inner = [of(item) for item in items]
            return '"="' if set(inner) <= {'"="'} else f'("tuple", {", ".join(inner)})'
    return '"="'


def _dict(items: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(k)}: {v}" for k, v in items.items()) + "}"
