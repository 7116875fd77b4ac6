"""Environments: the closed worlds in which a machine is explored."""

from __future__ import annotations

from ..checked import Environment, EnvironmentEvent, Field, Literalish
from ..diagnostics import Related
from ..literal import parse_literal
from ..part import Text
from ..snippets.check import check_expression
from ..snippets.environment import Surroundings
from ..spec import EnvironmentSpec
from ..types import (
    BOOL,
    STR,
    ListType,
    Named,
    Optional,
    SetType,
    TupleType,
    Type,
    accepts,
    spell,
)
from .draft import Draft


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
        written = _as_token(type_)
        made = [parse_literal(t, written, draft.states, draft.diagnostics) for t in listed]
        first: dict[str, Text] = {}
        for text in listed:
            if first.setdefault(text, text) is not text:
                draft.error("LF140", text, f'the value "{text}" is listed twice')
        values[str(name)] = tuple(made)
    return values


def _as_token(type_: Type) -> Type:
    """How a value is written in an environment: one that is opaque by a name of its own."""
    match type_:
        case Named(_, base):
            return STR if base is None else _as_token(base)
        case Optional(item):
            return Optional(_as_token(item))
        case ListType(item):
            return ListType(_as_token(item))
        case SetType(item):
            return SetType(_as_token(item))
        case TupleType(items, rest):
            return TupleType(
                tuple(map(_as_token, items)), None if rest is None else _as_token(rest)
            )
    return type_


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
