"""The house is kept as CONTRIBUTING.md maps it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = 500  # the aim is 400; beyond this a module has to be split

SOURCES = sorted(p for d in ("codegen", "runtime") for p in (ROOT / d).rglob("*.py"))


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    long = {}
    for path in SOURCES:
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > LINES:
            long[str(path.relative_to(ROOT))] = count
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""'))


def test_the_packages_are_visible_under_their_full_names() -> None:
    for package in ("codegen", "generated", "runtime"):
        link = ROOT / ".dev/lawful" / package
        assert link.is_symlink()
        assert link.resolve() == ROOT / package


def test_the_map_names_every_folder() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")]
    folders += [f"tests/{p.name}" for p in (ROOT / "tests").iterdir() if any(p.glob("**/*.*"))]
    ignored = {"tests/__pycache__", "demo-data", "build", "dist"}
    assert not [name for name in folders if name not in ignored and f"{name}/" not in text]


def test_a_bare_make_names_every_target_with_its_purpose() -> None:
    # Inside `make test` the inner make would speak of entering and leaving.
    make = ["make", "--no-print-directory"]
    shown = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = [line.split()[1] for line in shown.splitlines()]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = [line for line in makefile.splitlines() if line.startswith(".PHONY:")]
    assert named == phony.split()[1:]


def test_the_gate_is_a_valid_script_that_runs_every_check() -> None:
    gate = ROOT / ".ci/run"
    subprocess.run(["bash", "-n", str(gate)], check=True)
    text = gate.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    for stage in ("setup", "lint", "mypy", "pyright", "drift", "test"):
        assert f"\nstage {stage} " in text
