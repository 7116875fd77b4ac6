"""A worker whose threads, network and timers are simulated. What it decides is decided by its machine.

Upstream's ``BaseWorker`` carries out the machine's instructions, as in a real worker; here are the four
methods that it leaves open, and the handlers of the scheduler's messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distributed import worker_state_machine as upstream
from distributed.exceptions import Reschedule
from distributed.versions import get_versions
from distributed.worker_state_machine import BaseWorker

from .character import Place
from .jobs import Job, Name, Unstorable
from .loop import Periodic
from .network import Connection, Message

if TYPE_CHECKING:
    from .world import Simulation

EVENTS: dict[str, type[upstream.StateMachineEvent]] = {
    "acquire-replicas": upstream.AcquireReplicasEvent,
    "cancel-compute": upstream.CancelComputeEvent,
    "compute-task": upstream.ComputeTaskEvent,
    "free-keys": upstream.FreeKeysEvent,
    "refresh-who-has": upstream.RefreshWhoHasEvent,
    "remove-replicas": upstream.RemoveReplicasEvent,
    "remove-worker": upstream.RemoveWorkerEvent,
    "steal-request": upstream.StealRequestEvent,
}
"""The scheduler's messages that are an event of the machine each, as in ``distributed.Worker``."""


VERSIONS = get_versions()


class ServerId(str):
    """A worker's id. Its hash is its place, so that a set of workers is always in the order of places."""

    __slots__ = ("slot",)
    slot: int

    def __hash__(self) -> int:
        return self.slot


