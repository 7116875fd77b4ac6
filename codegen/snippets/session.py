"""The state of checking one snippet, and what every part of the checker uses: reporting, fitting a
value into a type, reading and writing with their effects.

The checker is one object in layers (names, operators, calls, expressions, statements), each a class
that builds on the one before; a layer reaches upwards only through the abstract methods here.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from ..checked import ContextItem, Field
from ..diagnostics import Diagnostics, Span
from ..types import (
    NONE,
    STR,
    UNKNOWN,
    EntityType,
    EventType,
    HeapType,
    ListType,
    MapType,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    Unknown,
    accepts,
    bare,
    holds_unknown,
    is_hashable,
    spell,
    without_none,
)
from .environment import Declarations, LocalTypes, Owner, Path, Surroundings
from .flow import Facts
from .ir import (
    Attribute,
    ConfigRead,
    Const,
    ContextRead,
    Effects,
    Expr,
    Local,
    Registry,
)
from .syntax import Snippet


class Session(ABC):
    """Checks one snippet: walks its tree once, in the order of execution."""

    def __init__(
        self,
        snippet: Snippet,
        around: Surroundings,
        declarations: Declarations,
        diagnostics: Diagnostics,
        types: LocalTypes,
    ) -> None:
        self.snippet = snippet
        self.around = around
        self.declared = declarations
        self.diagnostics = diagnostics
        self.types = types
        self.pure = around.place if around.pure else ""  # who can't change anything
        self.ok = True
        self.facts = Facts(
            dict(around.locals),
            dict(around.maybe),
            dict(around.known.narrowed),
            dict(around.known.owners),
            dict(around.known.asked),
        )
        for name, type_ in (*around.locals.items(), *around.maybe.items()):
            if name not in around.fixed and name not in types.known:
                types.known[name] = type_
                types.places[name] = snippet.text.locate(0, 1)
        self.reads: set[tuple[str, str]] = set()
        self.writes: set[tuple[str, str]] = set()
        self.requests: set[tuple[str, str]] = set()
        self.emits: set[str] = set()
        self.calls: set[str] = set()
        self.hosts: set[str] = set()
        self.creates: set[str] = set()
        self.logs = False
        self.read_locals: set[str] = set()
        self.assigned: dict[str, Span] = {}
        self.assigned_anywhere: set[str] = set()
        self.changed_parameters: set[str] = set()
        self.loops: list[Walk] = []
        self.element_owners: dict[int, tuple[Owner | None, Expr]] = {}  # by the element's id

    # ------------------------------------------------------------------------------ upward references

    @abstractmethod
    def expr(self, node: ast.expr, want: Type | None = None) -> Expr:
        """The typed form of an expression. ``want`` guides literals and empty displays; whether the
        result fits is for the caller to ask (``need`` does)."""

    @abstractmethod
    def condition(self, node: ast.expr) -> tuple[Expr, dict[Path, Type], dict[Path, Type]]:
        """An expression read as true or false, with what is known in either case."""

    @abstractmethod
    def comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp,
        want: Type | None,
        *,
        truth: bool = False,
    ) -> Expr:
        """A comprehension; ``truth``: its elements are only read as true or false."""

    @abstractmethod
    def owner(self, expr: Expr) -> Owner | None:
        """Whose mutable collection the expression reads; None if it is new or immutable."""

    # ------------------------------------------------------------------------------------- reporting

    def span(self, node: ast.AST) -> Span:
        return self.snippet.span(node)

    def error(self, code: str, node: ast.AST | Span, message: str, hint: str = "") -> None:
        self.ok = False
        span = node if isinstance(node, Span) else self.span(node)
        self.diagnostics.error(code, span, message, hint)

    def warning(self, code: str, node: ast.AST | Span, message: str, hint: str = "") -> None:
        span = node if isinstance(node, Span) else self.span(node)
        self.diagnostics.warning(code, span, message, hint)

    def broken(self, node: ast.AST) -> Expr:
        """What stands for an expression whose mistake has been reported."""
        return Const(span=self.span(node), type=UNKNOWN, value=None)

    def changes(self, node: ast.AST, what: str) -> None:
        """Report that ``what`` is done where nothing may change."""
        if self.pure:
            self.error("LF360", node, sentence(f"{self.pure} can't {what}: it only looks."))

    def keep_out(self, root: tuple[str, str], node: ast.AST) -> None:
        """Report a change of something of the machine (an entity's field, or with an empty first part a
        context value) where only ghosts change."""
        ghosts = self.around.ghosts
        entity, name = root
        if ghosts is None or self.pure or (not entity and name in ghosts):
            return
        shown = f"{entity}.{name}" if entity else name
        self.only_looks(node, f"change `{shown}`")

    def only_looks(self, node: ast.AST, what: str) -> None:
        """Report that an environment does ``what`` to the machine."""
        if self.around.ghosts is not None and not self.pure:
            self.error(
                "LF153",
                node,
                sentence(
                    f"{self.around.place} can't {what}: it sees the machine and changes ghosts."
                ),
            )

    @property
    def effects(self) -> Effects:
        """What the snippet may do so far, the procedures it calls included."""
        effects = self._own_effects()
        for procedure in self.calls:
            effects |= self.declared.effects.get(procedure, Effects())
        return effects

    def _own_effects(self) -> Effects:
        return Effects(
            frozenset(self.reads),
            frozenset(self.writes),
            frozenset(self.requests),
            frozenset(self.emits),
            frozenset(self.calls),
            frozenset(self.hosts),
            frozenset(self.creates),
            self.logs,
        )

    # ---------------------------------------------------------------------------------------- fitting

    def need(self, node: ast.expr, want: Type, what: str) -> Expr:
        """The expression, which must be of the type ``want``; ``what`` begins the message."""
        return self.fit(self.expr(node, want), want, what)

    def fit(self, expr: Expr, want: Type, what: str) -> Expr:
        """``expr`` if a value of its type may stand where ``want`` is asked for; else a report."""
        have = expr.type
        if accepts(want, have):
            if isinstance(expr, Local) and holds_unknown(have) and not holds_unknown(want):
                self.types.bind(expr.name, want, expr.span)
            return expr
        hint = ""
        inner = without_none(have)
        if have == NONE:
            self.error("LF371", expr.span, f"{sentence(what)} is {a(want)}, and can't be None.")
            return expr
        if isinstance(have, Optional) and accepts(want, inner):
            shown = path_text(expr)
            about = f"`{shown}` may be None here" if shown else "this may be None"
            hint = f"Ask `{shown} is not None` first." if shown else "Ask `is not None` first."
            self.error("LF371", expr.span, f"{sentence(what)} is {a(want)}, but {about}.", hint)
            return expr
        if isinstance(without_none(want), StateType) and accepts(STR, inner):
            hint = (
                "Only a state's name as it stands, or a value of that type, is known to be a state."
            )
        message = f"{sentence(what)} is {a(want)}, but this is {a(have)}."
        self.error("LF370", expr.span, message, hint)
        return expr

    def present(self, expr: Expr, purpose: str) -> Expr:
        """``expr``, which must not be None for ``purpose``; its type is without None then."""
        if not isinstance(expr.type, Optional) and expr.type != NONE:
            return expr
        shown = path_text(expr)
        about = f"`{shown}` may be None" if shown else "This may be None"
        if expr.type == NONE:
            about = "This is None"
        hint = f"Ask `{shown} is not None` first." if shown else "Ask `is not None` first."
        self.error("LF371", expr.span, f"{about}, and {purpose}.", hint)
        return Const(span=expr.span, type=UNKNOWN, value=None)

    def hashable(self, expr: Expr, what: str) -> Expr:
        if not is_hashable(expr.type) and not isinstance(expr.type, Unknown):
            self.error("LF390", expr.span, f"{what} can't be {a(expr.type)}: that can change.")
        return expr

    # --------------------------------------------------------------------------------- reads and writes

    def read_field(self, entity: str, name: str, node: ast.AST) -> None:
        self.reads.add((entity, name))
        declared = self.declared.entities[entity].fields.get(name)
        self._needs_exact(f"{entity}.{name}", declared, node)
        if self.around.guard and declared is not None and declared.explore == "ignore":
            self.error(
                "LF363",
                node,
                sentence(
                    f'{self.around.place} can\'t read "{name}": the explorer ignores it, '
                    "and what happens must not depend on it."
                ),
                f"Declare `explore: exact` for {entity}.{name}.",
            )

    def read_context(self, item: ContextItem, node: ast.AST) -> None:
        self.reads.add(("", item.name))
        self._needs_exact(item.name, item, node)
        if self.around.guard and item.explore == "ignore":
            self.error(
                "LF363",
                node,
                sentence(
                    f'{self.around.place} can\'t read "{item.name}": the explorer ignores it, '
                    "and what happens must not depend on it."
                ),
                f"Declare `explore: exact` for {item.name}.",
            )

    def _needs_exact(self, what: str, declared: Field | ContextItem | None, node: ast.AST) -> None:
        """Report that an environment reads what counts by its rank."""
        if self.around.ghosts is None or declared is None or declared.explore != "rank":
            return
        self.error(
            "LF363",
            node,
            sentence(f'{self.around.place} can\'t read "{what}": only its order counts.'),
            f"Declare `explore: exact` for {what}.",
        )

    def write_field(self, entity: str, name: str) -> None:
        """A field or relation is written: what was known of it is forgotten, its other side too."""
        self.writes.add((entity, name))
        self.facts.forget_attribute(name)
        relation = self.declared.entities[entity].relations.get(name)
        if relation is not None and relation.kept_by_generator and relation.inverse is not None:
            self.writes.add((relation.target, relation.inverse))
            self.facts.forget_attribute(relation.inverse)
        for item in self.declared.context.values():
            if item.maintained == "generator" and (entity, name) in item.members_reads:
                self.suspect((item.name,), None)

    def write_context(self, name: str) -> None:
        self.writes.add(("", name))
        self.facts.forget_root(name)

    def suspect(self, path: Path | None, span: Span | None) -> None:
        """The collection at ``path`` was changed: a loop that walks over it is in trouble."""
        for walk in self.loops:
            if path is not None and walk.path == path:
                walk.suspects.append(span)


class Walk:
    """A loop at work: the collection that it walks over, if it has a name, and the changes of that
    collection that its body makes and doesn't leave the loop after."""

    def __init__(self, path: Path | None, loop: ast.AST) -> None:
        self.path = path
        self.loop = loop
        self.suspects: list[Span | None] = []
        self.breaks: list[Facts] = []
        self.continues: list[Facts] = []
        self.leaves = False


