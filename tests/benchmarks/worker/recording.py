"""Workloads as recordings: events that any machine of the worker takes, and what a machine answers.

A workload is run once on upstream's class. Each event is kept pickled, and each machine and each round
get objects of their own, as a worker gets them from messages: machines keep and change what they are
given.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from dask.utils import parse_bytes
from distributed import worker_state_machine as upstream
from distributed.metrics import time

from lawful.generated.worker import Worker
from lawful.runtime.dask import WorkerState
from lawful.runtime.dask.host import Host

from .workloads import Workload
from .world import ADDRESS, World

UPSTREAM = "upstream"
OURS = "lawful"
BARE = "bare"

LOG_LENGTH = 1000
"""dask's default for ``distributed.admin.low-level-log-length``."""


def bare(nthreads: int, machine: type[Worker] = Worker) -> Any:
    """The generated machine without upstream's face; its history in the place of ``stimulus_log``."""
    return machine(
        address=ADDRESS,
        nthreads=nthreads,
        total_resources={},
        default_data_size=parse_bytes("1kiB"),
        transfer_incoming_bytes_limit=float("inf"),
        transfer_message_bytes_limit=float("inf"),
        host=Host({}, {}),
        clock=time,
        history_limit=LOG_LENGTH,
        log_limit=LOG_LENGTH,
    )


MACHINES: Mapping[str, Callable[[int], Any]] = {
    UPSTREAM: lambda nthreads: upstream.WorkerState(
        address=ADDRESS, nthreads=nthreads, validate=False
    ),
    OURS: lambda nthreads: WorkerState(address=ADDRESS, nthreads=nthreads, validate=False),
    BARE: bare,
}
"""Makes a machine of each kind, all with logs and history, from the number of its threads."""


def handler(machine: Any) -> Callable[[Any], list[Any]]:
    """The method of a machine that takes an event."""
    method: Callable[[Any], list[Any]] = (
        machine.handle if type(machine) is Worker else machine.handle_stimulus
    )
    return method


@dataclass(frozen=True)
class Recording:
    """The events of a workload, pickled one by one."""

    workload: Workload
    pickles: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.pickles)

    def events(self) -> list[Any]:
        """Fresh events. The key of one that ends an Execute is the object that the machine has."""
        found = []
        known: dict[Any, Any] = {}
        for pickled in self.pickles:
            event = pickle.loads(pickled)
            if isinstance(event, upstream.ComputeTaskEvent):
                known[event.key] = event.key
            elif isinstance(event, upstream.ExecuteDoneEvent):
                event.key = known[event.key]
            found.append(event)
        return found


def record(workload: Workload, size: int | None = None) -> Recording:
    """Run a workload on upstream's class and keep its events."""
    machine, world = MACHINES[UPSTREAM](workload.nthreads), World()
    pickles = []
    for event in workload.events(world, size or workload.size):
        pickles.append(pickle.dumps(event))
        world.note(machine.handle_stimulus(event))
    left = [*world.executes, *world.gathers]
    assert not left, f"{workload.name} leaves {left} open"
    return Recording(workload, tuple(pickles))


@dataclass(frozen=True)
class Step:
    """What came of one event: the instructions, and the configuration of each task after it."""

    instructions: list[str]
    tasks: dict[Any, str]


def played(recording: Recording, kind: str) -> list[Step]:
    """Run a recording on a machine of one kind, and look at it after each event."""
    machine = MACHINES[kind](recording.workload.nthreads)
    handle = handler(machine)
    return [
        Step(comparable(handle(event)), configurations(machine)) for event in recording.events()
    ]


def comparable(instructions: Iterable[Any]) -> list[str]:
    """Instructions as texts, sorted: upstream goes through plain sets, so it has no order of its own.

    What a slow moment of the disk adds is left out.
    """
    return sorted(
        repr(
            (type(instruction).__name__, [_plain(instruction, f.name) for f in fields(instruction)])
        )
        for instruction in instructions
    )


def _plain(instruction: Any, field: str) -> Any:
    value: Any = getattr(instruction, field)
    if isinstance(value, set):
        return field, sorted(value)
    if field == "startstops":
        return field, [entry for entry in value if entry["action"] != "disk-write"]
    return field, value


def configurations(machine: Any) -> dict[Any, str]:
    """Key -> configuration of each task, written as in ``spec/worker``."""
    found = {}
    for key, task in machine.tasks.items():
        inside = ", ".join(part for part in (task.previous, task.next) if part)
        found[key] = f"{task.state}({inside})" if inside else task.state
    return found
