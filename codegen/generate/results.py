"""How a piece of a function gives back what it recommends and emits.

A careful person returns ``{file: "done"}`` where nothing conditional happens and keeps a variable where
something does; this module decides which. Knows blocks and the plan.
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
"""What a completion gives: it may be called by anybody."""


def returns(asks: bool) -> str:
    """What a handler or a transition gives, which is given the list that its instructions are added to."""
    return "Recommendations | None" if asks else "None"


def nothing(asks: bool) -> str:
    """The statement that ends one where nothing is recommended; it may recommend something elsewhere."""
    return "return None" if asks else "return"


def end(out: Lines, size: int) -> None:
    """The end of a function whose body begins at line ``size``: a last ``return`` says nothing there."""
    last = out.indent + "return"
    lines = [line.lstrip() for line in out.written[size:-1]]
    if out.written[-1] == last and not all(line.startswith("#") for line in lines):
        out.written.pop()


@dataclass(frozen=True)
class Shape:
    """``body`` are statements to write, ``asked`` what goes literally into the return. The flags tell
    which variables are needed."""

    body: tuple[Stmt, ...]
    asked: tuple[Recommend, ...]
    recommendations: bool
    instructions: bool


def shape(plan: Plan, block: Block, *, strict: bool, recommendations: bool = False) -> Shape:
    """The shape of a block that ends in a return. The flag tells that the variable exists already."""
    cut = len(block)
    while cut and isinstance(block[cut - 1], Recommend | Emit):
        cut -= 1
    tail = block[cut:]
    if len(tail) > 1 and not all(is_pure(e) for stmt in tail for e in own_expressions(stmt)):
        cut, tail = len(block), ()
    inner = block[:cut]
    asked = tuple(s for s in tail if isinstance(s, Recommend))
    recommendations = recommendations or plan.asks(inner) or plan.calls_that_ask(tail)
    if len(asked) > 1 and (strict or len({s.entity_name for s in asked}) < len(asked)):
        # One entity may be meant twice, and a dict display would hide that.
        recommendations = recommendations or plan.can_conflict(asked)
    body = inner + tuple(s for s in tail if recommendations or isinstance(s, Emit))
    return Shape(
        body,
        () if recommendations else asked,
        recommendations,
        emits(block) or plan.calls_that_emit(block),
    )


def write_shape(
    found: Shape,
    statements: Statements,
    out: Lines,
    *,
    asks: bool,
    declared: bool = False,
    unique: bool = False,
    last: tuple[str, ...] = (),
) -> None:
    """The statements and the return, of a function that is given the list of instructions. ``asks`` is
    whether it can recommend anything; ``declared`` tells that the variable exists already; ``unique`` asks
    for a dict that refuses two requests for one entity; ``last`` are lines before the return."""
    if found.recommendations and not declared:
        declare_recommendations(out, statements.scope, unique)
    _write_body(found, statements)
    out.extend(last)
    if found.recommendations or found.asked:
        out.add(f"return {_recommended(found, statements)}")
    else:
        out.add(nothing(asks))


def write_result(found: Shape, statements: Statements, out: Lines) -> None:
    """The same of a function that gives back its instructions too."""
    if found.recommendations:
        declare_recommendations(out, statements.scope)
    if found.instructions:
        out.add(f"{statements.scope.annotated('instructions', 'Instructions')} = []")
    _write_body(found, statements)
    instructions = "instructions" if found.instructions else "[]"
    out.add(f"return {_recommended(found, statements)}, {instructions}")


def _write_body(found: Shape, statements: Statements) -> None:
    statements.block(found.body)
    for stmt in found.asked:
        statements.mark("recommend", stmt)


def _recommended(found: Shape, statements: Statements) -> str:
    if found.recommendations:
        return "recommendations"
    text = statements.expressions.text
    return f"{{{', '.join(f'{text(s.entity)}: {statements.request(s)}' for s in found.asked)}}}"


def declare_recommendations(out: Lines, scope: Scope, unique: bool = False) -> None:
    """The variable, empty."""
    left = scope.annotated("recommendations", "Recommendations")
    out.add(f"{left} = {'UniqueRequests()' if unique else '{}'}")
