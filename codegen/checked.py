"""The checked model: a spec after every name is resolved and every snippet typed.

This is what the generator, the pictures, coverage, the interpreter and the explorer read; nothing
behind it looks at YAML again. Plain data, immutable once built, every mapping in the order of the
spec. Knows types, the snippet tree and positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .diagnostics import Span
from .snippets.ir import Block, CallHost, Effects, Expr
from .types import Type
from .world import Environment

Literalish: TypeAlias = (
    "bool | int | float | str | tuple[Literalish, ...] | list[Literalish] | None"
)
"""A default: a literal of its type. ``[]`` stands for any empty collection."""

NEW = "new"  # the cell of a subject that the event has just created
ABSENT = "absent"  # the cell of a subject whose key is not known
NO_SUBJECT = "-"  # the only cell of an event without a subject


@dataclass(frozen=True)
class Field:
    """A typed field of an entity, event, instruction, request, the context or the configuration.

    ``required`` means that there is no default. ``resets`` are the reset groups it belongs to.
    ``explore`` is how the explorer counts it.
    """

    name: str
    type: Type
    span: Span
    default: Literalish = None
    required: bool = True
    doc: str = ""
    resets: tuple[str, ...] = ()
    explore: Literal["exact", "rank", "ignore"] = "exact"


@dataclass(frozen=True)
class State:
    name: str
    doc: str
    initial: bool
    span: Span


@dataclass(frozen=True)
class Configuration:
    """A state, told apart by the values of fields where the entity declares that.

    ``name`` is ``queued`` or ``cancelled(flight)``. ``fields`` pairs each field with the value that it
    has in this configuration; empty for a plain state.
    """

    name: str
    state: str
    fields: tuple[tuple[str, Literalish], ...] = ()


@dataclass(frozen=True)
class Request:
    """What a recommendation may ask for: a state, or more. ``state`` tells whether an entity can rest
    in it; ``deletes`` whether reaching it removes the entity from its registry."""

    name: str
    fields: Mapping[str, Field]
    state: bool
    deletes: bool
    span: Span
    doc: str = ""


@dataclass(frozen=True)
class Relation:
    """References from an entity to entities. ``kept_by_generator`` keeps ``inverse`` exact; by hand
    both sides are plain fields. A derived inverse is listed too, with ``is_inverse``."""

    name: str
    target: str
    many: bool
    inverse: str | None
    kept_by_generator: bool
    on_delete: Literal["refuse", "clear"]
    is_inverse: bool
    span: Span
    doc: str = ""


@dataclass(frozen=True)
class Entity:
    """``variable`` is how snippets call an instance (``file``); ``registry`` names the map by key;
    ``bind`` is the class ``module:Class`` that the generated one extends."""

    name: str
    variable: str
    doc: str
    registry: str
    key: Field
    states: Mapping[str, State]
    configurations: Mapping[str, Configuration]
    groups: Mapping[str, tuple[str, ...]]
    requests: Mapping[str, Request]
    fields: Mapping[str, Field]
    relations: Mapping[str, Relation]
    span: Span
    bind: str | None = None

    @property
    def initial(self) -> str:
        return next(s.name for s in self.states.values() if s.initial)

    @property
    def configured_by(self) -> tuple[str, ...]:
        """The fields that tell configurations of one state apart; empty for a plain entity."""
        names = (f for c in self.configurations.values() for f, _ in c.fields)
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class ContextItem:
    """A datum of the machine. ``members`` is the rule of a derived collection or count, over the
    entity's variable; ``key`` orders a heap. ``maintained``: by ``generator`` (derived), by ``hand``
    with a rule that is checked, or freely (``none``). ``early``: an element may be taken out before
    its transition."""

    name: str
    type: Type
    span: Span
    default: Literalish = None
    doc: str = ""
    of: str | None = None
    members: Expr | None = None
    members_reads: frozenset[tuple[str, str]] = frozenset()
    key: Expr | None = None
    maintained: Literal["none", "generator", "hand"] = "none"
    early: bool = False
    explore: Literal["exact", "rank", "ignore"] = "exact"


@dataclass(frozen=True)
class Instruction:
    """``echoes`` are the fields that every outcome of the same name must repeat. ``message`` is the
    name under which a ``send`` goes out and ``extra`` its constant entries."""

    name: str
    doc: str
    fields: Mapping[str, Field]
    runs: Literal["coroutine", "thread", "send"]
    outcomes: tuple[str, ...]
    during: tuple[str, ...]
    span: Span
    bind: str | None = None
    message: str | None = None
    extra: Mapping[str, Literalish] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """``redact`` replaces the value of a field when the event is logged; ``logged`` tells whether it is
    put into the history at all."""

    name: str
    doc: str
    fields: Mapping[str, Field]
    span: Span
    family: str | None = None
    logged: bool = True
    redact: Mapping[str, Literalish] = field(default_factory=dict)
    bind: str | None = None


@dataclass(frozen=True)
class Subject:
    """Which entities an event is about.

    ``get``: the one with the key, or ``absent``. ``get_or_create``: it, or ``new``. ``create``: ``new``
    only; one that exists refuses the event. ``keys``: each of an iterable of keys (``absent``, or
    ``new`` with ``creates``). ``items``: each key of a map, its value bound to ``value_name``. ``of``:
    each entity of a collection.

    ``source`` is the key or the iterable. ``consumes`` is set for ``map.pop(key)``: ``source`` is the
    read ``map[key]`` or ``map.get(key, ())`` then, and the entry is deleted once no cell refuses.
    """

    mode: Literal["get", "get_or_create", "create", "keys", "items", "of"]
    entity: str
    source: Expr
    span: Span
    creates: bool = False
    consumes: tuple[Expr, Expr] | None = None
    value_name: str | None = None

    @property
    def many(self) -> bool:
        return self.mode in ("keys", "items", "of")


@dataclass(frozen=True)
class CellCase:
    """One way a cell goes: ``body`` is do, recommend, emit, in this order. ``impossible`` refuses."""

    when: Expr | None
    body: Block
    span: Span
    impossible: str | None = None
    ignore: str | None = None


@dataclass(frozen=True)
class Cell:
    """What an event does in a configuration. Exactly one of ``ignore``, ``impossible`` (reasons) and
    ``cases`` is set. ``origin`` is the cell key as written (``queued, running``, ``any``, ``others``)."""

    span: Span
    origin: str
    cases: tuple[CellCase, ...] = ()
    ignore: str | None = None
    impossible: str | None = None


@dataclass(frozen=True)
class Handler:
    """What an event does: subjects found, ``before``, then for each subject ``first`` and its cell, then
    ``after``. A family's parts are merged in already (``before`` and ``first`` family first, ``after``
    family last). Without a subject, ``cells`` holds ``-`` alone. Otherwise every configuration has a
    cell, and ``absent`` and ``new`` where the subject can be that."""

    event: str
    span: Span
    subject: Subject | None
    before: Block
    first: Block
    cells: Mapping[str, Cell]
    after: Block
    effects: Effects


@dataclass(frozen=True)
class Attempt:
    """``name = host(…)`` that can fail. ``failure`` is the name that the failed block sees."""

    name: str | None
    call: CallHost
    failure: str
    failed: Block
    span: Span


@dataclass(frozen=True)
class Case:
    """One way a transition goes. ``kind``: ``becomes`` (``target`` is the new state), ``internal`` (no
    change), ``redirect`` (``target`` is the other request, ``redirect_arguments`` its arguments),
    ``impossible``. ``body`` is do, recommend, emit, in this order. ``asserts`` are the claims of this
    case alone, read once it is chosen, before the attempt and the change."""

    kind: Literal["becomes", "internal", "redirect", "impossible"]
    when: Expr | None
    target: str | None
    reason: str
    attempt: Attempt | None
    body: Block
    span: Span
    redirect_arguments: tuple[Expr, ...] = ()
    effects: Effects = field(default_factory=Effects)
    asserts: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Transition:
    """The pair ``start -> request`` of an entity. ``asserts`` come before any case is chosen."""

    entity: str
    start: str
    request: str
    asserts: tuple[Expr, ...]
    cases: tuple[Case, ...]
    span: Span


@dataclass(frozen=True)
class Route:
    """``start -> request`` goes through ``via``."""

    entity: str
    start: str
    request: str
    via: str
    span: Span


@dataclass(frozen=True)
class Procedure:
    name: str
    parameters: tuple[Field, ...]
    returns: Type | None
    body: Block
    effects: Effects
    doc: str
    span: Span


@dataclass(frozen=True)
class Completion:
    name: str
    mode: Literal["once", "fixpoint"]
    body: Block
    effects: Effects
    span: Span


@dataclass(frozen=True)
class Invariant:
    """``holds`` must be true at the end of every step (``at_quiescence``: at rest); with ``entity``, of
    every instance; with ``when``, where that is true."""

    name: str
    entity: str | None
    holds: Expr
    span: Span
    when: Expr | None = None
    doc: str = ""


@dataclass(frozen=True)
class HostFunction:
    name: str
    parameters: tuple[Field, ...]
    returns: Type | None
    pure: bool
    recorded: bool
    fails: str | None
    fails_type: Type | None
    doc: str
    span: Span


@dataclass(frozen=True)
class Deviation:
    """A deliberate difference. One that is there ``always`` follows from the language, or from how the
    whole spec is written, and no snippet asks for it."""

    name: str
    on: bool
    because: str
    span: Span
    always: bool = False


@dataclass(frozen=True)
class Acknowledgement:
    """Items of coverage that no environment leads to, as the spec knows: the name of one, or several with
    ``*`` for any text."""

    items: str
    because: str
    span: Span


@dataclass(frozen=True)
class PairClaim:
    """An undeclared pair that some place may ask for: claimed impossible by ``undeclared``."""

    entity: str
    start: str
    request: str
    askers: tuple[Span, ...]


@dataclass(frozen=True)
class NamedType:
    """A type of the spec's own: an alias (``is``), or opaque values of a Python class (``bind``)."""

    name: str
    type: Type
    doc: str
    span: Span
    bind: str | None = None


