"""Names of a snippet: what each one means, reading it, and who may be given a new value.

Knows the declarations and the rules of names; knows nothing of operators, calls or statements.
"""

from __future__ import annotations

import ast

from ..diagnostics import did_you_mean
from ..types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    CountType,
    EntityType,
    EventType,
    HeapType,
    IterType,
    ListType,
    MapType,
    SetType,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    is_opaque,
    without_none,
)
from .environment import Owner
from .ir import (
    Attribute,
    Builtin,
    Choice,
    Comprehension,
    ConfigRead,
    Const,
    ContextRead,
    Display,
    Expr,
    Group,
    Index,
    Local,
    Logic,
    MapComprehension,
    MapDisplay,
    Method,
    Registry,
    Start,
)
from .session import (
    Session,
    a,
    attribute_names,
    attribute_type,
    is_mutable,
    path_of,
    path_text,
    sentence,
)
from .tables import BUILTINS, CREATORS, METHODS, STATEMENTS

RESERVED = BUILTINS | STATEMENTS | CREATORS | {"deviates", "start", "event", "self"}
_LITERALS: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, str: STR, type(None): NONE}
_SPELLINGS = {
    "true": "True",
    "false": "False",
    "null": "None",
    "none": "None",
    "nil": "None",
    "this": "the entity's variable",
    "self": "the entity's variable",
    "print": "log",
}


