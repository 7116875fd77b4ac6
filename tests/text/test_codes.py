"""Every code is in the catalogue, every entry is true, and every diagnostic of the sources has one."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lawful.codegen import check
from lawful.codegen.codes import Entry, catalogue
from lawful.codegen.commands.explain import explanation
from lawful.codegen.console import check_specs
from lawful.codegen.diagnostics import Diagnostic

CODEGEN = Path(__file__).resolve().parents[2] / "codegen"
CODE = re.compile(r"LF\d{3}")
WHOLE = [entry for entry in catalogue().values() if not entry.fragment]


def used() -> dict[str, set[str]]:
    """Every code that a module of codegen mentions, with the modules."""
    places: dict[str, set[str]] = {}
    for path in sorted(CODEGEN.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = node.value if isinstance(node, ast.Constant) else None
            if isinstance(words, str) and CODE.fullmatch(words):
                places.setdefault(words, set()).add(path.name)
    return places


def test_every_code_that_is_used_is_in_the_catalogue() -> None:
    assert sorted(set(used()) - set(catalogue())) == []


def test_every_code_in_the_catalogue_is_used() -> None:
    assert sorted(set(catalogue()) - set(used())) == []


@functools.cache
def found(code: str) -> tuple[Diagnostic, ...]:
    """What is found in the example."""
    entry = catalogue()[code]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "example.yaml"
        path.write_text(entry.example, encoding="utf-8")
        for name, text in entry.files.items():
            path.with_name(name).write_text(text, encoding="utf-8")
        return tuple(check(path)[1])


@pytest.mark.parametrize("entry", WHOLE, ids=lambda entry: entry.code)
def test_an_example_yields_its_code(entry: Entry) -> None:
    assert entry.code in {each.code for each in found(entry.code)}


@pytest.mark.parametrize("entry", WHOLE, ids=lambda entry: entry.code)
def test_an_example_yields_no_other_error(entry: Entry) -> None:
    assert {each.code for each in found(entry.code) if each.severity == "error"} <= {entry.code}


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.code)
def test_an_entry_says_what_why_and_what_to_do(entry: Entry) -> None:
    assert entry.title
    assert not entry.title.endswith(".")
    for text in (entry.why, entry.cure):
        assert len(text.strip()) >= 10
        assert text.strip()[-1] in ".)?"


@pytest.mark.parametrize("code", ["LF001", "LF009", "LF024", "LF051"])
def test_an_explanation_has_the_example_with_what_is_said_of_it_and_the_cure(code: str) -> None:
    entry = catalogue()[code]
    said = explanation(entry)
    assert said.startswith(f"{code}: {entry.title}\n")
    assert entry.example.split()[-1] in said
    assert (f"error[{code}]" in said) is not entry.fragment
    assert said.split()[-1] == entry.cure.split()[-1]
    assert "\t" not in said


# What no single file can show


def missing(folder: Path) -> Path:
    return folder / "none.yaml"


def folder_without_specs(folder: Path) -> Path:
    return folder


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "spec.yaml")
    return folder / "spec.yaml"


def _written(folder: Path, data: bytes) -> Path:
    (folder / "spec.yaml").write_bytes(b"lawful: 1\nmachine: Example\n" + data)
    return folder / "spec.yaml"


def huge(folder: Path) -> Path:
    return _written(folder, b"doc: " + b"x" * 6_000_000)


def latin(folder: Path) -> Path:
    return _written(folder, b"doc: caf\xe9\n")


def many(folder: Path) -> Path:
    return _written(folder, b"observers: [" + b"a, " * 600_000 + b"]\n")


def linked(folder: Path) -> Path:
    (folder / "inside").mkdir()
    (folder / "outside.yaml").write_text("events: {}\n")
    (folder / "inside" / "events.yaml").symlink_to(folder / "outside.yaml")
    return _written(folder / "inside", b"include: [events.yaml]\n")


MADE: dict[str, Callable[[Path], Path]] = {
    "LF001": missing,
    "LF002": folder_without_specs,
    "LF003": pipe,
    "LF004": huge,
    "LF005": latin,
    "LF016": many,
    "LF021": linked,
}


@pytest.mark.parametrize("code", MADE)
def test_what_no_example_can_show_yields_its_code(code: str, tmp_path: Path) -> None:
    assert catalogue()[code].fragment
    _, diagnostics = check_specs([MADE[code](tmp_path)])
    assert [each.code for each in diagnostics] == [code]


def test_every_fragment_of_the_files_is_made_here() -> None:
    fragments = {
        e.code for e in catalogue().values() if e.fragment and e.source in ("files", "structure")
    }
    assert fragments == set(MADE)
