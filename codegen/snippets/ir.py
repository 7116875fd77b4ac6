"""The checked form of a snippet: a small typed tree that the generator and the interpreter walk.

Knows types and source positions; knows nothing of Python's ``ast``, of YAML or of files. Every
name in it is resolved and every expression has a type. Whoever adds a node adds it to the table in
``spec/README.md`` and to each walker (they end in an error, and tests show them every node).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..diagnostics import Span
from ..types import Type

# ---------------------------------------------------------------------------------------- expressions


@dataclass(frozen=True, kw_only=True)
class Expr:
    """Base of expressions: where it stands in the spec and what it evaluates to."""

    span: Span
    type: Type


@dataclass(frozen=True, kw_only=True)
class Const(Expr):
    """``None``, a bool, an int, a float or a str. A state's name has a ``StateType``."""

    value: bool | int | float | str | None


@dataclass(frozen=True, kw_only=True)
class Local(Expr):
    """A name bound inside the snippet's surroundings: a loop variable, an assigned name, a parameter,
    a request's argument, the subject (``file``), ``event``, ``failure``."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Start(Expr):
    """``start``: the state that the entity of a transition had before ``becomes``."""


@dataclass(frozen=True, kw_only=True)
class ContextRead(Expr):
    """A context collection or value, by its declared name."""

    name: str


@dataclass(frozen=True, kw_only=True)
class ConfigRead(Expr):
    """A configuration value, by its declared name."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Registry(Expr):
    """All entities of a kind by key: a ``map[key, Entity]`` that snippets can't write."""

    entity: str


@dataclass(frozen=True, kw_only=True)
class Group(Expr):
    """A group of states: a ``tuple[state, ...]``."""

    entity: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Deviates(Expr):
    """``deviates("name")``: whether the deviation is on."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Attribute(Expr):
    """A field of an entity (``key`` field, ``state``, ``configuration`` and relations included) or of
    the event."""

    target: Expr
    name: str


@dataclass(frozen=True, kw_only=True)
class Index(Expr):
    """``target[index]`` of a map, a list or a tuple."""

    target: Expr
    index: Expr


CompareOp: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]
ArithmeticOp: TypeAlias = Literal["+", "-", "*", "/", "//", "%", "|", "&"]


@dataclass(frozen=True, kw_only=True)
class Compare(Expr):
    """A chain ``first op operand op operand …``."""

    first: Expr
    rest: tuple[tuple[CompareOp, Expr], ...]


@dataclass(frozen=True, kw_only=True)
class Logic(Expr):
    op: Literal["and", "or"]
    operands: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class Not(Expr):
    operand: Expr


@dataclass(frozen=True, kw_only=True)
class Negative(Expr):
    operand: Expr


@dataclass(frozen=True, kw_only=True)
class Arithmetic(Expr):
    """Numbers; ``+`` also joins strings, lists and tuples; ``-``, ``|`` and ``&`` also take sets."""

    left: Expr
    op: ArithmeticOp
    right: Expr


@dataclass(frozen=True, kw_only=True)
class Choice(Expr):
    """``yes if test else no``."""

    test: Expr
    yes: Expr
    no: Expr


@dataclass(frozen=True, kw_only=True)
class Display(Expr):
    """``(a, b)``, ``[a, b]`` or ``{a, b}`` (an ordered set); ``type`` says which."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class MapDisplay(Expr):
    """``{a: b}``."""

    items: tuple[tuple[Expr, Expr], ...]


