"""The counter whose values rank: a datum of the machine that only ever moves one way.

Each value that it gives lies beyond all that it gave before, and that is all that may be asked of one; so
the explorer keeps of these values no more than their order. Numbers on the other side of where the
counter begins are constants, and stand before (or behind) all that it will ever give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..checked import CheckedSpec
from ..generate.walk import all_blocks, statements
from ..snippets.ir import Assign, Const, ContextRead
from ..types import INT
from .grades import CONSTANT, EXACT, Grade


@dataclass(frozen=True)
class Counter:
    """``step`` is 1 or -1. Without a counter, ``name`` is empty, and no number is a constant."""

    name: str = ""
    begin: int = 0
    step: int = 1

    def of(self, value: object) -> Grade:
        """The grade of a value that is written in the spec."""
        if isinstance(value, int) and not isinstance(value, bool):
            return CONSTANT if self.name and (self.begin - value) * self.step > 0 else EXACT
        if isinstance(value, tuple):
            return Grade(places=tuple(self.of(part) for part in value))
        return CONSTANT

    @property
    def rule(self) -> str:
        """What may rank, in words."""
        if not self.name:
            return "What ranks comes from a counter: a datum with `explore: rank` that goes one way only."
        side = "less" if self.step > 0 else "more"
        return (
            f"What ranks is a copy of {self.name}, alone or at the end of a tuple, a number that is "
            f"{side} than {self.begin}, or a tuple of one."
        )


def counter_of(spec: CheckedSpec) -> Counter:
    """The first datum that ranks and that everything that writes it moves the same way."""
    return next(_counters(spec), Counter())


def _counters(spec: CheckedSpec) -> Iterator[Counter]:
    steps: dict[str, set[int]] = {}
    for block in all_blocks(spec):
        for stmt in statements(block):
            if isinstance(stmt, Assign):
                for target in stmt.targets:
                    if isinstance(target, ContextRead):
                        steps.setdefault(target.name, set()).add(step_of(stmt))
    for item in spec.context.values():
        if item.explore == "rank" and item.type == INT and isinstance(item.default, int):
            step = steps.get(item.name, set())
            if step in ({1}, {-1}):
                yield Counter(item.name, item.default, step.pop())


def step_of(stmt: Assign) -> int:
    """Which way an assignment moves a number: 1, -1, or 0 if it may be either way or none."""
    positive = (
        isinstance(stmt.value, Const) and isinstance(stmt.value.value, int) and stmt.value.value > 0
    )
    return {"+": 1, "-": -1}.get(stmt.op or "", 0) if positive else 0
