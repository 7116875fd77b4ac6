"""Known bugs that no change of the spec brings back."""

from __future__ import annotations

from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

HERE, ALICE, BOB = (f"127.0.0.1:{n}" for n in (1, 2, 3))


def test_what_nobody_has_is_not_looked_for_however_soon_another_one_is() -> None:
    """dask/distributed#6528"""
    ws = WorkerState(address=HERE, validate=True)
    ws.handle_stimulus(
        upstream.AcquireReplicasEvent(
            who_has={"x": [ALICE], "y": [ALICE]}, nbytes={"x": 1, "y": 1}, stimulus_id="s1"
        ),
        upstream.GatherDepBusyEvent(worker=ALICE, total_nbytes=2, stimulus_id="s2"),
    )
    instructions = ws.handle_stimulus(
        upstream.RefreshWhoHasEvent(who_has={"x": [], "y": [BOB]}, stimulus_id="s3")
    )
    assert instructions == [upstream.GatherDep.match(worker=BOB, to_gather={"y"})]
    assert ws.tasks["x"].state == "missing"
    ws.validate_state()
