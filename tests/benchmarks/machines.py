"""Measures machines against each other in one interleaved run.

Each round runs a batch of events through every machine in turn, so that a slow moment of the computer
hits all of them; a machine's figure is the processor's time of its best round, which is what is left when
nothing else runs. Making the event objects is part of it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .jobs import Ended, Jobs, Start
from .others import ByHand, Handles, InAutomat, InPythonStatemachine, InTransitions, WithHistory


@dataclass(frozen=True)
class Result:
    """Nanoseconds for one event in the best round, and how many times that of ours it is."""

    nanoseconds: float
    relative: float


OURS = "lawful, all on (history, log, ids)"
MACHINES: Mapping[str, Callable[[], Handles]] = {
    OURS: Jobs,
    "lawful, empty history and log": lambda: Jobs(history_limit=0, log_limit=0),
    "by hand, the same work": ByHand,
    "Automat + history, ids": lambda: WithHistory(InAutomat()),
    "Automat alone": InAutomat,
    "transitions + history, ids": lambda: WithHistory(InTransitions()),
    "transitions alone": InTransitions,
    "python-statemachine alone": InPythonStatemachine,
}


def batch(machine: Handles, cycles: int) -> int:
    """Four events a cycle: start, end badly, start, end well. Returns the number of instructions."""
    handle: Any = machine.handle
    start, ended = Start, Ended
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
                begin = time.process_time_ns()
                count = batch(machine, cycles)
                times[name].append((time.process_time_ns() - begin) / (4 * cycles))
                assert count == 2 * cycles, f"{name} gave {count} instructions"
    finally:
        gc.enable()
    best = {name: min(values) for name, values in times.items()}
    return {name: Result(least, least / best[OURS]) for name, least in best.items()}


def report(results: Mapping[str, Result]) -> str:
    """A table: nanoseconds an event, events a second, and how many times as fast ours is."""
    lines = [f"{'':<36}{'ns/event':>10}{'events/s':>12}{'ours is':>10}"]
    for name, result in results.items():
        ratio = "" if name == OURS else f"{result.relative:.2f} x"
        lines.append(
            f"{name:<36}{result.nanoseconds:>10,.0f}{1e9 / result.nanoseconds:>12,.0f}{ratio:>10}"
        )
    return "\n".join(lines)
