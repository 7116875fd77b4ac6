"""How a piece of a function gives back what it recommends and emits.

A careful person returns ``{file: "done"}, []`` where nothing conditional happens and keeps variables
where something does; this module decides which. Knows blocks and the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..snippets.ir import Block, Emit, Recommend, Stmt
from .lines import Lines
from .plan import Plan, emits
from .scope import Scope
from .statements import Statements
from .walk import is_pure, own_expressions

SIGNATURE = "tuple[Recommendations, Instructions]"


@dataclass(frozen=True)
class Shape:
    """``body`` are statements to write, ``asked`` and ``emitted`` what goes literally into the return.
    The flags tell that a variable is needed instead."""

    body: tuple[Stmt, ...]
    asked: tuple[Recommend, ...]
    emitted: tuple[Emit, ...]
    recommendations: bool
    instructions: bool


def shape(
    plan: Plan,
    block: Block,
    *,
    strict: bool,
    recommendations: bool = False,
    instructions: bool = False,
) -> Shape:
    """The shape of a block that ends in a return. The flags tell that the variables exist already."""
    cut = len(block)
    while cut and isinstance(block[cut - 1], Recommend | Emit):
        cut -= 1
    tail = block[cut:]
    if len(tail) > 1 and not all(is_pure(e) for stmt in tail for e in own_expressions(stmt)):
        cut, tail = len(block), ()
    inner = block[:cut]
    asked = tuple(s for s in tail if isinstance(s, Recommend))
    emitted = tuple(s for s in tail if isinstance(s, Emit))
    recommendations = recommendations or plan.asks(inner) or plan.calls_that_ask(tail)
    if len(asked) > 1 and (strict or len({s.entity_name for s in asked}) < len(asked)):
        # One entity may be meant twice, and a dict display would hide that.
        recommendations = recommendations or plan.can_conflict(asked)
    instructions = (
        instructions or emits(inner) or plan.calls_that_emit(inner) or plan.calls_that_emit(tail)
    )
    body = inner + tuple(
        s
        for s in tail
        if (isinstance(s, Recommend) and recommendations) or (isinstance(s, Emit) and instructions)
    )
    return Shape(
        body,
        () if recommendations else asked,
        () if instructions else emitted,
        recommendations,
        instructions,
    )


def write_shape(
    found: Shape,
    statements: Statements,
    out: Lines,
    *,
    declared: tuple[bool, bool] = (False, False),
    unique: bool = False,
    after: str = "",
    last: tuple[str, ...] = (),
    shared: bool = False,
) -> None:
    """The statements and the return. ``declared`` tells which variables exist already; ``unique`` asks for
    a dict that refuses two requests for one entity; ``after`` is a comment behind the return; ``last``
    are lines before it. ``shared``: who gets the result leaves it as it is."""
    declare(
        found.recommendations and not declared[0],
        found.instructions and not declared[1],
        out,
        statements.scope,
        unique,
    )
    statements.block(found.body)
    for kind, ending in (("recommend", found.asked), ("emit", found.emitted)):
        for stmt in ending:
            statements.mark(kind, stmt)
    out.extend(last)
    asked = ", ".join(
        f"{statements.expressions.text(s.entity)}: {statements.request(s)}" for s in found.asked
    )
    emitted = ", ".join(statements.instruction(s) for s in found.emitted)
    recommendations = "recommendations" if found.recommendations else "{" + asked + "}"
    instructions = "instructions" if found.instructions else f"[{emitted}]"
    comment = f"  # {after}" if after else ""
    result = f"{recommendations}, {instructions}"
    out.add(f"return {'NOTHING' if shared and result == '{}, []' else result}{comment}")


def declare(
    recommendations: bool, instructions: bool, out: Lines, scope: Scope, unique: bool = False
) -> None:
    """The variables that are needed, empty."""
    if recommendations:
        left = scope.annotated("recommendations", "Recommendations")
        out.add(f"{left} = {'UniqueRequests()' if unique else '{}'}")
    if instructions:
        out.add(f"{scope.annotated('instructions', 'Instructions')} = []")
