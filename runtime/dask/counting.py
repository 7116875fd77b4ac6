"""How many tasks are in each state, and for how long they have been: ``WorkerState.task_counter``.

The face of ``distributed``'s own counter, with the same answers. That one goes over all its numbers in
each step; here a step costs what it moves. Knows the prefix and the state of a task, nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args

from dask.utils import key_split

from lawful.generated.worker.entities import TaskState

from .host import UPSTREAM
from .task import stem_of

_STEMS_REMEMBERED = 10_000
_STATES: tuple[TaskState, ...] = get_args(TaskState)
_NOWHERE = ""

_Tally: TypeAlias = dict[str, dict[str, complex]]


class TaskCounter:
    """Counts tasks by prefix and state.

    Of each pair of states it keeps how many tasks a step has taken from the one to the other, and the sum
    of the moments at which it did. What came into a state less what left it are the tasks that are there,
    and their moments: all the seconds that tasks have spent there until the moment ``t`` are
    ``tasks * t - moments``. The two are the parts of one complex number, so that a step changes one number
    for each task that it moves.

    A task knows where it is counted (``Task.tally``, from -> to -> tasks + moments * 1j), and is not before
    its first step ends; that takes it from ``_NOWHERE`` to where it then is.
    """

    __slots__ = ("_begin", "_of_stem", "_tallies", "new")

    def __init__(self) -> None:
        # Moments are counted from here, so that their sums stay exact.
        self._begin = UPSTREAM["monotonic"]()
        self._tallies: dict[str, _Tally] = {}
        # The same by stem, so that a prefix is split off once for all keys that share one.
        self._of_stem: dict[Any, _Tally] = {}
        self.new: dict[Any, None] = {}
        """Tasks that were made in this step, with ``tally`` None: what ``new_task`` puts here."""

    def new_task(self, task: Any) -> None:
        """A task has been made; it is counted from the end of this step on, in the state it then has."""
        task.tally = None
        self.new[task] = None

    def transitions(self, first: Mapping[Any, str]) -> None:
        """A step is over. ``first`` has the state before it of each task that it may have moved."""
        one = 1 + (UPSTREAM["monotonic"]() - self._begin) * 1j
        for task, start in first.items():
            state = task.state
            tally = task.tally
            if tally is None:
                self.new[task] = None  # it is there already, but for a task that was made by hand
            elif start != state:
                try:
                    tally[start][state] += one
                except KeyError:
                    tally.setdefault(start, {})[state] = one
        if self.new:
            # Some of them are asked for nothing: the inputs of a task that is wanted while its transfer,
            # which was cancelled, is still open.
            self._begin_to_count(one)

    def _begin_to_count(self, one: complex) -> None:
        known = self._of_stem
        for task in self.new:
            stem = stem_of(task.key)
            tally = known.get(stem)
            if tally is None:
                if len(known) >= _STEMS_REMEMBERED:
                    known.clear()
                tally = self._tallies.setdefault(key_split(stem), {_NOWHERE: {}})
                known[stem] = tally
            task.tally = tally
            state = task.state
            arrived = tally[_NOWHERE]
            arrived[state] = arrived.get(state, 0j) + one
        self.new.clear()

    def current_count(self, by_prefix: bool = True) -> Counter[Any]:
        """(prefix, state) -> tasks that are there now, without zeros; or state -> tasks."""
        counts: Counter[Any] = Counter()
        for prefix, state, found in self._found():
            if found.real:
                counts[(prefix, state) if by_prefix else state] += int(found.real)
        return counts

    def cumulative_elapsed(self, by_prefix: bool = True) -> Mapping[Any, float]:
        """(prefix, state) -> seconds that tasks have spent there until now, also those that are gone;
        or state -> seconds."""
        now = UPSTREAM["monotonic"]() - self._begin
        elapsed: defaultdict[Any, float] = defaultdict(float)
        for prefix, state, found in self._found():
            if found:
                spent = found.real * now - found.imag
                elapsed[(prefix, state) if by_prefix else state] += spent
        return elapsed

    def _found(self) -> Iterator[tuple[str, str, complex]]:
        """Prefix, state, tasks + moments * 1j, in the order of the states' declaration."""
        for prefix, tally in self._tallies.items():
            totals: dict[str, complex] = dict.fromkeys((*_STATES, _NOWHERE), 0j)
            for start, row in tally.items():
                for state, moved in row.items():
                    totals[start] -= moved
                    totals[state] += moved
            for state in _STATES:
                if state != "forgotten":
                    yield prefix, state, totals[state]
