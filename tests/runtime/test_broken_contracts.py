"""What a handler must not do, and what is said and kept when it does."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from lawful.runtime import (
    ContractBroken,
    DispatcherStopped,
    IllegalEvent,
    InvalidTransition,
)

from .one import (
    OPEN_KINDS,
    Done,
    Failed,
    Gates,
    Go,
    One,
    Progress,
    Runs,
    Work,
    dispatch,
    handlers,
    machine,
    seen,
    until,
)
from .shop import Bake, Baked, Order, Ordered, Shop, Staff

# Broken contracts


@pytest.mark.parametrize("runs", OPEN_KINDS)
@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ([], "exactly one of Done or Failed, not 0"),
        ([Progress(1)], "exactly one of Done or Failed, not 0"),
        ([Done(1), Failed(1)], "exactly one of Done or Failed, not 2"),
        ([Done(1), Done(1)], "exactly one of Done or Failed, not 2"),
        ([Done(1), Progress(1)], "Progress comes after Done, which is the end"),
        ([Go(1)], "Go is neither an outcome (Done, Failed) nor allowed before the end (Progress)"),
        ([Progress(1), "Done"], "str is neither an outcome"),
        ([Done(2)], "Done.number must repeat the instruction's 1, not 2"),
        ([Progress(2), Done(1)], "Progress.number must repeat the instruction's 1, not 2"),
        (Done(1), "it must return a collection of events, not Done"),
        (None, "it must return a collection of events, not NoneType"),
        ("Done", "it must return a collection of events, not str"),
        (iter([Done(1)]), "it must return a collection of events, not list_iterator"),
        ({"Done": 1}, "it must return a collection of events, not dict"),
        ({"Done", "Failed"}, "events have an order, and a set has none"),
    ],
    ids=lambda value: (
        f"a {type(value).__name__}" if not isinstance(value, list) else repr(value)[:40]
    ),
)
def test_whatever_else_a_handler_returns_breaks_its_contract(
    runs: Runs, returned: Any, problem: str
) -> None:
    one = machine(runs)

    async def main() -> None:
        async with dispatch(one, handlers(runs, lambda i: returned)) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    with pytest.raises(ContractBroken) as caught:
        asyncio.run(main())
    assert problem in caught.value.problem
    assert caught.value.returned or returned is None
    assert seen(one) == [Go(1, stimulus_id="go-1")], "nothing of it was fed back"


def test_a_coroutine_method_that_is_no_coroutine_breaks_its_contract() -> None:
    class Odd:
        def work(self, instruction: Work) -> Any:
            return [Done(1)]

    async def main() -> None:
        async with dispatch(machine("coroutine"), Odd()) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    with pytest.raises(ContractBroken, match="must return an awaitable, not list"):
        asyncio.run(main())


def test_a_send_that_returns_a_coroutine_breaks_its_contract_and_leaves_no_warning() -> None:
    async def later() -> None: ...

    async def main() -> None:
        async with dispatch(machine("send"), handlers("send", lambda i: later())) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    with pytest.raises(ContractBroken, match="a send returns nothing"):
        asyncio.run(main())


def test_an_echo_that_can_not_be_compared_breaks_the_contract() -> None:
    class Strange:
        def __eq__(self, other: object) -> bool:
            raise ValueError("the truth value is ambiguous")

        __hash__ = None  # type: ignore[assignment]

    async def main() -> None:
        team = handlers("coroutine", lambda i: [Done(Strange())])  # type: ignore[arg-type]
        async with dispatch(machine("coroutine"), team) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    with pytest.raises(ContractBroken, match="ambiguous"):
        asyncio.run(main())


def test_a_value_whose_repr_raises_is_still_reported() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    async def main() -> None:
        async with dispatch(
            machine("coroutine"), handlers("coroutine", lambda i: Shy())
        ) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    with pytest.raises(ContractBroken, match="<Shy whose repr raises RuntimeError>"):
        asyncio.run(main())


def test_a_missing_or_unfit_method_is_found_when_the_dispatcher_is_made() -> None:
    class Lazy:
        async def tell(self, instruction: Any) -> None: ...
        async def pack(self, instruction: Any) -> None: ...

    with pytest.raises(TypeError) as caught:
        dispatch(Shop(), Lazy())
    text = str(caught.value)
    assert "bake (for Bake) is missing" in text
    assert "pack must be a plain function" in text
    assert "tell must be a plain function" in text


def test_a_report_can_be_pickled() -> None:
    async def main() -> None:
        async with dispatch(
            machine("coroutine"), handlers("coroutine", lambda i: 1 / 0)
        ) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    with pytest.raises(ContractBroken) as caught:
        asyncio.run(main())
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


# After a failure


def test_after_a_failure_no_work_is_taken_and_the_rest_is_in_the_report() -> None:
    one, gates = machine("coroutine"), Gates()

    async def main() -> None:
        dispatcher = dispatch(one, gates)
        for number in (1, 2, 3):
            dispatcher.post(Go(number))
        await until(lambda: len(gates.futures) == 3)
        gates.end(2, "rubbish")
        with pytest.raises(ContractBroken) as caught:
            await dispatcher.run()
        with pytest.raises(DispatcherStopped, match="failed with ContractBroken") as stopped:
            dispatcher.post(Go(5))
        assert stopped.value.__cause__ is caught.value
        with pytest.raises(DispatcherStopped):
            dispatcher.handle(Go(5))
        with pytest.raises(ContractBroken):
            await dispatcher.drain()
        gates.end(1)
        await until(lambda: len(dispatcher.open_instructions) == 1)
        report = await dispatcher.close()
        assert report.late == ((Work(1, stimulus_id="go-1"), repr([Done(1)])),)
        assert [i.number for i in report.cancelled] == [3]
        assert report.running == ()
        assert dispatcher.failure is caught.value

    asyncio.run(main())
    assert [event.number for event in seen(one)] == [1, 2, 3]


def test_instructions_behind_one_that_fails_are_not_run_and_reported() -> None:
    class Two(One):
        CONTRACTS = machine("send").CONTRACTS

        def handle_event(self, event: Any) -> Any:
            return {}, [Work(n, stimulus_id="") for n in (1, 2, 3)]

    ran: list[int] = []

    def act(instruction: Work) -> None:
        ran.append(instruction.number)
        if instruction.number == 2:
            raise OSError

    async def main() -> None:
        dispatcher = dispatch(Two(), handlers("send", act))
        dispatcher.post(Go(1))
        dispatcher.post(Go(2))
        with pytest.raises(ContractBroken):
            await dispatcher.drain()
        report = await dispatcher.close()
        assert [i.number for i in report.not_started] == [3]
        assert report.unhandled == (Go(2),)

    asyncio.run(main())
    assert ran == [1, 2]


def test_the_end_of_the_block_raises_what_nobody_has_seen() -> None:
    async def main() -> None:
        async with dispatch(machine("coroutine"), handlers("coroutine", lambda i: 1 / 0)) as it:
            it.post(Go(1))
            await until(lambda: it.failure)

    with pytest.raises(ContractBroken):
        asyncio.run(main())


def test_an_error_of_the_block_itself_is_raised_and_mentions_the_failure() -> None:
    async def main() -> None:
        async with dispatch(machine("coroutine"), handlers("coroutine", lambda i: 1 / 0)) as it:
            it.post(Go(1))
            await until(lambda: it.failure)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        asyncio.run(main())
    assert "The dispatcher had failed as well" in caught.value.__notes__[0]


def test_an_error_of_the_machine_stops_it_and_names_the_event_and_its_cause() -> None:
    class Wrong(Staff):
        async def bake(self, instruction: Bake) -> Any:
            return [Baked(instruction.number)]

    class Broken(Shop):
        def _baking_to_baked(self, order: Any, stimulus_id: str, instructions: Any) -> Any:
            return {order: "packed"}

        _TRANSITIONS = {  # noqa: RUF012  # ClassVar in the base class
            Order: {**Shop._TRANSITIONS[Order], "baking": {"baked": _baking_to_baked}}
        }

    async def main() -> None:
        async with dispatch(Broken(), Wrong()) as dispatcher:
            dispatcher.post(Ordered(1))
            await dispatcher.drain()

    with pytest.raises(InvalidTransition) as caught:
        asyncio.run(main())
    first, note = caught.value.__notes__
    assert first.startswith("While handling Baked(number=1, stimulus_id='ordered-1')")
    assert "what bake returned for Bake(number=1" in note
    assert "caused by Ordered(number=1" in note


def test_an_outcome_that_the_machine_refuses_stops_the_dispatcher() -> None:
    class Twice(Staff):
        async def bake(self, instruction: Bake) -> Any:
            dispatcher.post(Baked(instruction.number))
            return [Baked(instruction.number)]

    refused: list[IllegalEvent] = []
    dispatcher = dispatch(Shop(), Twice(), on_refused=refused.append)

    async def main() -> None:
        async with dispatcher:
            dispatcher.post(Ordered(1))
            await dispatcher.drain()

    with pytest.raises(IllegalEvent, match="is baked") as caught:
        asyncio.run(main())
    assert "what bake returned" in caught.value.__notes__[0]
    assert refused == []
