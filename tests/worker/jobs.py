"""Functions that run on workers, where tests can't be imported."""

from __future__ import annotations

from typing import Any

import distributed
from distributed import Worker, get_worker

untyped: Any = distributed


def class_of(dask_worker: Worker) -> tuple[str, str]:
    return type(dask_worker.state).__module__, type(dask_worker.state).__name__


def check(dask_worker: Worker) -> int:
    """Check the whole machine; how many transitions there were."""
    dask_worker.state.validate_state()
    return dask_worker.state.transition_counter


def increased(number: int) -> int:
    return number + 1


def seceded(number: int) -> int:
    untyped.secede()
    return number


def failing() -> None:
    raise ValueError("on purpose")


def threads() -> int:
    return get_worker().state.nthreads
