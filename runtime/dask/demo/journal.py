"""What each worker process writes down of its machine, step by step, and what is read from that.

A killed process can't report any more, so it does so all along: each step writes its event into a file
before the machine handles it, and afterwards the time it took and the transitions that it made. What has
been written stays when the process is killed; only the step in hand is lost, and one sees which it was.

The transitions are taken from the machine's own log; the machine runs as it does without being watched.
The time is that of the processor inside ``handle_stimulus``, without the writing: what other threads and
processes take meanwhile doesn't count.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import FileIO
from itertools import islice
from pathlib import Path
from time import thread_time_ns
from typing import Any, NamedTuple

from distributed import WorkerPlugin

from lawful.generated.worker import Task, Worker

DECLARED = {(s, r) for s, requests in Worker._TRANSITIONS[Task].items() for r in requests}
"""The pairs that the spec declares: (state, request)."""

ROUTES = {(s, r): via for s, table in Worker._ROUTES[Task].items() for r, via in table.items()}
"""The pairs that go through another state, with that state."""

_SUFFIX = ".journal"
_TRANSITION = 7  # fields of a log record of a transition; no other record has so many


class Move(NamedTuple):
    """A transition of some task: from ``start``, asked for as ``request``, to ``end``."""

    start: str
    request: str
    end: str


@dataclass
class Journal:
    """What one worker process has written: counts of events and of transitions.

    ``machine`` is the class of its state; ``nanoseconds`` is what ``handle_stimulus`` took.
    ``in_hand`` is the event of a step that has not come to its end, and ``failures`` names the events
    whose step has raised.
    """

    pid: int
    machine: str = ""
    events: Counter[str] = field(default_factory=Counter)
    moves: Counter[Move] = field(default_factory=Counter)
    nanoseconds: int = 0
    in_hand: str = ""
    failures: list[str] = field(default_factory=list)
    _offset: int = 0

    @property
    def computed(self) -> int:
        """Tasks that have run to a result here."""
        return sum(
            times
            for move, times in self.moves.items()
            if move.end == "memory" and move.start in ("executing", "long-running")
        )

    def resting_in(self, state: str) -> int:
        """Tasks that are in the state now: what has entered it less what has left it."""
        # A route's own record repeats what those of its legs say.
        steps = ((m, n) for m, n in self.moves.items() if (m.start, m.request) in DECLARED)
        return sum(n * ((move.end == state) - (move.start == state)) for move, n in steps)

    def read(self, path: Path) -> None:
        """Take in what has been written since the last time."""
        with path.open("rb") as file:
            file.seek(self._offset)
            *lines, rest = file.read().split(b"\n")
        self._offset += sum(len(line) + 1 for line in lines)
        for line in lines:
            self._take(line.decode())
        self.in_hand = rest.decode()

    def _take(self, line: str) -> None:
        if not self.machine:
            self.machine = line
            return
        event, nanoseconds, *moves = line.split(" ")
        self.events[event] += 1
        if nanoseconds == "failed":
            self.failures.append(event)
            return
        self.nanoseconds += int(nanoseconds)
        self.moves.update(Move(*move.split(">")) for move in moves)


class Journals:
    """The journals of all worker processes that have written into a folder. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[Path, Journal] = {}
        self._lock = threading.Lock()

    def read(self) -> list[Journal]:
        """All of them, up to date; those of later processes later."""
        with self._lock:
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                journal = self._known.setdefault(path, Journal(int(path.stem)))
                journal.read(path)
            return list(self._known.values())


def full_name(kind: type) -> str:
    """With its module."""
    return f"{kind.__module__}.{kind.__qualname__}"


def written(path: Path) -> Journal:
    """What stands in one journal."""
    journal = Journal(int(path.stem))
    journal.read(path)
    return journal


class Keeper(WorkerPlugin):
    """Keeps the journal of a worker, in ``folder``. A worker that the nanny starts again gets its own."""

    name = "journal"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """That of the process which asks."""
        return self._folder / f"{os.getpid()}{_SUFFIX}"

    def setup(self, worker: Any) -> None:
        # Not buffered: what is in a buffer dies with the process.
        self._file = self.path.open("ab", buffering=0)
        keep(worker.state, self._file)

    def teardown(self, worker: Any) -> None:
        del worker.state.handle_stimulus  # the class has its own
        self._file.close()


def keep(state: Any, file: FileIO) -> None:
    """Let a machine that has not begun write every step into the file."""
    if state.transition_counter:
        raise RuntimeError(f"{state} has begun: its journal would not be whole")
    file.write(f"{full_name(type(state))}\n".encode())
    handle = state.handle_stimulus

    def handle_stimulus(*events: Any) -> Any:
        instructions = []
        for event in events:
            file.write(type(event).__name__.encode())
            before = state.transition_counter
            began = thread_time_ns()
            try:
                instructions += handle(event)
            except BaseException:
                file.write(b" failed\n")
                raise
            took = thread_time_ns() - began
            made = state.transition_counter - before
            file.write(f" {took}{''.join(_last(made, state.log))}\n".encode())
        return instructions

    state.handle_stimulus = handle_stimulus


def _last(count: int, log: Any) -> Iterator[str]:
    """The last transitions in the log, so many, as `` start>request>end``; other records are passed over."""
    moves = (record[1:4] for record in reversed(log) if len(record) == _TRANSITION)
    return (f" {'>'.join(move)}" for move in islice(moves, count))


def all_events(journals: Iterable[Journal]) -> Counter[str]:
    """The events of all of them."""
    return sum((journal.events for journal in journals), Counter[str]())


def all_moves(journals: Iterable[Journal]) -> Counter[Move]:
    """The transitions of all of them."""
    return sum((journal.moves for journal in journals), Counter[Move]())
