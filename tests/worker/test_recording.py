"""The workers of a real cluster are recorded, each for itself, and run again whole."""

from __future__ import annotations

import gc
import json
import os
import signal
from pathlib import Path
from typing import Any

import dask.config
import distributed
import pytest
from distributed import worker_state_machine as upstream

from lawful.codegen import cli
from lawful.codegen.checking import check
from lawful.codegen.replay import Recording, find, read, replay
from lawful.runtime.dask import WorkerState

from .jobs import increased
from .test_cluster import TESTS, compute_something

untyped: Any = distributed
config: Any = dask.config

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    # What distributed itself leaves open when a cluster goes is not our affair.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Port .* is already in use"),
    pytest.mark.xdist_group("cluster"),
]


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes import the functions that they run; recordings name their spec from here."""
    monkeypatch.syspath_prepend(TESTS)
    monkeypatch.setenv("PYTHONPATH", TESTS)
    monkeypatch.chdir(ROOT)


def again(folder: Path) -> list[Recording]:
    """Run every file again; all must go as recorded."""
    spec, _ = check(Path("spec/worker/machine.yaml"), allow_bind=True)
    assert spec is not None
    recordings = [read(path) for path in find(folder)]
    for recording in recordings:
        assert recording.damage is None
        for step in replay(recording, spec):
            assert step.divergence is None, step.divergence
    return recordings


@pytest.mark.parametrize("max_bytes", [1 << 24, 1 << 14], ids=["one file", "rotated"])
def test_every_file_of_a_cluster_is_run_again_whole(
    max_bytes: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {
        "lawful.record": str(tmp_path),
        "lawful.record-bytes": max_bytes,
        "lawful.record-files": 1_000,
    }
    with (
        config.set(settings),
        untyped.LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            dashboard_address=None,
            WorkerStateClass=WorkerState,
        ) as local,
        untyped.Client(local) as client,
    ):
        compute_something(client)
        here, there = client.scheduler_info()["workers"]
        wanted = client.submit(increased, 41, key="the-answer", workers=[here])
        assert client.submit(increased, wanted, workers=[there]).result() == 43
    recordings = again(tmp_path)
    events = {step.event.name for recording in recordings for step in recording.steps}
    assert {"ComputeTask", "ExecuteSuccess", "ExecuteFailure", "GatherDepSuccess"} <= events
    assert {"Secede", "UpdateData", "FreeKeys"} <= events

    assert cli.main(["story", str(tmp_path), "the-answer", "--json"]) == 0
    story = json.loads(capsys.readouterr().out)
    assert (
        len({step["file"].split(".lawful")[0] for step in story}) == 2
    )  # one computes, one fetches
    moved = [(t["from"], t["to"]) for step in story for t in step["transitions"]]
    assert ("executing", "memory") in moved
    assert ("flight", "memory") in moved
    assert moved.index(("executing", "memory")) < moved.index(("flight", "memory"))


def test_a_worker_that_is_killed_leaves_what_it_has_done(tmp_path: Path) -> None:
    with (
        config.set({"lawful.record": str(tmp_path)}),
        untyped.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            dashboard_address=None,
            WorkerStateClass=WorkerState,
        ) as local,
        untyped.Client(local) as client,
    ):
        assert client.gather(client.map(increased, range(100), pure=False)) == list(range(1, 101))
        (killed,) = client.run(os.getpid).values()
        os.kill(killed, signal.SIGKILL)
        assert client.submit(increased, 1).result(timeout=300) == 2  # by the one in its place
    recordings = {str(killed) in r.path.name: r for r in again(tmp_path)}
    assert recordings.keys() == {True, False}
    assert not recordings[True].closed
    computed = [s for s in recordings[True].steps if s.event.name == "ExecuteSuccess"]
    assert len(computed) >= 100


def test_what_tasks_hold_is_in_no_file(tmp_path: Path) -> None:
    secret = b"0xsecret-payload"
    with (
        config.set({"lawful.record": str(tmp_path)}),
        untyped.LocalCluster(
            n_workers=1, processes=False, dashboard_address=None, WorkerStateClass=WorkerState
        ) as local,
        untyped.Client(local) as client,
    ):
        assert client.submit(bytes, secret).result() == secret
        client.submit(bytes.decode, secret).result()
    again(tmp_path)
    for path in find(tmp_path):
        assert b"secret-payload" not in path.read_bytes()


def test_what_a_worker_is_given_later_is_used_while_it_is_recorded(tmp_path: Path) -> None:
    with config.set({"lawful.record": str(tmp_path)}):
        state = WorkerState(address="tcp://127.0.0.1:1", validate=False)
    state.threads = {"x": 7}
    state.handle_stimulus(upstream.ComputeTaskEvent.dummy("x", stimulus_id="a"))
    done = upstream.ExecuteSuccessEvent.dummy("x", stimulus_id="b")
    (told,) = state.handle_stimulus(done)
    assert isinstance(told, upstream.TaskFinishedMsg)
    assert told.thread == 7
    del state
    gc.collect()
    (recording,) = again(tmp_path)
    assert recording.closed


def test_a_worker_that_checks_itself_is_run_again_whole(tmp_path: Path) -> None:
    with config.set({"lawful.record": str(tmp_path)}):
        state = WorkerState(address="tcp://127.0.0.1:1", validate=True)
    state.handle_stimulus(upstream.ComputeTaskEvent.dummy("x", stimulus_id="a"))
    state.validate_state()  # between two steps
    state.handle_stimulus(upstream.ExecuteSuccessEvent.dummy("x", stimulus_id="b"))
    state.handle_stimulus(
        upstream.ComputeTaskEvent.dummy(
            "y", who_has={"x": ["tcp://127.0.0.1:2"], "z": ["tcp://127.0.0.1:2"]}, stimulus_id="c"
        )
    )
    state.tasks["x"].state = "waiting"
    with pytest.raises(upstream.InvalidTaskState):
        state.validate_state()
    state.tasks["x"].state = "memory"
    state.handle_stimulus(upstream.FreeKeysEvent(keys=["y"], stimulus_id="d"))
    del state
    gc.collect()
    (recording,) = again(tmp_path)
    assert len(list(recording.steps)) == 4
