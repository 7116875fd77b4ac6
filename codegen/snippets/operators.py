"""Operators of expressions: comparisons, arithmetic, logic; and what a condition tells about None.

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
    EntityType,
    EventType,
    IterType,
    ListType,
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
from .environment import Path
from .flow import meet
from .ir import (
    Arithmetic,
    ArithmeticOp,
    Attribute,
    Choice,
    Compare,
    CompareOp,
    Const,
    Expr,
    Logic,
    Negative,
    Not,
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
Narrowing = dict[Path, Type]


def is_number(type_: Type) -> bool:
    return bare(type_) in (INT, FLOAT) or isinstance(type_, CountType)


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


class Operators(Names):
    """Typing of operators and conditions."""

    # -------------------------------------------------------------------------------------- comparing

    def compare(self, node: ast.Compare) -> Expr:
        operands = [node.left, *node.comparators]
        ops = [_COMPARE[type(op)] for op in node.ops]
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

    # -------------------------------------------------------------------------------------- arithmetic

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

    # ------------------------------------------------------------------------------------------- logic

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


def _is_none(*sides: Expr) -> bool:
    """Whether one of the sides is None as written."""
    return any(isinstance(side, Const) and side.type == NONE for side in sides)


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


def _partner(op: CompareOp, left: Expr) -> Type | None:
    """The type that guides the right side of a comparison."""
    if op in ("in", "not in"):
        return TupleType(rest=without_none(left.type))
    return without_none(left.type)


def _many(type_: Type) -> str:
    return f"values of type {spell(type_)}"
