"""A clock for all machines, that stands still during a step but for what a slow store takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from unittest import mock

from distributed import metrics
from distributed import worker_state_machine as upstream

from .ordered import ordered_module


class Clock:
    """Seconds. ``begin`` sets it to the begin of the step, for one machine after the other."""

    def __init__(self) -> None:
        self.now = self._begin = 1.0

    def __call__(self) -> float:
        return self.now

    def step(self) -> None:
        """The next step begins, a second after the last."""
        self._begin += 1.0
        self.now = self._begin

    def begin(self) -> None:
        self.now = self._begin

    def spend(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def fake_time(clock: Clock) -> Iterator[None]:
    """Whatever the machines read the time with reads ``clock``."""
    real = (metrics.time, metrics.monotonic)
    with _patched(_readers(), real, clock):
        yield


def _readers() -> list[ModuleType]:
    import lawful.runtime.dask.state  # noqa: F401  # brings all the others of its package

    ours = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("lawful.runtime.dask.")
    ]
    return [metrics, upstream, ordered_module(), *ours]


@contextmanager
def _patched(modules: list[ModuleType], real: tuple[object, ...], clock: Clock) -> Iterator[None]:
    found = [
        (module, name)
        for module in modules
        for name, value in list(vars(module).items())
        if any(value is function for function in real)
    ]
    patches = [mock.patch.object(module, name, clock) for module, name in found]
    try:
        for patch in patches:
            patch.start()
        yield
    finally:
        for patch in reversed(patches):
            patch.stop()
