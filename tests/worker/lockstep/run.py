"""One history in lock-step, and many."""

from __future__ import annotations

import copy
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import dask.config
from distributed import worker_state_machine as upstream

from lawful.runtime import InvariantViolated

from .clock import Clock, fake_time
from .compare import Comparison, Difference, Order, first_difference
from .coverage import Coverage
from .errors import HEAP_FORGETS, MISSING_NO_MORE, explained, too_many_transitions
from .hostile import NONSENSE
from .model import Request, Step, Surroundings
from .style import Style
from .subjects import Make

SAMPLED = 20
"""Every so many steps what is expensive to look at is compared too."""


class Ended(Exception):
    """The machines have refused an event, each in its way, as they should. ``why`` says which way."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass
class _Outcome:
    instructions: list[Any]
    error: BaseException | None


class Lockstep:
    """Hands the same events to a machine of upstream's and to others; ``Difference`` if they differ."""

    def __init__(
        self,
        style: Style,
        clock: Clock,
        judge: Make,
        subjects: Sequence[Make],
        *,
        order: Order,
        every: int,
    ) -> None:
        self.clock = clock
        self.every = every
        self.judge = judge(style, clock)
        self.subjects = [(make.__name__, make(style, clock)) for make in subjects]
        self.look = Comparison(order)
        self.steps = 0

    def step(self, step: Step) -> tuple[list[Any], list[tuple[Any, ...]]]:
        """What the machines answered, and what upstream's has logged. Raises ``Ended``."""
        self.clock.step()
        machines = [self.judge, *(ws for _, ws in self.subjects)]
        logged = [len(ws.log) for ws in machines]
        noted = [len(getattr(ws, "stimulus_log", ())) for ws in machines]
        left = set() if self.look.ordered else {task.key for task, _ in _old_places(self.judge)}
        theirs, *others = [self._handle(ws, step) for ws in machines]
        self.steps += 1
        reasons = [
            self._compare_errors(name, theirs.error, outcome.error, ws)
            for (name, ws), outcome in zip(self.subjects, others, strict=True)
        ]
        if any(reasons):
            if not all(reasons):
                raise Difference(f"only one of ours has refused it: {reasons}")
            raise Ended(str(reasons[0]))
        look = self.look
        records = list(islice(self.judge.log, logged[0], None))
        if not look.ordered:
            # Upstream as it is doesn't know of our deviations, and is no judge from here on.
            for record in records:
                if record[1:3] == ("missing", "error"):
                    raise Ended(MISSING_NO_MORE)
                if record[0] in left and record[2] in ("ready", "constrained", "fetch"):
                    raise Ended(HEAP_FORGETS)
            if any(back for _, back in _old_places(self.judge)):  # all in this step
                raise Ended(HEAP_FORGETS)
        expected = {
            "instructions": look.instructions(theirs.instructions),
            "log": look.log(records),
            **look.picture(self.judge),
        }
        events = look.events(islice(self.judge.stimulus_log, noted[0], None))
        for number, ((name, ws), outcome) in enumerate(
            zip(self.subjects, others, strict=True), start=1
        ):
            found = {
                "instructions": look.instructions(outcome.instructions),
                "log": look.log(islice(ws.log, logged[number], None)),
                **look.picture(ws),
            }
            self._same(name, expected, found)
            if hasattr(ws, "stimulus_log"):
                noticed = look.events(islice(ws.stimulus_log, noted[number], None))
                self._same(name, {"stimulus_log": events}, {"stimulus_log": noticed})
        if self.steps % self.every == 0:
            self._compare_views(step)
        return theirs.instructions, records

    def _handle(self, ws: Any, step: Step) -> _Outcome:
        self.clock.begin()
        step.prepare(ws)
        # Each gets its own events: upstream notes in some of them when they were handled.
        events = [copy.copy(event) for event in step.events]
        try:
            if isinstance(events[0], Request):
                return _Outcome(_ask(ws, events[0]), None)
            return _Outcome(list(ws.handle_stimulus(*events)), None)
        except Exception as error:
            return _Outcome([], error)

    def _compare_errors(
        self, name: str, theirs: BaseException | None, ours: BaseException | None, ws: Any
    ) -> str | None:
        if theirs is None and ours is None:
            return None
        if not hasattr(ws, "transition_counter_max") and too_many_transitions(theirs):
            return "too many transitions"  # the plain machine bounds each step, not its whole life
        if theirs is None and isinstance(ours, (upstream.InvalidTaskState, InvariantViolated)):
            if _invalid(self.judge):
                return "both find the state invalid"
            raise Difference(f"{name}: finds its state invalid, upstream doesn't") from ours
        why = explained(theirs, ours)
        if why is None:
            raise Difference(f"{name}: upstream raised {theirs!r}, ours {ours!r}") from (
                ours or theirs
            )
        return why

    def _same(self, name: str, theirs: Any, ours: Any) -> None:
        if theirs != ours:
            raise Difference(f"{name}: {first_difference(theirs, ours)}")

    def _compare_views(self, step: Step) -> None:
        """What is expensive to look at: stories, dumps, the state of the random source."""
        look, judge = self.look, self.judge
        wanted = [*list(judge.tasks)[:2], *(event.stimulus_id for event in step.events)]
        for name, ws in self.subjects:
            self._same(name, {"rng": judge.rng.getstate()}, {"rng": ws.rng.getstate()})
            if not hasattr(ws, "stimulus_story"):
                continue
            for one in wanted:
                self._same(
                    name,
                    {"story": look.story(judge.story(one))},
                    {"story": look.story(ws.story(one))},
                )
                self._same(
                    name,
                    {"stimulus_story": look.events(judge.stimulus_story(one))},
                    {"stimulus_story": look.events(ws.stimulus_story(one))},
                )
            self._same(name, {"told": _told(judge)}, {"told": _told(ws)})
            self._compare_dumps(name, ws, logs=False)

    def _compare_dumps(self, name: str, ws: Any, *, logs: bool) -> None:
        theirs, ours = self.look.dump(self.judge, logs=logs), self.look.dump(ws, logs=logs)
        self._same(name, {"dump": theirs}, {"dump": ours})

    def finish(self) -> None:
        """Whole logs and dumps, and whether a machine finds itself valid. It is of no use afterwards."""
        look, judge = self.look, self.judge
        for name, ws in self.subjects:
            self._same(name, {"log": look.log(judge.log)}, {"log": look.log(ws.log)})
            if hasattr(ws, "stimulus_log"):
                self._same(name, {"told": _told(judge)}, {"told": _told(ws)})
                self._compare_dumps(name, ws, logs=look.ordered)
        theirs = _invalid(judge)
        for name, ws in self.subjects:
            ours = _invalid(ws) if hasattr(ws, "validate_state") else theirs
            if (theirs is None) != (ours is None):
                raise Difference(f"{name}: upstream says {theirs!r} of its state, ours {ours!r}")


