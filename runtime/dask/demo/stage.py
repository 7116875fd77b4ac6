"""What every scene has at hand: the cluster, the data, the journals, and a list of what was checked."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import distributed

from .data import Orders
from .journal import Journal, Journals, Move, all_moves

# Most of dask has no types.
untyped: Any = distributed

PATIENCE = 60.0
"""Seconds after which something that doesn't come is taken for lost; for results, without a transition."""


@dataclass
class Checks:
    """Comparisons with what should be: how many there were, and a sentence for each that failed."""

    count: int = 0
    problems: list[str] = field(default_factory=list)

    def equal(self, what: str, got: object, expected: object) -> None:
        self.count += 1
        if got != expected:
            self.problems.append(f"{what}: {got!r}, and it should be {expected!r}.")

    def all_equal(
        self, what: str, got: Mapping[Any, object], expected: Mapping[Any, object]
    ) -> None:
        """Key by key; a key that only one of them has is a problem as well."""
        for key in dict.fromkeys([*expected, *got]):
            self.equal(f"{what} of {key}", got.get(key), expected.get(key))

    def true(self, sentence: str, holds: bool) -> None:
        self.count += 1
        if not holds:
            self.problems.append(f"It is not so that {sentence}.")


@dataclass
class Stage:
    """``threads`` is the number that each worker has; ``note`` says something worth a line."""

    client: Any
    orders: Orders
    folder: Path
    journals: Journals
    threads: int
    note: Callable[[str], None]
    checks: Checks

    def workers(self) -> dict[str, int]:
        """The process id of each worker, by address."""
        pids: dict[str, int] = self.client.run(os.getpid)
        return dict(sorted(pids.items(), key=lambda item: item[1]))

    def result(self, future: Any) -> Any:
        """``TimeoutError`` if it doesn't come; its own error if it has failed."""
        # A machine with much else to do is slow, which is no fault.
        before = -1
        while (made := all_moves(self.journals.read()).total()) != before:
            before = made
            with contextlib.suppress(TimeoutError):
                return future.result(timeout=PATIENCE)
        raise TimeoutError(f"the result of {future.key!r}: nothing has moved for {PATIENCE:.0f} s")

    def results(self, futures: list[Any]) -> list[Any]:
        """Of all of them, or the first error."""
        return [self.result(future) for future in futures]

    def begun(self, name: str) -> None:
        """Wait until a ``held`` job of this name has begun."""
        if not untyped.Event(f"{name} has begun", client=self.client).wait(timeout=PATIENCE):
            raise TimeoutError(f"the task {name!r} has not begun within {PATIENCE:.0f} s")

    def let_go(self, name: str) -> None:
        """Let a ``held`` job of this name end."""
        untyped.Event(f"{name} may end", client=self.client).set()

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until something holds. ``TimeoutError`` if it doesn't come to that."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {PATIENCE:.0f} s")
            time.sleep(0.02)

    def until_written(self, what: str, holds: Callable[[list[Journal]], bool]) -> None:
        """The same, for what stands in the journals."""
        self.until(what, lambda: holds(self.journals.read()))

    def times(self, start: str, request: str, end: str) -> int:
        """How often a transition has been made so far, by all worker processes."""
        return all_moves(self.journals.read())[Move(start, request, end)]
