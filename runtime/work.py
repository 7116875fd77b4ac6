"""What a dispatcher keeps track of: open instructions, and what it leaves behind when closed."""

from __future__ import annotations

import asyncio
import contextvars
import os
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .base import Contract

EventT = TypeVar("EventT")
InstructionT = TypeVar("InstructionT")


@dataclass(eq=False, slots=True)
class Work(Generic[EventT, InstructionT]):
    """An instruction to run: ``event`` caused it, ``ended`` is done once its handler is."""

    instruction: InstructionT
    event: EventT
    contract: Contract
    ended: asyncio.Future[Any] = field(init=False)
    thread: ThreadFuture[Any] | None = None


@dataclass(frozen=True)
class CloseReport(Generic[EventT, InstructionT]):
    """What a closed dispatcher has left behind; everything here was never fed back.

    ``cancelled``: instructions whose handlers stopped when they were told to. ``late``: instructions
    whose handlers ended all the same after the dispatcher had stopped, with what they returned or
    raised, as text. ``running``: those that did not stop in time; a thread can't be made to.
    ``not_started``: instructions given out by the step in which the dispatcher failed, but not run.
    ``unhandled``: events that had been posted or returned, and had not had their turn.
    """

    cancelled: tuple[InstructionT, ...] = ()
    late: tuple[tuple[InstructionT, str], ...] = ()
    running: tuple[InstructionT, ...] = ()
    not_started: tuple[InstructionT, ...] = ()
    unhandled: tuple[EventT, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether everything that had been started has stopped."""
        return not self.running


@dataclass(slots=True)
class Ended(Generic[EventT, InstructionT]):
    """How instructions ended that nothing was fed back of; ``CloseReport`` explains each."""

    cancelled: list[InstructionT] = field(default_factory=list)
    late: list[tuple[InstructionT, str]] = field(default_factory=list)
    not_started: list[InstructionT] = field(default_factory=list)


class Threads:
    """At most ``limit`` threads for handlers, made when the first is needed.

    Without ``limit``: four more than there are processors, 32 at most. A thread sees the context
    variables of who submits.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit or min(32, (os.cpu_count() or 1) + 4)
        self._pool: ThreadPoolExecutor | None = None

    def submit(self, function: Callable[[Any], Any], argument: Any) -> ThreadFuture[Any]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._limit, thread_name_prefix="lawful")
        return self._pool.submit(contextvars.copy_context().run, function, argument)

    def close(self, *, wait: bool) -> None:
        """Take no more work; with ``wait``, return when all threads have ended."""
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=True)
