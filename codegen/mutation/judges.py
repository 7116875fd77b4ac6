"""The judges of a mutant: the static checks, the machine's generated tests, the explorer.

Each says what it noticed, or nothing. Whoever notices first has caught the mutant. The cheapest are asked first: checks,
tests, then the environments that are walked in a moment. A mutant that nobody notices is equivalent if every environment
was walked whole and is the same with it, state by state and edge by edge; it has survived if one is different; else,
where not everything was seen, its verdict is undetermined.
"""

from __future__ import annotations

import importlib.util
import inspect
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from ..checked import CheckedSpec
from ..checking import check_spec
from ..diagnostics import Diagnostics
from ..explorer.building import Package, build, forget
from ..explorer.search import Limits
from ..spec import MachineSpec
from .evidence import Evidence
from .graphs import Comparison, Graph, refuted
from .mutants import Mutant
from .verdicts import Verdict

_CHECKS = ("invariants", "at_quiescence")  # sections that change nothing about what happens
_WORLDS = "environments"  # the section that changes nothing about the machine


class Court:
    """The judges of one spec. ``checked`` is the spec as it is, ``environments`` those that are walked, ``tests`` the
    folder of the generated tests, if there are any; ``quick`` are the limits within which an environment is a small one."""

    def __init__(
        self,
        spec: MachineSpec,
        checked: CheckedSpec,
        environments: Sequence[str],
        quick: Limits,
        tests: Path | None,
    ) -> None:
        self.spec, self.checked = spec, checked
        self._environments, self._quick = environments, quick
        self.tests = None if tests is None else GeneratedTests(tests)

    @cached_property
    def small(self) -> dict[str, Graph]:
        """The environments that were walked whole within the quick limits, the one with the fewest states first."""
        found = {name: Graph(self.checked, name, self._quick) for name in self._environments}
        names = sorted(found, key=lambda name: len(found[name]))
        return {name: found[name] for name in names if found[name].whole}

    def judge(self, mutant: Mutant) -> Evidence:
        """What the static checks, the tests and the small environments say."""
        evidence = Evidence()
        diagnostics = Diagnostics()
        checked = check_spec(mutant.of(self.spec), diagnostics, allow_bind=True)
        if checked is None:
            first = next(d for d in diagnostics if d.severity == "error")
            return evidence.judged(Verdict.check, f"{first.code} {first.message}")
        if self.tests is not None and mutant.path[0] != _WORLDS:
            failed = self.tests.first_failure(checked)
            if failed is not None:
                return evidence.judged(Verdict.tests, failed)
        if mutant.path[0] in _CHECKS:
            return evidence.judged(Verdict.equivalent, "what is only checked changes no state")
        for name, graph in self.small.items():
            evidence.compared[name] = (
                graph.compare(checked) if self.touches(mutant, checked, name) else Comparison.same
            )
            if name in evidence.suspects and self.explore(checked, name, self._quick, evidence):
                break
        self.tidy()
        return evidence

    def tidy(self) -> None:
        """Let go of the mutants' packages."""
        forget(keep={graph.package for graph in vars(self).get("small", {}).values()})

    def touches(self, mutant: Mutant, checked: CheckedSpec, environment: str) -> bool:
        """Whether anything that is walked in an environment is another spec's now: a change of one environment leaves the
        machine as it is, and those that aren't like it."""
        old, new = self.checked.environments[environment], checked.environments[environment]
        return mutant.path[0] != _WORLDS or old != new

    def explore(
        self, checked: CheckedSpec, environment: str, limits: Limits, evidence: Evidence
    ) -> bool:
        """Walk through an environment of a mutant, as far as the limits go. Whether something fails."""
        failing, whole = refuted(checked, environment, limits)
        if failing:
            evidence.judged(Verdict.explorer, f"{environment}: {failing[0]}")
        evidence.explored[environment] = whole
        return bool(failing)


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
