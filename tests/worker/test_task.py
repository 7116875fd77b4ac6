"""What others ask a task for is what a task of upstream's answers."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import dask.config
import pytest
from distributed import WorkerPlugin
from distributed import worker_state_machine as upstream
from distributed.utils import recursive_to_dict

from lawful.runtime.dask import TaskState, WorkerState
from lawful.runtime.dask.host import Host

from .events import compute, executed, failed, freed


def test_it_has_all_fields_of_upstream_with_their_defaults() -> None:
    ours, theirs = TaskState("inc-1"), upstream.TaskState("inc-1")
    for name in upstream.TaskState.__dataclass_fields__:
        if not name.startswith("_"):
            assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.parametrize(
    ("state", "previous", "next_"),
    [
        ("waiting", None, None),
        ("cancelled", "executing", None),
        ("cancelled", "flight", None),
        ("resumed", "flight", "waiting"),
        ("resumed", "long-running", "fetch"),
        ("forgotten", None, None),
    ],
)
def test_it_shows_itself_alike(state: Any, previous: Any, next_: Any) -> None:
    ours, theirs = TaskState("x"), upstream.TaskState("x")
    for task in (ours, theirs):
        task.state, task.previous, task.next = state, previous, next_
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("key", ["inc-1", ("sum-2", 3), "x", 5, ("a", ("b", 1))])
def test_prefixes(key: Any) -> None:
    assert TaskState(key).prefix == upstream.TaskState(key).prefix


def test_unknown_sizes_are_those_that_dask_assumes() -> None:
    task = TaskState("x")
    assert task.get_nbytes() == upstream.TaskState("x").get_nbytes()
    task.nbytes = 0
    assert task.get_nbytes() == 0


def test_it_is_slotted_and_equal_to_itself_only() -> None:
    task = TaskState("x")
    assert not hasattr(task, "__dict__")
    with pytest.raises(AttributeError):
        setattr(task, "colour", "red")  # noqa: B010 - a checker refuses the plain form
    assert task != TaskState("x")
    assert {task: 1}[task] == 1
    assert weakref.ref(task)() is task


def test_one_that_is_made_by_hand_takes_the_fields_of_upstream_by_name() -> None:
    for kind in (TaskState, upstream.TaskState):
        make: Any = kind
        x = make("x", state="memory", done=True, nbytes=5, who_has={"127.0.0.1:2"})
        y = make("y", dependencies={x}, priority=(0,), resource_restrictions={"GPU": 1.0})
        x.dependents.add(y)
        assert (x.state, x.done, x.get_nbytes(), x.who_has) == ("memory", True, 5, {"127.0.0.1:2"})
        assert (x.dependents, y.dependencies) == ({y}, {x})
        assert recursive_to_dict([x, y]) == [
            {
                "dependents": ["<TaskState 'y' released>"],
                "done": True,
                "key": "x",
                "nbytes": 5,
                "run_id": -1,
                "state": "memory",
                "who_has": ["127.0.0.1:2"],
            },
            {
                "dependencies": ["<TaskState 'x' memory>"],
                "key": "y",
                "priority": [0],
                "resource_restrictions": {"GPU": 1.0},
                "run_id": -1,
                "state": "released",
            },
        ]
        assert make("z", 4).run_id == 4  # in upstream's order
        with pytest.raises(TypeError, match="colour"):
            make("z", colour="red")


def test_the_machine_takes_one_that_was_made_by_hand_and_its_own_are_of_the_same_class(
    ws: WorkerState,
) -> None:
    make: Any = TaskState
    task = ws.tasks["x"] = make("x", priority=(1,))
    acquire = upstream.AcquireReplicasEvent(
        who_has={"x": ["127.0.0.1:2"]}, nbytes={"x": 1}, stimulus_id="s"
    )
    ws.handle_stimulus(acquire, compute("y"))
    assert task.state == "flight"
    assert all(isinstance(known, TaskState) for known in ws.tasks.values())
    assert isinstance(upstream.TaskState("x"), TaskState)  # by what it is called, and so looked for
    ws.validate_state()


def test_notes_are_kept_apart_and_survive_pickling() -> None:
    task, other = TaskState("x"), TaskState("y")
    task.metadata["a"] = 1
    assert other.metadata == {}
    copy = pickle.loads(pickle.dumps(task))
    assert (copy.key, copy.metadata) == ("x", {"a": 1})
    assert pickle.loads(pickle.dumps(TaskState("z"))).metadata == {}
    task.metadata = {"b": 2}
    assert task.metadata == {"b": 2}


def test_notes_go_to_the_scheduler(ws: WorkerState) -> None:
    ws.handle_stimulus(compute("x"))
    ws.tasks["x"].metadata["a"] = 1
    (message,) = ws.handle_stimulus(executed("x"))
    assert message.metadata == {"a": 1}
    assert message.to_dict()["metadata"] == {"a": 1}


def test_what_a_plugin_notes_at_the_end_of_a_task_goes_to_the_scheduler(both: Any) -> None:
    class Plugin(WorkerPlugin):
        def __init__(self, tasks: dict[Any, Any]) -> None:
            self.tasks = tasks

        def transition(self, key: Any, start: Any, finish: Any, **_: Any) -> None:
            self.tasks[key].metadata[finish] = start

    for ws in both():
        ws.plugins["notes"] = Plugin(ws.tasks)
        ws.handle_stimulus(compute("x"))
        (message,) = ws.handle_stimulus(executed("x"))
        assert message.metadata == {
            "waiting": "released",
            "ready": "waiting",
            "executing": "ready",
            "memory": "executing",
        }


def test_living_tasks_can_be_found_and_forgotten_ones_do_not_leak(ws: WorkerState) -> None:
    gc.collect()
    before = len(TaskState._instances)
    ws.handle_stimulus(compute("x", who_has={"a": ["127.0.0.1:2"]}), compute("y"))
    assert len(TaskState._instances) == before + 3
    assert ws.tasks["x"] in TaskState._instances
    ws.handle_stimulus(freed("y"), executed("y"))
    gc.collect()
    assert len(TaskState._instances) == before + 2


def test_who_clears_the_living_tasks_sees_those_made_since(ws: WorkerState) -> None:
    ws.handle_stimulus(compute("x"))
    TaskState._instances.clear()
    ws.handle_stimulus(compute("y"))
    assert set(TaskState._instances) == {ws.tasks["y"]}
    assert "x" in ws.tasks


def fields(task: Any) -> dict[str, Any]:
    shown = recursive_to_dict({"task": task})["task"]
    for name in ("dependencies", "dependents", "waiters", "waiting_for_data", "who_has"):
        if name in shown:
            shown[name] = sorted(shown[name])
    return dict(shown)


def test_dumps_of_tasks_are_those_of_upstream(both: Any) -> None:
    events = [
        compute(
            "x",
            who_has={"a": ["127.0.0.1:2", "127.0.0.1:3"], "b": ["127.0.0.1:3"]},
            annotations={"n": 1},
            priority=(1, 2),
        ),
        compute("y", resource_restrictions={"GPU": 1.0}),
        compute("z"),
        executed("y", "result"),
        failed("z"),
        compute("w"),
        freed("w"),
    ]
    ours, theirs = both(resources={"GPU": 1.0})
    for ws in (ours, theirs):
        ws.handle_stimulus(*events)
    states = {"waiting", "flight", "memory", "error", "cancelled"}
    assert {task.state for task in ours.tasks.values()} == states
    for key, task in ours.tasks.items():
        mine, other = fields(task), fields(theirs.tasks[key])
        assert list(mine) == list(other)
        assert mine == other
    with dask.config.set({}):
        some = ours.tasks["x"]._to_dict_no_nest(exclude=("priority", "dependencies"))
        assert not some.keys() & {"priority", "dependencies"}


def test_hosts_are_told_apart_by_the_function_that_upstream_uses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near, far = "tcp://127.0.0.1:1", "tcp://127.0.0.1:2"
    assert Host.distance(near, far) == 0
    monkeypatch.setattr(upstream, "get_address_host", lambda address: address)
    assert Host.distance(near, far) == 1
    monkeypatch.undo()
    assert Host.distance(near, far) == 0
