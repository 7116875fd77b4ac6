"""Relations that the generator keeps: a change on one side is a change on both.

Knows the plan and how expressions are written. ``relation_change`` is what a statement that changes
such a relation becomes; ``relation_methods`` are the methods of the machine that it may call.
"""

from __future__ import annotations

from ..checked import Entity, Relation
from ..snippets.ir import Attribute, Expr, Local
from ..types import EntityType
from .expressions import ATOM, Expressions
from .lines import Lines
from .plan import Plan
from .scope import Names
from .sets import added, discarded, emptied


def kept(plan: Plan, entity: str, name: str) -> Relation | None:
    """The relation if the generator keeps it together with an inverse."""
    relation = plan.spec.entities[entity].relations.get(name)
    if relation is None or not relation.kept_by_generator or relation.inverse is None:
        return None
    return relation


def is_plain(plan: Plan, relation: Relation) -> bool:
    """Whether both sides are sets that no derived collection looks at: two lines, no method."""
    other = inverse(plan, relation)
    return (
        relation.many
        and other.many
        and not plan.following(other.target, relation.name)
        and not plan.following(relation.target, other.name)
    )


def inverse(plan: Plan, relation: Relation) -> Relation:
    assert relation.inverse is not None
    return plan.spec.entities[relation.target].relations[relation.inverse]


def relation_change(
    plan: Plan,
    expressions: Expressions,
    target: Expr,
    method: str | None,
    arguments: tuple[Expr, ...],
) -> list[str] | None:
    """Lines for ``target.method(arguments)``, or ``target = argument`` without a method, if ``target`` is a
    relation that the generator keeps; None if it isn't."""
    if not isinstance(target, Attribute) or not isinstance(target.target.type, EntityType):
        return None
    owner = target.target.type.name
    relation = kept(plan, owner, target.name)
    if relation is None:
        return None
    mine = expressions.at(target.target, ATOM)
    name = f"{owner}.{relation.name}"
    if method is None:
        return [f"self.{plan.methods['set', name]}({mine}, {expressions.text(arguments[0])})"]
    if method == "clear":
        return [f"self.{plan.methods['clear', name]}({mine})"]
    other = expressions.text(arguments[0])
    simple = isinstance(target.target, Local) and isinstance(arguments[0], Local)
    if simple and is_plain(plan, relation):
        if method == "add":
            return [
                *_put(plan, relation, owner, mine, other),
                *_put(plan, inverse(plan, relation), relation.target, other, mine),
            ]
        here = plan.elements(owner, relation.name, mine)
        there = plan.elements(relation.target, inverse(plan, relation).name, other)
        return [
            f"del {here}[{other}]" if method == "remove" else discarded(here, other),
            discarded(there, mine),
        ]
    lines = []
    if method == "remove":
        lines = [f"del {plan.elements(owner, relation.name, mine)}[{other}]"]
    verb = "link" if method == "add" else "unlink"
    return [*lines, f"self.{plan.methods[verb, name]}({mine}, {other})"]


def relation_methods(
    plan: Plan, entity: Entity, used: set[str], written: set[str], out: Lines
) -> None:
    """The methods of an entity's kept relations whose names are in ``used``, but for those that are in
    ``written``, to which they are added; what they call in their turn is added to ``used``."""
    for relation in entity.relations.values():
        if kept(plan, entity.name, relation.name) is None:
            continue
        name = f"{entity.name}.{relation.name}"
        names = Names({"self"})
        mine = names.new(entity.variable)
        wish = plan.spec.entities[relation.target].variable
        other = names.new(wish if wish != mine else f"other_{wish}")
        for verb in ("set", "clear", "link", "unlink"):
            method = plan.methods[verb, name]
            if method not in used or method in written:
                continue
            written.add(method)
            writer = {"set": _set, "clear": _clear, "link": _link, "unlink": _unlink}[verb]
            out.add("")
            writer(plan, entity, relation, mine, other, used, out)


def _head(method: str, parameters: str) -> str:
    return f"def {method}(self, {parameters}) -> None:"


def _set(
    plan: Plan,
    entity: Entity,
    relation: Relation,
    mine: str,
    other: str,
    used: set[str],
    out: Lines,
) -> None:
    name = f"{entity.name}.{relation.name}"
    link, unlink = plan.methods["link", name], plan.methods["unlink", name]
    used |= {link, unlink}
    parameters = f"{mine}: {entity.name}, {other}: {relation.target} | None"
    with out.indented(_head(plan.methods["set", name], parameters)):
        out.add(f'"""Let `{relation.name}` be another one, and let both sides know."""')
        with out.indented(f"if {other} is not None:"):
            out.add(f"self.{link}({mine}, {other})")
        with out.indented(f"elif {mine}.{relation.name} is not None:"):
            out.add(f"self.{unlink}({mine}, {mine}.{relation.name})")


