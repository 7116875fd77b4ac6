"""Single steps have upstream's private names, and do what those do."""

from __future__ import annotations

from typing import Any

import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

from .events import compute, executed, failed, freed, gathered, scattered

PEER = "127.0.0.1:2"
ERROR = ("exception", None, "text", "")

MEMORY = (scattered(x=1),)
EXECUTING = (compute("x"),)
READY = (compute("other"), compute("x"))
CONSTRAINED = (*EXECUTING, compute("y", resource_restrictions={"R": 1.0}))
FLIGHT = (compute("y", who_has={"x": [PEER]}),)
CANCELLED = (*EXECUTING, freed("x"))
RESUMED = (*CANCELLED, compute("y", who_has={"x": [PEER]}))
PAUSED = upstream.PauseEvent(stimulus_id="pause")
MISSING = (*FLIGHT, gathered(PEER, 1))


def shown(ws: Any) -> Any:
    """All that upstream shows of a machine, in its order, but for what is of the clock."""
    whole = ws._to_dict(exclude=("handled", "task_cumulative_elapsed"))
    whole["log"] = [record[:-1] for record in whole["log"]]
    return whole


def told(result: Any) -> Any:
    if not isinstance(result, tuple):
        return repr(result)
    recommendations, instructions = result
    return [(task.key, request) for task, request in recommendations.items()], instructions


@pytest.mark.parametrize(
    ("before", "name", "key", "arguments"),
    [
        (MEMORY, "_transition_memory_released", "x", ()),
        (EXECUTING, "_transition_executing_released", "x", ()),
        (EXECUTING, "_transition_executing_memory", "x", (7, 0)),
        (EXECUTING, "_transition_executing_long_running", "x", (0.5,)),
        (EXECUTING, "_transition_generic_error", "x", (*ERROR, 0)),
        (EXECUTING, "_transition_to_memory", "x", (7, "task-finished", 0)),
        (READY, "_transition_generic_released", "x", ()),
        (CONSTRAINED, "_transition_generic_released", "y", ()),
        (FLIGHT, "_transition_flight_released", "x", ()),
        (FLIGHT, "_transition_flight_fetch", "x", ()),
        (FLIGHT, "_transition_generic_released", "y", ()),
        (CANCELLED, "_transition_cancelled_waiting", "x", ()),
        (CANCELLED, "_transition_cancelled_fetch", "x", ()),
        (CANCELLED, "_transition_cancelled_or_resumed_long_running", "x", (0.5,)),
        (RESUMED, "_transition_resumed_released", "x", ()),
        (RESUMED, "_transition_resumed_memory", "x", (7, 0)),
        ((PAUSED, *FLIGHT), "_transition_fetch_flight", "x", (PEER,)),
        (MISSING, "_transition_missing_released", "x", ()),
        (MISSING, "_transition_missing_waiting", "x", ()),
        (MISSING, "_transition_missing_fetch", "x", ()),
    ],
)
def test_a_single_transition_does_the_same(
    both: Any, before: Any, name: str, key: str, arguments: Any
) -> None:
    ours, theirs = both(resources={"R": 1.0})
    results = []
    for ws in (ours, theirs):
        ws.handle_stimulus(*before)
        results.append(told(getattr(ws, name)(ws.tasks[key], *arguments, stimulus_id="by hand")))
    assert results[0] == results[1]
    assert shown(ours)["tasks"] == shown(theirs)["tasks"]


@pytest.mark.parametrize(
    ("before", "event", "name"),
    [
        ((), compute("x"), "_handle_compute_task"),
        (EXECUTING, executed("x"), "_handle_execute_success"),
        (EXECUTING, failed("x"), "_handle_execute_failure"),
        (EXECUTING, freed("x"), "_handle_free_keys"),
        (FLIGHT, gathered(PEER, 1, x=1), "_handle_gather_dep_success"),
        ((), scattered(x=1), "_handle_update_data"),
        ((PAUSED, *READY), upstream.UnpauseEvent(stimulus_id="on"), "_handle_unpause"),
        (MISSING, upstream.FindMissingEvent(stimulus_id="who"), "_handle_find_missing"),
    ],
)
def test_the_handler_of_an_event_does_the_same(
    both: Any, before: Any, event: Any, name: str
) -> None:
    ours, theirs = both()
    results = []
    for ws in (ours, theirs):
        ws.handle_stimulus(*before)
        results.append(told(getattr(ws, name)(event)))
    assert results[0] == results[1]
    assert shown(ours) == shown(theirs)


