"""The facts of what a machine declares: configuration, types, entities, its data, messages, hosts."""

from __future__ import annotations

from ..checked import CheckedSpec, ContextItem, Entity, Event, Field, Instruction, Literalish
from ..diagnostics import Span
from ..literal import written
from ..types import Named, Type, accepts, spell
from .alpha import NOTHING, Fragment, Said
from .facts import (
    BEHAVIOUR,
    BOTH,
    CALLERS,
    COMPATIBLE,
    HISTORIES,
    Collector,
    Effects,
    Fact,
    Path,
    Rule,
)

_NEW_IS_FINE = Rule(COMPATIBLE, CALLERS)
_CALLERS = Rule(CALLERS, CALLERS, CALLERS)
_BEHAVIOUR = Rule(BEHAVIOUR, BEHAVIOUR, BEHAVIOUR)
_EXPLORED = Rule(COMPATIBLE, COMPATIBLE, COMPATIBLE)


def _plain(text: str) -> Said:
    return Said(text, text)


def _literal(value: Literalish) -> Said:
    """A number is the same as an int and as a float."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Said(repr(float(value)) if number else written(value), written(value))  # type: ignore[arg-type]  # a number


def _yes(value: bool) -> Said:
    return _plain("yes" if value else "no")


def _wider(effects: Effects) -> Rule:
    """A type may become one that takes all that the old one took."""

    def changed(old: Fact, new: Fact) -> Effects:
        wide = (
            isinstance(old.data, Type)
            and isinstance(new.data, Type)
            and accepts(new.data, old.data)
        )
        return COMPATIBLE if wide else effects

    return Rule(COMPATIBLE, COMPATIBLE, changed)


def _default(needed: Effects) -> Rule:
    """Something that could be left out has to be given now, or is another thing when left out."""

    def changed(old: Fact, new: Fact) -> Effects:
        if new.value == _REQUIRED:
            return needed
        return COMPATIBLE if old.value == _REQUIRED else BEHAVIOUR

    return Rule(COMPATIBLE, COMPATIBLE, changed)


_REQUIRED = Said("required", "none")


def declared(spec: CheckedSpec, found: Collector) -> None:
    """Collect the facts of everything but what the machine does."""
    found.add(Fact(("machine",), "the machine", "name", _plain(spec.machine), spec.span, _CALLERS))
    condition = "" if spec.conflict_deviation is None else f" with {spec.conflict_deviation}"
    answer = spec.on_conflict + condition
    _conflict = Said(answer, answer)
    found.add(
        Fact(
            ("on_conflict",),
            "routes",
            "what is done about a conflict",
            _conflict,
            spec.span,
            _BEHAVIOUR,
        )
    )
    for named in spec.types.values():
        _type(named.name, named.type, named.bind, named.span, found)
    for value in spec.config.values():
        path = ("config", value.name)
        given = Rule(CALLERS if value.required else COMPATIBLE, CALLERS)
        found.thing(path, f"configuration {value.name}", value.span, given)
        _field(path, f"configuration {value.name}", "", value, found, _wider(CALLERS), CALLERS)
    for entity in spec.entities.values():
        _entity(spec, entity, found)
    for item in spec.context.values():
        _item(spec, item, found)
    for instruction in spec.instructions.values():
        _instruction(instruction, found)
    for event in spec.events.values():
        _event(event, found)
    _hosts(spec, found)
    _switches(spec, found)


def _type(name: str, type_: Type, bind: str | None, span: Span, found: Collector) -> None:
    path, about = ("type", name), f"type {name}"
    base = type_.base if isinstance(type_, Named) else type_
    hashable = not isinstance(type_, Named) or type_.hashable
    found.thing(path, about, span, _NEW_IS_FINE)
    stands = _plain("opaque" if base is None else spell(base))
    found.add(Fact((*path, "is"), about, "meaning", stands, span, Rule(BOTH, BOTH, BOTH)))
    narrower = Rule(
        COMPATIBLE, COMPATIBLE, lambda _, new: CALLERS if new.value == _yes(True) else COMPATIBLE
    )
    found.add(Fact((*path, "hashable"), about, "hashable", _yes(hashable), span, narrower))
    _class(path, about, bind, span, found)


def _class(path: Path, about: str, bind: str | None, span: Span, found: Collector) -> None:
    said = _plain(bind) if bind else NOTHING
    found.add(Fact((*path, "class"), about, "class", said, span, _CALLERS))


def _field(
    path: Path,
    about: str,
    of: str,
    value: Field,
    found: Collector,
    type_rule: Rule,
    needed: Effects,
) -> None:
    """Type, default and reset groups of a field; ``of`` is `` of field x`` or empty."""

    def tell(part: str, said: Said, rule: Rule, data: object = None) -> None:
        found.add(Fact((*path, part), about, f"{part}{of}", said, value.span, rule, data=data))

    tell("type", _plain(spell(value.type)), type_rule, value.type)
    tell(
        "default",
        _REQUIRED if value.required else _literal(value.default),
        _default(needed),
    )
    resets = ", ".join(sorted(value.resets))
    tell("reset groups", Said(resets, resets or "none"), _BEHAVIOUR)
    tell("exploration", _plain(value.explore), _EXPLORED)


# ----------------------------------------------------------------------------------------- entities


def _entity(spec: CheckedSpec, entity: Entity, found: Collector) -> None:
    path, about, span = ("entity", entity.name), f"entity {entity.name}", entity.span
    found.thing(path, about, span, _NEW_IS_FINE)

    def tell(part: str, what: str, said: Said, rule: Rule) -> None:
        found.add(Fact((*path, part), about, what, said, span, rule))

    tell("registry", "registry", _plain(entity.registry), _CALLERS)
    key = f"{entity.key.name}: {spell(entity.key.type)}"
    tell("key", "key", _plain(key), _CALLERS)
    tell("initial", "initial state", _plain(entity.initial), _BEHAVIOUR)
    tell(
        "undeclared", "claim that all other pairs are impossible",
        _yes(entity.name in spec.undeclared), _BEHAVIOUR,
    )  # fmt: skip
    _class(path, about, entity.bind, span, found)
    for state in entity.states.values():
        rule = Rule(BEHAVIOUR, CALLERS)
        found.thing((*path, "state", state.name), about, state.span, rule, f"state {state.name}")
    for configuration in entity.configurations.values():
        if configuration.fields:
            name, where = configuration.name, entity.states[configuration.state].span
            found.thing(
                (*path, "configuration", name), about, where, _BEHAVIOUR, f"configuration {name}"
            )
    for request in entity.requests.values():
        below, what = (*path, "request", request.name), f"request {request.name}"
        if not request.state:
            found.thing(below, about, request.span, _BEHAVIOUR, what)
        carried = ", ".join(
            f"{f.name}: {spell(f.type)}" + ("" if f.required else f" = {written(f.default)}")
            for f in request.fields.values()
        )
        carries = Said(carried, carried or "nothing")
        for part, said in (("cargo", carries), ("deletion", _yes(request.deletes))):
            found.add(
                Fact((*below, part), about, f"{part} of {what}", said, request.span, _BEHAVIOUR, mutual=True)
            )  # fmt: skip
    for value in entity.fields.values():
        below, what = (*path, "field", value.name), f"field {value.name}"
        found.thing(below, about, value.span, _NEW_IS_FINE, what)
        _field(below, about, f" of {what}", value, found, _CALLERS, BEHAVIOUR)
    for relation in entity.relations.values():
        below, what = (*path, "relation", relation.name), f"relation {relation.name}"
        found.thing(below, about, relation.span, _NEW_IS_FINE, what)
        to = _plain(f"{'many' if relation.many else 'one'} {relation.target}")
        kept = _plain("the generator" if relation.kept_by_generator else "hand")
        for part, said, rule in (
            ("target", to, _CALLERS),
            ("inverse", _plain(relation.inverse or "none"), _BEHAVIOUR),
            ("keeper", kept, _BEHAVIOUR),
            ("rule on deletion", _plain(relation.on_delete), _BEHAVIOUR),
        ):
            found.add(Fact((*below, part), about, f"{part} of {what}", said, relation.span, rule))


def _item(spec: CheckedSpec, item: ContextItem, found: Collector) -> None:
    path, about = ("context", item.name), f"context {item.name}"
    found.thing(path, about, item.span, _NEW_IS_FINE)
    plain = item.maintained == "none" and item.default is not None
    for part, said, rule in (
        ("type", _plain(spell(item.type)), _CALLERS),
        ("default", _literal(item.default) if plain else NOTHING, _BEHAVIOUR),
        ("members", Fragment(spec).expression(item.members), _BEHAVIOUR),
        ("key", Fragment(spec).expression(item.key), _BEHAVIOUR),
        ("maintenance", _plain(item.maintained), _BEHAVIOUR),
        ("early taking", _yes(item.early), _BEHAVIOUR),
        ("exploration", _plain(item.explore), _EXPLORED),
    ):
        found.add(Fact((*path, part), about, part, said, item.span, rule))


# ----------------------------------------------------------------------------------------- messages


def _instruction(instruction: Instruction, found: Collector) -> None:
    """Who carries it out needs a method for each, and history holds all of its fields."""
    path, span = ("instruction", instruction.name), instruction.span
    about = f"instruction {instruction.name}"
    found.thing(path, about, span, _CALLERS)
    for part, said in (
        ("way to run", _plain(instruction.runs)),
        ("message", _plain(instruction.message or "none")),
        ("extra entries", _extra(instruction)),
    ):
        found.add(Fact((*path, part), about, part, said, span, _CALLERS))
    _class(path, about, instruction.bind, span, found)
    for kind, names in (("outcome", instruction.outcomes), ("event meanwhile", instruction.during)):
        for name in names:
            found.thing((*path, kind, name), about, span, _NEW_IS_FINE, f"{kind} {name}")
    found.add(
        Fact((*path, "order"), about, "order of the outcomes", NOTHING, span, _EXPLORED,
             order=True, names=instruction.outcomes)
    )  # fmt: skip
    for value in instruction.fields.values():
        below, what = (*path, "field", value.name), f"field {value.name}"
        found.thing(below, about, value.span, Rule(HISTORIES, BOTH), what)
        _field(below, about, f" of {what}", value, found, Rule(BOTH, BOTH, BOTH), CALLERS)


def _extra(instruction: Instruction) -> Said:
    pairs = sorted(instruction.extra.items())
    told = ", ".join(f"{name}={written(value)}" for name, value in pairs)
    return Said(told, told or "none")


def _event(event: Event, found: Collector) -> None:
    """Who sends it has to give its fields, and history holds them."""
    path, about, span = ("event", event.name), f"event {event.name}", event.span
    found.thing(path, about, span, Rule(COMPATIBLE, BOTH))
    history = Rule(HISTORIES, HISTORIES, HISTORIES)
    found.add(Fact((*path, "logged"), about, "logging", _yes(event.logged), span, history))
    _class(path, about, event.bind, span, found)
    for value in event.fields.values():
        below, what = (*path, "field", value.name), f"field {value.name}"
        found.thing(
            below, about, value.span, Rule(BOTH if value.required else COMPATIBLE, BOTH), what
        )
        _field(below, about, f" of {what}", value, found, _wider(BOTH), BOTH)
        hidden = event.redact
        said = _plain(written(hidden[value.name])) if value.name in hidden else NOTHING
        found.add(
            Fact((*below, "redaction"), about, f"redaction of {what}", said, value.span, history)
        )
    found.add(
        Fact((*path, "order"), about, "order of the fields", NOTHING, span, _CALLERS,
             order=True, names=tuple(event.fields))
    )  # fmt: skip


# ------------------------------------------------------------------------------------- the outside


def _hosts(spec: CheckedSpec, found: Collector) -> None:
    for function in spec.host.values():
        path, about, span = ("host", function.name), f"host function {function.name}", function.span
        recorded = HISTORIES if function.recorded else COMPATIBLE
        found.thing(path, about, span, Rule(CALLERS | recorded, recorded))
        given = ", ".join(f"{p.name}: {spell(p.type)}" for p in function.parameters)
        returns = spell(function.returns) if function.returns is not None else "nothing"
        fails = spell(function.fails_type) if function.fails_type is not None else "nothing"
        result = Rule(CALLERS | recorded, CALLERS | recorded, CALLERS | recorded)
        history = Rule(HISTORIES, HISTORIES, HISTORIES)
        for part, said, rule in (
            ("arguments", Said(given, given or "none"), _CALLERS),
            ("result", _plain(returns), result),
            ("failure", _plain(fails), result),
            ("pureness", _yes(function.pure), _CALLERS),
            ("recording", _yes(function.recorded), history),
        ):
            found.add(Fact((*path, part), about, part, said, span, rule))


def _switches(spec: CheckedSpec, found: Collector) -> None:
    for deviation in spec.deviations.values():
        path, about = ("deviation", deviation.name), f'deviation "{deviation.name}"'
        found.thing(path, about, deviation.span, _NEW_IS_FINE)
        set_to = _plain("always" if deviation.always else "on" if deviation.on else "off")
        found.add(Fact((*path, "on"), about, "setting", set_to, deviation.span, _BEHAVIOUR))
    for known in spec.unreachable.values():
        path, about = ("unreachable", known.items), f'unreachable item "{known.items}"'
        found.thing(path, about, known.span, _EXPLORED)
    for name in spec.observers:
        found.thing(("observer", name), f"observer {name}", spec.span, _NEW_IS_FINE)
