"""The order in which recommendations are carried out, and routes, against a plain model."""
# ruff: noqa: RUF012  # the tables of a machine are ClassVar in its base class

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.runtime import Entity, Event, Machine, RecommendationsConflict

STATES = ["a", "b", "c", "d"]


class Thing(Entity):
    __slots__ = ("name", "state")

    def __init__(self, name: int) -> None:
        self.name = name
        self.state = "a"


class Go(Event):
    __slots__ = ("stimulus_id", "wishes")

    def __init__(self, wishes: list[tuple[int, str]]) -> None:
        self.wishes = wishes
        self.stimulus_id = ""


class Scripted(Machine[Go, str]):
    """Each transition takes the next line of a script: whom to ask for what."""

    def __init__(self, script: list[list[tuple[int, str]]], **options: Any) -> None:
        super().__init__(clock=lambda: 0.0, **options)
        self.things = [Thing(name) for name in range(4)]
        self.script = iter(script)

    def _go(self, event: Go, instructions: list[str]) -> dict[Thing, str]:
        instructions.append("go")
        return {self.things[name]: state for name, state in event.wishes}

    def _move(self, thing: Thing, request: str, instructions: list[str]) -> dict[Thing, str]:
        instructions.append(f"{thing.name}:{thing.state}-{request}")
        thing.state = request
        return {self.things[name]: state for name, state in next(self.script, [])}

    _HANDLERS = {Go: _go}
    _TRANSITIONS = {
        Thing: {
            start: {
                end: (
                    lambda self, thing, stimulus_id, instructions, *, end=end: self._move(
                        thing, end, instructions
                    )
                )
                for end in STATES
            }
            for start in STATES
        }
    }
    _KEY = {Thing: "name"}


def model(wishes: list[tuple[int, str]], script: list[list[tuple[int, str]]]) -> list[str]:
    """The same by the book, with a list of pairs: newest first, a later wish in the old one's place."""
    states = ["a"] * 4
    lines = iter(script)
    pending: list[list[Any]] = []
    done = ["go"]

    def ask(name: int, state: str) -> None:
        for entry in pending:
            if entry[0] == name:
                entry[1] = state
                return
        pending.append([name, state])

    for name, state in wishes:
        ask(name, state)
    while pending:
        name, state = pending.pop()
        if states[name] == state:
            continue
        done.append(f"{name}:{states[name]}-{state}")
        states[name] = state
        for other, wish in next(lines, []):
            ask(other, wish)
    return done


wish = st.tuples(st.integers(0, 3), st.sampled_from(STATES))
wishes = st.lists(wish, max_size=4)


@given(wishes, st.lists(wishes, max_size=12), st.booleans())
def test_the_newest_wish_goes_first_and_a_later_one_takes_the_place_of_an_earlier(
    first: list[tuple[int, str]], script: list[list[tuple[int, str]]], validate: bool
) -> None:
    machine = Scripted(script, validate=validate)
    expected = model(first, script)
    assert machine.handle(Go(first)) == expected
    assert [f"{r[0]}:{r[1]}-{r[2]}" for r in machine.log] == expected[1:]
    assert machine.transition_count == len(expected) - 1


class Routed(Scripted):
    """a -> c goes through b; what b recommends is scripted."""

    _TRANSITIONS = {
        Thing: {
            start: {end: step for end, step in row.items() if (start, end) != ("a", "c")}
            for start, row in Scripted._TRANSITIONS[Thing].items()
        }
    }
    _ROUTES = {Thing: {"a": {"c": "b"}}}
    _DELETING = {Thing: frozenset({"gone"})}


def moves(machine: Machine[Any, Any]) -> list[tuple[Any, ...]]:
    return [record[:4] for record in machine.log]


def test_a_route_goes_through_its_state_and_both_legs_and_the_whole_are_logged() -> None:
    machine = Routed([])
    assert machine.handle(Go([(0, "c")])) == ["go", "0:a-b", "0:b-c"]
    assert moves(machine) == [(0, "a", "b", "b"), (0, "b", "c", "c"), (0, "a", "c", "c")]
    assert machine.transition_count == 3


def test_a_route_follows_what_the_entity_asks_of_itself_and_goes_on_from_there() -> None:
    machine = Routed([[(0, "d")]])
    assert machine.handle(Go([(0, "c")])) == ["go", "0:a-b", "0:b-d", "0:d-c"]


def test_a_route_does_not_follow_a_deletion() -> None:
    machine = Routed([[(0, "gone")]])
    assert machine.handle(Go([(0, "c")])) == ["go", "0:a-b", "0:b-c"]


def test_a_route_that_is_back_at_its_start_takes_the_route_again_within_the_budget() -> None:
    machine = Routed([[(0, "a")]])
    assert machine.handle(Go([(0, "c")])) == ["go", "0:a-b", "0:b-a", "0:a-b", "0:b-c"]


def test_what_the_legs_ask_of_others_is_merged() -> None:
    machine = Routed([[(1, "b"), (2, "d")], [(2, "d"), (3, "b")]])
    assert machine.handle(Go([(0, "c")])) == [
        "go", "0:a-b", "0:b-c", "3:a-b", "2:a-d", "1:a-b",
    ]  # fmt: skip


def test_legs_that_disagree_are_an_error() -> None:
    machine = Routed([[(1, "b")], [(1, "d")]])
    with pytest.raises(RecommendationsConflict, match="both 'b' and 'd'"):
        machine.handle(Go([(0, "c")]))


def test_the_later_leg_wins_where_the_spec_says_so() -> None:
    class Later(Routed):
        _LATER_LEG_WINS = True

    machine = Later([[(1, "b"), (2, "b")], [(1, "d")]])
    assert machine.handle(Go([(0, "c")])) == ["go", "0:a-b", "0:b-c", "2:a-b", "1:a-d"]


@pytest.mark.parametrize("on", [True, False])
def test_a_deviation_may_decide_whether_the_later_leg_wins(on: bool) -> None:
    class Deviating(Routed):
        _LATER_LEG_WINS = "conflicts are settled"
        DEVIATIONS = {"conflicts are settled": on}

    machine = Deviating([[(1, "b"), (2, "b")], [(1, "d")]])
    if on:
        assert machine.handle(Go([(0, "c")])) == ["go", "0:a-b", "0:b-c", "2:a-b", "1:a-d"]
    else:
        with pytest.raises(RecommendationsConflict):
            machine.handle(Go([(0, "c")]))


@given(st.lists(wishes, max_size=6))
def test_a_route_always_ends_in_its_aim_or_in_a_conflict(
    script: list[list[tuple[int, str]]],
) -> None:
    machine = Routed(script)
    try:
        machine.transition(machine.things[0], "c", stimulus_id="x")
    except RecommendationsConflict:
        return
    assert machine.things[0].state == "c"