def _paused_and_ready(ws: Any) -> None:
    ws.handle_stimulus(PAUSED, *CONSTRAINED)
    ws.running = True


def _in_memory(ws: Any) -> None:
    ws.handle_stimulus(*MEMORY)


def _fetching(ws: Any) -> None:
    ws.handle_stimulus(PAUSED, *FLIGHT)


@pytest.mark.parametrize(
    ("begin", "step"),
    [
        (_paused_and_ready, lambda ws: ws._ensure_computing()),
        (_paused_and_ready, lambda ws: ws._next_ready_task()),
        (_paused_and_ready, lambda ws: ws._acquire_resources(ws.tasks["y"])),
        (_paused_and_ready, lambda ws: ws._release_resources(ws.tasks["y"])),
        (_paused_and_ready, lambda ws: ws._resource_restrictions_satisfied(ws.tasks["y"])),
        (_in_memory, lambda ws: ws._purge_state(ws.tasks["x"])),
        (_fetching, lambda ws: ws._ensure_computing()),
        (_fetching, lambda ws: ws._ensure_communicating(stimulus_id="s")),
        (_fetching, lambda ws: ws._update_who_has({"x": ["127.0.0.1:3"], "unknown": []})),
        (_fetching, lambda ws: ws._should_throttle_incoming_transfers()),
        (_fetching, lambda ws: ws._ensure_task_exists("z", priority=(3,), stimulus_id="s")),
        (_fetching, lambda ws: ws._ensure_task_exists("x", priority=(3,), stimulus_id="s")),
    ],
)
def test_a_single_concern_is_looked_after_in_the_same_way(both: Any, begin: Any, step: Any) -> None:
    ours, theirs = both(resources={"R": 1.0})
    results = []
    for ws in (ours, theirs):
        begin(ws)
        results.append(told(step(ws)))
    assert results[0] == results[1]
    assert shown(ours) == shown(theirs)
    assert ours.available_resources == theirs.available_resources


def test_the_message_about_a_result_can_be_made(both: Any) -> None:
    ours, theirs = both()
    messages = []
    for ws in (ours, theirs):
        ws.handle_stimulus(*MEMORY)
        messages.append(ws._get_task_finished_msg(ws.tasks["x"], run_id=3, stimulus_id="s"))
    assert messages[0] == messages[1]


def test_the_table_of_transitions_has_upstreams_pairs(both: Any) -> None:
    ours, theirs = both()
    assert ours._TRANSITIONS_TABLE.keys() == theirs._TRANSITIONS_TABLE.keys()
    for ws in (ours, theirs):
        ws.handle_stimulus(*MEMORY)
        step = ws._TRANSITIONS_TABLE["memory", "released"]
        result = step(ws, ws.tasks["x"], stimulus_id="s")
        assert told(result)[0] == [("x", "forgotten")]


def test_a_state_that_has_no_such_transition_refuses_it(ws: WorkerState) -> None:
    ws.handle_stimulus(*MEMORY)
    with pytest.raises(upstream.InvalidTransition):
        ws._transition_waiting_ready(ws.tasks["x"], stimulus_id="s")  # type: ignore[attr-defined]


def test_single_checks_are_assertions(both: Any) -> None:
    for ws in both(resources={"R": 1.0}):
        ws.handle_stimulus(*EXECUTING)
        task = ws.tasks["x"]
        ws._validate_task_executing(task)
        ws._validate_resources()
        ws.executing.clear()
        ws.available_resources["R"] = 9.0
        with pytest.raises(AssertionError):
            ws._validate_task_executing(task)
        with pytest.raises(AssertionError):
            ws._validate_resources()


def test_every_part_that_stands_for_itself_is_there() -> None:
    inseparable = {
        "_execute_done_common",
        "_gather_dep_done_common",
        "_select_keys_for_gather",
        "_select_workers_for_gather",
        "_task_exceeds_transfer_limits",
    }
    theirs = {name for name in dir(upstream.WorkerState) if not name.startswith("__")}
    missing = {name for name in theirs if not hasattr(WorkerState, name)}
    assert missing - set(upstream.WorkerState.__slots__) == inseparable
