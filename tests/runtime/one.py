"""A machine with one instruction, in three versions: run as a send, a coroutine and a thread."""
# ruff: noqa: RUF012  # the tables of a machine are ClassVar in its base class

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from lawful.runtime import Contract, Dispatcher, Event, Instruction, Machine

Runs: TypeAlias = Literal["send", "coroutine", "thread"]
KINDS: tuple[Runs, ...] = ("send", "coroutine", "thread")
OPEN_KINDS: tuple[Runs, ...] = ("coroutine", "thread")  # those whose instructions stay open


@dataclass(slots=True)
class Go(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Progress(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Done(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Failed(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Work(Instruction):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Stray(Instruction):
    """No contract mentions it."""

    stimulus_id: str = field(default="", kw_only=True)


class One(Machine[Any, Any]):
    """``Go(n)`` gives ``Work(n)``, ``Go(-1)`` a stray instruction; ``Go(-2)`` is illegal. All else
    gives nothing."""

    SPEC = "one.yaml"
    SPEC_HASH = "cafe"

    def _on_go(self, event: Go, instructions: list[Any]) -> None:
        if event.number == -2:
            raise self._refuse(event, None, "-", "minus two is not a number")
        if event.number == -1:
            instructions.append(Stray(stimulus_id=event.stimulus_id))
        else:
            instructions.append(Work(event.number, stimulus_id=event.stimulus_id))

    def _on_others(self, event: Any, instructions: list[Any]) -> None:
        pass

    _HANDLERS = {Go: _on_go, Progress: _on_others, Done: _on_others, Failed: _on_others}


def machine(runs: Runs, **options: Any) -> One:
    echoes: dict[type, tuple[str, ...]] = {
        Done: ("number",),
        Failed: ("number",),
        Progress: ("number",),
    }
    contract = (
        Contract("work", "send")
        if runs == "send"
        else Contract("work", runs, (Done, Failed), (Progress,), echoes)
    )

    class Machine_(One):
        CONTRACTS = {Work: contract}

    return Machine_(**options)


class Plain:
    """Handlers from a function that takes the instruction and returns what comes of it."""

    def __init__(self, act: Callable[[Work], Any]) -> None:
        self.act = act

    def work(self, instruction: Work) -> Any:
        return self.act(instruction)


class Async(Plain):
    async def work(self, instruction: Work) -> Any:
        return self.act(instruction)


def handlers(runs: Runs, act: Callable[[Work], Any]) -> Plain:
    return Async(act) if runs == "coroutine" else Plain(act)


def done(instruction: Work) -> Collection[Event]:
    return [Done(instruction.number)]


def seen(one: One) -> list[Any]:
    return [step.event for step in one.history]


def given_out(one: One) -> list[Any]:
    return one.history.instructions()


class Gates:
    """Coroutine handlers that wait until a test lets them end, in any order, by number."""

    def __init__(self) -> None:
        self.futures: dict[int, asyncio.Future[Any]] = {}

    async def work(self, instruction: Work) -> Any:
        future = self.futures.setdefault(
            instruction.number, asyncio.get_running_loop().create_future()
        )
        return await future

    def end(self, number: int, events: Iterable[Any] | None = None) -> None:
        self.futures[number].set_result([Done(number)] if events is None else events)


class ThreadGates:
    """The same for threads: ``entered`` and ``leave`` by number."""

    def __init__(self) -> None:
        self.entered: dict[int, threading.Event] = {}
        self.leave: dict[int, threading.Event] = {}

    def prepare(self, *numbers: int) -> None:
        for number in numbers:
            self.entered[number] = threading.Event()
            self.leave[number] = threading.Event()

    def work(self, instruction: Work) -> Any:
        self.entered[instruction.number].set()
        self.leave[instruction.number].wait()
        return [Done(instruction.number)]


def threads() -> set[threading.Thread]:
    """Those that run now. Others than the test's own may be among them, and may end meanwhile."""
    return set(threading.enumerate())


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until a condition holds that the loop itself brings about."""
    while not condition():
        await asyncio.sleep(0)


def dispatch(one: Any, team: object, **options: Any) -> Dispatcher[Any, Any]:
    return Dispatcher(one, team, **options)
