"""Changed specs that check clean, generated and type-checked: ``python -m tests.nightly.typed COUNT [SEED]``.

What the checker lets through must be code that ``mypy --strict`` accepts. Exit code 1 if some isn't; the
spec and the errors are printed.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lawful.codegen import check
from lawful.codegen.checked import CheckedSpec
from lawful.codegen.generate.modules import render_modules
from lawful.codegen.generate.plan import Plan

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (
    "spec/tutorial.yaml",
    "tests/project/completions/worker.yaml",
)
PIECE = re.compile(r"(\n|[\w-]+|\W)")
TRIES = 400  # changed specs for each that is wanted; most are refused


def changed(text: str, choose: random.Random) -> str:
    """The text after one to three changes: a piece cut, doubled, or replaced by one from elsewhere."""
    for _ in range(choose.randint(1, 3)):
        pieces = PIECE.split(text) if choose.random() < 0.7 else text.splitlines(keepends=True)
        pieces = [p for p in pieces if p]
        at = choose.randrange(len(pieces))
        match choose.randrange(3):
            case 0:
                del pieces[at]
            case 1:
                pieces.insert(at, pieces[at])
            case _:
                pieces[at] = choose.choice(pieces)
        text = "".join(pieces)
    return text


def accepted(count: int, seed: int, folder: Path) -> Iterator[tuple[str, CheckedSpec]]:
    """Different changed specs that have no errors."""
    choose = random.Random(seed)
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in SEEDS]
    seen: set[str] = set()
    spec = folder / "spec.yaml"
    for _ in range(TRIES * count):
        text = changed(choose.choice(texts), choose)
        if len(seen) == count:
            return
        spec.write_text(text, encoding="utf-8")
        checked, _ = check(spec)
        if checked is None:
            continue
        shape = shape_of(checked)
        if shape not in seen:
            seen.add(shape)
            yield text, checked


def shape_of(checked: CheckedSpec) -> str:
    """The generated code without comments and documentation: what differs here differs in meaning."""
    code = "\n".join(render_modules(Plan(checked, "spec.yaml")).values())
    return re.sub(r"#[^\n]*|\"\"\".*?\"\"\"", "", code, flags=re.DOTALL)


def main(count: int, seed: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        specs: dict[str, str] = {}
        for number, (text, checked) in enumerate(accepted(count, seed, folder)):
            package = folder / "made" / f"machine{number}"
            package.mkdir(parents=True)
            specs[package.name] = text
            for file, code in render_modules(Plan(checked, "spec.yaml")).items():
                (package / file).write_text(code, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "made"],
            cwd=folder,
            env={"MYPYPATH": str(ROOT / ".dev"), "PATH": ""},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            wrong = set(re.findall(r"made/(machine\d+)/", done.stdout))
            for package_name in sorted(wrong)[:5]:
                print(f"--- {package_name}\n{specs[package_name]}")
            print(done.stdout[-10_000:], done.stderr[-2_000:])
            return 1
    print(f"{len(specs)} changed specs that check clean, all of them mypy --strict, seed {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
