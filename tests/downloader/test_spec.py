"""The spec of the Downloader itself: without a complaint, and documented throughout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check

SPEC = Path(__file__).resolve().parents[2] / "spec" / "downloader" / "machine.yaml"


def checked() -> CheckedSpec:
    spec, diagnostics = check(SPEC)
    assert [str(found) for found in diagnostics] == []
    assert spec is not None
    return spec


def test_it_checks_without_an_error_or_a_warning() -> None:
    assert checked().machine == "Downloader"


def test_everything_that_a_reader_meets_has_a_doc() -> None:
    spec = checked()
    file = spec.entities["File"]
    documented: list[Any] = [
        *spec.types.values(),
        *spec.config.values(),
        *spec.context.values(),
        *spec.instructions.values(),
        *spec.events.values(),
        *spec.procedures.values(),
        *spec.host.values(),
        *spec.environments.values(),
        *file.states.values(),
        *file.fields.values(),
        file,
        spec,
    ]
    assert [item for item in documented if not item.doc] == []


def test_no_cell_is_left_to_chance() -> None:
    """Every event names every configuration; ``any`` and ``others`` don't occur."""
    origins = [
        cell.origin for handler in checked().handlers.values() for cell in handler.cells.values()
    ]
    assert not {"any", "others"} & set(origins)
