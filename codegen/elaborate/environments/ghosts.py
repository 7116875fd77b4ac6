"""Ghosts: what an environment remembers, and channels, in which its messages travel."""

from __future__ import annotations

from collections.abc import Mapping

from ...diagnostics import Related
from ...part import Text
from ...reserved import LOCALS
from ...types import COLLECTIONS, Optional, TupleType, Type, spell
from ...typetext import parse_type
from ...world import Channel, Datum, Ghost
from ...worldspec import EnvironmentSpec, GhostSpec
from ..fields import is_broken
from ..names import VALUE, check_labels, usable
from .facts import Facts
from .values import holds_entity
from .view import View


def declare_ghosts(view: View, specs: Mapping[Text, GhostSpec]) -> None:
    """Let the snippets of an environment see its ghosts."""
    draft = view.draft
    assert draft.values is not None
    for name, spec in specs.items():
        what = "the ghost"
        if usable(draft, name, VALUE, LOCALS | {"instruction"}, what) and name in draft.values:
            taken, span = draft.values.where(name)
            draft.error(
                "LF100",
                name,
                f'the ghost can\'t be called "{name}": {taken} is called so already',
                "",
                Related(span, f"{taken}, declared here"),
            )
        type_ = parse_type(spec.type, view.names, draft.diagnostics)
        if holds_entity(type_):
            draft.error(
                "LF152",
                spec.type,
                f'the ghost "{name}" can\'t hold entities: they belong to the machine',
                "Remember their keys.",
            )
        default = _first(view, name, spec, type_)
        view.remember(Ghost(str(name), type_, default, name.span, spec.doc or ""))


def _first(view: View, name: Text, spec: GhostSpec, type_: Type) -> Datum:
    """What a ghost holds at first."""
    if spec.default is not None:
        found = view.datum(spec.default, type_)
        return None if found is None else found[0]
    fixed = isinstance(type_, TupleType) and type_.rest is None
    if isinstance(type_, COLLECTIONS) and not fixed:
        return []
    if not isinstance(type_, Optional) and not is_broken(type_):
        view.draft.error(
            "LF143",
            name,
            f'"{name}" begins with no value: {spell(type_)} has no default of its own',
            'Add "default".',
        )
    return None


def warn_unread(view: View) -> None:
    """A warning for each ghost that nothing reads, where nothing else is wrong."""
    if view.draft.diagnostics.has_errors:
        return
    for ghost in view.ghosts.values():
        if ghost.name not in view.used:
            view.draft.warn("LF160", ghost.span, f'nothing reads the ghost "{ghost.name}"')


def declare_channels(view: View, spec: EnvironmentSpec, facts: Facts) -> dict[str, Channel]:
    """The channels of an environment."""
    draft = view.draft
    made: dict[str, Channel] = {}
    first: dict[str, Text] = {}
    check_labels(draft, spec.channels, "channel")
    for name, channel in spec.channels.items():
        ways: dict[str, Text] = {}
        for message in channel.carries:
            way = _way(view, spec, message, facts)
            if way is None:
                continue
            ways.setdefault(way, message)
            known = first.setdefault(message, message)
            if known is not message:
                draft.error(
                    "LF151",
                    message,
                    f'"{message}" is carried already',
                    "",
                    Related(known.span, "the first channel"),
                )
        if not channel.carries:
            draft.error("LF151", name, f'the channel "{name}" carries nothing')
        if len(ways) > 1:
            draft.error(
                "LF151",
                name,
                f'"{ways["to"]}" comes to the machine and "{ways["from"]}" from it: one channel leads '
                "one way",
                "Make two of it.",
            )
        often = channel.at_most
        made[str(name)] = Channel(
            name=str(name),
            direction="from" if "from" in ways else "to",
            carries=tuple(map(str, channel.carries)),
            span=name.span,
            at_most=None if often is None else draft.number(often, "how much a channel holds"),
            doc=channel.doc or "",
        )
        if made[str(name)].at_most == 0:
            draft.error("LF151", name, f'the channel "{name}" would hold nothing')
    return made


def _way(view: View, spec: EnvironmentSpec, message: Text, facts: Facts) -> str | None:
    """Which way a message goes; None after a mistake."""
    draft, known = view.draft, view.draft.known
    if message in known.instructions:
        if known.instructions[message].runs != "send":
            draft.error("LF151", message, f"{message} isn't sent: it is opened, and ends")
        elif message not in spec.heard:
            draft.error("LF151", message, f'nothing hears {message} in "{view.name}"')
        else:
            return "from"
    elif draft.find("LF151", message, known.events, "event or instruction"):
        if message in facts.answers:
            answered = facts.answers[message][0].name
            draft.error("LF151", message, f"{message} comes from an open {answered}, at once")
        elif message not in spec.events:
            draft.error("LF151", message, f'nothing sends {message} in "{view.name}"')
        else:
            return "to"
    return None
