"""States a second on two-phase commit, beside minicheck: ``python -m tests.benchmarks.explorer [SIZE]``.

Both run alternately in this process and are measured by processor time, so that a busy computer slows
down both. Exit code 1 if the explorer has less than 0.3 of minicheck's speed, or wrong numbers.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path

import minicheck  # type: ignore[import-untyped]  # it has no types

from tests.oracles.models import TWO_PHASE, Model, Numbers, managers, search

from .minicheck_model import model

WANTED = 0.3
ROUNDS = 3


def ours(size: int) -> tuple[int, float]:
    """States, and seconds of processor time."""
    whole = Model("two_phase_commit.yaml", TWO_PHASE, Numbers(0), managers(size))
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()
        begin = time.process_time()
        found = search(whole, Path(folder))
        return len(found.states), time.process_time() - begin


def theirs(size: int) -> tuple[int, float]:
    """States, and seconds of processor time."""
    whole = model(size)
    gc.collect()
    begin = time.process_time()
    found = minicheck.check_safety(whole, max_states=10_000_000)
    return int(found["reachable_states"]), time.process_time() - begin


def main(size: int) -> int:
    expected = 4**size + 6**size + 2**size
    runs = [(ours(size), theirs(size)) for _ in range(ROUNDS)]
    right = all(states == expected for run in runs for states, _ in run)
    mine = expected / min(seconds for (_, seconds), _ in runs)
    other = expected / min(seconds for _, (_, seconds) in runs)
    print(f"Two-phase commit with {size} participants, {expected:,} states, best of {ROUNDS}:")
    print(f"  lawful explore {mine:>9,.0f} states/s (checking the spec and generating included)")
    print(f"  minicheck      {other:>9,.0f} states/s")
    print(f"  ratio          {mine / other:>9.2f} (at least {WANTED} is wanted)")
    if not right:
        print(f"  wrong numbers: {runs}")
    return int(not right or mine / other < WANTED)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
