"""The rules of a step, on a machine written by hand."""

# ruff: noqa: RUF012  # the tables of a machine are ClassVar in its base class
from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from lawful.runtime import (
    Event,
    HostFailure,
    IllegalEvent,
    Instruction,
    InvariantViolated,
    RecommendationsConflict,
    StepBudgetExceeded,
    UnknownEvent,
    recommend,
)

from .shop import (
    Bake,
    Baked,
    Burnt,
    Order,
    Ordered,
    Pack,
    Packed,
    Recalled,
    Result,
    Shop,
    Smoking,
    Tell,
    Tick,
    snapshot,
)


def test_events_give_instructions_in_order() -> None:
    shop = Shop(ovens=2)
    assert shop.handle(Ordered(1)) == [Bake(1, stimulus_id="ordered-1")]
    assert shop.handle(Ordered(2)) == [Bake(2, stimulus_id="ordered-2")]
    assert shop.handle(Ordered(3)) == []
    assert shop.handle(Burnt(1)) == [
        Tell(1, "burnt, once more", stimulus_id="burnt-4"),
        Bake(3, stimulus_id="burnt-4"),
    ]


def test_transition_functions_return_recommendations_and_instructions() -> None:
    shop = Shop(ovens=0)
    shop.handle(Ordered(1))
    assert shop.transition(shop.orders[1], "baking", stimulus_id="x") == (
        {},
        [Bake(1, stimulus_id="x")],
    )


def test_arguments_of_a_request_reach_the_transition() -> None:
    shop = Shop()
    for event in (Ordered(1), Baked(1)):
        shop.handle(event)
    order = shop.orders[1]
    shop.handle(Packed(1, weight=7))
    assert (order.weight, order.state, shop.orders) == (7, "gone", {})


@pytest.mark.parametrize("validate", [False, True])
def test_illegal_event_raises_and_changes_nothing(validate: bool) -> None:
    shop = Shop(validate=validate)
    shop.handle(Ordered(1))
    before = snapshot(shop)
    event = Baked(7)
    with pytest.raises(IllegalEvent, match="only what is in the oven") as caught:
        shop.handle(event)
    assert snapshot(shop) == before
    assert event == Baked(7), "the stimulus id is taken back, too"
    error = caught.value
    assert (error.event, error.entity, error.configuration) == (event, None, "absent")
    assert shop.handle(Baked(1)) == [Pack(1, stimulus_id="baked-2")], "its number was not used up"


def test_unknown_event_raises_and_changes_nothing() -> None:
    class Sub(Ordered):
        pass

    shop = Shop()
    before = snapshot(shop)
    for event in ("Ordered", None, Bake(1), Sub(1)):
        with pytest.raises(UnknownEvent):
            shop.handle(event)  # type: ignore[arg-type]
        assert snapshot(shop) == before


def test_a_clock_that_fails_and_an_event_that_is_frozen_change_nothing() -> None:
    def broken_clock() -> float:
        raise OSError("no time")

    shop = Shop(clock=broken_clock)
    with pytest.raises(OSError, match="no time"):
        shop.handle(Ordered(1))
    assert (shop.poisoned, shop.orders, len(shop.history)) == (None, {}, 0)

    @dataclass(frozen=True, slots=True)
    class Frozen(Event):
        number: int
        card: str = ""
        stimulus_id: str = ""

    class Adopting(Shop):
        _HANDLERS = {Frozen: Shop._on_ordered}
        _REDACT = {Frozen: {"card": "…"}}

    adopting = Adopting()
    with pytest.raises(AttributeError):
        adopting.handle(Frozen(1))  # type: ignore[arg-type]
    assert (adopting.poisoned, adopting.orders) == (None, {})
    adopting.handle(Frozen(1, "4111", stimulus_id="given"))  # type: ignore[arg-type]
    assert adopting.history[0].event == Frozen(1, "…", "given")


def test_given_stimulus_id_is_kept_and_travels() -> None:
    shop = Shop()
    assert shop.handle(Ordered(1, stimulus_id="me")) == [Bake(1, stimulus_id="me")]
    assert shop.log[-1][5] == "me"


def test_the_clock_is_read_once_an_event() -> None:
    times = iter(range(1, 100))
    shop = Shop(ovens=5, clock=lambda: float(next(times)))
    for number in range(3):
        shop.handle(Ordered(number))
    assert [step.now for step in shop.history] == [1, 2, 3]
    assert [record[-1] for record in shop.log] == [1, 2, 3]


def test_log_records_of_transitions() -> None:
    shop = Shop(clock=lambda: 5.0)
    for event in (Ordered(1), Baked(1), Packed(1, 3)):
        shop.handle(event)
    assert list(shop.log) == [
        (1, "waiting", "baking", "baking", {}, "ordered-1", 5.0),
        (1, "baking", "baked", "baked", {}, "baked-2", 5.0),
        (1, "baked", "packed", "packed", {1: "gone"}, "packed-3", 5.0),
        (1, "packed", "gone", "gone", {}, "packed-3", 5.0),
    ]
    assert shop.transition_count == 4


