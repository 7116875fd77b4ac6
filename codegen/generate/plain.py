"""Sets that nobody but one procedure ever sees: in generated code a dict of their elements is all there is.

Making an ``OrderedSet`` takes twice as long as making the dict in it. Knows how expressions are written:
a set is plain where each use of it is written with its elements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..checked import Procedure
from ..snippets.ir import (
    Assert,
    Assign,
    Attribute,
    Builtin,
    Choice,
    Compare,
    Comprehension,
    Do,
    Expr,
    For,
    If,
    Local,
    Logic,
    MapComprehension,
    Method,
    Not,
    Stmt,
    While,
)
from ..types import EntityType, SetType
from .annotations import resolved
from .expressions import WALKED_BY, has_elements
from .walk import children, own_expressions, statements

_CHANGES = frozenset("add clear discard remove update".split())


def plain_sets(procedure: Procedure, bare: Collection[tuple[str, str]]) -> frozenset[str]:
    """The locals of a procedure that are plain sets. ``bare`` are the fields of which entities have the
    elements alone: such a set may become theirs."""
    body = procedure.body
    made = {name for stmt in statements(body) for name in _made(stmt)}
    made -= {parameter.name for parameter in procedure.parameters}
    if not made:
        return frozenset()
    return frozenset(made - {name for stmt in statements(body) for name in _seen(stmt, bare)})


def is_made(value: Expr) -> bool:
    """Whether an expression makes a set out of what can be gone through, or an empty one."""
    return isinstance(value, Builtin) and value.function in ("ordered_set", "set")


def _made(stmt: Stmt) -> Iterator[str]:
    match stmt:
        case Assign(targets=(Local(name=name),), value=value, op=None) if is_made(value):
            yield name
        case _:
            return


def _seen(stmt: Stmt, bare: Collection[tuple[str, str]]) -> Iterator[str]:
    """The locals that a statement uses in another way, or gives another value."""
    match stmt:
        case Assign(targets=(Local(),), value=value, op=None) if is_made(value):
            yield from _in(value)
        case Assign(targets=(Attribute(target=owner, name=field),), value=Local(), op=None) if (
            isinstance(owner.type, EntityType) and (owner.type.name, field) in bare
        ):
            yield from _in(owner)
        case Assign(targets=targets, value=value):
            for part in (*targets, value):
                yield from _in(part)
        case Do(value=Method(target=Local(), name=name, arguments=arguments)) if name in _CHANGES:
            for argument in arguments:
                yield from _in(argument, looked_at=name == "update")
        case For(names=names, source=source):
            yield from names
            yield from _in(source, looked_at=True)
        case If(test=test) | While(test=test) | Assert(test=test):
            yield from _in(test, looked_at=True)
        case _:
            for part in own_expressions(stmt):
                yield from _in(part)


def _in(expr: Expr, *, looked_at: bool = False) -> Iterator[str]:
    match expr:
        case Local(name=name):
            if not looked_at:
                yield name
        case Logic(operands=operands):
            for operand in operands:
                yield from _in(operand, looked_at=looked_at)
        case Not(operand=operand):
            yield from _in(operand, looked_at=True)
        case Choice(test=test, yes=yes, no=no):
            yield from _in(test, looked_at=True)
            yield from _in(yes)
            yield from _in(no)
        case Compare(first=first, rest=rest):
            sets = len(rest) == 1 and rest[0][0] in ("==", "!=")
            sets = sets and all(map(_is_set, (first, rest[0][1])))
            yield from _in(first, looked_at=sets)
            for op, operand in rest:
                yield from _in(operand, looked_at=sets or op in ("in", "not in"))
        case Builtin(function=function):
            for part in children(expr):
                yield from _in(part, looked_at=function in WALKED_BY or function == "len")
        case Comprehension() | MapComprehension():
            sources = {id(clause.source) for clause in expr.clauses}
            tests = {id(test) for clause in expr.clauses for test in clause.conditions}
            for part in children(expr):
                yield from _in(part, looked_at=id(part) in sources | tests)
        case _:
            for part in children(expr):
                yield from _in(part)


def _is_set(expr: Expr) -> bool:
    return has_elements(expr) and isinstance(resolved(expr.type), SetType)
