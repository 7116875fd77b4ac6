"""Arithmetic: what an operator gives for operands of which types.

Knows the types of operands; knows nothing of calls or statements.
"""

from __future__ import annotations

import ast

from ..types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    UNKNOWN,
    CountType,
    ListType,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    unify,
)
from .comparisons import Comparisons
from .ir import (
    Arithmetic,
    ArithmeticOp,
    Const,
    Expr,
    Negative,
    Not,
)
from .session import a

ARITHMETIC: dict[type[ast.operator], ArithmeticOp] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
}


def is_number(type_: Type) -> bool:
    return bare(type_) in (INT, FLOAT) or isinstance(type_, CountType)


class Operators(Comparisons):
    """Typing of arithmetic."""

    def arithmetic(self, node: ast.BinOp, want: Type | None) -> Expr:
        op = ARITHMETIC[type(node.op)]
        left = self.expr(node.left, want)
        right = self.expr(node.right, want)
        type_ = self.operate(op, left, right, node)
        return Arithmetic(span=self.span(node), type=type_, left=left, op=op, right=right)

    def operate(self, op: ArithmeticOp, left: Expr, right: Expr, node: ast.AST) -> Type:
        """The type of ``left op right``; reports what can't be."""
        for side in (left, right):
            if isinstance(side.type, Unknown):
                return UNKNOWN
            if isinstance(side.type, Optional) or side.type == NONE:
                self.present(side, f"`{op}` needs a value")
                return UNKNOWN
        one, two = bare(left.type), bare(right.type)
        if is_number(one) and is_number(two) and op not in ("|", "&"):
            if op in ("/", "//", "%") and isinstance(right, Const) and right.value == 0:
                self.error("LF391", right.span, "This divides by zero.")
            return FLOAT if op == "/" or FLOAT in (one, two) else INT
        if isinstance(one, SetType) and isinstance(two, SetType) and op in ("-", "|", "&"):
            item = unify(one.item, two.item)
            if item is not None:
                return SetType(item)
        if op == "+":
            added = self._joined(one, two)
            if added is not None:
                return added
        self._no_operation(op, left, right, node)
        return UNKNOWN

    def _joined(self, one: Type, two: Type) -> Type | None:
        text = (STR,)
        if (one in text or isinstance(one, StateType)) and (
            two in text or isinstance(two, StateType)
        ):
            return STR
        if isinstance(one, ListType) and isinstance(two, ListType):
            item = unify(one.item, two.item)
            return None if item is None else ListType(item)
        if isinstance(one, TupleType) and isinstance(two, TupleType):
            if one.rest is None and two.rest is None:
                return TupleType(one.items + two.items)
            items = [one.rest, two.rest, *one.items, *two.items]
            rest: Type | None = UNKNOWN
            for item in items:
                if item is not None and rest is not None:
                    rest = unify(rest, item)
            return None if rest is None else TupleType(rest=rest)
        return None

    def _no_operation(self, op: ArithmeticOp, left: Expr, right: Expr, node: ast.AST) -> None:
        one, two = bare(left.type), bare(right.type)
        hint = ""
        if op in ("&", "|"):
            hint = f"`{op}` joins sets; for conditions write `{'and' if op == '&' else 'or'}`."
        elif STR in (one, two) and op == "+":
            hint = "Turn the other one into a string: `str(…)`."
        elif one == STR and op == "%":
            hint = "There is no formatting; join strings with `+`."
        elif BOOL in (one, two):
            hint = "A bool isn't a number here; write `1 if … else 0`."
        elif isinstance(one, SetType) and op == "+":
            hint = "Sets are joined with `|`."
        self.error(
            "LF375", node, f"`{op}` isn't defined for {a(left.type)} and {a(right.type)}.", hint
        )

    def unary(self, node: ast.UnaryOp) -> Expr:
        if isinstance(node.op, ast.Not):
            operand, _, _ = self.condition(node.operand)
            return Not(span=self.span(node), type=BOOL, operand=operand)
        operand = self.expr(node.operand)
        if isinstance(operand, Const) and type(operand.value) in (int, float):
            assert isinstance(operand.value, int | float)
            return Const(span=self.span(node), type=operand.type, value=-operand.value)
        operand = self.present(operand, "`-` needs a number")
        if not is_number(operand.type) and not isinstance(operand.type, Unknown):
            self.error("LF375", node, f"`-` isn't defined for {a(operand.type)}.")
            return self.broken(node)
        type_ = INT if isinstance(operand.type, CountType) else operand.type
        return Negative(span=self.span(node), type=type_, operand=operand)
