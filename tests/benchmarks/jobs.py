"""The jobs machine, generated from ``jobs.yaml`` when this module is imported, and its messages."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from lawful.codegen.checking import check
from lawful.codegen.generate import render

SPEC = Path(__file__).resolve().with_name("jobs.yaml")


def _generated() -> Any:
    checked, diagnostics = check(SPEC)
    assert checked is not None, list(diagnostics)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in render(checked, SPEC.name).items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.path.insert(0, folder)
        try:
            importlib.import_module("jobs.shapes")  # for recorders, while it is there
            return importlib.import_module("jobs")
        finally:
            sys.path.remove(folder)


_jobs = _generated()
Jobs: Any = _jobs.Jobs
Start: Any = _jobs.Start
Ended: Any = _jobs.Ended
Run: Any = _jobs.Run
