"""Statements in the order of execution: assignments, branches, loops, and what follows from each for
what is known.

Knows all statements; hands what a loop's end depends on to ``loops``.
"""

from __future__ import annotations

import ast

from ..types import (
    UNKNOWN,
    CountType,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Optional,
    SetType,
    TupleType,
    Type,
    Unknown,
    bare,
    holds_unknown,
)
from .flow import Facts, merge
from .ir import (
    Arithmetic,
    Assert,
    Assign,
    Attribute,
    Block,
    Break,
    CallHost,
    CallProcedure,
    Const,
    ContextRead,
    Continue,
    Create,
    Delete,
    Do,
    Expr,
    If,
    Index,
    Local,
    Method,
    Pass,
    Return,
    Stmt,
)
from .loops import Loops
from .operators import ARITHMETIC
from .session import a, attribute_type, path_of
from .tables import METHODS, STATEMENTS


class Statements(Loops):
    """Typing of statements."""

    def block(self, body: list[ast.stmt]) -> Block:
        """The statements of a snippet."""
        self.assigned_anywhere = (
            {
                n.id
                for statement in body
                for n in ast.walk(statement)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            - _comprehended(body)
            - self.declared.context.keys()
        )
        return self.suite(body)

    def suite(self, body: list[ast.stmt]) -> Block:
        counts = [len(walk.suspects) for walk in self.loops]
        found: list[Stmt] = []
        for statement in body:
            if self.facts.dead:
                self.error("LF315", statement, "This is never reached.")
                break
            lowered = self.statement(statement)
            if lowered is not None:
                found.append(lowered)
        if body and isinstance(body[-1], (ast.Break, ast.Return)):
            left = self.loops[-1:] if isinstance(body[-1], ast.Break) else self.loops
            for walk, count in zip(reversed(left), reversed(counts), strict=False):
                del walk.suspects[count:]  # the loop is left before it would notice
        return tuple(found)

    def statement(self, node: ast.stmt) -> Stmt | None:
        match node:
            case ast.Assign():
                return self._assign(node)
            case ast.AugAssign():
                return self._augmented(node)
            case ast.Expr():
                return self._expression(node)
            case ast.If():
                return self._if(node)
            case ast.For():
                return self.for_loop(node)
            case ast.While():
                return self.while_loop(node)
            case ast.Break() | ast.Continue():
                return self._jump(node)
            case ast.Return():
                return self._return(node)
            case ast.Assert():
                test, yes, _ = self.condition(node.test)
                self.facts = self.facts.learn(yes)
                return Assert(span=self.span(node), test=test)
            case ast.Delete():
                return self._delete(node)
            case ast.Pass():
                return Pass(span=self.span(node))
        self.error("LF307", node, "This statement isn't part of the language.")
        return None

    # ------------------------------------------------------------------------------------- assignments

    def _assign(self, node: ast.Assign) -> Stmt | None:
        target = node.targets[0]
        if isinstance(target, ast.Tuple):
            return self._unpack(node, target)
        if isinstance(target, ast.Name) and target.id not in self.declared.context:
            return self._assign_local(node, target)
        place = self._place(target)
        if place is None:
            self.expr(node.value)
            return None
        value = self.need(node.value, place.type, self._what(place))
        self.share(value, self._what(place))
        self._written(place, value.type, node)
        if isinstance(value, Local) and value.name in self.facts.bound:
            owner = self.owner(place)
            if owner is not None:
                self.facts.owners[value.name] = owner
        return Assign(span=self.span(node), targets=(place,), value=value)

    def _assign_local(self, node: ast.Assign, target: ast.Name) -> Stmt | None:
        allowed = self.bindable(target)
        value = self.expr(node.value, self.types.known.get(target.id))
        owner = self.owner(value)
        if not allowed:
            self.facts.bound.setdefault(target.id, UNKNOWN)
            return None
        declared = self.bind(target, value.type, owner)
        local = Local(span=self.span(target), type=declared, name=target.id)
        first = self.types.first(target.id) and target.id not in self.around.locals
        return Assign(span=self.span(node), targets=(local,), value=value, declares=first)

    def _unpack(self, node: ast.Assign, target: ast.Tuple) -> Stmt | None:
        value = self.expr(node.value)
        owner = self.owner(value)
        locals_: list[Expr] = []
        for index, name in enumerate(target.elts):
            if not isinstance(name, ast.Name) or name.id in self.declared.context:
                self.error("LF357", name, "Only locals can be assigned together.")
                continue
            type_ = self.part(value.type, index, len(target.elts), name)
            if self.bindable(name):
                declared = self.bind(name, type_, owner, alone=False)
                self.types.first(name.id)
                locals_.append(Local(span=self.span(name), type=declared, name=name.id))
            else:
                self.facts.bound.setdefault(name.id, UNKNOWN)
        return Assign(span=self.span(node), targets=tuple(locals_), value=value)

    def _augmented(self, node: ast.AugAssign) -> Stmt | None:
        op = ARITHMETIC[type(node.op)]
        target = node.target
        if isinstance(target, ast.Name) and target.id not in self.declared.context:
            if not self.bindable(target):
                self.expr(node.value)
                return None
            place: Expr | None = self.name(ast.Name(target.id, ast.Load(), **_at(target)), None)
        else:
            place = self._place(target, reads=True)
        if place is None or isinstance(place.type, Unknown):
            self.expr(node.value)
            return None
        if isinstance(bare(place.type), (SetType, ListType, MapType, HeapType)):
            hints = {SetType: "`update` or `discard`", ListType: "`extend`"}
            how = hints.get(type(bare(place.type)), "methods")
            self.error("LF375", node, f"`{op}=` isn't for collections.", f"Use {how}.")
            self.expr(node.value)
            return None
        value = self.expr(node.value, place.type)
        type_ = self.operate(op, place, value, node)
        declared = self._declared_type(place)
        result = Arithmetic(span=self.span(node), type=type_, left=place, op=op, right=value)
        if isinstance(place, Local):
            assert isinstance(target, ast.Name)
            self.bind(target, type_, None)
        else:
            self.fit(result, declared, self._what(place))
            self._written(place, type_, node)
        return Assign(span=self.span(node), targets=(place,), value=value, op=op)

    def _declared_type(self, place: Expr) -> Type:
        """The type that may be written to a place, whatever is known of what it holds now."""
        if isinstance(place, ContextRead):
            return self.declared.context[place.name].type
        if isinstance(place, Attribute):
            return self._field_type(place)
        return place.type

    def _field_type(self, place: Attribute) -> Type:
        found = attribute_type(self.declared, place.target.type, place.name)
        return UNKNOWN if found is None else found

    def _place(self, node: ast.expr, *, reads: bool = False) -> Expr | None:
        """A target that isn't a local: a context value, a field, or an item of a map or list."""
        self.changes(node, "assign anything")
        if isinstance(node, ast.Name):
            return self._context_place(node, reads=reads)
        if isinstance(node, ast.Attribute):
            return self._field_place(node, reads=reads)
        if isinstance(node, ast.Subscript):
            return self._item_place(node, reads=reads)
        self.error("LF357", node, "This can't be assigned to.")
        return None

    def _context_place(self, node: ast.Name, *, reads: bool) -> Expr | None:
        item = self.declared.context[node.id]
        if item.maintained == "generator":
            what = "a count" if isinstance(item.type, CountType) else "a collection"
            self.error(
                "LF357",
                node,
                f"`{item.name}` is {what} kept by the generator, and can't be assigned.",
                "Its `members` rule says what is in it.",
            )
            return None
        if isinstance(item.type, HeapType):
            self.error(
                "LF357", node, f"`{item.name}` is a heap; it is changed by its methods only."
            )
            return None
        type_ = item.type
        if reads:
            self.read_context(item, node)
            type_ = self.facts.narrowed.get((item.name,), type_)
        return ContextRead(span=self.span(node), type=type_, name=item.name)

    def _field_place(self, node: ast.Attribute, *, reads: bool) -> Expr | None:
        before = set(self.reads)
        place = self.attribute(node)
        if not isinstance(place, Attribute):
            return None
        base = bare(place.target.type)
        if not isinstance(base, EntityType):
            self.error("LF357", node, "An event can't be changed.")
            return None
        if not reads and (base.name, place.name) not in before:
            self.reads.discard((base.name, place.name))
        entity = self.declared.entities[base.name]
        reasons = {
            "state": "The state changes by transitions only; recommend one.",
            "configuration": "A configuration follows from the state and fields.",
            entity.key.name: f'"{entity.key.name}" is the key of {entity.name}, and stays.',
        }
        relation = entity.relations.get(place.name)
        if place.name in reasons:
            self.error("LF357", node, reasons[place.name])
            return None
        if relation is not None and relation.many and relation.kept_by_generator:
            self.error(
                "LF357",
                node,
                f'The relation "{place.name}" is kept by the generator, and can\'t be assigned.',
                "Use `add`, `discard`, `remove` or `clear`.",
            )
            return None
        if reads:
            return place
        declared = self._field_type(place)
        return Attribute(span=place.span, type=declared, target=place.target, name=place.name)

    def _item_place(self, node: ast.Subscript, *, reads: bool) -> Expr | None:
        place = self.index(node, stores=not reads)
        if not isinstance(place, Index):
            return None
        if isinstance(bare(place.target.type), TupleType):
            self.error("LF357", node, "The items of a tuple can't be assigned.")
            return None
        return place

    def _written(self, place: Expr, type_: Type, node: ast.AST) -> None:
        """``place`` was given a value of ``type_``."""
        match place:
            case ContextRead(name=name):
                self.write_context(name)
            case Attribute(target=target, name=name):
                base = bare(target.type)
                assert isinstance(base, EntityType)
                self.write_field(base.name, name)
            case Index(target=target):
                owner = self.owner(target)
                if owner is not None:
                    self.change_owned(owner, node, "an assignment")
                if isinstance(bare(target.type), MapType):
                    self.suspect(path_of(target), self.span(node))
                self._learn_pair(place, type_)
                return
        path = path_of(place)
        declared = self._declared_type(place)
        if path is not None and type_ != declared and not isinstance(type_, Unknown):
            self.facts.narrowed[path] = type_

    def _learn_pair(self, place: Index, type_: Type) -> None:
        if holds_unknown(place.target.type):
            self.learn(place, type_)

    def _what(self, place: Expr) -> str:
        path = path_of(place)
        return f"`{'.'.join(path)}`" if path is not None else "An item here"

    def _delete(self, node: ast.Delete) -> Stmt | None:
        self.changes(node, "delete anything")
        target = node.targets[0]
        assert isinstance(target, ast.Subscript)
        place = self.index(target, stores=True)
        if not isinstance(place, Index):
            return None
        if not isinstance(bare(place.target.type), MapType):
            self.error(
                "LF357", node, f"`del` removes an item of a map, not of {a(place.target.type)}."
            )
            return None
        owner = self.owner(place.target)
        if owner is not None:
            self.change_owned(owner, node, "`del`")
        self.suspect(path_of(place.target), self.span(node))
        return Delete(span=self.span(node), target=place.target, index=place.index)

    # ------------------------------------------------------------------------- expressions as statements

    def _expression(self, node: ast.Expr) -> Stmt | None:
        value = node.value
        if isinstance(value, ast.Call):
            func = value.func
            if (
                isinstance(func, ast.Name)
                and func.id in STATEMENTS
                and func.id not in self.facts.bound
            ):
                return self.asking(value, func.id)
            found = self.call(value, None)
            if isinstance(found, Const):
                return None  # a mistake, reported
            if not self._acts(found):
                self.error("LF314", node, "This has no effect: its value isn't used.")
                return None
            return Do(span=self.span(node), value=found)
        if isinstance(self.expr(value).type, Unknown):
            return None  # a mistake, reported
        hint = ""
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            hint = "To assign, write `=`."
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            hint = "Comments begin with `#`."
        self.error("LF314", node, "This has no effect: its value isn't used.", hint)
        return None

    def _acts(self, found: Expr) -> bool:
        match found:
            case Method(target=target, name=name):
                table = METHODS.get(type(bare(target.type)), {})
                return name in table and table[name].changes
            case CallProcedure() | Create():
                return True
            case CallHost(function=name):
                return not self.declared.host[name].pure
        return False

    # --------------------------------------------------------------------------------- branches, jumps

    def _if(self, node: ast.If) -> Stmt:
        test, yes, no = self.condition(node.test)
        before = self.facts
        self.facts = before.learn(yes)
        then = self.suite(node.body)
        after_then = self.facts
        self.facts = before.learn(no)
        otherwise = self.suite(node.orelse)
        self.facts = merge((after_then, self.facts))
        return If(span=self.span(node), test=test, then=then, otherwise=otherwise)

    def _jump(self, node: ast.Break | ast.Continue) -> Stmt | None:
        word = "break" if isinstance(node, ast.Break) else "continue"
        if not self.loops:
            self.error("LF362", node, f"`{word}` stands in loops only.")
            return None
        walk = self.loops[-1]
        (walk.breaks if word == "break" else walk.continues).append(self.facts.copy())
        walk.leaves = walk.leaves or word == "break"
        self.facts = Facts(dead=True)
        return Break(span=self.span(node)) if word == "break" else Continue(span=self.span(node))

    def _return(self, node: ast.Return) -> Stmt | None:
        procedure = self.around.procedure
        if procedure is None:
            self.error("LF361", node, "`return` stands in procedures only.")
            self.facts = Facts(dead=True)
            return None
        value: Expr | None = None
        if procedure.returns is None:
            if node.value is not None:
                self.error(
                    "LF361",
                    node,
                    f"`{procedure.name}` declares no result, so `return` has no value.",
                    f"Declare it: `{procedure.name}(…) -> type`.",
                )
        elif node.value is None:
            self.error("LF361", node, f"This has to return {a(procedure.returns)}.")
        else:
            value = self.need(node.value, procedure.returns, f"The result of `{procedure.name}`")
            self._returned(value)
        for walk in self.loops:
            walk.leaves = True
        self.facts = Facts(dead=True)
        return Return(span=self.span(node), value=value)

    def _returned(self, value: Expr) -> None:
        owner = self.owner(value)
        if owner is not None and owner.kind != "parameter":
            self.share(value, "the result")

    def finish(self) -> None:
        """The end of the snippet is reached: what must be true there."""
        procedure = self.around.procedure
        if procedure is not None and procedure.returns is not None and not self.facts.dead:
            optional = isinstance(procedure.returns, Optional)
            self.error(
                "LF397",
                procedure.span,
                f"`{procedure.name}` doesn't return {a(procedure.returns)} on every way.",
                "Where there is nothing to return, write `return None`." if optional else "",
            )


def _at(node: ast.expr) -> dict[str, int]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno or node.lineno,
        "end_col_offset": node.end_col_offset or node.col_offset + 1,
    }


def _comprehended(body: list[ast.stmt]) -> set[str]:
    """Names bound by comprehensions, and nowhere else."""
    inside: set[int] = set()
    names: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.comprehension):
                for target in ast.walk(node.target):
                    if isinstance(target, ast.Name):
                        inside.add(id(target))
                        names.add(target.id)
    outside = {
        n.id
        for statement in body
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and id(n) not in inside
    }
    return names - outside
