"""Small machines for the tests of checking, and what is found in them."""

from __future__ import annotations

from pathlib import Path

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.diagnostics import Diagnostic
from lawful.codegen.report import text as report_text

DATA = Path(__file__).resolve().parent / "data"
SPEC = Path(__file__).resolve().parents[2] / "spec"

DOORS = """\
lawful: 1
machine: Doors
entities:
  Door:
    registry: doors
    key: {name: str}
    states:
      shut: {initial: true}
      open: The wind may come in.
    fields:
      pushes: {type: int, default: "0"}
events:
  Push: {fields: {name: str}}
handlers:
  Push:
    subject: {get_or_create: Door, key: event.name}
    cells:
      new: {ignore: it starts out shut}
      shut: {recommend: open}
      open: {recommend: shut}
transitions:
  shut -> open: {becomes: open, do: door.pushes += 1}
  open -> shut: {becomes: shut}
invariants:
  pushed: {for: Door, holds: door.pushes >= 0}
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A spec with each ``(old, new)`` put in once; an ``old`` that isn't there is a mistake of the test."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def found(folder: Path, text: str, *, allow_bind: bool = False) -> list[Diagnostic]:
    """All that is found in a spec, in the order of the file."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return list(check(path, allow_bind=allow_bind)[1])


def codes(folder: Path, text: str) -> list[str]:
    """The codes of all that is found in a spec."""
    return [diagnostic.code for diagnostic in found(folder, text)]


def whole(path: Path) -> CheckedSpec:
    """The machine of a spec without mistakes and warnings."""
    checked, diagnostics = check(path)
    assert not list(diagnostics), report_text(diagnostics)
    assert checked is not None
    return checked


def machine(folder: Path, text: str) -> CheckedSpec:
    """The machine that a text describes, which must be without mistakes and warnings."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return whole(path)
