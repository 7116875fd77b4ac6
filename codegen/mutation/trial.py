"""All mutants of a machine before the judges, several at a time.

Nobody is walked far who can be caught with less: checks, tests and small environments come first, for all mutants;
then a glance into each large environment; only who is left after that is walked as far as the limits go.
Knows processes; what a mutant is and who judges it is known elsewhere.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..checked import CheckedSpec
from ..checking import check
from ..diagnostics import Diagnostics
from ..digest import spec_hash
from ..explorer.building import forget
from ..explorer.search import Limits
from ..reading import read
from ..spec import MachineSpec
from .evidence import Evidence, Journal
from .graphs import Comparison, Graph
from .judges import Court, checked_with
from .mutants import Mutant, mutants
from .table import Tally
from .verdicts import Judgement


@dataclass(frozen=True)
class Trial:
    """What is judged, and how: the spec's root file, the environments that are walked, how far, the folder of
    the generated tests, how many mutants (None: all) drawn with which seed, the file that keeps what is found, and up
    to how many states an environment is a small one."""

    spec: Path
    environments: Sequence[str]
    limits: Limits
    tests: Path | None
    sample: int | None = None
    seed: int = 0
    journal: Path | None = None
    small: int = 60_000

    @property
    def quick(self) -> Limits:
        """For small environments, and for a glance into larger ones."""
        most = self.limits.states
        return replace(self.limits, states=self.small if most is None else min(self.small, most))


def hold(
    trial: Trial, jobs: int, tell: Callable[[int, int], None] = lambda done, all: None
) -> Tally:
    """Judge the mutants, in ``jobs`` processes. ``tell`` hears how many are judged, of how many.

    The same trial gives the same tally, however many jobs there are and however often it was cut short and gone
    on with, unless a limit of time cut a walk short. ``ValueError`` if the spec has mistakes, its own tests fail,
    or the journal is of another trial.
    """
    spec, checked = _read(trial)
    every = _concerned(spec, trial)
    chosen = _sample(len(every), trial)
    context = multiprocessing.get_context("spawn")
    with (
        Journal(trial.journal, _head(trial, checked)) as journal,
        ProcessPoolExecutor(jobs, context, _begin, (trial,)) as pool,
    ):
        docket = _Docket(trial, spec, checked, every, chosen, journal, pool, tell)
        docket.judge()
        docket.compare()
        docket.explore()
    return Tally(
        checked.machine,
        len(every),
        [Judgement(every[number], *journal.mutants[number].conclude()) for number in chosen],
        [name for name in trial.environments if journal.walks.get(name, (0, False))[1]],
        [name for name in trial.environments if not journal.walks.get(name, (0, True))[1]],
    )


@dataclass
class _Docket:
    """A trial that is being held."""

    trial: Trial
    spec: MachineSpec
    checked: CheckedSpec
    every: Sequence[Mutant]
    chosen: Sequence[int]
    journal: Journal
    pool: ProcessPoolExecutor
    tell: Callable[[int, int], None]

    def judge(self) -> None:
        """All mutants before the judges that are quick."""
        left = [number for number in self.chosen if number not in self.journal.mutants]
        if not left:
            return
        failed = self.pool.submit(_failing).result()
        if failed is not None:
            raise ValueError(f"the unchanged machine fails its tests: {failed}")
        for name, states in self.pool.submit(_small).result().items():
            self.journal.walked(name, states, True)
        self._note(zip(left, self.pool.map(_judge, left), strict=True))

    def compare(self) -> None:
        """Those that nobody has caught yet in the large environments, with a glance at what happens there."""
        court = Court(self.spec, self.checked, (), self.trial.quick, None)
        changed = cache(lambda number: checked_with(self.spec, self.every[number]))
        for name in self.trial.environments:
            left = [n for n, one in self._open() if name not in one.compared]
            graph = None
            for number in left:
                mutant, evidence = self.every[number], self.journal.mutants[number]
                checked = changed(number)
                if not court.touches(mutant, checked, name):
                    evidence.compared[name] = Comparison.same
                else:
                    if graph is None:
                        graph = Graph(self.checked, name, self.trial.limits)
                        self.journal.walked(name, len(graph), graph.whole)
                    evidence.compared[name] = graph.compare(checked)
                    forget(keep={graph.package})
                self.journal.note(number, evidence)
            del graph
            forget()
            self._explore(name, self.trial.quick)

    def explore(self) -> None:
        """Those that are left as far as the limits go, where they may fail: small environments first."""
        sizes = {name: states for name, (states, _) in self.journal.walks.items()}
        for name in sorted(self.trial.environments, key=lambda name: sizes.get(name, 0)):
            self._explore(name, self.trial.limits)
        self.tell(len(self.chosen), len(self.chosen))

    def _explore(self, environment: str, limits: Limits) -> None:
        """Walk who may fail there. Who has been walked as far is not walked again."""
        quick = limits == self.trial.quick
        calls = [
            (number, environment, limits, one)
            for number, one in self._open()
            if environment in one.suspects
            and not one.explored.get(environment, False)
            and not (quick and environment in one.explored)
        ]
        self._note(
            zip((number for number, *_ in calls), self.pool.map(_explore, calls), strict=True)
        )

    def _open(self) -> list[tuple[int, Evidence]]:
        """The mutants that nobody has caught yet."""
        found = [(number, self.journal.mutants[number]) for number in self.chosen]
        return [(number, one) for number, one in found if one.verdict is None]

    def _note(self, found: Iterable[tuple[int, Evidence]]) -> None:
        for number, evidence in found:
            self.journal.note(number, evidence)
            known = self.journal.mutants
            done = sum(n in known and known[n].verdict is not None for n in self.chosen)
            self.tell(done, len(self.chosen))


def _concerned(spec: MachineSpec, trial: Trial) -> list[Mutant]:
    """All mutants but those of environments that are neither walked nor like one that is: nobody would look at them."""
    likes = {str(name): environment.like for name, environment in spec.environments.items()}
    walked = set[str]()
    for name in trial.environments:
        more: str | None = name
        while more is not None and more not in walked:
            walked.add(more)
            more = likes[more]
    return [one for one in mutants(spec) if one.path[0] != "environments" or one.path[1] in walked]


def _sample(every: int, trial: Trial) -> list[int]:
    """The numbers of the mutants to judge, in order. A larger sample has all that a smaller one has."""
    order = random.Random(trial.seed).sample(range(every), every)
    return sorted(order[: trial.sample])


def _head(trial: Trial, checked: CheckedSpec) -> dict[str, Any]:
    """What tells one trial from another. Samples of one trial are the same trial."""
    tests = None
    if trial.tests is not None:
        files = sorted(path for path in trial.tests.iterdir() if path.is_file())
        texts = {path.name: path.read_text(encoding="utf-8") for path in files}
        tests = spec_hash(texts, next(iter(texts), ""))
    return {
        "lawful mutate": 1,
        "machine": checked.machine,
        "spec": spec_hash(checked.sources, trial.spec.name),
        "tests": tests,
        "environments": list(trial.environments),
        "states": trial.limits.states,
        "seconds": trial.limits.seconds,
    }


def _read(trial: Trial) -> tuple[MachineSpec, CheckedSpec]:
    spec = read(trial.spec, Diagnostics())
    checked, _ = check(trial.spec, allow_bind=True)
    if spec is None or checked is None:
        raise ValueError(f"{trial.spec} has mistakes")
    return spec, checked


# In the processes of the pool

_courts: list[tuple[Trial, Court, list[Mutant]]] = []  # of this process


def _begin(trial: Trial) -> None:
    spec, checked = _read(trial)
    court = Court(spec, checked, trial.environments, trial.quick, trial.tests)
    _courts.append((trial, court, _concerned(spec, trial)))


def _small() -> dict[str, int]:
    """The small environments, and how many states they have."""
    _, court, _ = _courts[-1]
    return {name: len(graph) for name, graph in court.small.items()}


def _failing() -> str | None:
    """The generated test that the machine itself fails."""
    _, court, _ = _courts[-1]
    return None if court.tests is None else court.tests.first_failure(court.checked)


def _judge(number: int) -> Evidence:
    _, court, every = _courts[-1]
    return court.judge(every[number])


def _explore(call: tuple[int, str, Limits, Evidence]) -> Evidence:
    trial, court, every = _courts[-1]
    number, environment, limits, evidence = call
    if not court.explore(
        checked_with(court.spec, every[number]), environment, limits, evidence
    ) and (limits == trial.limits):
        evidence.explored[environment] = True  # whatever is left, the trial doesn't go there
    court.tidy()
    return evidence
