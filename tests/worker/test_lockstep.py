"""The same events, the same behaviour: upstream's machine and ours in lock-step.

The histories of the first tests come from seeds, and are the same everywhere; those of the last from
hypothesis, which finds a shortest one that fails. ``python -m tests.worker.lockstep`` plays more.
"""

from __future__ import annotations

import ast
import inspect
import random
from typing import Any

import pytest
from distributed import worker_state_machine as upstream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .events import compute, failed, freed, scattered
from .lockstep.compare import Difference
from .lockstep.coverage import UNREACHABLE, Coverage
from .lockstep.errors import HEAP_FORGETS, explained
from .lockstep.ordered import ordered_module, ordered_state, rewritten
from .lockstep.plans import CHECKING, EXACT, NARROW, VALIDATING, WIDE
from .lockstep.run import Plan, play, shortest, told
from .lockstep.style import ADDRESS, PEERS


def played(plan: Plan, events: int) -> Coverage:
    """Histories with the seeds 0, 1, … until there have been so many events."""
    coverage = Coverage()
    while coverage.event_count < events:
        try:
            play(plan, random.Random(coverage.histories), coverage)
        except Difference as difference:
            found = difference
            break
    else:
        return coverage
    pytest.fail(told(shortest(plan, found)), pytrace=False)


def test_in_the_order_of_insertion_everything_is_equal_and_everything_has_come_up() -> None:
    coverage = played(EXACT, 15_500)
    print(coverage.table())
    assert not any(coverage.missing().values()), coverage.missing()
    assert not coverage.refuted(), "events lead to a route that was thought to be unreachable"
    assert all(UNREACHABLE.values())


def test_in_the_order_of_insertion_a_machine_that_checks_itself_is_equal_too() -> None:
    played(VALIDATING, 1_500)


def test_machines_that_check_themselves_and_their_events_are_equal_and_refuse_the_same() -> None:
    coverage = played(CHECKING, 1_500)
    refused = {why.partition(":")[0] for why in coverage.errors}
    assert {"assertion", "invalid transition", "both find the same task invalid"} <= refused


def test_upstream_as_it_is_agrees_where_slots_resources_and_transfers_are_contended_for() -> None:
    coverage = played(NARROW, 1_500)
    assert not coverage.missing()["events"]
    assert not coverage.missing()["instructions"]


def test_upstream_as_it_is_agrees_on_wide_graphs() -> None:
    coverage = played(WIDE, 1_500)
    assert not coverage.missing()["events"]
    assert not coverage.missing()["instructions"]


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ],
)
@given(st.randoms(use_true_random=False))
def test_no_history_that_hypothesis_thinks_of_tells_them_apart(choose: random.Random) -> None:
    try:
        play(EXACT, choose, Coverage())
    except Difference as difference:
        raise AssertionError(told(difference)) from None


# Upstream in the order of insertion


def test_the_ordered_copy_has_no_plain_set_left() -> None:
    left = [
        node
        for node in ast.walk(rewritten())
        if isinstance(node, (ast.Set, ast.SetComp))
        or (isinstance(node, ast.Name) and node.id == "set")
    ]
    assert not left
    assert "set()" in inspect.getsource(upstream.WorkerState)


def test_the_ordered_copy_takes_upstreams_own_events_and_gives_its_own_instructions() -> None:
    module = ordered_module()
    for name in ("ComputeTaskEvent", "Execute", "InvalidTransition"):
        assert getattr(module, name) is getattr(upstream, name)
    assert module.WorkerState is not upstream.WorkerState
    ws = ordered_state(address=ADDRESS)
    assert ws.handle_stimulus(compute("x")) == [upstream.Execute.match(key="x")]


def test_the_ordered_copy_walks_over_inputs_as_they_were_named() -> None:
    inputs = [f"input-{number}" for number in range(50)]
    ws = ordered_state(address=ADDRESS)
    ws.handle_stimulus(compute("x", who_has={key: [PEERS[0]] for key in inputs}))
    assert [task.key for task in ws.tasks["x"].dependencies] == inputs
    assert list(ws.has_what[PEERS[0]]) == inputs


def test_the_ordered_copy_finds_itself_valid(both: Any) -> None:
    ws = ordered_state(address=ADDRESS, validate=True)
    ws.handle_stimulus(compute("x", who_has={"a": list(PEERS)}), compute("y"), freed("y"))
    ws.validate_state()


# Differences that are meant


def test_a_heap_forgets_who_has_left(both: Any) -> None:
    """Upstream finds ``x`` where its first priority has put it, and runs it too early."""
    ours, theirs = both()
    chosen = [
        ws.handle_stimulus(
            upstream.PauseEvent(stimulus_id="pause"),
            compute("x", priority=(0,)),
            compute("other", priority=(3,)),
            compute("y", who_has={"x": [PEERS[0]]}),  # x is to be fetched now
            compute("x", priority=(5,)),  # and computed after all
            upstream.UnpauseEvent(stimulus_id="unpause"),
        )
        for ws in (ours, theirs, ordered_state(address=ADDRESS, validate=False))
    ]
    assert chosen[0] == chosen[2] == [upstream.Execute.match(key="other")]
    assert chosen[1] == [upstream.Execute.match(key="x")]


def test_upstream_as_it_is_judges_nothing_once_who_has_left_a_heap_is_back() -> None:
    """One transfer is open, and busy peers give keys back: one finds its old place among equals."""
    coverage = Coverage()
    play(NARROW, random.Random(20_000_172), coverage)
    assert coverage.errors == {HEAP_FORGETS: 1}


def test_what_fails_while_it_is_missing_is_missing_no_more(both: Any) -> None:
    """The late end of a task that was scattered, freed and wanted again in the meantime."""
    ours, theirs = both()
    for ws in (ours, theirs, ordered_state(address=ADDRESS, validate=False)):
        ws.handle_stimulus(
            compute("x"),
            compute("y", who_has={"x": [PEERS[0]]}),  # x is to be fetched when it has run
            scattered(x=1),
            freed("x"),
            compute("z", who_has={"x": []}),
            failed("x"),
        )
        assert ws.tasks["x"].state == "error"
        missing = [task.key for task in ws.missing_dep_flight]
        assert missing == (["x"] if ws is theirs else [])


def test_errors_that_are_not_alike_are_not_explained() -> None:
    assert explained(None, None) is None
    assert explained(None, KeyError("x")) is None
    assert explained(KeyError("x"), None) is None
    assert explained(AssertionError(), KeyError("x")) is None
    assert explained(ValueError(), AssertionError()) is None
    assert explained(KeyError("x"), KeyError("x")) is not None
