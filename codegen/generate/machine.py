"""The class of the machine, as text: constructor, one method for each part, and the tables.

Knows the plan and the modules that write single methods. Written twice: once as the machine and once
as its instrumented twin.
"""

from __future__ import annotations

from lawful.runtime.base import FORMAT

from ..checked import Completion, ContextItem, Entity, Event, Field, Procedure
from ..checked import Instruction as InstructionModel
from ..snippets.ir import Attribute, Local
from ..types import CountType, EntityType, holds_opaque
from .annotations import annotation, as_type, is_collection, start_value
from .checks import check_methods
from .deletion import detach_method, needs_detach
from .derived import follow_state, refresh_method
from .entities import constructor_parameters, given_fields
from .expressions import Expressions
from .handlers import handler_method
from .imports import natural
from .lines import Lines
from .plain import plain_sets
from .plan import Plan, emits
from .relations import relation_methods
from .results import SIGNATURE, Shape, write_result
from .scope import Scope
from .statements import Statements
from .texts import comment, docstring, literal, quoted
from .transitions import transition_method
from .walk import hints, locals_of


def machine_class(plan: Plan) -> str:
    """The whole class, not yet formatted; the twin while the plan's marks are on."""
    spec, out = plan.spec, Lines()
    plan.detaching = {
        plan.methods["detach", e.name] for e in spec.entities.values() if needs_detach(plan, e)
    }
    out.add(f"class {spec.machine}(Machine[Event, Instruction]):")
    out.depth += 1
    out.extend(docstring(spec.doc or f"The machine of {plan.spec_name}.", ""))
    _slots(plan, out)
    _constructor(plan, out)
    for handler in spec.handlers.values():
        out.add("")
        handler_method(plan, handler, out)
    for transition in spec.transitions.values():
        out.add("")
        transition_method(plan, transition, out)
    place = len(out.written)
    _completions(plan, out)
    plan.marks.hit_routes(out, spec.routes)
    finders: list[tuple[int, str, list[str]]] = []
    for entity in spec.entities.values():
        _creation(plan, entity, out)
        finders.append((len(out.written), *_finder(plan, entity)))
    used = {word for line in out.written for word in _methods_in(line)}
    for entity in spec.entities.values():
        if plan.methods["detach", entity.name] in plan.detaching:
            out.add("")
            detach_method(plan, entity, used, out)
    _relations(plan, used, out)
    for item in spec.context.values():
        if item.maintained == "generator" and not plan.is_static(item):
            out.add("")
            refresh_method(plan, item, out)
    check_methods(plan, out)
    procedures = _procedures(plan, "\n".join(out.written))
    text = "\n".join([*out.written, *procedures])
    for end, method, lines in reversed(finders):
        if f"self.{method}(" in text:
            out.written[end:end] = lines
    out.written[place:place] = procedures
    _tables(plan, out)
    out.depth -= 1
    return out.text()


def _methods_in(line: str) -> list[str]:
    """The methods of the machine that a line calls."""
    return [part.split("(")[0] for part in line.split("self.")[1:] if part.startswith("_")]


def _relations(plan: Plan, used: set[str], out: Lines) -> None:
    """The methods of kept relations that are used; one may use another of an entity written before."""
    written: set[str] = set()
    size = -1
    while size != len(written):
        size = len(written)
        for entity in plan.spec.entities.values():
            relation_methods(plan, entity, used, written, out)


def makers(plan: Plan, body: str) -> str:
    """The functions that make instructions of somebody else's classes, as far as the body calls them."""
    out = Lines()
    for instruction in plan.spec.instructions.values():
        make = plan.methods.get(("make", instruction.name), "")
        if make and f"{make}(" in body:
            names = ", ".join(map(quoted, [*instruction.fields, "stimulus_id"]))
            out.add(f"{make} = maker({instruction.name}, {names})")
    return out.text() + "\n" if out.written else ""


def key_functions(plan: Plan) -> str:
    """The functions that order heaps: at module level, so that a machine can be pickled."""
    out = Lines()
    for item in plan.spec.context.values():
        if item.key is None or item.of is None:
            continue
        entity = plan.spec.entities[item.of]
        if isinstance(item.key, Attribute) and isinstance(item.key.target, Local):
            out.add(f"# The order of `{item.name}`.")
            out.add(f"{plan.methods['key', item.name]} = attrgetter({quoted(item.key.name)})")
            out.add("")
            continue
        scope = Scope(pure=True)
        name = scope.bind(entity.variable, EntityType(entity.name))
        head = f"def {plan.methods['key', item.name]}({name}: {entity.name}) -> {annotation(item.key.type)}:"
        with out.indented(head):
            out.extend(docstring(f"The order of `{item.name}`.", ""))
            out.add(f"return {Expressions(plan, scope).text(item.key)}")
        out.add("")
        out.add("")
    return out.text()


