"""Whoever looks at a worker from outside sees the same in either class, whatever he uses to look."""

from __future__ import annotations

import collections
import copy
import json
import pickle
import weakref
from collections.abc import Callable, Mapping, MutableSet, Set
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it brings no types
import pytest
import yaml
from distributed import worker_state_machine as upstream
from distributed.utils import recursive_to_dict

from .filled import PEERS, STATES, make

OF_THE_CLOCK = ("handled", "log", "task_cumulative_elapsed")

ONE, TWO = PEERS[:2]


def dumped(ws: Any) -> Any:
    whole = recursive_to_dict(ws, exclude=OF_THE_CLOCK)
    del whole["data_needed"]  # upstream leaves empty heaps behind
    return _in_order(whole)


def _in_order(value: Any) -> Any:
    """Lists of texts in the order of the alphabet: they were sets, whose order is of the process."""
    if isinstance(value, dict):
        return {key: _in_order(held) for key, held in value.items()}
    if isinstance(value, list):
        texts = all(isinstance(held, str) for held in value)
        return sorted(value) if texts else [_in_order(held) for held in value]
    return value


def seen(value: Any) -> Any:
    """What somebody sees, without what is of the process or of the order of a set."""
    if isinstance(value, upstream.Instruction):
        return repr(value)
    if isinstance(value, Mapping):
        return sorted((repr(seen(k)), seen(v)) for k, v in value.items())
    if isinstance(value, Set):
        return "set", sorted(repr(seen(element)) for element in value)
    if isinstance(value, list | tuple):
        return [seen(element) for element in value]
    return value if value is None or isinstance(value, str | int | float | type) else repr(value)


OF_A_TASK: list[Callable[[Any], Any]] = [
    repr,
    str,
    recursive_to_dict,
    lambda t: recursive_to_dict({"one": t, "again": t}),
    lambda t: t._to_dict_no_nest(exclude=("who_has", "key")),
    lambda t: (t.key, t.prefix, t.state, t.previous, t.next, t.done, t.run_id, t.priority),
    lambda t: (t.nbytes, t.get_nbytes(), t.type, t.coming_from, t.suspicious_count),
    lambda t: (t.exception, t.traceback, t.exception_text, t.traceback_text),
    lambda t: (t.resource_restrictions, t.annotations, t.span_id, t.metadata, t.startstops),
    lambda t: (t.start_time, t.stop_time, t.run_spec is None),
    lambda t: [t.dependencies, t.dependents, t.waiting_for_data, t.waiters, t.who_has],
    lambda t: [len(s) for s in (t.dependencies, t.dependents, t.waiters, t.who_has)],
    lambda t: [bool(s) for s in (t.dependencies, t.dependents, t.waiters, t.who_has)],
    lambda t: [t.who_has == {ONE}, {ONE} == t.who_has, t.who_has != {ONE}, t.who_has == set()],
    lambda t: [t.who_has | {TWO}, t.who_has & {ONE}, t.who_has - {ONE}, t.who_has ^ {ONE, TWO}],
    lambda t: [{TWO} | t.who_has, {ONE} & t.who_has, {ONE, TWO} - t.who_has],
    lambda t: [t.who_has <= {ONE, TWO}, t.who_has < {ONE}, t.who_has >= set()],
    lambda t: [t.who_has.issubset([ONE]), t.who_has.isdisjoint([ONE]), t.who_has.copy()],
    lambda t: [t.who_has.union([TWO]), t.who_has.intersection([ONE])],
    lambda t: [t.who_has.difference([ONE]), t.who_has.symmetric_difference([ONE, TWO])],
    lambda t: [isinstance(t.dependents, MutableSet), frozenset(t.dependents), set(t.waiters)],
    lambda t: [t.dependents.isdisjoint(t.dependencies), t.dependents - t.waiters],
    lambda t: [t == t, t != t, t in {t}, hash(t) == hash(t), weakref.ref(t)() is t],
    lambda t: [t == copy.copy(t), repr(copy.copy(t)), repr(copy.deepcopy(t))],
    lambda t: [repr(pickle.loads(pickle.dumps(t, protocol))) for protocol in range(2, 6)],
    lambda t: hasattr(t, "__dict__"),
]


@pytest.mark.parametrize("key", STATES)
@pytest.mark.parametrize("look", OF_A_TASK)
def test_a_task_looks_the_same(both: Any, look: Callable[[Any], Any], key: str) -> None:
    ours, theirs = (seen(look(ws.tasks[key])) for ws in make(both))
    assert ours == theirs