def _old_places(ws: Any) -> Iterator[tuple[Any, bool]]:
    """Each task that has a place in a heap of upstream's which it has left, and whether it is back."""
    for heap in (ws.ready, ws.constrained, *ws.data_needed.values()):
        places = Counter(task for _, _, place in heap._heap if (task := place()) is not None)
        for task, count in places.items():
            if task not in heap:
                yield task, False
            elif count > 1:
                yield task, True


def _told(ws: Any) -> list[Any]:
    """What plugins have been told."""
    return [plugin.told for plugin in ws.plugins.values()]


def _ask(ws: Any, asked: Request) -> list[Any]:
    recommendations, instructions = ws._transition(
        ws.tasks[asked.key], asked.request, stimulus_id=asked.stimulus_id
    )
    assert not recommendations, "what follows would be lost"
    return list(instructions)


def _invalid(ws: Any) -> Exception | None:
    """What is wrong with the state, to the machine itself. Upstream's changes it by looking."""
    try:
        ws.validate_state()
    except Exception as error:
        return error
    return None


@dataclass(frozen=True)
class Plan:
    """Which machines are compared, how, and in which kind of life."""

    judge: Make
    subjects: tuple[Make, ...]
    style: Callable[[random.Random], Style]
    order: Order = Order.NOTHING

    def lockstep(self, style: Style, clock: Clock, every: int) -> Lockstep:
        return Lockstep(style, clock, self.judge, self.subjects, order=self.order, every=every)


@contextmanager
def _laboratory() -> Iterator[Clock]:
    """A clock that stands still, logs without end, and no chatter."""
    clock = Clock()
    logging.disable(logging.CRITICAL)
    try:
        with fake_time(clock), dask.config.set({"distributed.admin.low-level-log-length": None}):
            yield clock
    finally:
        logging.disable(logging.NOTSET)


def play(plan: Plan, choose: random.Random, coverage: Coverage) -> None:
    """One history, to its end or to the first error. ``Difference`` tells what was played."""
    style = plan.style(choose)
    played: list[Step] = []
    with _laboratory() as clock:
        lockstep = plan.lockstep(style, clock, SAMPLED)
        surroundings = Surroundings(choose, style, lockstep.judge, NONSENSE)
        try:
            for _ in range(style.steps):
                step = surroundings.next_step()
                played.append(step)
                instructions, records = lockstep.step(step)
                surroundings.seen(instructions)
                coverage.add(step.events, instructions, records)
            lockstep.finish()
        except Ended as end:
            coverage.errors[end.why] += 1
        except Difference as difference:
            difference.style, difference.steps = style, played
            raise
    coverage.histories += 1


def replay(plan: Plan, style: Style, steps: Sequence[Step]) -> Difference | None:
    """The same steps once more; the difference that they lead to, if they still do."""
    with _laboratory() as clock:
        lockstep = plan.lockstep(style, clock, 1)
        try:
            for step in steps:
                lockstep.step(step)
            lockstep.finish()
        except Ended:
            return None
        except Difference as difference:
            return difference
    return None


def shortest(plan: Plan, difference: Difference) -> Difference:
    """As short a history as leaving out steps can give that ends in a difference of that kind."""
    style, steps = difference.style, list(difference.steps)
    size = max(1, len(steps) // 2)
    while size:
        before, at = len(steps), 0
        while at < len(steps):
            less = steps[:at] + steps[at + size :]
            found = replay(plan, style, less)
            if found is None or found.about != difference.about:
                at += size
            else:
                steps, difference = less, found
        if size > 1 or len(steps) == before:
            size //= 2
    difference.style, difference.steps = style, steps
    return difference


def told(difference: Difference) -> str:
    """The history and the difference, for people."""
    lines = [str(difference.style)]
    for number, step in enumerate(difference.steps, start=1):
        for event in step.events:
            lines.append(f"{number:>3}. {event}")
    return "\n".join([*lines, f"first difference: {difference}"])
