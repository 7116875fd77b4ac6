"""Loops: what is known at their head and behind them, and whether they can end.

Knows ``for`` and ``while``; what stands inside a loop is typed by the layer above.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterable, Iterator

from ..types import BOOL, Type
from .environment import Declarations, Path
from .flow import Facts, merge
from .ir import Block, Builtin, Const, Expr, For, Method, Stmt, While
from .requests import Requests
from .session import Walk, path_of
from .tables import METHODS

_CHANGING = frozenset(n for table in METHODS.values() for n, s in table.items() if s.changes)


class Loops(Requests):
    """Typing of loops."""

    @abstractmethod
    def suite(self, body: list[ast.stmt]) -> Block:
        """The statements of a block."""

    def for_loop(self, node: ast.For) -> Stmt:
        source, item = self.walked(node.iter)
        owner = self.owner(source)
        walk = Walk(_walked_path(source), node)
        head = self._head(node.body)
        self.facts = head.copy()
        names = self.targets(node.target, item, owner)
        if isinstance(source, Builtin) and source.function == "range":
            self.read_locals.update(names)  # the number of rounds may be all that matters
        body = self._body(node.body, walk)
        self._ask_for_gifts(node, head)
        self.facts = merge((head, self.facts, *walk.continues, *walk.breaks))
        for span in walk.suspects[:1]:
            shown = ".".join(walk.path or ())
            what = "its loop" if " " in shown else f"the loop over `{shown}`"
            self.error(
                "LF318",
                span or node,
                f"This changes what {what} walks over.",
                "Walk over a copy: `list(…)`.",
            )
        return For(span=self.span(node), names=names, source=source, body=body)

    def while_loop(self, node: ast.While) -> Stmt:
        head = self._head([node])
        self.facts = head.copy()
        endless = isinstance(node.test, ast.Constant) and node.test.value is True
        if endless:
            test: Expr = Const(span=self.span(node.test), type=BOOL, value=True)
            yes: dict[Path, Type] = {}
            no: dict[Path, Type] = {}
        else:
            test, yes, no = self.condition(node.test)
        self.facts = self.facts.learn(yes)
        walk = Walk(None, node)
        body = self._body(node.body, walk)
        self._ask_for_gifts(node, head)
        ends = (head, self.facts, *walk.continues)
        if endless:
            self.facts = merge(walk.breaks)
        else:
            self.facts = merge((merge(ends).learn(no), *walk.breaks))
        if not walk.leaves and (endless or not isinstance(test, Const)):
            self._ask_for_an_end(node, endless)
        return While(span=self.span(node), test=test, body=body)

    def _ask_for_gifts(self, node: ast.For | ast.While, head: Facts) -> None:
        """Report a collection that one round hands over and the next one changes."""
        stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _stores(n)}
        changed = written_names(node.body, self.declared) - stored
        for name, owner in self.facts.owners.items():
            if owner.kind == "given" and name in changed and name not in head.owners:
                self.error(
                    "LF358",
                    node,
                    f'"{name}" is handed to {owner.what} in one round and changed in the next.',
                    "Begin a new collection in each round, or hand over a copy.",
                )

    def _body(self, body: list[ast.stmt], walk: Walk) -> Block:
        self.loops.append(walk)
        found = self.suite(body)
        self.loops.pop()
        return found

    def _head(self, body: list[ast.stmt]) -> Facts:
        """What is known at the head of a loop, in the first round and in every other."""
        head = self.facts.copy()
        head.forget(written_names(body, self.declared))
        for statement in body:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    known = self.types.known.get(inner.id)
                    if inner.id not in head.bound and known is not None:
                        head.maybe.setdefault(inner.id, known)
        return head

    def _ask_for_an_end(self, node: ast.While, endless: bool) -> None:
        if endless:
            self.error(
                "LF316",
                node.test,
                "This loop never ends: nothing in it is a `break` or a `return`.",
            )
            return
        reads = set(read_names(node.test, self.declared))
        writes = written_names([node], self.declared)
        if None in reads:
            return  # what the host says may change by itself
        reads |= {self.facts.owners[n].root[1] for n in reads if n in self.facts.owners}
        writes |= {self.facts.owners[n].root[1] for n in writes if n in self.facts.owners}
        for item in self.declared.context.values():
            if any(field in writes for _, field in item.members_reads):
                writes.add(item.name)
        if not reads & writes:
            self.error(
                "LF317",
                node.test,
                "Nothing in this loop changes what its condition reads, so it never ends.",
                "Change something that the condition reads, or leave with `break`.",
            )


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _walked_path(source: Expr) -> Path | None:
    """The collection whose change would disturb the loop, through views of it."""
    match source:
        case Method(target=target, name="keys" | "values" | "items"):
            return path_of(target)
        case Builtin(function="reversed" | "enumerate" | "zip", arguments=(first, *_)):
            return _walked_path(first)
    return path_of(source)


def written_names(body: Iterable[ast.stmt], declared: Declarations) -> set[str]:
    """The locals, context values and fields, by bare name, that the statements may give other values."""
    names: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            names.update(_written_by(node, declared))
    return names


def _written_by(node: ast.AST, declared: Declarations) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
            yield from _inverses(name, declared)
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            yield from _last(value)
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _CHANGING:
            for name in _last(value):
                yield name
                yield from _inverses(name, declared)
        case ast.Call(func=ast.Name(id="reset")):
            for entity in declared.entities.values():
                yield from (f.name for f in entity.fields.values() if f.resets)
        case ast.Call(func=ast.Name(id="create" | "get_or_create")):
            yield from (e.registry for e in declared.entities.values())
            yield from (c.name for c in declared.context.values() if c.maintained == "generator")
        case ast.Call(func=ast.Name(id=name)) if name in declared.procedures:
            effects = declared.effects.get(name)
            if effects is not None:
                yield from (n for _, n in effects.writes)
                if effects.creates:
                    yield from (e.registry for e in declared.entities.values())
            for argument in node.args:
                if declared.changed_parameters.get(name):
                    yield from _last(argument)


def _last(node: ast.expr) -> Iterator[str]:
    """The names that a collection goes by: of the variable or field, and of what holds it."""
    while True:
        match node:
            case ast.Name(id=name):
                yield name
                return
            case ast.Attribute(attr=name):
                yield name
                return
            case ast.Subscript(value=value):
                node = value
            case ast.Call(func=ast.Attribute(value=value)):
                node = value
            case _:
                return


def _inverses(name: str, declared: Declarations) -> Iterator[str]:
    for entity in declared.entities.values():
        relation = entity.relations.get(name)
        if relation is not None and relation.inverse is not None and relation.kept_by_generator:
            yield relation.inverse


def read_names(test: ast.expr, declared: Declarations) -> Iterator[str | None]:
    """What a condition reads, by bare name; None for what may change by itself."""
    for node in ast.walk(test):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in declared.host:
                if not declared.host[name].pure:
                    yield None
            case ast.Call(func=ast.Name(id=name)) if name in declared.procedures:
                effects = declared.effects.get(name)
                if effects is None or effects.hosts:
                    yield None
                else:
                    yield from (n for _, n in effects.reads)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
