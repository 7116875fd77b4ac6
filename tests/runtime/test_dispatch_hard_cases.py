"""The awkward cases of a dispatcher; each has one answer."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import pickle
import threading
from typing import Any

import pytest

from lawful.runtime import (
    CloseReport,
    ContractBroken,
    Dispatcher,
    DispatcherStopped,
    IllegalEvent,
    InvalidTransition,
    ReentrantCall,
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
    ThreadGates,
    Work,
    done,
    handlers,
    machine,
    seen,
    until,
)
from .shop import Bake, Baked, Order, Ordered, Pack, Packed, Shop, Staff


def dispatch(one: Any, team: object, **options: Any) -> Dispatcher[Any, Any]:
    return Dispatcher(one, team, **options)


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
        def _baking_to_baked(self, order: Any, *, stimulus_id: str) -> Any:
            return {order: "packed"}, []

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


# Events from outside


def test_a_posted_event_that_is_refused_stops_the_dispatcher_or_goes_to_on_refused() -> None:
    async def main(**options: Any) -> list[Any]:
        one = machine("coroutine")
        async with dispatch(one, handlers("coroutine", done), **options) as dispatcher:
            for number in (1, -2, 3):
                dispatcher.post(Go(number))
            await dispatcher.drain()
        return [event.number for event in seen(one)]

    with pytest.raises(IllegalEvent):
        asyncio.run(main())
    refused: list[IllegalEvent] = []
    assert asyncio.run(main(on_refused=refused.append)) == [1, 3, 1, 3]
    assert [error.event for error in refused] == [Go(-2)]


def test_what_on_refused_raises_stops_the_dispatcher() -> None:
    def strict(error: IllegalEvent) -> None:
        raise OSError("I mind")

    async def main() -> None:
        one = machine("coroutine")
        async with dispatch(one, handlers("coroutine", done), on_refused=strict) as dispatcher:
            dispatcher.post(Go(-2))
            await dispatcher.drain()

    with pytest.raises(OSError, match="I mind"):
        asyncio.run(main())


def test_events_posted_before_the_start_are_kept_in_order() -> None:
    one = machine("send")
    dispatcher = dispatch(one, handlers("send", lambda i: None))
    for number in range(5):
        dispatcher.post(Go(number))
    assert seen(one) == []
    asyncio.run(dispatcher.drain())
    assert [event.number for event in seen(one)] == [0, 1, 2, 3, 4]


def test_events_can_be_posted_from_other_threads_and_none_is_lost() -> None:
    one = machine("send", history_limit=None)
    threads, each = 8, 200
    start = threading.Barrier(threads)

    async def main() -> None:
        async with dispatch(one, handlers("send", lambda i: None)) as dispatcher:

            def poster(thread: int) -> None:
                start.wait()
                for n in range(each):
                    dispatcher.post(Go(thread * 1000 + n))

            posters = [threading.Thread(target=poster, args=[n]) for n in range(threads)]
            for thread in posters:
                thread.start()
            for thread in posters:
                await asyncio.to_thread(thread.join)
            await dispatcher.drain()

    asyncio.run(main())
    numbers = [event.number for event in seen(one)]
    assert len(numbers) == threads * each
    for thread in range(threads):
        mine = [n for n in numbers if n // 1000 == thread]
        assert mine == sorted(mine), "each thread's events keep their order"


def test_an_event_posted_from_a_thread_wakes_a_sleeping_loop() -> None:
    one = machine("send")
    heard = threading.Event()

    async def main() -> None:
        async with dispatch(one, handlers("send", lambda i: heard.set())) as dispatcher:
            running = asyncio.create_task(dispatcher.run())
            await asyncio.to_thread(dispatcher.post, Go(1))
            await asyncio.to_thread(heard.wait)  # the loop has nothing else to do meanwhile
            await dispatcher.close()
            await running

    asyncio.run(main())
    assert seen(one) == [Go(1, stimulus_id="go-1")]


def test_a_thread_handler_may_post() -> None:
    one = machine("thread")

    def act(instruction: Work) -> Any:
        if instruction.number < 5:
            dispatcher.post(Go(instruction.number + 1))
        return done(instruction)

    dispatcher = dispatch(one, handlers("thread", act))

    async def main() -> None:
        async with dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    asyncio.run(main())
    numbers = [e.number for e in seen(one) if isinstance(e, Go)]
    assert numbers == [1, 2, 3, 4, 5]


def test_posting_after_the_loop_is_gone_says_so() -> None:
    dispatcher = dispatch(machine("send"), handlers("send", lambda i: None))
    asyncio.run(dispatcher.drain())
    result: list[BaseException] = []

    def post() -> None:
        try:
            dispatcher.post(Go(1))
        except DispatcherStopped as error:
            result.append(error)

    thread = threading.Thread(target=post)
    thread.start()
    thread.join()
    assert "its event loop is closed" in str(result[0])


def test_a_dispatcher_belongs_to_one_loop() -> None:
    dispatcher = dispatch(machine("send"), handlers("send", lambda i: None))
    asyncio.run(dispatcher.drain())
    with pytest.raises(RuntimeError, match="belongs to the event loop"):
        asyncio.run(dispatcher.drain())


# Events while handling


def test_an_event_handled_while_handling_waits_for_its_turn() -> None:
    one = machine("send")
    errors: list[ReentrantCall] = []

    def act(instruction: Work) -> None:
        if instruction.number == 1:
            dispatcher.post(Go(3))
            try:
                dispatcher.handle(Go(4))
            except ReentrantCall as error:
                errors.append(error)

    dispatcher = dispatch(one, handlers("send", act))

    async def main() -> None:
        async with dispatcher:
            dispatcher.post(Go(1))
            dispatcher.post(Go(2))
            await dispatcher.drain()

    asyncio.run(main())
    assert [event.number for event in seen(one)] == [1, 2, 3]
    assert [error.event for error in errors] == [Go(4)]


def test_handle_takes_its_turn_behind_the_queue_and_returns_the_instructions() -> None:
    one = machine("coroutine")

    async def main() -> None:
        async with dispatch(one, handlers("coroutine", done)) as dispatcher:
            dispatcher.post(Go(1))
            assert dispatcher.handle(Go(2)) == [Work(2, stimulus_id="go-2")]
            assert [i.number for i in dispatcher.open_instructions] == [1, 2]
            await dispatcher.drain()

    asyncio.run(main())
    assert [event.number for event in seen(one)] == [1, 2, 1, 2]


def test_a_coroutine_may_call_handle() -> None:
    one = machine("coroutine")

    def act(instruction: Work) -> Any:
        if instruction.number == 1:
            assert dispatcher.handle(Go(2)) == [Work(2, stimulus_id="go-2")]
        return done(instruction)

    dispatcher = dispatch(one, handlers("coroutine", act))

    async def main() -> None:
        async with dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    asyncio.run(main())
    assert [event.number for event in seen(one)] == [1, 2, 1, 2]


def test_endless_events_do_not_keep_the_loop_from_other_tasks() -> None:
    one = machine("send")

    def act(instruction: Work) -> None:
        dispatcher.post(Go(instruction.number + 1))

    dispatcher = dispatch(one, handlers("send", act))

    async def main() -> None:
        async with dispatcher:
            dispatcher.post(Go(0))
            await until(lambda: len(one.history) > 100)

    asyncio.run(main())
    assert dispatcher.report
    assert len(dispatcher.report.unhandled) == 1


# Many


def test_a_thousand_coroutines_at_once() -> None:
    one, gates = machine("coroutine", history_limit=None), Gates()

    async def main() -> None:
        async with dispatch(one, gates) as dispatcher:
            for number in range(1000):
                dispatcher.post(Go(number))
            await until(lambda: len(gates.futures) == 1000)
            assert len(dispatcher.open_instructions) == 1000
            for number in reversed(range(1000)):
                gates.end(number)
            await dispatcher.drain()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    assert [event.number for event in seen(one)] == [*range(1000), *reversed(range(1000))]


def test_a_thousand_threads_share_a_bounded_pool() -> None:
    one = machine("thread", history_limit=None)
    before = threading.active_count()
    together, most, lock = 0, 0, threading.Lock()

    def act(instruction: Work) -> Any:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        try:
            return done(instruction)
        finally:
            with lock:
                together -= 1

    async def main() -> None:
        async with dispatch(one, handlers("thread", act), threads=4) as dispatcher:
            for number in range(1000):
                dispatcher.post(Go(number))
            await dispatcher.drain()
            assert threading.active_count() <= before + 4

    asyncio.run(main())
    assert most <= 4
    assert len(one.history) == 2000
    assert threading.active_count() == before


def test_a_thread_sees_the_context_variables_of_its_cause() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    got: list[str] = []

    def act(instruction: Work) -> Any:
        got.append(variable.get())
        return done(instruction)

    async def main() -> None:
        variable.set("here")
        async with dispatch(machine("thread"), handlers("thread", act)) as dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.drain()

    asyncio.run(main())
    assert got == ["here"]


# Cancellation and closing


def test_a_handler_that_is_cancelled_by_somebody_else_breaks_its_contract() -> None:
    one, gates = machine("coroutine"), Gates()

    async def main() -> None:
        async with dispatch(one, gates) as dispatcher:
            dispatcher.post(Go(1))
            await until(lambda: gates.futures)
            gates.futures[1].cancel()
            await dispatcher.drain()

    with pytest.raises(ContractBroken, match="it was cancelled, and not by the dispatcher"):
        asyncio.run(main())


def test_cancelling_who_waits_leaves_the_dispatcher_alone() -> None:
    one, gates = machine("coroutine"), Gates()

    async def main() -> None:
        async with dispatch(one, gates) as dispatcher:
            dispatcher.post(Go(1))
            waiting = asyncio.create_task(dispatcher.drain())
            await until(lambda: gates.futures)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            gates.end(1)
            await dispatcher.drain()

    asyncio.run(main())
    assert len(one.history) == 2


def test_a_cancelled_block_closes_and_the_cancellation_goes_on() -> None:
    one, gates = machine("coroutine"), Gates()
    dispatcher = dispatch(one, gates)

    async def block() -> None:
        async with dispatcher:
            dispatcher.post(Go(1))
            await dispatcher.run()

    async def main() -> None:
        task = asyncio.create_task(block())
        await until(lambda: gates.futures)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert dispatcher.report == CloseReport(cancelled=(Work(1, stimulus_id="go-1"),))


@pytest.mark.parametrize("ending", ["outcome", "error"])
def test_a_handler_that_ends_while_the_dispatcher_closes_is_recorded_not_fed_back(
    ending: str,
) -> None:
    class Stubborn:
        async def work(self, instruction: Work) -> Any:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if ending == "error":
                    raise OSError("could not tidy up") from None
                return [Done(instruction.number)]

    one = machine("coroutine")

    async def main() -> None:
        dispatcher = dispatch(one, Stubborn())
        dispatcher.post(Go(1))
        await until(lambda: dispatcher.open_instructions)
        await asyncio.sleep(0)
        report = await dispatcher.close()
        assert report.clean
        assert report.cancelled == ()
        ((instruction, text),) = report.late
        assert instruction == Work(1, stimulus_id="go-1")
        assert text == (repr([Done(1)]) if ending == "outcome" else "OSError('could not tidy up')")
        assert dispatcher.failure is None

    asyncio.run(main())
    assert len(one.history) == 1


def test_a_handler_that_ignores_cancellation_is_reported_and_close_can_be_called_again() -> None:
    release = asyncio.Event()

    class Deaf:
        async def work(self, instruction: Work) -> Any:
            while not release.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await release.wait()
            return [Done(instruction.number)]

    one = machine("coroutine")

    async def main() -> None:
        dispatcher = dispatch(one, Deaf())
        dispatcher.post(Go(1))
        await until(lambda: dispatcher.open_instructions)
        await asyncio.sleep(0)
        first = await dispatcher.close(timeout=0)
        assert not first.clean
        assert first.running == (Work(1, stimulus_id="go-1"),)
        release.set()
        second = await dispatcher.close()
        assert second.clean
        assert second.late == ((Work(1, stimulus_id="go-1"), repr([Done(1)])),)

    asyncio.run(main())
    assert len(one.history) == 1


def test_a_thread_that_ends_after_close_is_recorded_not_fed_back() -> None:
    one, gates = machine("thread"), ThreadGates()
    gates.prepare(1)
    before = threading.active_count()

    async def main() -> None:
        dispatcher = dispatch(one, gates)
        dispatcher.post(Go(1))
        await until(gates.entered[1].is_set)
        report = await dispatcher.close(timeout=0)
        assert report.running == (Work(1, stimulus_id="go-1"),)
        gates.leave[1].set()
        await until(lambda: not dispatcher.open_instructions)
        report = await dispatcher.close()
        assert report.late == ((Work(1, stimulus_id="go-1"), repr([Done(1)])),)

    asyncio.run(main())
    assert len(one.history) == 1
    assert threading.active_count() == before


def test_a_thread_that_ends_after_its_loop_is_recorded() -> None:
    one, gates = machine("thread"), ThreadGates()
    gates.prepare(1)
    dispatcher = dispatch(one, gates)
    loop = asyncio.new_event_loop()

    async def main() -> None:
        dispatcher.post(Go(1))
        await until(gates.entered[1].is_set)
        await dispatcher.close(timeout=0)

    loop.run_until_complete(main())
    loop.close()
    gates.leave[1].set()
    dispatcher._threads.close(wait=True)
    assert dispatcher.open_instructions == []
    assert [i for i, _ in dispatcher._ended.late] == [Work(1, stimulus_id="go-1")]


def test_a_task_that_never_began_is_cancelled_on_close() -> None:
    ran: list[int] = []

    class Never:
        async def work(self, instruction: Work) -> Any:
            ran.append(instruction.number)

    async def main() -> None:
        dispatcher = dispatch(machine("coroutine"), Never())
        async with dispatcher:
            dispatcher.handle(Go(1))
        assert dispatcher.report
        assert dispatcher.report.cancelled == (Work(1, stimulus_id="go-1"),)

    asyncio.run(main())
    assert ran == []


def test_a_handler_may_close_the_dispatcher_and_is_not_waited_for() -> None:
    reports: list[CloseReport[Any, Any]] = []

    class Closing(Gates):
        async def work(self, instruction: Work) -> Any:
            if instruction.number == 1:
                return await super().work(instruction)
            reports.append(await dispatcher.close())
            return [Done(instruction.number)]

    one = machine("coroutine")
    dispatcher = dispatch(one, Closing())

    async def main() -> None:
        for number in (1, 2):
            dispatcher.post(Go(number))
        await dispatcher.run()
        await until(lambda: not dispatcher.open_instructions)

    asyncio.run(main())
    (report,) = reports
    assert [i.number for i in report.cancelled] == [1]
    assert [i.number for i in report.running] == [2]
    assert len(one.history) == 2


def test_closing_ends_run_and_drain_and_keeps_what_was_not_handled() -> None:
    one, gates = machine("coroutine"), Gates()

    async def main() -> None:
        dispatcher = dispatch(one, gates)
        dispatcher.post(Go(1))
        await until(lambda: gates.futures)
        waiting = [asyncio.create_task(w) for w in (dispatcher.run(), dispatcher.drain())]
        await asyncio.sleep(0)
        dispatcher.post(Go(2))
        report = await dispatcher.close()
        await asyncio.gather(*waiting)
        assert report.unhandled == (Go(2),)
        with pytest.raises(DispatcherStopped, match="it is closed"):
            dispatcher.post(Go(3))
        assert await dispatcher.close() == report

    asyncio.run(main())


def test_closing_when_nothing_ever_happened() -> None:
    async def main() -> None:
        assert await dispatch(machine("thread"), ThreadGates()).close() == CloseReport()

    asyncio.run(main())


def test_drain_returns_at_once_when_there_is_nothing_to_do() -> None:
    asyncio.run(dispatch(machine("send"), handlers("send", lambda i: None)).drain())


def test_several_may_wait_at_the_same_time() -> None:
    one, gates = machine("coroutine"), Gates()

    async def main() -> None:
        async with dispatch(one, gates) as dispatcher:
            dispatcher.post(Go(1))
            waiting = [asyncio.create_task(dispatcher.drain()) for _ in range(5)]
            await until(lambda: gates.futures)
            gates.end(1)
            await asyncio.gather(*waiting)

    asyncio.run(main())


@pytest.mark.parametrize("runs", KINDS)
def test_nothing_is_left_behind(runs: Runs) -> None:
    before = threading.active_count()

    async def main() -> None:
        async with dispatch(
            machine(runs), handlers(runs, lambda i: None if runs == "send" else done(i))
        ) as dispatcher:
            for number in range(20):
                dispatcher.post(Go(number))
            await dispatcher.drain()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert dispatcher.open_instructions == []
        assert dispatcher._waiters == []

    asyncio.run(main())
    assert threading.active_count() == before


def test_a_keyboard_interrupt_in_a_handler_comes_through() -> None:
    class Interrupted:
        async def work(self, instruction: Work) -> Any:
            raise KeyboardInterrupt

    dispatcher = dispatch(machine("coroutine"), Interrupted())

    async def main() -> None:
        dispatcher.post(Go(1))
        await dispatcher.run()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())


def test_a_shop_of_all_three_kinds_runs_to_the_end() -> None:
    class Slow(Staff):
        def pack(self, instruction: Pack) -> Any:
            return [Packed(instruction.number, weight=1)]

    shop, staff = Shop(ovens=3, validate=True), Slow()

    async def main() -> None:
        async with dispatch(shop, staff) as dispatcher:
            for number in range(50):
                dispatcher.post(Ordered(number))
            await dispatcher.drain()

    asyncio.run(main())
    assert sorted(number for number, _ in staff.told) == list(range(50))
    shop.check_at_rest()
