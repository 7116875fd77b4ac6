"""The snippets of an environment, and all that must hold, as functions in one readable text.

Each takes the machine, of which the ghosts are attributes here. Knows the plan of the machine and how
the generator writes expressions; knows nothing of states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checked import ContextItem, Entity, Field, Invariant, Relation
from ..generate.expressions import OR, Expressions
from ..generate.lines import Lines
from ..generate.plan import Plan
from ..generate.relations import inexact
from ..generate.scope import Scope
from ..generate.statements import Statements
from ..generate.texts import comment
from ..generate.walk import hints, locals_of
from ..snippets.ir import Block, Expr
from ..types import UNKNOWN, CountType, EntityType, EventType, Type
from ..world import Among, Carried, Case, Computed, Ranges, Rule
from .codec import Codec


class Draft:
    """An event or an instruction of which some fields are not settled yet."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


class Functions:
    """Writes functions into one text."""

    def __init__(self, plan: Plan, codec: Codec) -> None:
        self.plan = plan
        self.codec = codec
        self.out = Lines()

    def case(self, name: str, case: Case, event: str | None, instruction: bool) -> None:
        """``name(self, run, [instruction,] *values)``: the event of a case, or None if it isn't enabled.

        ``values`` are those of the fields and choices that range over given ones, in order; ``run``
        makes the choices that depend on the state. A case without an event gives True.
        """
        values = [rule for rule in (*case.choices.values(), *case.fields.values()) if is_free(rule)]
        parameters = ["self", "run", *(["instruction"] if instruction else [])]
        parameters += [f"value_{n}" for n in range(len(values))]
        scope = self._scope(case.do, case.when)
        scope.pure = True  # nothing but `do` changes anything
        free = iter(parameters[-len(values) :] if values else [])
        fields: Mapping[str, Field] = {} if event is None else self.plan.spec.events[event].fields
        with self._head(name, parameters, case.span):
            for local, rule in case.choices.items():
                scope.bind(local, UNKNOWN)
                self.out.add(f"{local} = {self._value(rule, scope, '', free, None)}")
            if event is not None:
                self.out.add("event = Draft()")
            for field, rule in case.fields.items():
                written = self._value(rule, scope, field, free, fields[field].type)
                self.out.add(f"event.{field} = {written}")
            if case.when is not None:
                with self.out.indented(f"if {Expressions(self.plan, scope).negated(case.when)}:"):
                    self.out.add("return None")
            scope.pure = False
            Statements(self.plan, scope, self.out).block(case.do)
            if event is None:
                self.out.add("return True")
            else:
                inner = "".join(f"{field}=event.{field}, " for field in case.fields)
                self.out.add(f'return {event}({inner}stimulus_id="explored")')

    def _value(self, rule: Rule, scope: Scope, field: str, free: Any, type_: Type | None) -> str:
        text = Expressions(self.plan, scope).text
        match rule:
            case Carried():
                return f"instruction.{field}"
            case Ranges():
                return next(free) if type_ is None else self.codec.thaw(type_, next(free))
            case Computed(value=value):
                return text(value)
            case Among(source=source):
                return f"run.among({text(source)})"

    def block(self, name: str, parameters: list[str], block: Block, span: Any) -> None:
        """``name(self, …)`` that runs statements."""
        with self._head(name, ["self", *parameters], span):
            Statements(self.plan, self._scope(block), self.out).block(block)

    def expression(self, name: str, parameters: list[str], value: Expr) -> None:
        """``name(self, …)`` that evaluates an expression."""
        with self._head(name, ["self", *parameters], value.span):
            scope = self._scope((), value)
            self.out.add(f"return {Expressions(self.plan, scope).text(value)}")

    def claim(self, name: str, invariant: Invariant) -> None:
        """``name(self[, entity])``: whether it holds; None where its ``when`` doesn't."""
        scope = Scope(pure=True)
        parameters = ["self"]
        if invariant.entity is not None:
            variable = self.plan.spec.entities[invariant.entity].variable
            parameters.append(scope.bind(variable, EntityType(invariant.entity)))
        expressions = Expressions(self.plan, scope)
        with self._head(name, parameters, invariant.span):
            if invariant.when is not None:
                with self.out.indented(f"if {expressions.negated(invariant.when)}:"):
                    self.out.add("return None")
            self.out.add(f"return bool({expressions.text(invariant.holds)})")

    def rule(self, name: str, item: ContextItem) -> None:
        """``name(self)``: whether a collection has the members that its rule says."""
        assert item.members is not None
        assert item.of is not None
        entity = self.plan.spec.entities[item.of]
        scope = Scope(pure=True)
        variable = scope.bind(entity.variable, EntityType(entity.name))
        test = Expressions(self.plan, scope).at(item.members, OR)
        every = f"for {variable} in self.{entity.registry}.values() if {test}"
        members = (
            f"sum(1 {every})" if isinstance(item.type, CountType) else f"{{{variable} {every}}}"
        )
        with self._head(name, ["self"], item.span):
            self.out.add(f"return self.{item.name} == {members}")

    def agreement(self, name: str, entity: Entity, relation: Relation) -> None:
        """``name(self, entity)``: whether a relation and its inverse agree."""
        with self._head(name, ["self", entity.variable], relation.span):
            self.out.add(f"return not ({inexact(self.plan, entity, relation, entity.variable)})")

    def _scope(self, block: Block, value: Expr | None = None) -> Scope:
        scope = Scope(stimulus_id='"explored"', pure=not block, hints=hints([block]))
        scope.reserve(locals_of([block, value]))
        scope.bind("event", EventType(""))
        return scope

    def _head(self, name: str, parameters: list[str], span: Any) -> Any:
        self.out.add("")
        self.out.add(f"# {comment(self.plan.place(span))}")
        return self.out.indented(f"def {name}({', '.join(parameters)}):")


def is_free(rule: Rule) -> bool:
    """Whether a value is one of a given list, whatever the state."""
    return isinstance(rule, Ranges)
