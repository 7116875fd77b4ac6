"""The data of a machine, and what keeps it together: registries, derived collections, relations.

Whatever a snippet does to an entity goes through here, so that each derived collection follows at once
and both sides of a kept relation agree. Knows values and the checked model; evaluates the rules of
collections by asking ``look``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..checked import CheckedSpec, ContextItem, Relation
from ..checked import Entity as EntityModel
from ..items import Key
from ..snippets.ir import Expr
from ..types import CountType
from .containers import Collection, Heap, Map, Set
from .messages import fresh
from .values import Entity

Look = Callable[[Expr, dict[str, Any]], Any]
"""Evaluates an expression over some locals, changing nothing."""


class Request(NamedTuple):
    """What an entity is asked for, with its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()


@dataclass
class Derived:
    """A collection that follows its rule. ``holds`` are the entities for which the rule was true when
    it was looked at last; one of them may have been taken out of ``members`` early."""

    item: ContextItem
    members: Set | Heap
    holds: Set


class World:
    """Entities by kind and key, context, configuration. Whoever evaluates sets ``look``, and ``call``,
    which calls a procedure by its name with its arguments and the frame of its caller.

    ``touched`` are the entities that a step is about, whose invariants it checks; ``written`` are all of
    which anything was set, relations too, and those that came or went."""

    def __init__(
        self,
        spec: CheckedSpec,
        config: Mapping[str, Any],
        deviations: Mapping[str, bool],
        host: Any,
    ) -> None:
        self.spec = spec
        self.config = config
        self.deviations = deviations
        self.host = host
        self.look: Look = _nobody
        self.call: Callable[[str, list[Any], Any], Any] = _nobody
        self.now = 0.0
        self.log: deque[tuple[Any, ...]] = deque()
        self.host_results: list[tuple[str, Any]] = []
        self.touched: dict[Entity, None] = {}
        self.written: dict[Entity, None] = {}
        self.hits: set[Key] | None = None
        self.validate = False
        self.registries: dict[str, Map] = {name: Map() for name in spec.entities}
        self.context: dict[str, Any] = {}
        self.derived: dict[str, list[Derived]] = {name: [] for name in spec.entities}
        for item in spec.context.values():
            self._begin(item)

    def _begin(self, item: ContextItem) -> None:
        value = fresh(item.type, item.default, lambda entity: self._key(item, entity))
        if item.maintained == "generator":
            assert item.of is not None
            members = Set() if isinstance(item.type, CountType) else value
            self.derived[item.of].append(Derived(item, members, Set()))
            value = members
        self.context[item.name] = value

    def _key(self, item: ContextItem, entity: Entity) -> Any:
        assert item.key is not None
        return self.look(item.key, {self.model(entity).variable: entity})

    def mark(self, *key: Hashable) -> None:
        """Note what runs, if anybody wants to know."""
        if self.hits is not None:
            self.hits.add(key)

    # Reading

    def model(self, entity: Entity) -> EntityModel:
        return self.spec.entities[entity.kind]

    def datum(self, name: str) -> Any:
        """A value of the context; a count is a number."""
        value = self.context[name]
        return len(value) if isinstance(self.spec.context[name].type, CountType) else value

    def attribute(self, entity: Entity, name: str) -> Any:
        """A field, relation, key, state or configuration."""
        if name == "state":
            return entity.state
        if name == "configuration":
            return self.configuration(entity)
        return entity.key if name == entity.key_name else entity.fields[name]

    def configuration(self, entity: Entity) -> str:
        """The state, told apart by fields; ``ValueError`` if no configuration is like that."""
        model = self.model(entity)
        if not model.configured_by:
            return entity.state
        for configuration in model.configurations.values():
            fits = all(entity.fields[name] == value for name, value in configuration.fields)
            if configuration.state == entity.state and fits:
                return configuration.name
        raise ValueError(f"no configuration of {entity!r} has {entity.fields}")

    def request(self, entity: Entity, name: str, given: list[Any]) -> Request:
        """What an entity is asked for; arguments that are left out have their defaults."""
        fields = list(self.model(entity).requests[name].fields.values())
        left_out = [fresh(field.type, field.default) for field in fields[len(given) :]]
        return Request(name, (*given, *left_out))

    # Entities come and go

    def create(self, kind: str, key: Any, given: Mapping[str, Any]) -> Entity:
        """A new entity in its initial state; derived collections follow."""
        model = self.spec.entities[kind]
        entity = Entity(kind, model.key.name, key, model.initial)
        for field in model.fields.values():
            value = given[field.name] if field.name in given else fresh(field.type, field.default)
            self._put(entity, field.name, value)
        for relation in model.relations.values():
            kept = relation.kept_by_generator and relation.inverse is not None
            empty = Kept(self, entity, relation) if kept else Set()
            self._put(entity, relation.name, empty if relation.many else None)
        self.registries[kind][key] = entity
        self.touched[entity] = None
        self.follow(entity)
        return entity

    def become(self, entity: Entity, state: str) -> None:
        """Change the state; a deleting one takes the entity out of its registry."""
        entity.state = state
        entity.deleted = self.model(entity).requests[state].deletes
        self.follow(entity)
        if entity.deleted:
            del self.registries[entity.kind][entity.key]

    # Writing

    def write(self, entity: Entity, name: str, value: Any) -> None:
        """Assign to a field, or to a relation to one."""
        relation = self.model(entity).relations.get(name)
        if relation is None or not relation.kept_by_generator or relation.inverse is None:
            self._put(entity, name, value)
            self.follow(entity)
        elif value is not None:
            self.link(entity, relation, value)
        elif entity.fields[name] is not None:
            self.unlink(entity, relation, entity.fields[name])

    def reset(self, entity: Entity, group: str) -> None:
        """Give the fields of a group their defaults, all in one."""
        for field in self.model(entity).fields.values():
            if group in field.resets:
                self._put(entity, field.name, fresh(field.type, field.default))
        self.follow(entity)

    def _put(self, entity: Entity, name: str, value: Any) -> None:
        entity.fields[name] = value
        if isinstance(value, Collection) and not isinstance(value, Kept):
            value.own(lambda: self.follow(entity))

    def follow(self, entity: Entity) -> None:
        """Let each derived collection, in declared order, follow what has become of an entity.

        A rule that goes on being true doesn't bring back what was taken out early.
        """
        self.written[entity] = None
        for derived in self.derived[entity.kind]:
            assert derived.item.members is not None
            names = {self.model(entity).variable: entity}
            holds = not entity.deleted and bool(self.look(derived.item.members, names))
            if holds and entity not in derived.holds:
                derived.holds.add(entity)
                derived.members.add(entity)
            elif not holds and entity in derived.holds:
                derived.holds.discard(entity)
                derived.members.discard(entity)

    # Relations that are kept

    def inverse(self, relation: Relation) -> Relation:
        assert relation.inverse is not None
        return self.spec.entities[relation.target].relations[relation.inverse]

    def link(self, mine: Entity, relation: Relation, other: Entity) -> None:
        """Make two entities refer to each other; where there is one place only, who was there leaves.

        One change: the collections follow when all of it is done.
        """
        back = self.inverse(relation)
        left = []
        if not relation.many and mine.fields[relation.name] not in (None, other):
            left.append(mine.fields[relation.name])
            _take_out(left[-1], back, mine)
        if not back.many and other.fields[back.name] not in (None, mine):
            left.append(other.fields[back.name])
            _take_out(left[-1], relation, other)
        _put_in(mine, relation, other)
        _put_in(other, back, mine)
        for entity in (*left, mine, other):
            self.follow(entity)

    def unlink(self, mine: Entity, relation: Relation, other: Entity) -> None:
        """Make two entities forget each other."""
        _take_out(mine, relation, other)
        _take_out(other, self.inverse(relation), mine)
        self.follow(mine)
        self.follow(other)

    def unlink_all(self, mine: Entity, relation: Relation) -> None:
        """Make an entity and all that it refers to forget each other, in one."""
        held = mine.fields[relation.name]
        others = list(held) if relation.many else [] if held is None else [held]
        for other in others:
            _take_out(mine, relation, other)
            _take_out(other, self.inverse(relation), mine)
        for entity in (mine, *others):
            self.follow(entity)


class Kept(Set):
    """One side of a relation that is kept: whatever is done to it is done to the other side too."""

    __slots__ = ("entity", "relation", "world")

    def __init__(self, world: World, entity: Entity, relation: Relation) -> None:
        super().__init__()
        self.world, self.entity, self.relation = world, entity, relation

    def add(self, value: Any) -> None:
        self.world.link(self.entity, self.relation, value)

    def discard(self, value: Any) -> None:
        self.world.unlink(self.entity, self.relation, value)

    def clear(self) -> None:
        self.world.unlink_all(self.entity, self.relation)


def _put_in(mine: Entity, relation: Relation, other: Entity) -> None:
    """One side of a link; nobody is told yet."""
    if relation.many:
        Set.add(mine.fields[relation.name], other)
    else:
        mine.fields[relation.name] = other


def _take_out(mine: Entity, relation: Relation, other: Entity) -> None:
    """One side of a link goes; nobody is told yet."""
    if relation.many:
        Set.discard(mine.fields[relation.name], other)
    elif mine.fields[relation.name] is other:
        mine.fields[relation.name] = None


def _nobody(*_: Any) -> Any:
    raise AssertionError("a world without an evaluator")
