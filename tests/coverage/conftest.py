"""Running pytest on a project of its own, the plugin in it as an installed lawful would bring it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import pytest

# A pytester forgets the modules that a run in this process has imported; PyYAML's C part can't be
# imported twice, so it has to be here already, with all that holds on to its types.
import lawful.codegen.measuring
import lawful.codegen.reading
import lawful.runtime  # noqa: F401  # for its side effect, as above

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec" / "tutorial.yaml"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(*arguments)``: pytest in the folder of the ``pytester``, with the plugin. In this process,
    which is quick, or with ``apart=True`` in one of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / ".dev"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    installed = importlib.metadata.entry_points(group="pytest11", name="lawful")
    plugin = () if installed else ("-p", "lawful.codegen.pytest_plugin")

    def run_pytest(*arguments: str, apart: bool = False) -> pytest.RunResult:
        run_it = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return run_it(*plugin, "-q", "-W", "error", *arguments)

    return run_pytest
