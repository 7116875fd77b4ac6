"""The jobs machine on the base class of the runtime, in the shape of what is generated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Unpack

from lawful.runtime import Contract, Entity, Event, Instruction, Machine, MachineOptions

JobRequest = Literal["waiting", "running", "done"]
Recommendations = dict["Job", JobRequest]
Instructions = list["Run"]


@dataclass(slots=True)
class Start(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Ended(Event):
    number: int
    ok: bool
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Run(Instruction):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


class Job(Entity):
    __slots__ = ("number", "runs", "state")

    def __init__(self, number: int) -> None:
        self.number = number
        self.state: Literal["waiting", "running", "done"] = "waiting"
        self.runs = 0


class Jobs(Machine[Start | Ended, Run]):
    def __init__(self, **options: Unpack[MachineOptions]) -> None:
        super().__init__(**options)
        self.jobs: dict[int, Job] = {}

    def _on_start(self, event: Start) -> tuple[Recommendations, Instructions]:
        job = self.jobs.get(event.number)
        if job is None:
            job = self.jobs[event.number] = Job(event.number)
            return {job: "running"}, []
        match job.state:
            case "waiting" | "done":
                return {job: "running"}, []
            case "running":
                raise self._refuse(event, job, job.state, "a running job is not started again")

    def _on_ended(self, event: Ended) -> tuple[Recommendations, Instructions]:
        job = self.jobs.get(event.number)
        if job is None:
            raise self._refuse(event, None, "absent", "a Run is open only while its job runs")
        match job.state:
            case "running":
                if event.ok:
                    return {job: "done"}, []
                return {job: "waiting"}, []
            case "waiting" | "done":
                raise self._refuse(event, job, job.state, "a Run is open only while its job runs")

    def _job_waiting_to_running(
        self, job: Job, *, stimulus_id: str
    ) -> tuple[Recommendations, Instructions]:
        job.state = "running"
        job.runs += 1
        return {}, [Run(number=job.number, stimulus_id=stimulus_id)]

    def _job_running_to_done(
        self, job: Job, *, stimulus_id: str
    ) -> tuple[Recommendations, Instructions]:
        job.state = "done"
        return {}, []

    def _job_running_to_waiting(
        self, job: Job, *, stimulus_id: str
    ) -> tuple[Recommendations, Instructions]:
        job.state = "waiting"
        return {}, []

    _HANDLERS = {Start: _on_start, Ended: _on_ended}
    _TRANSITIONS = {
        Job: {
            "waiting": {"running": _job_waiting_to_running},
            "done": {"running": _job_waiting_to_running},
            "running": {"done": _job_running_to_done, "waiting": _job_running_to_waiting},
        }
    }
    _KEY = {Job: "number"}
    CONTRACTS = {Run: Contract("run", "coroutine", (Ended,), (), {Ended: ("number",)})}
