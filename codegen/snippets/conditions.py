"""Conditions: ``and``, ``or``, ``not``, choices, and what a condition tells about None.

Knows the types of operands; knows nothing of calls or statements.
"""

from __future__ import annotations

import ast

from ..types import (
    BOOL,
    NONE,
    UNKNOWN,
    EntityType,
    EventType,
    IterType,
    Optional,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    is_opaque,
    item_of,
    unify,
    without_none,
)
from .environment import Path
from .flow import meet
from .ir import (
    Choice,
    Compare,
    Const,
    Expr,
    Logic,
    Not,
)
from .operators import Operators
from .session import a, path_of, path_text, sentence

Narrowing = dict[Path, Type]


class Conditions(Operators):
    """Typing of logic and conditions."""

    def logic(self, node: ast.BoolOp, want: Type | None) -> Expr:
        """``a or b`` as a value."""
        expr, _, _ = self._logic(node, want, value=True)
        return expr

    def _logic(
        self, node: ast.BoolOp, want: Type | None, *, value: bool
    ) -> tuple[Expr, Narrowing, Narrowing]:
        conjunction = isinstance(node.op, ast.And)
        before = self.facts
        yes: Narrowing = {}
        no: Narrowing = {}
        operands: list[Expr] = []
        for index, operand in enumerate(node.values):
            if_true: Narrowing = {}
            if_false: Narrowing = {}
            if value and index == len(node.values) - 1:
                expr = self.expr(operand, want)
            else:
                expr, if_true, if_false = self.condition(operand, want)
            operands.append(expr)
            if index == 0:
                yes, no = if_true, if_false
            elif conjunction:
                yes, no = {**yes, **if_true}, meet(no, {**yes, **if_false})
            else:
                yes, no = meet(yes, {**no, **if_true}), {**no, **if_false}
            self.facts = before.learn(yes if conjunction else no)
        self.facts = before
        type_ = self._logic_type(conjunction, operands)
        if type_ is None:
            type_ = BOOL  # only read as true or false
            if value:
                shown = " or ".join(a(e.type) for e in operands)
                self.error("LF370", node, f"This is {shown}, which no type covers.")
                type_ = UNKNOWN
        logic = Logic(
            span=self.span(node),
            type=type_,
            op="and" if conjunction else "or",
            operands=tuple(operands),
        )
        return logic, yes, no

    def _logic_type(self, conjunction: bool, operands: list[Expr]) -> Type | None:
        types = [e.type for e in operands]
        if all(t == BOOL for t in types):
            return BOOL
        found: Type | None = types[-1]
        for type_ in reversed(types[:-1]):
            passed = type_ if conjunction else without_none(type_)
            found = None if found is None else unify(passed, found)
        return found

    def choice(self, node: ast.IfExp, want: Type | None) -> Expr:
        test, yes, no = self.condition(node.test)
        before = self.facts
        self.facts = before.learn(yes)
        one = self.expr(node.body, want)
        self.facts = before.learn(no)
        two = self.expr(node.orelse, want)
        self.facts = before
        type_ = unify(one.type, two.type)
        if type_ is None:
            self.error(
                "LF370",
                node,
                f"This is {a(one.type)} or {a(two.type)}, which no type covers.",
            )
            return self.broken(node)
        return Choice(span=self.span(node), type=type_, test=test, yes=one, no=two)

    # -------------------------------------------------------------------------------------- conditions

    def condition(
        self, node: ast.expr, want: Type | None = None
    ) -> tuple[Expr, Narrowing, Narrowing]:
        if isinstance(node, ast.BoolOp):
            return self._logic(node, want, value=False)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            operand, yes, no = self.condition(node.operand)
            return Not(span=self.span(node), type=BOOL, operand=operand), no, yes
        expr = self.expr(node, want)
        if isinstance(expr, Compare):
            return expr, *_compare_tells(expr)
        self._truth(expr)
        path = path_of(expr)
        if path is not None and isinstance(expr.type, Optional):
            always = _always_true(expr.type.item)
            return expr, {path: expr.type.item}, {path: NONE} if always else {}
        return expr, {}, {}

    def _truth(self, expr: Expr) -> None:
        """Report what is true or false always."""
        if isinstance(expr, Const):
            if not isinstance(expr.type, Unknown) and not isinstance(expr.value, bool):
                self.error("LF379", expr.span, "A literal is no condition: it is always the same.")
        elif is_opaque(without_none(expr.type)):
            self.error(
                "LF379",
                expr.span,
                f"{sentence(a(expr.type))} is never looked into, so nothing tells whether it is true.",
                "Ask `is not None`." if isinstance(expr.type, Optional) else "",
            )
        elif _always_true(expr.type):
            shown = path_text(expr)
            hint = ""
            if isinstance(bare(expr.type), StateType):
                hint = f'Compare it: `{shown} == "…"`.' if shown else ""
            self.error("LF379", expr.span, sentence(f"{a(expr.type)} is always true."), hint)
        elif expr.type == NONE:
            self.error("LF379", expr.span, "None is always false.")


def _always_true(type_: Type) -> bool:
    base = bare(type_)
    if isinstance(base, TupleType):
        return bool(base.items)
    return isinstance(base, (EntityType, EventType, StateType, IterType)) or is_opaque(type_)


def _compare_tells(expr: Compare) -> tuple[Narrowing, Narrowing]:
    """What isn't None when the comparison is true, and when it is false."""
    yes: Narrowing = {}
    no: Narrowing = {}
    left = expr.first
    for op, right in expr.rest:
        for side, other in ((left, right), (right, left)):
            path = path_of(side)
            if path is None or not isinstance(side.type, Optional):
                continue
            inner = side.type.item
            if other.type == NONE and op in ("is", "=="):
                yes[path], no[path] = NONE, inner
            elif other.type == NONE and op in ("is not", "!="):
                yes[path], no[path] = inner, NONE
            elif op == "==" and not isinstance(other.type, (Optional, Unknown)):
                yes[path] = inner
            elif op == "!=" and not isinstance(other.type, (Optional, Unknown)):
                no[path] = inner
            elif side is left and op in ("in", "not in") and _holds_no_none(other.type):
                (yes if op == "in" else no)[path] = inner
        left = right
    return (yes, no) if len(expr.rest) == 1 else (yes, {})


def _holds_no_none(type_: Type) -> bool:
    item = item_of(type_)
    return item is not None and not isinstance(item, (Optional, Unknown)) and item != NONE
