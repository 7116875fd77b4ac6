"""What ends a step in the middle, on a machine written by hand: it is reported, and nothing more is taken."""

# ruff: noqa: RUF012  # the tables of a machine are ClassVar in its base class
from __future__ import annotations

from typing import Any

import pytest

from lawful.runtime import (
    BrokenClaim,
    IllegalEvent,
    ImpossibleTransition,
    InvalidTransition,
    MachinePoisoned,
    NoCaseHolds,
    ReentrantCall,
    StepBudgetExceeded,
)

from .shop import (
    Asked,
    Bake,
    Instructions,
    Order,
    Ordered,
    Packed,
    Result,
    Shop,
    Tick,
    snapshot,
)


class Sick(Shop):
    """Raises in the middle of a step, when order 13 is to be baked."""

    def _waiting_to_baking(
        self, order: Order, stimulus_id: str, instructions: Instructions
    ) -> None:
        super()._waiting_to_baking(order, stimulus_id, instructions)
        if order.number == 13:
            raise ZeroDivisionError("no oven")

    _TRANSITIONS = {Order: {**Shop._TRANSITIONS[Order], "waiting": {"baking": _waiting_to_baking}}}


def test_an_exception_in_a_step_poisons_the_machine_and_keeps_its_history() -> None:
    shop = Sick(ovens=2)
    shop.handle(Ordered(1))
    with pytest.raises(ZeroDivisionError) as first:
        shop.handle(Ordered(13, card="secret"))
    (note,) = first.value.__notes__
    assert note.startswith("While handling Ordered(number=13, card='…', stimulus_id='ordered-2')")
    assert shop.poisoned is not None
    assert isinstance(shop.poisoned.error, ZeroDivisionError)
    assert [step.error for step in shop.history] == [None, "ZeroDivisionError: no oven"]
    assert shop.history[-1].event == Ordered(13, card="…", stimulus_id="ordered-2")
    before = snapshot(shop)
    event = Ordered(2)
    with pytest.raises(MachinePoisoned, match="ZeroDivisionError: no oven") as caught:
        shop.handle(event)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert snapshot(shop) == before
    assert event == Ordered(2)


def test_an_unlogged_event_that_poisons_is_in_the_history() -> None:
    class Ticking(Shop):
        def handle_event(self, event: Any) -> Result:
            raise OSError("tick")

    shop = Ticking()
    with pytest.raises(OSError, match="tick"):
        shop.handle(Tick())
    assert [type(step.event) for step in shop.history] == [Tick]


def test_a_keyboard_interrupt_in_a_step_poisons() -> None:
    class Interrupted(Shop):
        def complete(self, stimulus_id: str) -> Result:
            raise KeyboardInterrupt

    shop = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        shop.handle(Ordered(1))
    with pytest.raises(MachinePoisoned):
        shop.handle(Ordered(2))


def test_a_refusal_after_the_handler_is_no_refusal_any_more() -> None:
    class Late(Shop):
        def complete(self, stimulus_id: str) -> Result:
            raise self._refuse(self._event, None, "-", "too late to say so")

    shop = Late()
    with pytest.raises(IllegalEvent):
        shop.handle(Ordered(1))
    with pytest.raises(MachinePoisoned):
        shop.handle(Ordered(2))


def test_a_claim_of_a_guarded_case_poisons_when_broken() -> None:
    class Claims(Shop):
        def handle_event(self, event: Any) -> Result:
            order = Order(1)
            order.state = "baked"
            raise self._broken_claim(event, order, "baked", "never twice")

    shop = Claims()
    with pytest.raises(
        BrokenClaim, match=r"Order 1 is baked\) was claimed impossible: never twice"
    ):
        shop.handle(Tick())
    assert shop.poisoned


def test_handle_is_not_reentrant_and_says_so_without_a_change() -> None:
    errors: list[ReentrantCall] = []
    inner = Ordered(2)

    def observer(order: Order, start: str, request: str, end: str) -> None:
        try:
            shop.handle(inner)
        except ReentrantCall as error:
            errors.append(error)

    shop = Shop(observers=[observer])
    assert shop.handle(Ordered(1)) == [Bake(1, stimulus_id="ordered-1")]
    assert [error.event for error in errors] == [inner]
    assert inner == Ordered(2)
    assert list(shop.orders) == [1]


def test_a_pair_that_is_not_declared_raises_with_the_story_and_poisons() -> None:
    shop = Shop()
    shop.handle(Ordered(1))
    with pytest.raises(
        InvalidTransition, match="baking -> packed of Order 1: nobody asks"
    ) as caught:
        shop.handle(Packed(1, 5))
    error = caught.value
    assert (error.entity, error.key, error.start, error.request) == ("Order", 1, "baking", "packed")
    assert [record[2] for record in error.story] == ["baking"]
    assert shop.poisoned


def test_an_entity_without_any_table_is_an_invalid_transition() -> None:
    class Empty(Shop):
        _TRANSITIONS = {}

    with pytest.raises(InvalidTransition):
        Empty().handle(Ordered(1))


def test_errors_that_generated_code_makes() -> None:
    shop = Shop()
    shop.handle(Ordered(1))
    order = shop.orders[1]
    impossible = shop._impossible(order, "baking", "packed", "it is hot")
    assert isinstance(impossible, ImpossibleTransition)
    assert "it is hot" in str(impossible)
    assert isinstance(shop._no_case(order, "baking", "packed"), NoCaseHolds)
    assert "shop.yaml:3: assertion failed for Order 1: a < b" in str(
        shop._claim_failed("a < b", "shop.yaml:3", order)
    )
    left = shop._references_left(order, "parts", [order] * 7)
    assert str(left) == "Order 1 can't go: parts of 1, 1, 1, 1, 1, … refers to it"


def test_the_step_budget_ends_an_endless_loop_with_its_story() -> None:
    class Endless(Shop):
        def _to_baking(self, order: Order, stimulus_id: str, instructions: Any) -> Asked:
            order.state = "baking"
            return {order: "waiting"}

        def _to_waiting(self, order: Order, stimulus_id: str, instructions: Any) -> Asked:
            order.state = "waiting"
            return {order: "baking"}

        _TRANSITIONS = {
            Order: {
                "waiting": {"baking": _to_baking},
                "baking": {"waiting": _to_waiting},
            }
        }

    for validate in (False, True):  # both ways through the drain
        shop = Endless(step_budget=50, validate=validate)
        with pytest.raises(StepBudgetExceeded, match="more than 50 steps") as caught:
            shop.handle(Ordered(1))
        assert {record[2] for record in caught.value.story} == {"waiting", "baking"}


def test_rounds_of_loops_count_against_the_budget() -> None:
    class Busy(Shop):
        def handle_event(self, event: Any) -> Result:
            while True:
                self._spend()

    with pytest.raises(StepBudgetExceeded):
        Busy(step_budget=1000).handle(Tick())


def test_the_budget_is_for_each_event() -> None:
    shop = Shop(ovens=100, step_budget=1)
    for number in range(20):
        shop.handle(Ordered(number))
    assert shop.transition_count == 20
