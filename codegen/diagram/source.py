"""What every part of the extraction reads from the checked model: texts, places, effects.

Knows the checked model and the snippet tree; builds nothing of the diagram.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..checked import Case, CheckedSpec, Entity, Field, Handler, Transition
from ..diagnostics import Span
from ..snippets import ir
from ..snippets.text import expression, statements
from ..types import spell
from .effects import Doings, doings
from .model import Place


def place(span: Span) -> Place:
    return Place(span.path, span.line)


def typed(fields: Mapping[str, Field]) -> tuple[tuple[str, str], ...]:
    """Names and types of fields, as texts."""
    return tuple((field.name, spell(field.type)) for field in fields.values())


@dataclass(frozen=True)
class Source:
    """A checked spec, limited to the entity ``only`` where that is given."""

    spec: CheckedSpec
    only: str | None = None

    @property
    def entities(self) -> dict[str, Entity]:
        every = self.spec.entities.items()
        return {name: e for name, e in every if self.only is None or name == self.only}

    @property
    def _registries(self) -> dict[str, str]:
        return {e.name: e.registry for e in self.spec.entities.values()}

    def text(self, expr: ir.Expr | None) -> str:
        return "" if expr is None else expression(expr, self._registries)

    def lines(self, block: ir.Block) -> tuple[str, ...]:
        return tuple(statements(block, self._registries))

    def doings(self, *blocks: ir.Block) -> Doings:
        return sum((doings(b, self.spec.procedures) for b in blocks), start=Doings())

    def case_doings(self, entity: str, case: Case) -> Doings:
        """What a case of a transition does: its attempt, what follows a failure, its body; a redirect
        asks for the other request."""
        failed = case.attempt.failed if case.attempt else ()
        attempted = (ir.Do(span=case.span, value=case.attempt.call),) if case.attempt else ()
        done = self.doings(attempted, failed, case.body)
        if case.kind != "redirect" or case.target is None:
            return done
        return done + Doings((), ((entity, case.target),))

    def case_lines(self, pair: Transition, case: Case) -> tuple[str, ...]:
        """The statements of a case of a transition, as texts, its claims first."""
        lines = [f"assert {self.text(claim)}" for claim in (*pair.asserts, *case.asserts)]
        if case.attempt is not None:
            name = f"{case.attempt.name} = " if case.attempt.name else ""
            lines.append(f"attempt: {name}{self.text(case.attempt.call)}")
            lines += (f"    if it fails: {line}" for line in self.lines(case.attempt.failed))
        if case.kind == "redirect" and case.redirect_arguments:
            lines.append(f"with {', '.join(map(self.text, case.redirect_arguments))}")
        return (*lines, *self.lines(case.body))

    def around(self, handler: Handler) -> tuple[str, ...]:
        """The statements around the cells of a handler, each with the part it belongs to."""
        parts = (("before", handler.before), ("first", handler.first), ("after", handler.after))
        return tuple(f"{name}: {line}" for name, block in parts for line in self.lines(block))

    def around_doings(self, handler: Handler) -> Doings:
        return self.doings(handler.before, handler.first, handler.after)
