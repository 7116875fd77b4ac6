"""Questions about checked snippets: what they read, change, call and ask for.

Pure functions over the snippet tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..checked import CheckedSpec, Handler
from ..diagnostics import Span
from ..snippets.ir import (
    Arithmetic,
    Assert,
    Assign,
    Attribute,
    Block,
    Builtin,
    CallHost,
    CallProcedure,
    Choice,
    Compare,
    Comprehension,
    Create,
    Delete,
    Display,
    Do,
    Emit,
    Expr,
    For,
    If,
    Index,
    Local,
    Log,
    Logic,
    MapComprehension,
    MapDisplay,
    Method,
    Negative,
    Not,
    Recommend,
    Reset,
    Return,
    Start,
    Stmt,
    While,
)
from ..types import EntityType, MapType, Type
from .annotations import contains_unknown, resolved

MUTATORS = frozenset(
    "add append clear discard extend pop pop_first pop_last remove setdefault update".split(" ")
)
"""Methods that change the collection that they are called on."""


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside an expression."""
    match expr:
        case Attribute(target=target):
            return (target,)
        case Index(target=target, index=index):
            return (target, index)
        case Compare(first=first, rest=rest):
            return (first, *(operand for _, operand in rest))
        case Logic(operands=operands):
            return operands
        case Not(operand=operand) | Negative(operand=operand):
            return (operand,)
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Choice(test=test, yes=yes, no=no):
            return (test, yes, no)
        case Display(items=items):
            return items
        case MapDisplay(items=pairs):
            return tuple(part for pair in pairs for part in pair)
        case Comprehension(element=element, clauses=clauses):
            inside = [part for c in clauses for part in (c.source, *c.conditions)]
            return (element, *inside)
        case MapComprehension(key=key, value=value, clauses=clauses):
            inside = [part for c in clauses for part in (c.source, *c.conditions)]
            return (key, value, *inside)
        case Builtin(arguments=arguments, keyword=keyword):
            return (*arguments, *(value for _, value in keyword))
        case Method(target=target, arguments=arguments):
            return (target, *arguments)
        case CallProcedure(arguments=arguments) | CallHost(arguments=arguments):
            return arguments
        case Create(key=key, fields=fields):
            return (key, *(value for _, value in fields))
        case _:
            return ()


def inside(expr: Expr) -> Iterator[Expr]:
    """An expression and all in it."""
    yield expr
    for child in children(expr):
        yield from inside(child)


