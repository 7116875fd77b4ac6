"""dask's worker on the generated machine. Needs ``lawful[dask]``.

``LocalCluster(WorkerStateClass=WorkerState)`` uses it for one cluster; ``install()`` for every worker
that the process makes from then on; ``dask worker --preload lawful.runtime.dask`` for that worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Worker

    from .by_hand import TaskState
    from .state import WorkerState

__all__ = ["TaskState", "WorkerState", "dask_setup", "install", "uninstall"]


def __getattr__(name: str) -> Any:
    # Not at the top: the generated package imports a module of this one.
    if name == "WorkerState":
        from .state import WorkerState

        return WorkerState
    if name == "TaskState":
        from .by_hand import TaskState

        return TaskState
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def install() -> None:
    """Let every worker that this process makes from now on use ``WorkerState``. May be called twice.

    A worker that is given ``WorkerStateClass`` keeps to that. Processes that a nanny starts are others:
    preload this module there.
    """
    from .installing import set_default
    from .state import WorkerState

    set_default(WorkerState)


def uninstall() -> None:
    """Let workers use upstream's class again; those that there are stay as they are."""
    from distributed.worker_state_machine import WorkerState

    from .installing import set_default

    set_default(WorkerState)


def dask_setup(worker: Worker) -> None:
    """What ``--preload lawful.runtime.dask`` runs: this worker and later ones use ``WorkerState``.

    ``RuntimeError`` if the worker has taken up tasks already.
    """
    from .installing import exchange

    install()
    exchange(worker)
