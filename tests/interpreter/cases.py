"""The specs on which the interpreter and the generated machine are compared, each ready to be made."""

from __future__ import annotations

import importlib
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.interpreter import Message
from tests.generator import building

from . import tasks, worker
from .outside import Outside
from .pair import Made
from .player import Hints

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Case:
    """A spec, what its machines are made with, and what leads them deep: ``hints`` make values of single
    fields, ``shape`` mends an event whose fields belong together;
    those in ``often`` come more often than others."""

    path: str
    checked_in: str = ""  # the generated package, for the machines of ``spec/``
    config: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    host: Callable[[CheckedSpec, random.Random, type[Exception]], Any] | None = Outside
    hints: Hints = field(default_factory=dict)
    shape: Callable[[Message, random.Random], Message] | None = None
    often: tuple[str, ...] = ()


OFTEN = ("Put", "Put", "Put", "Like", "Like", "Hang", "Send", "Calm", "Stir")

CASES = {
    "tutorial": Case("spec/tutorial.yaml", "tutorial", host=None),
    "downloader": Case("spec/downloader/machine.yaml", "downloader", config={"slots": 2}),
    "worker": Case(
        "spec/worker/machine.yaml",
        "worker",
        config=worker.CONFIG,
        context=worker.CONTEXT,
        host=lambda _, chance, failure: worker.Outside(chance, failure),
        hints=worker.HINTS,
        shape=worker.shape,
    ),
    "tasks": Case("tests/checking/data/tasks.yaml", hints=tasks.HINTS, shape=tasks.shape),
    "every": Case("tests/generator/data/every.yaml", hints=tasks.HINTS),
    "rules": Case("tests/interpreter/data/rules.yaml", hints=tasks.OF_BALLS, often=OFTEN),
    "library": Case("tests/checking/data/library.yaml", host=None),
}
OF_SPEC_FOLDER = [name for name, case in CASES.items() if case.checked_in]


@cache
def made(name: str) -> Made:
    """The checked spec of a case and its generated package, imported."""
    case = CASES[name]
    spec, found = check(ROOT / case.path, allow_bind=True)
    assert spec is not None, list(found)
    if case.checked_in:
        package = importlib.import_module(f"lawful.generated.{case.checked_in}")
    else:
        text = (ROOT / case.path).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            package = building.build(Path(folder), text)
            building.load_part(package, "shapes")  # while it is there; only recorders ask for it
    return Made(spec, package, case.config, host_of(case, spec), case.context)


def host_of(
    case: Case, spec: CheckedSpec
) -> Callable[[random.Random, type[Exception]], Any] | None:
    """Makes the outside of a machine of the case, for a spec like its own."""
    host = case.host
    return None if host is None else lambda chance, failure: host(spec, chance, failure)
