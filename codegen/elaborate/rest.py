"""Procedures, completion, invariants, environments and observers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..checked import (
    Completion,
    Environment,
    EnvironmentEvent,
    Field,
    Invariant,
    Literalish,
    Procedure,
)
from ..diagnostics import Diagnostics, Related
from ..literal import parse_literal
from ..naming import label
from ..part import Text
from ..snippets.check import check_block, check_expression, check_procedures
from ..snippets.environment import Signature, Surroundings
from ..spec import EnvironmentSpec, InvariantSpec
from ..types import BOOL, STR, UNKNOWN, EntityType, Named, Type, accepts, spell
from ..typetext import parse_signature
from .draft import Draft
from .names import shadows

_WORDS = re.compile(r"\w+")


def declare_signatures(draft: Draft) -> dict[str, Text]:
    """Fill ``draft.known.procedures``; the result are the bodies, for ``check_bodies``."""
    signatures: dict[str, Signature] = {}
    bodies: dict[str, Text] = {}
    for head, spec in draft.spec.procedures.items():
        signature = parse_signature(head, draft.names, draft.diagnostics)
        if signature is None:
            lenient = dict.fromkeys(_WORDS.findall(head), UNKNOWN) | draft.names
            signature = parse_signature(head, lenient, Diagnostics())
        if signature is None:
            continue
        known = signatures.get(signature.name)
        if known is not None:
            continue  # two procedures of one name were reported with the other names
        signatures[signature.name] = signature
        bodies[signature.name] = spec.do
        for parameter in signature.parameters:
            assert draft.values is not None
            name = Text(parameter.name, parameter.span)
            shadows(draft, draft.values, name, f"a parameter of {signature.name}")
    draft.known.procedures = signatures
    return bodies


def check_bodies(draft: Draft, bodies: dict[str, Text]) -> None:
    """Fill ``draft.procedures``."""
    docs = {
        str(head).partition("(")[0].strip(): spec.doc or ""
        for head, spec in draft.spec.procedures.items()
    }
    for name, checked in check_procedures(bodies, draft.known, draft.diagnostics).items():
        signature = draft.known.procedures[name]
        draft.usage.add_block(checked)
        draft.procedures[name] = Procedure(
            name=name,
            parameters=signature.parameters,
            returns=signature.returns,
            body=checked.value,
            effects=draft.known.effects.get(name, checked.effects),
            doc=docs.get(name, ""),
            span=signature.span,
        )


def declare_completions(draft: Draft) -> None:
    """Fill ``draft.completions``."""
    for name, spec in draft.spec.completion.items():
        mode = None
        if spec.mode is not None:
            mode = draft.one_of(spec.mode, ("once", "fixpoint"), "mode of a completion")
        around = Surroundings(place=f'the completion "{name}"')
        checked = check_block(spec.do, around, draft.known, draft.diagnostics)
        draft.completions.append(
            Completion(
                name=str(name),
                mode="fixpoint" if mode == "fixpoint" else "once",
                body=draft.usage.add_block(checked),
                effects=checked.effects,
                span=name.span,
            )
        )
    _check_labels(draft, draft.spec.completion, "completion")


def declare_invariants(draft: Draft) -> None:
    """Fill ``draft.invariants`` and ``draft.at_quiescence``."""
    sections = (
        (draft.spec.invariants, draft.invariants, "invariant"),
        (draft.spec.at_quiescence, draft.at_quiescence, "property at quiescence"),
    )
    for specs, made, what in sections:
        for name, spec in specs.items():
            invariant = _invariant(draft, name, spec, what)
            if invariant is not None:
                made.append(invariant)
        _check_labels(draft, specs, what)


def _check_labels(draft: Draft, names: Iterable[Text], what: str) -> None:
    """Names in free words: two that differ in punctuation alone would be one name in Python."""
    first: dict[str, Text] = {}
    for name in names:
        key = label(name)
        if not key:
            draft.error("LF101", name, f'the {what} needs a name with letters, not "{name}"')
            continue
        known = first.setdefault(key, name)
        if known is not name:
            draft.error(
                "LF102",
                name,
                f'the {what} "{name}" and "{known}" would both be "{key}" in the generated code',
                "",
                Related(known.span, "the first one"),
            )


def _invariant(draft: Draft, name: Text, spec: InvariantSpec, what: str) -> Invariant | None:
    around = Surroundings(place=f'the {what} "{name}"', pure=True, guard=True)
    if spec.for_ is not None:
        if not draft.find("LF103", spec.for_, draft.known.entities, "entity"):
            return None
        variable = draft.known.entities[spec.for_].variable
        around = replace(
            around,
            locals={variable: EntityType(str(spec.for_))},
            fixed=frozenset({variable}),
        )
    when = None
    constant = True
    if spec.when is not None:
        if spec.for_ is None:
            draft.error("LF118", spec.when, '"when" goes with "for"')
            return None
        guard = check_expression(spec.when, around, draft.known, draft.diagnostics, BOOL)
        draft.usage.add(guard.effects)
        around = around.after(guard)
        when = guard.value
    checked = check_expression(spec.holds, around, draft.known, draft.diagnostics, BOOL)
    draft.usage.add(checked.effects)
    effects = checked.effects
    constant = not (effects.reads or checked.read or effects.calls or effects.hosts)
    if checked.ok and constant:
        draft.error("LF218", spec.holds, f'the {what} "{name}" reads nothing that could change')
    return Invariant(
        name=str(name),
        entity=None if spec.for_ is None else str(spec.for_),
        holds=checked.value,
        span=name.span,
        when=when,
        doc=spec.doc or "",
    )


def declare_environments(draft: Draft) -> None:
    """Fill ``draft.environments``."""
    answers = {
        event: instruction.name
        for instruction in draft.known.instructions.values()
        for event in (*instruction.outcomes, *instruction.during)
    }
    fields: dict[str, list[Field]] = {}
    for event in draft.known.events.values():
        for field in event.fields.values():
            fields.setdefault(field.name, []).append(field)
    for name, spec in draft.spec.environments.items():
        draft.environments[str(name)] = Environment(
            name=str(name),
            doc=spec.doc or "",
            values=_values(draft, spec, fields),
            symmetric=_symmetric(draft, spec, fields),
            events=_events(draft, name, spec, answers),
            span=name.span,
        )


def _values(
    draft: Draft, spec: EnvironmentSpec, fields: dict[str, list[Field]]
) -> dict[str, tuple[Literalish, ...]]:
    values: dict[str, tuple[Literalish, ...]] = {}
    for name, listed in spec.values.items():
        if not draft.find("LF140", name, fields, "field of an event called"):
            continue
        type_ = fields[name][0].type
        for other in fields[name][1:]:
            if not accepts(type_, other.type) and not accepts(other.type, type_):
                draft.error(
                    "LF140",
                    name,
                    f'"{name}" is {spell(type_)} in one event and {spell(other.type)} in another, so '
                    "the same values can't serve both",
                    "",
                    Related(fields[name][0].span, spell(type_)),
                    Related(other.span, spell(other.type)),
                )
                break
        if not listed:
            draft.error("LF140", name, f'"{name}" has no value to take')
        made = [parse_literal(t, type_, draft.states, draft.diagnostics) for t in listed]
        first: dict[str, Text] = {}
        for text in listed:
            if first.setdefault(text, text) is not text:
                draft.error("LF140", text, f'the value "{text}" is listed twice')
        values[str(name)] = tuple(made)
    return values


def _symmetric(
    draft: Draft, spec: EnvironmentSpec, fields: dict[str, list[Field]]
) -> tuple[str, ...]:
    for name in spec.symmetric:
        if not draft.find("LF140", name, spec.values, "list of values for") or name not in fields:
            continue
        type_ = fields[name][0].type
        if not _compares_only(type_):
            draft.error(
                "LF140",
                name,
                f'"{name}" is {spell(type_)}: only texts and opaque values can be symmetric',
            )
    return tuple(map(str, spec.symmetric))


def _compares_only(type_: Type) -> bool:
    match type_:
        case Named(_, base):
            return base is None or _compares_only(base)
    return type_ == STR


def _events(
    draft: Draft, environment: Text, spec: EnvironmentSpec, answers: dict[str, str]
) -> dict[str, EnvironmentEvent]:
    events: dict[str, EnvironmentEvent] = {}
    for name, event in spec.events.items():
        if not draft.find("LF104", name, draft.known.events, "event"):
            continue
        if name in answers:
            draft.error(
                "LF140",
                name,
                f'"{name}" answers the instruction {answers[name]}, so it comes from there and not '
                "from the environment",
            )
        at_most = None
        if event.at_most is not None:
            at_most = draft.number(event.at_most, "how often an event may come")
        when = None
        if event.when is not None:
            around = Surroundings(place=f'the environment "{environment}"', pure=True, guard=True)
            checked = check_expression(event.when, around, draft.known, draft.diagnostics, BOOL)
            draft.usage.add(checked.effects)
            when = checked.value
        events[str(name)] = EnvironmentEvent(
            str(name), at_most, draft.flag(event.fair), when, name.span
        )
    return events


def observers(draft: Draft) -> tuple[str, ...]:
    """The hooks that are told of what happens."""
    known: dict[str, None] = {}
    for text in draft.spec.observers:
        if text in known:
            draft.error("LF138", text, f'"{text}" is listed twice')
        if draft.one_of(text, ("transition",), "hook"):
            known[str(text)] = None
    return tuple(known)
