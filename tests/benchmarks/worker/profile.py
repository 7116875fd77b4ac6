"""Where the time of an event goes, by function and by line.

A timer interrupts the run some thousand times, and where it then is counts. Python takes an interrupt at
the next call or the next round of a loop only, so what a function does that calls nothing counts as its
caller's, and what comes after the last call of a function too. ``cProfile`` would be worse: with it,
every step of the interpreter takes longer, those of short functions most.
"""

from __future__ import annotations

import dis
import gc
import signal
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from dask.utils import key_split

from .recording import MACHINES, Recording, handler
from .speed import batch

INTERVAL = 0.0005
"""Seconds between two interrupts."""


@dataclass(frozen=True)
class Row:
    """A function or a line of one: its own nanoseconds an event, calls of C functions among them."""

    place: str
    own: float


def split(recording: Recording, kind: str, seconds: float, *, lines: bool = False) -> list[Row]:
    """The functions by their own time, most first; or the lines. The sum is the time of an event."""
    real = statistics.median(batch(recording, kind) for _ in range(5))
    found: Counter[str] = Counter()
    for (code, line), count in _samples(recording, kind, seconds).items():
        path = "/".join(Path(code.co_filename).parts[-2:])
        found[f"{path}:{line if lines else code.co_firstlineno} {code.co_qualname}"] += count
    total = found.total()
    return [Row(place, real * count / total) for place, count in found.most_common()]


def _samples(recording: Recording, kind: str, seconds: float) -> Counter[tuple[CodeType, int]]:
    """How often the run was found in each line; it goes on until it was found anywhere."""
    found: Counter[tuple[CodeType, int]] = Counter()

    def note(_: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_lasti <= _beginning(frame.f_code):
            frame = frame.f_back  # it has not begun: the time is that of the caller and of the call
        if frame is not None:
            found[frame.f_code, frame.f_lineno] += 1

    before: Any = signal.signal(signal.SIGALRM, note)
    end = time.monotonic() + seconds
    try:
        while not found or time.monotonic() < end:
            events = recording.events()
            handle = handler(MACHINES[kind](recording.workload.nthreads))
            key_split.cache_clear()
            gc.collect()
            signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
            for event in events:
                handle(event)
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return found


@cache
def _beginning(code: CodeType) -> int:
    """The place in a function where it takes interrupts before it does anything."""
    steps = dis.get_instructions(code)
    return next((step.offset for step in steps if step.opname == "RESUME"), -1)


def report(rows: list[Row], most: int = 40) -> str:
    """A table of those that take most, and the sum of all."""
    total = sum(row.own for row in rows)
    lines = [f"{'ns/event':>9} {'share':>6}"]
    lines += [f"{row.own:9,.0f} {row.own / total:6.1%}  {row.place}" for row in rows[:most]]
    rest = sum(row.own for row in rows[most:])
    if rest:
        lines.append(f"{rest:9,.0f} {rest / total:6.1%}  {len(rows) - most} others")
    lines.append(f"{total:9,.0f} {1:6.1%}  an event")
    return "\n".join(lines)
