"""The Downloader's own tests reach all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_and_the_stories_take_every_case_of_every_cell_and_transition() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            "tests/downloader/test_every_cell.py",
            "tests/downloader/test_machine.py",
            "--lawful-cov=spec/downloader",
            "--lawful-cov-fail-under=100",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "100 %" in done.stdout
