"""Statements of the checked tree as lines of Python.

Knows the tree, the scope and the plan. A write to a field that a derived collection's rule reads is
followed by the collection at once; relations kept by the generator change on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from ..snippets.ir import (
    Assert,
    Assign,
    Attribute,
    Block,
    Break,
    Builtin,
    CallProcedure,
    Const,
    Continue,
    Create,
    Delete,
    Do,
    Emit,
    Expr,
    For,
    If,
    Index,
    Local,
    Log,
    Method,
    Pass,
    Recommend,
    Reset,
    Return,
    Stmt,
    While,
)
from ..types import EntityType, MapType, SetType, TupleType, Type, item_of
from .annotations import annotation, as_type, resolved
from .changes import Changes
from .expressions import ATOM, UNARY, Expressions, has_elements
from .lines import Lines
from .plain import plain_sets
from .plan import Plan
from .relations import relation_change
from .scope import Scope
from .texts import comment, quoted
from .walk import assigned, comprehended, hints, mutated_attributes, reads_local, statements


class Statements:
    """Writes statements of one function into ``out``."""

    def __init__(self, plan: Plan, scope: Scope, out: Lines, subject: str | None = None) -> None:
        self.plan = plan
        self.scope = scope
        self.out = out
        self.subject = subject
        self.expressions = Expressions(plan, scope)

    def block(self, block: Block) -> None:
        for stmt in block:
            self.statement(stmt)

    def statement(self, stmt: Stmt) -> None:
        follow = self._following(stmt)
        if follow and isinstance(stmt, If | While | For | Return):
            self._changing_test(stmt, follow)
            return
        self._write(stmt)
        self._refresh(follow)

    def _write(self, stmt: Stmt) -> None:
        text = self.expressions.text
        match stmt:
            case Assign():
                self._assign(stmt)
            case Delete(target=target, index=index):
                self.out.add(f"del {text(target)}[{text(index)}]")
            case Do(value=value):
                self._do(value)
            case If():
                self._if(stmt, "if")
            case For(source=source, body=body):
                self._for(stmt, self.expressions.walked(source), source.type, body)
            case While(test=test, body=body):
                head = f"while {self.expressions.test(test)}:"
                with self._rounds(stmt) as begin, self.out.indented(head):
                    self._spend()
                    self.out.extend(begin)
                    self.block(body)
            case Break():
                self.out.add("break")
            case Continue():
                self.out.add("continue")
            case Pass():
                self.out.add("pass")
            case Return(value=value):
                self.out.add("return" if value is None else f"return {text(value)}")
            case Assert(test=test):
                self.claim(test)
            case Recommend():
                self.mark("recommend", stmt)
                self._recommend(stmt)
            case Emit():
                self.mark("emit", stmt)
                self.out.add(f"instructions.append({self.instruction(stmt)})")
            case Log(parts=parts):
                inner = "".join(f"{text(p)}, " for p in parts)
                self.out.add(f"self.log.append(({inner}{self.scope.stimulus_id}, self.now))")
            case Reset(entity=entity, entity_name=name, group=group):
                method = self.plan.reset_method(self.plan.spec.entities[name], group)
                self.out.add(f"{self.expressions.text(entity)}.{method}()")
            case _:
                raise AssertionError(f"a statement that nobody writes: {stmt!r}")

    # Marks of the instrumented twin

    def mark(self, kind: str, stmt: Stmt, *which: bool) -> None:
        self.plan.marks.hit(self.out, kind, stmt.span, *which)

    def _rounds(self, loop: For | While) -> AbstractContextManager[Sequence[str]]:
        return self.plan.marks.rounds(self.out, loop, self.scope.names)

    # Claims, requests, instructions

    def claim(self, test: Expr) -> None:
        """An ``assert``: the machine stops with the story when it isn't so."""
        told = quoted(self.plan.source_text(test)), quoted(self.plan.place(test.span))
        subject = "" if self.subject is None else f", {self.subject}"
        with self.out.indented(f"if {self.expressions.negated(test)}:"):
            self.out.add(f"raise self._claim_failed({', '.join(told)}{subject})")

    def request(self, stmt: Recommend) -> str:
        """What is asked for, as a value: ``"fetch"`` or ``("memory", value, run_id)``."""
        fields = list(
            self.plan.spec.entities[stmt.entity_name].requests[stmt.request].fields.values()
        )
        if not fields:
            return quoted(stmt.request)
        given = [self.expressions.text(a) for a in stmt.arguments]
        if stmt.spread is not None:
            given.insert(0, f"*{self.expressions.at(stmt.spread, UNARY)}")
        else:
            # What is left out has the default that the request declares.
            given += [as_type(f.type, f.default) for f in fields[len(given) :]]
        return f"({', '.join([quoted(stmt.request), *given])})"

    def _recommend(self, stmt: Recommend) -> None:
        entity, request = self.expressions.text(stmt.entity), self.request(stmt)
        if self.scope.strict:
            ask = f"recommend(recommendations, {entity}, {request})"
            if stmt.arguments or stmt.spread is not None or not isinstance(stmt.entity, Local):
                self.out.add(ask)
                return
            # Most are asked once, and are spared a call.
            with self.out.indented(f"if {entity} in recommendations:"):
                self.out.add(ask)
            with self.out.indented("else:"):
                self.out.add(f"recommendations[{entity}] = {request}")
        else:
            self.out.add(f"recommendations[{entity}] = {request}")

    def instruction(self, stmt: Emit) -> str:
        """The construction of an instruction. A class of somebody else's has a function for it, which
        takes all fields by position."""
        declared = self.plan.spec.instructions[stmt.instruction]
        if declared.bind is not None and [n for n, _ in stmt.fields] == list(declared.fields):
            values = [self.expressions.text(value) for _, value in stmt.fields]
            make = self.plan.methods["make", stmt.instruction]
            return f"{make}({', '.join([*values, self.scope.stimulus_id])})"
        fields = [f"{name}={self.expressions.text(value)}" for name, value in stmt.fields]
        fields.append(f"stimulus_id={self.scope.stimulus_id}")
        return f"{stmt.instruction}({', '.join(fields)})"

    # Assignments and calls

    def _assign(self, stmt: Assign) -> None:
        text = self.expressions.text
        if stmt.op is None and len(stmt.targets) == 1:
            target = stmt.targets[0]
            if isinstance(target, Local):
                if not self._find_or_create(target, stmt.value):
                    self._assign_local(target, stmt.value)
                return
            change = relation_change(self.plan, self.expressions, target, None, (stmt.value,))
            if change is not None:
                self.out.extend(change)
                return
        for item in stmt.targets:
            if isinstance(item, Index):
                self._own(item.target)
        first = stmt.targets[0]
        if stmt.op is None and len(stmt.targets) == 1 and self._is_bare(first):
            self.out.add(f"{self.expressions.elements(first)} = {self._bare(stmt.value)}")
            return
        value = text(stmt.value)
        targets = [
            self.scope.assign(t.name, t.type)[0] if isinstance(t, Local) else text(t)
            for t in stmt.targets
        ]
        self.out.add(f"{', '.join(targets)} {stmt.op or ''}= {value}")

    def _find_or_create(self, target: Local, value: Expr) -> bool:
        """``get_or_create`` of a key that has a name, written out: most are there, and are spared two calls."""
        if not isinstance(value, Create) or not value.reuse or value.fields:
            return False
        if not isinstance(value.key, Local):
            return False
        entity = self.plan.spec.entities[value.entity]
        key = self.expressions.text(value.key)
        name, _ = self.scope.assign(target.name, self.scope.full_type(target.name, target.type))
        self.out.add(f"{name} = {self.scope.self_name}.{entity.registry}.get({key})")
        with self.out.indented(f"if {name} is None:"):
            create = self.plan.methods["create", entity.name]
            self.out.add(f"{name} = {self.scope.self_name}.{create}({key})")
        return True

    def _assign_local(self, target: Local, value: Expr) -> None:
        want = self.scope.full_type(target.name, target.type)
        if target.name in self.scope.plain_sets:
            self._make_plain(target, want, value)
            return
        text, needs_annotation = self.expressions.typed_value(value, want)
        name, new = self.scope.assign(target.name, want)
        typed = f": {annotation(want)}" if new and needs_annotation else ""
        self.out.add(f"{name}{typed} = {text}")

    def _make_plain(self, target: Local, want: Type, value: Expr) -> None:
        """A set of which there are the elements alone: ``value`` makes it of what it is given, if anything."""
        assert isinstance(value, Builtin)
        name, new = self.scope.assign(target.name, want)
        item = item_of(want)
        assert item is not None
        typed = f": dict[{annotation(item)}, None]" if new else ""
        walked = [self.expressions.walked(a) for a in value.arguments]
        self.out.add(f"{name}{typed} = {f'dict.fromkeys({walked[0]})' if walked else '{}'}")

    def _do(self, value: Expr) -> None:
        if isinstance(value, Method):
            change = relation_change(
                self.plan, self.expressions, value.target, value.name, value.arguments
            )
            if change is not None:
                self.out.extend(change)
                return
            if has_elements(value.target) and isinstance(resolved(value.target.type), SetType):
                self._changes().of_set(value)
                return
            if isinstance(resolved(value.target.type), MapType) and self._changes().of_map(value):
                return
            if value.name in ("append", "extend"):
                self._own(value.target)
        if isinstance(value, CallProcedure) and value.procedure in self.plan.inlined:
            self._inline(value)
            return
        self.out.add(self.expressions.text(value))

    def _inline(self, call: CallProcedure) -> None:
        """A procedure, written out where it is called."""
        procedure = self.plan.spec.procedures[call.procedure]
        body = procedure.body
        self.out.add(f"# {comment(procedure.name)}, {comment(self.plan.place(procedure.span))}")
        inner = self.scope.inside(hints([body]), plain_sets(procedure, self.plan.bare_sets))
        # Its locals get new names, but for those of comprehensions: there nothing else may be called so.
        kept = {t.name for s in statements(body) for t in assigned(s)}
        hidden = comprehended(body)
        for field, argument in zip(procedure.parameters, call.arguments, strict=True):
            name = self.expressions.text(argument)
            if not isinstance(argument, Local) or field.name in kept or name in hidden:
                text, name = name, self.scope.names.new(field.name)
                differs = isinstance(argument, Const) or (
                    annotation(argument.type) != annotation(field.type)
                )
                typed = f": {annotation(field.type)}" if differs else ""
                self.out.add(f"{name}{typed} = {text}")
            inner.bind(field.name, field.type, name)
        outer, subject = (self.scope, self.expressions), self.subject
        self.scope, self.expressions = inner, Expressions(self.plan, inner)
        self.subject = None
        self.block(body)
        (self.scope, self.expressions), self.subject = outer, subject

    def _changes(self) -> Changes:
        return Changes(self.plan, self.expressions, self.out)

    def _own(self, base: Expr) -> None:
        """Before a map or a list is filled: it may be the one that all new entities have."""
        if isinstance(base, Attribute) and isinstance(base.target.type, EntityType):
            of = self.expressions.at(base.target, ATOM)
            self.out.extend(self.plan.own(base.target.type.name, base.name, of))

    def _is_bare(self, target: Expr) -> bool:
        """Whether the entity has only the elements of a set."""
        return (
            isinstance(target, Attribute)
            and isinstance(target.target.type, EntityType)
            and (target.target.type.name, target.name) in self.plan.bare_sets
        )

    def _bare(self, value: Expr) -> str:
        """The elements of a set that nobody else has, or that is given away."""
        if has_elements(value):
            return self.expressions.elements(value)
        return f"{self.expressions.at(value, ATOM)}.elements"

    # Flow

    def _if(self, stmt: If, word: str) -> None:
        with self.out.indented(f"{word} {self.expressions.test(stmt.test)}:"):
            self.mark("branch", stmt, True)
            self.block(stmt.then)
        rest, marked = stmt.otherwise, self.plan.marks.on
        if (
            len(rest) == 1
            and isinstance(rest[0], If)
            and not self._following(rest[0])
            and not marked
        ):
            self._if(rest[0], "elif")
        else:
            self._else(stmt)

    def _else(self, stmt: If) -> None:
        if stmt.otherwise:
            with self.out.indented("else:"):
                self.mark("branch", stmt, False)
                self.block(stmt.otherwise)
        elif self.plan.marks.on:
            leaves = isinstance(stmt.then[-1], Break | Continue | Return)
            with nullcontext() if leaves else self.out.indented("else:"):
                self.mark("branch", stmt, False)

    def _for(self, stmt: For, source: str, type_: Type, body: Block) -> None:
        items = _parts(item_of(type_), len(stmt.names))
        names = [
            self._loop_variable(name, item, body)
            for name, item in zip(stmt.names, items, strict=True)
        ]
        head = f"for {', '.join(names)} in {source}:"
        with (
            self._rounds(stmt) as begin,
            self._changes().unless_empty(stmt.source),
            self.out.indented(head),
        ):
            self.out.extend(begin)
            self.block(body)

    def _loop_variable(self, name: str, item: Type | None, body: Block) -> str:
        python = self.scope.local(name) if item is None else self.scope.assign(name, item)[0]
        return python if reads_local(name, body) else f"_{python}"

    def _changing_test(
        self, stmt: If | While | For | Return, follow: list[tuple[str, str]]
    ) -> None:
        """A test or source that changes a field: it is evaluated first, then the collections follow."""
        match stmt:
            case If(test=test):
                found = self._temporary("holds", test)
                self._refresh(follow)
                with self.out.indented(f"if {found}:"):
                    self.mark("branch", stmt, True)
                    self.block(stmt.then)
                self._else(stmt)
            case While(test=test, body=body):
                with self._rounds(stmt) as begin, self.out.indented("while True:"):
                    self._spend()
                    found = self._temporary("holds", test)
                    self._refresh(follow)
                    with self.out.indented(f"if not {found}:"):
                        self.out.add("break")
                    self.out.extend(begin)
                    self.block(body)
            case For(source=source, body=body):
                found = self._temporary("items", source)
                self._refresh(follow)
                self._for(stmt, found, source.type, body)
            case Return(value=value):
                assert value is not None
                found = self._temporary("result", value)
                self._refresh(follow)
                self.out.add(f"return {found}")

    def _spend(self) -> None:
        """A round of a loop counts against the budget of the step: what the machine's `_spend` does."""
        self.out.add("self._limit -= 1")
        with self.out.indented("if self.transition_count > self._limit:"):
            self.out.add("raise self._exhausted()")

    def _temporary(self, wish: str, value: Expr) -> str:
        name = self.scope.names.new(wish)
        self.out.add(f"{name} = {self.expressions.text(value)}")
        return name

    # Derived collections

    def _following(self, stmt: Stmt) -> list[tuple[str, str]]:
        """(refreshing method, entity) for each derived collection that has to follow the statement."""
        found: dict[tuple[str, str], None] = {}
        for attribute in mutated_attributes(stmt):
            assert isinstance(attribute.target.type, EntityType)
            name = attribute.target.type.name
            relation = self.plan.spec.entities[name].relations.get(attribute.name)
            if relation is not None and relation.kept_by_generator and relation.inverse is not None:
                continue  # the methods that keep both sides see to it
            for item in self.plan.following(name, attribute.name):
                found[self.plan.methods["refresh", item.name], self._named(attribute)] = None
        if isinstance(stmt, Reset):
            entity = self.plan.spec.entities[stmt.entity_name]
            for field in entity.fields.values():
                if stmt.group in field.resets:
                    for item in self.plan.following(entity.name, field.name):
                        method = self.plan.methods["refresh", item.name]
                        found[method, self.expressions.text(stmt.entity)] = None
        return list(found)

    def _named(self, attribute: Attribute) -> str:
        return self.expressions.text(attribute.target)

    def _refresh(self, follow: list[tuple[str, str]]) -> None:
        for method, entity in follow:
            self.out.add(f"self.{method}({entity})")


def _parts(item: Type | None, count: int) -> list[Type | None]:
    """The types of loop variables: that of the item, or those of its parts."""
    if count == 1:
        return [item]
    if isinstance(item, TupleType) and item.rest is None and len(item.items) == count:
        return list(item.items)
    return [None] * count
