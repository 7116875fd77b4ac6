"""``python -m tests.benchmarks.recording``: what it costs to record, in events a second.

Each round measures with and without a recorder, one after the other, every second round in the other
order; a figure is the median of the rounds' ratios. Drivers are what the bound of 15 % is for: the
dispatcher with the smallest machine there is, and the workers of a real cluster, whose events are counted
against all the processor time of their processes. The machines alone, in a loop that does nothing with
what they answer, show what a record costs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lawful.runtime import Dispatcher
from lawful.runtime.recording import Recorder

from .jobs import Ended, Jobs, Start
from .machines import batch

Measure = Callable[[Path | None], float]
"""Nanoseconds an event; recorded into a folder, or not."""


@dataclass(frozen=True)
class Cost:
    """Medians: nanoseconds an event without and with, and the share of events a second that is lost."""

    plain: float
    recorded: float
    lost: float


def cost(name: str, rounds: int) -> Cost:
    """Interleaved rounds; a third of them where a cluster has to be started. Each measurement has a process of its own, as one records or it doesn't: what
    the interpreter has learned of a class would else be of no use for the other."""
    found: dict[bool, list[float]] = {False: [], True: []}
    command = [sys.executable, "-m", __spec__.name, "--measure", name]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(-(-rounds // 3) if name in SLOW else rounds):
            for on in (False, True) if number % 2 else (True, False):
                into = ["--into", folder] if on else []
                ran = subprocess.run([*command, *into], capture_output=True, text=True, check=True)
                found[on].append(float(ran.stdout.split()[-1]))
    lost = statistics.median(1 - a / b for a, b in zip(found[False], found[True], strict=True))
    return Cost(statistics.median(found[False]), statistics.median(found[True]), lost)


def _recorder(machine: Any, folder: Path | None, **options: Any) -> Any:
    return nullcontext() if folder is None else Recorder(machine, folder / "run", **options)


def machine_alone(folder: Path | None, cycles: int = 5_000) -> float:
    """The three-state machine of the other benchmarks."""
    machine = Jobs()
    with _recorder(machine, folder):
        batch(machine, cycles)  # warm up
        begin = time.thread_time_ns()
        batch(machine, cycles)
        return (time.thread_time_ns() - begin) / (4 * cycles)


class _Handlers:
    async def run(self, instruction: Any) -> list[Any]:
        return [Ended(number=instruction.number, ok=True)]


def dispatcher(folder: Path | None, jobs: int = 1_000) -> float:
    """The same machine in a dispatcher, ten coroutines at a time."""

    async def run() -> float:
        machine = Jobs()
        with _recorder(machine, folder):
            async with Dispatcher(machine, _Handlers()) as driver:

                async def rounds(number: int) -> float:
                    begin = time.thread_time_ns()
                    for _ in range(number):
                        for job in range(10):
                            driver.post(Start(number=job))
                        await driver.drain()
                    return (time.thread_time_ns() - begin) / (20 * number)

                await rounds(jobs // 4)  # warm up
                return await rounds(jobs)

    return asyncio.run(run())


def worker_alone(folder: Path | None) -> float:
    """dask's worker on the generated machine: the life of tasks, from a recorded workload."""
    from dask.utils import key_split

    from .worker.recording import MACHINES, OURS, record
    from .worker.workloads import WORKLOADS

    recording = record(WORKLOADS["life"])
    events = recording.events()
    machine = MACHINES[OURS](recording.workload.nthreads)
    key_split.cache_clear()
    with _recorder(machine, folder, method="handle_stimulus"):
        half = len(events) // 2
        for event in events[:half]:  # warm up
            machine.handle_stimulus(event)
        begin = time.thread_time_ns()
        for event in events[half:]:
            machine.handle_stimulus(event)
        return (time.thread_time_ns() - begin) / (len(events) - half)


def cluster(folder: Path | None, tasks: int = 2_000) -> float:
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
        client.gather(client.map(_increased, range(100), pure=False))
        before = client.run(_spent)
        client.gather(client.map(_increased, range(tasks), pure=False))
        after = client.run(_spent)
    spent: int = sum(after[worker] - before[worker] for worker in after)
    return spent / (3 * tasks)  # compute, success, free


def _increased(number: int) -> int:
    return number + 1


def _spent() -> int:
    return time.process_time_ns()


DRIVERS: dict[str, Measure] = {
    "dispatcher, three states": dispatcher,
    "workers of a cluster": cluster,
}
SLOW = ("workers of a cluster",)
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
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--only", action="append", choices=[*DRIVERS, *ALONE])
    parser.add_argument("--measure", choices=[*DRIVERS, *ALONE], help="once, in this process")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="record there")
    options = parser.parse_args(arguments)
    every = DRIVERS | ALONE
    if options.measure:
        print(every[options.measure](options.into))
    else:
        print(report({name: cost(name, options.rounds) for name in options.only or every}))


if __name__ == "__main__":
    main()