# The constructor


def _slots(plan: Plan, out: Lines) -> None:
    spec = plan.spec
    names = [*spec.config, *(e.registry for e in spec.entities.values()), *spec.context]
    names += ["_host"] if has_host(plan) else []
    names += [
        plan.methods["members", i.name] for i in spec.context.values() if _has_members(plan, i)
    ]
    out.add("")
    out.add(f"__slots__ = ({''.join(f'{quoted(n)}, ' for n in sorted(names, key=natural))})")


def _constructor(plan: Plan, out: Lines) -> None:
    spec = plan.spec
    parts = []
    for field in spec.config.values():
        default = "" if field.required else f" = {_argument(field)}"
        written = annotation(field.type)
        optional = " | None" if _is_made_anew(field) else ""
        parts.append(f"{field.name}: {written}{optional}{default}")
    if has_host(plan):
        parts.append(f"host: {spec.machine}Host")
    star = "*, " if parts else ""
    head = ", ".join([*parts, "**options: Unpack[MachineOptions]"])
    out.add("")
    with out.indented(f"def __init__(self, {star}{head}) -> None:"):
        out.add("super().__init__(**options)")
        if has_host(plan):
            out.add("self._host = host")
        for field in spec.config.values():
            _comment(field.doc, out)
            value = field.name
            if _is_made_anew(field):
                fresh = start_value(field.type, field.default)
                value = f"{fresh} if {field.name} is None else {field.name}"
            out.add(f"self.{field.name} = {value}")
        for entity in spec.entities.values():
            key = annotation(entity.key.type)
            out.add(f"self.{entity.registry}: dict[{key}, {entity.name}] = {{}}")
        for item in spec.context.values():
            _context(plan, item, out)


def _is_made_anew(field: Field) -> bool:
    """Whether the default is a collection, of which each machine needs one of its own."""
    return not field.required and is_collection(field.type)


def _argument(field: Field) -> str:
    """A default in a signature."""
    return "None" if _is_made_anew(field) else as_type(field.type, field.default)


def _context(plan: Plan, item: ContextItem, out: Lines) -> None:
    _comment(item.doc, out)
    value = start_value(item.type, item.default, plan.methods["key", item.name])
    out.add(f"self.{item.name}: {annotation(item.type)} = {value}")
    if _has_members(plan, item):
        out.add(f"self.{plan.methods['members', item.name]}: set[{item.of}] = set()")


def _has_members(plan: Plan, item: ContextItem) -> bool:
    """Whether a count has to remember whom it has counted."""
    derived = item.maintained == "generator" and isinstance(item.type, CountType)
    return derived and not plan.is_static(item)


def _comment(doc: str, out: Lines) -> None:
    if doc.strip():
        out.add(f"# {comment(doc)}")


def has_host(plan: Plan) -> bool:
    """Whether the machine calls anything outside; the clock is its own."""
    return any(name != "now" for name in plan.spec.host)


# Procedures and completions


def _procedures(plan: Plan, rest: str) -> list[str]:
    """The methods of the procedures; of those that are written out where they are called only what
    something else calls too."""
    texts: dict[str, list[str]] = {}
    for name, procedure in plan.spec.procedures.items():
        out = Lines(1)
        _procedure(plan, procedure, out)
        texts[name] = out.written
    called = [n for n in texts if n not in plan.inlined or f"self.{n}(" in rest]
    for name in called:  # which grows
        text = "\n".join(texts[name])
        called += [n for n in texts if n not in called and f"self.{n}(" in text]
    return [line for name, lines in texts.items() if name in called for line in lines]


