"""Transitions: one method each, in the order of the rules of a step.

Knows the plan, statements and results.
"""

from __future__ import annotations

from ..checked import Attempt, Case, Entity, Transition
from ..snippets.ir import Block, Local, Recommend
from ..types import EntityType, StateType, TupleType
from .annotations import annotation, as_type, resolved
from .derived import follow_state
from .lines import Lines
from .plan import Plan
from .results import end, returns, shape, write_shape
from .scope import Scope
from .statements import Statements
from .texts import comment, quoted
from .walk import hints, locals_of, reads_local, reads_start


def transition_method(plan: Plan, transition: Transition, out: Lines) -> None:
    """Write the method of one transition."""
    entity = plan.spec.entities[transition.entity]
    name = plan.transitions[transition.entity, transition.start, transition.request]
    request = entity.requests[transition.request]
    scope = _scope(entity, transition)
    subject = scope.bind(entity.variable, EntityType(entity.name))
    # By position: a call by name takes longer, and there is one for each transition.
    parameters = [f"self, {subject}: {entity.name}, stimulus_id: str, instructions: Instructions"]
    for field in request.fields.values():
        default = "" if field.required else f" = {as_type(field.type, field.default)}"
        parameters.append(
            f"{scope.bind(field.name, field.type)}: {annotation(field.type)}{default}"
        )
    writer = _Writer(plan, entity, transition, scope, subject, out)
    with out.indented(f"def {name}({', '.join(parameters)}) -> {returns(writer.asks)}:"):
        out.add(f"# {comment(plan.place(transition.span))}")
        size = len(out.written)
        writer.write()
        end(out, size)


def _scope(entity: Entity, transition: Transition) -> Scope:
    parts = [case.body for case in transition.cases]
    parts += [case.attempt.failed for case in transition.cases if case.attempt]
    scope = Scope(hints=hints(parts))
    scope.reserve(locals_of(parts))
    return scope


class _Writer:
    def __init__(
        self,
        plan: Plan,
        entity: Entity,
        transition: Transition,
        scope: Scope,
        subject: str,
        out: Lines,
    ) -> None:
        self.plan, self.entity, self.transition = plan, entity, transition
        self.scope, self.subject, self.out = scope, subject, out
        self.statements = Statements(plan, scope, out, subject)
        self.asks = any(
            case.kind == "redirect"
            or plan.asks(case.body)
            or (case.attempt is not None and plan.asks(case.attempt.failed))
            for case in transition.cases
        )

    def write(self) -> None:
        transition, out = self.transition, self.out
        if self._reads_start():
            # A plain `start` of the type of all states: what it is compared with is the spec's affair.
            self.scope.bind("start", StateType(self.entity.name))
            out.add(f"start: {self.entity.name}State = {self.subject}.state")
        for claim in transition.asserts:
            self.statements.claim(claim)
        open_end = True
        for number, case in enumerate(transition.cases):
            before = dict(self.scope.bound)
            if case.when is None:
                self._case(case, number)
                open_end = False
                break
            with out.indented(f"if {self.statements.expressions.test(case.when)}:"):
                self._case(case, number)
            self.scope.leave(before)
        if open_end:
            start, request = quoted(transition.start), quoted(transition.request)
            out.add(f"raise self._no_case({self.subject}, {start}, {request})")

    def _reads_start(self) -> bool:
        for case in self.transition.cases:
            parts: list[Block] = [case.body]
            if case.attempt is not None:
                parts.append(case.attempt.failed)
            if reads_start(*parts, *([case.when] if case.when else [])):
                return True
            if reads_start(*case.redirect_arguments, *case.asserts):
                return True
        return False

    def _case(self, case: Case, number: int) -> None:
        start, request = quoted(self.transition.start), quoted(self.transition.request)
        if case.kind == "impossible":
            told = f"{self.subject}, {start}, {request}, {quoted(case.reason)}"
            self.out.add(f"raise self._impossible({told})")
            return
        pair = self.entity.name, self.transition.start, self.transition.request
        self.plan.marks.hit(self.out, "transition", *pair, number)
        for claim in case.asserts:
            self.statements.claim(claim)
        if case.attempt is not None:
            self._attempt(case.attempt, case.body)
        if case.kind == "internal" and case.reason:
            self.out.add(f"# {comment(case.reason)}")
        last = self._change(case)
        body = self._redirected(case)
        self._body(body, last)

    def _change(self, case: Case) -> tuple[str, ...]:
        """The change of state. Returns the lines that end the case."""
        if case.kind != "becomes":
            return ()
        assert case.target is not None
        entity, name = self.entity, self.subject
        self.out.add(f"{name}.state = {quoted(case.target)}")
        if not entity.requests[case.target].deletes:
            follow = follow_state(self.plan, entity, self.transition.start, case.target, name)
            self.out.extend(follow)
            return ()
        self.out.extend(follow_state(self.plan, entity, self.transition.start, None, name))
        self.out.add(f"del self.{entity.registry}[{name}.{entity.key.name}]")
        # What others still hold is looked at last: `do` is the place to let go of it.
        detach = self.plan.methods["detach", entity.name]
        return (f"self.{detach}({name})",) if detach in self.plan.detaching else ()

    def _redirected(self, case: Case) -> Block:
        if case.kind != "redirect":
            return case.body
        assert case.target is not None
        entity = Local(span=case.span, type=EntityType(self.entity.name), name=self.entity.variable)
        other = Recommend(
            span=case.span,
            entity=entity,
            entity_name=self.entity.name,
            request=case.target,
            arguments=case.redirect_arguments,
        )
        return (other, *case.body)

    def _body(self, body: Block, last: tuple[str, ...] = ()) -> None:
        conflict = self.plan.can_conflict(body)
        unique = conflict and self.plan.asks_elsewhere(body)
        self.scope.strict = conflict and not unique
        # What ends the case comes after all that it asks for and emits has been read.
        found = shape(
            self.plan,
            body,
            strict=True,
            recommendations=bool(last) and self.plan.asks(body),
        )
        write_shape(found, self.statements, self.out, asks=self.asks, unique=unique, last=last)

    def _attempt(self, attempt: Attempt, body: Block) -> None:
        out, plan = self.out, self.plan
        function = plan.spec.host[attempt.call.function]
        call = self.statements.expressions.text(attempt.call)
        with out.indented("try:"):
            if attempt.name is None or not reads_local(attempt.name, body):
                out.add(call)
            else:
                result = attempt.call.type
                name, _ = self.scope.assign(
                    attempt.name, self.scope.full_type(attempt.name, result)
                )
                out.add(f"{name} = {call}")
        caught = self.scope.names.new("failed")
        with out.indented(f"except HostFailure as {caught}:"):
            if function.recorded:
                out.add(f"self._record({quoted(function.name)}, {caught})")
            before = dict(self.scope.bound)
            type_ = function.fails_type
            if type_ is not None and locals_of([attempt.failed]) & {attempt.failure}:
                name = self.scope.bind(attempt.failure, type_)
                values = "values" if isinstance(resolved(type_), TupleType) else "values[0]"
                left = self.scope.annotated(name, annotation(type_))
                out.add(f"{left} = {caught}.{values}")
            self.plan.marks.hit(out, "branch", attempt.span, False)
            self._body(attempt.failed)
            self.scope.leave(before)
        self.plan.marks.hit(out, "branch", attempt.span, True)
