"""A whole cluster from one seed: the real scheduler, several machines, and what happens between them.

Everything that could happen next is a possible step: the arrival of messages, the end of a thread, a
move of a transfer, a timer, a wish of the user, a change of the weather. The seed chooses.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from distributed import scheduler as scheduler_module
from distributed.exceptions import Reschedule
from distributed.scheduler import Scheduler
from distributed.worker_state_machine import SecedeEvent

from .character import Character, Place
from .client import SimulatedClient
from .jobs import Jobs, Name, Planned
from .loop import VirtualLoop
from .network import Connection, Message
from .story import Story
from .worker import VERSIONS, SimulatedWorker, Store, Thread, Transfer

QUIET = 6.0  # seconds without a transition after which nothing more is expected to happen
PATIENCE = 3_000  # steps after which threads are slow
LIMIT = 10_000  # steps after which a run will never come to rest

UNSOUND = {"stimulus_cancel", "_transition_released_waiting", "stimulus_retry"}
"""Where the scheduler asserts what users can break: by cancelling, releasing and retrying in a bad moment."""

Step = tuple[Callable[..., object], tuple[Any, ...]]


class SchedulerTripped(Exception):
    """The scheduler fails an assertion of its own that has nothing to do with the machines."""


def _raised_in(error: BaseException) -> str:
    """The function of the scheduler that has raised the error; empty if none has."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_name if frame.f_code.co_filename == scheduler_module.__file__ else ""


