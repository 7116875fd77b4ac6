"""What the worker machine may call outside of itself: the data store, sizes, pickles, chance.

Satisfies ``lawful.generated.worker.WorkerHost``. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import lru_cache
from random import Random
from typing import Any, TypeVar

from dask.utils import typename
from distributed import worker_state_machine as upstream
from distributed.core import error_message
from distributed.protocol import pickle
from distributed.sizeof import safe_sizeof

from lawful.runtime import HostFailure, OrderedSet

T = TypeVar("T")

UPSTREAM: Mapping[str, Any] = vars(upstream)
"""Upstream's module by name, for functions in whose place tests put others, like its clock."""

_AT_ONCE = (0.0, 0.0)


def now() -> float:
    """The time in seconds, by upstream's clock."""
    return float(UPSTREAM["time"]())


class Host:
    """The outside of one worker. ``data`` and ``threads`` are shared with the worker around it.

    What needs no more than a function of Python's or dask's is that function, which spares a call.
    """

    __slots__ = ("_data", "_plain", "_rng", "_threads", "random", "thread_of")

    random: Any
    thread_of: Any  # a checker would take a Callable for a method of this class

    sizeof = staticmethod(safe_sizeof)
    type_of = staticmethod(type)

    def __init__(self, data: MutableMapping[Any, Any], threads: dict[Any, int]) -> None:
        self.data = data
        self.threads = threads
        self.rng = Random(0)

    @property
    def data(self) -> MutableMapping[Any, Any]:
        """Key -> value."""
        return self._data

    @data.setter
    def data(self, data: MutableMapping[Any, Any]) -> None:
        self._data = data
        self._plain = type(data) is dict  # storing can't fail then and takes no time

    @property
    def threads(self) -> dict[Any, int]:
        """Key -> the thread that has run it."""
        return self._threads

    @threads.setter
    def threads(self, threads: dict[Any, int]) -> None:
        self._threads = threads
        self.thread_of = threads.get

    @property
    def rng(self) -> Random:
        """The source of chance."""
        return self._rng

    @rng.setter
    def rng(self, rng: Random) -> None:
        self._rng = rng
        self.random = rng.random

    def holds(self, key: Any, /) -> bool:
        return key in self._data

    def held(self) -> list[Any]:
        return list(self._data)

    def store(self, key: Any, value: Any, actor: bool, /) -> tuple[float, float]:
        if actor:
            return _AT_ONCE
        if self._plain:
            self._data[key] = value
            return _AT_ONCE
        start = UPSTREAM["time"]()
        try:
            self._data[key] = value
        except Exception as error:
            # The store spills to disk and the value can't be pickled, say.
            told = error_message(error)
            raise HostFailure(
                told["exception"],
                told["traceback"],
                told["exception_text"],
                told["traceback_text"],
            ) from error
        return start, UPSTREAM["time"]()

    def discard(self, key: Any, /) -> None:
        # Not `pop`, which would read a value back from disk.
        if key in self._data:
            del self._data[key]
        self._threads.pop(key, None)

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

    def as_sent(self, keys: OrderedSet[Any], /) -> set[Any]:
        return set(keys)

    def started(self, action: str, start: float, stop: float, /) -> dict[str, Any]:
        return {"action": action, "start": start, "stop": stop}

    @staticmethod
    def distance(peer: str, address: str, /) -> int:
        return _distance(UPSTREAM["get_address_host"], peer, address)


@lru_cache(maxsize=10_000)
def _distance(host_of: Callable[[str], str], peer: str, address: str) -> int:
    # By the function too: tests put another in its place to move a worker to another host.
    return int(host_of(peer) != host_of(address))


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
