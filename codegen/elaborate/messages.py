"""What goes in and out: events with their families, instructions, host functions, deviations."""

from __future__ import annotations

from ..checked import Deviation, Event, Field, HostFunction, Instruction, Literalish
from ..diagnostics import Related
from ..literal import parse_literal
from ..part import Names, Text
from ..spec import EventSpec, HostSpec, InstructionSpec
from ..types import BOOL, FLOAT, INT, NONE, STR, Optional, Type, accepts, spell
from ..typetext import parse_type
from .draft import Draft, cut, shown
from .fields import make_fields


def declare_families(draft: Draft) -> None:
    """Fill ``draft.known.families`` with the fields that all events of a family have."""
    draft.known.families = {
        str(name): make_fields(draft, spec.fields) for name, spec in draft.spec.families.items()
    }


def family_of(draft: Draft, event: Text) -> Text | None:
    """The family of an event, said at the event or at its handler; unknown ones are reported once."""
    spec = draft.spec.events[event]
    handler = draft.spec.handlers.get(event)
    at_handler = handler.family if handler is not None else None
    if spec.family is not None and at_handler is not None and spec.family != at_handler:
        draft.error(
            "LF131",
            at_handler,
            f"{event} is of the family {spec.family}, and its handler says {at_handler}",
            "Say it once.",
            Related(spec.family.span, "the other family"),
        )
    family = spec.family or at_handler
    if family is None:
        return None
    if not draft.find("LF105", family, draft.known.families, "family"):
        draft.broken.add(f"family of {event}")
        return None
    return family


def declare_events(draft: Draft) -> None:
    """Fill ``draft.known.events``, the fields of families merged in."""
    draft.known.events = {
        str(name): _event(draft, name, spec) for name, spec in draft.spec.events.items()
    }


def _event(draft: Draft, name: Text, spec: EventSpec) -> Event:
    family = family_of(draft, name)
    fields = dict(draft.known.families[family]) if family is not None else {}
    for field_name, field in make_fields(draft, spec.fields).items():
        if field_name in fields:
            draft.error(
                "LF131",
                field.span,
                f'{name} has "{field_name}" from its family {family} already',
                "",
                Related(fields[field_name].span, "the family's field"),
            )
        fields[field_name] = field
    redact: dict[str, Literalish] = {}
    for field_name, text in spec.redact.items():
        if draft.find("LF134", field_name, fields, f"field of {name} called"):
            redact[str(field_name)] = _redacted(draft, text, fields[field_name])
    return Event(
        name=str(name),
        doc=spec.doc or "",
        fields=fields,
        span=name.span,
        family=None if family is None else str(family),
        logged=draft.flag(spec.logged, default=True),
        redact=redact,
        bind=draft.bind(spec.bind),
    )


def _redacted(draft: Draft, text: Text, field: Field) -> Literalish:
    """What stands in the log instead: ``None``, or a literal of the type of the field."""
    if text == "None":
        return None
    return parse_literal(text, field.type, draft.states, draft.diagnostics)


def declare_instructions(draft: Draft) -> None:
    """Fill ``draft.known.instructions``. The events must be declared already."""
    draft.known.instructions = {
        str(name): _instruction(draft, name, spec) for name, spec in draft.spec.instructions.items()
    }


def _instruction(draft: Draft, name: Text, spec: InstructionSpec) -> Instruction:
    fields = make_fields(draft, spec.fields)
    runs = draft.one_of(spec.runs, ("coroutine", "thread", "send"), "way to run")
    outcomes = _answers(draft, name, spec.outcomes, fields, "outcome")
    during = _answers(draft, name, spec.during, fields, "event")
    for event in spec.during:
        if event in outcomes:
            draft.error(
                "LF133",
                event,
                f'"{event}" ends a {name}, so it can\'t also come before the end',
                'Leave it out of "during" or of "outcomes".',
            )
    if runs == "send" and (spec.outcomes or spec.during):
        draft.error(
            "LF132",
            [*spec.outcomes, *spec.during][0],
            f"{name} is a send: it goes out and nothing comes back",
            'Leave out "outcomes" and "during", or let it run as a coroutine or a thread.',
        )
    elif runs in ("coroutine", "thread") and not spec.outcomes:
        draft.error(
            "LF132",
            name,
            f"{name} runs as a {runs} and no event ends it",
            'List the events that end it under "outcomes".',
        )
    if runs in ("coroutine", "thread"):
        for text in (spec.message, *spec.extra):
            if text is not None:
                draft.error("LF145", text, f"{name} is no send, so no message goes out")
                break
    return Instruction(
        name=str(name),
        doc=spec.doc or "",
        fields=fields,
        runs="thread" if runs == "thread" else "send" if runs == "send" else "coroutine",
        outcomes=outcomes,
        during=during,
        span=name.span,
        bind=draft.bind(spec.bind),
        message=None if spec.message is None else str(spec.message),
        extra={str(key): _constant(draft, text) for key, text in spec.extra.items()},
    )