def _clear(
    plan: Plan,
    entity: Entity,
    relation: Relation,
    mine: str,
    other: str,
    used: set[str],
    out: Lines,
) -> None:
    name = f"{entity.name}.{relation.name}"
    parameters = f"{mine}: {entity.name}"
    with out.indented(_head(plan.methods["clear", name], parameters)):
        out.add(f'"""Empty `{relation.name}`, and let the other side know."""')
        here = plan.elements(entity.name, relation.name, mine)
        if is_plain(plan, relation):
            there = plan.elements(relation.target, inverse(plan, relation).name, other)
            with out.indented(f"for {other} in {here}:"):
                out.add(discarded(there, mine))
            shared = (entity.name, relation.name) in plan.shared_sets
            out.extend(emptied(here, shared=shared))
        else:
            unlink = plan.methods["unlink", name]
            used.add(unlink)
            with out.indented(f"for {other} in list({here}):"):
                out.add(f"self.{unlink}({mine}, {other})")


def _link(
    plan: Plan,
    entity: Entity,
    relation: Relation,
    mine: str,
    other: str,
    used: set[str],
    out: Lines,
) -> None:
    back = inverse(plan, relation)
    name = f"{entity.name}.{relation.name}"
    parameters = f"{mine}: {entity.name}, {other}: {relation.target}"
    with out.indented(_head(plan.methods["link", name], parameters)):
        out.add(f'"""Add to `{relation.name}`, on both sides."""')
        # Who was there leaves; where there is one place only, its owner is never without one in between.
        for side, holder, mate in ((relation, mine, other), (back, other, mine)):
            if not side.many:
                _leave(plan, side, holder, mate, out)
        out.extend(_put(plan, relation, entity.name, mine, other))
        out.extend(_put(plan, back, relation.target, other, mine))
        _follow(plan, relation, back, mine, other, out)


def _leave(plan: Plan, relation: Relation, mine: str, other: str, out: Lines) -> None:
    """Whoever had the one place of ``relation`` before, and isn't ``other``, forgets ``mine``."""
    back = inverse(plan, relation)
    before = f"{mine}.{relation.name}"
    with out.indented(f"if {before} is not None and {before} is not {other}:"):
        if back.many:
            out.add(discarded(plan.elements(relation.target, back.name, before), mine))
        else:
            out.add(f"{before}.{back.name} = None")
        for item in plan.following(relation.target, back.name):
            out.add(f"self.{plan.methods['refresh', item.name]}({before})")


def _unlink(
    plan: Plan,
    entity: Entity,
    relation: Relation,
    mine: str,
    other: str,
    used: set[str],
    out: Lines,
) -> None:
    back = inverse(plan, relation)
    name = f"{entity.name}.{relation.name}"
    parameters = f"{mine}: {entity.name}, {other}: {relation.target}"
    with out.indented(_head(plan.methods["unlink", name], parameters)):
        out.add(f'"""Take out of `{relation.name}`, on both sides."""')
        for side, owner, a, b in (
            (relation, entity.name, mine, other),
            (back, relation.target, other, mine),
        ):
            if side.many:
                out.add(discarded(plan.elements(owner, side.name, a), b))
            else:
                with out.indented(f"if {a}.{side.name} is {b}:"):
                    out.add(f"{a}.{side.name} = None")
        _follow(plan, relation, back, mine, other, out)


def _put(plan: Plan, relation: Relation, owner: str, mine: str, other: str) -> list[str]:
    """Lines that let ``mine``, an ``owner``, know of ``other``."""
    if not relation.many:
        return [f"{mine}.{relation.name} = {other}"]
    elements = plan.elements(owner, relation.name, mine)
    return [*plan.own(owner, relation.name, mine), added(elements, other)]


def _follow(
    plan: Plan, relation: Relation, back: Relation, mine: str, other: str, out: Lines
) -> None:
    for owner, field, variable in (
        (back.target, relation.name, mine),
        (relation.target, back.name, other),
    ):
        for item in plan.following(owner, field):
            out.add(f"self.{plan.methods['refresh', item.name]}({variable})")


def inexact(plan: Plan, entity: Entity, relation: Relation, mine: str) -> str:
    """A condition that is true when the other side of a kept relation doesn't know of this one."""
    back = inverse(plan, relation)
    if relation.many:
        lost = (
            f"{mine} not in {plan.elements(relation.target, back.name, 'other')}"
            if back.many
            else f"other.{back.name} is not {mine}"
        )
        return f"any({lost} for other in {plan.elements(entity.name, relation.name, mine)})"
    other = f"{mine}.{relation.name}"
    knows = (
        f"{mine} not in {plan.elements(relation.target, back.name, other)}"
        if back.many
        else f"{other}.{back.name} is not {mine}"
    )
    return f"{other} is not None and {knows}"
