"""Deletion: what must not be left behind when an entity goes.

Knows the plan. A relation that the generator keeps is let go of; who still refers to the entity is an
error, unless the relation says that it is cleared.
"""

from __future__ import annotations

from ..checked import ContextItem, Entity, Relation
from ..types import (
    CountType,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Optional,
    SetType,
    Type,
)
from .annotations import resolved
from .lines import Lines
from .plan import Plan
from .relations import inverse
from .scope import Names
from .texts import quoted


def detach_method(plan: Plan, entity: Entity, used: set[str], out: Lines) -> None:
    """The method that is called last in a deleting transition. Names of methods that it calls are added
    to ``used``."""
    names = Names({"self", "holder"})
    name = names.new(entity.variable)
    body = Lines(out.depth + 1)
    for relation in entity.relations.values():
        if not relation.is_inverse:
            _let_go(plan, entity, relation, name, used, names, body)
    for relation in entity.relations.values():
        if relation.is_inverse:
            _held_through_inverse(plan, entity, relation, name, used, names, body)
    for owner in plan.spec.entities.values():
        for relation in owner.relations.values():
            if relation.target == entity.name and relation.inverse is None:
                _held_without_inverse(plan, owner, relation, name, names, body)
    for item in plan.spec.context.values():
        if item.maintained != "generator":
            _held_in_context(item, entity, name, body)
    detach = plan.methods["detach", entity.name]
    out.add(f"def {detach}(self, {name}: {entity.name}) -> None:")
    out.depth += 1
    out.add('"""Let go of what is deleted, and make sure that nobody holds it."""')
    out.depth -= 1
    out.raw(body.written)


def needs_detach(plan: Plan, entity: Entity) -> bool:
    """Whether anything could hold an entity that is deleted."""
    if not any(r.deletes for r in entity.requests.values()):
        return False
    return (
        bool(entity.relations)
        or any(
            r.target == entity.name
            for o in plan.spec.entities.values()
            for r in o.relations.values()
        )
        or any(
            item.maintained != "generator" and _holds(item.type, entity.name)
            for item in plan.spec.context.values()
        )
    )


def _raise(out: Lines, name: str, relation: str, holders: str) -> None:
    out.add(f"raise self._references_left({name}, {quoted(relation)}, {holders})")


def _let_go(
    plan: Plan,
    entity: Entity,
    relation: Relation,
    name: str,
    used: set[str],
    names: Names,
    out: Lines,
) -> None:
    """What the deleted entity refers to forgets it; by hand, that must have happened already."""
    if relation.inverse is None:
        return
    field = f"{name}.{relation.name}"
    if relation.kept_by_generator:
        if relation.many:
            method = plan.methods["clear", f"{entity.name}.{relation.name}"]
            out.add(f"self.{method}({name})")
        else:
            method = plan.methods["set", f"{entity.name}.{relation.name}"]
            out.add(f"self.{method}({name}, None)")
        used.add(method)
        return
    _by_hand(plan, relation, name, field, names, out)


def _by_hand(
    plan: Plan, relation: Relation, name: str, field: str, names: Names, out: Lines
) -> None:
    back = inverse(plan, relation)
    theirs = plan.elements(relation.target, back.name, "holder") if back.many else ""
    knows = f"{name} in {theirs}" if back.many else f"holder.{back.name} is {name}"
    if relation.many:
        holders, mine = names.new("holders"), plan.elements(back.target, relation.name, name)
        with out.indented(f"if {mine}:"):
            out.add(f"{holders} = [holder for holder in {mine} if {knows}]")
            with out.indented(f"if {holders}:"):
                _raise(out, name, back.name, holders)
    else:
        other = f"{field}.{back.name}"
        theirs = plan.elements(relation.target, back.name, field) if back.many else ""
        test = f"{name} in {theirs}" if back.many else f"{other} is {name}"
        with out.indented(f"if {field} is not None and {test}:"):
            _raise(out, name, back.name, f"({field},)")


def _held_through_inverse(
    plan: Plan,
    entity: Entity,
    relation: Relation,
    name: str,
    used: set[str],
    names: Names,
    out: Lines,
) -> None:
    field = f"{name}.{relation.name}"
    if not relation.kept_by_generator:
        _by_hand(plan, relation, name, field, names, out)
    elif relation.on_delete == "clear":
        verb = "clear" if relation.many else "set"
        method = plan.methods[verb, f"{entity.name}.{relation.name}"]
        used.add(method)
        out.add(f"self.{method}({name})" if relation.many else f"self.{method}({name}, None)")
    elif relation.many:
        with out.indented(f"if {plan.elements(entity.name, relation.name, name)}:"):
            _raise(out, name, relation.inverse or relation.name, field)
    else:
        with out.indented(f"if {field} is not None:"):
            _raise(out, name, relation.inverse or relation.name, f"({field},)")


def _held_without_inverse(
    plan: Plan, owner: Entity, relation: Relation, name: str, names: Names, out: Lines
) -> None:
    """Nothing points back, so everyone is asked."""
    registry = f"self.{owner.registry}.values()"
    if relation.many:
        holds = f"{name} in {plan.elements(owner.name, relation.name, 'holder')}"
    else:
        holds = f"holder.{relation.name} is {name}"
    if relation.on_delete == "clear" and relation.kept_by_generator:
        with out.indented(f"for holder in {registry}:"), out.indented(f"if {holds}:"):
            field = f"holder.{relation.name}"
            out.add(f"{field}.remove({name})" if relation.many else f"{field} = None")
            for item in plan.following(owner.name, relation.name):
                out.add(f"self.{plan.methods['refresh', item.name]}(holder)")
        return
    found = names.new("holders")
    out.add(f"{found} = [holder for holder in {registry} if {holds}]")
    with out.indented(f"if {found}:"):
        _raise(out, name, relation.name, found)


def _holds(type_: Type, entity: str) -> bool:
    match resolved(type_):
        case EntityType(name):
            return name == entity
        case Optional(item) | ListType(item) | SetType(item) | HeapType(item):
            return _holds(item, entity)
        case MapType(key, value, _):
            return _holds(key, entity) or _holds(value, entity)
        case CountType():
            return False
        case _:
            return False


def _held_in_context(item: ContextItem, entity: Entity, name: str, out: Lines) -> None:
    """A collection is asked directly; what is inside the values of a map only when validating, for that
    is a walk over all of them."""
    value = f"self.{item.name}"
    match resolved(item.type):
        case Optional(inner) if _holds(inner, entity.name):
            test = f"{value} is {name}"
        case ListType(inner) if inner == EntityType(entity.name):
            test = f"{name} in {value}"
        case SetType(inner) | HeapType(inner) if inner == EntityType(entity.name):
            test = f"{name} in {value}.elements"
        case MapType(key, _, _) if key == EntityType(entity.name):
            test = f"{name} in {value}"
        case MapType(_, inner, _) if resolved(inner) == EntityType(entity.name):
            test = f"self.validate and {name} in {value}.values()"
        case MapType(_, inner, _) if isinstance(
            collection := resolved(inner), ListType | SetType | HeapType
        ) and collection.item == EntityType(entity.name):
            test = f"self.validate and any({name} in held for held in {value}.values())"
        case _:
            return
    with out.indented(f"if {test}:"):
        _raise(out, name, item.name, "()")
