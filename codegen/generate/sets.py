"""Ordered sets of generated code: changed through their ``elements``, and shared while they are empty.

A new entity has ``EMPTY`` in the place of each of its sets whose uses are all in sight: it is gone
through, looked into, or changed where it stands. Knows the checked model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..checked import CheckedSpec
from ..snippets.ir import (
    Assert,
    Assign,
    Attribute,
    Block,
    Builtin,
    CallProcedure,
    Clause,
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
from ..types import BOOL, EntityType, SetType
from .annotations import resolved
from .walk import MUTATORS, all_blocks, children, expressions, own_expressions, statements

_LOOKING = frozenset(
    "all any bool len list max min ordered_set reversed set sorted sum tuple".split()
)
"""Functions that keep nothing of a set that they are given."""


def added(target: str, value: str, *, shared: bool) -> list[str]:
    """Lines that put a value into a set. ``shared``: it may be the set that all new entities have."""
    return [*own(target, shared=shared), f"{target}.elements[{value}] = None"]


def own(target: str, *, shared: bool) -> list[str]:
    """Lines after which the set is nobody else's."""
    return [f"if {target} is EMPTY:", f"    {target} = OrderedSet()"] if shared else []


def discarded(target: str, value: str) -> str:
    """A line that takes a value out of a set, if it is there."""
    return f"{target}.elements.pop({value}, None)"


def shared_sets(spec: CheckedSpec, given: set[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """(entity, field) of the sets that new entities share: those that begin empty and are never handed
    on as a whole. ``given`` are the fields that a creation may be given."""
    candidates: set[tuple[str, str]] = set()
    for entity in spec.entities.values():
        for field in entity.fields.values():
            if isinstance(resolved(field.type), SetType) and not field.default:
                candidates.add((entity.name, field.name))
        candidates |= {(entity.name, r.name) for r in entity.relations.values() if r.many}
    return frozenset(candidates - given - set(_handed_on(spec)))


def _handed_on(spec: CheckedSpec) -> Iterator[tuple[str, str]]:
    """The sets that something gets as a whole: a local, an argument, another field, a message."""
    alone = {id(procedure.body) for procedure in spec.procedures.values()}
    for block in all_blocks(spec):
        found = {pair for stmt in statements(block) for pair in _in_statement(stmt)}
        yield from found
        calls = any(isinstance(e, CallProcedure) for e in expressions(block))
        for stmt in statements(block):
            for owner, name, other in _named(stmt):
                # Another name is as good as the field where nothing is put in meanwhile, under either.
                if (
                    id(block) not in alone
                    or calls
                    or ("", other) in found
                    or name in _filled(block)
                ):
                    yield owner, name
    for handler in spec.handlers.values():
        for cell in handler.cells.values():
            for cell_case in cell.cases:
                yield from _in_expr(cell_case.when, looked_at=True)
    for transition in spec.transitions.values():
        for case in transition.cases:
            tests = (*transition.asserts, case.when, *case.asserts)
            yield from _in_all(tests, looked_at=True)
            yield from _in_all(case.redirect_arguments, looked_at=False)
            if case.attempt is not None:
                yield from _in_expr(case.attempt.call, looked_at=False)


def _filled(block: Block) -> set[str]:
    """The fields that something may be put into where they stand."""
    return {
        e.target.name
        for e in expressions(block)
        if isinstance(e, Method) and isinstance(e.target, Attribute) and e.name in MUTATORS
    }


def _named(stmt: Stmt) -> Iterator[tuple[str, str, str]]:
    """(entity, field, local) where a local becomes another name of a field."""
    match stmt:
        case Assign(
            targets=(Local(name=other),), value=Attribute(target=target, name=name), op=None
        ) if isinstance(target.type, EntityType):
            yield target.type.name, name, other


def _in_statement(stmt: Stmt) -> Iterator[tuple[str, str]]:
    match stmt:
        case Assign() if list(_named(stmt)):
            return
        case Assign(targets=targets, value=value, op=op):
            yield from _in_expr(value, looked_at=False)
            yield from _in_all(targets, looked_at=op is None)  # `|=` changes a set where it stands
        case If() | While() | Assert() | For() | Do():
            yield from _in_all(own_expressions(stmt), looked_at=True)
        case _:
            yield from _in_all(own_expressions(stmt), looked_at=False)


def _in_all(parts: Iterable[Expr | None], *, looked_at: bool) -> Iterator[tuple[str, str]]:
    for part in parts:
        yield from _in_expr(part, looked_at=looked_at)


def _in_expr(expr: Expr | None, *, looked_at: bool) -> Iterator[tuple[str, str]]:
    """``looked_at``: nobody keeps the value of the expression as it is. Of a local that is kept, or is
    changed, the entity is empty."""
    match expr:
        case None:
            return
        case Local(name=name):
            if not looked_at:
                yield "", name
        case Attribute(target=target, name=name) if isinstance(target.type, EntityType):
            if not looked_at:
                yield target.type.name, name
            yield from _in_expr(target, looked_at=False)
        case Compare() | Not():
            yield from _in_all(children(expr), looked_at=True)
        case Logic(operands=operands):
            yield from _in_all(operands, looked_at=looked_at and expr.type == BOOL)
        case Comprehension(element=element, clauses=clauses):
            yield from _in_expr(element, looked_at=False)
            yield from _in_clauses(clauses)
        case MapComprehension(key=key, value=value, clauses=clauses):
            yield from _in_all((key, value), looked_at=False)
            yield from _in_clauses(clauses)
        case Builtin(function=function):
            yield from _in_all(children(expr), looked_at=function in _LOOKING)
        case Method(target=target, arguments=arguments):
            own = isinstance(target, Local) and expr.name in MUTATORS
            yield from _in_expr(target, looked_at=not own)
            yield from _in_all(arguments, looked_at=False)
        case _:
            yield from _in_all(children(expr), looked_at=False)


def _in_clauses(clauses: Iterable[Clause]) -> Iterator[tuple[str, str]]:
    for clause in clauses:
        yield from _in_all((clause.source, *clause.conditions), looked_at=True)
