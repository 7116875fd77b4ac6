"""Real clusters on the class: workers in threads and in processes, chosen, installed or preloaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask.bag
import distributed
import pytest
from distributed import Worker, WorkerPlugin
from distributed import worker_state_machine as upstream
from distributed.utils_test import gen_cluster

import lawful.runtime.dask as binding
from lawful.runtime.dask import WorkerState

from .jobs import check, class_of, failing, increased, seceded, threads

# Most of dask has no types.
untyped: Any = distributed
bags: Any = dask.bag

TESTS = str(Path(__file__).resolve().parents[1])
OURS = ("lawful.runtime.dask.state", "WorkerState")

pytestmark = [
    # What distributed itself leaves open when a cluster goes is not our affair.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Port .* is already in use"),
    pytest.mark.xdist_group("cluster"),
]


@pytest.fixture(autouse=True)
def _jobs_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes import the functions that they run."""
    monkeypatch.syspath_prepend(TESTS)
    monkeypatch.setenv("PYTHONPATH", TESTS)


@contextmanager
def cluster(**arguments: Any) -> Iterator[Any]:
    given = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": None} | arguments
    with untyped.LocalCluster(**given) as local, untyped.Client(local) as client:
        yield client


def compute_something(client: Any) -> None:
    """Dependencies that move, errors, secession, scatter, resources of a worker, and a bag."""
    parts = client.map(increased, range(50))
    assert client.submit(sum, parts).result() == sum(range(1, 51))
    assert client.submit(seceded, 7, pure=False).result() == 7
    with pytest.raises(ValueError, match="on purpose"):
        client.submit(failing, pure=False).result()
    scattered = client.scatter([1, 2, 3], broadcast=True)
    assert client.submit(sum, scattered).result() == 6
    numbers = bags.from_sequence(range(200), npartitions=10)
    groups = numbers.map(increased).groupby(lambda n: n % 3).compute()
    assert {key: len(group) for key, group in groups} == {0: 66, 1: 67, 2: 67}
    assert client.submit(threads, pure=False).result() == 2
    client.replicate(parts)
    who = client.who_has(parts)
    assert all(len(holders) == 2 for holders in who.values())


@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
def test_a_local_cluster_runs_on_it(processes: bool) -> None:
    with cluster(processes=processes, WorkerStateClass=WorkerState, validate=True) as client:
        assert set(client.run(class_of).values()) == {OURS}
        compute_something(client)
        assert all(count > 0 for count in client.run(check).values())


def test_installing_makes_every_worker_use_it_until_it_is_taken_back() -> None:
    binding.install()
    binding.install()  # twice is as good as once
    try:
        with cluster(processes=False, n_workers=1) as client:
            assert set(client.run(class_of).values()) == {OURS}
            assert client.submit(increased, 1).result() == 2
    finally:
        binding.uninstall()
    with cluster(processes=False, n_workers=1) as client:
        assert set(client.run(class_of).values()) == {
            ("distributed.worker_state_machine", "WorkerState")
        }


def test_a_class_that_was_chosen_stays_where_another_is_installed() -> None:
    binding.install()
    try:
        with cluster(processes=False, n_workers=1, WorkerStateClass=upstream.WorkerState) as client:
            assert set(client.run(class_of).values()) != {OURS}
    finally:
        binding.uninstall()


def test_processes_of_a_nanny_use_it_where_it_is_preloaded() -> None:
    with cluster(processes=True, n_workers=1, preload=["lawful.runtime.dask"]) as client:
        assert set(client.run(class_of).values()) == {OURS}
        assert client.submit(increased, 1).result() == 2
        client.restart()  # a new process
        assert set(client.run(class_of).values()) == {OURS}
        assert client.submit(increased, 2).result() == 3


@pytest.mark.parametrize("nanny", ["--nanny", "--no-nanny"])
def test_a_worker_of_the_command_line_uses_it_where_it_is_preloaded(nanny: str) -> None:
    with cluster(processes=True, n_workers=0) as client:
        address = client.scheduler_info()["address"]
        command = [sys.executable, "-m", "dask", "worker", address, nanny, "--no-dashboard"]
        command += ["--preload", "lawful.runtime.dask", "--nthreads", "2"]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                client.wait_for_workers(1, timeout=300)
                assert set(client.run(class_of).values()) == {OURS}
                assert (
                    client.submit(sum, client.map(increased, range(20))).result(timeout=300) == 210
                )
                assert all(count > 0 for count in client.run(check).values())
            finally:
                process.terminate()


def test_a_worker_that_has_begun_keeps_its_machine() -> None:
    with cluster(processes=False, n_workers=1) as client:
        assert client.submit(increased, 1).result() == 2

        def preload(dask_worker: Worker) -> None:
            binding.dask_setup(dask_worker)

        try:
            with pytest.raises(RuntimeError, match="has begun"):
                client.run(preload)
        finally:
            binding.uninstall()


@gen_cluster(client=True, timeout=300, worker_kwargs={"WorkerStateClass": WorkerState})
async def test_upstream_s_own_test_cluster_runs_on_it(c: Any, s: Any, a: Any, b: Any) -> None:
    # gen_cluster validates every machine after each event and at the end.
    assert type(a.state) is type(b.state) is WorkerState
    assert a.state.validate
    parts = c.map(increased, range(20), workers=[a.address])
    total = c.submit(sum, parts, workers=[b.address])
    assert await total == 210
    assert a.state.tasks.keys() >= {part.key for part in parts}
    assert b.state.transfer_incoming_count_total > 0
    await a.set_resources(GPU=2)
    assert a.state.available_resources == {"GPU": 2}
    limited = c.map(increased, range(100, 110), resources={"GPU": 1})
    assert sum(await c.gather(limited)) == sum(range(101, 111))
    assert await c.submit(sum, [1], key="again", workers=[a.address]) == 1
    assert a.state.task_counter.current_count(by_prefix=False)["memory"] > 0
    story = await c.scheduler.get_story(keys_or_stimuli=["again"])
    assert story
    dump = await s.get_cluster_state(exclude=())
    shown = dump["workers"][a.address]
    assert shown["tasks"]["again"]["state"] == "memory"


@gen_cluster(
    client=True, timeout=300, nthreads=[("", 1)], worker_kwargs={"WorkerStateClass": WorkerState}
)
async def test_a_plugin_sees_transitions_on_a_real_worker(c: Any, s: Any, a: Any) -> None:
    class Plugin(WorkerPlugin):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def transition(self, key: Any, start: Any, finish: Any, **kwargs: Any) -> None:
            self.seen.append((key, start, finish))

    plugin = Plugin()
    await a.plugin_add(plugin=plugin, name="seer")
    await c.submit(increased, 1, key="it")
    assert ("it", "executing", "memory") in plugin.seen
