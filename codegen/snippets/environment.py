"""What a snippet can see: the declarations of the machine, and the surroundings of one snippet.

Plain data that whoever checks a spec fills in; the checks of snippets only read it. Knows the
checked model's declarations; knows nothing of YAML, of the raw spec or of how a snippet is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..checked import (
    ContextItem,
    Deviation,
    Entity,
    Event,
    Field,
    HostFunction,
    Instruction,
    NamedType,
)
from ..diagnostics import Span
from ..types import Type
from .ir import Effects

T = TypeVar("T")


@dataclass(frozen=True)
class Signature:
    """The head of a procedure: ``name(parameter: type, …) -> type``. ``returns`` is None without one."""

    name: str
    parameters: tuple[Field, ...]
    returns: Type | None
    span: Span


@dataclass
class Declarations:
    """Every name that a machine declares, by kind, each mapping in the order of the spec.

    ``context`` may hold items whose ``members`` and ``key`` aren't checked yet (None); whoever has
    checked them replaces the item, so that later snippets know what a write makes a derived
    collection do. ``families`` are the fields that all events of a family have. ``effects`` are the
    closed effects of the procedures; ``check_procedures`` fills it.
    """

    types: Mapping[str, NamedType] = field(default_factory=dict)
    config: Mapping[str, Field] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    context: dict[str, ContextItem] = field(default_factory=dict)
    instructions: Mapping[str, Instruction] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    families: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    procedures: Mapping[str, Signature] = field(default_factory=dict)
    host: Mapping[str, HostFunction] = field(default_factory=dict)
    deviations: Mapping[str, Deviation] = field(default_factory=dict)
    effects: dict[str, Effects] = field(default_factory=dict)

    def registry_of(self, name: str) -> Entity | None:
        """The entity whose registry is called ``name``."""
        return next((e for e in self.entities.values() if e.registry == name), None)


@dataclass(frozen=True)
class Surroundings:
    """Where a snippet stands.

    ``place`` is how messages call it (``the guard of queued -> running``). ``locals`` are the names
    that are certainly bound when it begins (subject, ``event``, arguments of the request, parameters,
    locals of the snippets before it) and their types, ``maybe`` the locals that an earlier snippet
    binds on some of its paths only. ``start`` names the entity of a transition, where ``start`` may be
    read.

    ``pure`` forbids everything that changes or asks for anything (guards, members, invariants, keys,
    subjects; host functions must be pure too). ``guard`` says that the outcome decides what happens,
    so that fields the explorer ignores can't be read. ``machine`` is False where only the locals can
    be seen (``members`` and ``key``). ``unique_requests`` says that two different requests for one
    entity are an error (transitions; in a handler the later one wins).

    ``procedure`` is the signature in whose body the snippet is. ``exports`` says that snippets after
    this one see its locals, so that nothing is said about an unused one.
    """

    place: str
    locals: Mapping[str, Type] = field(default_factory=dict)
    maybe: Mapping[str, Type] = field(default_factory=dict)
    start: str | None = None
    pure: bool = False
    guard: bool = False
    machine: bool = True
    unique_requests: bool = False
    procedure: Signature | None = None
    exports: bool = False


@dataclass(frozen=True)
class Checked(Generic[T]):
    """What checking a snippet gave. After an error (``ok`` is False) ``value`` is a harmless stand-in
    of the right shape.

    ``locals`` and ``maybe`` are the names bound when it ends, certainly and on some paths only, those
    it began with included: the ``locals`` and ``maybe`` of the next snippet's surroundings.
    ``assigned`` are the locals that it binds first, with the place; ``read`` those that it reads.
    """

    value: T
    ok: bool
    effects: Effects = field(default_factory=Effects)
    locals: Mapping[str, Type] = field(default_factory=dict)
    maybe: Mapping[str, Type] = field(default_factory=dict)
    assigned: Mapping[str, Span] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
