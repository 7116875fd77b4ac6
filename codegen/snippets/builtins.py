"""The language's own functions: ``len``, ``min``, ``sorted``, ``any`` and so on.

Knows what each takes and gives; knows nothing of other calls.
"""

from __future__ import annotations

import ast

from ..types import (
    BOOL,
    COLLECTIONS,
    FLOAT,
    INT,
    STR,
    UNKNOWN,
    CountType,
    IterType,
    ListType,
    MapType,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    item_of,
    unify,
)
from .comparisons import is_ordered
from .ir import Builtin, Expr
from .methods import Methods
from .operators import is_number
from .session import a, sentence

_COUNTS: dict[str, tuple[int, int]] = {  # how many arguments each takes
    "len": (1, 1),
    "abs": (1, 1),
    "sum": (1, 1),
    "any": (1, 1),
    "all": (1, 1),
    "sorted": (1, 1),
    "reversed": (1, 1),
    "list": (0, 1),
    "set": (0, 1),
    "ordered_set": (0, 1),
    "tuple": (0, 1),
    "int": (1, 1),
    "float": (1, 1),
    "str": (1, 1),
    "round": (1, 2),
    "enumerate": (1, 1),
    "range": (1, 3),
    "min": (1, 20),
    "max": (1, 20),
    "zip": (2, 5),
}
_ITERATES = frozenset("sum any all sorted list set ordered_set tuple enumerate zip min max".split())


