"""One machine of each class, ours and upstream's, made alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

ADDRESS = "127.0.0.1:1"


@pytest.fixture
def ws() -> WorkerState:
    """A machine of ours that checks itself."""
    return WorkerState(address=ADDRESS, transition_counter_max=50_000)


@pytest.fixture
def both() -> Callable[..., tuple[WorkerState, Any]]:
    """Makes a machine of ours and one of upstream's from the same arguments."""

    def make(**arguments: Any) -> tuple[WorkerState, Any]:
        given: dict[str, Any] = {"address": ADDRESS, "validate": False} | arguments
        return WorkerState(**given), upstream.WorkerState(**given)

    return make
