"""Snippets as text: Python reads back the same tree, and every node has a text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from lawful.codegen.diagnostics import Span
from lawful.codegen.snippets import ir
from lawful.codegen.snippets.text import expression, statements
from lawful.codegen.types import (
    BOOL,
    INT,
    STR,
    UNKNOWN,
    IterType,
    ListType,
    MapType,
    SetType,
    TupleType,
    Type,
)

SPAN = Span("spec.yaml", 1, 1, 1, 2)


def local(name: str, type_: Type = INT) -> ir.Local:
    return ir.Local(span=SPAN, type=type_, name=name)


def const(value: bool | int | float | str | None) -> ir.Const:
    return ir.Const(span=SPAN, type=UNKNOWN, value=value)


def arithmetic(left: ir.Expr, op: ir.ArithmeticOp, right: ir.Expr) -> ir.Arithmetic:
    return ir.Arithmetic(span=SPAN, type=INT, left=left, op=op, right=right)


A, B, C = local("a"), local("b"), local("c")


def compare(*rest: tuple[ir.CompareOp, ir.Expr]) -> ir.Compare:
    return ir.Compare(span=SPAN, type=BOOL, first=A, rest=rest)


def logic(op: Any, *operands: ir.Expr) -> ir.Logic:
    return ir.Logic(span=SPAN, type=BOOL, op=op, operands=operands)


def negated(operand: ir.Expr) -> ir.Not:
    return ir.Not(span=SPAN, type=BOOL, operand=operand)


def choice(test: ir.Expr, yes: ir.Expr, no: ir.Expr) -> ir.Choice:
    return ir.Choice(span=SPAN, type=INT, test=test, yes=yes, no=no)


EXPRESSIONS: list[tuple[ir.Expr, str]] = [
    (const('ab"c\\'), '"ab\\"c\\\\"'),
    (const(None), "None"),
    (const(True), "True"),
    (const(1.5), "1.5"),
    (ir.Start(span=SPAN, type=STR), "start"),
    (ir.ContextRead(span=SPAN, type=INT, name="queue"), "queue"),
    (ir.ConfigRead(span=SPAN, type=INT, name="slots"), "slots"),
    (ir.Registry(span=SPAN, type=INT, entity="File"), "files"),
    (ir.Group(span=SPAN, type=INT, entity="File", name="BUSY"), "BUSY"),
    (ir.Deviates(span=SPAN, type=BOOL, name="exact waiters"), 'deviates("exact waiters")'),
    (ir.Attribute(span=SPAN, type=INT, target=A, name="key"), "a.key"),
    (ir.Index(span=SPAN, type=INT, target=A, index=arithmetic(B, "+", C)), "a[b + c]"),
    (arithmetic(arithmetic(A, "-", B), "-", C), "a - b - c"),
    (arithmetic(A, "-", arithmetic(B, "-", C)), "a - (b - c)"),
    (arithmetic(arithmetic(A, "+", B), "*", C), "(a + b) * c"),
    (arithmetic(arithmetic(A, "|", B), "&", C), "(a | b) & c"),
    (ir.Negative(span=SPAN, type=INT, operand=arithmetic(A, "+", B)), "-(a + b)"),
    (compare(("<", B), ("<=", C)), "a < b <= c"),
    (
        compare(("not in", ir.Display(span=SPAN, type=TupleType((INT,)), items=(B,)))),
        "a not in (b,)",
    ),
    (negated(compare(("is", const(None)))), "not a is None"),
    (compare(("==", logic("or", B, C))), "a == (b or c)"),
    (logic("and", A, logic("or", B, C)), "a and (b or c)"),
    (logic("or", logic("and", A, B), negated(C)), "a and b or not c"),
    (negated(logic("and", A, B)), "not (a and b)"),
    (choice(A, B, choice(B, C, A)), "b if a else c if b else a"),
    (choice(choice(A, B, C), A, B), "a if (b if a else c) else b"),
    (ir.Display(span=SPAN, type=ListType(INT), items=(A, B)), "[a, b]"),
    (ir.Display(span=SPAN, type=SetType(INT), items=(A, B)), "{a, b}"),
    (ir.MapDisplay(span=SPAN, type=UNKNOWN, items=((A, B),)), "{a: b}"),
    (
        ir.Comprehension(
            span=SPAN,
            type=ListType(INT),
            element=A,
            clauses=(ir.Clause(names=("a", "b"), source=C, conditions=(negated(B),)),),
        ),
        "[a for a, b in c if not b]",
    ),
    (
        ir.MapComprehension(
            span=SPAN,
            type=MapType(INT, INT),
            key=A,
            value=B,
            clauses=(ir.Clause(names=("a",), source=C, conditions=()),),
        ),
        "{a: b for a in c}",
    ),
    (
        ir.Builtin(
            span=SPAN,
            type=BOOL,
            function="any",
            arguments=(
                ir.Comprehension(
                    span=SPAN,
                    type=IterType(BOOL),
                    element=A,
                    clauses=(ir.Clause(names=("a",), source=B, conditions=()),),
                ),
            ),
        ),
        "any(a for a in b)",
    ),
    (
        ir.Builtin(
            span=SPAN, type=INT, function="max", arguments=(A,), keyword=(("default", const(0)),)
        ),
        "max(a, default=0)",
    ),
    (
        ir.Method(
            span=SPAN, type=INT, target=logic("or", A, B), name="first", arguments=(const(2),)
        ),
        "(a or b).first(2)",
    ),
    (ir.CallProcedure(span=SPAN, type=INT, procedure="next_task", arguments=(A,)), "next_task(a)"),
    (ir.CallHost(span=SPAN, type=INT, function="sizeof", arguments=(A, B)), "sizeof(a, b)"),
    (
        ir.Create(span=SPAN, type=INT, entity="File", key=A, fields=(("size", B),), reuse=True),
        "get_or_create(File, a, size=b)",
    ),
]

BLOCK: ir.Block = (
    ir.Assign(span=SPAN, targets=(A, B), value=C),
    ir.Assign(span=SPAN, targets=(A,), value=const(1), op="+"),
    ir.Delete(span=SPAN, target=A, index=B),
    ir.If(
        span=SPAN,
        test=A,
        then=(ir.Pass(span=SPAN),),
        otherwise=(
            ir.If(
                span=SPAN,
                test=B,
                then=(ir.Assert(span=SPAN, test=C),),
                otherwise=(ir.Return(span=SPAN, value=A),),
            ),
        ),
    ),
    ir.For(span=SPAN, names=("a", "b"), source=C, body=(ir.Continue(span=SPAN),)),
    ir.While(span=SPAN, test=A, body=(ir.Break(span=SPAN),)),
    ir.Do(span=SPAN, value=ir.CallHost(span=SPAN, type=INT, function="beep", arguments=())),
    ir.Recommend(
        span=SPAN,
        entity=A,
        entity_name="File",
        request="failed",
        arguments=(B,),
        spread=local("failure"),
    ),
    ir.Emit(span=SPAN, instruction="Fetch", fields=(("url", A), ("tries", const(1)))),
    ir.Log(span=SPAN, parts=(const("seen"), A)),
    ir.Reset(span=SPAN, entity=A, entity_name="File", group="purge"),
    ir.Return(span=SPAN, value=None),
)
LINES = """\
a, b = c
a += 1
del a[b]
if a:
    pass
