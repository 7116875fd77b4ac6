"""The jobs machine by hand, and in the libraries that people would take instead.

``ByHand`` does the work of a generated machine: event and instruction objects, entities by key,
stimulus ids, one clock reading an event, history and log. A library does event and instruction
objects, the guard and the effect; ``WithHistory`` adds ids, the clock and a history to it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Protocol

from automat import TypeMachineBuilder
from statemachine import State, StateMachine
from transitions import Machine as TransitionsMachine

from .jobs import Ended, Run, Start


class Handles(Protocol):
    def handle(self, event: Any, /) -> list[Any]: ...


class Job:
    __slots__ = ("number", "runs", "state")

    def __init__(self, number: int) -> None:
        self.number = number
        self.runs = 0
        self.state = "waiting"


class ByHand:
    """An if-chain, as one writes it."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.history: deque[tuple[Any, ...]] = deque(maxlen=10_000)
        self.log: deque[tuple[Any, ...]] = deque(maxlen=10_000)
        self.count = 0
        self.now = 0.0

    def handle(self, event: Any) -> list[Any]:
        instructions: list[Any] = []
        self.count += 1
        self.now = time.time()
        job = self.jobs.get(event.number)
        if isinstance(event, Start):
            if not event.stimulus_id:
                event.stimulus_id = f"start-{self.count}"
            if job is None:
                job = self.jobs[event.number] = Job(event.number)
            start = job.state
            if start == "running":
                raise ValueError("a running job is not started again")
            job.state = "running"
            job.runs += 1
            instructions.append(Run(number=job.number, stimulus_id=event.stimulus_id))
        elif isinstance(event, Ended):
            if not event.stimulus_id:
                event.stimulus_id = f"ended-{self.count}"
            if job is None or job.state != "running":
                raise ValueError("a Run is open only while its job runs")
            start = job.state
            job.state = "done" if event.ok else "waiting"
        else:
            raise TypeError(event)
        self.log.append((job.number, start, job.state, job.state, {}, event.stimulus_id, self.now))
        self.history.append((event, tuple(instructions), self.now))
        return instructions


class WithHistory:
    """A machine that keeps no books, with stimulus ids, a clock and a history around it."""

    def __init__(self, machine: Handles) -> None:
        self.machine = machine
        self.history: deque[tuple[Any, ...]] = deque(maxlen=10_000)
        self.count = 0
        self.names = {Start: "start", Ended: "ended"}

    def handle(self, event: Any) -> list[Any]:
        self.count += 1
        now = time.time()
        if not event.stimulus_id:
            event.stimulus_id = f"{self.names[type(event)]}-{self.count}"
        instructions = self.machine.handle(event)
        self.history.append((event, tuple(instructions), now))
        return instructions


class _Inputs(Protocol):
    def start(self, event: Any) -> list[Any]: ...
    def succeeded(self, event: Any) -> list[Any]: ...
    def failed(self, event: Any) -> list[Any]: ...


def _automat() -> Any:
    builder = TypeMachineBuilder(_Inputs, Job)
    waiting, running, done = (builder.state(name) for name in ("waiting", "running", "done"))

    def run(inputs: _Inputs, job: Job, event: Any) -> list[Any]:
        job.runs += 1
        return [Run(number=job.number, stimulus_id=event.stimulus_id)]

    def nothing(inputs: _Inputs, job: Job, event: Any) -> list[Any]:
        return []

    for state in (waiting, done):
        state.upon(_Inputs.start).to(running)(run)
    running.upon(_Inputs.succeeded).to(done)(nothing)
    running.upon(_Inputs.failed).to(waiting)(nothing)
    return builder.build()


class InAutomat:
    """Automat has no guards: the caller chooses the input."""

    def __init__(self) -> None:
        self.machine = _automat()(Job(1))

    def handle(self, event: Any) -> list[Any]:
        machine = self.machine
        result: list[Any]
        if isinstance(event, Start):
            result = machine.start(event)
        elif event.ok:
            result = machine.succeeded(event)
        else:
            result = machine.failed(event)
        return result


class _Model:
    def __init__(self) -> None:
        self.number = 1
        self.runs = 0
        self.instructions: list[Any] = []

    def ok(self, event: Any) -> bool:
        good: bool = event.ok
        return good

    def run(self, event: Any) -> None:
        self.runs += 1
        self.instructions.append(Run(number=self.number, stimulus_id=event.stimulus_id))


class InTransitions:
    def __init__(self) -> None:
        self.model: Any = _Model()
        TransitionsMachine(
            self.model,
            states=["waiting", "running", "done"],
            initial="waiting",
            auto_transitions=False,
            transitions=[
                {"trigger": "start", "source": source, "dest": "running", "after": "run"}
                for source in ("waiting", "done")
            ]
            + [
                {"trigger": "ended", "source": "running", "dest": "done", "conditions": "ok"},
                {"trigger": "ended", "source": "running", "dest": "waiting"},
            ],
        )

    def handle(self, event: Any) -> list[Any]:
        model = self.model
        model.instructions = []
        if isinstance(event, Start):
            model.start(event)
        else:
            model.ended(event)
        result: list[Any] = model.instructions
        return result


class _Statemachine(StateMachine):
    waiting = State(initial=True)
    running = State()
    done = State()

    start = waiting.to(running, on="run") | done.to(running, on="run")
    ended = running.to(done, cond="is_ok") | running.to(waiting)

    def __init__(self) -> None:
        self.runs = 0
        self.instructions: list[Any] = []
        super().__init__()

    def is_ok(self, message: Any) -> bool:
        good: bool = message.ok
        return good

    def run(self, message: Any) -> None:
        self.runs += 1
        self.instructions.append(Run(number=1, stimulus_id=message.stimulus_id))


class InPythonStatemachine:
    def __init__(self) -> None:
        self.machine: Any = _Statemachine()

    def handle(self, event: Any) -> list[Any]:
        machine = self.machine
        machine.instructions = []
        if isinstance(event, Start):
            machine.start(message=event)
        else:
            machine.ended(message=event)
        result: list[Any] = machine.instructions
        return result
