"""The checks of a machine: invariants, collections kept by hand, relations. None changes anything.

Knows the plan.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..checked import ContextItem, Entity, Invariant
from ..types import CountType, EntityType
from .expressions import AND, NOT, OR, Expressions
from .lines import Lines
from .plan import Plan
from .relations import inexact, inverse, kept
from .scope import Scope
from .texts import docstring, quoted


def check_methods(plan: Plan, out: Lines) -> None:
    """``check``, ``check_at_rest``, ``_check_step`` and what they call."""
    spec = plan.spec
    machine_checks = [i for i in spec.invariants if i.entity is None]
    by_hand = [i for i in spec.context.values() if i.maintained == "hand"]
    derived = [i for i in spec.context.values() if i.maintained == "generator" and not i.early]
    checked = [e for e in spec.entities.values() if plan.has_checks(e.name)]
    machine = plan.methods["check", ""] if machine_checks or by_hand else ""
    if machine or checked or derived:
        _check(plan, machine, checked, derived, out)
    if machine or checked:
        _check_step(plan, machine, checked, out)
    if machine:
        out.add("")
        with out.indented(f"def {machine}(self) -> None:"):
            with plan.marks.untouched(out, machine_checks):
                for invariant in machine_checks:
                    _invariant(plan, invariant, None, out)
            for item in by_hand:
                _rule(plan, item, out)
    for entity in checked:
        out.add("")
        method = plan.methods["check", entity.name]
        with out.indented(f"def {method}(self, {entity.variable}: {entity.name}) -> None:"):
            own = [i for i in spec.invariants if i.entity == entity.name]
            with plan.marks.untouched(out, own):
                for invariant in own:
                    _invariant(plan, invariant, entity, out)
            for relation in entity.relations.values():
                if kept(plan, entity.name, relation.name) is not None:
                    test = inexact(plan, entity, relation, entity.variable)
                    told = f"{relation.name} and {inverse(plan, relation).name} agree"
                    with out.indented(f"if {test}:"):
                        out.add(f"raise self._violated({quoted(told)}, {entity.variable})")
    if spec.at_quiescence:
        _at_rest(plan, spec.at_quiescence, out)


def _check(
    plan: Plan, machine: str, checked: Sequence[Entity], derived: Sequence[ContextItem], out: Lines
) -> None:
    out.add("")
    with out.indented("def check(self) -> None:"):
        out.extend(docstring("Check everything; `InvariantViolated` for the first that fails.", ""))
        if machine:
            out.add(f"self.{machine}()")
        for entity in checked:
            with out.indented(f"for {entity.variable} in self.{entity.registry}.values():"):
                out.add(f"self.{plan.methods['check', entity.name]}({entity.variable})")
        for item in derived:
            _rule(plan, item, out)


def _check_step(plan: Plan, machine: str, checked: Sequence[Entity], out: Lines) -> None:
    out.add("")
    with out.indented("def _check_step(self, touched: Mapping[Any, str]) -> None:"):
        if machine:
            out.add(f"self.{machine}()")
        if not checked:
            return
        with out.indented("for entity in touched:"):
            word = "if"
            for entity in checked:
                here = f"isinstance(entity, {entity.name})"
                if any(r.deletes for r in entity.requests.values()):
                    here += f" and self.{entity.registry}.get(entity.{entity.key.name}) is entity"
                with out.indented(f"{word} {here}:"):
                    out.add(f"self.{plan.methods['check', entity.name]}(entity)")
                word = "elif"


def _invariant(plan: Plan, invariant: Invariant, entity: Entity | None, out: Lines) -> None:
    scope = Scope(pure=True)
    subject = ""
    if entity is not None:
        subject = f", {scope.bind(entity.variable, EntityType(entity.name))}"
    expressions = Expressions(plan, scope)
    test = expressions.negated(invariant.holds)
    if invariant.when is not None:
        test = (
            f"{expressions.at(invariant.when, AND)} and {expressions.negated(invariant.holds, NOT)}"
        )
    detail = quoted(plan.source_text(invariant.holds))
    with out.indented(f"if {test}:"):
        place = subject or ", None"
        out.add(f"raise self._violated({quoted(invariant.name)}{place}, {detail})")


def _rule(plan: Plan, item: ContextItem, out: Lines) -> None:
    """A collection is compared with what its rule says of every entity."""
    assert item.members is not None
    assert item.of is not None
    entity = plan.spec.entities[item.of]
    scope = Scope(pure=True)
    name = scope.bind(entity.variable, EntityType(entity.name))
    test = Expressions(plan, scope).at(item.members, OR)
    every = f"for {name} in self.{entity.registry}.values() if {test}"
    if isinstance(item.type, CountType):
        differs = f"self.{item.name} != sum(1 {every})"
    else:
        differs = f"self.{item.name} != {{{name} {every}}}"
    detail = quoted(plan.source_text(item.members))
    with out.indented(f"if {differs}:"):
        out.add(f"raise self._violated({quoted(f'{item.name} follows its rule')}, None, {detail})")


def _at_rest(plan: Plan, invariants: Sequence[Invariant], out: Lines) -> None:
    out.add("")
    with out.indented("def check_at_rest(self) -> None:"):
        text = "Check what must hold when nothing is open; `InvariantViolated` for the first that fails."
        out.extend(docstring(text, ""))
        with plan.marks.untouched(out, invariants):
            for invariant in invariants:
                if invariant.entity is None:
                    _invariant(plan, invariant, None, out)
                    continue
                entity = plan.spec.entities[invariant.entity]
                with out.indented(f"for {entity.variable} in self.{entity.registry}.values():"):
                    _invariant(plan, invariant, entity, out)
