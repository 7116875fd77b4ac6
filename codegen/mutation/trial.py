"""All mutants of a machine before the judges, several at a time.

Knows processes; what a mutant is and who judges it is known elsewhere.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..checked import CheckedSpec
from ..checking import check
from ..diagnostics import Diagnostics
from ..explorer.building import forget
from ..explorer.search import Limits
from ..reading import read
from ..spec import MachineSpec
from .graphs import Comparison, Graph
from .judges import Court, Judgement, Verdict, checked_with
from .mutants import Mutant, mutants
from .table import Tally


@dataclass(frozen=True)
class Trial:
    """What is judged, and how: the spec's root file, the environments that are walked, how far, the folder of
    the generated tests, and how many mutants (None: all) drawn with which seed."""

    spec: Path
    environments: Sequence[str]
    limits: Limits
    tests: Path | None
    sample: int | None = None
    seed: int = 0


def hold(
    trial: Trial, jobs: int, tell: Callable[[int, int], None] = lambda done, all: None
) -> Tally:
    """Judge the mutants, in ``jobs`` processes. ``tell`` hears how many are judged, of how many.

    The same trial gives the same tally, however many jobs there are, unless a limit of time cut a walk short.
    ``ValueError`` if the spec has mistakes, or its own tests fail.
    """
    spec, checked = _read(trial)
    court = Court(spec, trial.limits, trial.tests)
    failed = None if court.tests is None else court.tests.first_failure(checked)
    if failed is not None:
        raise ValueError(f"the unchanged machine fails its tests: {failed}")
    every = mutants(spec)
    chosen = _sample(len(every), trial)
    found: dict[int, tuple[Verdict, str]] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (trial,)) as pool:
        left = []
        for number, judged in zip(chosen, pool.map(_judge, chosen), strict=True):
            if judged is None:
                left.append(number)
            else:
                found[number] = judged
                tell(len(found), len(chosen))
        compared, whole = _compared(trial, spec, checked, [every[number] for number in left])
        calls = [
            (number, [name for name, what in seen.items() if what is not Comparison.same])
            for number, seen in zip(left, compared, strict=True)
        ]
        noticed = pool.map(_explore, calls)
        for number, seen, said in zip(left, compared, noticed, strict=True):
            found[number] = _verdict(seen, said, all(whole.values()))
            tell(len(found), len(chosen))
    return Tally(
        checked.machine,
        len(every),
        [Judgement(every[number], *found[number]) for number in chosen],
        [name for name in whole if whole[name]],
        [name for name in whole if not whole[name]],
    )


def _compared(
    trial: Trial, spec: MachineSpec, checked: CheckedSpec, left: Sequence[Mutant]
) -> tuple[list[dict[str, Comparison]], dict[str, bool]]:
    """Each mutant in each environment, those with the fewest states first; and which of these were walked whole."""
    found: list[dict[str, Comparison]] = [{} for _ in left]
    whole: dict[str, bool] = {}
    sizes: dict[str, int] = {}
    for name in trial.environments:
        graph = Graph(checked, name, trial.limits)
        whole[name], sizes[name] = graph.whole, len(graph)
        for mutant, seen in zip(left, found, strict=True):
            seen[name] = graph.compare(checked_with(spec, mutant))
            graph.tidy()
        del graph
        forget()
    order = sorted(sizes, key=lambda name: sizes[name])
    return [{name: seen[name] for name in order} for seen in found], whole


def _verdict(
    seen: Mapping[str, Comparison], noticed: str | None, whole: bool
) -> tuple[Verdict, str]:
    if noticed is not None:
        return Verdict.explorer, noticed
    for name, what in seen.items():
        if what is Comparison.differs:
            return Verdict.survived, f"{name}: different"
    if whole and Comparison.unknown not in seen.values():
        return Verdict.equivalent, ""
    return Verdict.undetermined, ""


def _sample(every: int, trial: Trial) -> list[int]:
    """The numbers of the mutants to judge, in order."""
    if trial.sample is None or trial.sample >= every:
        return list(range(every))
    return sorted(random.Random(trial.seed).sample(range(every), trial.sample))


def _read(trial: Trial) -> tuple[MachineSpec, CheckedSpec]:
    spec = read(trial.spec, Diagnostics())
    checked, _ = check(trial.spec, allow_bind=True)
    if spec is None or checked is None:
        raise ValueError(f"{trial.spec} has mistakes")
    return spec, checked


_courts: list[tuple[Court, list[Mutant]]] = []  # of this process


def _begin(trial: Trial) -> None:
    spec, _ = _read(trial)
    _courts.append((Court(spec, trial.limits, trial.tests), mutants(spec)))


def _judge(number: int) -> tuple[Verdict, str] | None:
    court, every = _courts[-1]
    judgement = court.judge(every[number])
    forget()
    return None if judgement is None else (judgement.verdict, judgement.noticed)


def _explore(call: tuple[int, list[str]]) -> str | None:
    court, every = _courts[-1]
    noticed = court.explore(every[call[0]], call[1])
    forget()
    return noticed