elif b:
    assert c
else:
    return a
for a, b in c:
    continue
while a:
    break
beep()
recommend(a, "failed", *failure, b)
emit(Fetch(url=a, tries=1))
log("seen", a)
reset(a, "purge")
return""".split("\n")


@pytest.mark.parametrize(("expr", "text"), EXPRESSIONS, ids=[text for _, text in EXPRESSIONS])
def test_an_expression_reads_as_a_person_would_write_it(expr: ir.Expr, text: str) -> None:
    assert expression(expr, {"File": "files"}) == text
    ast.parse(text, mode="eval")


def test_statements_read_as_a_person_would_write_them() -> None:
    assert statements(BLOCK) == LINES


def _nodes(base: type[Any]) -> Iterator[type[Any]]:
    for child in base.__subclasses__():
        yield child
        yield from _nodes(child)


@pytest.mark.parametrize("base", [ir.Expr, ir.Stmt])
def test_no_node_of_the_tree_is_without_a_text(base: type[Any]) -> None:
    shown: set[type[Any]] = {type(expr) for expr, _ in EXPRESSIONS}
    shown |= {ir.Local}
    pending = list(BLOCK)
    while pending:
        stmt = pending.pop()
        shown.add(type(stmt))
        match stmt:
            case ir.If():
                pending += [*stmt.then, *stmt.otherwise]
            case ir.For() | ir.While():
                pending += stmt.body
    assert set(_nodes(base)) <= shown