def test_story_finds_records_by_key_entity_and_stimulus_id() -> None:
    shop = Shop(ovens=2)
    for event in (Ordered(1), Ordered(2, stimulus_id="two"), Baked(1), Packed(1, 3)):
        shop.handle(event)
    assert [record[2] for record in shop.story(1)] == ["baking", "baked", "packed", "gone"]
    assert shop.story(shop.orders[2]) == shop.story("two") == shop.story(2)
    assert [record[0] for record in shop.story("packed-4", 2)] == [2, 1, 1]
    assert shop.story("nobody") == []


def test_history_and_log_are_bounded() -> None:
    shop = Shop(ovens=100, history_limit=3, log_limit=2)
    for number in range(10):
        shop.handle(Ordered(number))
    assert [step.event.number for step in shop.history] == [7, 8, 9]
    assert [record[0] for record in shop.log] == [8, 9]
    forever = Shop(ovens=0, history_limit=None, log_limit=None)
    for number in range(20_000):
        forever.handle(Ordered(number))
    assert len(forever.history) == 20_000


def test_redacted_fields_and_unlogged_events() -> None:
    shop = Shop()
    event = Ordered(1, card="4111 1111")
    shop.handle(event)
    shop.handle(Tick())
    assert event.card == "4111 1111"
    assert [step.event for step in shop.history] == [Ordered(1, card="…", stimulus_id="ordered-1")]
    assert shop.event_count == 2


def test_returned_list_is_not_the_one_in_the_history() -> None:
    shop = Shop()
    shop.handle(Ordered(1)).clear()
    assert shop.history[0].instructions == (Bake(1, stimulus_id="ordered-1"),)


