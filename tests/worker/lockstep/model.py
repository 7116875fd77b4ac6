"""What is around a worker: a scheduler, peers, threads and a user, as far as they send events.

Every choice is drawn from a ``random.Random``: a seeded one, or one of hypothesis', which then finds
the shortest history. Mostly the model keeps to the protocol: it ends each open instruction once, in
one of the ways in which it can end, and the scheduler asks for what makes sense in the state that the
machine is in. ``Style.hostile`` is the share of what it takes from ``nonsense`` instead.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from distributed import worker_state_machine as upstream
from distributed.protocol.serialize import Serialize

from ..events import compute, executed, freed
from .store import Value
from .style import ADDRESS, PEERS, Style

T = TypeVar("T")

RUNNING = ("executing", "long-running")
QUEUED = ("waiting", "ready", "constrained")
SIZES = (1, 10, 40, 1000)
_serialized: Any = Serialize
FAILURE: dict[str, Any] = {
    "exception": _serialized(ValueError("on purpose")),
    "traceback": _serialized("the traceback of it"),
    "exception_text": "ValueError('on purpose')",
    "traceback_text": "the traceback of it",
}


@dataclass
class Request:
    """Not an event: a task is asked for a state directly, in a pair that no event asks for."""

    key: Any
    request: str
    stimulus_id: str


@dataclass
class Step:
    """Events that are handed over together, and what the worker around the machine does before."""

    events: list[Any]
    threads: dict[Any, int] = field(default_factory=dict)
    resources: dict[str, float] = field(default_factory=dict)
    started: list[Any] = field(default_factory=list)

    def prepare(self, ws: Any) -> None:
        """As upstream's ``Worker`` does it, which writes into its machine in these places."""
        ws.threads.update(self.threads)
        for name, amount in self.resources.items():
            ws.available_resources[name] += amount - ws.total_resources[name]
            ws.total_resources[name] = amount
        for key in self.started:
            if key not in ws.tasks:  # a history that is being shortened
                continue
            task = ws.tasks[key]
            task.start_time = 1.0
            task.startstops.append({"action": "disk-read", "start": 1.0, "stop": 1.5})
            task.metadata["started"] = True


