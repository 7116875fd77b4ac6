"""The class looks to the rest of dask as upstream's does: arguments, attributes, counts."""

from __future__ import annotations

import inspect
import itertools
import pickle
import weakref
from typing import Any

import dask.config
import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

from .events import compute, executed, gathered, scattered


def test_it_is_made_with_the_same_arguments() -> None:
    ours = inspect.signature(WorkerState).parameters
    theirs = inspect.signature(upstream.WorkerState).parameters
    assert list(ours) == list(theirs)
    for name, parameter in theirs.items():
        assert (ours[name].kind, ours[name].default) == (parameter.kind, parameter.default)


def test_every_attribute_and_property_of_upstream_is_there(ws: WorkerState) -> None:
    public = [name for name in dir(upstream.WorkerState) if not name.startswith("_")]
    missing = [name for name in public if not hasattr(ws, name)]
    assert missing == []
    tested = ("_handle_event", "_transition", "_transitions", "_to_dict")
    assert all(callable(getattr(ws, name)) for name in tested)


def test_both_begin_with_the_same_values(both: Any) -> None:
    ours, theirs = both(resources={"GPU": 2.0})
    for name in upstream.WorkerState.__slots__:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if name == "task_counter":
            assert mine.current_count() == other.current_count() == {}
        elif name == "rng":
            assert mine.random() == other.random()
        elif hasattr(other, "__len__"):
            assert len(mine) == len(other)
        else:
            assert mine == other, name


def test_the_address_may_come_later() -> None:
    ws = WorkerState()
    with pytest.raises(AttributeError):
        ws.address  # noqa: B018
    ws.address = "127.0.0.1:1"
    assert ws.handle_stimulus(compute("x")) == [upstream.Execute.match(key="x")]


def test_what_the_worker_hands_over_is_shared(ws: WorkerState) -> None:
    data: dict[Any, Any] = {}
    threads: dict[Any, int] = {}
    plugins: dict[str, Any] = {}
    ws = WorkerState(address="127.0.0.1:1", data=data, threads=threads, plugins=plugins)
    assert ws.data is data
    assert ws.threads is threads
    assert ws.plugins is plugins
    ws.handle_stimulus(scattered(x=1))
    assert data == {"x": 1}


def test_the_store_can_be_exchanged(ws: WorkerState) -> None:
    other: dict[Any, Any] = {}
    ws.data = other
    ws.handle_stimulus(scattered(x=1))
    assert other == {"x": 1}


def test_resources_are_copied_and_can_be_changed(ws: WorkerState) -> None:
    given = {"GPU": 1.0}
    ws = WorkerState(address="127.0.0.1:1", resources=given)
    # In the way of Worker.set_resources.
    ws.available_resources["GPU"] += 1.0
    ws.total_resources["GPU"] = 2.0
    assert given == {"GPU": 1.0}
    first = compute("x", resource_restrictions={"GPU": 2.0})
    assert ws.handle_stimulus(first) == [upstream.Execute.match(key="x")]
    assert ws.available_resources == {"GPU": 0.0}
    ws.validate_state()


@pytest.mark.parametrize("length", [3, None])
def test_logs_are_as_long_as_dask_is_told(length: int | None) -> None:
    with dask.config.set({"distributed.admin.low-level-log-length": length}):
        ws = WorkerState(address="127.0.0.1:1")
    assert ws.log.maxlen == ws.stimulus_log.maxlen == length


