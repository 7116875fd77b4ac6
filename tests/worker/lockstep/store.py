"""Values, and the data stores of machines, which may be slow and may fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .clock import Clock


@dataclass(frozen=True)
class Value:
    """The result of a task. ``slow`` takes long to store, ``unstorable`` can't be stored."""

    number: int
    slow: bool = False
    unstorable: bool = False


class StoreFailed(Exception):
    """What a store raises that can't pickle a value."""


class Store(dict[Any, Any]):
    """A data store that spills to disk whatever is put in."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, Value) and value.unstorable:
            raise StoreFailed(f"{key!r} can't be pickled")
        if isinstance(value, Value) and value.slow:
            self._clock.spend(0.25)
        super().__setitem__(key, value)
