"""The same events give the same instructions and log records in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(seed: int) -> str:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": os.pathsep.join([str(ROOT / ".dev"), str(ROOT)]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.runtime.determinism"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_eight_hash_seeds_in_separate_processes_give_equal_instructions_and_logs() -> None:
    first, *others = [run(seed) for seed in range(8)]
    assert len(first.splitlines()) > 400
    for other in others:
        assert other == first
