"""One run: a cluster of processes on the machine, the scenes, and what the workers say at the end."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

import dask.config
import distributed

from lawful.runtime.dask import WorkerState

from . import jobs
from .data import Orders
from .journal import Journal, Journals, Keeper, full_name
from .scenes import SCENES
from .stage import Checks, Stage

# Most of dask has no types.
untyped: Any = distributed

NAME = full_name(WorkerState)

_LOG_LENGTH = (
    1_000_000  # records of a machine's log: every step is read from there, the largest too
)
_GLANCE = 0.1  # seconds between two looks at the journals


class Display(Protocol):
    """Who shows how it goes."""

    def note(self, text: str) -> None:
        """Say something that is worth a line."""

    def advance(self, done: int) -> None:
        """So many tasks have been computed."""


@dataclass(frozen=True)
class Plan:
    """Where to, on which data, on how many worker processes with how many threads each.

    ``machine`` is the class that the workers are to run.
    """

    folder: Path
    orders: Orders
    workers: int = 2
    threads: int = 2
    machine: type = WorkerState


@dataclass
class Run:
    """A run and what has become of it. ``killed`` are process ids, ``seconds`` those of the scenes."""

    plan: Plan
    display: Display
    checks: Checks = field(default_factory=Checks)
    journals: list[Journal] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    seconds: float = 0.0

    def go(self) -> None:
        """Start, play, look, close. What is not as it should be is among the problems of ``checks``."""
        folder = self.plan.folder / "journals"
        folder.mkdir()
        journals = Journals(folder)
        with self._cluster() as client:
            if not self._runs_on_our_class(client):
                return
            client.register_plugin(Keeper(folder))
            stage = Stage(
                client=client,
                orders=self.plan.orders,
                folder=self.plan.folder,
                journals=journals,
                threads=self.plan.threads,
                note=self.display.note,
                checks=self.checks,
            )
            try:
                self._play(stage)
                self._look_at_the_workers(stage)
            except TimeoutError as error:
                self.checks.problems.append(f"Something doesn't come: {error}.")
            self.killed = {j.pid for j in journals.read()} - set(stage.workers().values())
        self.journals = journals.read()
        self._look_at_the_journals()

    def _runs_on_our_class(self, client: Any) -> bool:
        for pid, kind in sorted(client.run(jobs.class_of).values()):
            self.display.note(f"Worker {pid} runs {kind}.")
            self.checks.equal(f"the class that worker {pid} runs", kind, NAME)
        return not self.checks.problems

    def _play(self, stage: Stage) -> None:
        began = time.perf_counter()
        try:
            with self._watched(stage.journals):
                for scene in SCENES:
                    try:
                        scene(stage)
                    except TimeoutError as error:
                        raise TimeoutError(f"{error} (in {scene.__name__!r})") from error
        finally:
            self.seconds = time.perf_counter() - began

    @contextlib.contextmanager
    def _cluster(self) -> Iterator[Any]:
        """A client of the cluster. Ctrl-C waits while it comes and while it goes.

        The threads and processes of the cluster inherit that they don't hear Ctrl-C, those too that a
        nanny starts later: in a terminal it goes to all, and they would die before they are closed.
        """
        # Else the first process to be started would start it, and let Ctrl-C through in doing so.
        resource_tracker.ensure_running()
        with _not_interrupted(), contextlib.ExitStack() as stack:
            scratch = {"temporary-directory": str(self.plan.folder / "scratch")}
            stack.enter_context(dask.config.set(_SETTINGS | scratch))
            cluster = untyped.LocalCluster(
                n_workers=self.plan.workers,
                threads_per_worker=self.plan.threads,
                processes=True,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL + 1,  # a killed worker is a reason for many words
                resources={"GPU": 1},
                WorkerStateClass=self.plan.machine,
            )
            stack.enter_context(cluster)
            client = stack.enter_context(untyped.Client(cluster))
            with _interrupted_again():
                yield client

    @contextlib.contextmanager
    def _watched(self, journals: Journals) -> Iterator[None]:
        """Show from another thread how many tasks have been computed."""
        over = Event()

        def look() -> None:
            while not over.wait(_GLANCE):
                self._show(journals)

        with _not_interrupted():
            watcher = Thread(target=look, daemon=True)
            watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
        self._show(journals)

    def _show(self, journals: Journals) -> None:
        self.display.advance(sum(journal.computed for journal in journals.read()))

    def _look_at_the_workers(self, stage: Stage) -> None:
        """Nothing is left on them, every invariant holds, and their journals are whole."""
        gc.collect()  # errors hold the frames that hold futures
        stage.until(
            "no task is left on a worker",
            lambda: not any(stage.client.run(jobs.left_over).values()),
        )
        for address, (made, noted) in stage.client.run(jobs.audit).items():
            self.checks.true(
                f"the journal of {address} has all {made:,} transitions ({noted:,})", made == noted
            )

    def _look_at_the_journals(self) -> None:
        for journal in self.journals:
            self.checks.equal(f"the class that {journal.pid} has run", journal.machine, NAME)
            for event in journal.failures:
                self.checks.problems.append(f"Worker {journal.pid} has failed at {event}.")
        self.checks.true("the killed worker has left its journal", len(self.killed) == 1)


_SETTINGS = {
    # Every step is read from the log of the machine, and the largest step has to fit in.
    "distributed.admin.low-level-log-length": 1_000_000,
    # A peer that has been killed is called so long; for dask it is 30 s.
    "distributed.comm.timeouts.connect": "5s",
}


# Ctrl-C


@contextlib.contextmanager
def _not_interrupted() -> Iterator[None]:
    """Ctrl-C is kept until the end. Threads and processes that are made here never get it."""
    yield from _masked(signal.SIG_BLOCK)


@contextlib.contextmanager
def _interrupted_again() -> Iterator[None]:
    """Ctrl-C is heard in here, within ``_not_interrupted``."""
    yield from _masked(signal.SIG_UNBLOCK)


def _masked(how: int) -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(how, {signal.SIGINT})  # what has been kept comes here
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
