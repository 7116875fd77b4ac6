"""Putting ``WorkerState`` into workers: as the default of the process, or into one that is starting."""

from __future__ import annotations

from typing import Any

from distributed import Worker
from distributed.worker_state_machine import WorkerState as Upstream

from .state import WorkerState


def set_default(kind: type) -> None:
    """Make ``kind`` the class that ``Worker(…)`` takes its state from unless it is told another."""
    defaults: Any = Worker.__init__.__kwdefaults__
    defaults["WorkerStateClass"] = kind


def exchange(worker: Any) -> None:
    """Give a worker that has not begun a state of our class, made as its present one.

    A preloaded module is run after the worker has made its state and before the scheduler knows the
    worker, so nothing is lost. A state of another class than upstream's own was chosen by somebody, and
    stays.
    """
    old = worker.state
    if type(old) is not Upstream:
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
