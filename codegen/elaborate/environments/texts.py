"""What snippets ask of texts beyond which of them they are.

Knows the tree of snippets.
"""

from __future__ import annotations

from typing import TypeGuard

from ...snippets.ir import Arithmetic, Assign, Builtin, Compare, Const, Expr, Method
from ...types import STR, Type, bare, item_of
from ..draft import parts

_ORDER = frozenset(("<", "<=", ">", ">="))
_ORDERING = frozenset(("sorted", "min", "max"))


def is_text(expr: Expr) -> TypeGuard[Const]:
    """Whether an expression is a text as it stands."""
    return isinstance(expr, Const) and isinstance(expr.value, str)


def orders_texts(part: Expr | Assign) -> str | None:
    """What an expression or assignment asks of texts beyond which they are, in words; None if nothing."""
    match part:
        case Compare(first=first, rest=rest):
            left = first
            for op, right in rest:
                if op in _ORDER and holds_text(left.type):
                    return "orders texts"
                if op in ("in", "not in") and bare(right.type) == STR:
                    return "looks into texts"
                left = right
        case Builtin(function=function, arguments=arguments) if function in _ORDERING:
            items = [a.type for a in arguments] if len(arguments) > 1 else []
            if len(arguments) == 1:
                items = [item for item in [item_of(arguments[0].type)] if item is not None]
            if any(map(holds_text, items)):
                return "orders texts"
        case Builtin(function="len", arguments=(only,)) if bare(only.type) == STR:
            return "measures texts"
        case Builtin(function="int" | "float", arguments=(only,)) if bare(only.type) == STR:
            return "takes texts for numbers"
        case Method(target=target) if bare(target.type) == STR:
            return "looks into texts"
        case Arithmetic(left=left) | Assign(targets=(left,), op="+") if bare(left.type) == STR:
            return "joins texts"
    return None


def holds_text(type_: Type) -> bool:
    """Whether a value of the type is a text or holds one."""
    return any(part == STR for part in parts(type_))