def _procedure(plan: Plan, procedure: Procedure, out: Lines) -> None:
    scope = Scope(
        hints=hints([procedure.body]),
        strict=procedure.name in plan.strict,
        plain_sets=plain_sets(procedure, plan.bare_sets),
    )
    scope.reserve(locals_of([procedure.body]))
    parts = ["self"]
    for field in procedure.parameters:
        parts.append(f"{scope.bind(field.name, field.type)}: {annotation(field.type)}")
    needs = plan.needs(procedure.name)
    if needs.recommendations:
        parts.append("recommendations: Recommendations")
    if needs.instructions:
        parts.append("instructions: Instructions")
    if needs.stimulus_id:
        parts.append("stimulus_id: str")
    returns = "None" if procedure.returns is None else annotation(procedure.returns)
    out.add("")
    with out.indented(f"def {procedure.name}({', '.join(parts)}) -> {returns}:"):
        if procedure.doc.strip():
            out.extend(docstring(procedure.doc, ""))
        out.add(f"# {comment(plan.place(procedure.span))}")
        Statements(plan, scope, out).block(procedure.body)


def _completions(plan: Plan, out: Lines) -> None:
    completions = plan.spec.completions
    for completion, method in zip(completions, plan.completions, strict=True):
        out.add("")
        name = method if completions_in_table(plan) else "complete"
        with out.indented(f"def {name}(self, stimulus_id: str) -> {SIGNATURE}:"):
            _completion(plan, completion, out)


def completions_in_table(plan: Plan) -> bool:
    """Whether the completions are listed in a table: one that runs once is simply ``complete``."""
    return len(plan.spec.completions) > 1 or any(c.mode != "once" for c in plan.spec.completions)


def _completion(plan: Plan, completion: Completion, out: Lines) -> None:
    scope = Scope(hints=hints([completion.body]))
    scope.reserve(locals_of([completion.body]))
    out.add(f"# {comment(plan.place(completion.span))}: {comment(completion.name)}")
    asks = plan.asks(completion.body)
    emitting = emits(completion.body) or plan.calls_that_emit(completion.body)
    found = Shape(completion.body, (), asks, emitting)
    write_result(found, Statements(plan, scope, out), out)


# Creation


def _creation(plan: Plan, entity: Entity, out: Lines) -> None:
    """The method that creates an entity, if something does."""
    created = plan.created.get(entity.name)
    if created is None:
        return
    parameters, arguments, scope_name = _creation_parts(plan, entity)
    key, create = entity.key.name, plan.methods["create", entity.name]
    out.add("")
    with out.indented(f"def {create}(self, {parameters}) -> {entity.name}:"):
        if False in created:
            with out.indented(f"if {key} in self.{entity.registry}:"):
                told = (
                    quoted(f"create({entity.name}, …) has a new key"),
                    quoted(plan.place(entity.span)),
                )
                out.add(
                    f"raise self._claim_failed({', '.join(told)}, self.{entity.registry}[{key}])"
                )
        out.add(f"{scope_name} = {entity.name}({arguments})")
        out.add(f"self.{entity.registry}[{key}] = {scope_name}")
        out.extend(follow_state(plan, entity, None, entity.initial, scope_name))
        if plan.has_checks(entity.name):
            with out.indented("if self.validate:"):
                out.add(f"self._touch({scope_name})")
        out.add(f"return {scope_name}")


def _finder(plan: Plan, entity: Entity) -> tuple[str, list[str]]:
    """The method that finds an entity or creates it: its name and its lines, if there may be a use for it."""
    method = plan.methods.get(("get_or_create", entity.name), "")
    if True not in plan.created.get(entity.name, ()):
        return method, []
    out = Lines(1)
    parameters, arguments, name = _creation_parts(plan, entity)
    out.add("")
    with out.indented(f"def {method}(self, {parameters}) -> {entity.name}:"):
        out.add(f"{name} = self.{entity.registry}.get({entity.key.name})")
        with out.indented(f"if {name} is None:"):
            out.add(f"{name} = self.{plan.methods['create', entity.name]}({arguments})")
        out.add(f"return {name}")
    return method, out.written


def _creation_parts(plan: Plan, entity: Entity) -> tuple[str, str, str]:
    """The parameters behind ``self``, the arguments that hand them on, and what the new one is called."""
    names = [f.name for f in given_fields(plan, entity)]
    arguments = ", ".join([entity.key.name, *(f"{name}={name}" for name in names)])
    taken = entity.variable in {entity.key.name, *names}
    name = f"new_{entity.variable}" if taken else entity.variable
    return constructor_parameters(plan, entity), arguments, name


# Tables


