"""Tasks that are made by hand, with upstream's arguments: tests make them, the machine makes its own.

Knows the generated task and nothing of the machine.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from distributed import worker_state_machine as upstream

from lawful.generated.worker import Task
from lawful.runtime import OrderedSet

from .task import FIELDS

_SETS = ("dependencies", "dependents", "waiting_for_data", "waiters", "who_has")


_ORDER = [field.name for field in fields(upstream.TaskState) if field.init][1:]
_TASKS = (Task, upstream.TaskState)


class _AnyTask(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _TASKS)


class TaskState(Task, metaclass=_AnyTask):
    """A task of a worker, whoever has made it: each is an instance of this class, upstream's too.

    Made by hand it takes the fields that upstream's ``TaskState`` takes, by name or in its order, and has
    all its sets to itself. ``TypeError`` for what is no field.
    """

    __slots__ = ()

    def __init__(self, key: Any, *ordered: Any, **named: Any) -> None:
        super().__init__(key)
        named |= dict(zip(_ORDER, ordered, strict=False))
        self.tally = None
        for name in _SETS:
            setattr(self, name, OrderedSet(named.pop(name, ())))
        for name, value in named.items():
            if name not in FIELDS:
                raise TypeError(f"a task has no field {name!r}")
            setattr(self, name, value)