def own_expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions directly in a statement, not those of statements inside it."""
    match stmt:
        case Assign(targets=targets, value=value):
            return (value, *targets)
        case Delete(target=target, index=index):
            return (target, index)
        case Do(value=value):
            return (value,)
        case If(test=test) | While(test=test) | Assert(test=test):
            return (test,)
        case For(source=source):
            return (source,)
        case Return(value=value):
            return () if value is None else (value,)
        case Recommend(entity=entity, arguments=arguments, spread=spread):
            return (entity, *(() if spread is None else (spread,)), *arguments)
        case Emit(fields=fields):
            return tuple(value for _, value in fields)
        case Log(parts=parts):
            return parts
        case Reset(entity=entity):
            return (entity,)
        case _:
            return ()


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    """The blocks directly in a statement."""
    match stmt:
        case If(then=then, otherwise=otherwise):
            return (then, otherwise)
        case For(body=body) | While(body=body):
            return (body,)
        case _:
            return ()


def statements(block: Block) -> Iterator[Stmt]:
    """Every statement of a block, nested ones included, in the order of the text."""
    for stmt in block:
        yield stmt
        for nested in blocks(stmt):
            yield from statements(nested)


def expressions(block: Block) -> Iterator[Expr]:
    """Every expression of a block, nested ones included."""
    for stmt in statements(block):
        for expr in own_expressions(stmt):
            yield from inside(expr)


def reads_local(name: str, *parts: Block | Expr | None) -> bool:
    """Whether some part speaks of the local ``name``."""
    for part in parts:
        found = inside(part) if isinstance(part, Expr) else expressions(part or ())
        if any(isinstance(e, Local) and e.name == name for e in found):
            return True
    return False


def reads_start(*parts: Block | Expr) -> bool:
    """Whether some part speaks of ``start``."""
    for part in parts:
        found = inside(part) if isinstance(part, Expr) else expressions(part)
        if any(isinstance(e, Start) for e in found):
            return True
    return False


def is_pure(expr: Expr) -> bool:
    """Whether the expression can be evaluated earlier or later, or twice, without a difference to
    anything but its value."""
    for e in inside(expr):
        if isinstance(e, CallHost | CallProcedure | Create):
            return False
        if isinstance(e, Method) and e.name in MUTATORS:
            return False
        if isinstance(e, Index) and _makes_what_is_missing(e):
            return False
    return True


def changes(expr: Method | Index) -> bool:
    """Whether evaluating the expression can change its target."""
    return _makes_what_is_missing(expr) if isinstance(expr, Index) else expr.name in MUTATORS


def _makes_what_is_missing(read: Index) -> bool:
    """Whether reading the item puts one there if there is none."""
    type_ = resolved(read.target.type)
    return isinstance(type_, MapType) and type_.default


def is_simple(expr: Expr) -> bool:
    """Whether writing the expression twice is no worse than naming it."""
    return isinstance(expr, Local)


def assigned(stmt: Stmt) -> list[Local]:
    """The locals that the statement itself gives a value."""
    return [t for t in stmt.targets if isinstance(t, Local)] if isinstance(stmt, Assign) else []


def comprehended(block: Block) -> set[str]:
    """The names that the comprehensions of a block bind."""
    return {
        name
        for e in expressions(block)
        if isinstance(e, Comprehension | MapComprehension)
        for clause in e.clauses
        for name in clause.names
    }


def mutated_attributes(stmt: Stmt) -> list[Attribute]:
    """The fields of entities that the statement itself writes or changes in place, in order; those of
    nested blocks are left out."""
    found: list[Attribute] = []
    if isinstance(stmt, Assign):
        for target in stmt.targets:
            base: Expr = target
            while isinstance(base, Index):
                base = base.target
            if isinstance(base, Attribute):
                found.append(base)
    if isinstance(stmt, Delete):
        found += _fields_of(stmt.target)
    for expr in own_expressions(stmt):
        for e in inside(expr):
            if isinstance(e, Method | Index) and changes(e):
                found += _fields_of(e.target)
    return [a for a in found if isinstance(a.target.type, EntityType)]


def _fields_of(target: Expr) -> list[Attribute]:
    while isinstance(target, Index):
        target = target.target
    return [target] if isinstance(target, Attribute) else []


def hints(parts: Iterable[Block]) -> dict[str, Type]:
    """The full types of locals that begin as empty displays, as far as their later use tells."""
    known: dict[str, Type] = {}
    for part in parts:
        for e in expressions(part):
            if isinstance(e, Local) and not contains_unknown(e.type):
                known.setdefault(e.name, e.type)
    return known


def locals_of(parts: Iterable[Block | Expr | None]) -> set[str]:
    """The names of all locals that the parts speak of or bind."""
    names: set[str] = set()
    for part in parts:
        if part is None:
            continue
        for e in inside(part) if isinstance(part, Expr) else expressions(part):
            if isinstance(e, Local):
                names.add(e.name)
            elif isinstance(e, Comprehension | MapComprehension):
                names.update(name for clause in e.clauses for name in clause.names)
        if not isinstance(part, Expr):
            for stmt in statements(part):
                if isinstance(stmt, For):
                    names.update(stmt.names)
    return names


def handler_blocks(handler: Handler) -> Iterator[Block]:
    """Every block of statements of a handler."""
    yield from (handler.before, handler.first, handler.after)
    seen: set[tuple[Span, str]] = set()
    for cell in handler.cells.values():
        if (cell.span, cell.origin) not in seen:
            seen.add((cell.span, cell.origin))
            yield from (case.body for case in cell.cases)


def all_blocks(spec: CheckedSpec) -> Iterator[Block]:
    """Every block of statements of the machine."""
    for handler in spec.handlers.values():
        yield from handler_blocks(handler)
    for transition in spec.transitions.values():
        for case in transition.cases:
            yield case.body
            if case.attempt is not None:
                yield case.attempt.failed
    for procedure in spec.procedures.values():
        yield procedure.body
    for completion in spec.completions:
        yield completion.body