def _tables(plan: Plan, out: Lines) -> None:
    spec = plan.spec
    results = "Callable[..., Any]"
    out.add("")
    handlers = {h.event: plan.methods["on", h.event] for h in spec.handlers.values()}
    _table(out, "_HANDLERS", f"Mapping[type, {results}]", _dict(handlers))
    transitions: dict[str, dict[str, dict[str, str]]] = {}
    for (entity, start, request), method in plan.transitions.items():
        transitions.setdefault(entity, {}).setdefault(start, {})[request] = method
    _table(
        out,
        "_TRANSITIONS",
        f"Mapping[type, Mapping[str, Mapping[str, {results}]]]",
        _dict(
            {
                e: _dict({quoted(s): _quoted_dict(r) for s, r in t.items()})
                for e, t in transitions.items()
            }
        ),
    )
    routes: dict[str, dict[str, dict[str, str]]] = {}
    for route in spec.routes.values():
        by_start = routes.setdefault(route.entity, {}).setdefault(route.start, {})
        by_start[route.request] = quoted(route.via)
    if routes:
        _table(
            out,
            "_ROUTES",
            "Mapping[type, Mapping[str, Mapping[str, str]]]",
            _dict(
                {
                    e: _dict({quoted(s): _quoted_dict(r) for s, r in t.items()})
                    for e, t in routes.items()
                }
            ),
        )
    deleting = {
        e.name: _frozenset([quoted(r.name) for r in e.requests.values() if r.deletes])
        for e in spec.entities.values()
        if any(r.deletes for r in e.requests.values())
    }
    if deleting:
        _table(out, "_DELETING", "Mapping[type, frozenset[str]]", _dict(deleting))
    undeclared = {e: quoted(reason) for e, reason in spec.undeclared.items() if e in spec.entities}
    if undeclared:
        _table(out, "_UNDECLARED", "Mapping[type, str]", _dict(undeclared))
    if completions_in_table(plan):
        pairs = [
            f"({method}, {c.mode == 'fixpoint'})"
            for c, method in zip(spec.completions, plan.completions, strict=True)
        ]
        written = f"({', '.join(pairs)},)"
        _table(out, "_COMPLETIONS", f"tuple[tuple[{results}, bool], ...]", written)
    keys = {e.name: quoted(e.key.name) for e in spec.entities.values()}
    _table(out, "_KEY", "Mapping[type, str]", _dict(keys))
    _message_tables(plan, out)
    if spec.on_conflict == "later leg wins":
        wins = "True" if spec.conflict_deviation is None else quoted(spec.conflict_deviation)
        _table(out, "_LATER_LEG_WINS", "bool | str", wins)
    _table(out, "CONTRACTS", "Mapping[type, Contract]", "handlers.CONTRACTS")
    if spec.deviations:
        deviations = {quoted(d.name): str(d.on) for d in spec.deviations.values()}
        for deviation in spec.deviations.values():
            out.add(f"# {comment(deviation.name)}: {comment(deviation.because)}")
        _table(out, "DEVIATIONS", "Mapping[str, bool]", _dict(deviations))
    _table(out, "FORMAT", "int", str(FORMAT))
    _table(out, "SPEC", "str", quoted(plan.spec_name))
    _table(out, "SPEC_HASH", "str", quoted(plan.digest))


def _message_tables(plan: Plan, out: Lines) -> None:
    spec = plan.spec
    redact = {
        e.name: _dict({quoted(n): literal(v) for n, v in e.redact.items()})
        for e in spec.events.values()
        if e.redact
    }
    if redact:
        _table(out, "_REDACT", "Mapping[type, Mapping[str, object]]", _dict(redact))
    unlogged = [e.name for e in spec.events.values() if not e.logged]
    if unlogged:
        _table(out, "_UNLOGGED", "frozenset[type]", _frozenset(unlogged))
    opaque = {}
    messages: list[Event | InstructionModel] = [*spec.events.values(), *spec.instructions.values()]
    for message in messages:
        hidden = [quoted(f.name) for f in message.fields.values() if holds_opaque(f.type)]
        if hidden:
            opaque[message.name] = _frozenset(hidden)
    if opaque:
        _table(out, "_OPAQUE", "Mapping[type, frozenset[str]]", _dict(opaque))


def _table(out: Lines, name: str, type_: str, value: str) -> None:
    out.add(f"{name}: ClassVar[{type_}] = {value}")


def _dict(items: dict[str, str]) -> str:
    return "{" + ", ".join(f"{k}: {v}" for k, v in items.items()) + "}"


def _quoted_dict(items: dict[str, str]) -> str:
    return _dict({quoted(k): v for k, v in items.items()})


def _frozenset(items: list[str]) -> str:
    return f"frozenset({{{', '.join(items)}}})"
