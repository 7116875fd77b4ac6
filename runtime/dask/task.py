"""What the rest of dask asks of a task, beside what the spec says of it.

The generated ``Task`` extends ``TaskBase``. Knows dask's names and settings; knows nothing of the
machine, and must not import it: the machine's package imports this module.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Container
from dataclasses import fields
from typing import Any

from dask.utils import key_split
from distributed import worker_state_machine as upstream
from distributed.utils import recursive_to_dict

from lawful.runtime import Entity, OrderedSet


def stem_of(key: Any) -> Any:
    """A key, or the first part of a tuple, without a last word that can't belong to the prefix.

    Such a word is not all letters, like a token or a number. ``dask.utils.key_split`` gives the same
    prefix for the stem as for the key, and many keys share a stem.
    """
    name = key[0] if type(key) is tuple and key else key
    if type(name) is str:
        stem, dash, last = name.rpartition("-")
        if dash and not last.isalpha():
            return stem
    return name


def prefix_of(key: Any) -> str:
    """What ``dask.utils.key_split`` gives, for most keys in a quarter of the time: its own cache knows
    the stem of a key that it has never seen."""
    prefix: str = key_split(stem_of(key))
    return prefix


class _Instances:
    """All instances of a class that are alive, found when they are asked for.

    Upstream keeps a ``WeakSet`` and adds each task to it, which takes longer than making the task. Only
    tests look for tasks that have leaked; they clear the set first, and what was there stays out of it.
    """

    def __get__(self, _: object, owner: type) -> weakref.WeakSet[Any]:
        found = _Living(found for found in gc.get_objects() if isinstance(found, owner))
        found -= _CLEARED
        return found


class _Living(weakref.WeakSet[Any]):
    def clear(self) -> None:
        _CLEARED.update(self)
        super().clear()


_CLEARED: weakref.WeakSet[Any] = weakref.WeakSet()


class TaskBase(Entity):
    """The base of the worker's tasks. Equal to itself only; may be referred to weakly; can be pickled."""

    __slots__ = ("tally",)

    _instances = _Instances()

    # Declared by the generated class.
    key: Any
    nbytes: Any
    previous: Any
    next: Any

    tally: Any
    """Where the ``TaskCounter`` counts it; None before that."""

    suspicious_count = 0
    """Nobody counts it any more; dumps of old tools look for it."""

    @property
    def prefix(self) -> str:
        """The leftmost part of the key, by which dask groups tasks."""
        return prefix_of(self.key)

    def get_nbytes(self) -> int:
        """Bytes of the value, or dask's setting for values of unknown size."""
        nbytes: int | None = self.nbytes
        return upstream._default_data_size() if nbytes is None else nbytes

    def __repr__(self) -> str:
        state = self.state
        if state == "cancelled":
            state = f"cancelled({self.previous})"
        elif state == "resumed":
            state = f"resumed({self.previous}->{self.next})"
        return f"<TaskState {self.key!r} {state}>"

    def _to_dict_no_nest(self, *, exclude: Container[str] = ()) -> dict[str, Any]:
        """The task for a dump of the cluster: what is not empty, other tasks as text."""
        values = ((name, getattr(self, name)) for name in FIELDS if name not in exclude)
        shown = {name: plain(value) for name, value in values if not callable(value)}
        whole: dict[str, Any] = recursive_to_dict(shown, exclude=exclude)
        return {name: value for name, value in whole.items() if value}


FIELDS = sorted({f.name for f in fields(upstream.TaskState)} - {"prefix", "__weakref__"})
"""The fields that a dump of a task can have, in upstream's order."""


def plain(value: Any) -> Any:
    """A set of ours as one that dask's tools know."""
    return list(value) if isinstance(value, OrderedSet) else value
