"""Measuring a test run: machines replaced by their instrumented twins, and what the twins saw.

Knows specs, generated packages and coverage data; knows nothing of pytest.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import mmap
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lawful.runtime import measured
from lawful.runtime.coverage import CoverageData, Item

from .diagnostics import Diagnostics
from .digest import named_sources, spec_hash
from .naming import package_name
from .plain import one_line

if TYPE_CHECKING:
    from .spec import MachineSpec

_MACHINE = "{machine}"  # in the name of a report's file: the name of the machine's package


class CantMeasure(Exception):
    """The call is at fault, or a package doesn't fit its spec; the text says what to do."""


@dataclass
class _Machine:
    """One machine that is measured. ``original`` is the class that production uses, ``twin`` the
    instrumented one that stands in its place while measuring; ``sources`` are the spec's texts by the
    names that places bear."""

    spec: Path
    name: str
    package: ModuleType
    original: type[Any]
    instrumented: ModuleType
    sources: Mapping[str, str]
    data: CoverageData
    before: Any = None
    replaced: list[tuple[ModuleType, str]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def twin(self) -> type[Any]:
        twin: type[Any] = getattr(self.instrumented, self.name)
        return twin

    @property
    def hits(self) -> bytes:
        return bytes(self.instrumented.HITS)

    def put_in(self) -> None:
        """Put the twin wherever a module holds the class, with no marks yet."""
        self.before = self.instrumented.HITS
        if self.data.items:  # memory that the forks of this process share
            vars(self.instrumented)["HITS"] = mmap.mmap(-1, len(self.data.items))
        # Subclasses that exist already keep their base; nothing of theirs would be seen.
        self.missed += (f"{c.__module__}.{c.__qualname__}" for c in self.original.__subclasses__())
        for module in list(sys.modules.values()):
            if module is self.instrumented or not isinstance(module, ModuleType):
                continue
            for name, value in list(vars(module).items()):
                if value is self.original:
                    setattr(module, name, self.twin)
                    self.replaced.append((module, name))

    def take_out(self) -> None:
        """Put the class back, and the marks of whoever measured before."""
        for module, name in self.replaced:
            if getattr(module, name, None) is self.twin:
                setattr(module, name, self.original)
        self.replaced.clear()
        vars(self.instrumented)["HITS"] = self.before

    def line(self, item: Item) -> str:
        """The line of the spec that an item stands on."""
        path, _, number = item.place.rpartition(":")
        lines = self.sources.get(path, "").splitlines()
        return lines[int(number) - 1].strip() if 0 < int(number) <= len(lines) else ""


class Measuring:
    """Coverage of some machines during a run: ``start``, then tests, then ``finish`` and ``summary``.

    ``specs`` are paths as given, ``packages`` names of generated packages to look in instead
    of the usual ones, ``folder`` the one that relative imports of tests begin in,
    ``reports`` are ``term`` or ``json:FILE``, where ``{machine}`` in FILE stands for the machine's name;
    ``fail_under`` is in percent. Raises ``CantMeasure``.
    """

    def __init__(
        self,
        specs: Sequence[str],
        packages: Sequence[str] = (),
        reports: Sequence[str] = (),
        fail_under: float | None = None,
        folder: Path = Path(),
    ) -> None:
        measured.end()  # this process sends its marks itself
        self._fail_under = fail_under
        if fail_under is not None and not 0 <= fail_under <= 100:
            raise CantMeasure(f"--lawful-cov-fail-under is in percent, and {fail_under:g} is not")
        self._to_terminal, self._files = _reports(reports or ["term"])
        self._machines = [_find(path, packages, folder) for path in _roots(specs)]
        self._problems: list[str] = []
        self._folder: Path | None = None
        self._before: str | None = None
        if len(self._machines) > 1 and not all(_MACHINE in file for file in self._files):
            raise CantMeasure(
                f"several machines need a file each: write {_MACHINE} into the name, "
                f"such as json:{_MACHINE}.json"
            )

    def start(self) -> None:
        """Begin. Processes that are started from now on are measured too."""
        for machine in self._machines:
            machine.put_in()
        # A worker of pytest-xdist leaves that to the run that it belongs to.
        if not {"PYTEST_XDIST_WORKER", measured.VARIABLE} <= os.environ.keys():
            self._folder = Path(tempfile.mkdtemp(prefix="lawful-coverage-"))
            self._before = os.environ.get(measured.VARIABLE)
            machines = {machine.package.__name__: machine.name for machine in self._machines}
            os.environ[measured.VARIABLE] = measured.announce(self._folder, machines)

    def stop(self) -> None:
        for machine in reversed(self._machines):
            machine.take_out()
        if self._folder is None:
            return
        if self._before is None:
            os.environ.pop(measured.VARIABLE, None)
        else:
            os.environ[measured.VARIABLE] = self._before
        shutil.rmtree(self._folder, ignore_errors=True)

    def marks(self) -> dict[str, str]:
        """The marks of this process, for another to merge: hexadecimal, by machine."""
        return {machine.name: machine.hits.hex() for machine in self._machines}

    def merge(self, worker: str, marks: Mapping[str, str] | None) -> None:
        """Add the marks of another process; None if it died with them."""
        if marks is None:
            self._problems.append(f"{worker} ended without its coverage; what it took is missing")
            return
        for machine in self._machines:
            machine.data.add(bytes.fromhex(marks[machine.name]))

    def finish(self) -> bool:
        """Add the marks of this process and of those that it started, and write the files. True if the run fails for it."""
        for machine in self._machines:
            machine.data.add(machine.hits)
            if self._folder is not None:
                digest = machine.data.spec_hash
                for marks in measured.collect(self._folder, machine.package.__name__, digest):
                    machine.data.add(marks)
            self._problems += (
                f"{name} was made before measuring began and is not measured"
                for name in machine.missed
            )
        written = [
            self._write(Path(file.replace(_MACHINE, package_name(machine.name))), machine)
            for file in self._files
            for machine in self._machines
        ]
        return not all(written) or any(map(self._under, self._machines))

    def _under(self, machine: _Machine) -> bool:
        return self._fail_under is not None and machine.data.percent < self._fail_under

    def _write(self, file: Path, machine: _Machine) -> bool:
        try:
            machine.data.write(file)
        except OSError as error:
            self._problems.append(f"can't write {file}: {error.strerror}")
            return False
        return True

    def summary(self) -> Iterator[tuple[str, bool]]:
        """Lines for the terminal, each with whether it is bad news."""
        if self._to_terminal:
            for machine in self._machines:
                yield from ((line, False) for line in _table(machine))
        yield from ((f"lawful: {one_line(problem)}", True) for problem in self._problems)
        for machine in self._machines:
            if self._under(machine):
                reached, wanted = _percent(machine.data.percent), f"{self._fail_under:g} %"
                yield f"FAIL {machine.name}: {reached} is covered, and {wanted} is required", True


# ------------------------------------------------------------------------------ finding what is meant


def _roots(specs: Iterable[str]) -> list[Path]:
    from .reading import find_specs

    found = Diagnostics()
    roots = [root for spec in specs for root in find_specs(Path(spec), found)]
    _refuse(found)
    return list(dict.fromkeys(roots))


def _refuse(found: Diagnostics) -> None:
    """Raise the first mistake, with how to see them all."""
    for mistake in found:
        if mistake.severity == "error":
            raise CantMeasure(
                one_line(f"{mistake.span}: {mistake.message}")
                + f"\nSee all mistakes with: lawful check {one_line(mistake.span.path)}"
            )


def _find(path: Path, packages: Sequence[str], folder: Path) -> _Machine:
    """The machine of a spec, with the generated package that belongs to it as it is now."""
    from .reading import read

    found = Diagnostics()
    spec = read(path, found)
    _refuse(found)
    assert spec is not None, "reading without an error gives a spec"
    name = str(spec.machine)
    others: list[str] = []
    for package in _packages(spec, path, packages, folder):
        original = getattr(package, name)
        instrumented = importlib.import_module(f"{package.__name__}.instrumented")
        now = spec_hash(spec.sources, original.SPEC)
        if {original.SPEC_HASH, getattr(instrumented, name).SPEC_HASH} == {now}:
            sources = named_sources(spec.sources, original.SPEC)
            data = CoverageData(original.SPEC, now, instrumented.ITEMS)
            return _Machine(path, name, package, original, instrumented, sources, data)
        others.append(package.__name__)
    raise CantMeasure(
        f"{' and '.join(others)}: generated from another version of {path}.\n"
        f"Generate it again with: lawful generate {path}"
    )


def _packages(
    spec: MachineSpec, path: Path, packages: Sequence[str], folder: Path
) -> list[ModuleType]:
    """The packages that hold the machine and its twin: of those named, or else of the usual ones."""
    name = package_name(spec.machine)
    candidates = [*packages] or [f"lawful.generated.{name}", f"generated.{name}", name]
    # A test beside its machine makes pytest put the folder on the path, but only once it is collected.
    here = str(folder)
    added = here not in sys.path
    if added:
        sys.path.insert(0, here)
    try:
        imported = [_import(candidate, must=bool(packages)) for candidate in candidates]
        found = [p for p in imported if p is not None and _is_of(p, spec.machine)]
        for package in found:
            importlib.import_module(f"{package.__name__}.instrumented")
    finally:
        if added:
            sys.path.remove(here)
    if not found:
        raise CantMeasure(
            f"There is no generated package of {spec.machine} with an instrumented twin: "
            f"looked for {', '.join(candidates)}.\nGenerate it with: lawful generate {path}\n"
            "If it is elsewhere, name it with --lawful-cov-package=PACKAGE."
        )
    return found


def _import(name: str, *, must: bool) -> ModuleType | None:
    """A package; None where it is none with a twin in it, and it need not be. What isn't a generated
    package isn't run: the name of a machine may well be that of somebody's script."""
    try:
        if not must and not _has_twin(name):
            return None
        return importlib.import_module(name)
    except Exception as error:
        raise CantMeasure(f"can't import {name}: {type(error).__name__}: {error}") from None


def _has_twin(name: str) -> bool:
    try:
        found = importlib.util.find_spec(name)
    except (ModuleNotFoundError, ValueError):
        return False
    places = found.submodule_search_locations if found is not None else None
    return any(Path(place, "instrumented.py").is_file() for place in places or ())


def _is_of(package: ModuleType, machine: str) -> bool:
    return isinstance(getattr(package, machine, None), type) and _has_twin(package.__name__)


# ------------------------------------------------------------------------------------------ reporting


def _reports(reports: Iterable[str]) -> tuple[bool, list[str]]:
    """Whether to report to the terminal, and the files to write."""
    to_terminal, files = False, []
    for report in reports:
        kind, _, file = report.partition(":")
        if kind == "term" and not file:
            to_terminal = True
        elif kind == "json" and file:
            files.append(file)
        else:
            raise CantMeasure(
                f'--lawful-cov-report is "term" or "json:FILE", not "{one_line(report)}"'
            )
    return to_terminal, files


def _table(machine: _Machine) -> Iterator[str]:
    data = machine.data
    reached = f"{data.covered} of {len(data.items)} covered, {_percent(data.percent)}"
    yield f"{machine.name} ({one_line(machine.spec.as_posix())}): {reached}"
    kinds = data.by_kind()
    width = max(map(len, kinds), default=0)
    for kind, (covered, total) in kinds.items():
        yield f"  {kind.ljust(width)}  {covered} of {total}"
    missing = data.uncovered()
    if not missing:
        return
    yield "  not covered:"
    places = max(len(item.place) for item in missing)
    said = [f"{item.kind} {item.name}" for item in missing]
    names = min(max(map(len, said)), 44)  # a longer name pushes its own line only
    for item, name in zip(missing, said, strict=True):
        yield one_line(f"    {item.place.ljust(places)}  {name.ljust(names)}  {machine.line(item)}")


def _percent(percent: float) -> str:
    """Rounded down, so that 100 % is said of nothing less."""
    return f"{math.floor(percent * 10) / 10:g} %"
