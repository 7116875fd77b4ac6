"""Calls of what a machine declares: procedures, host functions, ``create``, ``deviates``; and matching
arguments with declared parameters.

Knows declarations; knows nothing of statements.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ..checked import Field, HostFunction, Literalish
from ..diagnostics import Span, did_you_mean
from ..types import (
    BOOL,
    FLOAT,
    NONE,
    EntityType,
    MapType,
    SetType,
    TupleType,
    Type,
    bare,
    item_of,
    without_none,
)
from .builtins import Builtins
from .environment import Signature
from .ir import (
    Builtin,
    CallHost,
    CallProcedure,
    Const,
    Create,
    Deviates,
    Display,
    Expr,
    MapDisplay,
)
from .session import is_mutable, sentence, words
from .tables import BUILTINS, CREATORS, STATEMENTS


class Calls(Builtins):
    """Typing of calls by name."""

    def call(self, node: ast.Call, want: Type | None, *, attempted: bool = False) -> Expr:
        func = node.func
        if isinstance(func, ast.Attribute):
            return self.method(node, func, want)
        if not isinstance(func, ast.Name):
            self.error("LF354", func, "Only a function's name or a method can be called.")
            return self.broken(node)
        name = func.id
        if name in self.facts.bound or name in self.facts.maybe or name in self.assigned_anywhere:
            self.error("LF354", func, f'"{name}" is a local, and can\'t be called.')
            return self.broken(node)
        if name in BUILTINS:
            return self.builtin(node, name, want)
        if not self.around.machine:
            self.error(
                "LF365",
                func,
                f"{sentence(self.around.place)} sees the entity alone; nothing is called.",
            )
            return self.broken(node)
        if name in CREATORS:
            return self._create(node, name)
        if name == "deviates":
            return self._deviates(node)
        if name in self.declared.procedures:
            return self._procedure(node, self.declared.procedures[name])
        if name in self.declared.host:
            return self._host(node, self.declared.host[name], attempted=attempted)
        self._not_callable(node, func)
        return self.broken(node)

    def _not_callable(self, node: ast.Call, func: ast.Name) -> None:
        name = func.id
        self._judge_all(node)
        if name in STATEMENTS:
            self.error("LF356", func, f"`{name}` is a statement of its own, and gives no value.")
            return
        what = self.meaning(name)
        if what is None or name in ("self", "event", "start"):
            known = [*BUILTINS, *CREATORS, *STATEMENTS, "deviates"]
            known += [*self.declared.procedures, *self.declared.host]
            hint = did_you_mean(name, known)
            if name == "print":
                hint = "`log(…)` adds a record to the machine's log."
            elif name in ("getattr", "setattr", "eval", "exec", "open", "globals", "isinstance"):
                hint = "A snippet may call procedures, host functions and the language's own only."
            self.error("LF354", func, f'There is no function "{name}".', hint)
            return
        hints = {
            "an entity": f"create({name}, key)",
            "an instruction": f"emit({name}(…))",
            "an event": "Events come from outside; a snippet can't make one.",
        }
        self.error("LF354", func, f'"{name}" is {what}, and can\'t be called.', hints.get(what, ""))

    # -------------------------------------------------------------------------------------- arguments

    def match(
        self,
        node: ast.Call,
        positional: Sequence[ast.expr],
        fields: Iterable[Field],
        what: str,
        code: str,
    ) -> list[Expr]:
        """The arguments of a call in the order of ``fields``, defaults filled in. Mistakes are reported
        under ``code``; ``what`` is who is called."""
        parameters = list(fields)
        given: dict[str, ast.expr] = {}
        if any(isinstance(x, ast.Starred) for x in positional):
            star = next(x for x in positional if isinstance(x, ast.Starred))
            self.error("LF310", star, f"{what} takes no `*`.")
            return []
        if len(positional) > len(parameters):
            count = f"{len(parameters)} argument{'' if len(parameters) == 1 else 's'}"
            extra = positional[len(parameters)]
            self.error(code, extra, f"{what} takes {count if parameters else 'no arguments'}.")
        given.update((p.name, x) for p, x in zip(parameters, positional, strict=False))
        names = [p.name for p in parameters]
        for keyword in node.keywords:
            assert keyword.arg is not None
            if keyword.arg not in names:
                hint = did_you_mean(keyword.arg, names)
                self.error(code, keyword.value, f'{what} takes no "{keyword.arg}".', hint)
                self.expr(keyword.value)
            elif keyword.arg in given:
                self.error(code, keyword.value, f'{what} is given "{keyword.arg}" twice.')
            else:
                given[keyword.arg] = keyword.value
        missing = [p.name for p in parameters if p.required and p.name not in given]
        if missing:
            self.error(code, node, f"{what} also needs {words(f'`{m}`' for m in missing)}.")
        found: list[Expr] = []
        for parameter in parameters:
            if parameter.name in given:
                argument = given[parameter.name]
                found.append(self.need(argument, parameter.type, f"`{parameter.name}`"))
            elif not parameter.required:
                found.append(literal(parameter.default, parameter.type, self.span(node)))
        return found

    # ------------------------------------------------------------------------- procedures and the host

    def _procedure(self, node: ast.Call, signature: Signature) -> Expr:
        name = signature.name
        arguments = self.match(node, node.args, signature.parameters, f"`{name}`", "LF376")
        self.calls.add(name)
        effects = self.declared.effects.get(name)
        if effects is not None:
            touches = effects.writes or effects.requests or effects.emits or effects.creates
            impure = [h for h in effects.hosts if not self.looks_only(self.declared.host[h])]
            if self.pure and (touches or effects.logs or impure):
                self.error(
                    "LF360", node, f"`{name}` changes something, and {self.pure} only looks."
                )
            elif touches or effects.logs or impure:
                self.only_looks(node, f"call `{name}`, which changes something")
            self._read_by(effects.reads, node, name)
            for entity, field in effects.writes:
                if entity:
                    self.facts.forget_attribute(field)
                else:
                    self.facts.forget_root(field)
                    item = self.declared.context.get(field)
                    value = item.type if item is not None else None
                    if value is not None and not is_mutable_inside(value):
                        self.suspect((field,), self.span(node))
        changed = self.declared.changed_parameters.get(name, frozenset())
        for parameter, argument in zip(signature.parameters, arguments, strict=False):
            if parameter.name in changed:
                owner = self.owner(argument)
                if owner is not None:
                    self.change_owned(owner, node, f"`{name}`, which changes it,")
        type_ = NONE if signature.returns is None else signature.returns
        return CallProcedure(
            span=self.span(node), type=type_, procedure=name, arguments=tuple(arguments)
        )

    def _read_by(self, reads: Iterable[tuple[str, str]], node: ast.Call, name: str) -> None:
        if not self.around.guard:
            return
        for entity, field in sorted(reads):
            if entity in self.declared.entities:
                declared = self.declared.entities[entity].fields.get(field)
                ignored = declared is not None and declared.explore == "ignore"
            else:
                item = self.declared.context.get(field)
                ignored = item is not None and item.explore == "ignore"
            if ignored:
                shown = f"{entity}.{field}" if entity else field
                self.error(
                    "LF363",
                    node,
                    f"`{name}` reads {shown}, which the explorer ignores; what happens must not "
                    "depend on it.",
                )

    def looks_only(self, host: HostFunction) -> bool:
        """Whether the host function may stand in a guard. ``now`` may: the clock is read once an event."""
        clock = host.name == "now" and not host.parameters and host.returns == FLOAT
        return host.pure or clock

    def _host(self, node: ast.Call, host: HostFunction, *, attempted: bool) -> Expr:
        name = host.name
        if host.fails is not None and not attempted:
            self.error(
                "LF364",
                node,
                f"`{name}` can fail, so it is called under `attempt` only.",
                "A transition's case has the keys `attempt` and `failed` for it.",
            )
        if self.pure and not self.looks_only(host):
            self.error("LF360", node, f"`{name}` isn't declared pure, and {self.pure} only looks.")
        elif not self.looks_only(host):
            self.only_looks(node, f"call `{name}`, which isn't declared pure")
        arguments = self.match(node, node.args, host.parameters, f"`{name}`", "LF376")
        self.hosts.add(name)
        type_ = NONE if host.returns is None else host.returns
        return CallHost(span=self.span(node), type=type_, function=name, arguments=tuple(arguments))

    # ---------------------------------------------------------------------------- create and deviates

    def _create(self, node: ast.Call, name: str) -> Expr:
        self.changes(node, "create an entity")
        self.only_looks(node, "create an entity")
        kind = node.args[0] if node.args else None
        if not isinstance(kind, ast.Name) or kind.id not in self.declared.entities:
            word = kind.id if isinstance(kind, ast.Name) else ""
            hint = did_you_mean(word, self.declared.entities) if word else f"{name}(Entity, key)"
            self.error("LF385", kind or node, f"`{name}` takes an entity's name first.", hint)
            return self.broken(node)
        entity = self.declared.entities[kind.id]
        if len(node.args) != 2 or any(isinstance(x, ast.Starred) for x in node.args):
            self.error(
                "LF385",
                node,
                f"`{name}` takes the entity's name, its key, and fields by name.",
                f"{name}({entity.name}, key, field=value)",
            )
            return self.broken(node)
        key = self.need(node.args[1], entity.key.type, f"The key of {entity.name}")
        fields: list[tuple[str, Expr]] = []
        for keyword in node.keywords:
            assert keyword.arg is not None
            field = entity.fields.get(keyword.arg)
            if field is None:
                hint = did_you_mean(keyword.arg, entity.fields)
                self.error(
                    "LF385", keyword.value, f'{entity.name} has no field "{keyword.arg}".', hint
                )
                self.expr(keyword.value)
                continue
            value = self.need(keyword.value, field.type, f"`{field.name}`")
            self.share(value, f"{entity.name}.{field.name}")
            fields.append((field.name, value))
        given = {f for f, _ in fields} | {k.arg for k in node.keywords}
        missing = [f.name for f in entity.fields.values() if f.required and f.name not in given]
        if missing:
            shown = words(f"`{m}`" for m in missing)
            self.error("LF385", node, f"A new {entity.name} also needs {shown}.")
        self.creates.add(entity.name)
        self.suspect((f"registry of {entity.name}",), self.span(node))
        order = list(entity.fields)
        return Create(
            span=self.span(node),
            type=EntityType(entity.name),
            entity=entity.name,
            key=key,
            fields=tuple(sorted(fields, key=lambda pair: order.index(pair[0]))),
            reuse=name == "get_or_create",
        )

    def _deviates(self, node: ast.Call) -> Expr:
        only = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not isinstance(only, ast.Constant) or not isinstance(only.value, str):
            self.error("LF387", node, "`deviates` takes the name of a deviation, as a string.")
            return self.broken(node)
        if only.value not in self.declared.deviations:
            hint = did_you_mean(only.value, self.declared.deviations)
            self.error("LF387", only, f'No deviation is called "{only.value[:80]}".', hint)
            return self.broken(node)
        self.reads.add(("deviates", only.value))
        return Deviates(span=self.span(node), type=BOOL, name=only.value)


def is_mutable_inside(type_: Type) -> bool:
    """Whether a collection of the type holds collections, so that a change may be of one of those."""
    base = bare(type_)
    if isinstance(base, MapType):
        return is_mutable(base.value)
    item = item_of(base)
    return item is not None and is_mutable(item)


def literal(value: Literalish, type_: Type, span: Span) -> Expr:
    """The expression that a default stands for."""
    present = without_none(type_)
    base = bare(present)
    if isinstance(value, tuple):
        assert isinstance(base, TupleType)
        types = base.items or (base.rest or NONE,) * len(value)
        items = tuple(literal(v, t, span) for v, t in zip(value, types, strict=True))
        return Display(span=span, type=present, items=items)
    if isinstance(value, list):
        if isinstance(base, MapType):
            return MapDisplay(span=span, type=present, items=())
        item = item_of(base) or NONE
        if isinstance(base, SetType) and not value:
            return Builtin(span=span, type=present, function="ordered_set", arguments=())
        return Display(span=span, type=present, items=tuple(literal(v, item, span) for v in value))
    return Const(span=span, type=NONE if value is None else present, value=value)
