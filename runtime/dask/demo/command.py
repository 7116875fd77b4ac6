"""The command: a real computation on a cluster of processes, with what became of it.

Exit codes: 0 every result is right; 1 one is not, or does not come; 2 the call is at fault; 130
interrupted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lawful.runtime.demo.output import Bar, Output, folder_or_temporary

from . import summary
from .data import write_orders
from .run import Plan, Run
from .scenes import planned

FEWEST = 200
QUICK = 400
_TASKS_A_FILE = 7  # about: each file is read three times, and what comes of it is merged


class Tasks:
    """Shows a run as a bar of tasks. Some are computed twice: no more than the ``total`` is shown."""

    def __init__(self, console: Console, total: int) -> None:
        self._total = total
        self.bar = Bar(console, "tasks", total)

    def note(self, text: str) -> None:
        self.bar.note(text)

    def advance(self, done: int) -> None:
        self.bar.advance(min(done, self._total))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the exit code."""
    options = _options(arguments)
    console = Output()
    try:
        with folder_or_temporary(options.folder) as base:
            return _demo(console, base, options)
    except KeyboardInterrupt:
        console.print("Interrupted. The cluster is closed, its processes are gone.")
        return 130
    except OSError as error:
        print(f"The demonstration can't go on: {error}", file=sys.stderr)
        return 2


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lawful.runtime.dask.demo",
        description="Computes something on a dask cluster whose workers run the generated machine.",
    )
    parser.add_argument(
        "--tasks", type=int, default=4000, help="how many tasks, about (default 4000)"
    )
    parser.add_argument("--quick", action="store_true", help=f"the same as --tasks {QUICK}")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="makes other data (default 0)")
    parser.add_argument(
        "--folder", type=Path, help="keep the data here (default: a folder that is removed)"
    )
    options = parser.parse_args(arguments)
    if options.quick:
        options.tasks = QUICK
    if options.tasks < FEWEST:
        parser.error(f"--tasks must be at least {FEWEST}: with fewer there is too little to see")
    if options.workers < 2:
        parser.error("--workers must be at least 2: nothing moves in a cluster of one")
    return options


def _demo(console: Console, base: Path, options: argparse.Namespace) -> int:
    began = time.perf_counter()
    if base.exists() and any(base.iterdir()):
        print(f"{base} is not empty. Name another --folder, or empty it.", file=sys.stderr)
        return 2
    orders = write_orders(base / "orders", options.tasks // _TASKS_A_FILE, options.seed)
    total = planned(orders.files)
    console.print(summary.figures())
    console.print(
        f"Wrote {len(orders.files)} files of orders to {base}. "
        f"What is computed of them takes {total:,} tasks.",
        soft_wrap=True,
    )
    tasks = Tasks(console, total)
    run = Run(Plan(base, orders, workers=options.workers), tasks)
    with tasks.bar.shown():
        run.go()
    return _result(console, run, time.perf_counter() - began)


def _result(console: Console, run: Run, seconds: float) -> int:
    """Show what came of it."""
    if run.journals:
        _show(console, run)
    for problem in run.checks.problems:
        print(problem, file=sys.stderr)
    if run.checks.problems:
        return 1
    console.print(
        f"All {run.checks.count:,} checks are passed, every result is what plain Python says. "
        f"{seconds:.1f} s in all."
    )
    return 0


def _show(console: Console, run: Run) -> None:
    for part in (
        *summary.transitions(run),
        summary.events(run),
        *summary.processes(run),
        *summary.speed(run),
    ):
        console.print(part)
