"""A small evaluator of expressions, obvious rather than fast, and what it means to be of a type."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lawful.codegen.snippets import ir
from lawful.codegen.types import (
    IterType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
)
from lawful.runtime import OrderedSet

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "|": operator.or_,
    "&": operator.and_,
}
BUILTINS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (len, min, max, abs, sum, any, all, sorted, reversed, list, tuple, int, float, str)
} | {
    "round": round,
    "enumerate": enumerate,
    "zip": zip,
    "range": range,
    "ordered_set": OrderedSet,
}


def evaluate(expr: ir.Expr, names: Mapping[str, Any]) -> Any:
    """The value of a pure expression. ``names`` hold locals, context and configuration alike."""

    def value(inner: ir.Expr) -> Any:
        return evaluate(inner, names)

    match expr:
        case ir.Const():
            return expr.value
        case ir.Local() | ir.ContextRead() | ir.ConfigRead():
            return names[expr.name]
        case ir.Attribute():
            return getattr(value(expr.target), expr.name)
        case ir.Index():
            return value(expr.target)[value(expr.index)]
        case ir.Compare():
            return _compare(expr, value)
        case ir.Logic():
            found: Any = None
            for operand in expr.operands:
                found = value(operand)
                if bool(found) == (expr.op == "or"):
                    break
            return found
        case ir.Not():
            return not value(expr.operand)
        case ir.Negative():
            return -value(expr.operand)
        case ir.Arithmetic():
            left = value(expr.left)
            return ARITHMETIC[expr.op](left, value(expr.right))
        case ir.Choice():
            return value(expr.yes if value(expr.test) else expr.no)
        case ir.Display():
            items = [value(item) for item in expr.items]
            kind = {TupleType: tuple, SetType: OrderedSet}.get(type(bare(expr.type)), list)
            return kind(items)
        case ir.MapDisplay():
            return {value(k): value(v) for k, v in expr.items}
        case ir.Comprehension():
            found = [evaluate(expr.element, inner) for inner in _rounds(expr.clauses, names)]
            return OrderedSet(found) if isinstance(expr.type, SetType) else found
        case ir.MapComprehension():
            rounds = _rounds(expr.clauses, names)
            return {evaluate(expr.key, r): evaluate(expr.value, r) for r in rounds}
        case ir.Builtin():
            keywords = {k: value(v) for k, v in expr.keyword}
            return BUILTINS[expr.function](*map(value, expr.arguments), **keywords)
        case ir.Method():
            target = value(expr.target)
            return getattr(target, expr.name)(*map(value, expr.arguments))
    raise AssertionError(f"not pure, or unknown: {expr}")


def _compare(expr: ir.Compare, value: Callable[[ir.Expr], Any]) -> bool:
    left = value(expr.first)
    for op, operand in expr.rest:
        right = value(operand)
        if not COMPARE[op](left, right):
            return False
        left = right
    return True


def _rounds(
    clauses: tuple[ir.Clause, ...], names: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    if not clauses:
        yield names
        return
    first, *rest = clauses
    for item in evaluate(first.source, names):
        bound = dict(zip(first.names, item if len(first.names) > 1 else (item,), strict=True))
        inner = {**names, **bound}
        if all(evaluate(test, inner) for test in first.conditions):
            yield from _rounds(tuple(rest), inner)


def inhabits(value: Any, type_: Type) -> bool:
    """Whether a value is one of the type."""
    match bare(type_):
        case Unknown() | Named():
            return True
        case Optional(item):
            return value is None or inhabits(value, item)
        case Simple("None"):
            return value is None
        case Simple("bool"):
            return isinstance(value, bool)
        case Simple("int"):
            return isinstance(value, int) and not isinstance(value, bool)
        case Simple("float"):
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case Simple("str") | StateType():
            return isinstance(value, str)
        case ListType(item):
            return isinstance(value, list) and all(inhabits(v, item) for v in value)
        case SetType(item):
            return isinstance(value, OrderedSet) and all(inhabits(v, item) for v in value)
        case MapType(key, item, _):
            pairs = value.items() if isinstance(value, dict) else [(None, None)]
            return isinstance(value, dict) and all(
                inhabits(k, key) and inhabits(v, item) for k, v in pairs
            )
        case TupleType(items, rest):
            if not isinstance(value, tuple):
                return False
            types = items if rest is None else (rest,) * len(value)
            return len(types) == len(value) and all(map(inhabits, value, types))
        case IterType(item):
            return all(inhabits(v, item) for v in value)
    return False
