"""What a machine and its environments do, followed until nothing new comes anywhere, then asked for what it
depends on."""

from __future__ import annotations

from collections.abc import Iterable

from ..checked import CellCase, CheckedSpec, Invariant
from ..diagnostics import Diagnostics, Span
from ..snippets.ir import (
    Arithmetic,
    Assert,
    Assign,
    Attribute,
    Block,
    ContextRead,
    Delete,
    Do,
    Emit,
    Expr,
    For,
    If,
    Index,
    Local,
    Log,
    Recommend,
    Reset,
    Return,
    Stmt,
    While,
)
from ..types import EntityType, ListType, bare, without_none
from ..world import Among, Carried, Case, Computed, Environment, Ranges, Rule
from .counter import Counter, step_of
from .grades import EXACT, Grade, join, lost
from .values import Node, Place, Values, sent


class Machine(Values):
    """A whole spec. ``promised`` is asked about where the fields ``exact`` count, though they are ignored:
    it speaks of them."""

    def __init__(
        self,
        spec: CheckedSpec,
        counter: Counter,
        exact: frozenset[Place],
        promised: Iterable[Invariant],
        diagnostics: Diagnostics,
    ) -> None:
        super().__init__(spec, counter, exact)
        self.diagnostics = diagnostics
        self.promised = promised

    def check(self) -> None:
        """Report all that depends on what is forgotten."""
        self.grown = True
        while self.grown:
            self.grown = False
            self._walk()
        self.report = self.diagnostics.error
        self._walk()
        if len(self.lengths) > 1:
            lengths = sorted(self.lengths)
            self.report(
                "LF367",
                self.lengths[lengths[-1]],
                f"Tuples that end with a rank have {lengths[0]} places and {lengths[-1]}: what ranks in one "
                "would stand against an exact number of the other.",
                "Give all of them the same number of places.",
            )

    # The machine

    def _walk(self) -> None:
        for environment in self.spec.environments.values():
            self._environment(environment)
        self._handlers()
        self._transitions()
        for name, procedure in self.spec.procedures.items():
            self._enter(("procedure", name))
            self.block(procedure.body)
        for completion in self.spec.completions:
            self._enter(("completion", completion.name))
            self.block(completion.body)
        self._context()
        for invariant in self.promised:
            self._enter(("invariant", invariant.name))
            self._asked(invariant.when, "What is promised")
            self._asked(invariant.holds, "What is promised")

    def _enter(self, scope: Node) -> None:
        self.scope, self.arguments = scope, {}

    def _asked(self, test: Expr | None, what: str) -> None:
        """A condition on which something hangs."""
        if test is not None:
            self.must(self.truth(test), test.span, what)

    def _handlers(self) -> None:
        for handler in self.spec.handlers.values():
            self._enter(("handler", handler.event))
            subject = handler.subject
            if subject is not None:
                source = self.of(subject.source)
                self.must(
                    self._keys(source, subject.mode), subject.source.span, "Whom the event is about"
                )
                if subject.consumes is not None:
                    for part in subject.consumes:
                        self.must(self.of(part), part.span, "Whom the event is about")
                if subject.value_name is not None:
                    self.flow(self.node_of(subject.value_name), source)
            self.block(handler.before)
            self.block(handler.first)
            seen: set[tuple[Span, str]] = set()
            for cell in handler.cells.values():
                if (cell.span, cell.origin) not in seen:
                    seen.add((cell.span, cell.origin))
                    self._cases(cell.cases)
            self.block(handler.after)

    def _keys(self, source: Grade, mode: str) -> Grade:
        return source if mode != "items" or source.is_lost else EXACT

    def _cases(self, cases: Iterable[CellCase]) -> None:
        for case in cases:
            self._asked(case.when, "What happens")
            self.block(case.body)

    def _transitions(self) -> None:
        for (entity, _, request), transition in self.spec.transitions.items():
            self._enter(("transition", entity, request))
            fields = self.spec.entities[entity].requests[request].fields
            self.arguments = {name: ("request", entity, request, name) for name in fields}
            for test in transition.asserts:
                self._asked(test, "What is claimed")
            for case in transition.cases:
                self._asked(case.when, "What happens")
                for test in case.asserts:
                    self._asked(test, "What is claimed")
                if case.target is not None and case.redirect_arguments:
                    self._request(entity, case.target, case.redirect_arguments)
                if case.attempt is not None:
                    attempt = case.attempt
                    result = self.of(attempt.call)
                    if attempt.name is not None:
                        self.flow(self.node_of(attempt.name), result)
                    failure = self.nodes.get(("failure", attempt.call.function), EXACT)
                    self.flow(self.node_of(attempt.failure), failure)
                    self.block(attempt.failed)
                self.block(case.body)

    def _request(
        self, entity: str, request: str, arguments: Iterable[Expr], before: Iterable[Grade] = ()
    ) -> None:
        """Something is asked for, with arguments."""
        fields = self.spec.entities[entity].requests[request].fields
        given = [*before, *map(self.of, arguments)]
        for name, grade in zip(fields, given, strict=False):
            self.flow(("request", entity, request, name), grade)

    def _context(self) -> None:
        for item in self.spec.context.values():
            self._enter(("context", item.name))
            if self.explored(("", item.name)) == "ignore":
                continue
            self._asked(item.members, f"Who is in {item.name}")
            if item.key is not None and not self._ranks(item.key):
                self.must(self.of(item.key), item.key.span, f"The order of {item.name}")

    def _ranks(self, key: Expr) -> bool:
        """Whether a heap is sorted by a field that ranks; its keys are kept among ranks then."""
        return (
            isinstance(key, Attribute)
            and isinstance(key.target.type, EntityType)
            and self.explored((key.target.type.name, key.name)) == "rank"
        )

    # Environments

    def _environment(self, environment: Environment) -> None:
        for source in environment.sources.values():
            for case in source.cases:
                self._world_case(case, source.event, None)
        for step in environment.steps.values():
            for case in step.cases:
                self._world_case(case, None, None)
        for outcome in environment.outcomes.values():
            for case in outcome.cases:
                self._world_case(case, outcome.event, outcome.instruction)
        if environment.initial is not None:
            for case in environment.initial.cases:
                self._world_case(case, environment.initial.event, None)
        for heard in environment.heard.values():
            self._enter(("heard", environment.name, heard.instruction))
            self.block(heard.do)
        for host in environment.host.values():
            self._enter(("host", host.function))
            for answer in host.answers:
                self._asked(answer.when, "What is answered")
                if answer.gives is not None:
                    self.flow(("host", host.function), self.of(answer.gives))
                if answer.fails is not None:
                    self.flow(("failure", host.function), self.of(answer.fails))
                self.block(answer.do)

    def _world_case(self, case: Case, event: str | None, instruction: str | None) -> None:
        self._enter(("case", str(case.span)))
        for name, rule in case.choices.items():
            self.flow(self.node_of(name), self._rule(rule, name, instruction))
        for name, rule in case.fields.items():
            self.flow(("message", str(event), name), self._rule(rule, name, instruction))
        self._asked(case.when, "What comes")
        self.block(case.do)

    def _rule(self, rule: Rule, name: str, instruction: str | None) -> Grade:
        match rule:
            case Carried():
                return self.of_message(str(instruction), name)
            case Ranges(values=values):
                return join(*map(self.counter.of, values))
            case Computed(value=value):
                return self.of(value)
            case Among(source=source):
                found = self.elements(source)
                self.must(found, source.span, "What comes")
                return found
        return EXACT

    def of_message(self, message: str, name: str) -> Grade:
        return self.nodes.get(("message", message, name), EXACT)

    # Statements

    def block(self, block: Block) -> None:
        for stmt in block:
            self._statement(stmt)

    def _statement(self, stmt: Stmt) -> None:
        match stmt:
            case Assign():
                self._assign(stmt)
            case If(test=test, then=then, otherwise=otherwise):
                self._asked(test, "What happens")
                self.block(then)
                self.block(otherwise)
            case While(test=test, body=body):
                self._asked(test, "What happens")
                self.block(body)
            case For(names=names, source=source, body=body):
                whole = self.of(source)
                if whole.places is None and whole.is_lost:
                    self.must(whole, source.span, "What happens")
                self.bind(names, self._elements(whole, source.type), source)
                self.block(body)
            case Assert(test=test):
                self._asked(test, "What is claimed")
            case Do(value=value):
                self.of(value)
            case Delete(target=target, index=index):
                self.must(
                    join(sent(self.of(target)), self.of(index)), stmt.span, "Whether there is one"
                )
            case Return(value=value):
                if value is not None and self.scope[0] == "procedure":
                    node = ("result", self.scope[1])
                    self.flow(node, self.of(value))
                    self.share(node, value)
            case Recommend():
                self._recommend(stmt)
            case Emit(instruction=instruction, fields=fields):
                for name, value in fields:
                    self.flow(("message", instruction, name), sent(self.of(value)))
            case Log(parts=parts):
                for part in parts:
                    self.of(part)  # a log is for the outside
            case Reset(entity=entity, entity_name=name, group=group):
                declared = self.spec.entities[name].fields.values()
                if any(
                    self.explored((name, f.name)) != "ignore" for f in declared if group in f.resets
                ):
                    self.must(self.of(entity), entity.span, "What is reset")

    def _recommend(self, stmt: Recommend) -> None:
        self.must(self.of(stmt.entity), stmt.entity.span, "Who is asked")
        before: tuple[Grade, ...] = ()
        if stmt.spread is not None:
            spread = self.of(stmt.spread)
            fields = self.spec.entities[stmt.entity_name].requests[stmt.request].fields
            count = len(fields) - len(stmt.arguments)
            same = spread.places is not None and len(spread.places) == count
            alike = spread.whole if spread.known else lost(spread.why)
            before = spread.places if same and spread.places is not None else (alike,) * count
        self._request(stmt.entity_name, stmt.request, stmt.arguments, before)

    def _assign(self, stmt: Assign) -> None:
        value = self.of(stmt.value)
        if len(stmt.targets) != 1:
            names = tuple(target.name for target in stmt.targets if isinstance(target, Local))
            self.bind(names, value, stmt.value)
            return
        (target,) = stmt.targets
        if stmt.op is not None:
            if (
                isinstance(target, ContextRead)
                and target.name == self.counter.name
                and step_of(stmt)
            ):
                return
            value = self.of(
                Arithmetic(
                    span=stmt.span, type=target.type, left=target, op=stmt.op, right=stmt.value
                )
            )
        match target:
            case Local(name=name):
                self.flow(self.node_of(name), value)
                if stmt.op is None:
                    self.share(self.node_of(name), stmt.value)
            case ContextRead(name=name):
                self.store(("", name), value, stmt.span)
            case Attribute(target=whose, name=name) if isinstance(whose.type, EntityType):
                place = whose.type.name, name
                if self.explored(place) != "ignore":
                    self.must(self.of(whose), whose.span, "What is changed")
                self.store(place, value, stmt.span)
            case Index(target=whole, index=index):
                at = self.of(index)
                if isinstance(bare(without_none(whole.type)), ListType):
                    self.must(
                        join(sent(self.of(whole)), at), index.span, "Whether there is such an item"
                    )
                self.of(whole)
                self.into(target, value if at.known else lost(at.why))
