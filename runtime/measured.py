"""Coverage in processes that a test run starts, such as the workers of a cluster.

Whoever measures sets ``LAWFUL_COVERAGE``; a process that finds it there uses the instrumented twin of
each machine that is named, and its marks are a file, mapped into memory: they are there at once, whatever
ends the process. Without the variable nothing of this is imported.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

VARIABLE = "LAWFUL_COVERAGE"


def announce(folder: Path, machines: Mapping[str, str]) -> str:
    """The value of the variable: ``machines`` are classes of machines by their generated packages."""
    return json.dumps({"folder": str(folder), "machines": dict(machines)})


def begin() -> None:
    """Measure in this process what the variable names, from its import on."""
    try:
        told: Any = json.loads(os.environ[VARIABLE])
        finder = _Finder(Path(told["folder"]), dict(told["machines"]))
    except (KeyError, TypeError, ValueError):
        return  # whoever set it isn't us
    sys.meta_path.insert(0, finder)


def end() -> None:
    """Leave measuring in this process to somebody else; machines are again what they were."""
    for finder in [f for f in sys.meta_path if isinstance(f, _Finder)]:
        sys.meta_path.remove(finder)
        finder.restore()


def collect(folder: Path, package: str, spec_hash: str) -> Iterator[bytes]:
    """The marks of each process that ran the machine of a package, of this version of its spec."""
    for file in sorted(folder.glob(f"{package}-{spec_hash}-*")):
        yield file.read_bytes()


class _Finder:
    """Finds the module of a machine where Python finds it, and lets its twin take its place."""

    def __init__(self, folder: Path, machines: dict[str, str]) -> None:
        self.folder = folder
        self.machines = machines
        self._replaced: list[tuple[str, str, Any]] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, part = name.rpartition(".")
        if part != "machine" or package not in self.machines:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.loader is None:
            return None
        run = found.loader.exec_module

        def run_and_replace(module: ModuleType) -> None:
            run(module)
            self._replace(package, module)

        found.loader.exec_module = run_and_replace  # type: ignore[method-assign]  # of this one only
        return found

    def _replace(self, package: str, module: ModuleType) -> None:
        twin = import_module(f"{package}.instrumented")
        name = self.machines[package]
        original = getattr(module, name)
        file = self.folder / f"{package}-{original.SPEC_HASH}-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            with file.open("xb+") as marks:
                marks.truncate(len(twin.ITEMS))
                twin.HITS = mmap.mmap(marks.fileno(), len(twin.ITEMS))  # type: ignore[attr-defined]
        except (OSError, ValueError):
            return  # the run is over and its folder gone, or there is nothing to mark
        setattr(module, name, getattr(twin, name))
        self._replaced.append((package, name, original))

    def restore(self) -> None:
        for package, name, original in self._replaced:
            for module in (sys.modules[package], sys.modules[f"{package}.machine"]):
                setattr(module, name, original)
            twin: Any = sys.modules[f"{package}.instrumented"]
            twin.HITS = bytearray(len(twin.ITEMS))
