"""How long whole processes take: check and generate of the tutorial, and a run with nothing to do.

``python -m tests.benchmarks.processes [rounds]``. Prints best and median in seconds, wall clock and
processor time of the process and its children.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPEC = Path(__file__).resolve().parents[2] / "spec" / "tutorial.yaml"

TARGETS = {"check and generate": 0.7, "nothing to do": 0.5, "check alone": None, "--help": None}


def _run(*arguments: str) -> tuple[float, float]:
    """Wall clock and processor seconds of one process."""
    before, begin = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "lawful.codegen", *arguments]
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - begin, os.times()
    spent = after.children_user + after.children_system
    return wall, spent - before.children_user - before.children_system


def measure(rounds: int) -> dict[str, list[tuple[float, float]]]:
    """The times of each kind of run, the kinds taking turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder, "generated"))
        for _ in range(rounds):
            shutil.rmtree(out, ignore_errors=True)
            generate = ("generate", str(SPEC), "--out", out)
            found["check and generate"].append(_run(*generate))
            found["nothing to do"].append(_run(*generate))
            found["check alone"].append(_run("check", str(SPEC)))
            found["--help"].append(_run("--help"))
    return found


def main(rounds: int = 10) -> None:
    """Print the table."""
    print(f"{'process':20} {'best':>6} {'median':>7} {'cpu':>6}  target")
    for name, times in measure(rounds).items():
        walls, spent = [w for w, _ in times], min(s for _, s in times)
        target = TARGETS[name]
        told = (
            ""
            if target is None
            else f"{target:.1f} s: {'met' if min(walls) < target else 'missed'}"
        )
        print(f"{name:20} {min(walls):6.2f} {statistics.median(walls):7.2f} {spent:6.2f}  {told}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
