"""From a file to the checked model: reading, elaboration, completeness; all mistakes at once."""

from __future__ import annotations

from pathlib import Path

from .checked import CheckedSpec
from .completeness import check_completeness
from .dependence import check_dependence
from .diagnostics import Diagnostics
from .elaborate.assemble import elaborate, finish
from .reading import read
from .spec import MachineSpec


def check(path: Path, *, allow_bind: bool = False) -> tuple[CheckedSpec | None, Diagnostics]:
    """The machine whose root file is ``path``, and all that was found. None iff there are errors.

    Nothing that the spec names is imported or run. ``allow_bind`` permits it to name Python classes
    that the generated code will import.
    """
    diagnostics = Diagnostics()
    spec = read(path, diagnostics)
    if spec is None:
        return None, diagnostics
    return check_spec(spec, diagnostics, allow_bind=allow_bind), diagnostics


def check_spec(
    spec: MachineSpec, diagnostics: Diagnostics, *, allow_bind: bool = False
) -> CheckedSpec | None:
    """The machine of a spec that has been read. None iff there are errors in ``diagnostics``, to which all that is
    found is added."""
    draft = elaborate(spec, diagnostics, allow_bind=allow_bind)
    if draft.whole:
        check_completeness(draft)
    if diagnostics.has_errors:
        return None
    checked = finish(draft)
    check_dependence(checked, diagnostics)
    return None if diagnostics.has_errors else checked
