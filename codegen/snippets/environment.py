"""What a snippet can see: the declarations of the machine, and the surroundings of one snippet.

Plain data that whoever checks a spec fills in; the checks of snippets only read it. Knows the
checked model's declarations; knows nothing of YAML, of the raw spec or of how a snippet is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar

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
from ..diagnostics import Diagnostics, Span
from ..types import Type, holds_unknown, unify
from .ir import Effects

T = TypeVar("T")

MAX_ROUNDS = 8  # each round settles at least one local's type a little more; real code needs two


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
    changed_parameters: dict[str, frozenset[str]] = field(default_factory=dict)

    def registry_of(self, name: str) -> Entity | None:
        """The entity whose registry is called ``name``."""
        return next((e for e in self.entities.values() if e.registry == name), None)


class LocalTypes:
    """The types of the locals of one generated function, over all snippets that end up in it.

    A local has one type: the least that accepts everything it is ever given. It may become clear only
    in a later snippet (``refresh = []`` here, ``refresh.append(key)`` there), so the snippets are
    checked again until nothing changes: see ``settled``.
    """

    def __init__(self) -> None:
        self.known: dict[str, Type] = {}
        self.places: dict[str, Span] = {}
        self.declared: set[str] = set()
        self.changed = False

    def begin(self) -> None:
        """A new round over all the snippets."""
        self.declared = set()
        self.changed = False

    def bind(self, name: str, type_: Type, span: Span) -> Type | None:
        """The type of the local now that it is given a value of ``type_``; None if no type accepts both
        what it had before and this."""
        known = self.known.get(name)
        if known is None:
            self.known[name] = type_
            self.places[name] = span
            return type_
        merged = unify(known, type_)
        if merged is not None and merged != known:
            self.known[name] = merged
            self.changed = True
        return merged

    def first(self, name: str) -> bool:
        """Whether this is the first place of the round that gives the local a value."""
        if name in self.declared:
            return False
        self.declared.add(name)
        return True


def settled(build: Callable[[LocalTypes, Diagnostics], T], diagnostics: Diagnostics) -> T:
    """What ``build`` gives once the types of the locals have settled. ``build`` checks all the snippets
    of one generated function and hands ``LocalTypes`` to each one's surroundings; it is called again,
    with fresh diagnostics, as long as a type changes. Only the last round's diagnostics count."""
    types = LocalTypes()
    rounds = 0
    while True:
        types.begin()
        scratch = Diagnostics()
        result = build(types, scratch)
        rounds += 1
        if not types.changed or rounds == MAX_ROUNDS:
            break
    if not scratch.has_errors:
        for name, type_ in types.known.items():
            if holds_unknown(type_):
                scratch.error(
                    "LF389",
                    types.places[name],
                    f'Nothing tells what "{name}" holds: it is empty and nothing is put into it.',
                )
    diagnostics.found.update(scratch.found)
    return result


@dataclass(frozen=True)
class Owner:
    """Whose a mutable collection is that an expression reads. ``kind`` is ``field``, ``context``,
    ``relation``, ``derived``, ``registry``, ``event``, ``config``, ``parameter``, ``given`` (away, to
    an instruction); ``root`` the field or context item that changes when the collection does, or the
    parameter; ``what`` is its name for messages."""

    kind: str
    root: tuple[str, str]
    what: str

    @property
    def read_only(self) -> bool:
        return self.kind in ("derived", "registry", "event", "config", "given")


Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Knowledge:
    """What is known at a point of the flow beyond the types: ``narrowed`` paths (``task.coming_from``
    isn't None here), the ``owners`` of locals that alias a collection, and what was ``asked`` of an
    entity already (request and place)."""

    narrowed: Mapping[Path, Type] = field(default_factory=dict)
    owners: Mapping[str, Owner] = field(default_factory=dict)
    asked: Mapping[Path, tuple[str, Span]] = field(default_factory=dict)


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
    this one see its locals, so that nothing is said about an unused one. ``fixed`` are the locals that
    can't be given another value (subject, event, arguments, parameters, failure). ``ghosts`` are, in an
    environment, the context values that may be changed: those of the environment and nothing of the
    machine, of which it sees only what counts ``exact``ly. ``types`` is shared
    by all snippets of one generated function; without it the snippet stands alone. ``known`` is what
    the snippets before this one found out.
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
    fixed: frozenset[str] = frozenset()
    ghosts: frozenset[str] | None = None
    types: LocalTypes | None = None
    known: Knowledge = field(default_factory=Knowledge)

    def after(self, checked: Checked[Any], *, directly: bool = True) -> Surroundings:
        """Of the snippet that follows ``checked``: it sees its locals; if it follows ``directly``, with
        nothing run in between, also what that one found out (a guard that holds)."""
        known = checked.known if directly else Knowledge(owners=checked.known.owners)
        return replace(self, locals=checked.locals, maybe=checked.maybe, known=known)

    def unless(self, guard: Checked[Any]) -> Surroundings:
        """Of what is reached when ``guard`` didn't hold: the next case."""
        return replace(self, known=guard.known_otherwise)


@dataclass(frozen=True)
class Checked(Generic[T]):
    """What checking a snippet gave. After an error (``ok`` is False) ``value`` is a harmless stand-in
    of the right shape.

    ``locals`` and ``maybe`` are the names bound when it ends, certainly and on some paths only, those
    it began with included: the ``locals`` and ``maybe`` of the next snippet's surroundings.
    ``assigned`` are the locals that it binds first, with the place; ``read`` those that it reads.
    ``changed_parameters`` are the collections among a procedure's parameters that it changes.
    """

    value: T
    ok: bool
    effects: Effects = field(default_factory=Effects)
    locals: Mapping[str, Type] = field(default_factory=dict)
    maybe: Mapping[str, Type] = field(default_factory=dict)
    assigned: Mapping[str, Span] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    known: Knowledge = field(default_factory=Knowledge)
    known_otherwise: Knowledge = field(default_factory=Knowledge)
    changed_parameters: frozenset[str] = frozenset()
