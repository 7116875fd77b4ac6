"""``python -m tests.benchmarks.recording``: what it costs to record, in events a second.

Two processes, one that records and one that doesn't, take turns in batches of some milliseconds; a figure
is the median of what each two neighbours lose. So a busy moment of the computer hits both, and what the
interpreter has learned of a class is not shared. Drivers are what the bound of 15 % is for: the dispatcher
with the smallest machine there is, and the workers of a real cluster, whose events are counted against all
the processor time of their processes. The machines alone, in a loop that does nothing with what they
answer, show what a record costs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawful.runtime import Dispatcher
from lawful.runtime.recording import Recorder

from .jobs import Ended, Jobs, Start
from .machines import batch

Batches = Generator[float, None, None]
"""Nanoseconds an event, for each batch of events."""
Measure = Callable[[Path | None], Batches]
"""Makes them for a run that is recorded into a folder, or not."""

WARM_UP = 20  # batches


@dataclass(frozen=True)
class Cost:
    """Medians: nanoseconds an event without and with, and the share of events a second that is lost."""

    plain: float
    recorded: float
    lost: float


def cost(name: str, rounds: int) -> Cost:
    """Measure so many batches of each kind, one after the other, every second time in the other order."""
    command = [sys.executable, "-m", __spec__.name, "--measure", name]
    found: dict[bool, list[float]] = {False: [], True: []}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        runs = {
            on: stack.enter_context(
                subprocess.Popen(
                    [*command, *(["--into", folder] if on else [])],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for on in found
        }
        for number in range(-WARM_UP if name not in SLOW else -1, rounds):
            for on in sorted(runs, reverse=number % 2 == 1):
                taken = _asked(runs[on])
                if number >= 0:
                    found[on].append(taken)
    lost = statistics.median(1 - a / b for a, b in zip(found[False], found[True], strict=True))
    return Cost(statistics.median(found[False]), statistics.median(found[True]), lost)


def _asked(run: subprocess.Popen[str]) -> float:
    """What the next batch of a process has taken."""
    assert run.stdin is not None
    assert run.stdout is not None
    print(file=run.stdin, flush=True)
    return float(run.stdout.readline())


def answer(measure: Batches) -> None:
    """In such a process: a batch for each line that comes, until no more does."""
    with closing(measure):
        for _ in sys.stdin:
            print(next(measure), flush=True)


def _recorder(machine: Any, folder: Path | None, **options: Any) -> Any:
    return nullcontext() if folder is None else Recorder(machine, folder / "run", **options)


def machine_alone(folder: Path | None, cycles: int = 250) -> Batches:
    """The three-state machine of the other benchmarks."""
    machine = Jobs()
    with _recorder(machine, folder):
        while True:
            begin = time.thread_time_ns()
            batch(machine, cycles)
            yield (time.thread_time_ns() - begin) / (4 * cycles)


class _Handlers:
    async def run(self, instruction: Any) -> list[Any]:
        return [Ended(number=instruction.number, ok=True)]


def dispatcher(folder: Path | None, number: int = 25) -> Batches:
    """The same machine in a dispatcher, ten coroutines at a time."""
    machine = Jobs()
    driver: Dispatcher[Any, Any] = Dispatcher(machine, _Handlers())

    async def jobs() -> float:
        begin = time.thread_time_ns()
        for _ in range(number):
            for job in range(10):
                driver.post(Start(number=job))
            await driver.drain()
        return (time.thread_time_ns() - begin) / (20 * number)

    with _recorder(machine, folder), asyncio.Runner() as runner:
        runner.run(driver.__aenter__())
        while True:
            yield runner.run(jobs())


def worker_alone(folder: Path | None, size: int = 500) -> Batches:
    """dask's worker on the generated machine: the life of tasks, from a recorded workload."""
    from .worker.recording import MACHINES, OURS, record
    from .worker.workloads import WORKLOADS

    recording = record(WORKLOADS["life"])
    while True:
        machine = MACHINES[OURS](recording.workload.nthreads)
        with _recorder(machine, folder, method="handle_stimulus"):
            every = recording.events()
            for start in range(0, len(every) - size + 1, size):
                events = every[start : start + size]
                begin = time.thread_time_ns()
                for event in events:
                    machine.handle_stimulus(event)
                yield (time.thread_time_ns() - begin) / size


def cluster(folder: Path | None, tasks: int = 500) -> Batches:
    """A real cluster of two processes: all their processor time, by the events that they took."""
    import dask.config
    import distributed

    from lawful.runtime.dask import WorkerState

    untyped: Any = distributed
    config: Any = dask.config  # it has no types
    setting = None if folder is None else str(folder / "cluster")
    with (
        config.set({"lawful.record": setting}),
        untyped.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            WorkerStateClass=WorkerState,
        ) as local,
        untyped.Client(local) as client,
    ):
        while True:
            before = client.run(_spent)
            client.gather(client.map(_increased, range(tasks), pure=False))
            after = client.run(_spent)
            spent: int = sum(after[worker] - before[worker] for worker in after)
            yield spent / (3 * tasks)  # compute, success, free


def _increased(number: int) -> int:
    return number + 1


def _spent() -> int:
    return time.process_time_ns()


DRIVERS: dict[str, Measure] = {
    "dispatcher, three states": dispatcher,
    "workers of a cluster": cluster,
}
SLOW = ("workers of a cluster",)
"""A batch takes a second, and is an average of many: a tenth of the rounds will do."""
ALONE: dict[str, Measure] = {
    "three states, alone": machine_alone,
    "worker, alone": worker_alone,
}


def report(costs: dict[str, Cost]) -> str:
    """A table."""
    lines = [f"{'':<28}{'ns/event':>10}{'recorded':>10}{'events lost':>13}"]
    lines += [
        f"{name:<28}{cost.plain:>10,.0f}{cost.recorded:>10,.0f}{cost.lost:>12.1%}"
        for name, cost in costs.items()
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, metavar="N")
    parser.add_argument("--only", action="append", choices=[*DRIVERS, *ALONE])
    parser.add_argument("--measure", choices=[*DRIVERS, *ALONE], help="in this process")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="record there")
    options = parser.parse_args(arguments)
    every = DRIVERS | ALONE
    if options.measure:
        answer(every[options.measure](options.into))
    else:
        names = options.only or every
        rounds = {name: -(-options.rounds // (10 if name in SLOW else 1)) for name in names}
        print(report({name: cost(name, rounds[name]) for name in names}))


if __name__ == "__main__":
    main()
