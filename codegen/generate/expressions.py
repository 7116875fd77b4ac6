"""Expressions of the checked tree as Python text, with the parentheses they need and no others.

Knows the tree, the scope and the plan of the machine; knows nothing of statements.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..snippets.ir import (
    Arithmetic,
    Attribute,
    Builtin,
    CallHost,
    CallProcedure,
    Choice,
    Clause,
    Compare,
    CompareOp,
    Comprehension,
    ConfigRead,
    Const,
    ContextRead,
    Create,
    Deviates,
    Display,
    Expr,
    Group,
    Index,
    Local,
    Logic,
    MapComprehension,
    MapDisplay,
    Method,
    Negative,
    Not,
    Registry,
    Start,
)
from ..types import (
    BOOL,
    INT,
    CountType,
    EntityType,
    EventType,
    HeapType,
    IterType,
    ListType,
    MapType,
    Optional,
    SetType,
    Type,
)
from .annotations import annotation, contains_unknown, resolved
from .scope import Scope
from .texts import literal, quoted

if TYPE_CHECKING:
    from .plan import Plan

# How tightly an expression binds, as in Python's grammar; a weaker one inside needs parentheses.
CHOICE, OR, AND, NOT, COMPARE, UNION, INTERSECT, SUM, TERM, UNARY, ATOM = range(11)

_ARITHMETIC = {
    "|": UNION,
    "&": INTERSECT,
    "+": SUM,
    "-": SUM,
    "*": TERM,
    "/": TERM,
    "//": TERM,
    "%": TERM,
}
_NEGATED: dict[CompareOp, CompareOp] = {
    "in": "not in",
    "is": "is not",
    "not in": "in",
    "is not": "is",
    "==": "!=",
    "!=": "==",
}
_INVERTED: dict[CompareOp, CompareOp] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _is_one(value: Const) -> bool:
    """Whether there is only one such object, so that Python asks for ``is``."""
    return value.value is None or value.type == BOOL


def _joins(left: Expr, right: Expr) -> bool:
    """Whether a sum is written better as one display: ``(*priority, n)`` and not ``priority + (n,)``."""
    return isinstance(left, Display) or isinstance(right, Display)


def _is_whole(expr: Expr) -> bool:
    return resolved(expr.type) == INT or isinstance(expr.type, CountType)


_ELEMENTS_DO = frozenset(
    "OrderedSet all any enumerate list max min reversed sorted sum tuple zip".split()
)
"""Functions that go through their arguments and keep none."""
WALKED_BY = _ELEMENTS_DO - {"OrderedSet"} | {"ordered_set", "set"}
"""The same as they are called in specs."""


def has_elements(expr: Expr) -> bool:
    """Whether the value surely is an ordered set or a heap of ours, whose ``elements`` can be read. The
    fields of an event are what somebody else has put there."""
    if isinstance(expr, Attribute) and isinstance(expr.target.type, EventType):
        return False
    made = isinstance(expr, Display | Comprehension | Builtin | CallHost)
    return not made and isinstance(resolved(expr.type), SetType | HeapType)


def _reversed_list(expr: Builtin) -> Expr | None:
    """The list that ``list(reversed(…))`` is about."""
    if expr.function == "list" and len(expr.arguments) == 1 and not expr.keyword:
        inner = expr.arguments[0]
        if (
            isinstance(inner, Builtin)
            and inner.function == "reversed"
            and isinstance(resolved(inner.arguments[0].type), ListType)
        ):
            return inner.arguments[0]
    return None


class Expressions:
    """Renders expressions for one scope."""

    def __init__(self, plan: Plan, scope: Scope) -> None:
        self.plan = plan
        self.scope = scope

    def text(self, expr: Expr) -> str:
        """The expression where anything may stand: an argument, the right of an assignment."""
        return self._render(expr)[0]

    def at(self, expr: Expr, level: int) -> str:
        """The expression where only what binds as tightly as ``level`` may stand."""
        text, own = self._render(expr)
        return text if own >= level else f"({text})"

    def test(self, expr: Expr) -> str:
        """The expression as a condition."""
        return self._test(expr)[0]

    def _test(self, expr: Expr) -> tuple[str, int]:
        """The expression where only its truth counts."""
        match expr:
            case Logic(op=op, operands=operands):
                level = AND if op == "and" else OR
                parts = (self._test_at(o, level + 1) for o in operands)
                return f" {op} ".join(parts), level
            case _ if has_elements(expr):
                return self.elements(expr), ATOM
            case _:
                return self._render(expr)

    def _test_at(self, expr: Expr, level: int) -> str:
        text, own = self._test(expr)
        return text if own >= level else f"({text})"

    def walked(self, expr: Expr, level: int = CHOICE) -> str:
        """The expression where it is gone through, or given to a function that does so."""
        if has_elements(expr) and isinstance(resolved(expr.type), SetType):
            return self.elements(expr)
        return self.at(expr, level)

    def elements(self, expr: Expr) -> str:
        """The elements of an ordered set or a heap."""
        if isinstance(expr, Local) and expr.name in self.scope.plain_sets:
            return self.scope.local(expr.name)
        if isinstance(expr, Attribute) and isinstance(expr.target.type, EntityType):
            return self.plan.elements(expr.target.type.name, expr.name, self.at(expr.target, ATOM))
        return f"{self.at(expr, ATOM)}.elements"

    def negated(self, expr: Expr, level: int = CHOICE) -> str:
        """``not`` the expression, as short as it goes."""
        if isinstance(expr, Not):
            return self.at(expr.operand, level)
        return self.at(Not(span=expr.span, type=BOOL, operand=expr), level)

    def _render(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Const(value=value):
                negative = isinstance(value, int | float) and value < 0
                return literal(value), UNARY if negative else ATOM
            case Local(name=name):
                return self.scope.local(name), ATOM
            case Start():
                return "start", ATOM
            case ContextRead(name=name) | ConfigRead(name=name):
                return f"{self.scope.self_name}.{name}", ATOM
            case Registry(entity=entity):
                return f"{self.scope.self_name}.{self.plan.spec.entities[entity].registry}", ATOM
            case Group(entity=entity, name=name):
                return literal(self.plan.spec.entities[entity].groups[name]), ATOM
            case Deviates(name=name):
                return f"{self.scope.self_name}.DEVIATIONS[{quoted(name)}]", ATOM
            case Attribute(target=target, name=name):
                of = self.at(target, ATOM)
                if isinstance(target.type, EntityType):
                    return self.plan.whole(target.type.name, name, of), ATOM
                return f"{of}.{name}", ATOM
            case Index(target=target, index=index):
                return self._index(target, index), ATOM
            case Compare():
                return self._compare(expr), COMPARE
            case Logic(op=op, operands=operands):
                level = AND if op == "and" else OR
                return f" {op} ".join(self.at(o, level + 1) for o in operands), level
            case Not(operand=operand):
                return self._not(operand)
            case Negative(operand=operand):
                return f"-{self.at(operand, UNARY)}", UNARY
            case Arithmetic(left=left, op="+", right=right) if _joins(left, right):
                return self._joined(expr.type, (left, right)), ATOM
            case Arithmetic(left=left, op=op, right=right):
                level = _ARITHMETIC[op]
                return f"{self.at(left, level)} {op} {self.at(right, level + 1)}", level
            case Choice(test=test, yes=yes, no=no):
                parts = self.at(yes, OR), self._test_at(test, OR), self.at(no, CHOICE)
                return "{} if {} else {}".format(*parts), CHOICE
            case Display(items=items):
                return self._display(expr.type, [self.text(i) for i in items]), ATOM
            case MapDisplay(items=pairs):
                inner = ", ".join(f"{self.text(k)}: {self.text(v)}" for k, v in pairs)
                return "{" + inner + "}", ATOM
            case Comprehension():
                return self._comprehension(expr), ATOM
            case MapComprehension():
                return self._map_comprehension(expr), ATOM
            case Builtin():
                return self._builtin(expr), ATOM
            case Method():
                return self._method(expr), ATOM
            case CallProcedure(procedure=procedure, arguments=arguments):
                return self._procedure(procedure, arguments), ATOM
            case CallHost(function=function, arguments=arguments):
                return self._host(function, arguments), ATOM
            case Create():
                return self._create(expr), ATOM
            case _:
                raise AssertionError(f"an expression that nobody renders: {expr!r}")

    def arguments(self, arguments: tuple[Expr, ...]) -> str:
        return ", ".join(map(self.text, arguments))

    def _index(self, target: Expr, index: Expr) -> str:
        base = self.at(target, ATOM)
        type_ = resolved(target.type)
        if self.scope.pure and isinstance(type_, MapType) and type_.default:
            return f"{base}.look({self.text(index)})"
        return f"{base}[{self.text(index)}]"

    def _compare(self, expr: Compare) -> str:
        if len(expr.rest) == 1 and expr.rest[0][0] in ("==", "!="):
            op, other = expr.rest[0]
            if all(
                has_elements(e) and isinstance(resolved(e.type), SetType)
                for e in (expr.first, other)
            ):
                return f"{self.walked(expr.first)} {op} {self.walked(other)}"
        parts = [self.at(expr.first, UNION)]
        for op, operand in expr.rest:
            if op in ("in", "not in") and has_elements(operand):
                parts += [op, self.elements(operand)]
                continue
            if isinstance(operand, Const) and op in ("==", "!=") and _is_one(operand):
                op = "is" if op == "==" else "is not"
            parts += [op, self.at(operand, UNION)]
        return " ".join(parts)

    def _not(self, operand: Expr) -> tuple[str, int]:
        if isinstance(operand, Compare) and len(operand.rest) == 1:
            op, right = operand.rest[0]
            inverted = _NEGATED.get(op)
            if inverted is None and _is_whole(operand.first) and _is_whole(right):
                inverted = _INVERTED[op]  # not so for floats, of which one is not even itself
            if inverted is not None:
                return self._render(replace(operand, rest=((inverted, right),)))
        return f"not {self._test_at(operand, NOT)}", NOT

    def _display(self, type_: Type, items: list[str]) -> str:
        inner = ", ".join(items)
        match resolved(type_):
            case ListType():
                return f"[{inner}]"
            case SetType():
                return (
                    f"OrderedSet(({inner}{',' if len(items) == 1 else ''}))"
                    if items
                    else "OrderedSet()"
                )
            case _:
                return f"({inner},)" if len(items) == 1 else f"({inner})"

    def _joined(self, type_: Type, parts: tuple[Expr, ...]) -> str:
        items: list[str] = []
        for part in parts:
            if isinstance(part, Display):
                items += map(self.text, part.items)
            else:
                items.append(f"*{self.at(part, UNION)}")
        return self._display(type_, items)

    def _comprehension(self, expr: Comprehension) -> str:
        before = dict(self.scope.bound)
        clauses = " ".join(self._clause(c) for c in expr.clauses)
        inner = f"{self.text(expr.element)} {clauses}"
        self.scope.bound = before
        match resolved(expr.type):
            case SetType():
                return f"OrderedSet({inner})"
            case IterType():
                return inner  # the call around it brings the parentheses
            case _:
                return f"[{inner}]"

    def _map_comprehension(self, expr: MapComprehension) -> str:
        before = dict(self.scope.bound)
        clauses = " ".join(self._clause(c) for c in expr.clauses)
        inner = f"{self.text(expr.key)}: {self.text(expr.value)} {clauses}"
        self.scope.bound = before
        return "{" + inner + "}"

    def _clause(self, clause: Clause) -> str:
        source = self.walked(clause.source, OR)
        for name in clause.names:
            self.scope.bound.pop(name, None)
        conditions = "".join(f" if {self._test_at(c, OR)}" for c in clause.conditions)
        return f"for {', '.join(clause.names)} in {source}{conditions}"

    def _builtin(self, expr: Builtin) -> str:
        if (of := _reversed_list(expr)) is not None:
            return f"{self.at(of, ATOM)}[::-1]"
        name = {"ordered_set": "OrderedSet", "set": "OrderedSet"}.get(expr.function, expr.function)
        if name in _ELEMENTS_DO:
            inner = [self.walked(a) for a in expr.arguments]
        elif name == "len" and has_elements(expr.arguments[0]):
            inner = [self.elements(expr.arguments[0])]
        else:
            inner = [self.text(a) for a in expr.arguments]
        inner += [f"{key}={self.text(value)}" for key, value in expr.keyword]
        if name == "zip":
            inner.append("strict=False")
        if name == "range":
            return f"{self.scope.self_name}._range({', '.join(inner)})"
        return f"{name}({', '.join(inner)})"

    def _method(self, expr: Method) -> str:
        target = self.at(expr.target, ATOM)
        type_ = resolved(expr.target.type)
        name = expr.name
        inner = self.arguments(expr.arguments)
        if isinstance(type_, ListType) and name == "pop_last":
            return f"{target}.pop()"
        if (
            isinstance(type_, MapType)
            and type_.default
            and name == "get"
            and len(expr.arguments) == 1
            and not isinstance(expr.type, Optional)
        ):
            return f"{target}.look({inner})"
        return f"{target}.{name}({inner})"

    def _procedure(self, procedure: str, arguments: tuple[Expr, ...]) -> str:
        inner = [self.text(a) for a in arguments]
        needs = self.plan.needs(procedure)
        if needs.recommendations:
            inner.append("recommendations")
        if needs.instructions:
            inner.append("instructions")
        if needs.stimulus_id:
            inner.append(self.scope.stimulus_id)
        return f"{self.scope.self_name}.{procedure}({', '.join(inner)})"

    def _host(self, function: str, arguments: tuple[Expr, ...]) -> str:
        if function == "now":
            return f"{self.scope.self_name}.now"
        call = f"{self.scope.self_name}._host.{function}({self.arguments(arguments)})"
        declared = self.plan.spec.host[function]
        if declared.recorded and declared.returns is not None and not self.scope.pure:
            return f"{self.scope.self_name}._record({quoted(function)}, {call})"
        return call

    def _create(self, expr: Create) -> str:
        verb = "get_or_create" if expr.reuse else "create"
        inner = [self.text(expr.key)]
        inner += [f"{name}={self.text(value)}" for name, value in expr.fields]
        return f"{self.scope.self_name}.{self.plan.methods[verb, expr.entity]}({', '.join(inner)})"

    def typed_value(self, expr: Expr, want: Type) -> tuple[str, bool]:
        """The value of a new local, and whether a reader (and a type checker) needs its annotation."""
        text = self.text(expr)
        empty = contains_unknown(expr.type) or (
            isinstance(expr, Display | MapDisplay) and not expr.items
        )
        if isinstance(expr, Builtin) and expr.function in ("list", "ordered_set", "set", "tuple"):
            empty = empty or not expr.arguments
        differs = annotation(want) != annotation(expr.type) or (
            isinstance(want, Optional) and isinstance(expr, Const)
        )
        return text, empty or differs
