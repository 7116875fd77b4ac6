"""Environments in the checked model: the closed world in which a machine is explored.

A state of the world is the machine, the multiset of its open instructions, and the environment: its
ghosts, the messages in its channels, and how often each case with ``at_most`` was taken. An edge is one
of these; between any two of them the world stands still:

- a source sends an event, or a step happens in the environment alone;
- an open instruction gives one of its outcomes, which ends it, or one of its ``during`` events, which
  doesn't;
- the head of a channel is delivered: an event to the machine, or an instruction to whoever hears it.

An edge is one case with one choice of values. The values are settled in the order in which ``Case``
describes; then ``when`` must hold; then ``do`` runs, before the machine moves; then the event goes
into the channel that carries it, or else the machine handles it at once. Of the instructions that a
step of the machine returns, in their order, those that run as a coroutine or a thread are opened; a
``send`` goes into its channel, or is heard at once where none carries it.

Snippets of an environment see the machine and change nothing of it: they change ghosts, in ``do``
only. A ghost is a ``ContextRead`` of its name; no ghost has the name of anything of the machine. Each
opaque type of the machine is a named type with a base here (``representations``), so that its values can
be written and looked into; a text is the base where the environment says nothing else.

Plain data, immutable once built, every mapping in the order of the spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from .diagnostics import Span
from .snippets.ir import Block, Expr
from .types import Type

if TYPE_CHECKING:
    from .checked import Invariant

Datum: TypeAlias = (
    "bool | int | float | str | tuple[Datum, ...] | list[Datum] | dict[Datum, Datum] | None"
)
"""A value as it is written in an environment: a literal of its type. A set is a list of its elements,
in order; an empty collection of any type may be ``[]``. Values of opaque types are as their
representation has them."""


@dataclass(frozen=True)
class Ghost:
    """What the environment remembers. It begins with ``default``."""

    name: str
    type: Type
    default: Datum
    span: Span
    doc: str = ""


@dataclass(frozen=True)
class Channel:
    """Messages in transit, first in, first out. All of one channel go the same way: events ``to`` the
    machine, or instructions ``from`` it.

    ``at_most`` bounds it. While a channel to the machine holds that many, no case is enabled whose
    event it carries. A machine can't be held up; so while a channel from it holds that many or more,
    nothing happens in the world but deliveries.
    """

    name: str
    direction: Literal["to", "from"]
    carries: tuple[str, ...]
    span: Span
    at_most: int | None = None
    doc: str = ""


@dataclass(frozen=True)
class Carried:
    """The field has the value that the field of the same name has in the instruction that is open."""


@dataclass(frozen=True)
class Ranges:
    """The field takes each of the values; there is at least one.

    One value alone stands for all where the machine and the environment can't tell them apart:
    opaque values that nothing compares, and fields that nothing reads.
    """

    values: tuple[Datum, ...]


@dataclass(frozen=True)
class Computed:
    """The field has the value of an expression."""

    value: Expr


@dataclass(frozen=True)
class Among:
    """The field, or the choice, takes each different element of a collection; of a map, each key. An
    empty one leaves nothing to choose, and the case isn't enabled."""

    source: Expr


Rule: TypeAlias = "Carried | Ranges | Computed | Among"
"""Where a value comes from."""


@dataclass(frozen=True)
class Case:
    """One way in which something may come about. All cases that are enabled are alternatives.

    Values are settled in this order, each seeing what was settled before it: ``choices`` (locals of
    these names), then ``fields`` of the event in the order of the mapping, which lists every field
    of the event once (``event.name``); where an instruction is at hand it is the local
    ``instruction``. Then ``when`` is read, and ``do`` runs.

    ``at_most`` is how often the case may be taken in a run, counting all values together. ``fair``: a
    case that stays enabled is taken some time; otherwise it may come and may not. The cases of
    outcomes are not fair one by one: see ``Environment.may_stay_open``.
    """

    choices: Mapping[str, Rule]
    fields: Mapping[str, Rule]
    when: Expr | None
    do: Block
    at_most: int | None
    fair: bool
    span: Span


