"""Invariants, properties at rest, and the hooks that observe."""

from __future__ import annotations

from dataclasses import replace

from ..checked import Acknowledgement, Invariant
from ..part import Text
from ..snippets.check import check_expression
from ..snippets.environment import Checked, Declarations, Surroundings
from ..snippets.ir import Expr
from ..types import BOOL, EntityType
from ..worldspec import InvariantSpec
from .draft import Draft
from .names import check_labels


def declare_invariants(draft: Draft) -> None:
    """Fill ``draft.invariants`` and ``draft.at_quiescence``."""
    sections = (
        (draft.spec.invariants, draft.invariants, "invariant"),
        (draft.spec.at_quiescence, draft.at_quiescence, "property at quiescence"),
    )
    for specs, made, what in sections:
        for name, spec in specs.items():
            found = make_invariant(draft, name, spec, what, draft.known)
            if found is not None:
                made.append(found[0])
        check_labels(draft, specs, what)


def make_invariant(
    draft: Draft, name: Text, spec: InvariantSpec, what: str, known: Declarations
) -> tuple[Invariant, list[Checked[Expr]]] | None:
    """A property that snippets which see ``known`` speak of, and those snippets; None without its
    entity."""
    # No guard: what it says decides nothing, so it may read what the explorer ignores; the explorer can
    # then show it broken and can't prove it.
    around = Surroundings(place=f'the {what} "{name}"', pure=True)
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
    checks = []
    if spec.when is not None:
        if spec.for_ is None:
            draft.error("LF118", spec.when, '"when" goes with "for"')
            return None
        guard = check_expression(spec.when, around, known, draft.diagnostics, BOOL)
        draft.usage.add(guard.effects)
        around = around.after(guard)
        checks.append(guard)
        when = guard.value
    checked = check_expression(spec.holds, around, known, draft.diagnostics, BOOL)
    draft.usage.add(checked.effects)
    effects = checked.effects
    constant = not (effects.reads or checked.read or effects.calls or effects.hosts)
    if checked.ok and constant:
        draft.error("LF218", spec.holds, f'the {what} "{name}" reads nothing that could change')
    invariant = Invariant(
        name=str(name),
        entity=None if spec.for_ is None else str(spec.for_),
        holds=checked.value,
        span=name.span,
        when=when,
        doc=spec.doc or "",
    )
    return invariant, [*checks, checked]


def acknowledgements(draft: Draft) -> dict[str, Acknowledgement]:
    """What is known to be led to by no environment. Whether there are such items is seen later."""
    return {
        str(name): Acknowledgement(str(name), draft.reason(because), name.span)
        for name, because in draft.spec.unreachable.items()
    }


def observers(draft: Draft) -> tuple[str, ...]:
    """The hooks that are told of what happens."""
    known: dict[str, None] = {}
    for text in draft.spec.observers:
        if text in known:
            draft.error("LF138", text, f'"{text}" is listed twice')
        if draft.one_of(text, ("transition",), "hook"):
            known[str(text)] = None
    return tuple(known)
