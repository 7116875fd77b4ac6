"""Comparisons: which values may be compared how.

Knows the types of operands; knows nothing of arithmetic, calls or statements.
"""

from __future__ import annotations

import ast

from ..types import (
    BOOL,
    NONE,
    STR,
    CountType,
    EntityType,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    is_opaque,
    item_of,
    join,
    spell,
    unify,
    without_none,
)
from .ir import (
    Attribute,
    Compare,
    CompareOp,
    Const,
    Expr,
)
from .names import Names
from .session import a, path_of, path_text, sentence

_COMPARE: dict[type[ast.cmpop], CompareOp] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


def is_ordered(type_: Type) -> bool:
    """Whether ``<`` means something between two values of the type."""
    match bare(type_):
        case Simple(name):
            return name in ("int", "float", "str")
        case CountType():
            return True
        case TupleType(items, rest):
            return all(map(is_ordered, items)) and (rest is None or is_ordered(rest))
    return False


class Comparisons(Names):
    """Typing of comparisons."""

    def compare(self, node: ast.Compare) -> Expr:
        operands = [node.left, *node.comparators]
        ops: list[CompareOp] = [_COMPARE[type(op)] for op in node.ops]
        first = self._operand(operands[0], operands[1], None)
        left, rest = first, []
        for index, (op, operand) in enumerate(zip(ops, operands[1:], strict=True)):
            if isinstance(operand, ast.Constant) and operand.value is None:
                right: Expr = Const(span=self.span(operand), type=NONE, value=None)
            else:
                right = self.expr(operand, _partner(op, left))
            if index == 0:
                left = first = self._literal_again(operands[0], first, op, right)
            self._comparison(node, op, left, right)
            rest.append((op, right))
            left = right
        return Compare(span=self.span(node), type=BOOL, first=first, rest=tuple(rest))

    def _operand(self, node: ast.expr, other: ast.expr, want: Type | None) -> Expr:
        """The first operand; a literal waits for the other side's type."""
        if isinstance(node, ast.Constant) and node.value is None:
            return Const(span=self.span(node), type=NONE, value=None)
        return self.expr(node, want)

    def _literal_again(self, node: ast.expr, first: Expr, op: CompareOp, right: Expr) -> Expr:
        """``"queued" == file.state``: the literal on the left is judged by the right side."""
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            return first
        want = item_of(right.type) if op in ("in", "not in") else right.type
        return self.constant(node, want)

    def _comparison(self, node: ast.Compare, op: CompareOp, left: Expr, right: Expr) -> None:
        if isinstance(left.type, Unknown) or isinstance(right.type, Unknown):
            return
        if op in ("is", "is not"):
            self._identity(op, left, right)
        elif _is_none(left, right) and op not in ("in", "not in"):
            other = "is" if op == "==" else "is not"
            hint = f"Write `{other} None`." if op in ("==", "!=") else ""
            self.error("LF319", right.span, f"None can't be compared with `{op}`.", hint)
        elif op in ("in", "not in"):
            self._membership(left, right)
        elif op in ("==", "!="):
            self._equality(left, right)
        else:
            self._ordering(op, left, right)
        for side, other_side in ((left, right), (right, left)):
            self._configuration(side, other_side)

    def _identity(self, op: CompareOp, left: Expr, right: Expr) -> None:
        if NONE in (left.type, right.type):
            other = right if left.type == NONE else left
            if isinstance(other, Const) and other.type != NONE:
                self.error("LF319", other.span, "A literal is never None.")
                return
            if (
                other.type != NONE
                and not isinstance(other.type, Optional)
                and not is_opaque(other.type)
            ):
                shown = path_text(other)
                about = f"`{shown}`" if shown else "This"
                self.warning("LF396", other.span, f"{about} is never None here.")
            return
        sides = [bare(without_none(e.type)) for e in (left, right)]
        if not all(isinstance(s, EntityType) for s in sides) or sides[0] != sides[1]:
            equal = "==" if op == "is" else "!="
            self.error(
                "LF319", right.span, f"`{op}` is for None and for entities.", f"Write `{equal}`."
            )

    def _membership(self, left: Expr, right: Expr) -> None:
        container = bare(right.type)
        if isinstance(container, Optional):
            self.present(right, "`in` looks into a collection")
            return
        if container == STR:
            if bare(left.type) != STR:
                self.error("LF373", left.span, sentence(f"{a(left.type)} is never in a str."))
            return
        item = item_of(container)
        if item is None and isinstance(container, TupleType):
            if all(join(one, left.type) is None for one in container.items):
                self.error("LF373", left.span, f"This is {a(left.type)}, and none of the items is.")
            return
        if item is None:
            self.error(
                "LF373", right.span, f"`in` needs a collection, and this is {a(right.type)}."
            )
            return
        if join(item, left.type) is None:
            self.error(
                "LF374" if item_of(left.type) is not None else "LF373",
                left.span,
                f"This is {a(left.type)}, and the collection holds {_many(item)}.",
            )

    def _equality(self, left: Expr, right: Expr) -> None:
        one, two = without_none(left.type), without_none(right.type)
        if join(one, two) is not None or unify(one, two) is not None:
            return
        for collection, element in ((one, two), (two, one)):
            item = item_of(collection)
            if item is not None and join(item, element) is not None:
                self.error(
                    "LF374",
                    right.span,
                    sentence(f"{a(collection)} is compared with {a(element)}."),
                    "To ask whether it is an element, write `in`.",
                )
                return
        hint = ""
        state, path = bare(one), path_of(right)
        states = self.declared.entities[state.entity].states if isinstance(state, StateType) else {}
        if path is not None and path[-1] in states:
            hint = f'A state is written as a string: "{path[-1]}".'
        message = sentence(f"{a(left.type)} never equals {a(right.type)}.")
        self.error("LF373", right.span, message, hint)

    def _ordering(self, op: CompareOp, left: Expr, right: Expr) -> None:
        for side in (left, right):
            if isinstance(side.type, Optional):
                self.present(side, f"`{op}` needs a value")
                return
        one, two = bare(left.type), bare(right.type)
        if StateType in (type(one), type(two)):
            self.error("LF375", right.span, f"States have no order, so `{op}` means nothing.")
        elif SetType in (type(one), type(two)):
            self.error(
                "LF375", right.span, f"`{op}` isn't defined for sets.", "Compare their `len(…)`."
            )
        elif not is_ordered(one) or not is_ordered(two):
            odd = left if not is_ordered(one) else right
            self.error("LF375", odd.span, f"`{op}` isn't defined for {a(odd.type)}.")
        elif join(one, two) is None:
            message = sentence(f"{a(left.type)} can't be compared with {a(right.type)}.")
            self.error("LF373", right.span, message)

    def _configuration(self, read: Expr, literal: Expr) -> None:
        if not isinstance(read, Attribute) or read.name != "configuration":
            return
        target = bare(read.target.type)
        if isinstance(target, EntityType) and isinstance(literal, Const):
            known = self.declared.entities[target.name].configurations
            if isinstance(literal.value, str) and literal.value not in known:
                self.error(
                    "LF372",
                    literal.span,
                    f'"{literal.value[:80]}" is no configuration of {target.name}.',
                )


def _is_none(*sides: Expr) -> bool:
    """Whether one of the sides is None as written."""
    return any(isinstance(side, Const) and side.type == NONE for side in sides)


def _partner(op: CompareOp, left: Expr) -> Type | None:
    """The type that guides the right side of a comparison."""
    if op in ("in", "not in"):
        return TupleType(rest=without_none(left.type))
    return without_none(left.type)


def _many(type_: Type) -> str:
    return f"values of type {spell(type_)}"