OF_THE_MACHINE: list[Callable[[Any], Any]] = [
    dumped,
    lambda ws: json.loads(json.dumps(dumped(ws))),
    lambda ws: yaml.safe_load(yaml.safe_dump(dumped(ws))),
    lambda ws: msgpack.unpackb(msgpack.packb(dumped(ws))),
    lambda ws: [list(ws._to_dict()), list(ws._to_dict(exclude=("log", "tasks")))],
    lambda ws: [record[:-1] for record in ws.log],
    lambda ws: [[type(record), len(record), type(record[-1])] for record in ws.log],
    lambda ws: [[r[:-1] for r in ws.story(key, ws.tasks[key], "s")] for key in STATES],
    lambda ws: [ws.story(), ws.story("nobody"), ws.stimulus_story()],
    lambda ws: [recursive_to_dict(ws.stimulus_story(key), exclude="handled") for key in STATES],
    lambda ws: recursive_to_dict(list(ws.stimulus_log), exclude=("handled",)),
    lambda ws: [pickle.loads(pickle.dumps(ev)) == ev for ev in ws.stimulus_log],
    lambda ws: [type(ws.log), type(ws.stimulus_log), type(ws.tasks), list(ws.tasks)],
    lambda ws: [ws.executing, ws.long_running, ws.in_flight_tasks, ws.missing_dep_flight],
    lambda ws: [ws.waiting, ws.busy_workers, ws.all_running_tasks, set() == ws.busy_workers],
    lambda ws: [ws.executing_count, ws.in_flight_tasks_count, ws.fetch_count, ws.executed_count],
    lambda ws: [ws.transfer_incoming_count, ws.transfer_incoming_count_total],
    lambda ws: [ws.transfer_incoming_bytes, ws.nbytes, ws.generation, ws.transition_counter],
    lambda ws: [ws.total_resources, ws.available_resources, ws.actors, ws.data, ws.threads],
    lambda ws: [ws.running, ws.nthreads, ws.validate, ws.transition_counter_max, ws.plugins],
    lambda ws: [
        ws.has_what,
        ws.has_what[ONE] == {"memory"},
        ws.has_what["new"],
        "new" in ws.has_what,
    ],
    lambda ws: [ws.in_flight_workers, ws.in_flight_workers == {ONE: {"flight"}}],
    lambda ws: [{t.key for t in ws.data_needed[ONE]}, len(ws.data_needed["new"])],
    lambda ws: [isinstance(ws.data_needed, dict), isinstance(ws.has_what, dict)],
    lambda ws: [set(ws.ready), list(ws.ready.sorted()), ws.ready.peek(), list(ws.ready.peekn(2))],
    lambda ws: [ws.ready == set(ws.ready), ws.tasks["ready"] in ws.ready, len(ws.ready)],
    lambda ws: [ws.constrained.pop(), ws.constrained.add(ws.tasks["constrained"])],
    lambda ws: [ws.constrained.discard(ws.tasks["constrained"]), bool(ws.constrained)],
    lambda ws: [ws.executing | ws.long_running == ws.all_running_tasks, ws.executing - {1}],
    lambda ws: ws.task_counter.current_count(),
    lambda ws: [type(ws.task_counter.current_count()), ws.task_counter.current_count()["no", "no"]],
    lambda ws: ws.task_counter.current_count(by_prefix=False),
    lambda ws: sorted(ws.task_counter.cumulative_elapsed()),
    lambda ws: sorted(ws.task_counter.cumulative_elapsed(by_prefix=False)),
    lambda ws: [type(ws).__name__, ws == ws, ws.address],
    lambda ws: dumped(pickle.loads(pickle.dumps(ws))),
    lambda ws: dumped(copy.deepcopy(ws)),
    lambda ws: pickle.loads(pickle.dumps(ws)).rng.random() == ws.rng.random(),
    lambda ws: ws.handle_stimulus(),
]


@pytest.mark.parametrize("look", OF_THE_MACHINE)
def test_a_worker_looks_the_same(both: Any, look: Callable[[Any], Any]) -> None:
    ours, theirs = (seen(look(ws)) for ws in make(both))
    assert ours == theirs


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_copy_goes_on_in_the_same_way(both: Any, protocol: int) -> None:
    events = (
        upstream.UnpauseEvent(stimulus_id="a"),
        upstream.FreeKeysEvent(keys=["memory", "ready", "cancelled"], stimulus_id="b"),
        upstream.ExecuteSuccessEvent.dummy("executing", stimulus_id="c"),
    )
    told = []
    for ws in make(both):
        for other in (pickle.loads(pickle.dumps(ws, protocol)), copy.deepcopy(ws)):
            told.append(seen(other.handle_stimulus(*events)))
            other.validate_state()
        assert ws.tasks["memory"].state == "memory"
    assert len(collections.Counter(map(str, told))) == 1


@pytest.mark.parametrize("event", [None, "text", upstream.PauseEvent])
def test_what_is_no_event_is_refused_with_the_same_error(both: Any, event: Any) -> None:
    kinds = set()
    for ws in make(both):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            ws.handle_stimulus(event)
        kinds.add(caught.type)
    assert len(kinds) == 1
