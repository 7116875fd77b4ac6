"""Derived collections and counts: what follows a change of state, and the methods that follow fields.

Where the state alone decides, only the ``add`` or ``discard`` that is needed is written. Knows the plan.
"""

from __future__ import annotations

from ..checked import ContextItem, Entity
from ..types import CountType, EntityType, SetType
from .expressions import AND, Expressions
from .lines import Lines
from .plan import Plan
from .scope import Scope
from .sets import added, discarded
from .texts import literal, quoted


def follow_state(
    plan: Plan, entity: Entity, start: str | None, target: str | None, name: str
) -> list[str]:
    """What the derived collections do when ``name`` goes from the state ``start`` (None: it is new) to
    ``target`` (None: it is deleted), in declared order."""
    lines: list[str] = []
    for item in plan.derived(entity.name):
        if start is not None and target is not None and not plan.reads_state(item):
            continue
        before = False if start is None else plan.member(item, start)
        after = False if target is None else plan.member(item, target)
        lines += _follow(plan, item, before, after, name)
    return lines


def _follow(
    plan: Plan, item: ContextItem, before: bool | None, after: bool | None, name: str
) -> list[str]:
    if before is not None and before == after:
        return []
    if after is None:
        return [f"self.{plan.methods['refresh', item.name]}({name})"]
    if isinstance(item.type, CountType):
        if plan.is_static(item):
            return [f"self.{item.name} {'+=' if after else '-='} 1"]
        members = plan.methods["members", item.name]
        change = "add" if after else "discard"
        return [f"self.{members}.{change}({name})", f"self.{item.name} = len(self.{members})"]
    return _put(item, f"self.{item.name}", name, after=after)


def _put(item: ContextItem, collection: str, name: str, *, after: bool) -> list[str]:
    if isinstance(item.type, SetType):
        if after:
            return [added(f"{collection}.elements", name)]
        return [discarded(f"{collection}.elements", name)]
    if after or not item.early:
        return [f"{collection}.{'add' if after else 'discard'}({name})"]
    # It has been taken out already, most of the time.
    return [f"if {name} in {collection}.elements:", f"    {collection}.remove({name})"]


def refresh_method(plan: Plan, item: ContextItem, out: Lines) -> None:
    """The method that puts an entity into a derived collection, or takes it out, by its rule."""
    assert item.members is not None
    assert item.of is not None
    entity = plan.spec.entities[item.of]
    scope = Scope(pure=True)
    name = scope.bind(entity.variable, EntityType(entity.name))
    expressions = Expressions(plan, scope)
    test = expressions.test(item.members)
    deleting = tuple(r.name for r in entity.requests.values() if r.deletes)
    if deleting:
        # What is done to an entity after its deletion must not bring it back.
        gone = f"!= {quoted(deleting[0])}" if len(deleting) == 1 else f"not in {literal(deleting)}"
        test = f"{name}.state {gone} and {expressions.at(item.members, AND)}"
    collection = f"self.{item.name}"
    if isinstance(item.type, CountType):
        collection = f"self.{plan.methods['members', item.name]}"
    with out.indented(
        f"def {plan.methods['refresh', item.name]}(self, {name}: {entity.name}) -> None:"
    ):
        out.add(f'"""Let `{item.name}` follow a change of {name}."""')
        with out.indented(f"if {test}:"):
            out.extend(_put(item, collection, name, after=True))
        with out.indented("else:"):
            out.extend(_put(item, collection, name, after=False))
        if isinstance(item.type, CountType):
            out.add(f"self.{item.name} = len({collection})")
