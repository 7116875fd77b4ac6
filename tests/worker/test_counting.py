"""Tasks are counted as upstream counts them, at the cost of what has moved."""

from __future__ import annotations

from typing import Any

import pytest
from dask.utils import key_split
from distributed import worker_state_machine as upstream
from hypothesis import given
from hypothesis import strategies as st

from lawful.generated.worker import Task
from lawful.runtime.dask.counting import TaskCounter
from lawful.runtime.dask.task import prefix_of

WORDS = st.one_of(
    st.text("abcdef0123456789", min_size=8, max_size=8),
    st.text("abcdef0123456789", min_size=32, max_size=32),
    st.text("abz_<>'()., 09", max_size=5),
    st.text(max_size=4),
)
NAMES = st.lists(WORDS, max_size=5).map("-".join)
KEYS = st.one_of(NAMES, NAMES.map(lambda name: (name, 1)), NAMES.map(str.encode), st.integers())


@given(KEYS)
def test_the_prefix_of_a_key_is_the_one_that_dask_splits_off(key: Any) -> None:
    assert prefix_of(key) == key_split(key)


class Clock:
    """Seconds, as both counters read them."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


MOVES = st.lists(
    st.tuples(
        st.integers(0, 3),  # seconds before the step
        st.lists(  # what is asked for: a number of a task, and a state; a new task for a number unknown
            st.tuples(st.integers(0, 5), st.sampled_from(("waiting", "memory", "forgotten"))),
            max_size=4,
        ),
        st.booleans(),  # whether the step makes one more task, which nothing moves
    ),
    max_size=12,
)


@given(MOVES)
def test_any_steps_give_upstreams_counts_and_seconds(moves: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(upstream, "monotonic", clock)
        ours, theirs = TaskCounter(), upstream.TaskCounter()
        alive: dict[int, tuple[Any, Any]] = {}
        for seconds, step, one_more in moves:
            clock.now += seconds
            first: tuple[dict[Any, str], dict[Any, Any]] = ({}, {})
            for number, state in step:
                if number not in alive:
                    alive[number] = new_pair(f"{'xy'[number % 2]}-{number}", ours, theirs)
                for task, before in zip(alive[number], first, strict=True):
                    before.setdefault(task, task.state)
                    task.state = state
                if state == "forgotten":
                    del alive[number]
            if one_more:
                alive[max(alive, default=5) + 1] = new_pair("z-1", ours, theirs)
            ours.transitions(first[0])
            theirs.transitions(first[1])
            assert ours.current_count() == theirs.current_count()
        clock.now += 1
        for by_prefix in (True, False):
            assert ours.current_count(by_prefix) == theirs.current_count(by_prefix)
            elapsed = theirs.cumulative_elapsed(by_prefix)
            spent = {k: v for k, v in elapsed.items() if v}
            assert {
                k: v for k, v in ours.cumulative_elapsed(by_prefix).items() if v
            } == pytest.approx(spent)


def new_pair(key: str, ours: TaskCounter, theirs: upstream.TaskCounter) -> tuple[Any, Any]:
    pair = Task(key), upstream.TaskState(key)
    ours.new_task(pair[0])
    theirs.new_task(pair[1])
    return pair
