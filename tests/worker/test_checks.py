"""What upstream's validation refuses ours refuses too; and ours changes nothing by looking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime import OrderedSet
from lawful.runtime.dask import WorkerState

from .events import compute, executed, failed, gathered
from .filled import HERE, PEERS, STATES, make


def also(task: Any, field: str, item: Any) -> None:
    """Put something into a set of a task. Ours may have it in common with others until it is."""
    held = getattr(task, field)
    setattr(task, field, (OrderedSet if isinstance(held, OrderedSet) else set)([*held, item]))


def test_the_machine_under_test_is_whole(both: Any) -> None:
    for ws in make(both):
        found = {key: ws.tasks[key].state for key in STATES}
        assert found == STATES
        ws.validate_state()


def test_checking_changes_nothing(both: Any) -> None:
    ours, _ = make(both)
    ours.validate = True
    before = ours._to_dict(exclude=("task_cumulative_elapsed",)), list(ours.data_needed)
    ours.validate_state()
    for task in ours.tasks.values():
        ours.validate_task(task)
    after = ours._to_dict(exclude=("task_cumulative_elapsed",)), list(ours.data_needed)
    assert after == before


Spoil = Callable[[Any, Any], object]  # (the machine, its tasks)

OF_A_TASK: dict[str, tuple[str, Spoil]] = {
    "another task has its key": ("ready", lambda ws, t: t.update(ready=type(t["ready"])("ready"))),
    "memory without a value": ("memory", lambda ws, t: ws.data.clear()),
    "memory without a size": ("memory", lambda ws, t: setattr(t["memory"], "nbytes", None)),
    "memory that waits": (
        "memory",
        lambda ws, t: also(t["memory"], "waiting_for_data", t["fetch"]),
    ),
    "executing without a slot": ("executing", lambda ws, t: ws.executing.discard(t["executing"])),
    "executing and seceded": ("executing", lambda ws, t: ws.long_running.add(t["executing"])),
    "executing nothing": ("executing", lambda ws, t: setattr(t["executing"], "run_spec", None)),
    "executing with a value": ("executing", lambda ws, t: ws.data.update(executing=1)),
    "executing that waits": (
        "executing",
        lambda ws, t: also(t["executing"], "waiting_for_data", t["fetch"]),
    ),
    "executing while needed": (
        "executing",
        lambda ws, t: also(t["executing"], "dependents", t["ready"]),
    ),
    "seceded with a slot": ("seceded", lambda ws, t: ws.executing.add(t["seceded"])),
    "seceded and not noted": ("seceded", lambda ws, t: ws.long_running.discard(t["seceded"])),
    "ready outside of its heap": ("ready", lambda ws, t: ws.ready.remove(t["ready"])),
    "ready with restrictions": (
        "ready",
        lambda ws, t: setattr(t["ready"], "resource_restrictions", {"GPU": 1.0}),
    ),
    "ready in the other heap": ("ready", lambda ws, t: ws.constrained.add(t["ready"])),
    "ready with a value": ("ready", lambda ws, t: ws.data.update(ready=1)),
    "ready and done": ("ready", lambda ws, t: setattr(t["ready"], "done", True)),
    "ready that waits": ("ready", lambda ws, t: also(t["ready"], "waiting_for_data", t["fetch"])),
    "ready without an input": ("ready", lambda ws, t: also(t["ready"], "dependencies", t["fetch"])),
    "constrained without restrictions": (
        "constrained",
        lambda ws, t: t["constrained"].resource_restrictions.clear(),
    ),
    "constrained outside of its heap": (
        "constrained",
        lambda ws, t: ws.constrained.remove(t["constrained"]),
    ),
    "waiting and not noted": ("waiting", lambda ws, t: ws.waiting.discard(t["waiting"])),
    "waiting for nothing": ("waiting", lambda ws, t: t["waiting"].waiting_for_data.clear()),
    "waiting for what is here": (
        "waiting",
        lambda ws, t: also(t["waiting"], "waiting_for_data", t["memory"]),
    ),
    "waiting and done": ("waiting", lambda ws, t: setattr(t["waiting"], "done", True)),
    "waiting with a value": ("waiting", lambda ws, t: ws.data.update(waiting=1)),
    "flight and not noted": ("flight", lambda ws, t: ws.in_flight_tasks.discard(t["flight"])),
    "flight from nowhere": ("flight", lambda ws, t: setattr(t["flight"], "coming_from", None)),
    "flight from another": (
        "flight",
        lambda ws, t: setattr(t["flight"], "coming_from", "127.0.0.1:9"),
    ),
    "flight that was not asked for": (
        "flight",
        lambda ws, t: ws.in_flight_workers[PEERS[0]].clear(),
    ),
    "flight with a value": ("flight", lambda ws, t: ws.data.update(flight=1)),
    "flight of an actor": ("flight", lambda ws, t: ws.actors.update(flight=1)),
    "fetch without holders": ("fetch", lambda ws, t: t["fetch"].who_has.clear()),
    "fetch from here": ("fetch", lambda ws, t: also(t["fetch"], "who_has", HERE)),
    "fetch and done": ("fetch", lambda ws, t: setattr(t["fetch"], "done", True)),
    "fetch outside of a heap": ("fetch", lambda ws, t: ws.data_needed[PEERS[0]].remove(t["fetch"])),
    "fetch that the holder is not known for": (
        "fetch",
        lambda ws, t: ws.has_what[PEERS[0]].discard("fetch"),
    ),
    "fetch with a value": ("fetch", lambda ws, t: ws.data.update(fetch=1)),
    "missing with a holder": ("missing", lambda ws, t: also(t["missing"], "who_has", PEERS[0])),
    "missing that a peer has": ("missing", lambda ws, t: ws.has_what[PEERS[0]].add("missing")),
    "missing and not noted": ("missing", lambda ws, t: ws.missing_dep_flight.clear()),
    "missing and done": ("missing", lambda ws, t: setattr(t["missing"], "done", True)),
    "missing with a value": ("missing", lambda ws, t: ws.data.update(missing=1)),
    "cancelled with a next": ("cancelled", lambda ws, t: setattr(t["cancelled"], "next", "fetch")),
    "cancelled from nothing": (
        "cancelled",
        lambda ws, t: setattr(t["cancelled"], "previous", None),
    ),
    "cancelled from ready": (
        "cancelled",
        lambda ws, t: setattr(t["cancelled"], "previous", "ready"),
    ),
    "cancelled without a slot": ("cancelled", lambda ws, t: ws.executing.discard(t["cancelled"])),
    "resumed for nothing": ("resumed", lambda ws, t: setattr(t["resumed"], "next", None)),
    "resumed for the same": ("resumed", lambda ws, t: setattr(t["resumed"], "next", "waiting")),
    "resumed from nothing": ("resumed", lambda ws, t: setattr(t["resumed"], "previous", None)),
    "released with a value": ("memory", lambda ws, t: setattr(t["memory"], "state", "released")),
    "released and running": (
        "executing",
        lambda ws, t: setattr(t["executing"], "state", "released"),
    ),
    "released in flight": ("flight", lambda ws, t: setattr(t["flight"], "state", "released")),
    "released and to be fetched": ("fetch", lambda ws, t: setattr(t["fetch"], "state", "released")),
    "released and missing": ("missing", lambda ws, t: setattr(t["missing"], "state", "released")),
    "released that waits": ("waiting", lambda ws, t: setattr(t["waiting"], "state", "released")),
}


@pytest.mark.parametrize("name", OF_A_TASK)
def test_a_task_that_is_not_right_is_found_by_both(both: Any, name: str) -> None:
    key, spoil = OF_A_TASK[name]
    for ws in make(both):
        task = ws.tasks[key]
        spoil(ws, ws.tasks)
        with pytest.raises(upstream.InvalidTaskState) as caught:
            ws.validate_task(task)
        topic, event = caught.value.to_event()
        assert topic == "invalid-worker-task-state"
        assert (event["key"], event["state"]) == (key, task.state)
        assert event["story"] == ws.story(key)
        with pytest.raises((AssertionError, upstream.InvalidTaskState, KeyError)):
            ws.validate_state()


OF_THE_MACHINE: dict[str, Spoil] = {
    "a peer that does not know what it has": lambda ws, t: ws.has_what[PEERS[1]].clear(),
    "a peer that has too much": lambda ws, t: ws.has_what[PEERS[2]].add("memory"),
    "a peer that has the unknown": lambda ws, t: ws.has_what[PEERS[2]].add("nobody"),
    "we are our own peer": lambda ws, t: ws.has_what[HERE].add("memory"),
    "an input that is not known": lambda ws, t: t.pop("flight"),
    "an input that does not know it": lambda ws, t: t["flight"].dependents.clear(),
    "a heap with another task": lambda ws, t: ws.data_needed[PEERS[2]].add(t["memory"]),
    "fetches miscounted": lambda ws, t: setattr(ws, "fetch_count", 7),
    "missing that is not": lambda ws, t: ws.missing_dep_flight.add(t["memory"]),
    "ready that is not": lambda ws, t: ws.ready.add(t["waiting"]),
    "constrained that is not": lambda ws, t: ws.constrained.add(t["waiting"]),
    "executing that is not": lambda ws, t: ws.executing.add(t["memory"]),
    "seceded that is not": lambda ws, t: ws.long_running.add(t["memory"]),
    "in flight that is not": lambda ws, t: ws.in_flight_tasks.add(t["memory"]),
    "waiting that is not": lambda ws, t: ws.waiting.add(t["memory"]),
    "bytes miscounted": lambda ws, t: setattr(ws, "nbytes", ws.nbytes + 1),
    "a value of nobody": lambda ws, t: ws.data.update(nobody=1),
    "an actor of nobody": lambda ws, t: ws.actors.update(nobody=1),
    "tasks miscounted": lambda ws, t: (
        ws.task_counter.new_task(t["memory"]),
        ws.task_counter.transitions({}),
    ),
    "transitions without end": lambda ws, t: setattr(ws, "transition_counter_max", 3),
    "a resource that is unknown": lambda ws, t: ws.available_resources.update(TPU=1.0),
    "a resource that is gone": lambda ws, t: ws.available_resources.clear(),
    "a resource overdrawn": lambda ws, t: ws.available_resources.update(GPU=-1.0),
    "a resource that nobody gave back": lambda ws, t: ws.available_resources.update(GPU=1.0),
    "a negative restriction": lambda ws, t: setattr(
        t["executing"], "resource_restrictions", {"GPU": -1.0}
    ),
}


@pytest.mark.parametrize("name", [*OF_A_TASK, *OF_THE_MACHINE])
def test_whoever_expects_the_kind_of_error_that_upstream_raises_gets_it(
    both: Any, name: str
) -> None:
    spoil = OF_A_TASK[name][1] if name in OF_A_TASK else OF_THE_MACHINE[name]
    ours, theirs = make(both)
    spoil(theirs, theirs.tasks)
    with pytest.raises((AssertionError, upstream.InvalidTaskState, KeyError)) as caught:
        theirs.validate_state()
    spoil(ours, ours.tasks)
    # It looks for a key and doesn't find it: that says nothing of what is wrong.
    asserts = issubclass(caught.type, KeyError)
    with pytest.raises(AssertionError if asserts else caught.type):
        ours.validate_state()


@pytest.mark.parametrize("name", OF_THE_MACHINE)
def test_a_machine_that_is_not_right_is_found_by_both(both: Any, name: str) -> None:
    for ws in make(both):
        OF_THE_MACHINE[name](ws, ws.tasks)
        with pytest.raises((AssertionError, upstream.InvalidTaskState, KeyError)):
            ws.validate_state()


STRAY: dict[str, Any] = {
    "the end of a run of what is in memory": executed("memory"),
    "the end of a run of what waits": failed("waiting"),
    "the end of a run of what is ready": upstream.RescheduleEvent.dummy("ready", stimulus_id="s"),
    "a copy that nobody has": upstream.AcquireReplicasEvent(
        who_has={"new": []}, nbytes={"new": 1}, stimulus_id="s"
    ),
    "a copy without its holders": upstream.AcquireReplicasEvent(
        who_has={}, nbytes={"new": 1}, stimulus_id="s"
    ),
    "an input that nobody has": compute("new", who_has={"memory": []}, nbytes={"memory": 1}),
    "an input without a size": compute("new", who_has={"memory": PEERS}, nbytes={"flight": 1}),
    "a holder named twice": compute("new", who_has={"memory": PEERS[:1] * 2}),
}


@pytest.mark.parametrize("name", STRAY)
def test_who_validates_refuses_an_event_that_can_t_come_now(both: Any, name: str) -> None:
    for ws in make(both):
        ws.validate = True
        before = {key: task.state for key, task in ws.tasks.items()}
        with pytest.raises(AssertionError):
            ws.handle_stimulus(STRAY[name])
        assert {key: ws.tasks[key].state for key in before} == before


def test_who_validates_finds_who_is_missing_and_has_a_holder_when_it_asks_for_it(
    both: Any,
) -> None:
    for ws in make(both):
        also(ws.tasks["missing"], "who_has", PEERS[0])
        ws.validate = True
        with pytest.raises(AssertionError):
            ws.handle_stimulus(upstream.FindMissingEvent(stimulus_id="s"))


def test_a_step_checks_what_it_has_touched(ws: WorkerState) -> None:
    ws.handle_stimulus(compute("x"))
    ws.tasks["x"].run_spec = None
    ws.handle_stimulus(compute("y"))  # not touched
    with pytest.raises(upstream.InvalidTaskState) as caught:
        ws.handle_stimulus(upstream.FreeKeysEvent(keys=["x"], stimulus_id="s"))
    assert caught.value.key == "x"


def test_without_validation_nothing_is_checked(both: Any) -> None:
    ours, _ = both()
    ours.handle_stimulus(compute("x"), failed("x"), compute("y"))
    ours.tasks["y"].run_spec = None
    ours.handle_stimulus(executed("y"))


def test_at_rest_nothing_is_left_to_do(ws: WorkerState) -> None:
    ws.handle_stimulus(compute("x", who_has={"a": PEERS[:1]}), compute("y"))
    with pytest.raises(AssertionError, match="nothing runs"):
        ws.check_at_rest()
    ws.handle_stimulus(executed("y"))
    with pytest.raises(AssertionError, match="nothing is on its way"):
        ws.check_at_rest()
    ws.handle_stimulus(gathered(PEERS[0], 1, a=1), executed("x"))
    ws.check_at_rest()


def test_an_input_that_failed_on_its_way_leaves_its_waiters_stuck_as_upstream_does(
    both: Any,
) -> None:
    for ws in both():
        ws.handle_stimulus(compute("x", who_has={"a": PEERS[:1]}))
        broken = upstream.GatherDepFailureEvent.from_exception(
            ValueError("no"), worker=PEERS[0], total_nbytes=1, stimulus_id="s"
        )
        ws.handle_stimulus(broken)
        assert (ws.tasks["a"].state, ws.tasks["x"].state) == ("error", "waiting")
        if isinstance(ws, WorkerState):
            with pytest.raises(AssertionError, match="waits for something that nobody has"):
                ws.check_at_rest()
