"""Two specs compared, fact by fact.

Knows facts only. Comparing the other way round gives the same places with the sides exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import Literal

from ..checked import CheckedSpec
from ..diagnostics import Span
from ..plain import shortened
from .alpha import Said
from .behaviour import behaviour
from .declared import declared
from .facts import (
    BEHAVIOUR,
    CALLERS,
    COMPATIBLE,
    HISTORIES,
    CaseView,
    Collector,
    Effect,
    Effects,
    Fact,
    Facts,
    Path,
)

__all__ = ["Difference", "Effect", "differences"]

_HANDLING = ("subject", "before", "first", "after", "cell")  # the parts of a handler
_SHOWN = 120  # characters of a text in a line of words


@dataclass(frozen=True)
class Difference:
    """What changed. ``effects`` is what that breaks; empty: compatible. ``old`` and ``new`` are the places,
    None on the side that lacks the thing. The texts are whole, and empty where there is none."""

    effects: Effects
    change: Literal["added", "removed", "changed"]
    about: str
    what: str
    old: Span | None
    new: Span | None
    old_text: str = ""
    new_text: str = ""
    where: tuple[str, ...] = ()
    request: str = ""

    @property
    def label(self) -> str:
        """``breaking for callers and histories``, ``behaviour``, ``compatible``."""
        broken = [name for name in ("callers", "histories") if name in self.effects]
        if broken:
            return f"breaking for {' and '.join(broken)}"
        return "behaviour" if self.effects else "compatible"

    @property
    def words(self) -> str:
        """The difference in one line; of long texts what differs."""
        about, where = self.about, ", ".join(self.where)
        if self.request:
            about = f"{about} {where} -> {self.request}"
        elif where:
            about = f"{about} in {where}"
        subject = f"{about}: {self.what}" if self.what else about
        old, new = _told(self.old_text, self.new_text)
        match self.change:
            case "added":
                return f"{subject} is new{f': {new}' if self.new_text else ''}"
            case "removed":
                return f"{subject} is gone{f': {old}' if self.old_text else ''}"
        if not self.new_text:
            return f"{subject} changed"
        return f"{subject} is {new}, was {old}"


def _told(old: str, new: str) -> tuple[str, str]:
    """Both texts in one line, without the lines that they have in common at both ends."""
    was, now = old.split("\n"), new.split("\n")
    head = _alike(was, now)
    tail = _alike(was[head:][::-1], now[head:][::-1])
    cut = "… " if head else ""
    return _line(cut, was[head : len(was) - tail]), _line(cut, now[head : len(now) - tail])


def _line(cut: str, lines: Sequence[str]) -> str:
    joined = "; ".join(line.strip() for line in lines).replace(":; ", ": ")
    return shortened(cut + joined, _SHOWN) if joined else "nothing"


def _alike(was: Sequence[object], now: Sequence[object]) -> int:
    """How many items both begin with."""
    count = 0
    for old, new in zip(was, now, strict=False):
        if old != new:
            break
        count += 1
    return count


def aligned(
    was: Sequence[object], now: Sequence[object]
) -> Iterator[tuple[int | None, int | None]]:
    """Which item of ``was`` is which of ``now``, by their numbers; None where one has no counterpart. Those
    that both begin and end with are the same ones, and what is left between them is taken in its order."""
    head = _alike(was, now)
    tail = _alike(was[head:][::-1], now[head:][::-1])
    ends = len(was) - tail, len(now) - tail
    yield from zip(range(head), range(head), strict=True)
    yield from zip_longest(range(head, ends[0]), range(head, ends[1]))
    yield from zip(range(ends[0], len(was)), range(ends[1], len(now)), strict=True)


def is_another(before: Fact | None, after: Fact | None) -> bool:
    """Whether a fact differs in meaning; one that a side lacks does, unless it says something only where both
    have it."""
    if before is None or after is None:
        fact = before or after
        return fact is not None and not (fact.mutual or fact.order)
    if before.cases and after.cases:
        return before.cases != after.cases
    if not after.order:
        return before.value != after.value
    was, now = _common_order(before, after)
    return was != now


def _common_order(before: Fact, after: Fact) -> tuple[list[str], list[str]]:
    """The names that both have, in the order of each."""
    common = set(before.names) & set(after.names)
    was, now = ([name for name in fact.names if name in common] for fact in (before, after))
    return was, now


def facts_of(spec: CheckedSpec) -> Facts:
    """Every fact of a machine, by its path."""
    found = Collector()
    declared(spec, found)
    behaviour(spec, found)
    return found.facts


def differences(old: CheckedSpec, new: CheckedSpec) -> tuple[Difference, ...]:
    """What changed in meaning from ``old`` to ``new``, the worst first, then in the order of the kinds."""
    comparison = _Comparison(facts_of(old), facts_of(new))
    found = _joined(list(comparison.run()))
    return tuple(sorted(found, key=_rank))


def _rank(difference: Difference) -> int:
    if difference.effects & (CALLERS | HISTORIES):
        return 0
    return 1 if difference.effects else 2


@dataclass(frozen=True)
class _Comparison:
    old: Facts
    new: Facts

    def run(self) -> Iterator[Difference]:
        paths = dict.fromkeys((*self.old, *self.new))
        kinds = {kind: rank for rank, kind in enumerate(dict.fromkeys(path[0] for path in paths))}
        linked: list[Path] = []
        told: set[Path] = set()
        for path in sorted(paths, key=lambda path: kinds[path[0]]):
            before, after = self.old.get(path), self.new.get(path)
            if path[2:3] == ("locals",):
                linked.append(path)
                continue
            for difference in self._compared(path, before, after):
                if path[2:3] and path[2] in _HANDLING:
                    told.add(path[:2])
                yield difference
        # The parts of a handler agree, and yet not what they hand to one another.
        for path in linked:
            if path[:2] not in told:
                yield from self._compared(path, self.old.get(path), self.new.get(path))

    def _compared(
        self, path: Path, before: Fact | None, after: Fact | None
    ) -> Iterator[Difference]:
        fact = after or before
        for difference in self._plainly(path, before, after):
            if fact is not None and fact.request:
                difference = replace(difference, where=(fact.start,), request=fact.request)
            yield difference

    def _plainly(self, path: Path, before: Fact | None, after: Fact | None) -> Iterator[Difference]:
        if before is not None and after is not None:
            yield from self._both(before, after)
            return
        fact = before or after
        if fact is None or fact.mutual or fact.order or self._told_above(path):
            return
        text = "" if fact.value.text.startswith("otherwise") else fact.value.text
        if after is None:
            rule = fact.rule.removed
            yield Difference(rule, "removed", fact.about, fact.what, fact.span, None, text)
        else:
            rule = fact.rule.added
            yield Difference(rule, "added", fact.about, fact.what, None, fact.span, "", text)

    def _told_above(self, path: Path) -> bool:
        above = (path[:end] for end in range(1, len(path)))
        return any((part in self.old) != (part in self.new) for part in above)

    def _both(self, before: Fact, after: Fact) -> Iterator[Difference]:
        if not is_another(before, after):
            return
        if after.order:
            was, now = _common_order(before, after)
            effects = after.rule.change(before, after)
            yield _changed(effects, before, after, ", ".join(was), ", ".join(now))
        elif before.cases and after.cases:
            yield from _cases(before, after)
        else:
            effects = _effects(before.value, after.value, after.rule.change(before, after))
            yield _changed(effects, before, after, *_texts(before.value, after.value))


def _changed(
    effects: Effects, before: Fact, after: Fact, old_text: str, new_text: str
) -> Difference:
    return Difference(
        effects, "changed", after.about, after.what, before.span, after.span, old_text, new_text
    )


def _texts(old: Said, new: Said) -> tuple[str, str]:
    """What is shown; where it looks alike (a group has other states), what was compared."""
    if old.text != new.text:
        return old.text, new.text
    if new.text.startswith("otherwise"):
        return "", ""
    return old.canon, new.canon


def _effects(old: Said, new: Said, effects: Effects) -> Effects:
    """Instructions that are emitted one after the other, in another order, are the same work; but
    histories hold the order."""
    if effects == BEHAVIOUR and _unordered(old) == _unordered(new):
        return HISTORIES
    return effects


def _unordered(said: Said) -> list[str]:
    """The statements, those that emit one after the other sorted."""
    runs = groupby(said.canon.split("\n"), key=lambda line: line.startswith("emit("))
    return [line for emits, run in runs for line in (sorted(run) if emits else run)]


# -------------------------------------------------------------------------------------------- cases


def _cases(before: Fact, after: Fact) -> Iterator[Difference]:
    """Cases are compared in their order: those that both begin and end with are the same ones."""
    was, now = before.cases, after.cases
    many = max(len(was), len(now)) > 1
    cell = after.path[2:3] == ("cell",)
    where = (after.what,) if cell and after.what != "-" else ()
    for i, j in aligned(was, now):
        old = was[i] if i is not None else None
        new = now[j] if j is not None else None
        if old == new:
            continue
        position = (j if j is not None else i or 0) + 1
        case = f"case {position}" if many else ""
        if old is not None and new is not None:
            for difference in _parts(before, after, old, new, case, cell=cell):
                yield replace(difference, where=where)
            continue
        if new is not None:
            yield Difference(
                BEHAVIOUR, "added", after.about, case, None, new.span, "", _summary(new), where
            )
        elif old is not None:
            yield Difference(
                BEHAVIOUR, "removed", after.about, case, old.span, None, _summary(old), "", where
            )


def _summary(view: CaseView) -> str:
    guard, outcome, body = view.part("guard"), view.part("outcome"), view.part("body")
    told = f"if {guard.text}, {outcome.text}" if guard.canon else outcome.text
    return f"{told}\n{body.text}" if body.canon else told


def _parts(
    before: Fact, after: Fact, old: CaseView, new: CaseView, case: str, *, cell: bool
) -> Iterator[Difference]:
    verdicts = old.part("outcome").canon, new.part("outcome").canon
    for (name, was), (_, now) in zip(old.parts, new.parts, strict=True):
        if was == now:
            continue
        if cell and name == "body" and verdicts[0] != verdicts[1]:
            continue  # told with the outcome
        effects = _effects(was, now, BEHAVIOUR)
        texts = _texts(was, now)
        if cell and name == "outcome":
            effects = _verdict_effects(*verdicts)
            texts = _summary_of(old), _summary_of(new)
        what = f"what {case or 'it'} does"
        if name != "body":
            what = f"{name} of {case}" if case else name
        yield Difference(effects, "changed", after.about, what, old.span, new.span, *texts)


def _summary_of(view: CaseView) -> str:
    body = view.part("body")
    outcome = view.part("outcome").text
    return f"{outcome}\n{body.text}" if body.canon else outcome


def _verdict_effects(was: str, now: str) -> Effects:
    """Who sends an event that is refused now has to know; one that is refused no more is welcome."""
    if now == "impossible":
        return CALLERS
    return COMPATIBLE if was == "impossible" else BEHAVIOUR


def _joined(found: list[Difference]) -> list[Difference]:
    """Cells that were written as one and changed in the same way are one difference."""
    joined: dict[Difference, list[str]] = {}
    for difference in found:
        joined.setdefault(replace(difference, where=()), []).extend(difference.where)
    return [replace(d, where=tuple(where)) for d, where in joined.items()]