class Names(Session):
    """Reading names and attributes."""

    def meaning(self, name: str) -> str | None:
        """What else ``name`` is, in words, so that no local may bear it; None if it is free."""
        declared = self.declared
        if name in RESERVED:
            return "a word of the language"
        kinds = (
            (declared.context, "a context value"),
            (declared.config, "a configuration value"),
            (declared.procedures, "a procedure"),
            (declared.host, "a host function"),
            (declared.entities, "an entity"),
            (declared.instructions, "an instruction"),
            (declared.events, "an event"),
            (declared.types, "a type"),
        )
        for known, what in kinds:
            if name in known:
                return what
        if declared.registry_of(name) is not None:
            return "a registry"
        if any(name in e.groups for e in declared.entities.values()):
            return "a group of states"
        return None

    def visible(self) -> list[str]:
        """Every name that could have been meant by an unknown one."""
        names = [*self.facts.bound, *self.facts.maybe]
        if self.around.machine:
            declared = self.declared
            names += [*declared.context, *declared.config, *declared.procedures, *declared.host]
            names += [e.registry for e in declared.entities.values()]
            names += [g for e in declared.entities.values() for g in e.groups]
        return [*names, *BUILTINS, *STATEMENTS, *CREATORS]

    def name(self, node: ast.Name, want: Type | None) -> Expr:
        """A name that is read."""
        name, span = node.id, self.span(node)
        facts = self.facts
        if name in facts.bound:
            self.read_locals.add(name)
            type_ = facts.narrowed.get((name,), facts.bound[name])
            return Local(span=span, type=type_, name=name)
        if name in facts.maybe or name in self.assigned_anywhere:
            self.read_locals.add(name)
            self.error(
                "LF351",
                node,
                f'"{name}" may be unset here.'
                if name in facts.maybe
                else f'"{name}" has no value yet here.',
                "Give it a value on every way that leads here.",
            )
            return self.broken(node)
        if name == "start":
            if self.around.start is None:
                self.error(
                    "LF350", node, "`start` is the old state; it is known in transitions only."
                )
                return self.broken(node)
            return Start(span=span, type=StateType(self.around.start))
        found = self._declared_name(node, want)
        if found is None:
            self._unknown_name(node)
            return self.broken(node)
        if not self.around.machine and not isinstance(found, Group):
            self.error(
                "LF365",
                node,
                f'"{name}" can\'t be seen here: {self.around.place} sees the entity alone.',
            )
        return found

    def _declared_name(self, node: ast.Name, want: Type | None) -> Expr | None:
        name, span = node.id, self.span(node)
        if name in self.declared.context:
            item = self.declared.context[name]
            self.read_context(item, node)
            declared = INT if isinstance(item.type, CountType) else item.type
            type_ = self.facts.narrowed.get((name,), declared)
            return ContextRead(span=span, type=type_, name=name)
        if name in self.declared.config:
            self.reads.add(("", name))
            type_ = self.facts.narrowed.get((name,), self.declared.config[name].type)
            return ConfigRead(span=span, type=type_, name=name)
        entity = self.declared.registry_of(name)
        if entity is not None:
            self.reads.add(("", name))
            registry = MapType(entity.key.type, EntityType(entity.name))
            return Registry(span=span, type=registry, entity=entity.name)
        owners = [e.name for e in self.declared.entities.values() if name in e.groups]
        if owners:
            meant = _state_of(want)
            chosen = meant if meant in owners else owners[0]
            if len(owners) > 1 and meant not in owners:
                listed = " and ".join(owners)
                self.error("LF350", node, f'"{name}" is a group of {listed}; which is meant?')
            return Group(
                span=span, type=TupleType(rest=StateType(chosen)), entity=chosen, name=name
            )
        return None

    def _unknown_name(self, node: ast.Name) -> None:
        name = node.id
        what = None if name == "self" else self.meaning(name)
        if what is None:
            hint = did_you_mean(name, self.visible())
            if name in _SPELLINGS:
                hint = f"Write {_SPELLINGS[name]}."
            elif any(name in e.states for e in self.declared.entities.values()):
                hint = f'A state is written as a string: "{name}".'
            self.error("LF350", node, f'Nothing is called "{name}" here.', hint)
        elif name == "event":
            self.error("LF350", node, "There is no event here: `event` is known in handlers only.")
        elif name in self.declared.events or name in self.declared.types:
            self.error("LF356", node, f'"{name}" is {what}, not a value.')
        elif name in self.declared.instructions:
            self.error("LF356", node, f'"{name}" is {what}, not a value.', f"emit({name}(…))")
        elif name in self.declared.entities:
            registry = self.declared.entities[name].registry
            self.error(
                "LF356",
                node,
                f'"{name}" is {what}, not a value.',
                f"All of them are in `{registry}`.",
            )
        else:
            self.error("LF356", node, f'"{name}" is {what}, not a value.', f"Call it: `{name}(…)`.")

    def attribute(self, node: ast.Attribute) -> Expr:
        """``target.name`` that is read."""
        target = self.expr(node.value)
        if isinstance(target.type, Unknown):
            return self.broken(node)
        target = self.present(target, f'"{node.attr}" can be read only from something')
        if isinstance(target.type, Unknown):
            return self.broken(node)
        type_ = attribute_type(self.declared, target.type, node.attr)
        if type_ is None:
            self._unknown_attribute(node, target.type)
            return self.broken(node)
        entity = bare(target.type)
        if isinstance(entity, EntityType):
            self.read_field(entity.name, node.attr, node)
            if node.attr == "configuration":
                self.reads.add((entity.name, "state"))
                fields = self.declared.entities[entity.name].configured_by
                self.reads.update((entity.name, f) for f in fields)
        found = Attribute(span=self.span(node), type=type_, target=target, name=node.attr)
        path = path_of(found)
        if path is not None and path in self.facts.narrowed:
            return Attribute(
                span=found.span, type=self.facts.narrowed[path], target=target, name=node.attr
            )
        return found

    def _unknown_attribute(self, node: ast.Attribute, type_: Type) -> None:
        name = node.attr
        base = bare(type_)
        if is_opaque(type_):
            self.error("LF353", node, sentence(f"{a(type_)} is carried and never looked into."))
        elif isinstance(base, (EntityType, EventType)):
            what = self._member_kind(base, name)
            hint = did_you_mean(name, attribute_names(self.declared, base))
            self.error("LF353", node, f'"{base.name}" has no field "{name}"{what}.', hint)
        else:
            called = name in METHODS.get(type(base), {})
            hint = f"It is a method: call it, `{name}(…)`." if called else ""
            self.error("LF353", node, f'There is no field "{name}" in {a(type_)}.', hint)

    def _member_kind(self, base: Type, name: str) -> str:
        if isinstance(base, EntityType):
            if name in self.declared.entities[base.name].requests:
                return f'; "{name}" is a state or request: compare `.state` with it'
            if name == "configuration":
                return ": it declares no configurations"
        return ""

    # ----------------------------------------------------------------------------------------- owners

    def owner(self, expr: Expr) -> Owner | None:
        if not is_mutable(expr.type) and not _holds_mutable(expr.type):
            return None
        match expr:
            case Local(name=name):
                return self.facts.owners.get(name)
            case ContextRead(name=name):
                derived = self.declared.context[name].maintained == "generator"
                return Owner("derived" if derived else "context", ("", name), name)
            case ConfigRead(name=name):
                return Owner("config", ("", name), name)
            case Registry(entity=entity):
                registry = self.declared.entities[entity].registry
                return Owner("registry", ("", registry), registry)
            case Attribute():
                return self._attribute_owner(expr)
            case Index(target=target):
                return self.owner(target)
            case Method(target=target, name=name, arguments=arguments):
                if name in ("get", "setdefault", "values", "items", "keys", "peek"):
                    return _strictest(self.owner(target), *map(self.owner, arguments))
                return self.owner(target) if _holds_mutable(expr.type) else None
            case Builtin(function=function, arguments=arguments):
                walks = function in ("reversed", "enumerate", "zip")
                if walks or _holds_mutable(expr.type):
                    return _strictest(*map(self.owner, arguments))
                return None
            case Choice(yes=yes, no=no):
                return _strictest(self.owner(yes), self.owner(no))
            case Logic(operands=operands):
                return _strictest(*map(self.owner, operands))
            case Display(items=items):
                return _strictest(*map(self.owner, items))
            case MapDisplay(items=pairs):
                return _strictest(*(self.owner(value) for _, value in pairs))
            case Comprehension(element=element) | MapComprehension(value=element):
                return self.element_owners.get(id(element), (None, element))[0]
        return None

    def _attribute_owner(self, expr: Attribute) -> Owner | None:
        base = bare(expr.target.type)
        if isinstance(base, EventType):
            return Owner("event", (base.name, expr.name), path_text(expr) or f"event.{expr.name}")
        if isinstance(base, EntityType):
            relation = self.declared.entities[base.name].relations.get(expr.name)
            kept = relation is not None and relation.kept_by_generator
            what = f"{base.name}.{expr.name}"
            return Owner("relation" if kept else "field", (base.name, expr.name), what)
        return None

    # ---------------------------------------------------------------------------------------- constants

    def constant(self, node: ast.Constant, want: Type | None) -> Expr:
        """A literal. A string is a state's name where ``want`` is a state."""
        value, span = node.value, self.span(node)
        assert isinstance(value, bool | int | float | str | None)
        meant = _state_of(want)
        if isinstance(value, str) and meant is not None:
            return self.state(value, meant, node)
        return Const(span=span, type=_LITERALS[type(value)], value=value)

    def state(self, value: str, entity: str, node: ast.AST) -> Expr:
        """A state's name, which must be one of ``entity``."""
        declared = self.declared.entities[entity]
        known = [r.name for r in declared.requests.values() if r.state or r.deletes]
        if value not in declared.states and value not in known:
            hint = did_you_mean(value, {**declared.states, **dict.fromkeys(known)})
            if value in declared.groups:
                hint = f"`{value}` is a group: write it without quotes, after `in`."
            elif value in declared.configurations:
                hint = "That is a configuration: compare `.configuration` with it."
            self.error("LF372", node, f'"{value[:80]}" is no state of {entity}.', hint)
            return self.broken(node)
        return Const(span=self.span(node), type=StateType(entity), value=value)


def _state_of(type_: Type | None) -> str | None:
    """The entity whose states a literal of ``type_`` would name."""
    if type_ is None:
        return None
    inner = bare(without_none(bare(type_)))
    if isinstance(inner, StateType):
        return inner.entity
    if isinstance(inner, TupleType) and inner.rest is not None:
        return _state_of(inner.rest)
    return None


def _holds_mutable(type_: Type) -> bool:
    """Whether a copy of a collection of the type still shares its elements."""
    match bare(without_none(type_)):
        case MapType(_, value, _):
            return is_mutable(value)
        case ListType(item) | SetType(item) | HeapType(item) | IterType(item):
            return is_mutable(item)
    return False


def _strictest(*owners: Owner | None) -> Owner | None:
    known = [o for o in owners if o is not None]
    return next((o for o in known if o.read_only), known[0] if known else None)
