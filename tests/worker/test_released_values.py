"""A value lives as long as the worker keeps it: no event that has been handled holds on to it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

from .events import compute, executed, freed, gathered, scattered

PEER = "127.0.0.1:2"


class Value:
    """Something that can be referred to weakly."""


def by_scatter(ws: WorkerState, value: Value) -> None:
    ws.handle_stimulus(scattered(x=value))


def by_computation(ws: WorkerState, value: Value) -> None:
    ws.handle_stimulus(compute("x"), executed("x", value))


def by_transfer(ws: WorkerState, value: Value) -> None:
    acquire = upstream.AcquireReplicasEvent(
        who_has={"x": [PEER]}, nbytes={"x": 1}, stimulus_id="acquire"
    )
    ws.handle_stimulus(acquire, gathered(PEER, 1, x=value))


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """A value goes at once, not when the collector of cycles comes along."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("bring", [by_scatter, by_computation, by_transfer])
def test_a_value_that_the_store_lets_go_is_gone_before_the_next_event(
    ws: WorkerState, bring: Any
) -> None:
    value = Value()
    alive = weakref.ref(value)
    bring(ws, value)
    del value
    assert ws.data["x"] is alive()
    ws.data.clear()  # as if it went to disk
    assert alive() is None


@pytest.mark.usefixtures("_no_collector")
def test_the_result_of_a_cancelled_task_is_gone_at_once(ws: WorkerState) -> None:
    value = Value()
    alive = weakref.ref(value)
    ws.handle_stimulus(compute("x"), freed("x"), executed("x", value))
    del value
    assert not ws.tasks
    assert alive() is None
