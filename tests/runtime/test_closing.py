"""Cancelling and closing a dispatcher: what is told, recorded and left behind."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from lawful.runtime import (
    CloseReport,
    ContractBroken,
    DispatcherStopped,
)

from .one import (
    KINDS,
    Done,
    Gates,
    Go,
    Runs,
    ThreadGates,
    Work,
    dispatch,
    done,
    handlers,
    machine,
    threads,
    until,
)


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
    before = threads()

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
    assert threads() <= before


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
    before = threads()

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
    assert threads() <= before
