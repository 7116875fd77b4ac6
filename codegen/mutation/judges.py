"""The three judges of a mutant: the static checks, the machine's generated tests, the explorer.

Each says what it noticed, or nothing. Whoever notices first has caught the mutant. A mutant that nobody notices is
equivalent if every environment that could be walked whole looks the same with it, state by state and edge by
edge; else it has survived.
"""

from __future__ import annotations

import enum
import hashlib
import importlib.util
import inspect
import io
import sys
from collections.abc import Callable, Mapping
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
from ..explorer.search import Limits, Search
from ..explorer.verdicts import judge
from ..explorer.world import World
from ..spec import MachineSpec
from .mutants import Mutant

_CHECKS = ("invariants", "at_quiescence")  # sections that change nothing about what happens


class Verdict(enum.StrEnum):
    """What became of a mutant: who caught it, or that nobody did."""

    check = "check"
    tests = "tests"
    explorer = "explorer"
    equivalent = "equivalent"
    survived = "survived"


@dataclass(frozen=True)
class Judgement:
    """The verdict on a mutant, and in a few words what was noticed."""

    mutant: Mutant
    verdict: Verdict
    noticed: str


@dataclass(frozen=True)
class Graph:
    """An environment as it was walked: what is refuted there, and a digest of all states and edges; None if it
    wasn't walked whole."""

    refuted: frozenset[str]
    digest: str | None


class Court:
    """Judges the mutants of one spec. ``checked`` is the unchanged machine, ``graphs`` its environments as
    they were walked, ``limits`` bound the walks through the mutants'. ``tests`` is the folder of the generated tests,
    if there are any.
    """

    def __init__(
        self,
        spec: MachineSpec,
        checked: CheckedSpec,
        graphs: Mapping[str, Graph],
        limits: Limits,
        tests: Path | None,
    ) -> None:
        self.spec = spec
        self.checked = checked
        self._graphs = graphs
        self._limits = limits
        self.tests = None if tests is None else GeneratedTests(tests)

    def judge(self, mutant: Mutant) -> Judgement:
        """Who notices the mutant first."""
        diagnostics = Diagnostics()
        spec = mutant.of(self.spec)
        checked = check_spec(spec, diagnostics, allow_bind=True)
        if checked is None:
            first = next(d for d in diagnostics if d.severity == "error")
            return Judgement(mutant, Verdict.check, f"{first.code} {first.message}")
        if self.tests is not None:
            failed = self.tests.first_failure(checked)
            if failed is not None:
                return Judgement(mutant, Verdict.tests, failed)
        if mutant.path[0] in _CHECKS:
            return Judgement(mutant, Verdict.equivalent, "what is only checked changes no state")
        same = True
        for name, before in self._graphs.items():
            if name not in checked.environments:
                continue
            graph = walked(checked, name, self._limits)
            found = sorted(graph.refuted - before.refuted)
            if found:
                return Judgement(mutant, Verdict.explorer, f"{name}: {found[0]}")
            same &= before.digest is None or graph.digest == before.digest
        whole = any(graph.digest is not None for graph in self._graphs.values())
        if same and whole:
            return Judgement(mutant, Verdict.equivalent, "")
        return Judgement(mutant, Verdict.survived, "")


def walked(spec: CheckedSpec, environment: str, limits: Limits) -> Graph:
    """Walk an environment as far as the limits go."""
    world = World(spec, spec.environments[environment], "spec.yaml")
    search = Search(world)
    search.run(limits, every=True)
    refuted = frozenset(f"{one.kind} {one.name}" for one in judge(search).refuted)
    return Graph(refuted, None if search.stopped else _digest(search))


def _digest(search: Search) -> str:
    """Of every state, what it holds, and of every edge from it, what happens, what comes of it and where it leads.
    States are known by what they hold: in which bits they hold it depends on what turned up first."""
    world, total = search.world, hashlib.sha256()
    universe = world.universe
    for state in search.states:
        digest = hashlib.sha256(_held(world, state))
        for edge in world.agenda(state).edges:
            universe.scene.turn(state)
            for result, done in edge.runs():
                world.refresh()
                happened = [(what, universe.freeze(message)) for what, message in done]
                digest.update(repr(happened).encode())
                digest.update(
                    _held(world, world.fold(state + result))
                    if isinstance(result, int)
                    else b"fails"
                )
        total.update(digest.digest())
    return total.hexdigest()


def _held(world: World, state: int) -> bytes:
    """What a state holds, in an order of its own."""
    return repr(
        sorted(f"{slot!r}={value!r}" for slot, value in world.layout.written(state))
    ).encode()


class GeneratedTests:
    """The generated tests of a machine, to be run on other machines of the same shape."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._common = _imported(folder / "conftest.py")

    @cached_property
    def tests(self) -> Mapping[str, Callable[..., Any]]:
        """Every test that asks for nothing but the suite, by its name."""
        found: dict[str, Callable[..., Any]] = {}
        for path in sorted(self._folder.glob("test_*.py")):
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
