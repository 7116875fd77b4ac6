"""What is to be said of each item of coverage: covered, uncovered, unreachable or unknown.

``covered``: tests ran it. ``uncovered``: they did not, and the explorer knows a way to it. ``unreachable``:
every state of every environment was seen, and nothing leads to it. ``unknown``: not all was seen. Knows
items, reaches and coverage data; knows nothing of how they are shown.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lawful.runtime.coverage import CoverageData

from .checked import Acknowledgement, CheckedSpec
from .digest import spec_hash
from .explorer.covering import Reach
from .items import Item


class Verdict(enum.StrEnum):
    covered = "covered"
    uncovered = "uncovered"
    unreachable = "unreachable"
    unknown = "unknown"


@dataclass(frozen=True)
class Judged:
    """``steps`` is the length of the shortest way that is known. ``problem`` says what is wrong with what the
    spec says of the item, or doesn't say."""

    number: int
    item: Item
    verdict: Verdict
    steps: int | None
    acknowledged: Acknowledgement | None
    problem: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdicts of a machine. ``measured``: there is coverage data; without, nothing is covered, and what
    counts is what can be reached."""

    items: tuple[Judged, ...]
    measured: bool

    def of(self, verdict: Verdict) -> list[Judged]:
        return [one for one in self.items if one.verdict is verdict]

    @cached_property
    def problems(self) -> list[Judged]:
        return [one for one in self.items if one.problem]

    @property
    def percent(self) -> float:
        """Of what can be reached, as far as one knows, in percent: covered; or, where nothing was measured,
        reached. 100 where there is nothing."""
        wanted = Verdict.covered if self.measured else Verdict.uncovered
        whole = [
            one
            for one in self.items
            if one.verdict is not Verdict.unreachable
            and (one.verdict is not Verdict.unknown or one.acknowledged is None)
        ]
        found = sum(1 for one in whole if one.verdict is wanted)
        return 100.0 * found / len(whole) if whole else 100.0

    @property
    def open(self) -> list[Judged]:
        """What nobody knows enough of."""
        return [one for one in self.of(Verdict.unknown) if one.acknowledged is None]

    def by_kind(self) -> Mapping[str, Mapping[Verdict, int]]:
        """Kind -> verdict -> how many, kinds in the order of the items."""
        found: dict[str, dict[Verdict, int]] = {}
        for one in self.items:
            counts = found.setdefault(one.item.kind, dict.fromkeys(Verdict, 0))
            counts[one.verdict] += 1
        return found


def judge(
    reach: Reach,
    acknowledged: Mapping[int, Acknowledgement],
    seen: frozenset[str] | None,
    *,
    whole: bool = True,
) -> Judgement:
    """The verdicts. ``seen`` has the names of the items that tests ran; None where nobody measured.
    ``whole``: there is no environment that was left out."""
    found = []
    for number, item in enumerate(reach.items):
        steps, known = reach.steps(number), acknowledged.get(number)
        if seen is not None and item.id in seen:
            verdict = Verdict.covered
        elif steps is not None:
            verdict = Verdict.uncovered
        else:
            verdict = Verdict.unreachable if whole and reach.proved else Verdict.unknown
        problem = ""
        if known is not None and steps is not None:
            problem = f"the spec says that it can't be reached: {known.because}"
        elif known is None and verdict is Verdict.unreachable:
            problem = 'nothing leads to it, and "unreachable" of the spec does not say why'
        found.append(Judged(number, item, verdict, steps, known, problem))
    return Judgement(tuple(found), seen is not None)


def stale(data: CoverageData, spec: CheckedSpec) -> str | None:
    """Why coverage data can't be used for a spec; None if it can."""
    if data.spec_hash == spec_hash(spec.sources, data.spec):
        return None
    return f"it was measured with another version of {data.spec}, or with another machine; measure again"


def seen_items(data: CoverageData) -> frozenset[str]:
    """The names of the items that were seen."""
    return frozenset(i.id for i, n in zip(data.items, data.counts, strict=True) if n)
