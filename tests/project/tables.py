"""Tables for the documents: ``python -m tests.project.tables codes|errors`` prints one in Markdown."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from lawful.runtime import errors

ROOT = Path(__file__).resolve().parents[2]

GROUPS = {
    "files": "Files and YAML",
    "structure": "Structure and names as they are written",
    "names": "Names, references, types of declarations",
    "environments": "Environments",
    "completeness": "Completeness",
    "snippets": "Snippets",
    "output": "Writing",
}


def one_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")


def codes() -> Iterator[str]:
    """Every diagnostic by code, from the catalogue."""
    for group, title in GROUPS.items():
        path = ROOT / "codegen/codes" / f"{group}.yaml"
        catalogue = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        yield f"**{title}**"
        yield ""
        yield "| code | what is wrong | the cure |"
        yield "|---|---|---|"
        for code, entry in sorted(catalogue.items()):
            yield f"| `{code}` | {one_cell(entry['title'])} | {one_cell(entry['cure'])} |"
        yield ""


def run_time_errors() -> Iterator[str]:
    """Every exception of the runtime with what its docstring says."""
    yield "| error | is a | |"
    yield "|---|---|---|"
    for name, error in inspect.getmembers(errors, inspect.isclass):
        if issubclass(error, errors.LawfulError):
            base = error.__base__.__name__ if error.__base__ else ""
            yield f"| `{name}` | `{base}` | {one_cell(inspect.getdoc(error) or '')} |"


TABLES = {"codes": codes, "errors": run_time_errors}

if __name__ == "__main__":
    print("\n".join(TABLES[sys.argv[1]]()).rstrip())
