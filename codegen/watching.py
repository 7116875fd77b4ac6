"""A spec that is being worked on: checked, generated and shown again whenever it changes.

``Watching`` does one round when it is told to; who notices changes is the command's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lawful.runtime.coverage import CoverageData

from .checked import CheckedSpec
from .checking import check
from .diagnostics import Diagnostics
from .explorer.telling import Traces
from .generate import render
from .page import page
from .settings import NO_TESTS, Settings
from .suites import is_current
from .writer import Change, apply, plan


@dataclass(frozen=True)
class Round:
    """What a round has shown: the machine, if the spec is right, what was found, what was written, and
    whether the machine has generated tests that are of another spec, or none where it should."""

    machine: CheckedSpec | None
    diagnostics: Diagnostics
    changes: tuple[Change, ...] = ()
    stale: bool = False


@dataclass
class Watching:
    """``spec`` is the root file, ``names`` how generated files call it and their folder, ``out`` that
    folder. ``tests`` says where its tests are. ``extras`` gives coverage and traces as they are now, for the machine as it was last right."""

    spec: Path
    names: tuple[str, str]
    out: Path
    allow_bind: bool = False
    tests: Settings = NO_TESTS
    extras: Callable[[CheckedSpec | None], tuple[CoverageData | None, Traces]] = lambda machine: (
        None,
        Traces((), ()),
    )
    _good: CheckedSpec | None = field(default=None, init=False)
    _last: Diagnostics = field(default_factory=Diagnostics, init=False)

    def round(self) -> Round:
        """Check, and where the spec is right, generate. Never raises for what the user does."""
        machine, diagnostics = check(self.spec, allow_bind=self.allow_bind)
        changes: list[Change] = []
        if machine is not None:
            self._good = machine
            files = render(machine, *self.names)
            wanted = plan(self.out, files, [self.names[0]], diagnostics)
            if not diagnostics.has_errors:
                made = apply(self.out, wanted, diagnostics)
                changes = [change for change in made if change.kind != "same"]
        self._last = diagnostics
        stale = machine is not None and self._is_stale(machine)
        return Round(machine, diagnostics, tuple(changes), stale)

    def _is_stale(self, machine: CheckedSpec) -> bool:
        if self.tests.folder is None or not machine.environments:
            return False
        package = self.tests.of(machine.machine)
        return not is_current(machine, self.names[0], package, self.tests.folder)

    @property
    def folders(self) -> set[Path]:
        """Where the files are that the spec was last read from."""
        read = (Path(name) for name in self._last.sources)
        return {path.resolve().parent for path in (self.spec, *read) if path.parent.is_dir()}

    def page(self, version: int | None = None) -> str:
        """The page after the last round: of the spec as it was last right, and what is wrong now."""
        coverage, traces = self.extras(self._good)
        return page(
            self._good,
            self.spec.as_posix() if self._good is None else self.names[0],
            coverage=coverage,
            traces=traces,
            diagnostics=self._last,
            version=version,
        )


def concerns(changed: str, extras: frozenset[Path]) -> bool:
    """Whether a file that has changed is of the spec or one of the others that were named."""
    path = Path(changed)
    if path.resolve() in extras:
        return True
    # A name with a dot is what an editor keeps for itself.
    return path.suffix in (".yaml", ".yml") and not path.name.startswith(".")
