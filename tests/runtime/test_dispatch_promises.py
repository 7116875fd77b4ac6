"""What dask/distributed #5894 asks of a dispatcher, point by point, for each kind of handler."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from typing import Any

import pytest

from lawful.runtime import (
    ContractBroken,
    Dispatcher,
    Event,
    IllegalEvent,
    Instruction,
    UnknownInstruction,
)

from .one import (
    KINDS,
    OPEN_KINDS,
    Done,
    Failed,
    Gates,
    Go,
    One,
    Progress,
    Runs,
    Stray,
    ThreadGates,
    Work,
    done,
    given_out,
    handlers,
    machine,
    seen,
    threads,
    until,
)
from .shop import Bake, Baked, Burnt, Ordered, Pack, Packed, Recalled, Shop, Smoking, Staff, Tell


def outcome(runs: Runs, instruction: Work) -> Any:
    return None if runs == "send" else done(instruction)


def run(one: One, team: object, *events: Event) -> Dispatcher[Any, Any]:
    """Post the events and wait until nothing is left to do."""

    async def main() -> Dispatcher[Any, Any]:
        async with Dispatcher(one, team) as dispatcher:
            for event in events:
                dispatcher.post(event)
            await dispatcher.drain()
        return dispatcher

    return asyncio.run(main())


def test_events_and_instructions_are_defined_types() -> None:
    for event in (Ordered, Smoking, Baked, Burnt, Packed, Recalled):
        assert issubclass(event, Event)
        assert [f.name for f in dataclasses.fields(event)][-1] == "stimulus_id"
    for instruction in Shop.CONTRACTS:
        assert issubclass(instruction, Instruction)
    assert Ordered(1) == Ordered(1) != Ordered(2)


@pytest.mark.parametrize("runs", KINDS)
def test_each_instruction_goes_to_its_handler(runs: Runs) -> None:
    got: list[Work] = []

    def act(instruction: Work) -> Any:
        got.append(instruction)
        return outcome(runs, instruction)

    run(machine(runs), handlers(runs, act), Go(1), Go(2, stimulus_id="mine"))
    assert sorted(got, key=lambda i: i.number) == [
        Work(1, stimulus_id="go-1"),
        Work(2, stimulus_id="mine"),
    ]


def test_instructions_of_one_step_go_to_different_handlers() -> None:
    shop, staff = Shop(ovens=2), Staff()

    async def main() -> None:
        async with Dispatcher(shop, staff) as dispatcher:
            for number in (1, 2, 3):
                dispatcher.post(Ordered(number))
            await dispatcher.drain()

    asyncio.run(main())
    assert sorted(staff.told) == [(1, "ready"), (2, "ready"), (3, "ready")]
    assert shop.orders == {}
    shop.check_at_rest()


@pytest.mark.parametrize("runs", OPEN_KINDS)
@pytest.mark.parametrize("collection", [list, tuple, deque, lambda events: {1: events[0]}.values()])
def test_a_handler_takes_the_instruction_and_returns_a_collection_of_events(
    runs: Runs, collection: Any
) -> None:
    one = machine(runs)
    run(one, handlers(runs, lambda i: collection([Done(i.number)])), Go(1))
    assert seen(one)[1:] == [Done(1, stimulus_id="go-1")]


def test_a_send_returns_nothing() -> None:
    one = machine("send")
    run(one, handlers("send", lambda i: []), Go(1))
    with pytest.raises(ContractBroken, match="a send returns nothing"):
        run(machine("send"), handlers("send", done), Go(1))


@pytest.mark.parametrize("runs", OPEN_KINDS)
def test_what_handlers_return_is_fed_back_with_the_stimulus_id_of_the_instruction(
    runs: Runs,
) -> None:
    one = machine(runs)
    run(
        one,
        handlers(runs, lambda i: [Progress(i.number), Progress(i.number), Failed(i.number)]),
        Go(1, stimulus_id="cause"),
    )
    assert seen(one) == [
        Go(1, stimulus_id="cause"),
        Progress(1, stimulus_id="cause"),
        Progress(1, stimulus_id="cause"),
        Failed(1, stimulus_id="cause"),
    ]


def test_what_a_send_posts_is_fed_back_behind_the_instructions_of_the_step() -> None:
    shop = Shop(ovens=2)
    order: list[Any] = []

    class Talking(Staff):
        def tell(self, instruction: Tell) -> None:
            order.append(instruction.text)
            if instruction.text == "it smokes":
                dispatcher.post(Ordered(9))

        async def bake(self, instruction: Bake) -> Any:
            order.append(("bake", instruction.number))
            return [Baked(instruction.number)]

    dispatcher: Dispatcher[Any, Any] = Dispatcher(shop, Talking())

    async def main() -> None:
        async with dispatcher:
            dispatcher.post(Smoking(1))
            dispatcher.post(Ordered(5))
            await dispatcher.drain()

    asyncio.run(main())
    assert [type(step.event) for step in shop.history][:3] == [Smoking, Ordered, Ordered]
    assert [step.event.number for step in shop.history][:3] == [1, 5, 9]
    assert order[:3] == ["it smokes", ("bake", 5), ("bake", 9)]


@pytest.mark.parametrize("runs", KINDS)
def test_a_handler_that_raises_is_one_error_that_can_be_filed_as_it_stands(runs: Runs) -> None:
    one = machine(runs)

    def act(instruction: Work) -> Any:
        if instruction.number == 2:
            raise OSError("disk on fire")
        return outcome(runs, instruction)

    with pytest.raises(ContractBroken) as caught:
        run(one, handlers(runs, act), Go(1), Go(2), Go(3), Go(4))
    error = caught.value
    assert error.instruction == Work(2, stimulus_id="go-2")
    assert error.event == Go(2, stimulus_id="go-2")
    assert isinstance(error.__cause__, OSError)
    text = str(error)
    for part in (
        "work broke its contract: it raised OSError",
        "Work(number=2, stimulus_id='go-2')",
        "Go(number=2, stimulus_id='go-2')",
        "one.yaml (cafe)",
        "Traceback (most recent call last)",
        'raise OSError("disk on fire")',
        '"event":{"type":"Go","number":1,"stimulus_id":"go-1"}',
    ):
        assert part in text
    assert one.poisoned is None, "the machine did nothing wrong"


@pytest.mark.parametrize("runs", KINDS)
def test_an_unknown_instruction_is_an_error(runs: Runs) -> None:
    one = machine(runs)
    with pytest.raises(UnknownInstruction, match="no contract for the instruction Stray") as caught:
        run(one, handlers(runs, lambda i: outcome(runs, i)), Go(1), Go(-1), Go(2))
    assert caught.value.instruction == Stray(stimulus_id="go-2")
    assert caught.value.event == Go(-1, stimulus_id="go-2")


def test_open_coroutines_are_tracked_cancelled_and_awaited_on_close() -> None:
    one, stopped = machine("coroutine"), []

    class Slow:
        async def work(self, instruction: Work) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)  # tidying up takes a moment, and is waited for
                stopped.append(instruction.number)

    async def main() -> None:
        dispatcher: Dispatcher[Any, Any] = Dispatcher(one, Slow())
        for number in (1, 2, 3):
            dispatcher.post(Go(number))
        await until(lambda: len(dispatcher.open_instructions) == 3)
        await asyncio.sleep(0)
        report = await dispatcher.close()
        assert stopped == [1, 2, 3]
        assert report.clean
        assert [i.number for i in report.cancelled] == [1, 2, 3]
        assert dispatcher.open_instructions == []
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert seen(one) == [Go(n, stimulus_id=f"go-{n}") for n in (1, 2, 3)], "nothing was fed back"


def test_open_threads_are_tracked_and_awaited_on_close() -> None:
    one, gates = machine("thread"), ThreadGates()
    gates.prepare(1, 2, 3)
    before = threads()

    async def main() -> None:
        dispatcher: Dispatcher[Any, Any] = Dispatcher(one, gates, threads=1)
        for number in (1, 2, 3):
            dispatcher.post(Go(number))
        await until(gates.entered[1].is_set)
        assert [i.number for i in dispatcher.open_instructions] == [1, 2, 3]
        asyncio.get_running_loop().call_soon(gates.leave[1].set)
        report = await dispatcher.close()
        assert report.clean
        assert [i.number for i in report.cancelled] == [2, 3], "those had not begun"
        assert [i.number for i, _ in report.late] == [1], "a thread can't be cancelled"

    asyncio.run(main())
    assert threads() <= before
    assert len(one.history) == 3


def test_sends_are_never_open() -> None:
    one = machine("send")
    dispatcher = run(one, handlers("send", lambda i: None), Go(1))
    assert dispatcher.report
    assert dispatcher.report.clean
    assert dispatcher.open_instructions == []


@pytest.mark.parametrize("runs", KINDS)
def test_every_event_and_instruction_is_in_the_history(runs: Runs) -> None:
    one = machine(runs)
    run(one, handlers(runs, lambda i: outcome(runs, i)), Go(1), Go(2))
    want = [Go(1, stimulus_id="go-1"), Go(2, stimulus_id="go-2")]
    if runs != "send":
        want += [Done(1, stimulus_id="go-1"), Done(2, stimulus_id="go-2")]  # type: ignore[list-item]
    assert sorted(seen(one), key=repr) == sorted(want, key=repr)
    assert given_out(one) == [Work(1, stimulus_id="go-1"), Work(2, stimulus_id="go-2")]


def test_one_method_can_be_replaced_without_touching_the_rest() -> None:
    async def burn_once(instruction: Bake) -> Any:
        staff.bake = original  # type: ignore[method-assign]
        return [Burnt(instruction.number)]

    shop, staff = Shop(), Staff()
    original = staff.bake
    staff.bake = burn_once  # type: ignore[method-assign]
    shop.handle(Ordered(1))  # not dispatched: the dispatcher comes later

    async def main() -> None:
        async with Dispatcher(shop, staff) as dispatcher:
            dispatcher.post(Recalled(1))
            dispatcher.post(Ordered(2))
            await dispatcher.drain()

    asyncio.run(main())
    assert staff.told == [(1, "burnt, once more"), (2, "burnt, once more"), (2, "ready")]


def test_transition_functions_return_recommendations_and_instructions() -> None:
    shop = Shop(ovens=0)
    shop.handle(Ordered(1))
    recommendations, instructions = shop.transition(shop.orders[1], "baking", stimulus_id="s")
    assert (recommendations, instructions) == ({}, [Bake(1, stimulus_id="s")])
    recommendations, instructions = shop.transition(shop.orders[1], "baked", stimulus_id="s")
    assert instructions == [Pack(1, stimulus_id="s")]


@pytest.mark.parametrize("runs", KINDS)
def test_an_illegal_event_raises_and_changes_nothing(runs: Runs) -> None:
    one = machine(runs)

    async def main() -> None:
        async with Dispatcher(one, handlers(runs, lambda i: outcome(runs, i))) as dispatcher:
            with pytest.raises(IllegalEvent, match="minus two is not a number"):
                dispatcher.handle(Go(-2))
            assert seen(one) == []
            dispatcher.post(Go(1))
            await dispatcher.drain()

    asyncio.run(main())
    assert seen(one)[0] == Go(1, stimulus_id="go-1")


def test_outcomes_come_in_the_order_in_which_handlers_end() -> None:
    one, gates = machine("coroutine"), Gates()

    async def main() -> None:
        async with Dispatcher(one, gates) as dispatcher:
            for number in (1, 2, 3):
                dispatcher.post(Go(number))
            await until(lambda: len(gates.futures) == 3)
            for number in (2, 3, 1):
                gates.end(number)
            await dispatcher.drain()

    asyncio.run(main())
    assert [event.number for event in seen(one)] == [1, 2, 3, 2, 3, 1]
