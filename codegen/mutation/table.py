"""What became of the mutants: as text, as Markdown for a file that is kept, and as JSON.

Knows judgements; decides nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..markdown import code, prose, table
from .verdicts import Judgement, Verdict

_CAUGHT = (Verdict.check, Verdict.tests, Verdict.explorer)


@dataclass(frozen=True)
class Tally:
    """The judgements of one machine. ``all`` is how many mutants there are; ``judged`` may be a sample of
    them. ``worlds`` are the environments that were walked whole, ``parts`` those that were not."""

    machine: str
    all: int
    judged: Sequence[Judgement]
    worlds: Sequence[str]
    parts: Sequence[str]

    def count(self, *verdicts: Verdict) -> int:
        return sum(one.verdict in verdicts for one in self.judged)

    @property
    def survivors(self) -> list[Judgement]:
        return [one for one in self.judged if one.verdict is Verdict.survived]

    @property
    def undetermined(self) -> list[Judgement]:
        return [one for one in self.judged if one.verdict is Verdict.undetermined]

    @property
    def percent(self) -> float:
        """How many of those that are not known to be equivalent were caught; 100 where there are none."""
        caught = self.count(*_CAUGHT)
        rest = caught + len(self.survivors) + len(self.undetermined)
        return 100.0 if not rest else 100.0 * caught / rest

    @property
    def sentence(self) -> str:
        """The result in one line."""
        of = "" if len(self.judged) == self.all else f" (a sample of {self.all:,})"
        return (
            f"{self.machine}: {len(self.judged):,} mutants{of}, {self.count(*_CAUGHT):,} caught, "
            f"{self.count(Verdict.equivalent):,} equivalent, {len(self.survivors):,} survived, "
            f"{len(self.undetermined):,} undetermined: "
            f"{self.percent:.1f} % of those that are not equivalent caught"
        )


def rows(tally: Tally) -> list[list[str]]:
    """For each operator: how many mutants, and how many of them each verdict has."""
    operators = dict.fromkeys(one.mutant.operator for one in tally.judged)
    found = []
    for operator in operators:
        counts = Counter(one.verdict for one in tally.judged if one.mutant.operator == operator)
        found.append(
            [operator, str(counts.total()), *(str(counts[verdict]) for verdict in Verdict)]
        )
    total = Counter(one.verdict for one in tally.judged)
    return [*found, ["all", str(total.total()), *(str(total[verdict]) for verdict in Verdict)]]


_HEAD = ("change", "mutants", *(verdict.value for verdict in Verdict))


def text(tally: Tally) -> str:
    """For a terminal: the table, every survivor with its line, and the result."""
    lines = [_HEAD, *rows(tally)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(_HEAD))]
    told = [
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    for verdict, held in _left(tally):
        told += ["", f"{verdict}:", *(f"  {one.mutant}" for one in held)]
    told += ["", *_worlds(tally), tally.sentence]
    return "\n".join(told) + "\n"


def markdown(tally: Tally) -> str:
    """The table and the survivors, for a document."""
    told = [
        table(_HEAD, rows(tally)),
        "",
        *_worlds(tally),
        f"{prose(tally.sentence)}.",
    ]
    for verdict, held in _left(tally):
        told += ["", f"{verdict.value.capitalize()}:", ""]
        for mutant in (one.mutant for one in held):
            place = f"{mutant.place.path}:{mutant.place.line}"
            told.append(f"* {code(place)} {prose(mutant.operator)}: {code(mutant.about)}")
    return "\n".join(told) + "\n"


def _left(tally: Tally) -> list[tuple[Verdict, list[Judgement]]]:
    """Those that nobody caught and that aren't known to be equivalent."""
    found = [(Verdict.survived, tally.survivors), (Verdict.undetermined, tally.undetermined)]
    return [(verdict, held) for verdict, held in found if held]


def _worlds(tally: Tally) -> list[str]:
    told = []
    if tally.worlds:
        told.append(f"Walked whole: {', '.join(tally.worlds)}.")
    if tally.parts:
        told.append(f"Walked up to the limits: {', '.join(tally.parts)}.")
    return told


def as_json(tally: Tally) -> str:
    """Everything, for programs."""
    judged = [
        {
            "operator": one.mutant.operator,
            "about": one.mutant.about,
            "path": one.mutant.place.path,
            "line": one.mutant.place.line,
            "verdict": one.verdict.value,
            "noticed": one.noticed,
        }
        for one in tally.judged
    ]
    data = {
        "machine": tally.machine,
        "mutants": tally.all,
        "percent": round(tally.percent, 1),
        "walked": list(tally.worlds),
        "walked in part": list(tally.parts),
        "judged": judged,
    }
    return json.dumps(data, indent=2) + "\n"