class Builtins(Methods):
    """Typing of calls of the language's own functions."""

    def builtin(self, node: ast.Call, name: str, want: Type | None) -> Expr:
        keywords = self._keywords(node, name)
        if keywords is None or not self._count(node, name):
            return self.broken(node)
        guide = _guide(name, want)
        arguments: list[Expr] = []
        for argument in node.args:
            if isinstance(argument, ast.GeneratorExp) and name not in _ITERATES:
                self.error("LF308", argument, f"`{name}` takes no generator expression.")
                return self.broken(node)
            if name in ("any", "all") and isinstance(argument, (ast.GeneratorExp, ast.ListComp)):
                expr = self.comprehension(argument, None, truth=True)
            else:
                expr = self.expr(argument, guide)
            arguments.append(self.present(expr, f"`{name}` needs a value"))
        if any(isinstance(e.type, Unknown) for e in arguments):
            return self.broken(node)
        found = self._kind_of_result(name, arguments, keywords) if arguments else _empty(name, want)
        if found is None:
            return self.broken(node)
        canonical = "ordered_set" if name == "set" else name
        return Builtin(
            span=self.span(node),
            type=found,
            function=canonical,
            arguments=tuple(arguments),
            keyword=tuple(keywords.items()),
        )

    def _keywords(self, node: ast.Call, name: str) -> dict[str, Expr] | None:
        found: dict[str, Expr] = {}
        if any(isinstance(x, ast.Starred) for x in node.args):
            self.error("LF310", node, f"`{name}` takes no `*`.")
            return None
        for keyword in node.keywords:
            assert keyword.arg is not None
            if keyword.arg != "default" or name not in ("min", "max") or len(node.args) != 1:
                hint = ""
                if keyword.arg == "key":
                    hint = "Sort tuples whose first item is the key."
                self.error("LF376", keyword.value, f'`{name}` takes no "{keyword.arg}" here.', hint)
                return None
            found["default"] = self.expr(keyword.value)
        return found

    def _count(self, node: ast.Call, name: str) -> bool:
        least, most = _COUNTS[name]
        if least <= len(node.args) <= most:
            return True
        count = f"{least}" if least == most else f"{least} to {most}"
        plural = "" if most == 1 else "s"
        self.error("LF376", node, f"`{name}` takes {count} argument{plural}, not {len(node.args)}.")
        return False

    def _kind_of_result(
        self, name: str, arguments: list[Expr], keywords: dict[str, Expr]
    ) -> Type | None:
        if name in ("min", "max"):
            return self._extreme(name, arguments, keywords)
        if name in ("list", "set", "ordered_set", "tuple", "sorted"):
            return self._copied(name, arguments)
        if name in ("any", "all", "sum"):
            return self._folded(name, arguments)
        if name in ("reversed", "enumerate", "zip", "range"):
            return self._walked(name, arguments)
        return self._converted(name, arguments)

    def _item(self, expr: Expr, name: str) -> Type | None:
        item = item_of(expr.type)
        if item is not None:
            return item
        hint = "Its items differ in type." if isinstance(bare(expr.type), TupleType) else ""
        message = f"`{name}` needs a collection, but this is {a(expr.type)}."
        self.error("LF378", expr.span, message, hint)
        return None

    def _extreme(self, name: str, arguments: list[Expr], keywords: dict[str, Expr]) -> Type | None:
        if len(arguments) == 1:
            item = self._item(arguments[0], name)
        else:
            item = arguments[0].type
            for other in arguments[1:]:
                item = None if item is None else unify(item, other.type)
            if item is None:
                shown = " and ".join(a(e.type) for e in arguments)
                self.error("LF373", arguments[-1].span, f"`{name}` can't compare {shown}.")
        if item is None:
            return None
        if not is_ordered(item) and not isinstance(item, Unknown):
            self.error(
                "LF375", arguments[0].span, f"`{name}` needs an order, and {a(item)} has none."
            )
            return None
        item = INT if isinstance(item, CountType) else item
        if "default" in keywords:
            joined = unify(item, keywords["default"].type)
            if joined is None:
                self.fit(keywords["default"], item, f"The default of `{name}`")
            return joined
        return item

    def _copied(self, name: str, arguments: list[Expr]) -> Type | None:
        item = self._item(arguments[0], name)
        if item is None:
            return None
        if name == "sorted":
            if not is_ordered(item) and not isinstance(item, Unknown):
                self.error(
                    "LF375", arguments[0].span, sentence(f"{a(item)} has no order to sort by.")
                )
                return None
            return ListType(item)
        if name == "list":
            return ListType(item)
        if name == "tuple":
            base = bare(arguments[0].type)
            return base if isinstance(base, TupleType) else TupleType(rest=item)
        self.hashable(self._as(arguments[0], item), "An element of a set")
        return SetType(item)

    def _as(self, expr: Expr, type_: Type) -> Expr:
        return Expr(span=expr.span, type=type_)

    def _folded(self, name: str, arguments: list[Expr]) -> Type | None:
        item = self._item(arguments[0], name)
        if item is None or name in ("any", "all"):
            return None if item is None else BOOL
        if isinstance(item, Optional):
            self.error("LF371", arguments[0].span, "`sum` needs numbers, and some may be None.")
            return None
        if not is_number(item) and not isinstance(item, Unknown):
            hint = "Count with `1 for … if …`." if item == BOOL else ""
            self.error("LF375", arguments[0].span, f"`sum` needs numbers, not {a(item)}.", hint)
            return None
        return FLOAT if bare(item) == FLOAT else INT

    def _walked(self, name: str, arguments: list[Expr]) -> Type | None:
        if name == "range":
            for argument in arguments:
                self.fit(argument, INT, "An argument of `range`")
            return IterType(INT)
        items = [self._item(argument, name) for argument in arguments]
        known = [item for item in items if item is not None]
        if len(known) < len(items):
            return None
        if name == "reversed":
            expr = arguments[0]
            is_range = isinstance(expr, Builtin) and expr.function == "range"
            if (
                not isinstance(bare(expr.type), (ListType, SetType, TupleType, MapType))
                and not is_range
            ):
                self.error(
                    "LF378",
                    expr.span,
                    f"`reversed` needs a list, a set, a tuple or a map, not {a(expr.type)}.",
                    "Make a list of it first.",
                )
                return None
            return IterType(known[0])
        if name == "enumerate":
            return IterType(TupleType((INT, known[0])))
        return IterType(TupleType(tuple(known)))

    def _converted(self, name: str, arguments: list[Expr]) -> Type | None:
        first = arguments[0]
        base = bare(first.type)
        if name == "len":
            if (isinstance(base, COLLECTIONS) and not isinstance(base, IterType)) or base == STR:
                return INT
            hint = "Count with `sum(1 for … in …)`." if isinstance(base, IterType) else ""
            if isinstance(base, CountType):
                hint = "It is a number already."
            self.error(
                "LF378", first.span, f"`len` needs a collection, but this is {a(base)}.", hint
            )
            return None
        if name in ("int", "float", "str"):
            plain = base in (BOOL, INT, FLOAT, STR) or isinstance(base, (CountType, StateType))
            if not plain:
                self.error("LF370", first.span, f"`{name}` can't make anything of {a(first.type)}.")
                return None
            return {"int": INT, "float": FLOAT, "str": STR}[name]
        if not is_number(base):
            self.error(
                "LF370", first.span, f"`{name}` needs a number, but this is {a(first.type)}."
            )
            return None
        if name == "abs":
            return INT if isinstance(base, CountType) else base
        if len(arguments) == 2:
            self.fit(arguments[1], INT, "The number of digits")
            return base
        return INT


def _guide(name: str, want: Type | None) -> Type | None:
    """What guides the argument, given what is wanted of the call."""
    if want is None:
        return None
    item = item_of(want)
    if name in ("list", "set", "ordered_set", "tuple", "sorted") and item is not None:
        return TupleType(rest=item)
    return None


def _empty(name: str, want: Type | None) -> Type:
    item = UNKNOWN if want is None else item_of(want) or UNKNOWN
    if name == "list":
        return ListType(item)
    if name == "tuple":
        return TupleType()
    return SetType(item)
