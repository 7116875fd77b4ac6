"""Which collections are looked at in their order.

A set that is only asked what is in it behaves the same in whatever order it was filled; two states
that differ in such an order alone are one. An order counts if it can become a value, an effect or
another order that counts. What can't be told counts. Knows the checked model; knows nothing of states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ..checked import CheckedSpec
from ..dependence.promises import invariants
from ..generate.annotations import resolved
from ..generate.walk import all_blocks, children, own_expressions, statements
from ..snippets.ir import (
    Arithmetic,
    Assert,
    Assign,
    Attribute,
    Block,
    Builtin,
    Choice,
    Compare,
    Comprehension,
    ContextRead,
    Delete,
    Do,
    Expr,
    For,
    If,
    Index,
    Logic,
    Method,
    Not,
    Registry,
    While,
)
from ..types import INT, EntityType, IterType, MapType, SetType
from ..world import Among, Case, Computed, Environment

Place: TypeAlias = tuple[str, str]
"""A collection: (entity, field), ("", name of the context or a ghost), (entity, "") for the registry."""

Use: TypeAlias = bool | Place
"""What becomes of an order: nothing, something that counts, or that of another collection."""

_ASKS = frozenset("add clear discard get pop remove setdefault".split())  # by key or element
_PASSES = frozenset("copy items keys values".split())
_COUNTS_ONLY = frozenset("all any len max min sorted".split())


def observed(spec: CheckedSpec, environment: Environment) -> frozenset[Place]:
    """The collections whose order counts."""
    found = _Uses()
    for block in all_blocks(spec):
        found.block(block)
    for handler in spec.handlers.values():
        if handler.subject is not None:
            # One entity is found by its key; of several, each in turn.
            found.see(handler.subject.source, handler.subject.many)
        for cell in handler.cells.values():
            found.tests(case.when for case in cell.cases)
    for transition in spec.transitions.values():
        found.tests(transition.asserts)
        for case in transition.cases:
            found.tests((case.when, *case.asserts))
            for argument in case.redirect_arguments:
                found.see(argument, True)
            if case.attempt is not None:
                found.see(case.attempt.call, True)
    for item in spec.context.values():
        found.tests((item.members,))
        if item.key is not None:
            found.see(item.key, True)
    for invariant in invariants(spec, environment):
        found.tests((invariant.when, invariant.holds))
    for world_case in _cases(environment):
        for rule in (*world_case.choices.values(), *world_case.fields.values()):
            if isinstance(rule, Computed):
                found.see(rule.value, True)
            elif isinstance(rule, Among):
                found.see(rule.source, False)  # each is taken, one way or another
        found.tests((world_case.when,))
        found.block(world_case.do)
    for heard in environment.heard.values():
        found.block(heard.do)
    for host in environment.host.values():
        for answer in host.answers:
            found.tests((answer.when,))
            for value in (answer.gives, answer.fails):
                if value is not None:
                    found.see(value, True)
            found.block(answer.do)
    return found.result()


def _cases(environment: Environment) -> Iterator[Case]:
    for source in environment.sources.values():
        yield from source.cases
    for step in environment.steps.values():
        yield from step.cases
    for outcome in environment.outcomes.values():
        yield from outcome.cases
    if environment.initial is not None:
        yield from environment.initial.cases


class _Uses:
    """What becomes of the order of each collection."""

    def __init__(self) -> None:
        self._counts: set[Place] = set()
        self._flows: set[tuple[Place, Place]] = set()

    def result(self) -> frozenset[Place]:
        """The orders that count, and those that become one of them."""
        found = set(self._counts)
        while True:
            more = {source for source, into in self._flows if into in found} - found
            if not more:
                return frozenset(found)
            found |= more

    def tests(self, values: Iterable[Expr | None]) -> None:
        for value in values:
            if value is not None:
                self.see(value, False)

    def block(self, block: Block) -> None:
        for stmt in statements(block):
            match stmt:
                case If(test=test) | While(test=test) | Assert(test=test):
                    self.see(test, False)
                case For(source=source):
                    self.see(source, True)
                case Do(value=value):
                    self.see(value, False)
                case Delete(target=target, index=index):
                    self.see(target, False)
                    self.see(index, True)
                case Assign(targets=targets, value=value):
                    for target in targets:
                        if isinstance(target, Index):
                            self.see(target.target, False)
                            self.see(target.index, True)
                        elif isinstance(target, Attribute):
                            self.see(target.target, True)
                    place = _place(targets[0]) if len(targets) == 1 else None
                    self.see(value, True if place is None else place)
                case _:
                    for value in own_expressions(stmt):
                        self.see(value, True)

    def see(self, expr: Expr, use: Use) -> None:
        """Note what becomes of orders in an expression, with whose own order ``use`` is made of."""
        place = _place(expr)
        if place is not None:
            if use is True:
                self._counts.add(place)
            elif use is not False:
                self._flows.add((place, use))
        match expr:
            case Attribute(target=target):
                self.see(target, True)
            case Index(target=target, index=index):
                self.see(target, False)
                self.see(index, True)
            case Method(target=target, name=name, arguments=arguments):
                self._method(target, name, arguments, use)
            case Builtin(function=function, arguments=arguments, keyword=keyword):
                whole = function == "sum" and resolved(expr.type) == INT
                forgets = function in _COUNTS_ONLY or whole
                for argument in arguments:
                    self.see(argument, False if forgets else use)
                for _, value in keyword:
                    self.see(value, True)
            case Comprehension(element=element, clauses=clauses):
                self.see(element, True)
                for clause in clauses:
                    self.see(clause.source, use)
                    self.tests(clause.conditions)
            case Compare(first=first, rest=rest):
                left = first
                for op, right in rest:
                    asks = op in ("in", "not in")
                    alike = op in ("==", "!=") and _is_unordered(left) and _is_unordered(right)
                    self.see(left, not alike)
                    self.see(right, not (alike or (asks and _is_unordered(right))))
                    left = right
            case Not(operand=operand):
                self.see(operand, False)
            case Logic(operands=operands):
                for operand in operands:
                    self.see(operand, use)
            case Choice(test=test, yes=yes, no=no):
                self.see(test, False)
                self.see(yes, use)
                self.see(no, use)
            case Arithmetic(left=left, right=right) if _is_unordered(expr):
                self.see(left, use)
                self.see(right, use)
            case _:
                for child in children(expr):
                    self.see(child, True)

    def _method(self, target: Expr, name: str, arguments: tuple[Expr, ...], use: Use) -> None:
        into: Use = True
        if name in _ASKS and _is_unordered(target):
            self.see(target, False)
        elif name in _PASSES and _is_unordered(target):
            self.see(target, use)
        elif name == "update" and _is_unordered(target):
            place = _place(target)
            into = True if place is None else place
            self.see(target, False)
        else:
            self.see(target, True)
        for argument in arguments:
            self.see(argument, into)


def _place(expr: Expr) -> Place | None:
    match expr:
        case ContextRead(name=name):
            return "", name
        case Registry(entity=entity):
            return entity, ""
        case Attribute(target=target, name=name) if isinstance(target.type, EntityType):
            return target.type.name, name
    return None


def _is_unordered(expr: Expr) -> bool:
    """Whether equality and membership of such a collection don't depend on its order."""
    return isinstance(resolved(expr.type), SetType | MapType | IterType)
