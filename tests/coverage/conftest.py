"""Running pytest on a project of its own, the plugin in it as an installed lawful would bring it."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec" / "tutorial.yaml"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(*arguments)``: pytest in a process of its own, in the folder of the ``pytester``."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / ".dev"), str(ROOT)]))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    installed = importlib.metadata.entry_points(group="pytest11", name="lawful")
    plugin = () if installed else ("-p", "lawful.codegen.pytest_plugin")

    def run_pytest(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*plugin, "-q", "-W", "error", *arguments)

    return run_pytest