@dataclass(frozen=True)
class CheckedSpec:
    """A whole machine. ``sources`` are the files that it was read from, root first, with their text.

    ``askers`` are the requests that some place of the machine may ask for, by entity and request, with
    those places in the order of the files; an entity may be in any state when it gets there.
    ``conflict_deviation`` is the deviation without which a conflict is an error whatever
    ``on_conflict`` says; None if there is no such condition.
    """

    machine: str
    doc: str
    sources: Mapping[str, str]
    types: Mapping[str, NamedType]
    config: Mapping[str, Field]
    entities: Mapping[str, Entity]
    context: Mapping[str, ContextItem]
    instructions: Mapping[str, Instruction]
    events: Mapping[str, Event]
    handlers: Mapping[str, Handler]
    transitions: Mapping[tuple[str, str, str], Transition]
    routes: Mapping[tuple[str, str, str], Route]
    on_conflict: Literal["error", "later leg wins"]
    conflict_deviation: str | None
    undeclared: Mapping[str, str]
    askers: Mapping[tuple[str, str], tuple[Span, ...]]
    procedures: Mapping[str, Procedure]
    completions: tuple[Completion, ...]
    invariants: tuple[Invariant, ...]
    at_quiescence: tuple[Invariant, ...]
    environments: Mapping[str, Environment]
    unreachable: Mapping[str, Acknowledgement]
    deviations: Mapping[str, Deviation]
    observers: tuple[str, ...]
    host: Mapping[str, HostFunction]
    span: Span

    @property
    def claims(self) -> Iterator[PairClaim]:
        """The pairs that some place may ask for and that are neither declared nor routed: claimed
        impossible by ``undeclared``. There can be states times requests of them."""
        for (entity, request), places in self.askers.items():
            for start in self.entities[entity].states:
                pair = (entity, start, request)
                if start != request and pair not in self.transitions and pair not in self.routes:
                    yield PairClaim(entity, start, request, places)
