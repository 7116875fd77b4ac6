"""What the explorer knows of the values of expressions. Knows the snippet tree; knows nothing of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ..checked import CheckedSpec
from ..diagnostics import Span
from ..generate.walk import MUTATORS, changes, inside
from ..snippets.ir import (
    Arithmetic,
    Attribute,
    Builtin,
    CallHost,
    CallProcedure,
    Choice,
    Clause,
    Compare,
    Comprehension,
    Const,
    ContextRead,
    Create,
    Display,
    Effects,
    Expr,
    Index,
    Local,
    Logic,
    MapComprehension,
    MapDisplay,
    Method,
    Negative,
    Not,
)
from ..types import (
    FLOAT,
    INT,
    CountType,
    EntityType,
    EventType,
    ListType,
    MapType,
    TupleType,
    Type,
    bare,
    without_none,
)
from .counter import Counter
from .grades import EXACT, NOTHING, Grade, Level, compared, join, lost

Node: TypeAlias = tuple[str, ...]
"""Where a value may be that is no field: ("local", whose, name), ("message", name, field),
("request", entity, request, argument), ("result", procedure), ("host", function), ("failure", function)."""

Place: TypeAlias = tuple[str, str]
"""A field: (entity, name), or ("", name of the context)."""

Report: TypeAlias = Callable[[str, Span, str, str], None]
"""Takes code, place, message and hint."""

_KEEP = frozenset("list ordered_set tuple sorted reversed".split())
_PARTIAL = frozenset("peek pop pop_first pop_last remove".split())


class Values:
    """The grades of expressions, with those of everything that they are made of. ``exact`` are ignored
    fields that count all the same."""

    def __init__(self, spec: CheckedSpec, counter: Counter, exact: frozenset[Place]) -> None:
        self.spec = spec
        self.counter = counter
        self.exact = exact
        self.families: dict[str, list[str]] = {}  # the events of each
        for event in spec.events.values():
            if event.family is not None:
                self.families.setdefault(event.family, []).append(event.name)
        self.scope: Node = ()  # whose locals
        self.arguments: dict[str, Node] = {}  # locals that are elsewhere: a request's arguments
        self.nodes: dict[Node, Grade] = {}
        self.shared: dict[Node, frozenset[Node]] = {}  # collections that a local may be
        self.lengths: dict[int, Span] = {}  # of priorities
        self.grown = False
        self.report: Report | None = None

    # What becomes of values

    def flow(self, node: Node, grade: Grade) -> None:
        """A value comes to a place."""
        old = self.nodes.get(node, NOTHING)
        new = join(old, grade)
        if new != old:
            self.nodes[node] = new
            self.grown = True

    def must(self, grade: Grade, span: Span, what: str) -> None:
        """Report that something depends on what is not known."""
        if not grade.known and self.report is not None:
            self.report("LF366", span, f"{what} depends on {grade.why}.", "")

    def store(self, place: Place, grade: Grade, span: Span) -> None:
        """A value comes into a field."""
        entity, name = place
        how = self.explored(place)
        shown = f"{entity}.{name}" if entity else name
        if how == "exact":
            self.must(grade, span, f"{shown}, which counts exactly,")
        elif how == "rank":
            whole = grade.whole
            for length in whole.lengths:
                self.lengths.setdefault(length, span)
            bad = {Level.exact: "an exact value", Level.lost: whole.cause}.get(whole.level)
            if bad is not None and self.report is not None:
                self.report(
                    "LF367",
                    span,
                    f"{shown} counts by its rank, and {bad} has no order among ranks.",
                    f"{self.counter.rule} Otherwise declare `explore: exact` for {shown}.",
                )

    def into(self, target: Expr, grade: Grade) -> None:
        """A value is put into a collection, wherever in it."""
        for node in self.owners(target):
            if node[0] == "field":
                self.store((node[1], node[2]), grade, target.span)
            else:
                self.flow(node, grade)

    def explored(self, place: Place) -> str:
        entity, name = place
        if place in self.exact:
            return "exact"
        if not entity:
            item = self.spec.context.get(name)
            return "exact" if item is None else item.explore
        field = self.spec.entities[entity].fields.get(name)
        return "exact" if field is None else field.explore

    def node_of(self, name: str) -> Node:
        """Where a local is."""
        return self.arguments.get(name) or ("local", *self.scope, name)

    def owners(self, expr: Expr) -> frozenset[Node]:
        """The fields and locals whose collection an expression may be, or be part of."""
        match expr:
            case Local(name=name):
                node = self.node_of(name)
                return self.shared.get(node, frozenset()) | {node}
            case ContextRead(name=name):
                return frozenset({("field", "", name)})
            case Attribute(target=target, name=name) if isinstance(target.type, EntityType):
                return frozenset({("field", target.type.name, name)})
            case Index(target=target) | Method(target=target):
                return self.owners(target)
            case Choice(yes=yes, no=no):
                return self.owners(yes) | self.owners(no)
            case Logic(operands=operands):
                return frozenset().union(*map(self.owners, operands))
            case CallProcedure(procedure=name):
                return self.shared.get(("result", name), frozenset())
        return frozenset()

    def share(self, node: Node, expr: Expr) -> None:
        """A local may be a collection of somebody else's."""
        owners = self.owners(expr)
        old = self.shared.get(node, frozenset())
        if not owners <= old and not isinstance(bare(without_none(expr.type)), EntityType):
            self.shared[node] = old | owners
            self.grown = True

    def bind(self, names: tuple[str, ...], grade: Grade, source: Expr) -> None:
        """Locals get a value, or each its part of one."""
        places = grade.places
        if len(names) == 1:
            found: tuple[Grade, ...] = (grade,)
        elif places is not None and len(places) == len(names):
            found = places
        else:
            found = (grade if grade.known else lost(grade.why),) * len(names)
        for name, part in zip(names, found, strict=True):
            self.flow(self.node_of(name), part)
            self.share(self.node_of(name), source)

    def elements(self, source: Expr) -> Grade:
        """What a loop over a collection yields."""
        return self._elements(self.of(source), source.type)

    def _elements(self, whole: Grade, type_: Type) -> Grade:
        base = bare(without_none(type_))
        if isinstance(base, MapType):
            return lost(whole.why) if whole.is_lost else EXACT
        if isinstance(base, TupleType):
            if whole.places is not None:
                return join(*whole.places)
            return whole if whole.known else lost(whole.cause)
        return whole

    # Of expressions

    def truth(self, expr: Expr) -> Grade:
        """Whether it counts as true."""
        grade = self.of(expr)
        if grade.is_lost or (grade.level is Level.number and bare(without_none(expr.type)) == INT):
            return lost(grade.why)
        return EXACT

    def of(self, expr: Expr) -> Grade:
        """The grade of a value."""
        match expr:
            case Const(value=value):
                return self.counter.of(value)
            case Negative(operand=Const(value=int(value))):
                return self.counter.of(-value)
            case Local(name=name):
                return self.nodes.get(self.node_of(name), NOTHING)
            case ContextRead(name=name):
                return self._read(("", name))
            case Attribute(target=target, name=name):
                return self._attribute(target, name)
            case Index(target=target, index=index):
                return self._index(target, index)
            case Compare(first=first, rest=rest):
                return self._compare(first, rest)
            case Logic(operands=operands):
                return self._logic(operands)
            case Not(operand=operand):
                return self.truth(operand)
            case Choice(test=test, yes=yes, no=no):
                asked = self.truth(test)
                if asked.is_lost and (self._acts(yes) or self._acts(no)):
                    self.must(asked, test.span, "What is done")
                return asked if asked.is_lost else join(self.of(yes), self.of(no))
            case Negative(operand=operand):
                return self._computed((self.of(operand),))
            case Arithmetic():
                return self._arithmetic(expr)
            case Display(items=items):
                grades = tuple(map(self.of, items))
                return Grade(places=grades) if _is_tuple(expr.type) else join(*grades)
            case MapDisplay(items=pairs):
                return self._map([(self.of(key), self.of(value)) for key, value in pairs])
            case Comprehension(element=element, clauses=clauses):
                asked = self._clauses(clauses)
                found = self.of(element)
                return asked if asked.is_lost else found
            case MapComprehension(key=key, value=value, clauses=clauses):
                asked = self._clauses(clauses)
                found = self._map([(self.of(key), self.of(value))])
                return asked if asked.is_lost else found
            case Builtin():
                return self._builtin(expr)
            case Method():
                return self._method(expr)
            case CallProcedure(procedure=name, arguments=arguments):
                parameters = self.spec.procedures[name].parameters
                for field, argument in zip(parameters, arguments, strict=True):
                    node = ("local", "procedure", name, field.name)
                    self.flow(node, self.of(argument))
                    self.share(node, argument)
                return self.nodes.get(("result", name), NOTHING)
            case CallHost(function=name, arguments=arguments):
                parameters = self.spec.host[name].parameters
                for field, argument in zip(parameters, arguments, strict=True):
                    self.flow(("local", "host", name, field.name), sent(self.of(argument)))
                return join(EXACT, self.nodes.get(("host", name), NOTHING))
            case Create(entity=entity, key=key, fields=fields):
                self.must(self.of(key), key.span, "Which one is made")
                for name, value in fields:
                    self.store((entity, name), self.of(value), value.span)
                return EXACT
        return EXACT

    def _read(self, place: Place) -> Grade:
        entity, name = place
        how = self.explored(place)
        shown = f"{entity}.{name}" if entity else name
        if how == "ignore":
            return lost(f"{shown}, which the explorer ignores")
        if how == "rank":
            type_ = self.type_of(place)
            level = Level.priority if _is_tuple(type_) else Level.number
            return Grade(level, f"{shown}, of which only the order counts")
        return EXACT

    def type_of(self, place: Place) -> Type:
        entity, name = place
        fields: Mapping[str, object] = (
            self.spec.entities[entity].fields if entity else self.spec.context
        )
        type_: Type = fields[name].type  # type: ignore[attr-defined]
        return type_

    def _attribute(self, target: Expr, name: str) -> Grade:
        base = bare(without_none(target.type))
        if isinstance(base, EventType):
            if name == "stimulus_id":
                return EXACT
            messages = self.families.get(base.name) or [base.name]
            return join(*(self.nodes.get(("message", m, name), NOTHING) for m in messages))
        whose = self.of(target)
        if not whose.known:
            return lost(whose.why)
        return self._read((base.name, name)) if isinstance(base, EntityType) else EXACT

    def _index(self, target: Expr, index: Expr) -> Grade:
        whole, at = self.of(target), self.of(index)
        base = bare(without_none(target.type))
        if isinstance(base, TupleType):
            if whole.places is not None and isinstance(index, Const):
                assert isinstance(index.value, int)
                return whole.places[index.value] if index.value < len(whole.places) else NOTHING
            return self._elements(whole, base) if at.known else lost(at.why)
        if not (isinstance(base, MapType) and base.default):
            self.must(at, index.span, "Whether there is such an item")
            if whole.is_lost:
                self.must(whole, target.span, "Whether there is such an item")
        return whole if at.known else lost(at.why)

    def _compare(self, first: Expr, rest: Iterable[tuple[str, Expr]]) -> Grade:
        answers = []
        a = self.of(first)
        for op, right in rest:
            b = self.of(right)
            if op in ("in", "not in"):
                b = self._elements(b, right.type)
            for length in join(a, b).whole.lengths:
                self.lengths.setdefault(length, right.span)
            answers.append(compared(a, b))
            a = b
        return join(*answers)

    def _logic(self, operands: tuple[Expr, ...]) -> Grade:
        grades = []
        for n, operand in enumerate(operands):
            asked = self.truth(operand)
            last = n == len(operands) - 1
            if asked.is_lost and any(map(self._acts, operands[n + 1 :])):
                self.must(asked, operand.span, "What is done")
            grades.append(asked if asked.is_lost and not last else self.of(operand))
        return join(*grades)

    def _arithmetic(self, expr: Arithmetic) -> Grade:
        a, b = self.of(expr.left), self.of(expr.right)
        if _is_tuple(expr.type) and expr.op == "+":
            if a.places is not None and b.places is not None:
                return Grade(places=(*a.places, *b.places))
            if NOTHING in (a, b):  # no value has come there so far
                return NOTHING
            return self._computed((a, b))
        if isinstance(bare(expr.type), ListType) or not _is_number(expr.type):
            return join(a, b)
        if expr.op in ("/", "//", "%"):
            self.must(b, expr.right.span, "Whether this can be divided")
        return self._computed((a, b))

    def _acts(self, expr: Expr) -> bool:
        """Whether evaluating it may do something."""
        for part in inside(expr):
            match part:
                case CallProcedure(procedure=name):
                    effects = self.spec.procedures[name].effects
                    acts = effects != Effects(reads=effects.reads, calls=effects.calls)
                case CallHost(function=name):
                    acts = not self.spec.host[name].pure
                case Method() | Index():
                    acts = changes(part)
                case _:
                    acts = isinstance(part, Create)
            if acts:
                return True
        return False

    def _computed(self, grades: Iterable[Grade]) -> Grade:
        bad = next((grade for grade in grades if not grade.known), None)
        return EXACT if bad is None else lost(bad.why)

    def _map(self, pairs: Iterable[tuple[Grade, Grade]]) -> Grade:
        found = [value if key.known else lost(key.why) for key, value in pairs]
        return join(*found)

    def _clauses(self, clauses: Iterable[Clause]) -> Grade:
        asked = NOTHING
        for clause in clauses:
            source = self.of(clause.source)
            self.bind(clause.names, self._elements(source, clause.source.type), clause.source)
            conditions = [self.truth(condition) for condition in clause.conditions]
            bad = [
                grade for grade in (source, *conditions) if grade.is_lost and grade.places is None
            ]
            asked = join(asked, *bad)
        return asked

    def _builtin(self, expr: Builtin) -> Grade:
        name, arguments = expr.function, expr.arguments
        grades = [self.of(argument) for argument in arguments]
        items = [self._elements(g, a.type) for g, a in zip(grades, arguments, strict=True)]
        if name in _KEEP:
            if not arguments:
                return NOTHING
            same = _is_tuple(arguments[0].type) and _is_tuple(expr.type)
            found = grades[0] if same else items[0]
            return lost(found.why) if name == "sorted" and found.is_lost else found
        if name in ("min", "max"):
            found = join(*(items if len(arguments) == 1 else grades))
            default = [self.of(value) for _, value in expr.keyword]
            if found.is_lost:
                if len(arguments) == 1 and not default:
                    self.must(found, arguments[0].span, "Whether there is one")
                return lost(found.why)
            return join(found, *default)
        if name == "len":
            return lost(grades[0].why) if grades[0].is_lost and grades[0].places is None else EXACT
        if name in ("any", "all"):
            number = grades[0].level is Level.number
            return lost(grades[0].why) if grades[0].is_lost or number else EXACT
        if name == "enumerate":
            return Grade(places=(EXACT, items[0]))
        if name == "zip":
            return Grade(places=tuple(items))
        if name in ("int", "float"):
            for grade, argument in zip(grades, arguments, strict=True):
                if not _is_number(argument.type):
                    self.must(grade, argument.span, "Whether this is a number")
        return self._computed(grades)

    def _method(self, expr: Method) -> Grade:
        name, target = expr.name, expr.target
        whole, arguments = self.of(target), [self.of(argument) for argument in expr.arguments]
        base = bare(without_none(target.type))
        keyed = isinstance(base, MapType)
        if name in MUTATORS:
            spread = name in ("update", "extend")
            for n, (grade, argument) in enumerate(zip(arguments, expr.arguments, strict=True)):
                if spread:
                    grade = self._elements(grade, argument.type)
                is_key = keyed and n == 0
                self.into(
                    target, grade if not is_key else EXACT if grade.known else lost(grade.why)
                )
        if name in _PARTIAL and not (name == "pop" and len(arguments) == 2):
            if whole.is_lost and whole.places is None:
                self.must(whole, expr.span, "Whether there is one")
            self.must(join(*arguments), expr.span, "Whether there is one")
        if name == "items":
            return Grade(places=(lost(whole.why) if whole.is_lost else EXACT, whole))
        if name == "keys":
            return self._elements(whole, base)
        if name in ("get", "pop", "setdefault") and keyed:
            key, *default = arguments
            return join(whole, *default) if key.known else lost(key.why)
        if name == "get":
            return self._computed((whole, *arguments))
        bad = next((grade for grade in arguments if not grade.known), None)
        return whole if bad is None or name in MUTATORS else lost(bad.why)


def sent(grade: Grade) -> Grade:
    """What is known of a value that has left the machine: ranks there are not kept with those in it."""
    return grade if grade.known else lost(grade.why)


def _is_tuple(type_: Type) -> bool:
    return isinstance(bare(without_none(type_)), TupleType)


def _is_number(type_: Type) -> bool:
    base = bare(without_none(type_))
    return base in (INT, FLOAT) or isinstance(base, CountType)
