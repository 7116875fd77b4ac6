"""Tests that the explorer has written of stories of the worker, run for each machine."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

MACHINES = ("generated", "interpreted", "Upstream")


def failures(test: Path) -> dict[str, Exception]:
    """What a written test raises: machine -> exception, of those for which it fails."""
    functions = [f for name, f in runpy.run_path(str(test)).items() if name.startswith("test_")]
    (function,) = functions
    _, machines = function.pytestmark[0].args
    named: dict[str, Any] = {getattr(machine, "__name__", machine): machine for machine in machines}
    assert tuple(named) == MACHINES
    found: dict[str, Exception] = {}
    for name, machine in named.items():
        try:
            function(machine)
        except Exception as error:
            found[name] = error
    return found
