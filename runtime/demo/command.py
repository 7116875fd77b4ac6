"""The command: downloads a few hundred files from a server with bad habits and shows what happened.

Exit codes: 0 every checksum is right; 1 one is not; 2 the call is at fault; 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from . import summary
from .output import Bar, Output, folder_or_temporary
from .run import STUCK, Plan, Run
from .server import make_file, make_files

FEWEST = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the exit code."""
    options = _options(arguments)
    console = Output()
    try:
        with folder_or_temporary(options.folder) as base:
            return _demo(console, base, options)
    except KeyboardInterrupt:
        return _stopped_at_once(console)
    except OSError as error:
        print(f"The demonstration can't go on: {error}", file=sys.stderr)
        return 2


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lawful.runtime.demo",
        description="Downloads files that it has just made from a local server with bad habits.",
    )
    parser.add_argument("--files", type=int, default=300, help="how many files (default 300)")
    parser.add_argument("--slots", type=int, default=8, help="connections at once (default 8)")
    parser.add_argument("--seed", type=int, default=0, help="makes other files (default 0)")
    parser.add_argument(
        "--folder", type=Path, help="keep the files here (default: a folder that is removed)"
    )
    options = parser.parse_args(arguments)
    if options.files < FEWEST:
        parser.error(f"--files must be at least {FEWEST}: with fewer there is too little to see")
    if not 1 <= options.slots < options.files:
        parser.error("--slots must be at least 1 and less than the number of files")
    return options


def _demo(console: Console, base: Path, options: argparse.Namespace) -> int:
    began = time.perf_counter()
    source, target = base / "server", base / "downloads"
    if target.exists() and any(target.iterdir()):
        print(f"{target} is not empty. Name another --folder, or empty it.", file=sys.stderr)
        return 2
    target.mkdir(parents=True, exist_ok=True)
    served = make_files(source, options.files, seed=options.seed)
    served.insert(0, make_file(source, STUCK, "stuck", options.seed))
    size = sum(file.size for file in served)
    console.print(f"Made {len(served)} files, {size / 1e6:.1f} MB. The downloads go to {target}.")
    bar = Bar(console, "files", len(served), size)
    run = Run(Plan(target, served, slots=options.slots, seed=options.seed, pace=0.1), bar)
    with bar.shown():
        finished = asyncio.run(_interruptible(run))
    if not finished:
        return _stopped_at_once(console)
    return _result(console, run, time.perf_counter() - began)


async def _interruptible(run: Run) -> bool:
    """Run, and let the first Ctrl-C cancel the downloads in good order and the second one leave.

    False if it was left.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(run.go())

    def stop() -> None:
        if run.interrupted:
            task.cancel()
        else:
            run.display.note("Ctrl-C: every download is cancelled. Once more leaves at once.")
            run.stop()

    with contextlib.suppress(NotImplementedError):  # Windows raises KeyboardInterrupt instead
        loop.add_signal_handler(signal.SIGINT, stop)
    await asyncio.wait([task])
    if task.cancelled():
        return False
    task.result()
    return True


def _stopped_at_once(console: Console) -> int:
    console.print("Stopped at once. No file has a final name without being whole.")
    return 130


def _result(console: Console, run: Run, seconds: float) -> int:
    """Show what came of it."""
    problems = run.problems()
    done = sum(reports[-1].ended == "done" for reports in run.reports.values())
    if run.interrupted:
        console.print(
            f"Interrupted. {done} files are whole and have their names; nothing half-written is left."
            if not problems
            else "Interrupted."
        )
    else:
        console.print(summary.transitions(run))
        for table in summary.retold(run):
            console.print(table)
        for table in summary.coverage():
            console.print(table)
        for line in dict.fromkeys(summary.failures(run)):
            console.print(line)
        console.print(summary.ends(run))
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    if run.interrupted:
        return 130
    console.print(
        f"All {done} checksums are right, compared by BLAKE2b. "
        f"{seconds:.1f} s in all, {run.seconds:.1f} s of it downloading."
    )
    return 0
