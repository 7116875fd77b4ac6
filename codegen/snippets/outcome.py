"""Running a check of a snippet, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ..diagnostics import Diagnostics
from ..part import Text
from ..types import UNKNOWN, Type
from .environment import Checked, LocalTypes, Path, Surroundings, settled
from .ir import Const, Expr
from .statements import Statements

T = TypeVar("T")


def settle(
    run: Callable[[LocalTypes, Diagnostics], Checked[T]],
    around: Surroundings,
    diagnostics: Diagnostics,
) -> Checked[T]:
    """Run a check once where the types of locals are shared, else until they have settled."""
    if around.types is not None:
        return run(around.types, diagnostics)
    return settled(run, diagnostics)


def outcome(
    session: Statements,
    value: T,
    yes: Mapping[Path, Type] | None = None,
    no: Mapping[Path, Type] | None = None,
) -> Checked[T]:
    """What a finished session hands back. ``yes`` and ``no`` are what is known besides when the
    expression is true and when it is false."""
    facts = session.facts
    return Checked(
        value,
        session.ok,
        session.effects,
        dict(facts.bound),
        dict(facts.maybe),
        dict(session.assigned),
        frozenset(session.read_locals),
        facts.knowledge(yes),
        facts.knowledge(no),
        frozenset(session.changed_parameters),
    )


def refusal(value: T, around: Surroundings) -> Checked[T]:
    """What is handed back where the text itself is refused."""
    return Checked(value, False, locals=around.locals, maybe=around.maybe, known=around.known)


def placeholder(text: Text) -> Expr:
    """What stands for an expression that is refused."""
    return Const(span=text.locate(0, max(1, len(text))), type=UNKNOWN, value=None)
