"""One step: what is logged, what can be replaced, what is told to plugins, what errors leave behind."""

from __future__ import annotations

import pickle
from typing import Any
from unittest import mock

import pytest
from distributed import worker_state_machine as upstream
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.shuffle._worker_plugin import ShuffleWorkerPlugin

from lawful.runtime.dask import WorkerState
from lawful.runtime.dask.plugins import hears

from .events import compute, executed, failed, freed, gathered, scattered


def test_events_of_one_batch_are_stamped_alike(ws: WorkerState) -> None:
    ws.handle_stimulus(compute("x"), compute("y"))
    ws.handle_stimulus(freed("y"))
    first, second, third = ws.stimulus_log
    assert first.handled is not None
    assert first.handled == second.handled <= third.handled


def test_find_missing_is_not_logged(ws: WorkerState) -> None:
    ws.handle_stimulus(upstream.FindMissingEvent(stimulus_id="s"))
    assert not ws.stimulus_log


def test_what_is_logged_is_what_upstream_logs(both: Any) -> None:
    events = [
        compute("x", who_has={"a": ["127.0.0.1:2"]}),
        gathered("127.0.0.1:2", 1, a="big"),
        executed("x", "big"),
        scattered(z="big"),
        compute("y"),
        failed("y"),
        freed("x"),
    ]
    ours, theirs = both()
    given = pickle.dumps(events)
    for ws in (ours, theirs):
        ws.handle_stimulus(*pickle.loads(given))
    assert [type(event) for event in ours.stimulus_log] == [type(event) for event in events]
    assert "big" not in repr(ours.stimulus_log)
    for mine, other in zip(ours.stimulus_log, theirs.stimulus_log, strict=True):
        assert mine.handled is not None
        assert mine.handled <= other.handled
        mine.handled = other.handled
        assert mine._to_dict() == other._to_dict()


def test_logging_leaves_the_event_as_it_is(ws: WorkerState) -> None:
    event = compute("x")
    ws.handle_stimulus(event)
    assert event.run_spec is not None
    assert event.handled is None


def test_an_event_of_a_subclass_is_one_of_its_kind(ws: WorkerState) -> None:
    class Mine(upstream.FreeKeysEvent):
        def to_loggable(self, *, handled: float) -> Any:
            return upstream.PauseEvent(stimulus_id=self.stimulus_id).to_loggable(handled=handled)

    ws.handle_stimulus(scattered(x=1))
    ws.handle_stimulus(Mine(keys=["x"], stimulus_id="s"))
    assert not ws.tasks
    assert type(ws.stimulus_log[-1]) is upstream.PauseEvent
    del upstream.StateMachineEvent._classes["Mine"]


def test_what_is_no_event_is_refused(ws: WorkerState) -> None:
    class Odd(upstream.StateMachineEvent):
        pass

    del upstream.StateMachineEvent._classes["Odd"]
    with pytest.raises(TypeError):
        ws.handle_stimulus(Odd(stimulus_id="s"))


def test_stories(ws: WorkerState) -> None:
    first, second = compute("x", who_has={"a": ["127.0.0.1:2"]}), compute("y")
    ws.handle_stimulus(first, second)
    assert ws.story("y") == ws.story(ws.tasks["y"])
    assert {record[0] for record in ws.story("y")} == {"y"}
    assert all(record[-2] == first.stimulus_id for record in ws.story(first.stimulus_id))
    assert any(record[0] == "gather-dependencies" for record in ws.story("a"))
    assert [event.key for event in ws.stimulus_story("y")] == ["y"]
    assert ws.stimulus_story(ws.tasks["x"]) == [ws.stimulus_log[0]]


# Replaced methods


def test_the_handler_can_be_replaced_and_a_pair_that_is_unknown_is_told_as_upstream_does(
    ws: WorkerState,
) -> None:
    ws.handle_stimulus(compute("x"))
    task = ws.tasks["x"]
    wanted: Any = ({task: "foo"}, [])
    with (
        mock.patch.object(WorkerState, "_handle_event", return_value=wanted),
        pytest.raises(upstream.InvalidTransition, match=r"executing->foo") as caught,
    ):
        ws.handle_stimulus(freed("x"))
    topic, event = caught.value.to_event()
    assert topic == "invalid-worker-transition"
    assert (event["key"], event["start"], event["finish"]) == ("x", "executing", "foo")
    assert event["story"] == ws.story("x")
    again = pickle.loads(pickle.dumps(caught.value))
    assert repr(again) == repr(caught.value)


