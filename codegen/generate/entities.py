"""Entities: data for ``entities.py.j2``.

Knows the checked model and the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checked import Configuration, Entity, Field, Literalish, Request
from ..types import EntityType, Optional, SetType, Type
from .annotations import (
    annotation,
    as_type,
    is_collection,
    parameter_default,
    resolved,
    start_value,
)
from .imports import natural
from .plan import Plan
from .texts import comment, docstring, literal, literal_type, quoted


@dataclass(frozen=True)
class AttributeView:
    """A declared attribute and what the constructor gives it. ``item``: it is a set of such, of which the
    entity has the elements alone, in ``slot``. ``new``: a list or a map that is in ``slot``, and made so once
    somebody looks."""

    name: str
    annotation: str
    value: str
    doc: str
    slot: str
    item: str = ""
    new: str = ""


@dataclass(frozen=True)
class ResetView:
    """A method that gives the fields of a reset group their defaults."""

    method: str
    group: str
    lines: list[str]


@dataclass(frozen=True)
class EntityView:
    """One entity: its types and its class."""

    name: str
    base: str
    doc: str
    states: str
    state_docs: str
    configurations: str
    request: str
    slots: str
    attributes: list[AttributeView]
    parameters: str
    resets: list[ResetView]
    configuration_lines: list[str]


def entity_view(plan: Plan, entity: Entity) -> EntityView:
    """What the template needs to write one entity."""
    attributes = _attributes(plan, entity)
    groups = dict.fromkeys(g for f in entity.fields.values() for g in f.resets)
    deleted = [r.name for r in entity.requests.values() if r.deletes]
    doc = entity.doc or f"One of `{entity.registry}`, by its `{entity.key.name}`."
    return EntityView(
        name=entity.name,
        # No name of a spec begins with an underscore, so this one is free.
        base="Entity" if entity.bind is None else f"_{entity.name}Base",
        doc="\n".join(docstring(doc, "    ")),
        states=literal_type([*entity.states, *deleted]),
        state_docs=_state_docs(entity),
        configurations=literal_type(entity.configurations) if entity.configured_by else "",
        request=_request_type(entity),
        slots=_slots([a.slot for a in attributes]),
        attributes=attributes,
        parameters=constructor_parameters(plan, entity),
        resets=[_reset(plan, entity, group) for group in groups],
        configuration_lines=_configuration_lines(entity),
    )


def given_fields(plan: Plan, entity: Entity) -> list[Field]:
    """The fields that may be given when an entity is created: those without a default, and those that
    some snippet gives."""
    given = plan.given.get(entity.name, set())
    return [f for f in entity.fields.values() if f.required or f.name in given]


def constructor_parameters(plan: Plan, entity: Entity) -> str:
    """The parameters behind ``self``: the key, then what may be given, by name."""
    parts = [f"{entity.key.name}: {annotation(entity.key.type)}"]
    given = given_fields(plan, entity)
    if given:
        parts.append("*")
    for field in given:
        written, default, _ = parameter_default(field)
        parts.append(f"{field.name}: {written}" + (f" = {default}" if default else ""))
    return ", ".join(parts)


def _attributes(plan: Plan, entity: Entity) -> list[AttributeView]:
    given = {f.name for f in given_fields(plan, entity)}
    key, initial = entity.key, quoted(entity.initial)
    views = [
        AttributeView(key.name, annotation(key.type), key.name, _doc(key.doc), key.name),
        AttributeView("state", f"{entity.name}State", initial, "", "state"),
    ]
    for field in entity.fields.values():
        value = parameter_default(field)[2] if field.name in given else _start(plan, entity, field)
        views.append(_attribute(plan, entity, field.name, field.type, value, field.doc))
    for relation in entity.relations.values():
        target: Type = EntityType(relation.target)
        type_: Type = SetType(target) if relation.many else Optional(target)
        value = "None"
        if relation.many:
            shared = (entity.name, relation.name) in plan.shared_sets
            value = plan.empty(entity.name, relation.name)[0] if shared else "OrderedSet()"
        views.append(_attribute(plan, entity, relation.name, type_, value, relation.doc))
    return views


def _attribute(
    plan: Plan, entity: Entity, name: str, type_: Type, value: str, doc: str
) -> AttributeView:
    slot, item, new = plan.attribute(entity.name, name, ""), "", ""
    if (entity.name, name) in plan.bare_sets:
        found = resolved(type_)
        assert isinstance(found, SetType)
        item = annotation(found.item)
    if (entity.name, name) in plan.late_items:
        new = plan.empty(entity.name, name)[1]
    written = _doc(doc, "        " if item or new else "    ")
    return AttributeView(name, annotation(type_), value, written, slot.removeprefix("."), item, new)


def _start(plan: Plan, entity: Entity, field: Field) -> str:
    if (entity.name, field.name) in plan.shared_sets:
        return plan.empty(entity.name, field.name)[0]
    return start_value(field.type, field.default)


def _doc(text: str, indent: str = "    ") -> str:
    return "\n".join(docstring(text, indent)) if text.strip() else ""


def _slots(names: list[str]) -> str:
    inner = ", ".join(quoted(n) for n in sorted(names, key=natural))
    return f"({inner},)" if len(names) == 1 else f"({inner})"


def _state_docs(entity: Entity) -> str:
    told = [f"{s.name}: {' '.join(s.doc.split())}" for s in entity.states.values() if s.doc.strip()]
    return "\n".join(docstring("\n".join(told), "")) if told else ""


def _request_type(entity: Entity) -> str:
    """A closed union: a name where nothing is carried, a tuple where something is."""
    plain = [r.name for r in entity.requests.values() if not r.fields]
    tuples = [_request_tuple(r) for r in entity.requests.values() if r.fields]
    return " | ".join([*([literal_type(plain)] if plain else []), *tuples])


def _request_tuple(request: Request) -> str:
    carried = ", ".join(annotation(f.type) for f in request.fields.values())
    return f"tuple[{literal_type([request.name])}, {carried}]"


def _reset(plan: Plan, entity: Entity, group: str) -> ResetView:
    lines = [
        f"{plan.attribute(entity.name, f.name, 'self')} = {_start(plan, entity, f)}"
        for f in entity.fields.values()
        if group in f.resets
    ]
    return ResetView(plan.reset_method(entity, group), comment(group), lines)


def _configuration_lines(entity: Entity) -> list[str]:
    """The body of the property that tells configurations apart."""
    if not entity.configured_by:
        return []
    by_state: dict[str, list[Configuration]] = {}
    for configuration in entity.configurations.values():
        by_state.setdefault(configuration.state, []).append(configuration)
    lines = ["state = self.state"]
    plain = [s for s, found in by_state.items() if not found[0].fields]
    deleted = [r.name for r in entity.requests.values() if r.deletes]
    for state, found in by_state.items():
        if not found[0].fields:
            continue
        lines.append(f"if state == {quoted(state)}:")
        for configuration in found:
            test = " and ".join(_equals(entity, n, v) for n, v in configuration.fields)
            lines += [f"    if {test}:", f"        return {quoted(configuration.name)}"]
        names = [n for n, _ in found[0].fields]
        values = ", ".join(f"{n}={{self.{n}!r}}" for n in names)
        lines.append(f'    raise ValueError(f"no configuration of {state} has {values}")')
    for state in deleted:
        lines.append(f"if state == {quoted(state)}:")
        lines.append(f'    raise ValueError("a deleted {entity.variable} has no configuration")')
    if plain:
        lines.append("return state")
    else:
        lines.append("assert_never(state)")
    return lines


def _equals(entity: Entity, name: str, value: Literalish) -> str:
    field = entity.fields[name]
    if value is None or isinstance(value, bool):
        return f"self.{name} is {literal(value)}"
    written = literal(value) if is_collection(field.type) else as_type(field.type, value)
    return f"self.{name} == {written}"