@dataclass(frozen=True, kw_only=True)
class Clause:
    """``for names in source if conditions`` of a comprehension."""

    names: tuple[str, ...]
    source: Expr
    conditions: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class Comprehension(Expr):
    """A list or ordered-set comprehension, or the generator expression of ``any``, ``sum`` and so on
    (``type`` is an ``IterType`` then)."""

    element: Expr
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, kw_only=True)
class MapComprehension(Expr):
    """``{key: value for …}``. Of two equal keys the first keeps its place and the last gives the value."""

    key: Expr
    value: Expr
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, kw_only=True)
class Builtin(Expr):
    """A call of one of the language's own functions (``len``, ``min``, ``reversed``, …).

    ``list(x)`` and ``ordered_set(x)`` are among them; empty without an argument.
    """

    function: str
    arguments: tuple[Expr, ...]
    keyword: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Method(Expr):
    """``target.name(arguments)`` on a collection or string, from the table of methods."""

    target: Expr
    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class CallProcedure(Expr):
    procedure: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class CallHost(Expr):
    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class Create(Expr):
    """``create(Task, key, field=value)``, or with ``reuse`` ``get_or_create(…)``. The initial fields
    are written to a new entity only."""

    entity: str
    key: Expr
    fields: tuple[tuple[str, Expr], ...]
    reuse: bool


# ----------------------------------------------------------------------------------------- statements


@dataclass(frozen=True, kw_only=True)
class Stmt:
    """Base of statements: where it stands in the spec."""

    span: Span


@dataclass(frozen=True, kw_only=True)
class Assign(Stmt):
    """``target = value``, or ``target op= value`` with ``op``. A target is a ``Local`` (or several,
    for ``a, b = …``), an ``Attribute`` of an entity, a ``ContextRead`` or an ``Index`` of a map or
    list. ``declares`` tells that a single local gets its first value here."""

    targets: tuple[Expr, ...]
    value: Expr
    op: ArithmeticOp | None = None
    declares: bool = False


@dataclass(frozen=True, kw_only=True)
class Delete(Stmt):
    """``del map[key]``."""

    target: Expr
    index: Expr


@dataclass(frozen=True, kw_only=True)
class Do(Stmt):
    """An expression for its effect: a method, a procedure, a host function, ``get_or_create``."""

    value: Expr


@dataclass(frozen=True, kw_only=True)
class If(Stmt):
    """``elif`` is an ``If`` alone in ``otherwise``."""

    test: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class For(Stmt):
    names: tuple[str, ...]
    source: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, kw_only=True)
class While(Stmt):
    """Each round counts against the step budget of the machine."""

    test: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, kw_only=True)
class Break(Stmt):
    pass


@dataclass(frozen=True, kw_only=True)
class Continue(Stmt):
    pass


@dataclass(frozen=True, kw_only=True)
class Pass(Stmt):
    pass


@dataclass(frozen=True, kw_only=True)
class Return(Stmt):
    value: Expr | None


@dataclass(frozen=True, kw_only=True)
class Assert(Stmt):
    """``assert test``: a claim. When it fails the machine is poisoned with the story."""

    test: Expr


@dataclass(frozen=True, kw_only=True)
class Recommend(Stmt):
    """Ask for a state: ``recommend(entity, "request", arguments)``. With ``spread`` the arguments
    begin with the items of a tuple (``*failure``)."""

    entity: Expr
    entity_name: str
    request: str
    arguments: tuple[Expr, ...] = ()
    spread: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Emit(Stmt):
    """Return an instruction to the driver; ``fields`` in the order of the declaration."""

    instruction: str
    fields: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, kw_only=True)
class Log(Stmt):
    """Append ``(*parts, stimulus_id, time)`` to the machine's log."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, kw_only=True)
class Reset(Stmt):
    """``reset(entity, "group")``: every field of the reset group gets its default again."""

    entity: Expr
    entity_name: str
    group: str


Block: TypeAlias = tuple[Stmt, ...]


@dataclass(frozen=True)
class Effects:
    """What running a snippet may do, procedures it calls included. Field and context names are
    ``("Entity", "field")`` and ``("", "name")``."""

    reads: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    writes: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    requests: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    emits: frozenset[str] = field(default_factory=frozenset)
    calls: frozenset[str] = field(default_factory=frozenset)
    hosts: frozenset[str] = field(default_factory=frozenset)
    creates: frozenset[str] = field(default_factory=frozenset)
    logs: bool = False

    def __or__(self, other: Effects) -> Effects:
        return Effects(
            self.reads | other.reads,
            self.writes | other.writes,
            self.requests | other.requests,
            self.emits | other.emits,
            self.calls | other.calls,
            self.hosts | other.hosts,
            self.creates | other.creates,
            self.logs or other.logs,
        )
