"""The operators, functions and methods of the language on the interpreter's values.

Tables of small functions. Knows values only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .containers import Heap, List, Map, Set

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda item, held: item in held,
    "not in": lambda item, held: item not in held,
}


def arithmetic(op: str, left: Any, right: Any) -> Any:
    """``left op right``; what it gives of collections is a new one."""
    if isinstance(left, Set | Heap):
        mine, other = list(left), list(right)
        match op:
            case "|":
                return Set([*mine, *other])
            case "&":
                return Set(item for item in mine if item in right)
            case _:
                return Set(item for item in mine if item not in right)
    if isinstance(left, List):
        return List([*left.items, *right.items])
    return _NUMBERS[op](left, right)


def change_in_place(op: str, left: Any, right: Any) -> Any:
    """``left op= right``: a collection is changed, of anything else there is a new value."""
    if isinstance(left, List):
        left.extend(right)
        return left
    if isinstance(left, Set):
        left.become(arithmetic(op, left, right))
        return left
    return arithmetic(op, left, right)


_NUMBERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": len,
    "min": min,
    "max": max,
    "abs": abs,
    "sum": sum,
    "any": any,
    "all": all,
    "sorted": lambda items: List(sorted(items)),
    "reversed": reversed,
    "list": List,
    "ordered_set": Set,
    "tuple": tuple,
    "int": int,
    "float": float,
    "str": str,
    "round": round,
    "enumerate": enumerate,
    "zip": zip,
}
"""Every function of the language but ``range``, whose rounds are counted."""


def walked(source: Iterable[Any], names: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """The locals of each round of a loop."""
    for item in source:
        parts = item if len(names) > 1 else (item,)
        yield dict(zip(names, parts, strict=True))


def call_method(target: Any, name: str, arguments: list[Any], *, looks: bool) -> Any:
    """A method of a collection or text. ``looks``: ``get`` of a default map, which makes a value
    without keeping it."""
    if looks and isinstance(target, Map):
        return target.look(arguments[0])
    return getattr(target, name)(*arguments)
