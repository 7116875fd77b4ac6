"""One run of the demonstration: server, machine, dispatcher, and a user who changes their mind.

Shows nothing itself but to a ``Display``. As it hands the runtime's types to generated ones, it imports
them under the full name: a type checker takes ``runtime`` and ``lawful.runtime`` for two packages.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from lawful.generated.downloader import (
    Add,
    Cancel,
    CancelAll,
    Event,
    Fetched,
    FetchFailed,
    Forget,
    Instruction,
    Pause,
    Progress,
    Report,
    Resume,
)
from lawful.runtime.dispatcher import Dispatcher
from lawful.runtime.downloader import PART, Chance, Downloads, name_for

from .server import DemoServer, ServedFile
from .watched import Watched

STUCK = "file-stuck.bin"


@dataclass(frozen=True)
class Plan:
    """What to do: where to, over how many connections, with how many tries and which chance.

    Delays in seconds; ``pace`` is the time between two pieces of a slow file.
    """

    folder: Path
    served: list[ServedFile]
    slots: int = 8
    tries: int = 4
    first_delay: float = 0.1
    longest_delay: float = 1.0
    pace: float = 0.05
    seed: int = 0


class Display(Protocol):
    """Who shows how it goes."""

    def note(self, text: str) -> None:
        """Say something that is worth a line."""

    def advance(self, files: int, received: int, /) -> None:
        """So many files have ended, so many bytes have come in all."""


@dataclass
class Run:
    """A run and what has become of it."""

    plan: Plan
    display: Display
    machine: Watched = field(init=False)
    reports: dict[str, list[Report]] = field(default_factory=dict)
    interrupted: bool = False
    seconds: float = 0.0
    _seen: set[str] = field(default_factory=set)
    _received: dict[str, int] = field(default_factory=dict)
    _ended: int = 0
    _half: asyncio.Event = field(default_factory=asyncio.Event)
    _dispatcher: Dispatcher[Event, Instruction] | None = None

    def __post_init__(self) -> None:
        plan = self.plan
        self.machine = Watched(
            slots=plan.slots,
            tries=plan.tries,
            first_delay=plan.first_delay,
            longest_delay=plan.longest_delay,
            chance=Chance(plan.seed),
        )
        by_habit = {file.habit: file for file in reversed(plan.served)}
        self._slow = by_habit["slow"].name if "slow" in by_habit else ""

    def stop(self) -> None:
        """Cancel everything that is not at rest; ``go`` returns when all of it has come home."""
        self.interrupted = True
        self._half.set()
        if self._dispatcher is not None and self._dispatcher.failure is None:
            self._dispatcher.post(CancelAll())

    async def go(self) -> None:
        """Download everything. Raises what the dispatcher raises: a broken contract, a broken claim."""
        began = time.perf_counter()
        async with (
            DemoServer(self.plan.served, pace=self.plan.pace) as server,
            aiohttp.ClientSession() as session,
        ):
            handlers = Downloads(
                self.plan.folder, session, tell=self._tell, on_report=self._on_report
            )
            self._dispatcher = Dispatcher(self.machine, handlers)
            async with self._dispatcher:
                self.machine.on_event = self._react
                self._add_all(server)
                await self._unless_failed(self._half.wait())
                if not self.interrupted:
                    await self._pause_and_resume()
                await self._dispatcher.drain()
                self.machine.check()
                self.machine.check_at_rest()
        self.seconds = time.perf_counter() - began

    def problems(self) -> list[str]:
        """What is wrong with what lies in the folder now; each entry is a sentence.

        The bytes are compared by a checksum of another kind than the one that the machine has used.
        """
        found = []
        for file in self.plan.served:
            path = self.plan.folder / file.name
            done = self.reports.get(file.name, [])[-1:]
            ended = done[0].ended if done else "not reported"
            if path.is_file():
                if hashlib.blake2b(path.read_bytes()).hexdigest() != file.blake2b:
                    found.append(f"{file.name} is damaged.")
                if ended != "done":
                    found.append(f"{file.name} is there, and it was {ended}.")
            elif ended == "done":
                found.append(f"{file.name} was reported as done, and it is not there.")
            elif ended == "failed" and file.obtainable:
                found.append(f"{file.name} has failed, and the server would have given it.")
            elif ended == "not reported":
                found.append(f"{file.name} was never reported.")
        known = {file.name for file in self.plan.served}
        for path in sorted(self.plan.folder.iterdir()):
            if path.name.endswith(PART):
                found.append(f"{path.name} was left behind.")
            elif path.name not in known:
                found.append(f"Nobody asked for {path.name}.")
        return found

    def _add_all(self, server: DemoServer) -> None:
        for file in self.plan.served:
            url = server.url(file)
            if file.name == STUCK:
                self._post(Add(name=name_for(url), url=url, priority=-1))
            else:
                first = file.size // 500_000  # small files first
                self._post(Add(name=name_for(url), url=url, sha256=file.sha256, priority=first))
        last = self.plan.served[-1].name
        self._note(f"{last} is cancelled before its turn has come.")
        self._post(Cancel(name=last))

    def _react(self, event: Event) -> None:
        """The user, who changes their mind once at each kind of moment."""
        match event:
            case Progress(name=name) if name == STUCK and self._first("stuck"):
                self._note(f"{name} does not get on: cancelled in the middle of its Fetch.")
                self._post(Cancel(name=name))
            case Progress(name=name) if name == self._slow and self._first("fetching"):
                self._cancel_and_add(name, "in the middle of its Fetch")
            case Fetched(name=name) if self._first("verifying"):
                self._cancel_and_add(name, "while its checksum is computed")
            case FetchFailed(name=name, permanent=False) if self._first("waiting"):
                self._cancel_and_add(name, "while it waits for its next try")
            case FetchFailed(name=name, permanent=True) if self._first("failed"):
                self._note(f"{name} has failed for good and is added again, which won't help.")
                self._add_again(name)
            case _:
                pass

    def _first(self, moment: str) -> bool:
        """Whether it is the first of its kind."""
        if moment in self._seen or self.interrupted:
            return False
        self._seen.add(moment)
        return True

    def _cancel_and_add(self, name: str, when: str) -> None:
        self._note(f"{name} is cancelled {when}, and added again.")
        self._post(Cancel(name=name))
        self._add_again(name)

    def _add_again(self, name: str) -> None:
        file = self.machine.files[name]
        self._post(Add(name=name, url=file.url, sha256=file.sha256, priority=file.priority))

    async def _pause_and_resume(self) -> None:
        assert self._dispatcher is not None
        self._post(Pause())
        await self._dispatcher.drain()
        waiting = len(self.machine.queue)
        self._note(f"Paused: nothing is open, {waiting} files wait. And on.")
        done = next((n for n, f in self.machine.files.items() if f.state == "done"), None)
        if done is not None and not self.interrupted:
            self._post(Forget(name=done))
        self._post(Resume())

    async def _unless_failed(self, waiting: Coroutine[Any, Any, object]) -> None:
        """Wait, but no longer than the dispatcher lives."""
        assert self._dispatcher is not None
        both = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._dispatcher.run())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        if not both[1].cancelled():
            both[1].result()

    def _post(self, event: Event) -> None:
        assert self._dispatcher is not None
        self._dispatcher.post(event)

    def _note(self, text: str) -> None:
        self.display.note(text)

    def _tell(self, progress: Progress) -> None:
        if self._dispatcher is not None and self._dispatcher.failure is None:
            self._post(progress)
        self._show(progress.name, progress.received)

    def _on_report(self, report: Report) -> None:
        self.reports.setdefault(report.name, []).append(report)
        self._ended = len(self.reports)
        if self._ended >= len(self.plan.served) // 2:
            self._half.set()
        self._show(report.name, report.received)

    def _show(self, name: str, received: int) -> None:
        self._received[name] = max(received, self._received.get(name, 0))
        self.display.advance(self._ended, sum(self._received.values()))