def a(type_: Type) -> str:
    """The type with its article, for messages: ``an int``, ``a File``, ``a list[str]``."""
    name = spell(type_)
    if type_ == NONE:
        return name
    if isinstance(type_, Unknown):
        return "something"
    return f"an {name}" if name[0] in "aeiouAEIO" and not name.startswith("Uni") else f"a {name}"


def words(items: Iterable[str]) -> str:
    """``a, b and c``."""
    known = list(items)
    return " and ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)


def path_of(expr: Expr) -> Path | None:
    """The path that an expression reads, such as ``("task", "coming_from")``; None for others."""
    match expr:
        case Local(name=name) | ContextRead(name=name) | ConfigRead(name=name):
            return (name,)
        case Attribute(target=target, name=name):
            path = path_of(target)
            return None if path is None else (*path, name)
        case Registry(entity=entity):
            return (f"registry of {entity}",)
    return None


def path_text(expr: Expr) -> str:
    """The path as the user wrote it, or an empty string."""
    path = path_of(expr)
    return "" if path is None or isinstance(expr, Registry) else ".".join(path)


def is_mutable(type_: Type) -> bool:
    """Whether a value of the type can change in place, or holds one that can."""
    match bare(without_none(type_)):
        case ListType() | SetType() | HeapType() | MapType():
            return True
        case TupleType(items, rest):
            return any(map(is_mutable, items)) or (rest is not None and is_mutable(rest))
    return False


