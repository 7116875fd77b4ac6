"""What a simulated user computes, and what comes of it in plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from zlib import crc32

from dask._task_spec import Task, TaskRef

PRIME = 2**61 - 1
WORDS = ("load", "clean", "join", "sum")


class Name(str):
    """A text whose hash is the same in every process, so that the scheduler's sets are in the same order."""

    __slots__ = ()

    def __hash__(self) -> int:
        return crc32(self.encode())


class Planned(Exception):
    """A task fails because it was planned to."""


class Unstorable(int):
    """A value that no worker can put into its store."""


@dataclass(frozen=True)
class Job:
    """A task, and how it will go each time that it is run."""

    key: Name
    number: int
    inputs: tuple[Name, ...]
    how: str  # value, error, unstorable, reschedule or flaky
    times: int  # how often it is rescheduled, or fails before it succeeds
    secedes: bool
    nbytes: int
    resources: float  # of "GPU"
    priority: int

    @property
    def retries(self) -> int:
        return self.times if self.how == "flaky" else 0

    def task(self) -> Task:
        """The task as dask sends it."""
        function = {"error": fail, "unstorable": hide}.get(self.how, combine)
        return Task(self.key, function, self.number, *map(TaskRef, self.inputs))


def combine(number: int, *inputs: int) -> int:
    """A number that depends on all inputs and on their order."""
    for value in inputs:
        number = (number * 31 + value) % PRIME
    return number


def fail(number: int, *inputs: int) -> int:
    raise Planned(number)


def hide(number: int, *inputs: int) -> int:
    return Unstorable(combine(number, *inputs))


class Jobs:
    """All jobs and all scattered values of a run, with what each must come to."""

    def __init__(self) -> None:
        self.jobs: dict[Name, Job] = {}
        self.scattered: dict[Name, int] = {}
        self.lost: set[Name] = set()  # scattered, and then nobody had it any more
        self._graphs = 0
        self._expected: dict[Name, int | None] = {}

    def graph(self, rng: random.Random, known: list[Name]) -> list[Job]:
        """A few new jobs. They may use each other, and ``known`` ones."""
        self._graphs += 1
        wide = rng.random() < 0.3
        word = rng.choice(WORDS)
        made: list[Job] = []
        for index in range(rng.randint(2, 16 if wide else 8)):
            candidates = [] if wide and rng.random() < 0.7 else [job.key for job in made] + known
            count = min(len(candidates), rng.choice([0, 1, 1, 2, 2, 3, 4]))
            inputs = tuple(rng.sample(candidates, count))
            # A task is never more urgent than its inputs: the scheduler forgets then that one has failed.
            urgent = [self.jobs[key].priority for key in inputs if key in self.jobs]
            how = rng.choices(
                ["value", "reschedule", "flaky", "error", "unstorable"], [80, 8, 8, 2, 1]
            )[0]
            made.append(
                Job(
                    key=Name(f"{word}-{self._graphs}-{index}"),
                    number=rng.randrange(PRIME),
                    inputs=inputs,
                    how=how,
                    times=rng.randint(1, 2),
                    secedes=rng.random() < 0.2,
                    nbytes=rng.choice([1, 100, 10_000, 1_000_000]),
                    resources=rng.choice([0, 0, 0, 0, 0, 1, 2]),
                    priority=min([rng.choice([0, 0, 0, -1, 1]), *urgent]),
                )
            )
            self.jobs[made[-1].key] = made[-1]
        return made

    def scatter(self, rng: random.Random) -> Name:
        """A new value that is not computed."""
        key = Name(f"data-{len(self.scattered)}")
        self.scattered[key] = rng.randrange(PRIME)
        return key

    def ancestry(self, keys: Iterable[Name]) -> dict[Name, Job]:
        """The jobs of these keys and of all that they need, the needed ones first."""
        found: dict[Name, Job] = {}

        def visit(key: Name) -> None:
            job = self.jobs.get(key)
            if job is not None and key not in found:
                for needed in job.inputs:
                    visit(needed)
                found[key] = job

        for key in keys:
            visit(key)
        return found

    def expected(self, key: Name) -> int | None:
        """The value in plain Python; ``None`` if the task is planned to fail, itself or by an input."""
        if key in self.scattered:
            return self.scattered[key]
        if key not in self._expected:
            job = self.jobs[key]
            inputs = [self.expected(needed) for needed in job.inputs]
            known = [value for value in inputs if value is not None]
            fails = job.how in ("error", "unstorable") or len(known) < len(inputs)
            self._expected[key] = None if fails else combine(job.number, *known)
        return self._expected[key]

    def may_be_lost(self, key: Name) -> bool:
        """Whether it needs scattered data that is gone."""
        if key in self.scattered:
            return key in self.lost
        return any(self.may_be_lost(needed) for needed in self.jobs[key].inputs)

    def annotations(self, jobs: dict[Name, Job]) -> dict[str, Any]:
        """What a client notes about the tasks of a graph; the scheduler calls these with each key."""
        return {
            "resources": partial(_resources, jobs),
            "retries": partial(_retries, jobs),
            "priority": partial(_priority, jobs),
        }


def _resources(jobs: dict[Name, Job], key: Name) -> dict[str, float]:
    return {"GPU": jobs[key].resources} if key in jobs and jobs[key].resources else {}


def _retries(jobs: dict[Name, Job], key: Name) -> int:
    return jobs[key].retries if key in jobs else 0


def _priority(jobs: dict[Name, Job], key: Name) -> int:
    return jobs[key].priority if key in jobs else 0
