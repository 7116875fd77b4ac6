"""Sets and maps that are changed where they stand, as lines: the fastest that do the same.

Most sets of entities are empty, and most of what is taken out of something is not there: a question is
answered sooner than a method is called. Knows the plan and how expressions are written.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ..snippets.ir import Attribute, Const, Expr, Local, Method
from ..types import EntityType
from .expressions import ATOM, Expressions
from .lines import Lines
from .plan import Plan
from .sets import added, discarded, emptied, is_at_hand, taken_out


@dataclass(frozen=True)
class Changes:
    """Writes changes of collections into ``out``."""

    plan: Plan
    expressions: Expressions
    out: Lines

    def of_set(self, call: Method) -> None:
        """A method of an ordered set, called for its effect alone."""
        base = call.target
        elements = self.expressions.elements(base)
        if call.name in ("add", "update") and self._is_shared(base):
            assert isinstance(base, Attribute)
            assert isinstance(base.target.type, EntityType)
            place = base.target.type.name, base.name
            of = self.expressions.at(base.target, ATOM)
            if not isinstance(base.target, Local):
                of = self.expressions.scope.names.new("holder")
                self.out.add(f"{of} = {self.expressions.text(base.target)}")
                elements = self.plan.elements(*place, of)
            self.out.extend(self.plan.own(*place, of))
        inner = self.expressions.arguments(call.arguments)
        match call.name:
            case "add":
                self.out.add(added(elements, inner))
            case "discard" if self._is_better_asked(base, call.arguments[0]):
                self.out.extend(taken_out(elements, inner))
            case "discard":
                self.out.add(discarded(elements, inner))
            case "remove":
                self.out.add(f"del {elements}[{inner}]")
            case "clear":
                shared = self._is_shared(base) and not self.out.begins_branch
                self.out.extend(emptied(elements, shared=shared))
            case "update":
                walked = ", ".join(map(self.expressions.walked, call.arguments))
                self.out.add(f"{elements}.update(dict.fromkeys({walked}))")
            case _:
                self.out.add(self.expressions.text(call))

    def of_map(self, call: Method) -> bool:
        """The same of a map, if there is something better than the method; whether there is."""
        base, text = call.target, self.expressions.text
        match call.name, call.arguments:
            case "pop", (key, Const(value=None)) if self._is_better_asked(base, key):
                self.out.extend(taken_out(text(base), text(key)))
            case "clear", () if self._is_shared(base) and not self.out.begins_branch:
                self.out.extend(emptied(text(base), shared=True))
            case _:
                return False
        return True

    def unless_empty(self, source: Expr) -> AbstractContextManager[object]:
        """What begins a loop over the items of a map that is empty, most of the time: making the view that it
        goes through takes longer than all of the rest."""
        if (
            isinstance(source, Method)
            and source.name in ("items", "keys", "values")
            and is_at_hand(source.target)
            and self._is_shared(source.target)
            and not self.out.begins_branch
        ):
            return self.out.indented(f"if {self.expressions.text(source.target)}:")
        return nullcontext()

    def _is_better_asked(self, base: Expr, key: Expr) -> bool:
        """Whether what may not be there is taken out with ``if`` and ``del``."""
        return is_at_hand(base) and is_at_hand(key) and not self.out.begins_branch

    def _is_shared(self, base: Expr) -> bool:
        """Whether it may be the empty collection that all new entities have."""
        return (
            isinstance(base, Attribute)
            and isinstance(base.target.type, EntityType)
            and (base.target.type.name, base.name) in self.plan.shared_sets
        )
