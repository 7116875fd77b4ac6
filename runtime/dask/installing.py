"""Putting ``WorkerState`` into workers: as the default of the process, or into one that is starting; and
into the names of upstream's modules."""

from __future__ import annotations

import sys
from typing import Any

from distributed import Worker
from distributed import worker_state_machine as upstream

from .by_hand import TaskState
from .state import WorkerState

UPSTREAM: Any = upstream.WorkerState
"""Upstream's class, by whatever name it goes now."""

_NAMED: tuple[tuple[Any, Any], ...] = (
    (upstream.WorkerState, WorkerState),
    (upstream.TaskState, TaskState),
)
"""Upstream's classes that tests make instances of, and ours."""


def set_default(kind: type) -> None:
    """Make ``kind`` the class that ``Worker(…)`` takes its state from unless it is told another."""
    defaults: Any = Worker.__init__.__kwdefaults__
    defaults["WorkerStateClass"] = kind


def set_names(*, ours: bool) -> None:
    """Let each name in a module of ``distributed`` that means one of upstream's classes, or ours in its
    place, mean ours or upstream's. Modules that are loaded later take the names from these."""
    meant = dict(_NAMED) if ours else {mine: theirs for theirs, mine in _NAMED}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "distributed":
            for attribute, value in list(vars(module).items()):
                if isinstance(value, type) and value in meant:
                    setattr(module, attribute, meant[value])


def exchange(worker: Any) -> None:
    """Give a worker that has not begun a state of our class, made as its present one.

    A preloaded module is run after the worker has made its state and before the scheduler knows the
    worker, so nothing is lost. A state of another class than upstream's own was chosen by somebody, and
    stays.
    """
    old = worker.state
    if type(old) is not UPSTREAM:
        return
    if old.tasks or old.stimulus_log:
        raise RuntimeError(f"{worker} has begun: its state can't be exchanged any more")
    worker.state = WorkerState(
        nthreads=old.nthreads,
        address=getattr(old, "address", None),
        data=old.data,
        threads=old.threads,
        plugins=old.plugins,
        resources=old.total_resources,
        transfer_incoming_count_limit=old.transfer_incoming_count_limit,
        validate=old.validate,
        transition_counter_max=old.transition_counter_max,
        transfer_incoming_bytes_limit=old.transfer_incoming_bytes_limit,
        transfer_message_bytes_limit=old.transfer_message_bytes_limit,
    )
    worker.state.running = old.running
