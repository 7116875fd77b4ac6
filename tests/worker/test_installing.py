"""What is written for upstream's names of the classes runs on ours, if that is wished."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from distributed import utils_test, worker
from distributed import worker_state_machine as upstream
from distributed.utils_test import gen_cluster

import lawful.runtime.dask as binding
from lawful.runtime.dask import TaskState, WorkerState

from .events import compute, executed, freed

THEIRS = {
    (module, name): getattr(module, name)
    for module, name in [
        (upstream, "WorkerState"),
        (upstream, "TaskState"),
        (worker, "WorkerState"),
        (worker, "TaskState"),
        (utils_test, "WorkerState"),
        (utils_test, "WorkerTaskState"),
    ]
}


@pytest.fixture
def everywhere() -> Iterator[None]:
    binding.install(everywhere=True)
    try:
        yield
    finally:
        binding.uninstall()


def test_every_name_in_upstream_s_modules_means_ours(everywhere: None) -> None:
    for module, name in THEIRS:
        assert getattr(module, name) is (TaskState if "Task" in name else WorkerState)
    binding.install(everywhere=True)  # twice is as good as once
    binding.uninstall()
    for (module, name), theirs in THEIRS.items():
        assert getattr(module, name) is theirs


def test_otherwise_they_go_on_meaning_upstream_s() -> None:
    binding.install()
    try:
        for (module, name), theirs in THEIRS.items():
            assert getattr(module, name) is theirs
    finally:
        binding.uninstall()


def test_a_module_that_is_loaded_later_takes_ours(everywhere: None) -> None:
    plugin: Any = importlib.import_module("distributed.worker_client")
    assert vars(importlib.reload(plugin))
    assert pickle.loads(pickle.dumps(upstream.WorkerState)) is WorkerState


def test_tasks_made_by_that_name_are_taken_by_the_machine(everywhere: None) -> None:
    ws: Any = upstream.WorkerState(address="127.0.0.1:1")
    ws.handle_stimulus(compute("y"))
    task: Any = upstream.TaskState("x", state="memory", nbytes=1, dependents={ws.tasks["y"]})
    assert isinstance(ws.tasks["y"], upstream.TaskState)
    ws.tasks["x"] = task
    ws.task_counter.new_task(task)
    ws.data["x"] = 1
    ws.nbytes += 1
    ws.tasks["y"].dependencies.add(task)
    ws.handle_stimulus(executed("y"))
    ws.validate_state()
    ws.handle_stimulus(freed("y"), freed("x"))
    assert not ws.tasks
    assert not ws.data
    ws.validate_state()


@gen_cluster(client=True, timeout=300, nthreads=[("", 1)])
async def run_a_cluster(c: Any, s: Any, a: Any) -> None:
    assert type(a.state) is WorkerState
    assert await c.submit(lambda: 1, key="x") == 1
    assert isinstance(a.state.tasks["x"], upstream.TaskState)
    assert a.state.story("x") == a.state.story(a.state.tasks["x"])


def test_upstream_s_test_clusters_run_on_ours(everywhere: None) -> None:
    run_a_cluster()


def test_a_machine_of_upstream_s_goes_on_where_its_names_are_taken(everywhere: None) -> None:
    theirs = THEIRS[upstream, "WorkerState"](address="127.0.0.1:1")
    theirs.handle_stimulus(compute("y", who_has={"x": ["127.0.0.1:2"]}))
    assert theirs.story(theirs.tasks["x"]) == theirs.story("x")
    theirs.validate_state()
