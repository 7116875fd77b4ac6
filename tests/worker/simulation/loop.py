"""An event loop without time: nothing happens until it is told to, and its clock moves by command."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

Callback = Callable[..., object]
CALLBACKS = 100_000  # more than this without a pause is an endless loop


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs the coroutines of a simulation.

    ``settle()`` runs all that can run now. ``fire()`` moves the clock to the earliest timer and settles.
    What a task or a callback raises is kept in ``errors``.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self.errors: list[BaseException] = []
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._closed = False

    def time(self) -> float:
        return self.now

    def clock(self) -> float:
        """The time for whoever asks; never the same twice, so that ids made of it differ."""
        self.now += 1e-6
        return self.now

    def settle(self) -> None:
        """Run callbacks until none is left that can run now."""
        for _ in range(CALLBACKS):
            if not self._ready:
                return
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
        raise RuntimeError(f"not settled after {CALLBACKS} callbacks: {self._ready[0]}")

    def due(self) -> float | None:
        """When the earliest timer ends; ``None`` if there is none."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def fire(self) -> None:
        """Move the clock to the earliest timer and run what waits for it."""
        if self.due() is not None:
            when, _, handle = heapq.heappop(self._timers)
            self.now = max(self.now, when)
            self._ready.append(handle)
            self.settle()

    def cancel_all(self) -> None:
        """Cancel all tasks and let them end."""
        for task in list(self._tasks):
            task.cancel()
        self.settle()

    # What asyncio and tornado ask of a loop

    # The type checker would have the types of `args` go with `callback`.

    def call_soon(  # type: ignore[override]
        self, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are dropped when their turn comes."""

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self.errors.append(error)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(context.get("exception") or RuntimeError(context["message"]))

    def add_reader(self, fd: Any, callback: Callback, *args: Any) -> None:  # type: ignore[override]
        """Sockets are not watched: nobody calls."""

    def remove_reader(self, fd: Any) -> bool:
        return True

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True


class Periodic:
    """Stands in for tornado's ``PeriodicCallback``, which reads the real clock."""

    def __init__(self, callback: Callable[[], object], callback_time: float) -> None:
        self.callback = callback
        self.callback_time = callback_time  # milliseconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.callback_time / 1000, self._run)

    def _run(self) -> None:
        self.start()
        result = self.callback()
        if isinstance(result, Coroutine):
            asyncio.get_running_loop().create_task(result)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def is_running(self) -> bool:
        return self._timer is not None
