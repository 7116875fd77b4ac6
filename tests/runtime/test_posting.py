"""Events from outside and from within, and when each has its turn."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from lawful.runtime import (
    DispatcherStopped,
    IllegalEvent,
    ReentrantCall,
)

from .one import (
    Go,
    Work,
    dispatch,
    done,
    handlers,
    machine,
    seen,
    until,
)

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
