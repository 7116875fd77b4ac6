"""The comparison finds what it is there for: nothing that can be seen of a machine goes unnoticed, and a
mistake of ours is found within a few histories and told with a short one.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest
from distributed import worker_state_machine as upstream
from distributed.protocol.serialize import Serialize

from lawful.generated.worker import Task, Worker
from lawful.runtime import IllegalEvent
from lawful.runtime.dask import WorkerState

from .filled import HERE, PEERS, filled
from .lockstep.clock import Clock
from .lockstep.compare import Comparison, Difference, Order, first_difference
from .lockstep.coverage import Coverage
from .lockstep.plans import EXACT, VALIDATING
from .lockstep.run import Plan, play, shortest, told
from .lockstep.style import Style, any_style
from .lockstep.subjects import Trusting, in_order, made

HISTORIES = 200


# What is looked at


def pictures(change: Callable[[Any], object], order: Order) -> tuple[Any, Any]:
    """Two machines that have something everywhere, one of which has been changed."""
    machines = [
        filled(WorkerState(address=HERE, validate=False, nthreads=3, resources={"GPU": 4.0}))
        for _ in range(2)
    ]
    for key, task in machines[0].tasks.items():
        task.run_spec = machines[1].tasks[key].run_spec
    change(machines[1])
    look = Comparison(order)
    one, other = map(look.picture, machines)
    return one, other


BY_WHICH_ALL_ARE_NAMED = ("key",)
FOLLOWS_FROM_THE_KEY = ("prefix", "__weakref__")
THE_SAME_FOR_ALL = ("suspicious_count",)


def spoil(task: Any, name: str, other: Any) -> None:
    """Give a field of a task another value."""
    value = getattr(task, name)
    if hasattr(value, "discard"):
        item = PEERS[2] if name == "who_has" else other
        setattr(task, name, type(value)([*value, item]))
    elif isinstance(value, dict):
        setattr(task, name, {**value, "odd": 1})
    elif isinstance(value, list):
        value.append("odd")
    elif isinstance(value, (bool, str)):
        setattr(task, name, not value if isinstance(value, bool) else f"odd {value}")
    else:
        setattr(task, name, Serialize("odd"))  # type: ignore[no-untyped-call]


def test_two_machines_that_are_alike_look_alike() -> None:
    for order in Order:
        one, other = pictures(lambda ws: None, order)
        assert one == other


@pytest.mark.parametrize("order", [Order.NOTHING, Order.ORDERS])
@pytest.mark.parametrize(
    "name",
    [
        field.name
        for field in dataclasses.fields(upstream.TaskState)
        if field.name not in (*BY_WHICH_ALL_ARE_NAMED, *FOLLOWS_FROM_THE_KEY, *THE_SAME_FOR_ALL)
    ],
)
def test_each_field_of_a_task_is_looked_at(name: str, order: Order) -> None:
    one, other = pictures(lambda ws: spoil(ws.tasks["cancelled"], name, ws.tasks["memory"]), order)
    told = first_difference(one, other)
    assert told.startswith("tasks")
    assert f"[{name}]" in told


CHANGES: dict[str, Callable[[Any], object]] = {
    "waiting": lambda ws: ws.waiting.clear(),
    "missing_dep_flight": lambda ws: ws.missing_dep_flight.clear(),
    "executing": lambda ws: ws.executing.pop(),
    "long_running": lambda ws: ws.long_running.clear(),
    "in_flight_tasks": lambda ws: ws.in_flight_tasks.pop(),
    "ready": lambda ws: ws.ready.pop(),
    "constrained": lambda ws: ws.constrained.pop(),
    "busy_workers": lambda ws: ws.busy_workers.add(PEERS[0]),
    "has_what": lambda ws: ws.has_what[PEERS[0]].clear(),
    "in_flight_workers": lambda ws: ws.in_flight_workers[PEERS[0]].add("odd"),
    "data_needed": lambda ws: ws.data_needed[PEERS[2]],  # an empty heap more
    "actors": lambda ws: ws.actors.update(odd=1),
    "data": lambda ws: ws.data.update(memory=2),
    "threads": lambda ws: ws.threads.update(memory=2),
    "tasks": lambda ws: ws.tasks.pop("missing"),
    "running": lambda ws: setattr(ws, "running", False),
    "generation": lambda ws: setattr(ws, "generation", 1),
    "nbytes": lambda ws: setattr(ws, "nbytes", 1),
    "fetch_count": lambda ws: setattr(ws, "fetch_count", 9),
    "executed_count": lambda ws: setattr(ws, "executed_count", 9),
    "transition_counter": lambda ws: setattr(ws, "transition_counter", 9),
    "transfer_incoming_bytes": lambda ws: setattr(ws, "transfer_incoming_bytes", 9),
    "transfer_incoming_count_total": lambda ws: setattr(ws, "transfer_incoming_count_total", 9),
    "available_resources": lambda ws: ws.available_resources.update(GPU=0.0),
    "total_resources": lambda ws: ws.total_resources.update(GPU=0.0),
}


@pytest.mark.parametrize("order", [Order.NOTHING, Order.ORDERS])
@pytest.mark.parametrize("name", CHANGES)
def test_each_collection_and_counter_is_looked_at(name: str, order: Order) -> None:
    one, other = pictures(CHANGES[name], order)
    assert name in first_difference(one, other)


@pytest.mark.parametrize("name", ["waiting", "ready", "in_flight_tasks"])
def test_only_the_exact_comparison_looks_at_the_order_of_sets(name: str) -> None:
    ordered, unordered = Comparison(Order.NOTHING), Comparison(Order.ORDERS)
    one, other = Worklike(name, "a", "b"), Worklike(name, "b", "a")
    assert ordered.picture(one)[name] != ordered.picture(other)[name]
    assert unordered.picture(one)[name] == unordered.picture(other)[name]


class Worklike:
    """A machine with two tasks in one of its sets, and nothing else."""

    def __init__(self, name: str, *keys: str) -> None:
        ws = WorkerState(address=HERE)
        self.ws = ws
        self.listed = {name: [Task(key) for key in keys]}

    def __getattr__(self, name: str) -> Any:
        return self.listed[name] if name in self.listed else getattr(self.ws, name)


def test_the_first_difference_is_told_in_words() -> None:
    one, other = pictures(lambda ws: setattr(ws.tasks["fetch"], "done", True), Order.ORDERS)
    assert first_difference(one, other) == "tasks['fetch'][done]: upstream has False, ours True"
    assert first_difference({"log": [1]}, {"log": [1, 2]}) == "log[1]: only ours has it: 2"
    assert first_difference({"x": {"a": 1}}, {"x": {}}) == "x['a']: only upstream has it: 1"


# Mistakes of a machine


def plan_with(kind: type[WorkerState], *, validate: bool = False) -> Plan:
    def mistaken(style: Style, clock: Clock) -> Any:
        return made(kind, style, clock, validate=validate)

    return Plan(in_order, (mistaken,), VALIDATING.style if validate else any_style)


def found(plan: Plan) -> Difference:
    """The first difference, with as short a history as can be found."""
    for seed in range(HISTORIES):
        try:
            play(plan, random.Random(seed), Coverage())
        except Difference as difference:
            first = difference
            break
    else:
        pytest.fail(f"no difference in {HISTORIES} histories")
    return shortest(plan, first)


class LosesAnInstruction(WorkerState):
    def handle_stimulus(self, *stims: Any) -> list[Any]:
        return super().handle_stimulus(*stims)[1:]


class SwapsInstructions(WorkerState):
    def handle_stimulus(self, *stims: Any) -> list[Any]:
        return super().handle_stimulus(*stims)[::-1]


class Miscounts(WorkerState):
    def handle_stimulus(self, *stims: Any) -> list[Any]:
        instructions = super().handle_stimulus(*stims)
        for instruction in instructions:
            if isinstance(instruction, upstream.TaskFinishedMsg):
                instruction.nbytes += 1
        return instructions


class LogsLess(WorkerState):
    def handle_stimulus(self, *stims: Any) -> list[Any]:
        instructions = super().handle_stimulus(*stims)
        if len(self.log) > 3:
            self.log.pop()
        return instructions


class ForgetsEvents(WorkerState):
    def handle_stimulus(self, *stims: Any) -> list[Any]:
        instructions = super().handle_stimulus(*stims)
        self.stimulus_log.clear()
        return instructions


class DrawsTooOften(WorkerState):
    def handle_stimulus(self, *stims: Any) -> list[Any]:
        self.rng.random()
        return super().handle_stimulus(*stims)


class TellsLess(WorkerState):
    def story(self, *keys: Any) -> list[Any]:
        return super().story(*keys)[1:]


class RemembersLess(WorkerState):
    def stimulus_story(self, *keys: Any) -> list[Any]:
        return []


class DumpsMore(WorkerState):
    def _to_dict(self, *, exclude: Any = ()) -> dict[str, Any]:
        return {**super()._to_dict(exclude=exclude), "more": 1}


class TellsPluginsTwice(WorkerState):
    def _notify_plugins(self, method_name: str, *args: Any, **kwargs: Any) -> None:
        super()._notify_plugins(method_name, *args, **kwargs)
        super()._notify_plugins(method_name, *args, **kwargs)


class TakesAnything(WorkerState):
    def _handle_event(self, ev: Any) -> tuple[Any, Any]:
        try:
            return super()._handle_event(ev)
        except (IllegalEvent, KeyError):
            return {}, []


class FindsFault(Trusting):
    def validate_task(self, ts: Any) -> None:
        if ts.state == "long-running":
            raise upstream.InvalidTaskState(ts.key, ts.state, [])
        super().validate_task(ts)


class FindsNoFault(Trusting):
    def validate_state(self) -> None:
        pass

    def validate_task(self, ts: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (LosesAnInstruction, "instructions"),
        (SwapsInstructions, "instructions"),
        (Miscounts, "instructions"),
        (LogsLess, "log"),
        (ForgetsEvents, "stimulus_log"),
        (DrawsTooOften, "rng|instructions|log|tasks"),
        (TellsLess, "story"),
        (RemembersLess, "stimulus_story"),
        (DumpsMore, "dump"),
        (TellsPluginsTwice, "told"),
        (TakesAnything, "upstream raised"),
    ],
)
def test_a_mistake_in_what_is_told_is_found(kind: type[WorkerState], words: str) -> None:
    difference = found(plan_with(kind))
    assert any(f": {word}" in str(difference) for word in words.split("|")), difference
    assert len(difference.steps) <= 12, told(difference)


def test_a_check_that_is_too_strict_is_found() -> None:
    difference = found(plan_with(FindsFault, validate=True))
    assert "finds its state invalid, upstream doesn't" in str(difference)


def test_a_check_that_is_too_weak_is_found() -> None:
    assert "of its state, ours None" in str(found(plan_with(FindsNoFault, validate=True)))


TransitionFunction = Callable[..., Any]


def without_instructions(step: TransitionFunction) -> TransitionFunction:
    def wrong(ws: Any, task: Any, stimulus_id: str, instructions: list[Any], *args: Any) -> Any:
        return step(ws, task, stimulus_id, [], *args)

    return wrong


def without_recommendations(step: TransitionFunction) -> TransitionFunction:
    def wrong(*args: Any) -> None:
        step(*args)

    return wrong


def other_way_round(step: TransitionFunction) -> TransitionFunction:
    def wrong(*args: Any) -> Any:
        return dict(reversed(step(*args).items()))

    return wrong


def done(step: TransitionFunction) -> TransitionFunction:
    def wrong(ws: Any, task: Any, *args: Any) -> Any:
        recommendations = step(ws, task, *args)
        task.done = True
        return recommendations

    return wrong


def nothing(step: TransitionFunction) -> TransitionFunction:
    return lambda *args: None


MISTAKES: dict[str, tuple[str, str, Callable[[TransitionFunction], TransitionFunction]]] = {
    "the scheduler does not hear that data is gone": ("memory", "released", without_instructions),
    "a rescheduled task is not told of": ("executing", "rescheduled", without_instructions),
    "inputs are not fetched": ("released", "waiting", without_recommendations),
    "inputs are fetched in another order": ("released", "waiting", other_way_round),
    "the scheduler waits for a task that has seceded": (
        "executing",
        "long-running",
        without_instructions,
    ),
    "a transfer looks as if it were over": ("fetch", "flight", done),
    "what was cancelled is not wanted again": ("cancelled", "waiting", nothing),
    "a failed resumed task is not wanted again": ("resumed", "error", without_recommendations),
    "what is missing stays so": ("missing", "fetch", nothing),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_transition_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start, request, spoiled = MISTAKES[name]
    table: Any = Worker._TRANSITIONS[Task][start]
    monkeypatch.setitem(table, request, spoiled(table[request]))
    difference = found(EXACT)
    assert len(difference.steps) <= 12, told(difference)
    assert "first difference" in told(difference)
