"""Statements in the order of execution: assignments, branches, loops, and what follows from each for
what is known.

Knows all statements; hands what a loop's end depends on to ``loops``.
"""

from __future__ import annotations

import ast

from ..types import (
    Optional,
    Unknown,
    bare,
)
from .assignments import Assignments
from .flow import Facts, merge
from .ir import (
    Assert,
    Block,
    Break,
    CallHost,
    CallProcedure,
    Const,
    Continue,
    Create,
    Do,
    Expr,
    If,
    Method,
    Pass,
    Return,
    Stmt,
)
from .session import a
from .tables import METHODS, STATEMENTS


class Statements(Assignments):
    """Typing of statements."""

    def block(self, body: list[ast.stmt]) -> Block:
        """The statements of a snippet."""
        self.assigned_anywhere = (
            {
                n.id
                for statement in body
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            - _comprehended(body)
            - self.declared.context.keys()
        )
        return self.suite(body)

    def suite(self, body: list[ast.stmt]) -> Block:
        counts = [len(walk.suspects) for walk in self.loops]
        found: list[Stmt] = []
        for statement in body:
            if self.facts.dead:
                self.error("LF315", statement, "This is never reached.")
                break
            lowered = self.statement(statement)
            if lowered is not None:
                found.append(lowered)
        if body and isinstance(body[-1], (ast.Break, ast.Return)):
            left = self.loops[-1:] if isinstance(body[-1], ast.Break) else self.loops
            for walk, count in zip(reversed(left), reversed(counts), strict=False):
                del walk.suspects[count:]  # the loop is left before it would notice
        return tuple(found)

    def statement(self, node: ast.stmt) -> Stmt | None:
        match node:
            case ast.Assign():
                return self.assign(node)
            case ast.AugAssign():
                return self.augmented(node)
            case ast.Expr():
                return self._expression(node)
            case ast.If():
                return self._if(node)
            case ast.For():
                return self.for_loop(node)
            case ast.While():
                return self.while_loop(node)
            case ast.Break() | ast.Continue():
                return self._jump(node)
            case ast.Return():
                return self._return(node)
            case ast.Assert():
                test, yes, _ = self.condition(node.test)
                self.facts = self.facts.learn(yes)
                return Assert(span=self.span(node), test=test)
            case ast.Delete():
                return self.delete(node)
            case ast.Pass():
                return Pass(span=self.span(node))
        self.error("LF307", node, "This statement isn't part of the language.")
        return None

    # ------------------------------------------------------------------------- expressions as statements

    def _expression(self, node: ast.Expr) -> Stmt | None:
        value = node.value
        if isinstance(value, ast.Call):
            func = value.func
            if (
                isinstance(func, ast.Name)
                and func.id in STATEMENTS
                and func.id not in self.facts.bound
            ):
                return self.asking(value, func.id)
            found = self.call(value, None)
            if isinstance(found, Const):
                return None  # a mistake, reported
            if not self._acts(found):
                self.error("LF314", node, "This has no effect: its value isn't used.")
                return None
            return Do(span=self.span(node), value=found)
        if isinstance(self.expr(value).type, Unknown):
            return None  # a mistake, reported
        hint = ""
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            hint = "To assign, write `=`."
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            hint = "Comments begin with `#`."
        self.error("LF314", node, "This has no effect: its value isn't used.", hint)
        return None

    def _acts(self, found: Expr) -> bool:
        match found:
            case Method(target=target, name=name):
                table = METHODS.get(type(bare(target.type)), {})
                return name in table and table[name].changes
            case CallProcedure() | Create():
                return True
            case CallHost(function=name):
                return not self.declared.host[name].pure
        return False

    # --------------------------------------------------------------------------------- branches, jumps

    def _if(self, node: ast.If) -> Stmt:
        test, yes, no = self.condition(node.test)
        before = self.facts
        self.facts = before.learn(yes)
        then = self.suite(node.body)
        after_then = self.facts
        self.facts = before.learn(no)
        otherwise = self.suite(node.orelse)
        self.facts = merge((after_then, self.facts))
        return If(span=self.span(node), test=test, then=then, otherwise=otherwise)

    def _jump(self, node: ast.Break | ast.Continue) -> Stmt | None:
        word = "break" if isinstance(node, ast.Break) else "continue"
        if not self.loops:
            self.error("LF362", node, f"`{word}` stands in loops only.")
            return None
        walk = self.loops[-1]
        (walk.breaks if word == "break" else walk.continues).append(self.facts.copy())
        walk.leaves = walk.leaves or word == "break"
        self.facts = Facts(dead=True)
        return Break(span=self.span(node)) if word == "break" else Continue(span=self.span(node))

    def _return(self, node: ast.Return) -> Stmt | None:
        procedure = self.around.procedure
        if procedure is None:
            self.error("LF361", node, "`return` stands in procedures only.")
            self.facts = Facts(dead=True)
            return None
        value: Expr | None = None
        if procedure.returns is None:
            if node.value is not None:
                self.error(
                    "LF361",
                    node,
                    f"`{procedure.name}` declares no result, so `return` has no value.",
                    f"Declare it: `{procedure.name}(…) -> type`.",
                )
        elif node.value is None:
            self.error("LF361", node, f"This has to return {a(procedure.returns)}.")
        else:
            value = self.need(node.value, procedure.returns, f"The result of `{procedure.name}`")
            self._returned(value)
        for walk in self.loops:
            walk.leaves = True
        self.facts = Facts(dead=True)
        return Return(span=self.span(node), value=value)

    def _returned(self, value: Expr) -> None:
        owner = self.owner(value)
        if owner is not None and owner.kind != "parameter":
            self.share(value, "the result")

    def finish(self) -> None:
        """The end of the snippet is reached: what must be true there."""
        procedure = self.around.procedure
        if procedure is not None and procedure.returns is not None and not self.facts.dead:
            optional = isinstance(procedure.returns, Optional)
            self.error(
                "LF397",
                procedure.span,
                f"`{procedure.name}` doesn't return {a(procedure.returns)} on every way.",
                "Where there is nothing to return, write `return None`." if optional else "",
            )


def _comprehended(body: list[ast.stmt]) -> set[str]:
    """Names bound by comprehensions, and nowhere else."""
    inside: set[int] = set()
    names: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.comprehension):
                for target in ast.walk(node.target):
                    if isinstance(target, ast.Name):
                        inside.add(id(target))
                        names.add(target.id)
    outside = {
        n.id
        for statement in body
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and id(n) not in inside
    }
    return names - outside