class Surroundings:
    """Sends events to a worker and sees its instructions. ``ws`` is the machine that it looks at."""

    def __init__(
        self,
        choose: random.Random,
        style: Style,
        ws: Any,
        nonsense: Sequence[Callable[[Surroundings], Any]],
    ) -> None:
        self.choose = choose
        self.nonsense = nonsense
        self.style = style
        self.ws = ws
        self.keys = [_key(i) for i in range(style.keys)]
        self.peers: tuple[str, ...] = PEERS
        if style.peers_of_their_own:
            self.peers = tuple(f"10.0.1.{number}:1" for number in range(style.keys))
        self.inputs: dict[Any, list[Any]] = {}
        self._choose_inputs()
        self.executes: list[tuple[Any, int]] = []  # (key, run id) of those that are open
        self.gathers: list[upstream.GatherDep] = []
        self.asked: dict[str, int] = {}  # the size of the last transfer from a peer
        self.busy: list[str] = []
        self.runs = 0
        self._ids = 0

    # Choices

    def chance(self, share: float) -> bool:
        return share > 0 and self.choose.random() < share

    def hostile(self) -> bool:
        return self.chance(self.style.hostile)

    def one(self, options: Sequence[T]) -> T:
        return options[self.choose.randrange(len(options))]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """One to ``most`` different ones, in any order."""
        count = 1 + self.choose.randrange(min(most, len(options)))
        return self.choose.sample(list(options), count)

    def _choose_inputs(self) -> None:
        """Each task's inputs are among the tasks before it, so that there is no circle."""
        style = self.style
        used = Counter[Any]()
        for i, key in enumerate(self.keys):
            free = [k for k in self.keys[:i] if used[k] < style.max_dependents]
            found = self.some(free, style.max_inputs) if free and self.chance(0.7) else []
            self.inputs[key] = found
            used.update(found)

    def key(self) -> Any:
        return self.one(self.keys)

    def id(self, name: str) -> str:
        self._ids += 1
        return f"{name}-{self._ids}"

    def state(self, key: Any) -> str | None:
        task = self.ws.tasks.get(key)
        return task.state if task else None

    def keys_in(self, *states: str | None) -> list[Any]:
        return [key for key in self.keys if self.state(key) in states]

    def value(self) -> Value:
        number = self.choose.randrange(100)
        if self.chance(self.style.bad_values):
            return Value(number, slow=number % 2 == 0, unstorable=number % 2 == 1)
        return Value(number)

    def holders(self, key: Any) -> list[str]:
        if self.style.max_holders == 1:
            return [self.peers[self.keys.index(key) % len(self.peers)]]
        found = self.some(self.peers, self.style.max_holders)
        if self.hostile():
            found.append(ADDRESS)
        return found

    # What comes next

    def next_step(self) -> Step:
        step = Step([])
        if self.style.directly and self.chance(0.01) and self.keys_in("cancelled"):
            key = self.one(self.keys_in("cancelled"))
            return Step([Request(key, "missing", self.id("request"))])
        count = 2 + self.choose.randrange(2) if self.chance(self.style.batches) else 1
        for _ in range(count):
            step.events.append(self._event(step))
        return step

    def _event(self, step: Step) -> Any:
        if self.hostile():
            return self.one(self.nonsense)(self)
        event = self.one(SENSIBLE)(self)
        if isinstance(event, upstream.ExecuteDoneEvent) and self.chance(0.3):
            step.threads[event.key] = 1 + self.choose.randrange(3)
            step.started += self.keys_in(*RUNNING)[:1]
        if self.style.resources and self.chance(0.02):
            name, amount = self.one(self.style.resources)
            step.resources[name] = self.one((amount, 2 * amount))
        return event

    def seen(self, instructions: Sequence[Any]) -> None:
        """Take note of what the worker has begun."""
        for instruction in instructions:
            if isinstance(instruction, upstream.Execute):
                task = self.ws.tasks.get(instruction.key)
                self.executes.append((instruction.key, task.run_id if task else 0))
            elif isinstance(instruction, upstream.GatherDep):
                self.gathers.append(instruction)
                self.asked[instruction.worker] = instruction.total_nbytes
            elif isinstance(instruction, upstream.RetryBusyWorkerLater):
                self.busy.append(instruction.worker)

    # The scheduler

    def compute(self, key: Any = None) -> Any:
        key = self.key() if key is None else key
        if not self.style.settled and self.hostile():
            self._choose_inputs()
        inputs = self.inputs[key]
        self.runs += 1
        restrictions: dict[str, float] = {}
        if self.style.resources and self.chance(0.6):
            restrictions = {
                name: self.one((0.5, min(most, 4.0), min(most, 4.0)))
                for name, most in self.some(self.style.resources, 2)
            }
        priority: tuple[int, ...] = (self.one(self.style.priorities),)
        if len(self.style.priorities) > 1 and self.chance(0.2):
            priority += (self.choose.randrange(3),)
        return compute(
            key,
            run_id=self.runs,
            who_has={k: self._holders_for_compute(k) for k in inputs},
            nbytes={k: self.one(SIZES) for k in inputs},
            priority=priority,
            resource_restrictions=restrictions,
            actor=self.chance(self.style.actors),
            annotations={"note": self.runs} if self.chance(0.1) else {},
            stimulus=self.id("compute"),
        )

    def compute_again(self) -> Any:
        return self.compute(self.one(self.keys_in("cancelled", "resumed", "error") or self.keys))

    def _holders_for_compute(self, key: Any) -> list[str]:
        if self.hostile():
            return []
        return self.holders(key)

    def free(self) -> Any:
        wanted: list[Any] = []
        for key in self.some(self.keys, 2):
            task = self.ws.tasks.get(key)
            dependents = {t.key for t in task.dependents} if task else ()
            if not self.chance(0.2):
                wanted += [other for other in self.keys if other in dependents]
            wanted.append(key)
        return freed(*dict.fromkeys(wanted), stimulus=self.id("free"))

    def cancel(self) -> Any:
        queued = [k for k in self.keys_in(*QUEUED) if not self.ws.tasks[k].dependents]
        other = self.keys_in(None, "memory", *RUNNING)
        options = queued or other
        if not options:
            return self.compute()
        return upstream.CancelComputeEvent(key=self.one(options), stimulus_id=self.id("cancel"))

    def steal(self) -> Any:
        return upstream.StealRequestEvent(
            key=self.one(self.keys_in(*QUEUED) or self.keys), stimulus_id=self.id("steal")
        )

    def acquire(self) -> Any:
        keys = self.some(self.keys, 3)
        return upstream.AcquireReplicasEvent(
            who_has={key: self.holders(key) for key in keys},
            nbytes={key: self.one(SIZES) for key in keys},
            stimulus_id=self.id("acquire"),
        )

    def remove(self) -> Any:
        held = [
            key
            for key in self.keys_in("memory", "fetch", None)
            if key not in self.ws.tasks
            or not any(t.state in RUNNING for t in self.ws.tasks[key].dependents)
        ]
        if not held:
            return self.compute()
        return upstream.RemoveReplicasEvent(keys=self.some(held, 3), stimulus_id=self.id("remove"))

    def refresh(self) -> Any:
        keys = self.some(self.keys_in("missing", "fetch") or self.keys, 3)
        return upstream.RefreshWhoHasEvent(
            who_has={key: [] if self.chance(0.3) else self.holders(key) for key in keys},
            stimulus_id=self.id("refresh"),
        )

    def lose_peer(self) -> Any:
        return upstream.RemoveWorkerEvent(worker=self.one(self.peers), stimulus_id=self.id("lost"))

    # The worker around the machine, and the user

    def pause(self) -> Any:
        kind = upstream.UnpauseEvent if not self.ws.running else upstream.PauseEvent
        return kind(stimulus_id=self.id("pause"))

    def unpause(self) -> Any:
        if self.ws.running:
            return self.end_execute()
        return upstream.UnpauseEvent(stimulus_id=self.id("unpause"))

    def find_missing(self) -> Any:
        return upstream.FindMissingEvent(stimulus_id=self.id("missing"))

    def scatter(self) -> Any:
        keys = self.keys_in(None, "memory", "released")
        if not keys:
            return self.free()
        return self.scattered(self.some(keys, 2))

    def scattered(self, keys: list[Any]) -> Any:
        return upstream.UpdateDataEvent(
            data={key: self.value() for key in keys}, stimulus_id=self.id("scatter")
        )

    def secede(self) -> Any:
        if not self.executes:
            return self.compute()
        return upstream.SecedeEvent(
            key=self.one(self.executes)[0], compute_duration=0.5, stimulus_id=self.id("secede")
        )

    # How instructions end

    def end_execute(self) -> Any:
        if not self.executes:
            return self.compute()
        key, run_id = self.executes.pop(self.choose.randrange(len(self.executes)))
        return self.executed(key, run_id)

    def executed(self, key: Any, run_id: int) -> Any:
        match self.choose.randrange(6):
            case 0:
                return self.failed(key, run_id)
            case 1:
                return upstream.RescheduleEvent(key=key, stimulus_id=self.id("reschedule"))
            case _:
                event = executed(
                    key,
                    self.value(),
                    run_id=run_id,
                    nbytes=self.one(SIZES),
                    stimulus=self.id("executed"),
                )
                event.type = Value
                return event

    def failed(self, key: Any, run_id: int) -> Any:
        timed = self.chance(0.5)
        return upstream.ExecuteFailureEvent(
            key=key,
            run_id=run_id,
            start=1.0 if timed else None,
            stop=2.0 if timed else None,
            stimulus_id=self.id("failed"),
            **FAILURE,
        )

    def end_gather(self) -> Any:
        if not self.gathers:
            return self.acquire()
        gather = self.gathers.pop(self.choose.randrange(len(self.gathers)))
        return self.gathered(gather.worker, sorted(gather.to_gather, key=repr))

    def gathered(self, worker: str, keys: list[Any]) -> Any:
        # Also what is ended twice has the size of the transfer that is open: the worker around the
        # machine has it from the instruction.
        size = self.asked.get(worker, 1)
        fields: dict[str, Any] = {"worker": worker, "total_nbytes": size}
        match self.choose.randrange(8):
            case 0:
                return upstream.GatherDepBusyEvent(**fields, stimulus_id=self.id("busy"))
            case 1:
                return upstream.GatherDepNetworkFailureEvent(
                    **fields, stimulus_id=self.id("network")
                )
            case 2:
                return upstream.GatherDepFailureEvent(
                    **fields, **FAILURE, stimulus_id=self.id("broken")
                )
            case _:
                part = self.some(keys, len(keys)) if self.chance(0.3) else keys
                if self.chance(0.1):
                    part = []
                return upstream.GatherDepSuccessEvent(
                    **fields,
                    data={key: self.value() for key in part},
                    stimulus_id=self.id("gathered"),
                )

    def end_busy(self) -> Any:
        if not self.busy:
            return self.end_gather()
        peer = self.busy.pop(self.choose.randrange(len(self.busy)))
        return upstream.RetryBusyWorkerEvent(worker=peer, stimulus_id=self.id("retry"))


Maker = Callable[[Surroundings], Any]
"""What sends an event."""


def menu(weights: Mapping[Maker, int]) -> tuple[Maker, ...]:
    """To choose from, each as often as it weighs."""
    return tuple(maker for maker, weight in weights.items() for _ in range(weight))


SENSIBLE = menu(
    {
        Surroundings.compute: 8,
        Surroundings.compute_again: 2,
        Surroundings.end_execute: 7,
        Surroundings.end_gather: 6,
        Surroundings.end_busy: 2,
        Surroundings.free: 4,
        Surroundings.acquire: 3,
        Surroundings.refresh: 2,
        Surroundings.steal: 1,
        Surroundings.cancel: 1,
        Surroundings.remove: 1,
        Surroundings.lose_peer: 1,
        Surroundings.pause: 1,
        Surroundings.unpause: 4,
        Surroundings.find_missing: 1,
        Surroundings.scatter: 2,
        Surroundings.secede: 2,
    }
)


def _key(number: int) -> Any:
    """Keys of a few prefixes; one in five is a tuple, as those of collections are."""
    prefix = "abc"[number % 3]
    return (f"{prefix}-0f", number) if number % 5 == 4 else f"{prefix}-{number}"
