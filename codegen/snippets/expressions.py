"""Every kind of expression, by its node: the table that sends each to the layer that types it, and
subscripts, displays and comprehensions.

Knows all expressions; knows nothing of statements.
"""

from __future__ import annotations

import ast

from ..types import (
    INT,
    NONE,
    UNKNOWN,
    HeapType,
    IterType,
    ListType,
    MapType,
    Optional,
    SetType,
    TupleType,
    Type,
    Unknown,
    accepts,
    bare,
    is_opaque,
    item_of,
    unify,
    without_none,
)
from .binding import Binding
from .calls import Calls
from .ir import (
    Clause,
    Comprehension,
    Const,
    Display,
    Expr,
    Index,
    MapComprehension,
    MapDisplay,
)
from .session import a, path_of, path_text, sentence


class Expressions(Calls, Binding):
    """Typing of expressions."""

    def expr(self, node: ast.expr, want: Type | None = None) -> Expr:
        match node:
            case ast.Constant():
                return self.constant(node, want)
            case ast.Name():
                return self.name(node, want)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Call():
                found = self.call(node, want)
                if found.type == NONE and not isinstance(found, Const):
                    self.error("LF370", node, "This gives no value.")
                    return self.broken(node)
                return found
            case ast.Compare():
                return self.compare(node)
            case ast.BoolOp():
                return self.logic(node, want)
            case ast.BinOp():
                return self.arithmetic(node, want)
            case ast.UnaryOp():
                return self.unary(node)
            case ast.IfExp():
                return self.choice(node, want)
            case ast.Subscript():
                return self.index(node)
            case ast.Tuple() | ast.List() | ast.Set():
                return self.display(node, want)
            case ast.Dict():
                return self.map_display(node, want)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.comprehension(node, want)
            case ast.DictComp():
                return self.map_comprehension(node, want)
        self.error("LF308", node, "This isn't part of the language.")
        return self.broken(node)

    # ------------------------------------------------------------------------------------- subscripts

    def index(self, node: ast.Subscript, *, stores: bool = False) -> Expr:
        """``target[index]``, read, or with ``stores`` about to be written or deleted."""
        target = self.expr(node.value)
        if isinstance(target.type, Unknown):
            self.expr(node.slice)
            return self.broken(node)
        target = self.present(target, "`[…]` needs a value")
        base = bare(target.type)
        if isinstance(base, Unknown):
            return self.broken(node)
        if isinstance(base, MapType):
            key = self.need(node.slice, base.key, f"The key of {path_text(target) or 'the map'}")
            if isinstance(base.key, Unknown):
                self.hashable(key, "A key")
            if base.default and not stores:
                self._creates(target, node)
            return Index(span=self.span(node), type=base.value, target=target, index=key)
        if isinstance(base, (ListType, TupleType)):
            position = self.need(node.slice, INT, "A position")
            type_ = base.item if isinstance(base, ListType) else self._at(base, position)
            return Index(span=self.span(node), type=type_, target=target, index=position)
        self.expr(node.slice)
        hint = ""
        if isinstance(base, (SetType, HeapType)):
            hint = "`first(1)` gives a list of the first one."
        what = "is carried and never looked into" if is_opaque(base) else "has no positions or keys"
        self.error("LF392", node, sentence(f"{a(target.type)} {what}."), hint)
        return self.broken(node)

    def _creates(self, target: Expr, node: ast.Subscript) -> None:
        """Reading a default map with ``[…]`` creates what is missing."""
        if self.pure:
            self.error(
                "LF360",
                node,
                f"`[…]` of a default_map creates a missing value, and {self.pure} only looks.",
                "Write `.get(key)`, which may be None.",
            )
        self.suspect(path_of(target), self.span(node))
        owner = self.owner(target)
        if owner is not None and not owner.read_only:
            self.change_owned(owner, node, "`[…]`, which creates a missing value,", target)

    def _at(self, base: TupleType, position: Expr) -> Type:
        if base.rest is not None:
            return base.rest
        if isinstance(position, Const) and isinstance(position.value, int):
            if -len(base.items) <= position.value < len(base.items):
                return base.items[position.value]
            self.error(
                "LF392", position.span, f"This tuple has {len(base.items)} items, from 0 on."
            )
            return UNKNOWN
        item = item_of(base)
        if item is None and not isinstance(position.type, Unknown):
            self.error(
                "LF392", position.span, "The items differ in type: a literal position is needed."
            )
        return UNKNOWN if item is None else item

    # --------------------------------------------------------------------------------------- displays

    def display(self, node: ast.Tuple | ast.List | ast.Set, want: Type | None) -> Expr:
        wanted = None if want is None else bare(without_none(want))
        if isinstance(node, ast.Tuple):
            return self._tuple(node, wanted)
        item = None if wanted is None else item_of(wanted)
        items = tuple(self.expr(element, item) for element in node.elts)
        joined = self._common(items, item, node)
        if isinstance(node, ast.List):
            return Display(span=self.span(node), type=ListType(joined), items=items)
        for element in items:
            self.hashable(element, "An element of a set")
        return Display(span=self.span(node), type=SetType(joined), items=items)

    def _common(self, items: tuple[Expr, ...], want: Type | None, node: ast.AST) -> Type:
        """The type of the elements of a display: what is wanted if they all fit, else the least."""
        joined: Type = UNKNOWN
        for element in items:
            found = unify(joined, element.type)
            if found is None:
                self.error(
                    "LF370",
                    element.span,
                    f"This is {a(element.type)}, and the elements before it are {a(joined)}.",
                )
                return UNKNOWN
            joined = found
        if want is not None and (unify(want, joined) == want):
            return want
        return joined

    def _tuple(self, node: ast.Tuple, wanted: Type | None) -> Expr:
        guides: list[Type | None] = [None] * len(node.elts)
        if isinstance(wanted, TupleType):
            if wanted.rest is not None:
                guides = [wanted.rest] * len(node.elts)
            elif len(wanted.items) == len(node.elts):
                guides = list(wanted.items)
        items = tuple(self.expr(e, g) for e, g in zip(node.elts, guides, strict=True))
        types = tuple(item.type for item in items)
        return Display(span=self.span(node), type=TupleType(types), items=items)

    def map_display(self, node: ast.Dict, want: Type | None) -> Expr:
        wanted = None if want is None else bare(without_none(want))
        guide = wanted if isinstance(wanted, MapType) else None
        if isinstance(wanted, SetType) and not node.keys:
            self.error("LF370", node, "`{}` is an empty map.", "Write `ordered_set()`.")
            return self.broken(node)
        pairs: list[tuple[Expr, Expr]] = []
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            assert key_node is not None
            key = self.expr(key_node, guide.key if guide else None)
            pairs.append(
                (self.hashable(key, "A key"), self.expr(value_node, guide.value if guide else None))
            )
        keys = self._common(tuple(k for k, _ in pairs), guide.key if guide else None, node)
        values = self._common(tuple(v for _, v in pairs), guide.value if guide else None, node)
        type_ = MapType(keys, values, default=guide is not None and guide.default)
        return MapDisplay(span=self.span(node), type=type_, items=tuple(pairs))

    # ---------------------------------------------------------------------------------- comprehensions

    def comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp,
        want: Type | None,
        *,
        truth: bool = False,
    ) -> Expr:
        """``truth``: the elements are only read as true or false."""
        before, pure = self.facts, self.pure
        self.facts = before.copy()
        if not self.pure:
            self.pure = "a comprehension"
        clauses = tuple(self._clause(clause) for clause in node.generators)
        item = None if want is None else item_of(want)
        element = self.condition(node.elt)[0] if truth else self.expr(node.elt, item)
        owner = self.owner(element)
        if owner is not None:
            self.element_owners[id(element)] = (owner, element)
        self.facts, self.pure = before, pure
        type_: Type = IterType(element.type)
        if isinstance(node, ast.ListComp):
            type_ = ListType(element.type)
        elif isinstance(node, ast.SetComp):
            type_ = SetType(element.type)
            self.hashable(element, "An element of a set")
        return Comprehension(span=self.span(node), type=type_, element=element, clauses=clauses)

    def map_comprehension(self, node: ast.DictComp, want: Type | None) -> Expr:
        """``{key: value for …}``."""
        wanted = None if want is None else bare(without_none(want))
        guide = wanted if isinstance(wanted, MapType) else None
        before, pure = self.facts, self.pure
        self.facts = before.copy()
        if not self.pure:
            self.pure = "a comprehension"
        clauses = tuple(self._clause(clause) for clause in node.generators)
        key = self.hashable(self.expr(node.key, guide.key if guide else None), "A key")
        value = self.expr(node.value, guide.value if guide else None)
        owner = self.owner(value)
        if owner is not None:
            self.element_owners[id(value)] = (owner, value)
        self.facts, self.pure = before, pure
        type_ = MapType(key.type, value.type)
        if guide is not None and not guide.default and accepts(guide, type_):
            type_ = guide
        return MapComprehension(
            span=self.span(node), type=type_, key=key, value=value, clauses=clauses
        )

    def _clause(self, clause: ast.comprehension) -> Clause:
        source, item = self.walked(clause.iter)
        names = self.targets(clause.target, item, self.owner(source), comprehension=True)
        conditions = []
        for test in clause.ifs:
            expr, yes, _ = self.condition(test)
            conditions.append(expr)
            self.facts = self.facts.learn(yes)
        return Clause(names=names, source=source, conditions=tuple(conditions))

    def walked(self, node: ast.expr) -> tuple[Expr, Type]:
        """What a loop walks over, and the type of one round's value."""
        source = self.expr(node)
        if isinstance(source.type, Unknown):
            return source, UNKNOWN
        if isinstance(source.type, Optional):
            self.present(source, "a loop needs a collection")
            return source, UNKNOWN
        item = item_of(source.type)
        if item is None:
            hint = "Use `range(…)` or a collection." if source.type == INT else ""
            if isinstance(bare(source.type), TupleType):
                hint = "Its items differ in type."
            self.error("LF378", source.span, f"A loop can't walk over {a(source.type)}.", hint)
            return source, UNKNOWN
        return source, item
