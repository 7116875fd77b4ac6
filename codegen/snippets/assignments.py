"""Assignments and ``del``: who may be given a value, and what follows from it for what is known.

Knows targets; knows nothing of the other statements.
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
    SetType,
    TupleType,
    Type,
    Unknown,
    bare,
    holds_unknown,
)
from .ir import (
    Arithmetic,
    Assign,
    Attribute,
    ContextRead,
    Delete,
    Expr,
    Index,
    Local,
    Stmt,
)
from .loops import Loops
from .operators import ARITHMETIC
from .session import a, attribute_type, path_of, path_text


class Assignments(Loops):
    """Typing of assignments."""

    def assign(self, node: ast.Assign) -> Stmt | None:
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

    def augmented(self, node: ast.AugAssign) -> Stmt | None:
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
        self.keep_out(("", item.name), node)
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
            what = "An instruction" if path_text(place).startswith("instruction.") else "An event"
            self.error("LF357", node, f"{what} can't be changed.")
            return None
        if not reads and (base.name, place.name) not in before:
            self.reads.discard((base.name, place.name))
        self.keep_out((base.name, place.name), node)
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
                    self.change_owned(owner, node, "an assignment", target)
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

    def delete(self, node: ast.Delete) -> Stmt | None:
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
            self.change_owned(owner, node, "`del`", place.target)
        self.suspect(path_of(place.target), self.span(node))
        return Delete(span=self.span(node), target=place.target, index=place.index)


def _at(node: ast.expr) -> dict[str, int]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno or node.lineno,
        "end_col_offset": node.end_col_offset or node.col_offset + 1,
    }
