"""What expressions are worth: one small function for each kind of expression.

Knows frames and operations. ``value`` is the entrance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lawful.runtime.errors import HostFailure

from ..snippets import ir
from ..types import IterType, ListType, MapType, Optional, SetType, bare
from .containers import List, Map, Set
from .frame import Frame
from .messages import Message, taken_in
from .operations import COMPARE, FUNCTIONS, arithmetic, call_method, walked
from .reports import claim_failed
from .values import Entity


def value(expr: ir.Expr, frame: Frame) -> Any:
    """What an expression is worth in a frame."""
    return EXPRESSIONS[type(expr)](expr, frame)


def values(exprs: tuple[ir.Expr, ...], frame: Frame) -> list[Any]:
    """What each of several expressions is worth, from left to right."""
    return [value(expr, frame) for expr in exprs]


def _attribute(expr: ir.Attribute, frame: Frame) -> Any:
    target = value(expr.target, frame)
    if isinstance(target, Message):
        return target.fields[expr.name]
    assert isinstance(target, Entity)
    return frame.world.attribute(target, expr.name)


def _index(expr: ir.Index, frame: Frame) -> Any:
    target = value(expr.target, frame)
    index = value(expr.index, frame)
    if frame.pure and isinstance(target, Map):
        return target.look(index)
    return target[index]


def _compare(expr: ir.Compare, frame: Frame) -> bool:
    left = value(expr.first, frame)
    for op, operand in expr.rest:
        right = value(operand, frame)
        if not COMPARE[op](left, right):
            return False
        left = right
    return True


def _logic(expr: ir.Logic, frame: Frame) -> Any:
    found: Any = None
    for operand in expr.operands:
        found = value(operand, frame)
        if bool(found) == (expr.op == "or"):
            break
    return found


def _arithmetic(expr: ir.Arithmetic, frame: Frame) -> Any:
    left = value(expr.left, frame)
    return arithmetic(expr.op, left, value(expr.right, frame))


def _choice(expr: ir.Choice, frame: Frame) -> Any:
    return value(expr.yes if value(expr.test, frame) else expr.no, frame)


def _display(expr: ir.Display, frame: Frame) -> Any:
    items = values(expr.items, frame)
    match bare(expr.type):
        case ListType():
            return List(items)
        case SetType():
            return Set(items)
    return tuple(items)


def _map_display(expr: ir.MapDisplay, frame: Frame) -> Map:
    return Map((value(k, frame), value(v, frame)) for k, v in expr.items)


def _comprehension(expr: ir.Comprehension, frame: Frame) -> Any:
    found = (value(expr.element, inner) for inner in _rounds(expr.clauses, frame))
    match bare(expr.type):
        case IterType():
            return found  # whoever walks over it may stop early
        case SetType():
            return Set(found)
    return List(found)


def _map_comprehension(expr: ir.MapComprehension, frame: Frame) -> Map:
    rounds = _rounds(expr.clauses, frame)
    return Map((value(expr.key, inner), value(expr.value, inner)) for inner in rounds)


def _rounds(clauses: tuple[ir.Clause, ...], frame: Frame) -> Iterator[Frame]:
    """A frame for each round, in which the names of all clauses are bound."""
    if not clauses:
        yield frame
        return
    clause, *rest = clauses
    for names in walked(value(clause.source, frame), clause.names):
        inner = frame.inside(names)
        if all(value(test, inner) for test in clause.conditions):
            yield from _rounds(tuple(rest), inner)


def _builtin(expr: ir.Builtin, frame: Frame) -> Any:
    arguments = values(expr.arguments, frame)
    keywords = {name: value(given, frame) for name, given in expr.keyword}
    if expr.function == "range":
        rounds = range(*arguments)
        frame.spend(_length(rounds))
        return rounds
    return FUNCTIONS[expr.function](*arguments, **keywords)


def _length(rounds: range) -> int:
    """``len``, for ranges of any size."""
    if not rounds:
        return 0
    return abs(rounds[-1] - rounds[0]) // abs(rounds.step) + 1


def _method(expr: ir.Method, frame: Frame) -> Any:
    target = value(expr.target, frame)
    arguments = values(expr.arguments, frame)
    kind = bare(expr.target.type)
    looks = (
        isinstance(kind, MapType)
        and kind.default
        and expr.name == "get"
        and len(arguments) == 1
        and not isinstance(expr.type, Optional)
    )
    return call_method(target, expr.name, arguments, looks=looks)


def _procedure(expr: ir.CallProcedure, frame: Frame) -> Any:
    return frame.world.call(expr.procedure, values(expr.arguments, frame), frame)


def _host(expr: ir.CallHost, frame: Frame) -> Any:
    world = frame.world
    if expr.function == "now":
        return world.now
    declared = world.spec.host[expr.function]
    arguments = values(expr.arguments, frame)
    try:
        result = getattr(world.host, expr.function)(*arguments)
    except HostFailure as failure:
        if declared.recorded and not frame.pure:
            world.host_results.append((declared.name, failure))
        raise
    if declared.returns is None:
        return None
    if declared.recorded and not frame.pure:
        world.host_results.append((declared.name, result))
    return taken_in(result, declared.returns)


def _create(expr: ir.Create, frame: Frame) -> Entity:
    world = frame.world
    key = value(expr.key, frame)
    given = {name: value(field, frame) for name, field in expr.fields}
    known = world.registries[expr.entity].get(key)
    if known is None:
        return world.create(expr.entity, key, given)
    assert isinstance(known, Entity)
    if not expr.reuse:
        told = f"create({expr.entity}, …) has a new key"
        raise claim_failed(world, told, expr.span, known)
    return known


EXPRESSIONS: Mapping[type[ir.Expr], Callable[[Any, Frame], Any]] = {
    ir.Const: lambda expr, _: expr.value,
    ir.Local: lambda expr, frame: frame.locals[expr.name],
    ir.Start: lambda _, frame: frame.start,
    ir.ContextRead: lambda expr, frame: frame.world.datum(expr.name),
    ir.ConfigRead: lambda expr, frame: frame.world.config[expr.name],
    ir.Registry: lambda expr, frame: frame.world.registries[expr.entity],
    ir.Group: lambda expr, frame: frame.world.spec.entities[expr.entity].groups[expr.name],
    ir.Deviates: lambda expr, frame: frame.world.deviations[expr.name],
    ir.Attribute: _attribute,
    ir.Index: _index,
    ir.Compare: _compare,
    ir.Logic: _logic,
    ir.Not: lambda expr, frame: not value(expr.operand, frame),
    ir.Negative: lambda expr, frame: -value(expr.operand, frame),
    ir.Arithmetic: _arithmetic,
    ir.Choice: _choice,
    ir.Display: _display,
    ir.MapDisplay: _map_display,
    ir.Comprehension: _comprehension,
    ir.MapComprehension: _map_comprehension,
    ir.Builtin: _builtin,
    ir.Method: _method,
    ir.CallProcedure: _procedure,
    ir.CallHost: _host,
    ir.Create: _create,
}
"""Every kind of expression that there is."""
