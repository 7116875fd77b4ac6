"""What the worker machine may call outside of itself: the data store, sizes, pickles, chance.

Satisfies ``lawful.generated.worker.WorkerHost``. Decides nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

from dask.utils import typename
from distributed.comm.addressing import get_address_host
from distributed.core import error_message
from distributed.metrics import time
from distributed.protocol import pickle
from distributed.sizeof import safe_sizeof

from lawful.runtime import HostFailure, OrderedSet

T = TypeVar("T")

_AT_ONCE = (0.0, 0.0)


class Host:
    """The outside of one worker. ``data`` and ``threads`` are shared with the worker around it."""

    __slots__ = ("data", "rng", "threads")

    def __init__(self, data: MutableMapping[Any, Any], threads: dict[Any, int]) -> None:
        self.data = data
        self.threads = threads
        self.rng = random.Random(0)

    def holds(self, key: Any, /) -> bool:
        return key in self.data

    def held(self) -> list[Any]:
        return list(self.data)

    def store(self, key: Any, value: Any, actor: bool, /) -> tuple[float, float]:
        if actor:
            return _AT_ONCE
        if type(self.data) is dict:  # nothing that could fail or take its time
            self.data[key] = value
            return _AT_ONCE
        start = time()
        try:
            self.data[key] = value
        except Exception as error:
            # The store spills to disk and the value can't be pickled, say.
            told = error_message(error)
            raise HostFailure(
                told["exception"],
                told["traceback"],
                told["exception_text"],
                told["traceback_text"],
            ) from error
        return start, time()

    def discard(self, key: Any, /) -> None:
        # Not `pop`, which would read a value back from disk.
        if key in self.data:
            del self.data[key]
        self.threads.pop(key, None)

    def sizeof(self, value: Any, /) -> int:
        return safe_sizeof(value)

    def type_of(self, value: Any, /) -> type:
        return type(value)

    def pickled(self, type: Any, /) -> bytes:
        try:
            return _PICKLED[type]
        except (KeyError, TypeError):
            return _remembered(_PICKLED, _pickled, type)

    def typename(self, type: Any, /) -> str:
        try:
            return _TYPENAMES[type]
        except (KeyError, TypeError):
            return _remembered(_TYPENAMES, typename, type)

    def thread_of(self, key: Any, /) -> int | None:
        return self.threads.get(key)

    def as_sent(self, keys: OrderedSet[Any], /) -> set[Any]:
        return set(keys)

    def started(self, action: str, start: float, stop: float, /) -> dict[str, Any]:
        return {"action": action, "start": start, "stop": stop}

    def distance(self, peer: str, address: str, /) -> int:
        return int(_host_of(peer) != _host_of(address))

    def random(self) -> float:
        return self.rng.random()


_PICKLED: dict[Any, bytes] = {}
_TYPENAMES: dict[Any, str] = {}
_TYPES_REMEMBERED = 256  # a program may make classes all the time


def _remembered(known: dict[Any, T], function: Callable[[Any], T], kind: Any) -> T:
    found = function(kind)
    if len(known) >= _TYPES_REMEMBERED:
        known.clear()
    with suppress(TypeError):  # a class that has no hash, because its metaclass has none
        known[kind] = found
    return found


def _pickled(kind: Any) -> bytes:
    dumps: Callable[[Any], bytes] = pickle.dumps
    try:
        return dumps(kind)
    except Exception:
        return dumps(typename(kind))


@lru_cache(maxsize=10_000)
def _host_of(address: str) -> str:
    return get_address_host(address)