class Store(dict[Any, Any]):
    """Where values are kept. A value that can't be written to the disk can't be stored."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, Unstorable):
            raise TypeError(f"can't store {key}")
        super().__setitem__(key, value)


@dataclass(eq=False)
class Thread:
    """A task that runs. ``end`` says that it may go on to its result, or raises."""

    worker: SimulatedWorker
    key: Name
    job: Job
    begun: float
    slow: bool
    end: asyncio.Future[None]
    seceded: bool = False


@dataclass(eq=False)
class Transfer:
    """A request to a peer: first on its way there, then, with an ``answer``, on its way back."""

    worker: SimulatedWorker
    peer: str
    keys: list[Name]
    slow: bool
    end: asyncio.Future[Message]
    answer: Message | None = None
    server: SimulatedWorker | None = None


class SimulatedWorker(BaseWorker):
    """One incarnation of the worker at a place. When it has left another one may come."""

    def __init__(self, world: Simulation, place: Place, state: Any) -> None:
        super().__init__(state)
        self.world = world
        self.place = place
        self.address = place.address
        self.serving = 0  # transfers to others
        self.status = "running"
        self.comm = Connection(self.address)
        self.registration: asyncio.Task[None]
        self._look = Periodic(self.find_missing, 1000)
        self._look.start()

    def introduction(self) -> dict[str, Any]:
        """What it says of itself when it registers."""
        server_id = ServerId(f"worker-{len(self.world.machines)}")
        server_id.slot = self.place.slot
        return {
            "comm": self.comm,
            "address": self.address,
            "status": self.status,
            "server_id": server_id,
            "nthreads": self.place.nthreads,
            "name": self.address,
            "resolve_address": False,
            "now": self.world.loop.clock(),
            "resources": {"GPU": self.place.gpus},
            "memory_limit": None,
            "metrics": {
                "bandwidth": {"total": 1e8, "workers": {}, "types": {}},
                "digests_total_since_heartbeat": {},
                "memory": 0,
                "spilled_bytes": {"memory": 0, "disk": 0},
            },
            "services": {},
            "local_directory": "",
            "versions": VERSIONS,
            "nanny": "",
            "extra": {},
            "stimulus_id": self._id("add-worker"),
        }

    @property
    def alive(self) -> bool:
        return self.status != "closed"

    def handle_stimulus(self, *stims: Any) -> None:
        if self.alive:
            for stim in stims:
                if not isinstance(stim, upstream.FindMissingEvent):  # what it leads to is told
                    self.world.tell(self.address, "event", stim)
            self.world.events.update(type(stim).__name__ for stim in stims)
            try:
                super().handle_stimulus(*stims)
            except upstream.InvalidTransition as error:
                if type(error.__cause__).__name__ != "RecommendationsConflict":
                    raise
                # A task and its input are to be fetched, and then the task shall be computed here: both
                # classes trip, and the worker around them closes itself.
                self.world.tell(self.address, "trips", error)
                self.world.flaws["conflict"] += 1
                self.leave()

    # Messages of the scheduler

    def receive(self, message: Message | None) -> None:
        """What ``distributed.Worker`` does when this message comes; ``None`` is the end of the stream."""
        if not self.alive:
            return
        if message is None:
            self.leave()
            return
        op = message.pop("op", None)
        if op in EVENTS:
            self.handle_stimulus(EVENTS[op](**message))
        elif op == "worker-status-change":
            self.change_status(message["status"])
        elif op == "close":
            self.leave()
        elif message.get("status") != "OK":  # the answer to the registration
            raise NotImplementedError(op)

    def change_status(self, status: str) -> None:
        """Pause, go on, or prepare to leave; the scheduler is told, the machine too."""
        before, self.status = self.status, status
        stimulus_id = f"worker-status-change-{self.world.loop.clock()}"
        self.batched_send(
            {"op": "worker-status-change", "status": status, "stimulus_id": stimulus_id}
        )
        if before == "running" and status != "running":
            self.handle_stimulus(upstream.PauseEvent(stimulus_id=stimulus_id))
        elif status == "running" and before != "running":
            self.handle_stimulus(upstream.UnpauseEvent(stimulus_id=stimulus_id))

    def leave(self) -> None:
        """The process ends, with all that it had."""
        if not self.alive:
            return
        self.status = "closed"
        self.comm.hang_up()
        self._look.stop()
        for task in self._async_instructions:
            task.cancel()
        self.world.forget(self)

    def has_cancelled(self, key: Any) -> bool:
        """Whether it works on the key in vain."""
        task = self.state.tasks.get(key)
        return task is not None and task.state == "cancelled"

    def is_busy_with(self, key: Name) -> bool:
        """Whether a transfer that carries the key is open, or the scheduler doesn't know yet that it is gone.

        A machine trips if it is given a value that it is fetching and has to free it then; and the
        scheduler, which hears from clients and from workers in any order, would forget the new value.
        """
        on_its_way = any(
            message and message.get("key") == key for message in self.comm.to_scheduler
        )
        return on_its_way or any(key in keys for keys in self.state.in_flight_workers.values())

    def find_missing(self) -> None:
        self.handle_stimulus(
            upstream.FindMissingEvent(stimulus_id=f"find-missing-{self.world.loop.clock()}")
        )

    # Instructions of the machine: what `BaseWorker` leaves open

    def batched_send(self, msg: Message) -> None:
        self.world.tell(self.address, "sends", msg)
        self.comm.post(msg)

    def digest_metric(self, name: Any, value: float) -> None:
        """Nobody looks at statistics here."""

    async def retry_busy_worker_later(self, worker: str) -> upstream.StateMachineEvent:
        await asyncio.sleep(0.15)
        return upstream.RetryBusyWorkerEvent(worker=worker, stimulus_id=self._id("retry-busy"))

    async def gather_dep(
        self, worker: str, to_gather: Collection[Any], total_nbytes: int, *, stimulus_id: str
    ) -> upstream.StateMachineEvent:
        keys: list[Name] = sorted(to_gather)
        self.world.tell(self.address, "asks", f"{worker} for {keys}")
        common: dict[str, Any] = {"worker": worker, "total_nbytes": total_nbytes}
        try:
            answer = await self.world.transfer(self, worker, keys)
        except OSError:
            return upstream.GatherDepNetworkFailureEvent(**common, stimulus_id=self._id("network"))
        if answer["status"] == "busy":
            return upstream.GatherDepBusyEvent(**common, stimulus_id=self._id("busy"))
        return upstream.GatherDepSuccessEvent(
            **common, data=answer["data"], stimulus_id=self._id("gathered")
        )

    async def execute(self, key: Any, *, stimulus_id: str) -> upstream.StateMachineEvent:
        task = self.state.tasks[key]
        run_spec, run_id, begun = task.run_spec, task.run_id, None
        try:
            data = {dep.key: self.state.data[dep.key] for dep in task.dependencies}
            begun = self.world.loop.clock()
            self.world.tell(self.address, "runs", f"{key} with {data}")
            await self.world.thread(self, key)
            assert run_spec is not None
            value = run_spec(data)
        except Reschedule:
            return upstream.RescheduleEvent(key=key, stimulus_id=self._id("reschedule"))
        except Exception as error:
            return upstream.ExecuteFailureEvent.from_exception(
                error,
                key=key,
                run_id=run_id,
                start=begun,
                stop=begun and self.world.loop.clock(),
                stimulus_id=self._id("task-erred"),
            )
        return upstream.ExecuteSuccessEvent(
            key=key,
            run_id=run_id,
            value=value,
            start=begun,
            stop=self.world.loop.clock(),
            nbytes=self.world.jobs.jobs[key].nbytes,
            type=type(value),
            stimulus_id=self._id("task-finished"),
        )

    def _id(self, what: str) -> str:
        return f"{what}-{self.world.loop.clock()}"
