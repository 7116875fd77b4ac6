"""A machine of the interpreter that goes on from where a snapshot was taken.

Knows the inside of the interpreter's world, whose every collection it fills.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..checked import CheckedSpec, ContextItem
from ..interpreter import Entity, Machine, Observer, Reference
from ..interpreter.containers import Heap, Set
from ..interpreter.messages import fresh
from ..interpreter.world import Kept, World
from ..types import CountType
from .reading import Snapshot
from .values import Misfit, held, opaque, typed

STEP_BUDGET = 1_000_000


def restored(
    spec: CheckedSpec,
    snapshot: Snapshot,
    *,
    host: Any,
    clock: Callable[[], float],
    observer: Observer,
) -> Machine:
    """The machine; ``Misfit`` if the spec has no place for something that the snapshot holds."""
    config = {}
    for name, field in spec.config.items():
        if name in snapshot.config:
            config[name] = _fitting(
                f"the configuration's {name}", snapshot.config[name], field.type
            )
        elif field.required:
            raise Misfit(f"the recording has no {name} in its configuration")
    machine = Machine(
        spec,
        config=config,
        host=host,
        clock=clock,
        validate=snapshot.validate,
        deviations={k: v for k, v in snapshot.deviations.items() if k in spec.deviations},
        step_budget=STEP_BUDGET,
        observers=[observer],
    )
    machine.event_count = snapshot.events
    machine.world.now = snapshot.now
    _Filling(machine.world, snapshot).fill()
    return machine


def _fitting(what: str, raw: Any, type_: Any) -> Any:
    try:
        return typed(raw, type_)
    except (Misfit, TypeError, ValueError) as error:
        raise Misfit(f"{what}: {error}") from None


class _Filling:
    def __init__(self, world: World, snapshot: Snapshot) -> None:
        self.world = world
        self.snapshot = snapshot

    def fill(self) -> None:
        made: list[tuple[Entity, Mapping[str, Any]]] = []
        for kind, entities in self.snapshot.entities.items():
            for raw, state, fields in entities:
                made.append((self._entity(kind, opaque(raw), state), fields))
        for entity, fields in made:
            self._fields(entity, fields)
        for item in self.world.spec.context.values():
            self._context(item)

    def _entity(self, kind: str, key: Any, state: str) -> Entity:
        model = self.world.spec.entities.get(kind)
        if model is None or state not in model.states:
            raise Misfit(f"{key!r} is a {kind} in state {state}, which the spec doesn't know")
        entity = Entity(kind, model.key.name, key, state)
        self.world.registries[kind].entries[key] = entity
        return entity

    def _look(self, reference: Reference) -> Entity:
        found = self.world.registries[reference.kind].entries.get(reference.key)
        if found is None:
            raise Misfit(f"it speaks of {reference.kind} {reference.key!r}, and there is none")
        assert isinstance(found, Entity)
        return found

    def _fields(self, entity: Entity, fields: Mapping[str, Any]) -> None:
        model = self.world.model(entity)
        for field in model.fields.values():
            if field.name in fields:
                value = self._held(f"{entity!r}.{field.name}", fields[field.name], field.type)
            else:
                value = fresh(field.type, field.default)
            self.world._put(entity, field.name, value)
        for relation in model.relations.values():
            raw = fields.get(relation.name) or []
            keys = raw if relation.many and isinstance(raw, list) else [raw] if raw != [] else []
            others = [self._look(Reference(relation.target, opaque(key))) for key in keys]
            if not relation.many:
                self.world._put(entity, relation.name, others[0] if others else None)
                continue
            exact = relation.kept_by_generator and relation.inverse is not None
            many = Kept(self.world, entity, relation) if exact else Set()
            many.items.extend(others)
            self.world._put(entity, relation.name, many)

    def _held(self, what: str, raw: Any, type_: Any, key: Any = None) -> Any:
        try:
            return held(raw, type_, self._look, key)
        except (Misfit, TypeError, ValueError) as error:
            raise Misfit(f"{what}: {error}") from None

    def _context(self, item: ContextItem) -> None:
        raw = self.snapshot.context.get(item.name)
        there = item.name in self.snapshot.context

        def key(entity: Entity) -> Any:
            return self.world._key(item, entity)

        if item.maintained != "generator":
            if there:
                self.world.context[item.name] = self._held(item.name, raw, item.type, key)
            return
        (derived,) = (d for d in self.world.derived[item.of or ""] if d.item is item)
        assert item.members is not None
        model = self.world.spec.entities[item.of or ""]
        for entity in self.world.registries[model.name].entries.values():
            if self.world.look(item.members, {model.variable: entity}):
                derived.holds.items.append(entity)
        if isinstance(item.type, CountType) or not there:
            if isinstance(derived.members, Heap):
                for entity in derived.holds.items:
                    derived.members.add(entity)
            else:
                derived.members.items.extend(derived.holds.items)
            return
        filled = self._held(item.name, raw, item.type, key)
        if isinstance(derived.members, Heap):
            derived.members.entries, derived.members.count = filled.entries, filled.count
        else:
            derived.members.items.extend(filled.items)
