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
from .judges import Court, Graph, Judgement, Verdict, walked
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
    court = Court(spec, checked, {}, trial.limits, trial.tests)
    failed = None if court.tests is None else court.tests.first_failure(checked)
    if failed is not None:
        raise ValueError(f"the unchanged machine fails its tests: {failed}")
    graphs = {name: walked(checked, name, trial.limits) for name in trial.environments}
    every = mutants(spec)
    judged: list[Judgement] = []
    chosen = _sample(len(every), trial)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (trial, graphs)) as pool:
        for number, (verdict, noticed) in zip(chosen, pool.map(_judge, chosen), strict=True):
            judged.append(Judgement(every[number], verdict, noticed))
            tell(len(judged), len(chosen))
    return Tally(
        checked.machine,
        len(every),
        judged,
        [name for name, graph in graphs.items() if graph.digest is not None],
        [name for name, graph in graphs.items() if graph.digest is None],
    )


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


def _begin(trial: Trial, graphs: Mapping[str, Graph]) -> None:
    spec, checked = _read(trial)
    _courts.append((Court(spec, checked, graphs, trial.limits, trial.tests), mutants(spec)))


def _judge(number: int) -> tuple[Verdict, str]:
    court, every = _courts[-1]
    judgement = court.judge(every[number])
    forget()
    return judgement.verdict, judgement.noticed