def test_a_clock_that_is_put_into_upstreams_module_is_read(
    both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(1000)
    monkeypatch.setattr("distributed.worker_state_machine.time", lambda: 42.0)
    monkeypatch.setattr("distributed.worker_state_machine.monotonic", lambda: float(next(clock)))
    for ws in both():
        ws.handle_stimulus(compute("x"))
        assert {record[-1] for record in ws.log} == {42.0}
        assert ws.stimulus_log[-1].handled == 42.0
        begin = ws.task_counter.cumulative_elapsed()[("x", "executing")]
        assert begin < ws.task_counter.cumulative_elapsed()[("x", "executing")] < 1000


def test_what_a_task_has_empty_can_be_filled_where_it_stands(both: Any) -> None:
    for ws in both():
        ws.handle_stimulus(scattered(x=1, y=2))
        x, y = ws.tasks["x"], ws.tasks["y"]
        x.who_has.add("127.0.0.1:2")
        ws.has_what["127.0.0.1:2"].add("x")
        x.dependents.add(y)
        y.dependencies.add(x)
        assert (x.who_has, x.dependents, y.dependencies) == ({"127.0.0.1:2"}, {y}, {x})
        assert not y.who_has
        ws.validate_state()


def test_plain_sets_may_be_put_into_a_task(both: Any) -> None:
    for ws in both(validate=True):
        ws.handle_stimulus(compute("y", who_has={"x": ["127.0.0.1:2"]}))
        x, y = ws.tasks["x"], ws.tasks["y"]
        x.who_has, x.dependents, x.waiters = {"127.0.0.1:2"}, {y}, {y}
        y.dependencies, y.waiting_for_data = {x}, {x}
        done = gathered("127.0.0.1:2", 1, x=1)
        assert ws.handle_stimulus(done)[-1] == upstream.Execute.match(key="y")
        assert (y.state, y.waiting_for_data) == ("executing", set())


@pytest.mark.parametrize(
    "end",
    [executed("x"), upstream.GatherDepBusyEvent(worker="a", total_nbytes=1, stimulus_id="s")],
)
def test_the_end_of_what_is_not_open_is_the_error_of_upstream(both: Any, end: Any) -> None:
    ours, theirs = both()
    with pytest.raises((AssertionError, KeyError)) as raised:
        theirs.handle_stimulus(end)
    with pytest.raises(raised.type):
        ours.handle_stimulus(end)
    assert not ours.tasks


def test_counts(ws: WorkerState) -> None:
    ws.handle_stimulus(
        compute("x", who_has={"a": ["127.0.0.1:2"], "b": ["127.0.0.1:3"]}), compute("y")
    )
    assert (ws.executing_count, ws.in_flight_tasks_count, ws.transfer_incoming_count) == (1, 2, 2)
    assert ws.all_running_tasks == {ws.tasks["y"]}
    secede = upstream.SecedeEvent(key="y", compute_duration=1.0, stimulus_id="s")
    ws.handle_stimulus(secede)
    assert ws.executing_count == 0
    assert ws.all_running_tasks == {ws.tasks["y"]}


def test_tasks_are_counted_by_state(both: Any) -> None:
    for ws in both():
        ws.handle_stimulus(compute("inc-1", who_has={"a-1": ["127.0.0.1:2"]}), compute("inc-2"))
        ws.handle_stimulus(executed("inc-2"))
        counted = {
            ("inc", "waiting"): 1,
            ("inc", "memory"): 1,
            ("a", "flight"): 1,
        }
        assert ws.task_counter.current_count() == counted
        assert ws.task_counter.cumulative_elapsed().keys() >= counted.keys()
        free = upstream.FreeKeysEvent(keys=["inc-1", "inc-2"], stimulus_id="s")
        ws.handle_stimulus(free)
        assert ws.task_counter.current_count(by_prefix=False) == {"cancelled": 1}


def test_a_whole_machine_can_be_pickled(ws: WorkerState) -> None:
    ws.handle_stimulus(
        compute("x", who_has={"a": ["127.0.0.1:2"]}), compute("y"), executed("y"), compute("z")
    )
    other: WorkerState = pickle.loads(pickle.dumps(ws))
    other.validate_state()
    assert repr(other.tasks) == repr(ws.tasks)
    assert other.story("x") == ws.story("x")
    assert other._to_dict(exclude=("task_cumulative_elapsed",)) == ws._to_dict(
        exclude=("task_cumulative_elapsed",)
    )
    assert other.rng.random() == ws.rng.random()
    # Both go on in the same way.
    end = executed("z")
    assert other.handle_stimulus(end) == ws.handle_stimulus(end) != []


def test_it_can_be_referred_to_weakly(ws: WorkerState) -> None:
    assert weakref.ref(ws)() is ws


def test_a_subclass_may_add_attributes_and_arguments() -> None:
    class Mine(WorkerState):
        def __init__(self, **arguments: Any) -> None:
            super().__init__(**arguments)
            self.mine = 1

    ws = Mine(address="127.0.0.1:1")
    assert ws.mine == 1
    assert ws.handle_stimulus(compute("x")) == [upstream.Execute.match(key="x")]