def _answers(
    draft: Draft, name: Text, events: Names, fields: dict[str, Field], what: str
) -> tuple[str, ...]:
    """The events that answer an instruction. A field of both has the same type on both sides."""
    known: dict[str, None] = {}
    for event in events:
        if event in known:
            draft.error("LF133", event, f'"{event}" is listed twice')
        if not draft.find("LF104", event, draft.known.events, "event"):
            continue
        known[str(event)] = None
        for field_name, field in draft.known.events[event].fields.items():
            asked = fields.get(field_name)
            if asked is not None and not accepts(field.type, asked.type):
                draft.error(
                    "LF132",
                    event,
                    f'the {what} {event} repeats "{field_name}" as {spell(field.type)}, and in {name} '
                    f"it is {spell(asked.type)}",
                    "",
                    Related(asked.span, "the field of the instruction"),
                )
    return tuple(known)


def _constant(draft: Draft, text: Text) -> Literalish:
    """A constant entry of a message: a quoted string, a number, a truth value, None, or a bare word."""
    type_: Type = STR
    if text in ("None", "True", "False"):
        type_ = Optional(BOOL) if text != "None" else Optional(NONE)
    elif text.lstrip("-").isdigit():
        type_ = INT
    elif text.replace(".", "", 1).lstrip("-").isdigit():
        type_ = FLOAT
    return parse_literal(text, type_, draft.states, draft.diagnostics)


def declare_host(draft: Draft) -> None:
    """Fill ``draft.known.host``."""
    draft.known.host = {
        str(name): _host(draft, name, spec) for name, spec in draft.spec.host.items()
    }


def _host(draft: Draft, name: Text, spec: HostSpec) -> HostFunction:
    fails: str | None = None
    fails_type: Type | None = None
    if spec.fails is not None:
        fails, fails_type = _failure(draft, spec.fails)
    pure = draft.flag(spec.pure)
    recorded = draft.flag(spec.recorded)
    if pure and recorded:
        assert spec.recorded is not None
        draft.error(
            "LF137",
            spec.recorded,
            f'"{name}" is pure: it gives the same for the same arguments, so nothing is recorded',
        )
    returns = None
    if spec.returns is not None and spec.returns != "None":
        returns = parse_type(spec.returns, draft.names, draft.diagnostics)
    if name == "now" and (spec.args or (returns is not None and returns != FLOAT) or spec.fails):
        draft.error(
            "LF137",
            name,
            '"now" is the clock of the machine: it has no arguments and returns float',
        )
    return HostFunction(
        name=str(name),
        parameters=tuple(make_fields(draft, spec.args).values()),
        returns=returns,
        pure=pure,
        recorded=recorded,
        fails=fails,
        fails_type=fails_type,
        doc=spec.doc or "",
        span=name.span,
    )


def _failure(draft: Draft, text: Text) -> tuple[str | None, Type | None]:
    """``failure``, a declared type that names the local too, or ``name: type``."""
    name, colon, _ = str(text).partition(":")
    if colon:
        written = cut(text, len(name) + 1, len(text))
        local = name.strip()
        if not (local.isidentifier() and local.islower()):
            draft.error("LF137", text, f"{shown(local)} can't be the name of a local")
            return None, None
        return local, parse_type(written, draft.names, draft.diagnostics)
    if not draft.find("LF137", text, draft.known.types, "type"):
        return None, None
    return str(text), draft.known.types[text].type


def declare_deviations(draft: Draft) -> None:
    """Fill ``draft.known.deviations``."""
    deviations: dict[str, Deviation] = {}
    for name, spec in draft.spec.deviations.items():
        off, always = draft.flag(spec.off), draft.flag(spec.always)
        if off and always and spec.off is not None:
            draft.error("LF118", spec.off, f'"{name}" can\'t be off and always there')
        reason = draft.reason(spec.because)
        deviations[str(name)] = Deviation(str(name), not off, reason, name.span, always)
    draft.known.deviations = deviations