class Simulation:
    """The cluster. ``step()`` lets one thing happen; ``drain()`` all that is left."""

    def __init__(
        self,
        rng: random.Random,
        character: Character,
        scheduler: Scheduler,
        loop: VirtualLoop,
        story: Story,
        *,
        machine: Callable[..., Any],
        worker: type[SimulatedWorker] = SimulatedWorker,
    ) -> None:
        self.rng = rng
        self.character = character
        self.scheduler = scheduler
        self.loop = loop
        self.story = story
        self.machine = machine
        self.worker = worker
        self.loss = character.loss
        self.jobs = Jobs()
        self.steps = 0
        self.slow_threads = False
        self.events: Counter[str] = Counter()
        self.flaws: Counter[str] = Counter()  # known ones of upstream, met and survived
        self.machines: list[Any] = []  # those of workers that are gone too
        self.threads: dict[Thread, None] = {}
        self.transfers: dict[Transfer, None] = {}
        self.offloaded: dict[asyncio.Future[Any], Callable[[], Any]] = {}
        self.replies: dict[Step, None] = {}
        self.runs: Counter[Name] = Counter()
        self.workers: dict[int, SimulatedWorker] = {}
        self.connections: dict[Connection, SimulatedWorker | SimulatedClient] = {}
        self.clients = [SimulatedClient(self, f"client-{n}") for n in range(character.clients)]
        for client in self.clients:
            self.connections[client.comm] = client
            comm: Any = client.comm  # as much of a `Comm` as is used
            loop.create_task(scheduler.add_client(comm, client=client.name, versions=VERSIONS))
        for place in character.places:
            self.start(place)

    def tell(self, who: str, verb: str, what: Any) -> None:
        self.story.tell(self.loop.now, who, verb, what)

    # Workers

    def start(self, place: Place) -> None:
        """Let a worker come, or come back, and register itself."""
        state = self.machine(
            address=place.address,
            nthreads=place.nthreads,
            data=Store(),
            resources={"GPU": place.gpus},
            transfer_incoming_count_limit=place.transfers,
            transfer_incoming_bytes_limit=place.incoming_bytes,
            transfer_message_bytes_limit=place.message_bytes,
            transition_counter_max=1_000_000,
            validate=True,
        )
        state.transfer_incoming_bytes_throttle_threshold = self.character.throttle
        self.machines.append(state)
        worker = self.workers[place.slot] = self.worker(self, place, state)
        self.connections[worker.comm] = worker
        self.tell(place.address, "starts", place)
        worker.registration = self.loop.create_task(
            self.scheduler.add_worker(**worker.introduction())
        )

    @property
    def vacant(self) -> list[Place]:
        """Where a worker has left and the scheduler has noticed, so that another one may come."""
        left = [w.place for w in self.workers.values() if not w.alive and w.registration.done()]
        return sorted(left, key=lambda place: place.slot)

    def forget(self, worker: SimulatedWorker) -> None:
        """The worker is gone: its threads, its transfers and its values with it."""
        self.jobs.lost.update(key for key in self.jobs.scattered if key in worker.state.data)
        self.threads = {t: None for t in self.threads if t.worker is not worker}
        for transfer in [t for t in self.transfers if t.worker is worker]:
            self._over(transfer)

    @property
    def alive(self) -> list[SimulatedWorker]:
        return [worker for worker in self.workers.values() if worker.alive]

    async def thread(self, worker: SimulatedWorker, key: Name) -> None:
        """Run a task of the worker in a thread; comes back, or raises, when the thread ends."""
        job, begun, slow = (
            self.jobs.jobs[key],
            self.loop.clock(),
            self.rng.random() < self.character.slow,
        )
        thread = Thread(worker, key, job, begun, slow, self.loop.create_future())
        self.threads[thread] = None
        await thread.end

    async def transfer(self, worker: SimulatedWorker, peer: str, keys: list[Name]) -> Message:
        """Get the answer of a peer. ``OSError`` if it can't be reached or the connection is lost."""
        slow = self.rng.random() < self.character.slow
        transfer = Transfer(worker, peer, keys, slow, self.loop.create_future())
        self.transfers[transfer] = None
        return await transfer.end

    async def offload(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """The scheduler's own thread."""
        end: asyncio.Future[Any] = self.loop.create_future()
        self.offloaded[end] = lambda: function(*args, **kwargs)
        return await end

    # Steps

    def possible(self) -> dict[str, list[Step]]:
        """Everything that could happen next, except timers."""
        there: list[Step] = []
        back: list[Step] = []
        for comm, peer in self.connections.items():
            if comm.waits_for_peer:
                there.append((self._to_scheduler, (comm,)))
            if comm.to_peer:
                back.append((self._to_peer, (comm, peer)))
        return {
            "to scheduler": there,
            "to peer": back,
            "thread": [(self._thread, (t,)) for t in self.threads if not t.slow],
            "slow thread": [(self._thread, (t,)) for t in self.threads if t.slow],
            "transfer": [(self._transfer, (t,)) for t in self.transfers if not t.slow],
            "slow transfer": [(self._transfer, (t,)) for t in self.transfers if t.slow],
            "offload": [(self._offload, (end,)) for end in self.offloaded],
            "reply": [(self._reply, (reply,)) for reply in self.replies],
        }

    def step(self) -> bool:
        """Let one of the possible steps happen. ``False`` if there is none."""
        steps = {kind: some for kind, some in self.possible().items() if some}
        if self.slow_threads and len(steps) > 1:
            steps.pop("thread", None)
        if not steps:
            return False
        self.steps += 1
        kinds = list(steps)
        weights = [self.character.weights[kind] * len(steps[kind]) ** 0.5 for kind in kinds]
        function, arguments = self.rng.choice(steps[self.rng.choices(kinds, weights)[0]])
        self.loop.now += self.rng.random() * self.character.pace
        function(*arguments)
        self.settle()
        return True

    def fire(self) -> None:
        """Let the next timer end."""
        self.steps += 1
        self.loop.fire()
        self.settle()

    def settle(self) -> None:
        self.loop.settle()
        errors, self.loop.errors[:] = list(self.loop.errors), []
        for error in errors:
            if isinstance(error, KeyError) and self._has_gone(error.args[0]):
                # The scheduler trips over a worker that it has just removed. It closes the connection,
                # or gives up the retirement, and goes on.
                self.flaws["removed worker"] += 1
            elif isinstance(error, AssertionError) and _raised_in(error) in UNSOUND:
                raise SchedulerTripped(_raised_in(error)) from error
            else:
                raise error

    def _has_gone(self, address: object) -> bool:
        places = {place.address for place in self.character.places}
        return address in places and address not in self.scheduler.workers

    def drain(self) -> None:
        """Go on until all messages have arrived, all work has ended, and timers change nothing more."""
        quiet_since, before, begun = self.loop.now, self.transitions(), self.steps
        while self.loop.now < quiet_since + QUIET or self.busy():
            # When a task is given up and wanted again, two attempts may chase each other: the scheduler
            # takes the end of each for stale and has it computed again, for as long as the task is
            # faster than the network. So at last the tasks are slow.
            self.slow_threads = self.steps > begun + PATIENCE
            if self.steps > begun + LIMIT:
                raise AssertionError(f"not at rest after {LIMIT} steps")
            if not self.step():
                if self.loop.due() is None:
                    break
                self.fire()
            if self.transitions() != before:
                quiet_since, before = self.loop.now, self.transitions()

    def busy(self) -> bool:
        return any(self.possible().values())

    def transitions(self) -> int:
        """How many there were, of all machines and of the scheduler."""
        machines = sum(machine.transition_counter for machine in self.machines)
        return int(machines + self.scheduler.transition_counter)

    def _to_scheduler(self, comm: Connection) -> None:
        for message in comm.deliver(self.rng.randint(1, self.character.batch)):
            self.tell("scheduler", f"hears {comm.peer}", message)

    def _to_peer(self, comm: Connection, peer: SimulatedWorker | SimulatedClient) -> None:
        for _ in range(min(len(comm.to_peer), self.rng.randint(1, self.character.batch))):
            if comm.to_peer:  # the worker may have closed meanwhile
                message = comm.to_peer.popleft()
                self.tell(comm.peer, "hears", message)
                peer.receive(message)

    def _thread(self, thread: Thread) -> None:
        job, worker = thread.job, thread.worker
        if job.secedes and not thread.seceded:
            thread.seceded = True
            worker.handle_stimulus(
                SecedeEvent(
                    key=thread.key,
                    compute_duration=self.loop.clock() - thread.begun,
                    stimulus_id=f"secede-{self.loop.clock()}",
                )
            )
            return
        del self.threads[thread]
        self.runs[thread.key] += 1
        again = self.runs[thread.key] <= job.times
        self.tell(worker.address, "ran", thread.key)
        if again and job.how == "reschedule":
            thread.end.set_exception(Reschedule())
        elif again and job.how == "flaky":
            thread.end.set_exception(Planned("not yet"))
        else:
            thread.end.set_result(None)

    def _transfer(self, transfer: Transfer) -> None:
        peer = next((worker for worker in self.alive if worker.address == transfer.peer), None)
        if (
            peer is None
            or (transfer.server is not None and transfer.server is not peer)
            or self.rng.random() < self.loss
        ):
            self.tell(transfer.worker.address, "loses", transfer.peer)
            self._over(transfer)
            transfer.end.set_exception(OSError("lost"))
        elif transfer.answer is not None:
            self._over(transfer)
            transfer.end.set_result(transfer.answer)
        elif peer.serving >= (1 if peer.status == "paused" else peer.place.connections):
            transfer.answer = {"status": "busy"}
        else:
            data = {key: peer.state.data[key] for key in transfer.keys if key in peer.state.data}
            self.tell(peer.address, "serves", data)
            transfer.answer, transfer.server = {"status": "OK", "data": data}, peer
            peer.serving += 1

    def _over(self, transfer: Transfer) -> None:
        del self.transfers[transfer]
        if transfer.server is not None:
            transfer.server.serving -= 1

    def _offload(self, end: asyncio.Future[Any]) -> None:
        end.set_result(self.offloaded.pop(end)())

    def _reply(self, reply: Step) -> None:
        del self.replies[reply]
        function, arguments = reply
        function(*arguments)
