"""What statements do: one small function for each kind of statement.

Knows expressions and frames. ``run`` is the entrance; it tells how a block ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..snippets import ir
from .expressions import value, values
from .frame import Frame
from .messages import Message, default_of
from .operations import change_in_place, walked
from .reports import claim_failed
from .values import Entity


@dataclass(frozen=True)
class Returned:
    """A ``return`` was reached, with this result."""

    result: Any


@dataclass(frozen=True)
class Left:
    """A ``break`` or a ``continue`` was reached."""

    for_good: bool


End: TypeAlias = Returned | Left | None
"""How a block ended; None for coming to its end."""


def run(block: ir.Block, frame: Frame) -> End:
    """Run statements one after the other, until one of them leaves."""
    for stmt in block:
        end = STATEMENTS[type(stmt)](stmt, frame)
        if end is not None:
            return end
    return None


def call(procedure: str, arguments: list[Any], frame: Frame) -> Any:
    """Call a procedure: it has locals of its own and recommends and emits for its caller."""
    declared = frame.world.spec.procedures[procedure]
    names = [parameter.name for parameter in declared.parameters]
    end = run(declared.body, frame.called_with(dict(zip(names, arguments, strict=True))))
    return end.result if isinstance(end, Returned) else None


def _assign(stmt: ir.Assign, frame: Frame) -> None:
    if stmt.op is not None:
        _assign_changed(stmt.targets[0], stmt.op, stmt.value, frame)
        return
    new = value(stmt.value, frame)
    if len(stmt.targets) == 1:
        _place(stmt.targets[0], new, frame)
    else:
        for target, part in zip(stmt.targets, new, strict=True):
            _place(target, part, frame)


def _place(target: ir.Expr, new: Any, frame: Frame) -> None:
    match target:
        case ir.Local(name=name):
            frame.locals[name] = new
        case ir.ContextRead(name=name):
            frame.world.context[name] = new
        case ir.Attribute(target=owner, name=name):
            frame.world.write(value(owner, frame), name, new)
        case ir.Index(target=held, index=index):
            value(held, frame)[value(index, frame)] = new
        case _:
            raise AssertionError(f"nothing can be assigned to {target}")


def _assign_changed(target: ir.Expr, op: str, operand: ir.Expr, frame: Frame) -> None:
    """``target op= operand``: where it is, is looked at once."""
    match target:
        case ir.Attribute(target=owner, name=name):
            entity = value(owner, frame)
            old = frame.world.attribute(entity, name)
            frame.world.write(entity, name, change_in_place(op, old, value(operand, frame)))
        case ir.Index(target=held, index=index):
            holder, at = value(held, frame), value(index, frame)
            old = holder[at]
            holder[at] = change_in_place(op, old, value(operand, frame))
        case _:
            old = value(target, frame)
            _place(target, change_in_place(op, old, value(operand, frame)), frame)


def _delete(stmt: ir.Delete, frame: Frame) -> None:
    holder = value(stmt.target, frame)
    del holder[value(stmt.index, frame)]


def _do(stmt: ir.Do, frame: Frame) -> None:
    value(stmt.value, frame)


def _if(stmt: ir.If, frame: Frame) -> End:
    taken = bool(value(stmt.test, frame))
    frame.mark("branch", stmt.span, taken)
    return run(stmt.then if taken else stmt.otherwise, frame)


def _for(stmt: ir.For, frame: Frame) -> End:
    rounds = False
    for names in walked(value(stmt.source, frame), stmt.names):
        rounds = True
        frame.mark("loop", stmt.span, rounds)
        frame.locals.update(names)
        end = run(stmt.body, frame)
        if isinstance(end, Returned):
            return end
        if end is not None and end.for_good:
            break
    frame.mark("loop", stmt.span, rounds)
    return None


def _while(stmt: ir.While, frame: Frame) -> End:
    rounds = False
    while value(stmt.test, frame):
        rounds = True
        frame.mark("loop", stmt.span, rounds)
        frame.spend(1)
        end = run(stmt.body, frame)
        if isinstance(end, Returned):
            return end
        if end is not None and end.for_good:
            break
    frame.mark("loop", stmt.span, rounds)
    return None


def _return(stmt: ir.Return, frame: Frame) -> End:
    return Returned(None if stmt.value is None else value(stmt.value, frame))


def _assert(stmt: ir.Assert, frame: Frame) -> None:
    claim(stmt.test, frame)


def claim(test: ir.Expr, frame: Frame) -> None:
    """``ClaimFailed`` if the test isn't true."""
    if not value(test, frame):
        raise claim_failed(frame.world, "", test.span, frame.subject)


def _recommend(stmt: ir.Recommend, frame: Frame) -> None:
    entity = value(stmt.entity, frame)
    assert isinstance(entity, Entity)
    frame.mark("recommend", stmt.span)
    given = [] if stmt.spread is None else list(value(stmt.spread, frame))
    given += values(stmt.arguments, frame)
    frame.asked.ask(entity, frame.world.request(entity, stmt.request, given))


def _emit(stmt: ir.Emit, frame: Frame) -> None:
    frame.mark("emit", stmt.span)
    given = {name: value(expr, frame) for name, expr in stmt.fields}
    declared = frame.world.spec.instructions[stmt.instruction].fields
    fields = {
        name: given[name] if name in given else default_of(field)
        for name, field in declared.items()
    }
    fields["stimulus_id"] = frame.stimulus_id
    frame.emitted.append(Message(stmt.instruction, fields))


def _log(stmt: ir.Log, frame: Frame) -> None:
    world = frame.world
    world.log.append((*values(stmt.parts, frame), frame.stimulus_id, world.now))


def _reset(stmt: ir.Reset, frame: Frame) -> None:
    frame.world.reset(value(stmt.entity, frame), stmt.group)


STATEMENTS: Mapping[type[ir.Stmt], Callable[[Any, Frame], End]] = {
    ir.Assign: _assign,
    ir.Delete: _delete,
    ir.Do: _do,
    ir.If: _if,
    ir.For: _for,
    ir.While: _while,
    ir.Break: lambda *_: Left(for_good=True),
    ir.Continue: lambda *_: Left(for_good=False),
    ir.Pass: lambda *_: None,
    ir.Return: _return,
    ir.Assert: _assert,
    ir.Recommend: _recommend,
    ir.Emit: _emit,
    ir.Log: _log,
    ir.Reset: _reset,
}
"""Every kind of statement that there is."""
