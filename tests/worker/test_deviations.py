"""What the worker's deviations mend, and that they mend no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

from .conftest import ADDRESS
from .events import compute, freed, gathered

PEER = "127.0.0.1:2"


class Mended(WorkerState):
    """A worker in which what has just come is not given up, but goes where its transfer takes it."""

    DEVIATIONS: ClassVar[Mapping[str, bool]] = {
        **WorkerState.DEVIATIONS,
        "what has just come is not given up": True,
    }


@pytest.fixture
def mended() -> Mended:
    return Mended(address=ADDRESS)


def test_an_input_that_has_just_come_stays_when_a_task_that_takes_it_is_given_up(
    mended: Mended,
) -> None:
    """The story of the finding: both come in one transfer, and the task has been given up meanwhile."""
    mended.handle_stimulus(
        upstream.AcquireReplicasEvent(
            who_has={"y": [PEER], "x": [PEER]}, nbytes={"y": 1, "x": 1}, stimulus_id="s"
        )
    )
    mended.handle_stimulus(compute("y", who_has={"x": [PEER]}), freed("y"))
    mended.handle_stimulus(gathered(PEER, 2, y=1, x=1))
    assert {key: task.state for key, task in mended.tasks.items()} == {"x": "memory"}


@pytest.mark.parametrize("kind", [WorkerState, Mended])
def test_an_input_that_failed_is_given_up_with_the_last_task_that_takes_it(
    kind: type[WorkerState],
) -> None:
    """What has failed came too, but its transfer is over, and nothing else would ever give it up."""
    ws = kind(address=ADDRESS)
    ws.handle_stimulus(compute("y", who_has={"x": [PEER]}))
    ws.handle_stimulus(
        upstream.GatherDepFailureEvent.from_exception(
            ValueError("it can't be read"), worker=PEER, total_nbytes=1, stimulus_id="s"
        )
    )
    assert ws.tasks["x"].state == "error"
    ws.handle_stimulus(freed("y"))
    assert not ws.tasks
