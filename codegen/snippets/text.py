"""Checked snippets back as text, one statement a line, for labels and tables.

Knows the snippet tree. The text is the language's own, but laid out anew: a guard that was written
over three lines of YAML becomes one line, so that it fits a label.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..types import ListType, SetType
from . import ir

# How tightly an expression binds; an operand that binds less tightly gets parentheses.
_CHOICE, _OR, _AND, _NOT, _COMPARE, _UNION, _INTERSECT, _SUM, _PRODUCT, _SIGN, _ATOM = range(11)
_ARITHMETIC = {
    "|": _UNION,
    "&": _INTERSECT,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "//": _PRODUCT,
    "%": _PRODUCT,
}


def expression(expr: ir.Expr, registries: dict[str, str] | None = None) -> str:
    """The expression as one line. ``registries`` names the registry of each entity (default: the
    entity's own name stands in)."""
    return _Printer(registries or {}).show(expr)


def statements(block: ir.Block, registries: dict[str, str] | None = None) -> list[str]:
    """The statements as lines, nested ones indented by four spaces."""
    return list(_Printer(registries or {}).lines(block, 0))


class _Printer:
    def __init__(self, registries: dict[str, str]) -> None:
        self.registries = registries

    # ------------------------------------------------------------------------------ expressions

    def show(self, expr: ir.Expr, least: int = _CHOICE) -> str:
        text, binding = self._bound(expr)
        return f"({text})" if binding < least else text

    def _commas(self, exprs: tuple[ir.Expr, ...]) -> str:
        return ", ".join(map(self.show, exprs))

    def _named(self, pairs: tuple[tuple[str, ir.Expr], ...]) -> str:
        return ", ".join(f"{name}={self.show(value)}" for name, value in pairs)

    def _bound(self, expr: ir.Expr) -> tuple[str, int]:
        match expr:
            case ir.Compare():
                parts = [self.show(expr.first, _UNION)]
                for op, operand in expr.rest:
                    parts += [op, self.show(operand, _UNION)]
                return " ".join(parts), _COMPARE
            case ir.Logic():
                binding = _OR if expr.op == "or" else _AND
                joined = (self.show(operand, binding + 1) for operand in expr.operands)
                return f" {expr.op} ".join(joined), binding
            case ir.Not():
                return f"not {self.show(expr.operand, _NOT)}", _NOT
            case ir.Negative():
                return f"-{self.show(expr.operand, _SIGN)}", _SIGN
            case ir.Arithmetic():
                binding = _ARITHMETIC[expr.op]
                left, right = self.show(expr.left, binding), self.show(expr.right, binding + 1)
                return f"{left} {expr.op} {right}", binding
            case ir.Choice():
                yes, test = self.show(expr.yes, _OR), self.show(expr.test, _OR)
                return f"{yes} if {test} else {self.show(expr.no)}", _CHOICE
        return self._atom(expr), _ATOM

    def _atom(self, expr: ir.Expr) -> str:
        match expr:
            case ir.Const():
                return (
                    json.dumps(expr.value, ensure_ascii=False)
                    if isinstance(expr.value, str)
                    else str(expr.value)
                )
            case ir.Local() | ir.ContextRead() | ir.ConfigRead() | ir.Group():
                return expr.name
            case ir.Start():
                return "start"
            case ir.Registry():
                return self.registries.get(expr.entity, expr.entity)
            case ir.Deviates():
                return f"deviates({json.dumps(expr.name, ensure_ascii=False)})"
            case ir.Attribute():
                return f"{self.show(expr.target, _ATOM)}.{expr.name}"
            case ir.Index():
                return f"{self.show(expr.target, _ATOM)}[{self.show(expr.index)}]"
            case ir.Display():
                return self._display(expr)
            case ir.MapDisplay():
                pairs = (f"{self.show(key)}: {self.show(value)}" for key, value in expr.items)
                return f"{{{', '.join(pairs)}}}"
            case ir.Comprehension():
                return self._comprehension(expr)
            case ir.MapComprehension():
                pair = f"{self.show(expr.key)}: {self.show(expr.value)}"
                return f"{{{pair}{self._clauses(expr.clauses)}}}"
            case ir.Builtin():
                inner = [*map(self._bare, expr.arguments)]
                inner += [f"{name}={self.show(value)}" for name, value in expr.keyword]
                return f"{expr.function}({', '.join(inner)})"
            case ir.Method():
                target = self.show(expr.target, _ATOM)
                return f"{target}.{expr.name}({self._commas(expr.arguments)})"
            case ir.CallProcedure():
                return f"{expr.procedure}({self._commas(expr.arguments)})"
            case ir.CallHost():
                return f"{expr.function}({self._commas(expr.arguments)})"
            case ir.Create():
                call = "get_or_create" if expr.reuse else "create"
                rest = f", {self._named(expr.fields)}" if expr.fields else ""
                return f"{call}({expr.entity}, {self.show(expr.key)}{rest})"
        raise AssertionError(f"an expression that nobody shows: {expr!r}")

    def _display(self, expr: ir.Display) -> str:
        match expr.type:
            case ListType():
                return f"[{self._commas(expr.items)}]"
            case SetType():
                return f"{{{self._commas(expr.items)}}}"
        return f"({self._commas(expr.items)}{',' if len(expr.items) == 1 else ''})"

    def _bare(self, expr: ir.Expr) -> str:
        """An argument; a generator expression needs no brackets of its own there."""
        text = self.show(expr)
        lone = isinstance(expr, ir.Comprehension) and text.startswith("(")
        return text[1:-1] if lone else text

    def _comprehension(self, expr: ir.Comprehension) -> str:
        text = self.show(expr.element) + self._clauses(expr.clauses)
        match expr.type:
            case ListType():
                return f"[{text}]"
            case SetType():
                return f"{{{text}}}"
        return f"({text})"

    def _clauses(self, clauses: tuple[ir.Clause, ...]) -> str:
        text = ""
        for clause in clauses:
            text += f" for {', '.join(clause.names)} in {self.show(clause.source, _OR)}"
            text += "".join(f" if {self.show(test, _OR)}" for test in clause.conditions)
        return text

    # ------------------------------------------------------------------------------- statements

    def lines(self, block: ir.Block, depth: int) -> Iterator[str]:
        for statement in block:
            yield from self._statement(statement, depth)

    def _nested(self, head: str, block: ir.Block, depth: int) -> Iterator[str]:
        yield f"{'    ' * depth}{head}:"
        yield from self.lines(block, depth + 1)

    def _statement(self, stmt: ir.Stmt, depth: int) -> Iterator[str]:
        match stmt:
            case ir.If():
                yield from self._nested(f"if {self.show(stmt.test)}", stmt.then, depth)
                rest = stmt.otherwise
                while len(rest) == 1 and isinstance(rest[0], ir.If):
                    branch = rest[0]
                    yield from self._nested(f"elif {self.show(branch.test)}", branch.then, depth)
                    rest = branch.otherwise
                if rest:
                    yield from self._nested("else", rest, depth)
            case ir.For():
                head = f"for {', '.join(stmt.names)} in {self.show(stmt.source)}"
                yield from self._nested(head, stmt.body, depth)
            case ir.While():
                yield from self._nested(f"while {self.show(stmt.test)}", stmt.body, depth)
            case _:
                yield "    " * depth + self._simple(stmt)

    def _simple(self, stmt: ir.Stmt) -> str:
        match stmt:
            case ir.Assign():
                return f"{self._commas(stmt.targets)} {stmt.op or ''}= {self.show(stmt.value)}"
            case ir.Delete():
                return f"del {self.show(stmt.target, _ATOM)}[{self.show(stmt.index)}]"
            case ir.Do():
                return self.show(stmt.value)
            case ir.Break():
                return "break"
            case ir.Continue():
                return "continue"
            case ir.Pass():
                return "pass"
            case ir.Return():
                return "return" if stmt.value is None else f"return {self.show(stmt.value)}"
            case ir.Assert():
                return f"assert {self.show(stmt.test)}"
            case ir.Recommend():
                parts = [self.show(stmt.entity), json.dumps(stmt.request, ensure_ascii=False)]
                if stmt.spread is not None:
                    parts.append(f"*{self.show(stmt.spread, _ATOM)}")
                return f"recommend({', '.join([*parts, *map(self.show, stmt.arguments)])})"
            case ir.Emit():
                return f"emit({stmt.instruction}({self._named(stmt.fields)}))"
            case ir.Log():
                return f"log({self._commas(stmt.parts)})"
            case ir.Reset():
                group = json.dumps(stmt.group, ensure_ascii=False)
                return f"reset({self.show(stmt.entity)}, {group})"
        raise AssertionError(f"a statement that nobody shows: {stmt!r}")