def attribute_type(declared: Declarations, type_: Type, name: str) -> Type | None:
    """The type of what a dot and ``name`` read from a value of the type; None if there is no such."""
    match bare(type_):
        case EntityType(entity_name):
            entity = declared.entities[entity_name]
            if name == entity.key.name:
                return entity.key.type
            if name == "state":
                return StateType(entity_name)
            if name == "configuration" and entity.configured_by:
                return STR
            if name in entity.fields:
                return entity.fields[name].type
            relation = entity.relations.get(name)
            if relation is not None:
                target = EntityType(relation.target)
                return SetType(target) if relation.many else Optional(target)
        case EventType(event):
            if name == "stimulus_id":
                return STR
            field = event_fields(declared, event).get(name)
            return None if field is None else field.type
    return None


def event_fields(declared: Declarations, event: str) -> Mapping[str, Field]:
    """The fields of an event, or of a family of events."""
    if event in declared.events:
        return declared.events[event].fields
    return declared.families.get(event, {})


def attribute_names(declared: Declarations, type_: Type) -> list[str]:
    """What ``attribute_type`` knows, for suggestions."""
    match bare(type_):
        case EntityType(name):
            entity = declared.entities[name]
            extra = ["configuration"] if entity.configured_by else []
            return [entity.key.name, "state", *extra, *entity.fields, *entity.relations]
        case EventType(event):
            return [*event_fields(declared, event), "stimulus_id"]
    return []


def sentence(text: str) -> str:
    """``text`` with a capital letter."""
    return text[:1].upper() + text[1:]