def test_observers_are_told_and_can_not_interfere(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[tuple[Any, ...]] = []

    def bad(order: Order, start: str, request: str, end: str) -> None:
        raise ValueError("I object")

    def good(order: Order, start: str, request: str, end: str) -> None:
        seen.append((order.number, start, request, end))

    shop = Shop(observers=[bad, good])
    with caplog.at_level(logging.ERROR, "lawful.runtime"):
        shop.handle(Ordered(1))
        shop.handle(Recalled(1))
    assert seen == [
        (1, "waiting", "baking", "baking"),
        (1, "baking", "waiting", "waiting"),
        (1, "waiting", "gone", "gone"),
    ]
    assert "I object" in caplog.text
    assert shop.poisoned is None


def test_a_deleted_entity_is_left_alone_and_not_counted() -> None:
    shop = Shop()
    for event in (Ordered(1), Baked(1)):
        shop.handle(event)
    order = shop.orders[1]
    shop.handle(Packed(1, 3))
    count, log = shop.transition_count, list(shop.log)
    assert order.state == "gone"
    for request in ("waiting", "gone", "packed"):
        assert shop.transition(order, request, stimulus_id="x") == ({}, [])
    assert (shop.transition_count, list(shop.log)) == (count, log)


def test_being_there_already_is_neither_counted_nor_logged() -> None:
    shop = Shop()
    shop.handle(Ordered(1))
    before = snapshot(shop)
    assert shop.transition(shop.orders[1], "baking", stimulus_id="x") == ({}, [])
    assert snapshot(shop) == before


def test_completion_runs_once_and_what_it_recommends_is_drained() -> None:
    rounds: list[str] = []

    class Once(Shop):
        def complete(self, stimulus_id: str) -> Result:
            rounds.append(stimulus_id)
            return super().complete(stimulus_id)

    shop = Once(ovens=1)
    shop.handle(Ordered(1))
    shop.handle(Tick())
    assert rounds == ["ordered-1", "tick-2"]
    assert shop.orders[1].state == "baking"


def test_a_completion_to_the_fixpoint_is_repeated_until_nothing_comes_of_it() -> None:
    calls: list[int] = []

    def one_at_a_time(shop: Shop, stimulus_id: str) -> Result:
        calls.append(len(shop.baking))
        return dict.fromkeys(shop.waiting.first(1), "baking"), []

    def last(shop: Shop, stimulus_id: str) -> Result:
        return {}, [Tell(0, f"{len(shop.baking)} in the ovens", stimulus_id=stimulus_id)]

    class Fixpoint(Shop):
        _COMPLETIONS = ((one_at_a_time, True), (last, False))

    shop = Fixpoint()
    for number in range(3):
        order = shop.orders[number] = Order(number)
        shop.waiting.add(order)
    assert [type(i) for i in shop.handle(Tick())] == [Bake, Bake, Bake, Tell]
    assert calls == [0, 1, 2, 3]


def test_a_completion_that_never_rests_is_ended_by_the_budget() -> None:
    def restless(shop: Shop, stimulus_id: str) -> Result:
        return {}, [Tell(0, "again", stimulus_id=stimulus_id)]

    class Restless(Shop):
        _COMPLETIONS = ((restless, True),)

    with pytest.raises(StepBudgetExceeded):
        Restless(step_budget=10).handle(Tick())


def test_validation_sees_what_the_step_touched() -> None:
    seen: list[dict[int, str]] = []

    class Watching(Shop):
        def _check_step(self, touched: Any) -> None:
            seen.append({order.number: state for order, state in touched.items()})

    shop = Watching(validate=True)
    for event in (Ordered(1), Ordered(2), Baked(1), Packed(1, 3)):
        shop.handle(event)
    assert seen == [{1: "waiting"}, {2: "waiting"}, {1: "baking", 2: "waiting"}, {1: "baked"}]


def test_a_broken_invariant_is_found_when_validating_only() -> None:
    class TooHot(Shop):
        def complete(self, stimulus_id: str) -> Result:
            return dict.fromkeys(self.waiting, "baking"), []

    relaxed = TooHot(ovens=0)
    relaxed.handle(Ordered(1))
    with pytest.raises(InvariantViolated, match="'an oven each' doesn't hold: 1 in 0"):
        relaxed.check()
    strict = TooHot(ovens=0, validate=True)
    with pytest.raises(InvariantViolated):
        strict.handle(Ordered(1))
    assert strict.poisoned


def test_overridden_methods_are_used() -> None:
    calls: list[Any] = []

    class Mine(Shop):
        def handle_event(self, event: Any) -> Any:
            calls.append(type(event))
            return super().handle_event(event)

        def transition(self, entity: Any, request: str, *args: Any, stimulus_id: str) -> Any:
            calls.append((request, *args))
            return super().transition(entity, request, *args, stimulus_id=stimulus_id)

    shop = Mine()
    for event in (Ordered(1), Baked(1), Packed(1, 3)):
        shop.handle(event)
    assert calls == [
        Ordered, ("baking",), Baked, ("baked",), Packed, ("packed", 3), ("gone",),
    ]  # fmt: skip


def test_validating_and_observing_change_nothing_else() -> None:
    events = (Ordered(1), Ordered(2), Burnt(1), Baked(2), Recalled(1), Packed(2, 4), Smoking(2))
    plain, watched = Shop(), Shop(validate=True, observers=[lambda *_: None])
    for event in events:
        assert plain.handle(copy.copy(event)) == watched.handle(copy.copy(event))
    drop_time = [record[:-1] for record in plain.log]
    assert drop_time == [record[:-1] for record in watched.log]
    assert plain.transition_count == watched.transition_count


def test_results_of_host_functions_are_in_the_step() -> None:
    class Hosted(Shop):
        def handle_event(self, event: Any) -> Result:
            assert self._record("weigh", 7) == 7
            self._record("keep", HostFailure("disk", 3))
            return {}, []

    shop = Hosted()
    shop.handle(Smoking(1))
    shop.handle(Tick())
    shop.handle(Smoking(1))
    first, second = shop.history
    assert [name for name, _ in first.host] == ["weigh", "keep"]
    assert first.host[1][1].values == ("disk", 3)
    assert len(second.host) == 2, "those of the unlogged event are not in another's step"


def test_recommend_within_one_case_refuses_a_second_wish() -> None:
    order, recommendations = Order(1), {}  # type: ignore[var-annotated]
    recommend(recommendations, order, "baked")
    recommend(recommendations, order, "baked")
    with pytest.raises(RecommendationsConflict, match="both 'baked' and 'gone'"):
        recommend(recommendations, order, "gone")


def test_match_equals_every_instruction_with_these_fields() -> None:
    shop = Shop()
    assert shop.handle(Ordered(1)) == [Bake.match(number=1)]
    assert [Bake.match()] == [Bake(7)]
    assert Bake(1) != Bake.match(number=2)
    assert Pack(1) != Bake.match(number=1)
    assert repr(Bake.match(number=1)) == "Bake.match(number=1)"
    with pytest.raises(TypeError, match="Bake has no field nubmer"):
        Bake.match(nubmer=1)
    assert Instruction.match() != Bake(1), "of exactly this class"


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_machine_can_be_copied_and_the_copy_goes_its_own_way(
    clone: Callable[[Shop], Shop],
) -> None:
    shop = Shop(ovens=2)
    shop.handle(Ordered(1))
    twin = clone(shop)
    assert twin._entries == shop._entries
    assert twin.history[0] == shop.history[0]
    assert twin.handle(Baked(1)) == [Pack(1, stimulus_id="baked-2")]
    assert len(shop.history) == 1
    assert shop.orders[1].state == "baking"
    assert [order.state for order in twin.baking] == []
    assert shop.handle(Baked(1)) == [Pack(1, stimulus_id="baked-2")]
