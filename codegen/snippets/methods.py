"""Methods of collections and strings: which there are, what they take and give, what they change.

Knows the tables of methods; knows nothing of other calls or of statements.
"""

from __future__ import annotations

import ast

from ..diagnostics import did_you_mean
from ..types import (
    BOOL,
    INT,
    NONE,
    STR,
    EntityType,
    HeapType,
    IterType,
    ListType,
    MapType,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    holds_unknown,
    item_of,
    unify,
)
from .conditions import Conditions
from .environment import Owner
from .ir import Attribute, ContextRead, Expr, Index, Local, Method
from .session import a, attribute_names, attribute_type, path_of, path_text, sentence
from .tables import METHODS, TEXT_METHODS, MethodSignature

_OF_RELATIONS = frozenset(("add", "discard", "remove", "clear"))
_EARLY = frozenset(("pop", "discard", "remove", "pop_first"))
_WRITES_ONLY = frozenset(("add", "discard", "remove", "clear", "append", "extend", "update"))
_STORES = frozenset(("add", "append", "setdefault"))
_HINTS = {
    (ListType, "add"): "A list has `append`.",
    (ListType, "pop"): "A list has `pop_last`.",
    (ListType, "remove"): "Take an ordered_set, or build another list.",
    (SetType, "append"): "A set has `add`.",
    (SetType, "pop"): "A set has `pop_first`.",
    (HeapType, "append"): "A heap has `add`.",
    (HeapType, "push"): "A heap has `add`.",
    (MapType, "update"): "Assign the items one by one, in a loop.",
}


