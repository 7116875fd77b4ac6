"""The machine in one state, loaded only as far as it is looked at.

The machine that acts here is the generated one; its values and its entities' fields are missing until
something reads them. Then they are thawed out of the state, and the slot is noted. What has been read
or written lies in the instances afterwards; so the scene tells, for a step, which slots it has read in
which order and how it has changed the state, and nothing else is ever loaded or compared.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from types import MemberDescriptorType
from typing import Any

from .codec import Dangling
from .frozen import order
from .slots import Kind, Layout, Slot, State

_MISSING = object()


class EntityKinds:
    """The kinds of slots of one entity. ``fields`` has ``state`` first, which is None while there is no
    entity of the key; ``order`` is for the slot with all keys in the order of creation."""

    def __init__(self, name: str, key: str, fields: Mapping[str, Kind], order: Kind) -> None:
        self.name = name
        self.key = key
        self.fields = fields
        self.order = order


class Registry(dict[Any, Any]):
    """The entities of one kind by key; each is looked for in the state when it is asked for."""

    def __init__(self, scene: Scene, kinds: EntityKinds) -> None:
        super().__init__()
        self._scene = scene
        self._kinds = kinds
        self._known: dict[Any, bool] = {}  # key -> whether it was there when the step began
        self.changes: list[tuple[Any, bool]] = []  # (key, whether it came or went), in order

    def reset(self) -> None:
        dict.clear(self)
        self._known.clear()
        self.changes.clear()

    def began_with(self, key: Any) -> bool:
        """Whether an entity of the key was there when the step began."""
        self._find(key)
        return self._known[key]

    def _find(self, key: Any) -> Any:
        if key in self._known:
            return dict.get(self, key)
        scene = self._scene
        slots = scene.slots_of(self._kinds.name, key)
        there = self._known[key] = scene.read_code(slots["state"]) != 0
        if not there:
            return None
        entity = scene.entity(self._kinds.name, key)
        dict.__setitem__(self, key, entity)
        return entity

    def get(self, key: Any, default: Any = None) -> Any:
        found = self._find(key)
        return default if found is None else found

    def __getitem__(self, key: Any) -> Any:
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return self._find(key) is not None

    def __setitem__(self, key: Any, entity: Any) -> None:
        self._find(key)
        vars(entity)["_slots"] = self._scene.slots_of(self._kinds.name, key)
        self._scene.enter(entity)
        dict.__setitem__(self, key, entity)
        self.changes.append((key, True))

    def __delitem__(self, key: Any) -> None:
        entity = self[key]
        vars(entity)["_gone"] = True
        dict.__delitem__(self, key)
        self.changes.append((key, False))

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        entity = self._find(key)
        if entity is None:
            if default is _MISSING:
                raise KeyError(key)
            return default
        del self[key]
        return entity

    def order(self) -> tuple[Any, ...]:
        """All keys, the oldest first."""
        keys = dict.fromkeys(self._scene.get(self._scene.layout.slot(self._kinds.order)))
        for key, came in self.changes:
            keys.pop(key, None)
            if came:
                keys[key] = None
        return tuple(sorted(keys, key=order) if self._kinds.order.unordered else keys)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.order())

    def __len__(self) -> int:
        return len(self.order())

    def __bool__(self) -> bool:
        return bool(self.order())

    def keys(self) -> Any:
        return self.order()

    def values(self) -> Any:
        return [self._find(key) for key in self.order()]

    def items(self) -> Any:
        return [(key, self._find(key)) for key in self.order()]


class Scene:
    """One machine, and the state that it is in. ``slots`` are those of its values and of the ghosts."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.state: State = 0
        self.read: list[Slot] = []
        self.machine: Any = None
        self.slots: dict[str, Slot] = {}
        self._kinds: dict[str, EntityKinds] = {}
        self._classes: dict[str, type[Any]] = {}
        self._registries: dict[str, Registry] = {}
        self._universe: dict[tuple[str, Hashable], dict[str, Slot]] = {}
        self._entities: dict[tuple[str, Hashable], Any] = {}
        self._entered: list[Any] = []
        self._written: dict[Slot, Any] = {}
        self._turn = 0
        self._blank: dict[str, Any] = {}

    # Setting up

    def add_entity(self, kinds: EntityKinds, class_: type[Any], registry: str) -> Registry:
        """Let the machine have entities of a class."""
        self._kinds[kinds.name] = kinds
        self._classes[kinds.name] = class_
        self._registries[kinds.name] = Registry(self, kinds)
        return self._registries[kinds.name]

    def lend(self, machine: Any) -> None:
        """Take the machine over: what it has now and what is in no slot is as it is in every state."""
        self.machine = machine
        registries = {self._kinds[name].name for name in self._registries}
        assert registries == set(self._kinds)
        self._blank = {k: v for k, v in vars(machine).items() if k not in self.slots}

    # One run

    def turn(self, state: State) -> None:
        """From now on, note what is read in this state."""
        self.state = state
        self.read = []
        self._turn += 1

    def reset(self) -> None:
        """Begin anew in the same state, and go on noting."""
        values = vars(self.machine)
        values.clear()
        values.update(self._blank)
        values["_host_results"], values["_touched"] = [], {}
        for registry in self._registries.values():
            registry.reset()
        self._entities.clear()
        self._entered.clear()
        self._written.clear()

    def note(self, slot: Slot) -> None:
        """A slot is read."""
        if slot.mark != self._turn:
            slot.mark = self._turn
            self.read.append(slot)

    def read_code(self, slot: Slot) -> int:
        """What a slot held when the step began, as bits of the state."""
        if slot.mark != self._turn:
            slot.mark = self._turn
            self.read.append(slot)
        return self.state & slot.mask

    def get(self, slot: Slot) -> Any:
        """The frozen value of a slot that no attribute has."""
        if slot in self._written:
            return self._written[slot]
        self.note(slot)
        return slot.value(self.state)

    def set(self, slot: Slot, value: Hashable) -> None:
        """Write a slot that no attribute has."""
        self._written[slot] = value

    # Entities

    def slots_of(self, name: str, key: Hashable) -> dict[str, Slot]:
        """The slots of an entity that is there or might be; made when its key turns up."""
        found = self._universe.get((name, key))
        if found is None:
            kinds = self._kinds[name].fields
            found = {field: self.layout.slot(kind, key) for field, kind in kinds.items()}
            self._universe[name, key] = found
        return found

    def keys_of(self, name: str) -> list[Any]:
        """Every key that has turned up for an entity."""
        return [key for entity, key in self._universe if entity == name]

    def registry(self, name: str) -> Registry:
        return self._registries[name]

    def entity(self, name: str, key: Hashable) -> Any:
        """The entity of a key, with nothing loaded but the key."""
        found = self._entities.get((name, key))
        if found is None:
            class_ = self._classes[name]
            found = object.__new__(class_)
            values = vars(found)
            values[self._kinds[name].key] = key
            values["_slots"] = self.slots_of(name, key)
            self._entities[name, key] = found
            self._entered.append(found)
        return found

    def enter(self, entity: Any) -> None:
        """An entity has been created."""
        key = getattr(entity, self._kinds[type(entity).__name__].key)
        self._entities[type(entity).__name__, key] = entity
        self._entered.append(entity)

    # What has changed

    def change(self) -> int:
        """What the run adds to the state. Counts as reading whatever was written."""
        change = 0
        state = self.state
        for slot, value in self._written.items():
            change += slot.code(value) - self.read_code(slot)
        slots = self.slots
        for name, value in vars(self.machine).items():
            if name in slots:
                slot = slots[name]
                freeze = slot.kind.functions.freeze
                code = slot.code(value if freeze is None else freeze(value))
                change += code - self.read_code(slot)
        for entity in self._entered:
            values = vars(entity)
            if len(values) > 2 and not entity._gone:
                fresh = values["_slots"]["state"].mask & state == 0
                for name, slot in values["_slots"].items():
                    if name in values:
                        value = values[name]
                        freeze = slot.kind.functions.freeze
                        code = slot.code(value if freeze is None else freeze(value))
                        # Whoever isn't there has 0 in all slots, and that was read with the first.
                        change += code if fresh else code - self.read_code(slot)
        for registry in self._registries.values():
            if registry.changes:
                change += self._registered(registry)
        return change

    def _registered(self, registry: Registry) -> int:
        change = 0
        kinds = registry._kinds
        for key in dict.fromkeys(key for key, _ in registry.changes):
            if not dict.__contains__(registry, key) and registry.began_with(key):
                for slot in self.slots_of(kinds.name, key).values():
                    change -= self.read_code(slot)
        slot = self.layout.slot(kinds.order)
        return change + slot.code(registry.order()) - self.read_code(slot)


