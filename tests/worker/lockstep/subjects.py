"""Machines made alike: upstream's, upstream's in order, and ours in its two forms."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from distributed import worker_state_machine as upstream
from distributed.diagnostics.plugin import WorkerPlugin

from lawful.generated.worker import Worker
from lawful.runtime.dask import WorkerState
from lawful.runtime.dask.host import Host

from .clock import Clock
from .ordered import ordered_state
from .store import Store
from .style import ADDRESS, Style

Make = Callable[[Style, Clock], Any]


class Listener(WorkerPlugin):
    """A plugin that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, str, str]] = []

    def transition(self, key: Any, start: Any, finish: Any, **kwargs: Any) -> None:
        self.told.append((key, start, finish))


def _arguments(style: Style, clock: Clock) -> dict[str, Any]:
    return {
        "address": ADDRESS,
        "nthreads": style.nthreads,
        "data": Store(clock),
        "plugins": {"listener": Listener()} if style.plugin else {},
        "resources": dict(style.resources),
        "transfer_incoming_count_limit": style.count_limit,
        "transfer_incoming_bytes_limit": style.bytes_limit,
        "transfer_message_bytes_limit": style.message_limit,
        "transition_counter_max": style.transitions_at_most or False,
    }


def made(kind: Callable[..., Any], style: Style, clock: Clock, *, validate: bool = False) -> Any:
    """A machine of a class with the face of upstream's."""
    ws = kind(**_arguments(style, clock), validate=validate)
    ws.transfer_incoming_bytes_throttle_threshold = style.throttle_threshold
    return ws


def in_order(style: Style, clock: Clock) -> Any:
    """Upstream's, in the order of insertion."""
    return made(ordered_state, style, clock)


def unmodified(style: Style, clock: Clock) -> Any:
    """Upstream's, as it is."""
    return made(upstream.WorkerState, style, clock)


def ours(style: Style, clock: Clock) -> Any:
    """The drop-in."""
    return made(WorkerState, style, clock)


class Trusting(WorkerState):
    """The drop-in, taking every event as upstream's does when it doesn't validate."""

    def _check_event(self, ev: Any) -> None:
        pass


def ours_validating(style: Style, clock: Clock) -> Any:
    """The drop-in, checking itself after each step."""
    return made(Trusting, style, clock, validate=True)


def in_order_checking(style: Style, clock: Clock) -> Any:
    """Upstream's in the order of insertion, checking events and itself."""
    return made(ordered_state, style, clock, validate=True)


def ours_checking(style: Style, clock: Clock) -> Any:
    """The drop-in, checking events and itself."""
    return made(WorkerState, style, clock, validate=True)


class Plain:
    """The generated machine without the drop-in around it, under upstream's names."""

    def __init__(self, style: Style, clock: Clock) -> None:
        self.store = Store(clock)
        self.host = Host(self.store, {})
        self.machine = Worker(
            address=ADDRESS,
            nthreads=style.nthreads,
            total_resources=dict(style.resources),
            transfer_incoming_count_limit=style.count_limit,
            transfer_incoming_bytes_throttle_threshold=style.throttle_threshold,
            transfer_incoming_bytes_limit=style.bytes_limit,
            transfer_message_bytes_limit=style.message_limit,
            host=self.host,
            clock=clock,
            log_limit=None,
        )
        self.machine.available_resources = dict(style.resources)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.machine, name)

    @property
    def data(self) -> Any:
        return self.store

    @property
    def threads(self) -> dict[Any, int]:
        return self.host.threads

    @property
    def rng(self) -> random.Random:
        return self.host.rng

    @property
    def transition_counter(self) -> int:
        return self.machine.transition_count

    @property
    def executing_count(self) -> int:
        return len(self.machine.executing)

    @property
    def in_flight_tasks_count(self) -> int:
        return len(self.machine.in_flight_tasks)

    @property
    def transfer_incoming_count(self) -> int:
        return len(self.machine.in_flight_workers)

    @property
    def all_running_tasks(self) -> list[Any]:
        return [*self.machine.executing, *self.machine.long_running]

    def handle_stimulus(self, *events: Any) -> Sequence[Any]:
        return [instruction for event in events for instruction in self.machine.handle(event)]

    def _transition(self, task: Any, request: str, *, stimulus_id: str) -> Any:
        return self.machine.transition(task, request, stimulus_id=stimulus_id)
