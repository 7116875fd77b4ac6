"""The labelled changes of ``data/changes.yaml``, as pairs of checked specs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "tests" / "checking" / "data" / "tasks.yaml"
CHANGES = Path(__file__).parent / "data" / "changes.yaml"


@dataclass(frozen=True)
class Labelled:
    """A promise of the comparison: two texts, and each line that it says of them."""

    promise: str
    old: str = field(repr=False)
    new: str = field(repr=False)
    expect: tuple[str, ...]

    def __str__(self) -> str:
        return self.promise


def _replaced(text: str, changes: list[list[str]]) -> str:
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@cache
def labelled() -> tuple[Labelled, ...]:
    """All of them, in the order of the file."""
    base = BASE.read_text(encoding="utf-8")
    found = []
    for entry in yaml.safe_load(CHANGES.read_text(encoding="utf-8")):
        old = _replaced(base, entry.get("given", []))
        new = _replaced(old, entry["changes"])
        found.append(Labelled(entry["promise"], old, new, tuple(entry["expect"])))
    return tuple(found)


@cache
def checked(text: str) -> CheckedSpec:
    """The machine that a text declares."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        path.write_text(text, encoding="utf-8")
        spec, found = check(path, allow_bind=True)
    assert spec is not None, [f"{d.span}: {d.message}" for d in found if d.severity == "error"]
    return spec