@dataclass(frozen=True)
class Source:
    """An event that the environment may send. ``channel`` carries it; None: it arrives at once."""

    event: str
    cases: tuple[Case, ...]
    span: Span
    channel: str | None = None


@dataclass(frozen=True)
class Step:
    """What happens in the environment alone (a peer dies). Its cases have no fields."""

    name: str
    cases: tuple[Case, ...]
    span: Span


@dataclass(frozen=True)
class Outcome:
    """How an open instruction gives an event. ``during``: it stays open. With ``never``, the reason, it
    doesn't happen in this world, and there are no cases. ``span`` is where the environment speaks of
    it, or where the instruction is declared."""

    instruction: str
    event: str
    during: bool
    cases: tuple[Case, ...]
    span: Span
    never: str | None = None


@dataclass(frozen=True)
class Heard:
    """What the environment does when an instruction that was sent arrives: ``do`` sees ``instruction``.
    ``channel`` carries it; None: it arrives at once, in the step that sent it."""

    instruction: str
    do: Block
    span: Span
    channel: str | None = None


@dataclass(frozen=True)
class Answer:
    """One way in which a host function returns: with the value of ``gives`` (None: it returns nothing),
    or by failing with that of ``fails``. It is evaluated where the machine calls, in the middle of
    its step, with the parameters as locals; the machine's data and the ghosts are as they are at that
    moment. Then ``do`` runs."""

    when: Expr | None
    gives: Expr | None
    fails: Expr | None
    do: Block
    span: Span


@dataclass(frozen=True)
class Host:
    """How a host function answers: each answer whose ``when`` holds is an edge of its own. A pure
    function has one answer, without ``when`` and ``do``. A call that finds none is a mistake of the
    environment."""

    function: str
    answers: tuple[Answer, ...]
    span: Span


@dataclass(frozen=True)
class Initial:
    """How the world begins: for each combination of values for which ``when`` holds, ``do`` runs and the
    machine handles the event; what then is, is an initial state. The event is never sent later."""

    event: str
    cases: tuple[Case, ...]
    span: Span


@dataclass(frozen=True)
class Environment:
    """A closed world for the explorer.

    ``config`` are the machine's configuration values that differ from their defaults, ``context`` the
    context values that it is given before the first event, ``deviations`` the deviations that are switched otherwise than the spec says. ``values`` are the values by field name
    as they are written. ``symmetric`` are fields whose values are alike; ``symmetries`` the sets of
    these values, disjoint, each of two or more: whatever renames the values of a set among
    themselves, everywhere in a state at once, leads from a state to one that behaves alike.

    ``outcomes`` has every outcome and ``during`` event of every instruction. An open instruction ends
    some time, in one of the ways that are then enabled, unless it ``may_stay_open`` (with the reason).
    Where all succeeds (a fair drain) it ends with the first of its outcomes, in the order of its
    contract, that is enabled.

    The world is at rest when nothing more has to happen: the channels are empty, no fair case of a
    source or step is enabled, and no instruction is open that has to end and can. Then
    ``at_quiescence`` must hold, besides what the machine promises; ``always`` must hold in every state
    between two edges; ``reachable`` in some state (with ``entity``: of some entity in some state).
    """

    name: str
    doc: str
    span: Span
    values: Mapping[str, tuple[Datum, ...]] = field(default_factory=dict)
    symmetric: tuple[str, ...] = ()
    symmetries: tuple[tuple[str, ...], ...] = ()
    representations: Mapping[str, Type] = field(default_factory=dict)
    config: Mapping[str, Datum] = field(default_factory=dict)
    context: Mapping[str, Datum] = field(default_factory=dict)
    deviations: Mapping[str, bool] = field(default_factory=dict)
    initial: Initial | None = None
    ghosts: Mapping[str, Ghost] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    outcomes: Mapping[tuple[str, str], Outcome] = field(default_factory=dict)
    may_stay_open: Mapping[str, str] = field(default_factory=dict)
    heard: Mapping[str, Heard] = field(default_factory=dict)
    host: Mapping[str, Host] = field(default_factory=dict)
    always: tuple[Invariant, ...] = ()
    at_quiescence: tuple[Invariant, ...] = ()
    reachable: tuple[Invariant, ...] = ()
