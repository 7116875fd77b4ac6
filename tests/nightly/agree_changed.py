"""Changed specs, interpreted and generated: ``python -m tests.nightly.agree_changed COUNT [SEED]``.

Specs that have everything are changed at random; of each that still checks clean, and means something else,
both machines are made and take the same events. Exit code 1 at the first disagreement; the spec is printed.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.generate.modules import render_modules
from lawful.codegen.generate.plan import Plan
from tests.generator.building import load
from tests.interpreter.cases import CASES, ROOT, host_of, made
from tests.interpreter.pair import Disagreement, Made
from tests.interpreter.plays import play

from .typed import changed, shape_of

SEEDS = ("rules", "tasks", "every", "library", "tutorial")
TRIES = 1_000  # changed specs for each that is wanted; most are refused
PLAYS, LENGTH = 4, 60


def accepted(count: int, choose: random.Random, folder: Path) -> Iterator[tuple[str, CheckedSpec]]:
    """The case that each changed spec comes from, and the spec, of as many as are wanted."""
    texts = {name: (ROOT / CASES[name].path).read_text(encoding="utf-8") for name in SEEDS}
    seen = {shape_of(made(name).spec) for name in SEEDS}
    path = folder / "spec.yaml"
    for _ in range(TRIES * count):
        name = choose.choice(SEEDS)
        path.write_text(changed(texts[name], choose), encoding="utf-8")
        spec, _ = check(path)
        if spec is None or (shape := shape_of(spec)) in seen:
            continue
        seen.add(shape)
        yield name, spec
        count -= 1
        if not count:
            return


def machines(name: str, spec: CheckedSpec, folder: Path) -> Made:
    """Both machines of a changed spec, made as those of the case that it comes from."""
    case = CASES[name]
    package = folder / "machine_of_it"
    package.mkdir()
    for file, code in render_modules(Plan(spec, "spec.yaml")).items():
        (package / file).write_text(code, encoding="utf-8")
    config = {k: v for k, v in case.config.items() if k in spec.config}
    return Made(spec, load(package), config, host_of(case, spec))


def main(arguments: Sequence[str]) -> int:
    count = int(arguments[0])
    seed = int(arguments[1]) if len(arguments) > 1 else 0
    choose = random.Random(seed)
    found: Counter[str] = Counter()
    specs = 0
    with tempfile.TemporaryDirectory() as outer:
        for name, spec in accepted(count, choose, Path(outer)):
            specs += 1
            with tempfile.TemporaryDirectory() as inner:
                both = machines(name, spec, Path(inner))
                try:
                    for number in range(PLAYS):
                        found += play(name, random.Random(number), LENGTH, of=both)
                except Disagreement as error:
                    print("\n".join(spec.sources.values()))
                    print(f"--- seed {seed}, spec {specs}, from {name}: {error}")
                    return 1
    print(f"{specs} changed specs, {found.total():,} events, no difference, seed {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
