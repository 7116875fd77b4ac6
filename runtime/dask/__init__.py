"""dask's worker on the generated machine. Needs ``lawful[dask]``.

``LocalCluster(WorkerStateClass=WorkerState)`` uses it for one cluster; ``install()`` for every worker
that the process makes from then on, and ``install(everywhere=True)`` for upstream's tests too; ``dask worker --preload lawful.runtime.dask`` for that worker.
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


def install(*, everywhere: bool = False) -> None:
    """Let every worker that this process makes from now on use ``WorkerState``. May be called twice.

    A worker that is given ``WorkerStateClass`` keeps to that. Processes that a nanny starts are others:
    preload this module there.

    Upstream's modules go on naming upstream's classes: what is to be compared with them is found there.
    With ``everywhere`` the names ``WorkerState`` and ``TaskState`` mean ours in all of them, which is what
    tests and fixtures written for upstream's take. Modules outside of ``distributed`` that have imported
    the names before keep what they have, so call it first: at the top of a ``conftest.py``, say.
    """
    from .installing import set_default, set_names
    from .state import WorkerState

    set_default(WorkerState)
    if everywhere:
        set_names(ours=True)


def uninstall() -> None:
    """Let workers use upstream's class again, and its modules name it; workers that there are stay as
    they are."""
    from .installing import UPSTREAM, set_default, set_names

    set_default(UPSTREAM)
    set_names(ours=False)


def dask_setup(worker: Worker) -> None:
    """What ``--preload lawful.runtime.dask`` runs: this worker and later ones use ``WorkerState``.

    ``RuntimeError`` if the worker has taken up tasks already.
    """
    from .installing import exchange

    install()
    exchange(worker)
