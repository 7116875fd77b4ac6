"""What the scheduler and the machines have around them while they are simulated: no clock but the loop's,
no sockets, no threads.

The scheduler's own code is not changed. What its module imports from elsewhere to reach the outside is
replaced for the time of a run: the clock, ``BatchedSend``, ``PeriodicCallback`` and ``offload``; and the
check of the types of keys, which ours would not pass.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import dask.config
import distributed.active_memory_manager
import distributed.scheduler
from distributed.active_memory_manager import ActiveMemoryManagerExtension
from distributed.core import Status
from distributed.scheduler import Scheduler
from distributed.stealing import WorkStealing
from tornado.ioloop import IOLoop

from .jobs import Name
from .loop import Periodic, VirtualLoop
from .network import Batched

CLOCKS = (
    "distributed.scheduler.time",
    "distributed.scheduler.monotonic",
    "distributed.stealing.time",
    "distributed.active_memory_manager.time",
    "distributed.broker.time",
    "distributed.core.time",
    "distributed.worker_state_machine.time",
)
TIMERS = ("distributed.active_memory_manager.PeriodicCallback",)
SETTINGS: dict[str, Any] = {
    "distributed.admin.low-level-log-length": None,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.worker-ttl": None,
}


class Loud(logging.Handler):
    """Keeps what the scheduler catches and only logs, as it does with errors of its extensions."""

    def __init__(self, errors: list[BaseException]) -> None:
        super().__init__(logging.INFO)
        self.errors = errors
        self.here = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self.here:
            return  # a real cluster of another test, on its way out
        if record.exc_info and record.exc_info[1] is not None:
            self.errors.append(record.exc_info[1])


@contextmanager
def simulated(
    loop: VirtualLoop, offload: Callable[..., Any], settings: dict[str, Any]
) -> Iterator[None]:
    """Let upstream's modules see only the loop. ``offload`` is what runs in the scheduler's thread."""
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(SETTINGS | settings))
        for name in CLOCKS:
            stack.enter_context(mock.patch(name, _clock(loop, pkgutil.resolve_name(name))))
        for name in TIMERS:
            stack.enter_context(mock.patch(name, Periodic))
        stack.enter_context(mock.patch("distributed.scheduler.BatchedSend", Batched))
        stack.enter_context(mock.patch("distributed.scheduler.offload", offload))
        stack.enter_context(mock.patch("distributed.scheduler.validate_key", _validate_key))
        # Numbers of attempts count on through the whole process; each run shall begin at the same.
        counter = (distributed.scheduler.TaskState, "_run_id_iterator", itertools.count())
        stack.enter_context(mock.patch.object(*counter))
        stack.enter_context(_quiet(loop))
        asyncio._set_running_loop(loop)
        stack.callback(asyncio._set_running_loop, None)
        yield


def _clock(loop: VirtualLoop, real: Callable[[], float]) -> Callable[[], float]:
    """The loop's, which goes on when it is asked: not for threads that a real cluster has left."""
    here = threading.get_ident()
    return lambda: loop.clock() if threading.get_ident() == here else real()


def _validate_key(key: object) -> None:
    """Dask takes no subclasses of ``str``. Ours differ only in that their hash is the same everywhere."""
    assert isinstance(key, Name), key


@contextmanager
def _quiet(loop: VirtualLoop) -> Iterator[None]:
    logger = logging.getLogger("distributed")
    handler = Loud(loop.errors)
    names = [
        name
        for name, known in logging.Logger.manager.loggerDict.items()
        if isinstance(known, logging.Logger) and name.startswith("distributed.")
    ]
    loggers = [logger, *map(logging.getLogger, names)]
    before = [(x, x.handlers, x.level, x.propagate) for x in loggers]
    for x in loggers:
        x.handlers, x.propagate = [], x is not logger
        x.setLevel(logging.NOTSET)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for x, handlers, level, propagate in before:
            x.handlers, x.propagate = handlers, propagate
            x.setLevel(level)


@contextmanager
def scheduler_of(loop: VirtualLoop) -> Iterator[Scheduler]:
    """A scheduler that validates itself. It is not started: nobody listens, and nothing is periodic."""
    scheduler = Scheduler(
        dashboard_address="127.0.0.1:0",
        dashboard=False,
        validate=True,
        allowed_failures=1000,
        transition_counter_max=1_000_000,
        extensions={"amm": ActiveMemoryManagerExtension, "stealing": WorkStealing},
    )
    scheduler.status = Status.running
    try:
        yield scheduler
    finally:
        loop.cancel_all()
        loop.create_task(scheduler.close())
        loop.settle()
        loop.errors.clear()
        # What was logged holds the errors, these hold the scheduler, and its end is waited for to
        # forget what was logged.
        logged: Any = scheduler._deque_handler
        logged.clear()
        IOLoop.current().close()
