"""Measures machines against each other in one interleaved run.

Each round runs a batch of events through every machine in turn, so that a slow moment of the computer
hits all of them; a machine's figure is the median over the rounds, a ratio the median of the ratios.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from . import ours
from .others import ByHand, InAutomat, InPythonStatemachine, InTransitions


class Handles(Protocol):
    def handle(self, event: Any, /) -> list[Any]: ...


@dataclass(frozen=True)
class Result:
    """Median nanoseconds for one event, and the median of the rounds' times relative to ours."""

    nanoseconds: float
    relative: float


OURS = "lawful (history and log on)"
MACHINES: Mapping[str, Callable[[], Handles]] = {
    OURS: ours.Jobs,
    "by hand, same work": ByHand,
    "Automat": InAutomat,
    "transitions": InTransitions,
    "python-statemachine": InPythonStatemachine,
}


def batch(machine: Handles, cycles: int) -> int:
    """Four events a cycle: start, end badly, start, end well. Returns the number of instructions."""
    handle, start, ended = machine.handle, ours.Start, ours.Ended
    instructions = 0
    for _ in range(cycles):
        instructions += len(handle(start(number=1)))
        instructions += len(handle(ended(number=1, ok=False)))
        instructions += len(handle(start(number=1)))
        instructions += len(handle(ended(number=1, ok=True)))
    return instructions


def measure(rounds: int, cycles: int) -> dict[str, Result]:
    """Interleaved: every round runs one batch of ``cycles`` through each machine."""
    machines = {name: make() for name, make in MACHINES.items()}
    for machine in machines.values():
        batch(machine, cycles)  # warm up
    times: dict[str, list[float]] = {name: [] for name in machines}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, machine in machines.items():
                begin = time.perf_counter_ns()
                count = batch(machine, cycles)
                times[name].append((time.perf_counter_ns() - begin) / (4 * cycles))
                assert count == 2 * cycles, f"{name} gave {count} instructions"
    finally:
        gc.enable()
    return {
        name: Result(
            statistics.median(values),
            statistics.median(
                value / mine for value, mine in zip(values, times[OURS], strict=True)
            ),
        )
        for name, values in times.items()
    }


def report(results: Mapping[str, Result]) -> str:
    """A table: nanoseconds an event, events a second, and how much faster ours is."""
    lines = [f"{'':<30}{'ns/event':>10}{'events/s':>12}{'ours is':>12}"]
    for name, result in results.items():
        ratio = "" if name == OURS else f"{result.relative:.2f} x"
        lines.append(
            f"{name:<30}{result.nanoseconds:>10.0f}{1e9 / result.nanoseconds:>12,.0f}{ratio:>12}"
        )
    return "\n".join(lines)
