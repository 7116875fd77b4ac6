"""What upstream's class shows of itself under names of its own: properties, stories, dumps, checks and
errors. ``WorkerState`` adds the step.
"""

from __future__ import annotations

import logging
import random
from collections import Counter, deque
from collections.abc import Container, MutableMapping
from typing import Any, Literal

from distributed import worker_state_machine as upstream
from distributed._stories import worker_story
from distributed.utils import recursive_to_dict

from lawful.generated.worker import Task
from lawful.runtime import OrderedSet

from .counting import TaskCounter
from .errors import ClaimFailed, IllegalEvent, InvalidTaskState, InvariantViolated
from .expected import check_event
from .host import Host
from .parts import Parts
from .task import TaskBase, plain

logger = logging.getLogger("distributed.worker.state_machine")


class Face(Parts):
    """The generated worker as those see it who know upstream's."""

    stimulus_log: deque[Any]
    task_counter: TaskCounter
    transition_counter_max: int | Literal[False]

    _outside: Host

    # What upstream calls differently

    @property
    def data(self) -> MutableMapping[Any, Any]:
        """Key -> value, of what is in memory. Shared with the worker, which may spill it to disk."""
        return self._outside.data

    @data.setter
    def data(self, data: MutableMapping[Any, Any]) -> None:
        self._outside.data = data

    @property
    def threads(self) -> dict[Any, int]:
        """Key -> the thread that has run it. Shared with the worker, which writes it."""
        return self._outside.threads

    @threads.setter
    def threads(self, threads: dict[Any, int]) -> None:
        self._outside.threads = threads

    @property
    def rng(self) -> random.Random:
        """Chance, with a fixed seed."""
        return self._outside.rng

    @rng.setter
    def rng(self, rng: random.Random) -> None:
        self._outside.rng = rng

    @property
    def transition_counter(self) -> int:
        """Transitions so far; one through another state counts three."""
        return self.transition_count

    @transition_counter.setter
    def transition_counter(self, count: int) -> None:
        self.transition_count = count

    @property
    def executing_count(self) -> int:
        """Tasks that hold a slot, cancelled ones among them."""
        return len(self.executing)

    @property
    def all_running_tasks(self) -> OrderedSet[Task]:
        """Tasks in a thread, whether or not they have given back their slot."""
        running: OrderedSet[Task] = self.executing.copy()
        running.update(self.long_running)
        return running

    @property
    def in_flight_tasks_count(self) -> int:
        """Tasks that open transfers carry."""
        return len(self.in_flight_tasks)

    @property
    def transfer_incoming_count(self) -> int:
        """Open transfers."""
        return len(self.in_flight_workers)

    # Looking back

    def story(self, *keys: Any) -> list[Any]:
        """The log records about tasks, keys or stimulus ids."""
        wanted = {key.key if isinstance(key, TaskBase) else key for key in keys}
        found: list[Any] = worker_story(wanted, self.log)
        return found

    def stimulus_story(self, *keys: Any) -> list[Any]:
        """The events about tasks or keys. Those of several keys are not found, as with upstream."""
        wanted = {key.key if isinstance(key, TaskBase) else key for key in keys}
        return [event for event in self.stimulus_log if getattr(event, "key", None) in wanted]

    def _to_dict(self, *, exclude: Container[str] = ()) -> dict[str, Any]:
        """The worker for a dump of the cluster."""
        shown: dict[str, Any] = {
            "address": self.address,
            "nthreads": self.nthreads,
            "running": self.running,
            "ready": [task.key for task in self.ready],
            "constrained": [task.key for task in self.constrained],
            "data": dict.fromkeys(self.data),
            "data_needed": {
                peer: [task.key for task in tasks] for peer, tasks in self.data_needed.items()
            },
            "executing": {task.key for task in self.executing},
            "has_what": {peer: plain(keys) for peer, keys in self.has_what.items()},
            "long_running": {task.key for task in self.long_running},
            "in_flight_tasks": {task.key for task in self.in_flight_tasks},
            "in_flight_workers": {
                peer: plain(keys) for peer, keys in self.in_flight_workers.items()
            },
            "missing_dep_flight": [task.key for task in self.missing_dep_flight],
            "busy_workers": plain(self.busy_workers),
            "log": self.log,
            "stimulus_log": self.stimulus_log,
            "transition_counter": self.transition_counter,
            "tasks": self.tasks,
            "task_counts": dict(self.task_counter.current_count()),
            "task_cumulative_elapsed": dict(self.task_counter.cumulative_elapsed()),
        }
        shown = {name: value for name, value in shown.items() if name not in exclude}
        whole: dict[str, Any] = recursive_to_dict(shown, exclude=exclude)
        return whole

    # Checks

    def validate_task(self, ts: Any) -> None:
        """Check the invariants of one task; upstream's ``InvalidTaskState`` if one doesn't hold."""
        if ts.state == "forgotten":
            return
        try:
            self._check_task(ts)
        except Exception as error:
            logger.exception(error)
            raise InvalidTaskState(key=ts.key, state=ts.state, story=self.story(ts)) from error

    def validate_state(self) -> None:
        """Check everything. ``InvalidTaskState``, or an ``AssertionError`` that says what is wrong."""
        for task in self.tasks.values():
            self.validate_task(task)
        self.check()
        counted, found = (
            self.task_counter.current_count(),
            Counter((task.prefix, task.state) for task in self.tasks.values()),
        )
        assert counted == found, (counted, found)
        if self.transition_counter_max:
            assert self.transition_counter < self.transition_counter_max

    _check_event = check_event

    # The errors that generated code makes, as upstream's

    def _invalid(self, error: Any, entity: Any, start: str, request: str, reason: str) -> Any:
        return upstream.InvalidTransition(entity.key, start, request, self.story(entity))  # type: ignore[arg-type]

    def _claim_failed(self, text: str, where: str, entity: Any = None) -> ClaimFailed:
        return ClaimFailed(text, where, *self._named(entity), self._story_of(entity))

    def _violated(self, name: str, entity: Any = None, detail: str = "") -> InvariantViolated:
        return InvariantViolated(name, *self._named(entity), detail, self._story_of(entity))

    def _refuse(self, event: Any, entity: Any, configuration: str, reason: str) -> IllegalEvent:
        return IllegalEvent(event, *self._named(entity), configuration, reason)
