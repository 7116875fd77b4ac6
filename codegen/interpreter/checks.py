"""What the spec promises, checked: invariants, rules of collections, what holds at rest.

Changes nothing. Knows the world.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..checked import ContextItem, Invariant
from .containers import Set
from .reports import broken, violated
from .values import Entity
from .world import World


def check_step(world: World, touched: Iterable[Entity]) -> None:
    """After a step: the machine, and each entity that was touched and is still there."""
    _machine(world)
    for entity in touched:
        if not entity.deleted:
            _entity(world, entity)


def check_all(world: World) -> None:
    """Everything; ``InvariantViolated`` for the first that fails."""
    _machine(world)
    for registry in world.registries.values():
        for entity in list(registry.values()):
            _entity(world, entity)
    for item in world.spec.context.values():
        if item.maintained == "generator" and not item.early:
            _rule(world, item)


def check_at_rest(world: World) -> None:
    """What must hold when nothing is open and nothing is promised."""
    for invariant in world.spec.at_quiescence:
        if invariant.entity is None:
            _check(world, invariant, None)
        else:
            for entity in list(world.registries[invariant.entity].values()):
                _check(world, invariant, entity)


def _machine(world: World) -> None:
    for invariant in world.spec.invariants:
        if invariant.entity is None:
            _check(world, invariant, None)
    for item in world.spec.context.values():
        if item.maintained == "hand":
            _rule(world, item)


def _entity(world: World, entity: Entity) -> None:
    for invariant in world.spec.invariants:
        if invariant.entity == entity.kind:
            _check(world, invariant, entity)


def _check(world: World, invariant: Invariant, entity: Entity | None) -> None:
    names = {} if entity is None else {world.model(entity).variable: entity}
    if invariant.when is not None and not world.look(invariant.when, names):
        return
    if not world.look(invariant.holds, names):
        raise broken(world, invariant, entity)


def _rule(world: World, item: ContextItem) -> None:
    """Whether a collection holds just those entities for which its rule is true."""
    assert item.of is not None
    assert item.members is not None
    model = world.spec.entities[item.of]
    entities = list(world.registries[item.of].values())
    members = Set(e for e in entities if world.look(item.members, {model.variable: e}))
    if world.context[item.name] != members:
        raise violated(world, f"{item.name} follows its rule", None, item.members.span)