def lazy_entity(class_: type[Any], scene: Scene) -> type[Any]:
    """The class again, with fields that are loaded when they are read."""

    def load(self: Any, name: str) -> Any:
        values = vars(self)
        slot: Slot | None = values["_slots"].get(name) if "_slots" in values else None
        if slot is None:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return _load(scene, values, slot, name)

    body = {
        name: value
        for name, value in vars(class_).items()
        if name not in ("__slots__", "__dict__", "__weakref__")
        and not isinstance(value, MemberDescriptorType)
    }
    return type(class_.__name__, class_.__bases__, body | {"__getattr__": load, "_gone": False})


class _Loaded:
    """In the place of a slot of the machine's class: what is not in the instance's dict is loaded."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.name = scene, name

    def __get__(self, machine: Any, owner: type[Any]) -> Any:
        slot = self.scene.slots.get(self.name)
        if slot is None or not self.scene._blank:
            raise AttributeError(f"{owner.__name__} has no {self.name}")
        return _load(self.scene, vars(machine), slot, self.name)


def lazy_machine(class_: type[Any], scene: Scene, **more: Any) -> type[Any]:
    """The class with values that are loaded when they are read, and are all kept in a dict; ``more`` are
    further attributes."""

    def load(self: Any, name: str) -> Any:
        slot = scene.slots.get(name)
        if slot is None or not scene._blank:
            raise AttributeError(f"{class_.__name__} has no {name}")
        return _load(scene, vars(self), slot, name)

    slots = [name for base in class_.__mro__ for name in vars(base).get("__slots__", ())]
    loaded = {name: _Loaded(scene, name) for name in slots if not name.startswith("__")}
    return type(class_.__name__, (class_,), {"__getattr__": load, **loaded, **more})


def _load(scene: Scene, values: dict[str, Any], slot: Slot, name: str) -> Any:
    scene.note(slot)
    value = slot.value(scene.state)
    thaw = slot.kind.functions.thaw
    if thaw is not None:
        value = thaw(scene, value)
    values[name] = value
    return value


def key_function(name: str) -> Callable[[Any], Any]:
    """What freezes an entity whose key is called so."""

    def key_of(entity: Any) -> Any:
        if entity._gone:
            raise Dangling(f"{type(entity).__name__} {getattr(entity, name)!r} was deleted")
        return getattr(entity, name)

    return key_of
