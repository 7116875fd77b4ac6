"""How many tasks are in each state, and for how long they have been: ``WorkerState.task_counter``.

The face of ``distributed``'s own counter, with the same answers. That one goes over all its numbers in
each step; here a step costs what it moves. Knows the prefix and the state of a task, nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, get_args

from dask.utils import key_split

from lawful.generated.worker.entities import TaskState

from .host import UPSTREAM
from .task import stem_of

_STEMS_REMEMBERED = 10_000
_STATES: tuple[TaskState, ...] = get_args(TaskState)


class TaskCounter:
    """Counts tasks by prefix and state.

    Of each it keeps how many are there, and the sum of the moments at which they came, less the sum over
    those that left of the moments at which they left. All the seconds that tasks have spent there until
    the moment ``t`` are then ``tasks * t - moments``. The two are the parts of one complex number: a step
    changes both at once, in a third of the time.

    A task knows where it is counted (``Task.tally``, state -> tasks + moments * 1j), and is not before its
    first step ends.
    """

    __slots__ = ("_begin", "_of_stem", "_tallies", "new")

    def __init__(self) -> None:
        self._begin = UPSTREAM[
            "monotonic"
        ]()  # moments are counted from here, so that their sums stay exact
        self._tallies: dict[str, dict[str, complex]] = {}
        # The same by stem, so that a prefix is split off once for all keys that share one.
        self._of_stem: dict[Any, dict[str, complex]] = {}
        self.new: list[Any] = []
        """Tasks that were made in this step, with ``tally`` None: what ``new_task`` puts here."""

    def new_task(self, task: Any) -> None:
        """A task has been made; it is counted from the end of this step on, in the state it then has."""
        task.tally = None
        self.new.append(task)

    def transitions(self, first: Mapping[Any, str]) -> None:
        """A step is over. ``first`` has the state before it of each task that it may have moved."""
        one = complex(1, UPSTREAM["monotonic"]() - self._begin)
        for task, start in first.items():
            state = task.state
            tally = task.tally
            if tally is None:
                tally = self._begin_to_count(task)
            elif start == state:
                continue
            else:
                tally[start] -= one
            if state != "forgotten":
                tally[state] += one
        if self.new:
            for task in self.new:
                # What is asked for nothing: the inputs of a task that is wanted while its transfer,
                # which was cancelled, is still open.
                if task.tally is None:
                    self._begin_to_count(task)[task.state] += one
            self.new.clear()

    def _begin_to_count(self, task: Any) -> dict[str, complex]:
        stem = stem_of(task.key)
        tally = self._of_stem.get(stem)
        if tally is None:
            if len(self._of_stem) >= _STEMS_REMEMBERED:
                self._of_stem.clear()
            prefix = key_split(stem)
            tally = self._tallies.setdefault(prefix, dict.fromkeys(_STATES, 0j))
            self._of_stem[stem] = tally
        task.tally = tally
        return tally

    def current_count(self, by_prefix: bool = True) -> Counter[Any]:
        """(prefix, state) -> tasks that are there now, without zeros; or state -> tasks."""
        counts: Counter[Any] = Counter()
        for prefix, tally in self._tallies.items():
            for state, found in tally.items():
                if found.real:
                    counts[(prefix, state) if by_prefix else state] += int(found.real)
        return counts

    def cumulative_elapsed(self, by_prefix: bool = True) -> Mapping[Any, float]:
        """(prefix, state) -> seconds that tasks have spent there until now, also those that are gone;
        or state -> seconds."""
        now = UPSTREAM["monotonic"]() - self._begin
        elapsed: defaultdict[Any, float] = defaultdict(float)
        for prefix, tally in self._tallies.items():
            for state, found in tally.items():
                if found:
                    spent = found.real * now - found.imag
                    elapsed[(prefix, state) if by_prefix else state] += spent
        return elapsed
