"""Many handlers at once, of all three kinds, and what reaches them and comes through them."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from .one import (
    Gates,
    Go,
    Work,
    dispatch,
    done,
    handlers,
    machine,
    seen,
    threads,
    until,
)
from .shop import Ordered, Pack, Packed, Shop, Staff


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
    before = threads()
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
            assert len(threads() - before) <= 4

    asyncio.run(main())
    assert most <= 4
    assert len(one.history) == 2000
    assert threads() <= before


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
