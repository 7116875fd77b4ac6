"""The tutorial's tests are enough: they take every case and every cell of its machine."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tutorials_tests_cover_its_machine_whole() -> None:
    installed = importlib.metadata.entry_points(group="pytest11", name="lawful")
    plugin = [] if installed else ["-p", "lawful.codegen.pytest_plugin"]
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *plugin, "-q", "-p", "no:cacheprovider"),
            *("tests/tutorial/test_tutorial.py", "--lawful-cov=spec/tutorial.yaml"),
            "--lawful-cov-fail-under=100",
        ],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / ".dev")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "covered, 100 %" in result.stdout