def test_a_transition_can_be_overridden_and_is_used_for_every_leg() -> None:
    seen = []

    class Mine(WorkerState):
        def _transition(self, ts: Any, finish: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append((ts.key, ts.state, finish if isinstance(finish, str) else finish[0]))
            return super()._transition(ts, finish, *args, **kwargs)

    ws = Mine(address="127.0.0.1:1")
    ws.handle_stimulus(compute("x"), executed("x"))
    assert seen == [
        ("x", "released", "waiting"),
        ("x", "waiting", "ready"),
        ("x", "ready", "executing"),
        ("x", "executing", "memory"),
    ]
    seen.clear()
    ws.handle_stimulus(upstream.UpdateDataEvent(data={"y": 1}, stimulus_id="s"))
    ws.handle_stimulus(compute("z"), failed("z"))
    seen.clear()
    ws.handle_stimulus(compute("z"))  # error -> waiting goes through released
    assert seen[:3] == [
        ("z", "error", "waiting"),
        ("z", "error", "released"),
        ("z", "released", "waiting"),
    ]


def test_what_carries_out_recommendations_can_be_replaced(both: Any) -> None:
    for ws in both():
        with mock.patch.object(type(ws), "_transitions", return_value=["done"]) as replaced:
            assert ws.handle_stimulus(compute("x", stimulus="s")) == ["done"]
        replaced.assert_called_once_with({ws.tasks["x"]: "waiting"}, stimulus_id="s")
        assert ws.tasks["x"].state == "released"


def test_a_test_can_keep_a_worker_from_asking_its_peers(both: Any) -> None:
    for ws in both():
        nothing: tuple[dict[Any, Any], list[Any]] = {}, []
        with mock.patch.object(type(ws), "_ensure_communicating", return_value=nothing) as asking:
            wanted = compute("y", who_has={"x": ["127.0.0.1:2"]}, stimulus="s")
            assert ws.handle_stimulus(wanted) == []
        asking.assert_called_once_with(stimulus_id="s")
        assert ws.tasks["x"].state == "fetch"
        _, instructions = ws._ensure_communicating(stimulus_id="later")
        assert instructions == [upstream.GatherDep.match(worker="127.0.0.1:2")]


def test_a_transition_replaced_later_is_used_too(ws: WorkerState) -> None:
    ws.validate = False
    ws.handle_stimulus(compute("x"))
    with mock.patch.object(WorkerState, "_transition", return_value=({}, [])) as replaced:
        ws.handle_stimulus(executed("x"))
    assert replaced.call_count == 1
    assert ws.tasks["x"].state == "executing"


# Plugins


class Recorder(WorkerPlugin):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def transition(self, key: Any, start: Any, finish: Any, **kwargs: Any) -> None:
        self.seen.append((key, start, finish))


def test_plugins_are_told_what_upstream_tells_them(both: Any) -> None:
    told = []
    for ws in both(plugins={"it": Recorder(), "quiet": object()}):
        ws.handle_stimulus(
            compute("x", who_has={"a": ["127.0.0.1:2"]}),
            gathered("127.0.0.1:2", 1, a=1),
            failed("x"),
            compute("x"),
            executed("x"),
            freed("x", "a"),
        )
        told.append(ws.plugins["it"].seen)
    assert told[0] == told[1]
    assert ("x", "error", "released") in told[0]
    assert ("x", "error", "waiting") not in told[0]


class Inherits(WorkerPlugin):
    """A plugin with other things to do, as most are."""

    def setup(self, worker: Any) -> None:
        """Nothing."""


def own_transition(plugin: Any) -> Any:
    plugin.transition = lambda key, start, finish: None
    return plugin


@pytest.mark.parametrize(
    ("plugin", "wants"),
    [
        (WorkerPlugin(), False),
        (Inherits(), False),
        (object(), False),
        (ShuffleWorkerPlugin(), False),
        (Recorder(), True),
        (own_transition(Inherits()), True),
    ],
)
def test_what_a_plugin_inherits_is_not_called_for_nothing(plugin: Any, wants: bool) -> None:
    assert hears(plugin) is wants


def test_a_plugin_that_fails_changes_nothing(
    ws: WorkerState, caplog: pytest.LogCaptureFixture
) -> None:
    plugin: Any = Recorder()
    plugin.transition = mock.Mock(side_effect=RuntimeError("no"))
    ws.plugins["bad"] = plugin
    with caplog.at_level("INFO", logger="distributed.worker.state_machine"):
        assert ws.handle_stimulus(compute("x")) == [upstream.Execute.match(key="x")]
    assert "Plugin 'bad' failed with exception" in caplog.text
    ws.validate_state()


# Errors


def test_it_goes_on_after_an_error_where_upstream_goes_on(both: Any) -> None:
    for ws in both():
        ws.handle_stimulus(compute("x"))
        with pytest.raises(KeyError):  # nothing was asked of that peer
            ws.handle_stimulus(gathered("127.0.0.1:9", 0))
        assert ws.handle_stimulus(executed("x")) == [upstream.TaskFinishedMsg.match(key="x")]
        ws.validate_state()


def test_an_undeclared_pair_changes_nothing(ws: WorkerState) -> None:
    ws.handle_stimulus(scattered(x=1))
    before = ws._to_dict(exclude=("transition_counter", "task_cumulative_elapsed"))
    with pytest.raises(upstream.InvalidTransition):
        ws._transition(ws.tasks["x"], "flight", "127.0.0.1:2", stimulus_id="s")
    assert ws._to_dict(exclude=("transition_counter", "task_cumulative_elapsed")) == before
    ws.handle_stimulus(freed("x"))
    assert not ws.tasks


def test_an_endless_loop_ends_at_the_same_count(both: Any) -> None:
    ends = []
    for ws in both(transition_counter_max=6):
        ws.handle_stimulus(compute("x"))
        with pytest.raises(upstream.TransitionCounterMaxExceeded) as caught:
            ws.handle_stimulus(executed("x"), compute("y"))
        ends.append((ws.transition_counter, caught.value.to_event()[0], caught.value.finish))
    assert ends[0] == ends[1]
    assert ends[0][1] == "transition-counter-max-exceeded"


def test_an_indirect_transition_counts_three(both: Any) -> None:
    for ws in both():
        ws.handle_stimulus(compute("x"), failed("x"))
        before = ws.transition_counter
        ws.handle_stimulus(compute("x"))
        # error -> waiting with its two legs, waiting -> ready, ready -> executing
        assert ws.transition_counter == before + 5


def test_a_conflict_of_recommendations_is_told_as_upstream_does(ws: WorkerState) -> None:
    ws.handle_stimulus(compute("x"), failed("x"))
    task = ws.tasks["x"]
    real = WorkerState._transition

    def meddle(self: WorkerState, ts: Any, finish: Any, *args: Any, stimulus_id: str) -> Any:
        other = ws.tasks.setdefault("y", type(task)("y"))
        recommendations, new = real(self, ts, finish, *args, stimulus_id=stimulus_id)
        if ts is task and finish == "released":
            return {**recommendations, other: "fetch"}, new
        if ts is task:
            return {**recommendations, other: "waiting"}, new
        return recommendations, new

    with (
        mock.patch.object(WorkerState, "_transition", meddle),
        pytest.raises(upstream.InvalidTransition),
    ):
        ws.handle_stimulus(compute("x"))


def test_a_value_that_can_not_be_stored_makes_an_error(both: Any) -> None:
    class Full(dict[Any, Any]):
        def __setitem__(self, key: Any, value: Any) -> None:
            raise OSError("the disk is full")

    for ws in both(data=Full()):
        ws.handle_stimulus(compute("x"))
        (message,) = ws.handle_stimulus(executed("x", run_id=4))
        assert type(message) is upstream.TaskErredMsg
        assert message.run_id == 4
        assert "the disk is full" in message.exception_text
        assert ws.tasks["x"].state == "error"
        ws.validate_state()


def test_a_type_that_can_not_be_pickled_is_sent_by_its_name(both: Any) -> None:
    class Shy(type):
        def __reduce_ex__(cls, protocol: Any) -> Any:
            raise TypeError("no")

    value = Shy("Value", (), {})()
    sent = []
    for ws in both():
        ws.handle_stimulus(compute("x"))
        (message,) = ws.handle_stimulus(executed("x", value))
        sent.append((message.type, message.typename))
    assert sent[0] == sent[1]


def test_a_type_without_a_hash_is_sent_all_the_same(ws: WorkerState) -> None:
    class Odd(type):
        __hash__ = None  # type: ignore[assignment]

    ws.handle_stimulus(compute("x"))
    (message,) = ws.handle_stimulus(executed("x", Odd("Value", (), {})()))
    assert message.typename.endswith("Value")


def test_a_slow_store_is_told_to_the_scheduler() -> None:
    class Slow(dict[Any, Any]):
        pass

    ws = WorkerState(address="127.0.0.1:1", data=Slow())
    ws.handle_stimulus(compute("x"))
    clock = [9.0, 10.0, 12.0]  # of the step, and of the store
    with mock.patch("distributed.worker_state_machine.time", side_effect=clock):
        (message,) = ws.handle_stimulus(executed("x"))
    assert {"action": "disk-write", "start": 10.0, "stop": 12.0} in message.startstops


def test_what_a_gather_asks_for_can_be_sent(ws: WorkerState) -> None:
    (gather,) = ws.handle_stimulus(compute("x", who_has={"a": ["127.0.0.1:2"]}))
    assert type(gather.to_gather) is set
    ids = {gather.stimulus_id, *(record[-2] for record in ws.log)}
    assert ids == {ws.stimulus_log[0].stimulus_id}
