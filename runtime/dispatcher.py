"""The dispatcher: runs what a machine gives out, and feeds back what comes of it.

Knows the machine, the contracts and asyncio. What happens in the awkward cases stands at
``Dispatcher``; each has a test.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
from types import TracebackType
from typing import Any, Generic, TypeVar

from .base import shortened
from .contract import broken, discard_awaitable, missing_methods, problem
from .errors import (
    ContractBroken,
    DispatcherStopped,
    IllegalEvent,
    ReentrantCall,
    UnknownInstruction,
)
from .machine import Machine
from .work import CloseReport, Ended, Threads, Work

EventT = TypeVar("EventT")
InstructionT = TypeVar("InstructionT")


class Dispatcher(Generic[EventT, InstructionT]):
    """Drives ``machine`` with ``handlers``, an object with one method for each instruction.

    For an instruction that runs as ``send`` the method is called at once, in order, and returns
    nothing. As ``coroutine`` it is an ``async def``, run as a task. As ``thread`` it is a plain
    function, run in a pool of ``threads``. The latter two return a collection of events: any number of
    those that the contract lists under ``during``, then exactly one outcome. A method is looked up
    when it is called, so a test may replace one on the object. ``TypeError`` here if one is missing.

    Events are handled one at a time, first in, first out; what a handler returns goes to the end of
    the queue, with the instruction's ``stimulus_id`` where it has none of its own. A ``during`` event
    that can't wait for the end of its handler is posted by it.

    A handler that raises or breaks its contract, an unknown instruction and an error of the machine
    stop the dispatcher: no further event is handled, and one error is raised, by ``drain``, ``run`` or
    the end of ``async with``. Handlers that are still running go on until ``close``.

    A posted event that the machine refuses goes to ``on_refused``, and all goes on; without
    ``on_refused`` it stops the dispatcher, as an event must not vanish. An outcome that the machine
    refuses always stops it: the spec's claim was wrong.

    A handler may call ``post`` but not ``handle`` while a step is running, which raises
    ``ReentrantCall``. Cancelling a handler's task from outside breaks its contract, since no outcome
    comes any more; the cancellation itself is not swallowed.
    """

    def __init__(
        self,
        machine: Machine[EventT, InstructionT],
        handlers: object,
        *,
        threads: int | None = None,
        on_refused: Callable[[IllegalEvent], None] | None = None,
    ) -> None:
        problems = missing_methods(machine.CONTRACTS, handlers)
        if problems:
            raise TypeError(f"{type(handlers).__name__} can't serve: {'; '.join(problems)}")
        self.machine = machine
        self.handlers = handlers
        self.failure: BaseException | None = None
        self.report: CloseReport[EventT, InstructionT] | None = None
        self._threads = Threads(threads)
        self._on_refused = on_refused
        # (event, the work whose handler returned it, or None for one from outside)
        self._queue: deque[tuple[EventT, Work[EventT, InstructionT] | None]] = deque()
        self._open: dict[Work[EventT, InstructionT], None] = {}
        self._ended: Ended[EventT, InstructionT] = Ended()
        self._waiters: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owner = 0  # the thread of the loop
        self._scheduled = False
        self._stepping = False
        self._closing = False
        self._raised = False

    @property
    def open_instructions(self) -> list[InstructionT]:
        """The instructions whose handlers have not ended, oldest first."""
        return [work.instruction for work in self._open]

    # Events in

    def post(self, event: EventT) -> None:
        """Queue an event; it is handled after all that were queued before. From any thread.

        Before the dispatcher is started (by ``async with``, ``drain``, ``run``, or a ``post`` in a
        running loop) it waits. ``DispatcherStopped`` if the dispatcher has failed or is closed.
        """
        self._refuse_when_stopped(event)
        self._queue.append((event, None))
        if self._loop is None:
            try:
                self._start()
            except RuntimeError:
                return  # no loop runs in this thread: `_start` wakes the queue later
        if threading.get_ident() == self._owner:
            self._wake()
            return
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError as error:
            raise DispatcherStopped(event, "its event loop is closed") from error

    def handle(self, event: EventT) -> list[InstructionT]:
        """Handle an event now, after those in the queue, and return the instructions of its step.

        They have been dispatched already. Only in the thread of the loop, and not from a handler that
        runs as ``send``. ``IllegalEvent`` comes back to the caller and changes nothing.
        """
        self._start()
        if self._stepping:
            raise ReentrantCall(event)
        while self._queue and self.failure is None and not self._closing:
            self._next()
        self._refuse_when_stopped(event)
        try:
            return self._step(event)
        except IllegalEvent:
            raise
        except BaseException as error:
            self._fail(error)
            self._raised = True
            raise

    def _refuse_when_stopped(self, event: EventT) -> None:
        if self.failure is not None:
            why = f"it failed with {type(self.failure).__name__}"
            raise DispatcherStopped(event, why) from self.failure
        if self._closing:
            raise DispatcherStopped(event, "it is closed")

    # Waiting

    async def drain(self) -> None:
        """Wait until no instruction is open and no event is queued; raises what stopped it."""
        self._start()
        while self.failure is None and not self._closing and (self._queue or self._open):
            await self._change()
        self._raise_failure()

    async def run(self) -> None:
        """Wait until the dispatcher is closed; raises what stopped it."""
        self._start()
        while self.failure is None and not self._closing:
            await self._change()
        self._raise_failure()

    async def close(self, timeout: float | None = 30.0) -> CloseReport[EventT, InstructionT]:
        """Stop: cancel what is open, wait up to ``timeout`` seconds, and tell what did not stop.

        Events in the queue are not handled any more, and nothing that ends now is fed back: both are
        in the report. A task that calls ``close`` from within a handler is neither cancelled nor waited
        for. Calling it again waits again for what is left. Raises nothing for a dispatcher that has
        failed; see ``failure``.
        """
        self._start()
        self._closing = True
        me = asyncio.current_task()
        waiting = [work for work in self._open if work.ended is not me]
        for work in waiting:
            if work.thread is not None:
                work.thread.cancel()
            else:
                work.ended.cancel()
        self._changed()
        if waiting:
            await asyncio.wait([work.ended for work in waiting], timeout=timeout)
        self._threads.close(wait=not self._open)
        self.report = CloseReport(
            cancelled=tuple(self._ended.cancelled),
            late=tuple(self._ended.late),
            running=tuple(self.open_instructions),
            not_started=tuple(self._ended.not_started),
            unhandled=tuple(event for event, _ in self._queue),
        )
        return self.report

    async def __aenter__(self) -> Dispatcher[EventT, InstructionT]:
        self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
        if error is None:
            if self.failure is not None and not self._raised:
                self._raise_failure()
        elif self.failure is not None and error is not self.failure and not self._raised:
            error.add_note(f"The dispatcher had failed as well: {self.failure}")

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop, self._owner = loop, threading.get_ident()
            self._wake()
        elif self._loop is not loop:
            raise RuntimeError("a dispatcher belongs to the event loop that it was started in")

    def _raise_failure(self) -> None:
        if self.failure is not None:
            self._raised = True
            raise self.failure

    async def _change(self) -> None:
        assert self._loop is not None
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        await waiter

    def _changed(self) -> None:
        """Let those who wait look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    # Steps

    def _wake(self) -> None:
        if not self._scheduled and self._queue and self._loop is not None:
            self._scheduled = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        # Only what is queued now: events that lead to events must not keep the loop from its tasks.
        self._scheduled = False
        for _ in range(len(self._queue)):
            if not self._queue or self.failure is not None or self._closing:
                break
            self._next()
        if self.failure is None and not self._closing:
            self._wake()
        if not self._queue and not self._open:
            self._changed()

    def _next(self) -> None:
        """Handle the oldest event of the queue. Its errors stop the dispatcher."""
        if self.failure is not None or self._closing:
            return
        event, source = self._queue.popleft()
        try:
            self._step(event)
        except BaseException as error:
            if isinstance(error, IllegalEvent) and source is None and self._on_refused is not None:
                try:
                    self._on_refused(error)
                except Exception as worse:
                    self._fail(worse)
                return
            if source is not None:
                error.add_note(
                    f"This came of what {source.contract.method} returned for "
                    f"{shortened(source.instruction)}, caused by {shortened(source.event)}."
                )
            self._fail(error)
            if not isinstance(error, Exception):
                raise

    def _step(self, event: EventT) -> list[InstructionT]:
        self._stepping = True
        try:
            instructions = self.machine.handle(event)
            for n, instruction in enumerate(instructions):
                try:
                    self._dispatch(instruction, event)
                except BaseException:
                    self._ended.not_started += instructions[n + 1 :]
                    raise
        finally:
            self._stepping = False
        return instructions

    def _dispatch(self, instruction: InstructionT, event: EventT) -> None:
        contract = self.machine.CONTRACTS.get(type(instruction))
        if contract is None:
            raise UnknownInstruction(instruction, event)
        work = Work(instruction, event, contract)
        method = getattr(self.handlers, contract.method)
        if contract.runs == "thread":
            self._start_thread(work, method)
            return
        try:
            returned = method(instruction)
        except Exception as error:
            raise self._broken(work, error=error) from error
        if contract.runs == "coroutine":
            self._start_task(work, returned)
            return
        what = problem(contract, instruction, returned)
        if what is not None:
            discard_awaitable(returned)
            raise self._broken(work, what=what, returned=returned)

    def _start_task(self, work: Work[EventT, InstructionT], returned: Any) -> None:
        try:
            task = asyncio.ensure_future(returned, loop=self._loop)
        except TypeError:
            what = f"it must return an awaitable, not {type(returned).__name__}"
            raise self._broken(work, what=what, returned=returned) from None
        work.ended = task
        self._open[work] = None
        task.add_done_callback(lambda task: self._task_ended(work, task))

    def _start_thread(self, work: Work[EventT, InstructionT], method: Callable[..., Any]) -> None:
        loop = self._loop
        assert loop is not None
        work.ended = loop.create_future()
        self._open[work] = None

        def ended(future: ThreadFuture[Any]) -> None:  # in the thread
            try:
                loop.call_soon_threadsafe(self._thread_ended, work, future)
            except RuntimeError:
                self._thread_ended(work, future)  # the loop is gone: only the record is left to do

        work.thread = self._threads.submit(method, work.instruction)
        work.thread.add_done_callback(ended)

    # Ends

    def _task_ended(self, work: Work[EventT, InstructionT], task: asyncio.Future[Any]) -> None:
        if task.cancelled():
            self._end(work, cancelled=True)
        elif (error := task.exception()) is not None:
            self._end(work, error=error)
        else:
            self._end(work, returned=task.result())

    def _thread_ended(self, work: Work[EventT, InstructionT], future: ThreadFuture[Any]) -> None:
        if future.cancelled():
            self._end(work, cancelled=True)
        elif (error := future.exception()) is not None:
            self._end(work, error=error)
        else:
            self._end(work, returned=future.result())
        if not work.ended.done() and not work.ended.get_loop().is_closed():
            work.ended.set_result(None)

    def _end(
        self,
        work: Work[EventT, InstructionT],
        *,
        returned: Any = None,
        error: BaseException | None = None,
        cancelled: bool = False,
    ) -> None:
        """An open instruction has ended, in one of three ways."""
        del self._open[work]
        if self._closing or self.failure is not None:
            if cancelled:
                self._ended.cancelled.append(work.instruction)
            else:
                text = shortened(returned if error is None else error)
                self._ended.late.append((work.instruction, text))
        elif cancelled:
            what = "it was cancelled, and not by the dispatcher"
            self._fail(self._broken(work, what=what))
        elif error is not None:
            # An interrupt is nobody's mistake.
            self._fail(self._broken(work, error=error) if isinstance(error, Exception) else error)
        else:
            try:
                self._take(work, returned)
            except Exception as worse:  # a value that can't be compared, an event that can't be set
                self._fail(self._broken(work, error=worse))
        if not self._queue and not self._open:
            self._changed()

    def _take(self, work: Work[EventT, InstructionT], returned: Any) -> None:
        """Queue what a handler returned, if that keeps its contract."""
        what = problem(work.contract, work.instruction, returned)
        if what is not None:
            self._fail(self._broken(work, what=what, returned=returned))
            return
        instruction: Any = work.instruction
        for event in returned:
            if not event.stimulus_id:
                event.stimulus_id = instruction.stimulus_id
        self._queue.extend((event, work) for event in returned)
        self._wake()

    def _broken(self, work: Work[EventT, InstructionT], **report: Any) -> ContractBroken:
        return broken(self.machine, work.contract, work.instruction, work.event, **report)

    def _fail(self, error: BaseException) -> None:
        """Stop for good. Only the first error counts: what comes later follows from it."""
        if self.failure is None:
            self.failure = error
        self._changed()