class Methods(Conditions):
    """Typing of method calls."""

    def method(self, node: ast.Call, func: ast.Attribute, want: Type | None) -> Expr:
        reads = set(self.reads)
        target = self.expr(func.value)
        if isinstance(target.type, Unknown):
            self._judge_all(node)
            return self.broken(node)
        target = self.present(target, f"`{func.attr}` needs a value")
        if isinstance(target.type, Unknown):
            return self.broken(node)
        signature = self._signature(func, target.type)
        if signature is None:
            self._judge_all(node)
            return self.broken(node)
        arguments = self._method_arguments(node, func.attr, target, signature)
        if arguments is None:
            return self.broken(node)
        owner = self.owner(target)
        if signature.changes:
            if func.attr in _WRITES_ONLY:
                self._only_written(target, reads)
            self.changes(node, f"change {path_text(target) or 'a collection'}")
            self._change(func.attr, target, owner, node)
            if func.attr in _STORES:
                for argument in arguments:
                    if owner is not None:
                        self.share(argument, owner.what)
        self._learn_item(target, func.attr, arguments)
        result = self._result(signature, target, arguments)
        return Method(
            span=self.span(node),
            type=result,
            target=target,
            name=func.attr,
            arguments=tuple(arguments),
        )

    def share(self, value: Expr, where: str, *, lend: bool = False) -> None:
        """``value`` is stored in ``where``. A collection that belongs to something else would be shared;
        with ``lend`` what nobody changes (the event's) may be."""
        owner = self.owner(value)
        if owner is not None and not (lend and owner.kind in ("event", "config", "given")):
            base = bare(value.type)
            copy = {SetType: "ordered_set", ListType: "list"}.get(type(base))
            shown = path_text(value)
            hint = f"Copy it: `{copy}({shown or '…'})`." if copy else "Build a new one in a loop."
            if isinstance(base, MapType):
                hint = f"Copy it: `{shown or '…'}.copy()`."
            self.error(
                "LF359",
                value.span,
                f"This collection belongs to `{owner.what}`; in {where} it would be shared, "
                "and change with it.",
                hint,
            )
        elif owner is None and isinstance(value, Local) and lend:
            self.facts.owners[value.name] = Owner("given", ("", value.name), where)

    # ---------------------------------------------------------------------------------------- details

    def _judge_all(self, node: ast.Call) -> None:
        """Look at the arguments of a call that is wrong anyway, for mistakes of their own."""
        for argument in (*node.args, *(k.value for k in node.keywords)):
            if not isinstance(argument, (ast.Starred, ast.GeneratorExp)):
                self.expr(argument)

    def _signature(self, func: ast.Attribute, type_: Type) -> MethodSignature | None:
        base, name = bare(type_), func.attr
        table = METHODS.get(
            type(base), TEXT_METHODS if base == STR or isinstance(base, StateType) else {}
        )
        if name in table:
            return table[name]
        hint = _HINTS.get((type(base), name), "") or did_you_mean(name, table)
        if base == STR and name in ("format", "join", "format_map", "encode"):
            hint = "There is no formatting; join strings with `+`."
        if attribute_type(self.declared, type_, name) is not None:
            self.error("LF355", func, f'"{name}" is a field, and can\'t be called.')
            return None
        if isinstance(base, EntityType):
            hint = did_you_mean(name, attribute_names(self.declared, type_))
            if name in self.declared.procedures:
                hint = f"Procedures are called with the entity: `{name}({path_text_of(func)})`."
        self.error("LF355", func, sentence(f'{a(type_)} has no method "{name}".'), hint)
        return None

    def _method_arguments(
        self, node: ast.Call, name: str, target: Expr, signature: MethodSignature
    ) -> list[Expr] | None:
        most = len(signature.parameters)
        least = most - signature.optional
        if node.keywords or any(isinstance(x, ast.Starred) for x in node.args):
            odd = node.keywords[0].value if node.keywords else node.args[0]
            self.error("LF376", odd, f"`{name}` takes its arguments by position.")
            return None
        if not least <= len(node.args) <= most:
            count = f"{least} or {most}" if least != most else f"{most}"
            self.error(
                "LF376",
                node,
                f"`{name}` takes {count} argument{'' if most == 1 else 's'}, not {len(node.args)}.",
            )
            return None
        arguments = []
        for role, argument in zip(signature.parameters, node.args, strict=False):
            want = self._role(role, bare(target.type))
            what = f"The {'element' if role == 'item' else role} of `{name}`"
            if role == "int":
                what = f"The number of `{name}`"
            if role == "str":
                what = f"The argument of `{name}`"
            empty = isinstance(argument, (ast.Tuple, ast.List)) and not argument.elts
            if role == "value" and signature.result in ("found", "popped"):
                value = self.expr(argument, None if empty else want)
                arguments.append(value)
            elif role == "items":
                arguments.append(self._items(argument, want, what))
            else:
                expr = self.need(argument, want, what)
                if role in ("item", "key") and not isinstance(bare(target.type), ListType):
                    self.hashable(expr, what)
                arguments.append(expr)
        return arguments

    def _items(self, argument: ast.expr, want: Type, what: str) -> Expr:
        assert isinstance(want, IterType)
        expr = self.expr(argument, TupleType(rest=want.item))
        item = item_of(expr.type)
        if item is None and not isinstance(expr.type, Unknown):
            self.present(expr, f"{what} needs a collection")
            if not isinstance(expr.type, Optional):
                self.error(
                    "LF378", expr.span, f"{what} is a collection, but this is {a(expr.type)}."
                )
            return expr
        return expr if item is None else self.fit(expr, want, what)

    def _role(self, role: str, base: Type) -> Type:
        key, value = _parts(base)
        roles: dict[str, Type] = {
            "item": value,
            "items": IterType(value),
            "key": key,
            "value": value,
            "int": INT,
            "str": STR,
            "bool": BOOL,
            "none": NONE,
            "self": base,
            "list": ListType(value),
            "keys": IterType(key),
            "values": IterType(value),
            "pairs": IterType(TupleType((key, value))),
        }
        return roles[role]

    def _result(self, signature: MethodSignature, target: Expr, arguments: list[Expr]) -> Type:
        base = bare(target.type)
        if signature.result not in ("found", "popped"):
            return self._role(signature.result, base)
        _, value = _parts(base)
        if len(arguments) == 1:
            found = signature.result == "popped" or isinstance(value, Optional)
            return value if found else Optional(value)
        default = arguments[1]
        joined = unify(value, default.type)
        if joined is not None:
            return joined
        item = item_of(value)
        if item is not None and isinstance(bare(default.type), (TupleType, ListType)):
            other = item_of(default.type)
            if other is None or isinstance(other, Unknown):
                return IterType(item)
        self.error(
            "LF370",
            default.span,
            f"The default is {a(value)} like the map's values, but this is {a(default.type)}.",
        )
        return value

    def _learn_item(self, target: Expr, name: str, arguments: list[Expr]) -> None:
        """What is put into a local whose elements aren't known yet tells what they are."""
        if not arguments or not holds_unknown(target.type):
            return
        base = bare(target.type)
        if name in ("add", "append"):
            item: Type | None = arguments[0].type
        elif name in ("update", "extend"):
            item = item_of(arguments[0].type)
        else:
            if name == "setdefault" and isinstance(base, MapType):
                self.learn(target, MapType(arguments[0].type, arguments[1].type, base.default))
            return
        if item is not None and isinstance(base, (ListType, SetType)):
            self.learn(target, type(base)(item))

    def learn(self, target: Expr, type_: Type) -> None:
        """``target`` turned out to be of ``type_``; that may tell the type of the local it is part of."""
        match target:
            case Local(name=name):
                self.types.bind(name, type_, target.span)
            case Index(target=whole, index=key):
                base = bare(whole.type)
                if isinstance(base, MapType):
                    self.learn(whole, MapType(key.type, type_, base.default))
                elif isinstance(base, ListType):
                    self.learn(whole, ListType(type_))
            case Method(target=whole, name="get" | "setdefault", arguments=(key, *_)):
                base = bare(whole.type)
                if isinstance(base, MapType):
                    self.learn(whole, MapType(key.type, type_, base.default))

    def _only_written(self, target: Expr, before: set[tuple[str, str]]) -> None:
        read: tuple[str, str] | None = None
        if isinstance(target, ContextRead):
            read = ("", target.name)
        elif isinstance(target, Attribute):
            base = bare(target.target.type)
            read = (base.name, target.name) if isinstance(base, EntityType) else None
        if read is not None and read not in before:
            self.reads.discard(read)

    def _change(self, name: str, target: Expr, owner: Owner | None, node: ast.AST) -> None:
        """A method that changes ``target`` is called: may it, and what follows."""
        self.suspect(path_of(target), self.span(node))
        if owner is None:
            return
        if owner.kind == "derived":
            self.keep_out(owner.root, node)
            item = self.declared.context[owner.root[1]]
            if not (item.early and name in _EARLY):
                hint = "Its `members` rule says who is in it."
                if item.early:
                    hint = f"Only {', '.join(f'`{m}`' for m in sorted(_EARLY))} may come early."
                self.error(
                    "LF358",
                    node,
                    f"`{item.name}` is kept by the generator; `{name}` can't be called on it.",
                    hint,
                )
            self.write_context(item.name)
        else:
            self.change_owned(owner, node, f"`{name}`", target)
        if owner.kind == "relation" and name not in _OF_RELATIONS:
            self.error(
                "LF358",
                node,
                f'The relation "{owner.what}" is kept by the generator; `{name}` isn\'t among what it '
                "can follow.",
                "Use `add`, `discard`, `remove` or `clear`.",
            )

    def change_owned(
        self, owner: Owner, node: ast.AST, how: str, place: Expr | None = None
    ) -> None:
        """A collection that belongs to ``owner`` is changed by ``how``, under the name ``place`` (None:
        under that of a parameter)."""
        entity, name = owner.root
        if owner.kind in ("context", "field", "relation"):
            self.keep_out(owner.root, node)
        if owner.kind == "parameter":
            self.changed_parameters.add(name)
        elif owner.kind == "context":
            self.write_context(name)
        elif owner.kind in ("field", "relation"):
            self.write_field(entity, name)
            if not _is_own_name(place):
                self._under_another_name(owner, node)
        elif owner.kind == "given":
            self.error(
                "LF358",
                node,
                f'"{name}" was handed to {owner.what}; it can\'t be changed any more.',
            )
        else:
            reasons = {
                "event": f"`{owner.what}` belongs to the {owner.what.partition('.')[0]}, which can't be changed",
                "config": f"`{owner.what}` is configuration, which can't be changed",
                "registry": f"`{owner.what}` is a registry: entities come by `create` and go by deletion",
                "derived": f"`{owner.what}` is kept by the generator",
            }
            self.error("LF358", node, f"{reasons[owner.kind]}; {how} isn't possible.")

    def _under_another_name(self, owner: Owner, node: ast.AST) -> None:
        """Something must follow the change of a field, and only sees it where the field is named."""
        entity, name = owner.root
        relation = self.declared.entities[entity].relations.get(name)
        if relation is not None and relation.kept_by_generator and relation.inverse is not None:
            follower = f"`{relation.inverse}`, the other side of the relation,"
        else:
            readers = [
                i.name for i in self.declared.context.values() if owner.root in i.members_reads
            ]
            if not readers:
                return
            follower = f"`{readers[0]}`, whose rule reads it,"
        self.error(
            "LF358",
            node,
            f"This changes `{owner.what}` under another name, and {follower} couldn't follow.",
            f"Name it: `….{name}`.",
        )


def _is_own_name(place: Expr | None) -> bool:
    """Whether a collection is named as the field that holds it, or as an item of that."""
    while isinstance(place, Index):
        place = place.target
    return isinstance(place, Attribute)


def path_text_of(func: ast.Attribute) -> str:
    return func.value.id if isinstance(func.value, ast.Name) else "…"


def _parts(base: Type) -> tuple[Type, Type]:
    """Key and value of a map, or twice the element of another collection."""
    if isinstance(base, MapType):
        return base.key, base.value
    if isinstance(base, (ListType, SetType, HeapType)):
        return base.item, base.item
    return NONE, NONE
