"""What becomes of references to an entity that is deleted: cleared, or an error.

Knows the world.
"""

from __future__ import annotations

from typing import Any

from ..checked import ContextItem, Relation
from .containers import Heap, List, Map, Set
from .reports import references_left
from .values import Entity
from .world import World


def let_go(world: World, entity: Entity) -> None:
    """The last part of a deletion: what is kept is let go of; ``ReferencesLeft`` if somebody refers to
    the entity and isn't to be cleared."""
    relations = world.model(entity).relations.values()
    for relation in relations:
        if not relation.is_inverse and relation.inverse is not None:
            _own(world, entity, relation)
    for relation in relations:
        if relation.is_inverse:
            _pointing_here(world, entity, relation)
    for kind, model in world.spec.entities.items():
        for relation in model.relations.values():
            if relation.target == entity.kind and relation.inverse is None:
                _one_way(world, entity, relation, kind)
    for item in world.spec.context.values():
        if item.maintained != "generator":
            _held_in_context(world, entity, item)


def _held(entity: Entity, relation: Relation) -> list[Entity]:
    """What an entity refers to."""
    value = entity.fields[relation.name]
    return list(value) if relation.many else [] if value is None else [value]


def _refers(holder: Entity, relation: Relation, entity: Entity) -> bool:
    return any(held is entity for held in _held(holder, relation))


def _own(world: World, entity: Entity, relation: Relation) -> None:
    """What the entity itself refers to forgets it; by hand, that has to be so already."""
    if relation.kept_by_generator:
        world.unlink_all(entity, relation)
    else:
        _by_hand(world, entity, relation)


def _pointing_here(world: World, entity: Entity, relation: Relation) -> None:
    """The side of a relation that tells who refers to the entity."""
    if not relation.kept_by_generator:
        _by_hand(world, entity, relation)
    elif relation.on_delete == "clear":
        world.unlink_all(entity, relation)
    elif holders := _held(entity, relation):
        raise references_left(entity, relation.inverse or relation.name, holders)


def _by_hand(world: World, entity: Entity, relation: Relation) -> None:
    """Nobody whom the entity refers to may refer back."""
    back = world.inverse(relation)
    holders = [other for other in _held(entity, relation) if _refers(other, back, entity)]
    if holders:
        raise references_left(entity, back.name, holders)


def _one_way(world: World, entity: Entity, relation: Relation, kind: str) -> None:
    """A relation without an inverse: everybody is asked."""
    holders = [
        holder for holder in world.registries[kind].values() if _refers(holder, relation, entity)
    ]
    if relation.on_delete == "clear" and relation.kept_by_generator:
        for holder in holders:
            if relation.many:
                holder.fields[relation.name].discard(entity)
            else:
                world.write(holder, relation.name, None)
    elif holders:
        raise references_left(entity, relation.name, holders)


def _held_in_context(world: World, entity: Entity, item: ContextItem) -> None:
    """The machine's own data. The values of a map are looked through when validating only."""
    value = world.context[item.name]
    if _is_in(value, entity) or (
        world.validate and isinstance(value, Map) and any(_is_in(v, entity) for v in value.values())
    ):
        raise references_left(entity, item.name, ())


def _is_in(value: Any, entity: Entity) -> bool:
    if isinstance(value, List | Set | Heap | Map):
        return any(held is entity for held in list(value))
    return value is entity
