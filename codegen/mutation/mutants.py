"""Every mutant of a spec: one small change, where it is, and the spec with it.

Knows which keys of a spec hold what; knows nothing of who judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..diagnostics import Span
from ..part import Part, Text
from ..spec import (
    CaseSpec,
    CellSpec,
    CompletionSpec,
    FamilySpec,
    HandlerSpec,
    MachineSpec,
    ProcedureSpec,
    TransitionSpec,
)
from ..worldspec import EnvironmentCaseSpec, InvariantSpec
from . import snippets
from .paths import Path, changed, parts

_SNIPPETS: tuple[tuple[type[Part], tuple[str, ...]], ...] = (
    (CaseSpec, ("do",)),
    (HandlerSpec, ("before", "first", "after")),
    (FamilySpec, ("before", "first", "after")),
    (ProcedureSpec, ("do",)),
    (CompletionSpec, ("do",)),
)


@dataclass(frozen=True)
class Mutant:
    """``operator``: the kind of change. ``about``: what was there. ``place``: where. ``path`` and ``value``:
    what stands there now, None for nothing."""

    operator: str
    about: str
    place: Span
    path: Path
    value: object

    def of(self, spec: MachineSpec) -> MachineSpec:
        """The spec with this change."""
        return changed(spec, self.path, self.value)

    def __str__(self) -> str:
        return f"{self.place.path}:{self.place.line}  {self.operator}: {self.about}"


def mutants(spec: MachineSpec) -> list[Mutant]:
    """All mutants, in the order of the spec's sections; those of invariants come last."""
    names = _Names(spec)
    found = [one for path, part in parts(spec) for one in _of_part(path, part, names)]
    return [*found, *_weakened(spec)]


class _Names:
    """What may stand in the place of a state or request: the one declared after it, in the same entity."""

    def __init__(self, spec: MachineSpec) -> None:
        self._after: dict[str, str] = {}
        for entity in spec.entities.values():
            self._add(list(entity.states), [*entity.states, *entity.requests])

    def _add(self, states: Sequence[str], requests: Sequence[str]) -> None:
        for names in (states, requests):
            for one, other in zip(names, [*names[1:], *names[:1]], strict=True):
                self._after.setdefault(one, other)

    def other(self, name: str) -> str | None:
        found = self._after.get(name)
        return None if found == name else found


def _of_part(path: Path, part: Part, names: _Names) -> Iterator[Mutant]:
    if isinstance(part, CaseSpec):
        yield from _of_case(path, part, names)
    if isinstance(part, TransitionSpec | CellSpec):
        yield from _reordered(path, part)
    for kind, keys in _SNIPPETS:
        if isinstance(part, kind):
            for key in keys:
                yield from _of_snippet((*path, key), getattr(part, key))
    if isinstance(part, EnvironmentCaseSpec) and part.when is not None:
        yield _gone("widen an environment", (*path, "when"), part.when)


def _of_case(path: Path, case: CaseSpec, names: _Names) -> Iterator[Mutant]:
    if case.when is not None:
        yield _gone("drop a guard", (*path, "when"), case.when)
        negated = Text(snippets.negated(case.when), case.when.span)
        yield _put("negate a guard", (*path, "when"), case.when, negated)
    for key in ("becomes", "recommend", "redirect"):
        target = getattr(case, key)
        if target is None:
            continue
        other = names.other(target)
        if other is not None:
            yield _put("swap a target", (*path, key), target, Text(other, target.span))
        if key == "recommend":
            without = changed(case, ("args",), None) if case.args is not None else case
            value = changed(without, ("recommend",), None)
            yield Mutant("drop a recommend", str(target), target.span, path, value)
    yield from _items("drop an assert", (*path, "assert_"), case.assert_)
    yield from _items("drop an emit", (*path, "emit"), case.emit)
    emits = case.emit if isinstance(case.emit, list) else [case.emit]
    for number, emit in enumerate(emits):
        if emit is not None:
            place = (*path, "emit", number) if isinstance(case.emit, list) else (*path, "emit")
            for found in snippets.expression(emit):
                yield _snippet(found, place, emit)


def _items(operator: str, path: Path, held: Text | list[Text] | None) -> Iterator[Mutant]:
    """Each of several gone, or the only one."""
    if isinstance(held, list):
        for number, item in enumerate(held):
            rest = [one for n, one in enumerate(held) if n != number]
            yield Mutant(operator, _short(item), item.span, path, rest or None)
    elif held is not None:
        yield _gone(operator, path, held)


def _reordered(path: Path, part: TransitionSpec | CellSpec) -> Iterator[Mutant]:
    cases = part.cases
    for number in range(len(cases) - 1):
        swapped = [*cases]
        swapped[number : number + 2] = [cases[number + 1], cases[number]]
        first = cases[number]
        about = f"the {number + 1}. case after the {number + 2}."
        yield Mutant("reorder cases", about, first.span, (*path, "cases"), swapped)


def _weakened(spec: MachineSpec) -> Iterator[Mutant]:
    """Each invariant without one of the conditions that it joins, or gone."""
    for section in ("invariants", "at_quiescence"):
        held: dict[Text, InvariantSpec] = getattr(spec, section)
        for name, invariant in held.items():
            for found in snippets.conjuncts(invariant.holds):
                yield _snippet(found, (section, name, "holds"), invariant.holds)
            rest = {key: one for key, one in held.items() if key != name}
            yield Mutant("weaken an invariant", str(name), name.span, (section,), rest)


def _of_snippet(path: Path, text: Text | None) -> Iterator[Mutant]:
    if text is not None:
        for found in snippets.statements(text):
            yield _snippet(found, path, text)


def _snippet(found: snippets.Changed, path: Path, text: Text) -> Mutant:
    place = text.locate(found.at, found.at + len(found.about))
    return Mutant(found.operator, found.about, place, path, Text(found.text, text.span))


def _gone(operator: str, path: Path, text: Text) -> Mutant:
    return Mutant(operator, _short(text), text.span, path, None)


def _put(operator: str, path: Path, text: Text, new: Text) -> Mutant:
    return Mutant(operator, _short(text), text.span, path, new)


def _short(text: str) -> str:
    return " ".join(text.split())
