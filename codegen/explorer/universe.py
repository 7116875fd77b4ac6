"""What a state of a world consists of: the kinds of slots of a machine and its environment.

Knows the checked model, the package in memory and the codec. ``Universe`` holds the scene with the
machine in it, and what is open, in transit and counted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

from lawful.runtime import DefaultMap, OrderedSet

from ..checked import CheckedSpec
from ..dependence.promises import claimed
from ..generate.annotations import resolved
from ..snippets.ir import Attribute
from ..types import (
    BOOL,
    EntityType,
    MapType,
    Optional,
    SetType,
    Type,
)
from ..world import Datum, Environment
from .building import build, load
from .codec import Codec, Functions, Rename
from .frozen import frozen, heap_of, order
from .functions import Draft
from .functions import Functions as Written
from .lowering import Ranked, ranks_of
from .observing import observed
from .scene import EntityKinds, Scene, key_function, lazy_entity, lazy_machine
from .slots import Kind, Layout, Slot

Message: TypeAlias = tuple[Any, ...]
"""An event or an instruction, frozen: the name of its class, then its fields in order."""


STEP_BUDGET = 10_000
"""Transitions and loop rounds of one event; a step of a small world that needs more has no end."""


class Universe:
    """The machine in a scene, and every slot beside those of the machine's own data.

    ``spec_name`` is how places in the spec are spoken of. ``twin``: the machine marks what is run.
    """

    def __init__(
        self, spec: CheckedSpec, environment: Environment, spec_name: str, *, twin: bool = False
    ) -> None:
        self.spec = spec
        self.environment = environment
        self.layout = Layout()
        self.scene = Scene(self.layout)
        self.package = build(
            spec, spec_name, lambda class_: lazy_entity(class_, self.scene), twin=twin
        )
        self.plan = self.package.plan
        self.codec = Codec(self.plan, environment.representations)
        self.written = Written(self.plan, self.codec)
        self._asked: dict[tuple[str, str], tuple[Type, str]] = {}
        self._types: dict[str, tuple[tuple[str, Type], ...]] = {
            name: tuple((f.name, f.type) for f in fields.values())
            for name, fields in (
                *((e.name, e.fields) for e in spec.events.values()),
                *((i.name, i.fields) for i in spec.instructions.values()),
            )
        }
        self.functions: dict[str, Any] = {}
        self.choices: Any = None
        self.host: Any = None
        self.ranked: dict[int, Ranked] = {}  # kinds of slots in which numbers count by their order

    # Setting up

    def compile(self) -> None:
        """Make the functions that have been written, and the machine with all its slots."""
        for message, parts in self._types.items():
            self._message_functions(message, parts)
        for ghost in self.environment.ghosts.values():
            self._constant(f"first_{ghost.name}", ghost.type, ghost.default)
        for option, datum in self.environment.config.items():
            self._constant(f"config_{option}", self.spec.config[option].type, datum)
        for name, datum in self.environment.context.items():
            self._constant(f"context_{name}", self.spec.context[name].type, datum)
        for entity in self.spec.entities.values():
            with self.codec.out.indented(f"def rename_key_{entity.name}(value, names):"):
                self.codec.out.add(f"return {self.codec.rename(entity.key.type, 'value')}")
            self.codec.out.add("")
        fields = self._fields_ = self._fields()
        observed_ = observed(self.spec, self.environment)
        self.unordered = {
            where
            for where, (type_, _, _) in fields.items()
            if isinstance(resolved(type_), SetType | MapType) and where not in observed_
        } | {(name, "") for name in self.spec.entities if (name, "") not in observed_}
        names = {
            where: self.codec.ask(type_, sorted_=where in self.unordered, heap_key=heap_key)
            for where, (type_, _, heap_key) in fields.items()
        }
        known: dict[str, Any] = dict(vars(self.package.modules["machine"]))
        known |= {n: vars(self.package.modules["events"])[n] for n in self.spec.events}
        known |= {f"key_of_{e.name}": key_function(e.key.name) for e in self.spec.entities.values()}
        known |= {"Draft": Draft, "heap_of": heap_of, "order": order}
        known |= {"OrderedSet": OrderedSet, "DefaultMap": DefaultMap, "partial": partial}
        self.text = self.codec.out.text() + "\n" + self.written.out.text() + "\n"
        module = load(
            f"{self.package.modules['machine'].__package__}.environment", self.text, **known
        )
        self.functions = vars(module)
        functions = {w: self.codec.found(self.functions, n) for w, n in names.items()}
        self._kinds(fields, functions)

    def _constant(self, name: str, type_: Type, datum: Datum) -> None:
        """``name()``: a fresh value, from how it is written."""
        with self.codec.out.indented(f"def {name}():"):
            value = repr(self.frozen(type_, datum))
            self.codec.out.add(f"return {self.codec.thaw(type_, value)}")
        self.codec.out.add("")

    def _message_functions(self, name: str, fields: tuple[tuple[str, Type], ...]) -> None:
        codec = self.codec
        frozen_ = "".join(f"{codec.freeze(t, f'message.{n}')}, " for n, t in fields)
        out = codec.out
        with out.indented(f"def freeze_{name}(message):"):
            out.add(f"return ({name!r}, {frozen_})")
        out.add("")
        given = "".join(
            f"{n}={codec.thaw(t, f'frozen[{at}]')}, " for at, (n, t) in enumerate(fields, 1)
        )
        with out.indented(f"def thaw_{name}(scene, frozen):"):
            out.add(f'return {name}({given}stimulus_id="explored")')
        out.add("")
        renamed = "".join(
            f"{codec.rename(t, f'frozen[{at}]')}, " for at, (_, t) in enumerate(fields, 1)
        )
        with out.indented(f"def rename_{name}(frozen, names):"):
            out.add(f"return ({name!r}, {renamed})")
        out.add("")

    def _fields(self) -> dict[tuple[str, str], tuple[Type, str, str]]:
        """(entity or nothing, name) -> its type, ``explore``, and the function that orders its heaps."""
        found: dict[tuple[str, str], tuple[Type, str, str]] = {}
        for item in self.spec.context.values():
            heap_key = "" if item.key is None else self.plan.methods["key", item.name]
            found["", item.name] = item.type, item.explore, heap_key
        for ghost in self.environment.ghosts.values():
            found["", ghost.name] = ghost.type, "exact", ""
        for entity in self.spec.entities.values():
            for field in entity.fields.values():
                found[entity.name, field.name] = field.type, field.explore, ""
            for relation in entity.relations.values():
                target = EntityType(relation.target)
                type_: Type = SetType(target) if relation.many else Optional(target)
                found[entity.name, relation.name] = type_, "exact", ""
        return found

    def _kinds(
        self,
        fields: Mapping[tuple[str, str], tuple[Type, str, str]],
        functions: Mapping[tuple[str, str], Functions],
    ) -> None:
        layout, scene = self.layout, self.scene
        promised = claimed(self.spec, self.environment)
        class_ = lazy_machine(self.package.machine, scene, DEVIATIONS=self._deviations())
        machine = class_(**self._options())
        for name in self.environment.ghosts:
            setattr(machine, name, self.functions[f"first_{name}"]())
        for name, value in self.begun_with().items():
            setattr(machine, name, value)
        for where, (type_, explore, _) in fields.items():
            group, name = where
            if not group:
                freeze = functions[where].freeze
                first = getattr(machine, name)
                first = first if freeze is None else freeze(first)
                kind = layout.kind(Kind("", name, first, functions[where], self._bits(type_)))
                kind.counts = explore != "ignore" or where in promised
                kind.unordered = where in self.unordered
                self._rank(kind, type_, explore)
                scene.slots[name] = layout.slot(kind)
        for entity in self.spec.entities.values():
            states = len(entity.states) + 1
            kinds = {
                "state": layout.kind(Kind(entity.name, "state", None, bits=states.bit_length()))
            }
            blank = self._blank(entity.name)
            for where, (type_, explore, _) in fields.items():
                group, name = where
                if group == entity.name:
                    freeze = functions[where].freeze
                    first = getattr(blank, name)
                    first = first if freeze is None or first is None else freeze(first)
                    kind = layout.kind(
                        Kind(group, name, first, functions[where], self._bits(type_))
                    )
                    kind.counts = explore != "ignore" or where in promised
                    kind.unordered = where in self.unordered
                    self._rank(kind, type_, explore)
                    kinds[name] = kind
            rename_key = self.functions[f"rename_key_{entity.name}"]
            for kind in kinds.values():
                kind.rename_key = rename_key
            unordered = (entity.name, "") in self.unordered
            order = layout.kind(
                Kind(entity.name, "", (), Functions(rename=_each(rename_key, unordered)), bits=2)
            )
            order.unordered = unordered
            found = EntityKinds(entity.name, entity.key.name, kinds, order)
            registry = scene.add_entity(found, self.package.entity(entity.name), entity.registry)
            setattr(machine, entity.registry, registry)
        scene.lend(machine)
        self.machine = machine
        self.open = layout.kind(Kind("open", "", 0))
        self.open.rename_key = self.rename
        in_transit = Functions(rename=_each(self.rename, False))
        self.channel = {
            name: layout.slot(layout.kind(Kind("channel", name, (), in_transit, bits=2)))
            for name in self.environment.channels
        }
        self.taken = layout.kind(Kind("taken", "", 0))

    def _rank(self, kind: Kind, type_: Type, explore: str) -> None:
        """Take note of a kind of slots with numbers of which only the order counts."""
        item = self.spec.context.get(kind.field) if not kind.group else None
        by = item.key if item is not None else None
        by_heap = (
            isinstance(by, Attribute)
            and isinstance(by.target.type, EntityType)
            and self.spec.entities[by.target.type.name].fields[by.name].explore == "rank"
        )
        ranks = ranks_of(type_, explore == "rank", by_heap, self.codec.resolved)
        if ranks is not None:
            self.ranked[kind.index] = ranks

    def _blank(self, entity: str) -> Any:
        """An entity as it is created; a field that has to be given is None."""
        class_ = self.package.entity(entity)
        declared = self.spec.entities[entity]
        required = {f.name: None for f in declared.fields.values() if f.required}
        return class_(None, **required)

    def _bits(self, type_: Type) -> int:
        return 1 if resolved(type_) == BOOL else 2

    def _deviations(self) -> dict[str, bool]:
        own: dict[str, bool] = {d.name: d.on for d in self.spec.deviations.values()}
        return own | dict(self.environment.deviations)

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "clock": self._clock if "now" in self.environment.host else lambda: 0.0,
            "history_limit": 0,
            "log_limit": 0,
            "step_budget": STEP_BUDGET,
        }
        options |= self.configured()
        if any(name != "now" for name in self.spec.host):
            options["host"] = self.host
        return options

    def configured(self) -> dict[str, Any]:
        """The configuration values that the environment gives, fresh."""
        return {name: self.functions[f"config_{name}"]() for name in self.environment.config}

    def begun_with(self) -> dict[str, Any]:
        """What the environment puts into the machine's context, fresh."""
        return {name: self.functions[f"context_{name}"]() for name in self.environment.context}

    def _clock(self) -> float:
        now: float = self.host.now()
        return now

    # Values

    def frozen(self, type_: Type, datum: Datum) -> Hashable:
        """The frozen form of a value as it is written in an environment."""
        return frozen(self.codec.resolved, type_, datum)

    def fields(self, message: str) -> tuple[tuple[str, Type], ...]:
        return self._types[message]

    def type_of(self, group: str, name: str) -> Type:
        """The type of a field of an entity, or, without one, of the context or a ghost."""
        return self._fields_[group, name][0]

    def freeze(self, message: Any) -> Message:
        """An event or an instruction as part of a state."""
        name = type(message).__name__
        found: Message = self.functions[f"freeze_{name}"](message)
        return found

    def thaw(self, message: Message) -> Any:
        """A fresh event or instruction."""
        return self.functions[f"thaw_{message[0]}"](self.scene, message)

    def rename(self, message: Message, names: Mapping[str, str]) -> Message:
        """A message with symmetric values renamed."""
        renamed: Message = self.functions[f"rename_{message[0]}"](message, names)
        return renamed

    def open_slots(self) -> Iterable[Slot]:
        return (slot for slot in self.layout.slots if slot.kind is self.open)


def _each(rename: Rename, unordered: bool) -> Rename:
    """What renames each of several values."""

    def renamed(value: Any, names: Mapping[str, str]) -> Any:
        found = [rename(one, names) for one in value]
        return tuple(sorted(found, key=order)) if unordered else tuple(found)

    return renamed
