"""Collections of entities in generated code: sets are changed through their ``elements``, and what is empty is
shared.

An entity has the elements alone of each of its sets whose uses are all in sight: it is gone through,
looked into, or changed where it stands. A new one has there what all have that is empty. The same with its
maps and lists, of which it has the items. Whoever looks from outside gets one that is the entity's own, and may
fill it. Knows the checked model.
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
    ContextRead,
    Do,
    Expr,
    For,
    If,
    Index,
    Local,
    Logic,
    MapComprehension,
    Method,
    Not,
    Stmt,
    While,
)
from ..types import BOOL, EntityType, ListType, MapType, SetType
from .annotations import resolved
from .walk import MUTATORS, all_blocks, children, expressions, own_expressions, statements

_LOOKING = frozenset(
    "all any bool len list max min ordered_set reversed set sorted sum tuple".split()
)
"""Functions that keep nothing of a set that they are given."""


def added(elements: str, value: str) -> str:
    """A line that puts a value into a set."""
    return f"{elements}[{value}] = None"


def discarded(elements: str, value: str) -> str:
    """A line that takes a value out of a set, where it mostly is."""
    return f"{elements}.pop({value}, None)"


def taken_out(elements: str, value: str) -> list[str]:
    """Lines that take a value out of a set or a map, if it is there. Where it mostly isn't, this is faster
    than ``discarded``, and elsewhere no slower."""
    return [f"if {value} in {elements}:", f"    del {elements}[{value}]"]


def is_at_hand(expr: Expr) -> bool:
    """Whether reading an expression twice is as good as naming it: a name, a field of one."""
    match expr:
        case Local() | ContextRead():
            return True
        case Attribute(target=Local()):
            return True
        case _:
            return False


def emptied(elements: str, *, shared: bool) -> list[str]:
    """Lines that empty a collection. What is ``shared`` is empty, as most are that may be it."""
    return [f"if {elements}:", f"    {elements}.clear()"] if shared else [f"{elements}.clear()"]


EMPTY_SET = "EMPTY", "OrderedSet()"
EMPTY_MAP = "EMPTY_MAP", "{}"
EMPTY_LIST = "EMPTY_LIST", "[]"
"""What stands for an empty collection that is shared, and what makes a new one."""


def shared_sets(spec: CheckedSpec, given: set[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """(entity, field) of the collections that new entities share: those that begin empty and are never
    handed on as a whole. ``given`` are the fields that a creation may be given."""
    candidates: set[tuple[str, str]] = set()
    for entity in spec.entities.values():
        for field in entity.fields.values():
            match resolved(field.type):
                case SetType() | ListType() | MapType(default=False) if not field.default:
                    candidates.add((entity.name, field.name))
                case _:
                    pass
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
                    or not _is_set(stmt)
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


def _is_set(stmt: Stmt) -> bool:
    return isinstance(stmt, Assign) and isinstance(resolved(stmt.value.type), SetType)


def _is_list(expr: Expr) -> bool:
    return isinstance(resolved(expr.type), ListType)


def _is_far(expr: Expr) -> bool:
    """Whether it is a field of what has to be found first."""
    return isinstance(expr, Attribute) and not isinstance(expr.target, Local)


def _in_statement(stmt: Stmt) -> Iterator[tuple[str, str]]:
    match stmt:
        case Assign() if list(_named(stmt)):
            return
        case Assign(targets=targets, value=value, op=op):
            yield from _in_expr(value, looked_at=False)
            yield from _in_all(targets, looked_at=op is None)  # `|=` changes a set where it stands
            for item in targets:
                if isinstance(item, Index) and _is_far(item.target):
                    yield from _in_expr(item.target, looked_at=False)
        case Do(value=Method(target=base)) if _is_far(base) and _is_list(base):
            yield from _in_expr(base, looked_at=False)
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
        case Method(target=target, name=name, arguments=arguments):
            changed = isinstance(target, Local) and name in MUTATORS
            yield from _in_expr(target, looked_at=not changed and name != "setdefault")
            yield from _in_all(arguments, looked_at=False)
        case Index(target=target, index=index):
            yield from _in_expr(target, looked_at=True)
            yield from _in_expr(index, looked_at=False)
        case _:
            yield from _in_all(children(expr), looked_at=False)


def _in_clauses(clauses: Iterable[Clause]) -> Iterator[tuple[str, str]]:
    for clause in clauses:
        yield from _in_all((clause.source, *clause.conditions), looked_at=True)
