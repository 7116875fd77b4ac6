"""The judges of a mutant: the static checks, the machine's generated tests, the explorer.

Each says what it noticed, or nothing. Whoever notices first has caught the mutant. A mutant that nobody notices is
equivalent if every environment was walked whole and is the same with it, state by state and edge by edge; it has survived
if one is different; else, where not everything was seen, its verdict is undetermined.
"""

from __future__ import annotations

import enum
import importlib.util
import inspect
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from ..checked import CheckedSpec
from ..checking import check_spec
from ..diagnostics import Diagnostics
from ..explorer.building import Package, build
from ..explorer.search import Limits
from ..spec import MachineSpec
from .graphs import refuted
from .mutants import Mutant

_CHECKS = ("invariants", "at_quiescence")  # sections that change nothing about what happens


class Verdict(enum.StrEnum):
    """What became of a mutant: who caught it, or that nobody did."""

    check = "check"
    tests = "tests"
    explorer = "explorer"
    equivalent = "equivalent"
    survived = "survived"
    undetermined = "undetermined"


@dataclass(frozen=True)
class Judgement:
    """The verdict on a mutant, and in a few words what was noticed."""

    mutant: Mutant
    verdict: Verdict
    noticed: str


class Court:
    """The judges of one spec that need no walk through an environment but a mutant's own. ``tests`` is the folder of
    the generated tests, if there are any; ``limits`` bound the walks."""

    def __init__(self, spec: MachineSpec, limits: Limits, tests: Path | None) -> None:
        self.spec = spec
        self._limits = limits
        self.tests = None if tests is None else GeneratedTests(tests)

    def judge(self, mutant: Mutant) -> Judgement | None:
        """What the static checks and the tests notice. None if the explorer has to say."""
        diagnostics = Diagnostics()
        checked = check_spec(mutant.of(self.spec), diagnostics, allow_bind=True)
        if checked is None:
            first = next(d for d in diagnostics if d.severity == "error")
            return Judgement(mutant, Verdict.check, f"{first.code} {first.message}")
        if self.tests is not None:
            failed = self.tests.first_failure(checked)
            if failed is not None:
                return Judgement(mutant, Verdict.tests, failed)
        if mutant.path[0] in _CHECKS:
            return Judgement(mutant, Verdict.equivalent, "what is only checked changes no state")
        return None

    def explore(self, mutant: Mutant, environments: Sequence[str]) -> str | None:
        """What fails first with the mutant in one of these environments, as far as the limits go."""
        checked = checked_with(self.spec, mutant)
        for name in environments:
            found = sorted(refuted(checked, name, self._limits))
            if found:
                return f"{name}: {found[0]}"
        return None


def checked_with(spec: MachineSpec, mutant: Mutant) -> CheckedSpec:
    """The machine with a mutant that the static checks have nothing against."""
    checked = check_spec(mutant.of(spec), Diagnostics(), allow_bind=True)
    assert checked is not None
    return checked


class GeneratedTests:
    """The generated tests of a machine, to be run on other machines of the same shape."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._common = _imported(folder / "conftest.py")

    @cached_property
    def tests(self) -> Mapping[str, Callable[..., Any]]:
        """Every test that asks for nothing but the suite, by its name."""
        found: dict[str, Callable[..., Any]] = {}
        files = self._folder.glob("test_*.py")  # random tests take the longest
        for path in sorted(files, key=lambda path: (path.stem.endswith("_random"), path.name)):
            for name, test in vars(_imported(path)).items():
                if name.startswith("test_") and [*inspect.signature(test).parameters] == ["suite"]:
                    found[f"{path.name}::{name}"] = test
        return found

    def first_failure(self, spec: CheckedSpec) -> str | None:
        """The name of the first test that fails on this machine, and how; None if none does."""
        common = self._common
        package = _flat(build(spec, "spec.yaml"))
        suite = common.Suite.read(
            self._folder, package, common.SHAPE, common.STAGES, common.SITUATIONS
        )
        with redirect_stdout(io.StringIO()):  # random tests print how they failed
            for name, test in self.tests.items():
                try:
                    test(suite)
                except Exception as error:
                    return f"{name}: {type(error).__name__}"
        return None


def _imported(path: Path) -> ModuleType:
    name = f"lawful_mutation_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _flat(package: Package) -> ModuleType:
    """All names of a package in one module, as its ``__init__`` offers them."""
    module = ModuleType("mutant")
    for part in package.modules.values():
        vars(module).update({k: v for k, v in vars(part).items() if not k.startswith("__")})
    return module
