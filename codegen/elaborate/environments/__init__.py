"""Environments: the closed worlds in which a machine is explored.

One module a concern: what snippets see there, values, ghosts, cases, host functions, symmetric values.
Here they are put together. An environment changes nothing of the machine, so it comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...checked import Invariant
from ...part import Text
from ...snippets.environment import Declarations
from ...types import STR, Named, Type
from ...world import Datum, Environment
from ...worldspec import EnvironmentSpec, InvariantSpec
from ..draft import Draft, size_of
from ..names import check_labels
from ..properties import make_invariant
from .cases import Closing
from .facts import Facts
from .ghosts import declare_channels, declare_ghosts, warn_unread
from .happenings import close_happenings, open_happenings
from .hosts import hosts, silent
from .symmetry import check_closed, renamed, symmetries
from .values import begun_with, configured, deviating, field_values, representations
from .view import View, represented, retyped

MAX_FIELDS = 20_000  # of outcomes, in all environments together; an environment counts as ten


def declare_environments(draft: Draft) -> None:
    """Fill ``draft.environments``."""
    facts = Facts(draft)
    check_labels(draft, draft.spec.environments, "environment")
    each = 10 + sum(
        len(answered) * (1 + len(draft.known.events[event].fields))
        for event, answered in facts.answers.items()
    )
    seen: dict[tuple[tuple[str, Type], ...], Declarations] = {}
    whole: dict[str, EnvironmentSpec] = {}
    for count, (name, own) in enumerate(draft.spec.environments.items(), start=1):
        whole[str(name)] = spec = _completed(draft, own, whole)
        size = 0 if own.like is None else 10 * size_of(spec)  # its snippets are short and many
        fits = draft.fits(name, count * each, MAX_FIELDS, "fields of outcomes in environments")
        if not fits or not draft.repeat(name, size):
            return
        table = representations(draft, spec)
        key = tuple(sorted(table.items(), key=lambda item: item[0]))
        if key not in seen:
            if not draft.repeat(name, size_of(draft.spec) if seen else 0):
                return
            seen[key] = represented(draft.known, table)
        declared = replace(seen[key], context=dict(seen[key].context))
        view = View(draft, name, declared, retyped(draft.names, table), table)
        draft.environments[str(name)] = _environment(view, spec, facts)


def _completed(
    draft: Draft, own: EnvironmentSpec, whole: Mapping[str, EnvironmentSpec]
) -> EnvironmentSpec:
    """An environment with all that it takes over from the one that it is ``like``, which comes first."""
    if own.like is None or not draft.find("LF140", own.like, whole, "environment before it called"):
        return own
    other = whole[own.like]
    taken: dict[str, object] = {}
    for section in EnvironmentSpec.model_fields:
        mine, theirs = getattr(own, section), getattr(other, section)
        if section not in ("doc", "like"):
            taken[section] = _over(theirs, mine) if isinstance(mine, dict) else mine or theirs
    return own.model_copy(update=taken)


def _over(theirs: Mapping[Text, object], mine: Mapping[Text, object]) -> dict[Text, object]:
    """The entries of both, in the order of the first; one that is in both is mine, and stands there."""
    own = {name: name for name in mine}
    return {own.get(name, name): mine.get(name, entry) for name, entry in theirs.items()} | {**mine}


def _environment(view: View, spec: EnvironmentSpec, facts: Facts) -> Environment:
    draft = view.draft
    declare_ghosts(view, spec.ghosts)
    values = field_values(view, spec, facts)
    config = configured(view, spec)
    context = begun_with(view, spec)
    channels = declare_channels(view, spec, facts)
    carrier = {
        message: channel.name for channel in channels.values() for message in channel.carries
    }
    happenings = open_happenings(view, spec, facts, carrier)
    answers = hosts(view, spec.host)
    always = _properties(view, spec.always, "property")
    at_quiescence = _properties(view, spec.at_quiescence, "property at quiescence")
    reachable = _properties(view, spec.reachable, "reachable state")
    closing = Closing(view, facts, values)
    answers |= silent(view, closing.told_apart, answers)
    happened = close_happenings(view, happenings, closing, carrier)
    alike = symmetries(view, spec, values, facts)
    free = [
        *(case for source in happened.sources.values() for case in source.cases),
        *(case for outcome in happened.outcomes.values() for case in outcome.cases),
    ]
    check_closed(view, spec, free, values, alike)
    _check_unlike(view, spec.config, config, alike, "configuration value")
    _check_unlike(view, spec.context, context, alike, "value of the context")
    warn_unread(view)
    return Environment(
        name=str(view.name),
        doc=spec.doc or "",
        span=view.name.span,
        values=values,
        symmetric=tuple(map(str, spec.symmetric)),
        symmetries=alike,
        representations={
            name: view.representations.get(name, STR)
            for name, named in draft.known.types.items()
            if isinstance(named.type, Named) and named.type.base is None
        },
        config=config,
        context=context,
        deviations=deviating(draft, spec),
        initial=happened.initial,
        ghosts=view.ghosts,
        channels=channels,
        sources=happened.sources,
        steps=happened.steps,
        outcomes=happened.outcomes,
        may_stay_open=happenings.may_stay_open,
        heard=happenings.heard,
        host={name: answers[name] for name in draft.known.host if name in answers},
        always=always,
        at_quiescence=at_quiescence,
        reachable=reachable,
    )


def _properties(
    view: View, specs: Mapping[Text, InvariantSpec], what: str
) -> tuple[Invariant, ...]:
    check_labels(view.draft, specs, what)
    made = []
    for name, spec in specs.items():
        found = make_invariant(view.draft, name, spec, what, view.declared)
        if found is None:
            continue
        invariant, checks = found
        for checked in checks:
            view.note(checked, checked.value)
        made.append(invariant)
    return tuple(made)


def _check_unlike(
    view: View,
    spec: Mapping[Text, object],
    made: Mapping[str, Datum],
    symmetries: tuple[tuple[str, ...], ...],
    what: str,
) -> None:
    """Nothing that the machine is given holds one of several values that are alike."""
    for name in spec:
        value = made.get(name)
        for texts in symmetries:
            if renamed(value, dict.fromkeys(texts, "")) != value:
                view.draft.error(
                    "LF154",
                    name,
                    f'the {what} "{name}" is or holds one of several symmetric values, which '
                    "makes it unlike the others",
                )
