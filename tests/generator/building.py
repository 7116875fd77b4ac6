"""From the text of a spec to its generated package, imported: what the tests of the generator need."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
import sys
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.generate import render
from lawful.codegen.writer import apply, plan

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).resolve().parent / "data"

_numbers = itertools.count(1)


def checked(folder: Path, text: str, *, allow_bind: bool = False) -> CheckedSpec:
    """The checked spec; its warnings don't matter here."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    spec, found = check(path, allow_bind=allow_bind)
    assert spec is not None, [f"{d.span}: {d.code} {d.message}" for d in found]
    return spec


def files(folder: Path, text: str, *, allow_bind: bool = False) -> dict[PurePosixPath, str]:
    """The files of the package, in memory."""
    return render(checked(folder, text, allow_bind=allow_bind), "spec.yaml")


def write(folder: Path, text: str, *, allow_bind: bool = False) -> Path:
    """Write the package under ``folder`` and return its folder."""
    rendered = files(folder, text, allow_bind=allow_bind)
    found = Diagnostics()
    out = folder / "out"
    apply(out, plan(out, rendered, ["spec.yaml"], found), found)
    assert not len(found)
    package = out / next(iter(rendered)).parts[0]
    # Written twice in a second, a module of the same length would be loaded from the old bytecode.
    shutil.rmtree(package / "__pycache__", ignore_errors=True)
    return package


def load(package: Path) -> Any:
    """Import a package under a name of its own, so that packages of the same name don't meet."""
    # This module may itself be loaded under two names, each of which counts for itself.
    names = (f"built_{number}_{package.name}" for number in _numbers)
    name = next(name for name in names if name not in sys.modules)
    return _module(name, package / "__init__.py", [str(package)])


def load_part(package: Any, part: str) -> Any:
    """Import one more module of a loaded package."""
    return importlib.import_module(f"{package.__name__}.{part}")


def build(folder: Path, text: str, *, allow_bind: bool = False) -> Any:
    """The generated package of a spec, imported."""
    return load(write(folder, text, allow_bind=allow_bind))


def _module(name: str, path: Path, search: list[str]) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def machine(
    entities: str = "",
    *,
    fields: str = "",
    states: str = "",
    context: str = "",
    instructions: str = "",
    events: str = "",
    handlers: str = "",
    transitions: str = "",
    more: str = "",
) -> str:
    """A machine called Box with the entity Ball: what the tests of single rules vary.

    ``Put`` asks a ball (new or not) for the state in its ``to``; further sections are given as YAML of
    the right indentation.
    """
    return f"""\
lawful: 1
machine: Box
entities:
  Ball:
    registry: balls
    key: {{name: str}}
    states:
      idle: {{initial: true}}
      red: {{}}
      blue: {{}}
{states}
    fields:
      count: {{type: int, default: "0"}}
      note: {{type: str, default: "''"}}
{fields}
{entities}
context:
  total: {{type: int, default: "0"}}
{context}
instructions:
  Tell: {{fields: {{text: str}}, runs: send}}
{instructions}
events:
  Put: {{fields: {{name: str, to: str}}}}
{events}
handlers:
  Put:
    subject: {{get_or_create: Ball, key: event.name}}
    cells:
      new: &ask
        - {{when: event.to == "red", recommend: red}}
        - {{when: event.to == "blue", recommend: blue}}
        - {{ignore: it stays where it is}}
      any:
        - {{when: event.to == "red", recommend: red}}
        - {{when: event.to == "blue", recommend: blue}}
        - {{when: event.to == "idle", recommend: idle}}
        - {{ignore: it stays where it is}}
{handlers}
transitions:
{transitions}
  undeclared: {{impossible: not in this test}}
{more}
""".replace(" &ask", "")


def names(balls: Any) -> list[str]:
    return [ball.name for ball in balls]


def told(instructions: list[Any]) -> list[str]:
    return [i.text for i in instructions]


def records(box: Any) -> list[tuple[Any, ...]]:
    """The log without stimulus ids and times."""
    return [record[:-2] for record in box.log]
