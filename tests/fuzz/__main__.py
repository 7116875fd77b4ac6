"""``python -m tests.fuzz TARGET ENGINE CASES [SEED]``: a long run; prints one line of JSON.

TARGET is ``spec`` or ``snippet``; ENGINE is ``hypothesis`` (inputs made of pieces of the language) or
``atheris`` (bytes, guided by the branches that they take). Exit code 1 if an input was found that
raises, acts or takes too long; the line has it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import inputs, targets

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Outcome:
    """What a run gave. ``codes`` are the diagnostics that came up, ``failure`` the first bad input."""

    target: str
    engine: str
    cases: int = 0
    seconds: float = 0.0
    codes: list[str] = field(default_factory=list)
    failure: str | None = None


def by_hypothesis(target: str, cases: int, seed: int) -> Outcome:
    """Run a target on inputs that are built from pieces of the language."""
    import hypothesis
    from hypothesis import Phase

    outcome = Outcome(target, "hypothesis")
    codes: set[str] = set()
    strategy: Any = inputs.SPECS if target == "spec" else inputs.SNIPPETS
    run: Any = targets.spec if target == "spec" else targets.snippet

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=inputs.SLOW_IS_FINE,
        phases=[Phase.generate, Phase.shrink],
    )
    @hypothesis.given(strategy)
    def fuzz(value: Any) -> None:
        outcome.cases += 1
        codes.update(run(value))

    begin = time.perf_counter()
    try:
        fuzz()
    except BaseException as error:
        outcome.failure = "".join([repr(error), *getattr(error, "__notes__", [])])
    outcome.seconds = round(time.perf_counter() - begin, 1)
    outcome.codes = sorted(codes)
    return outcome


def by_atheris(target: str, cases: int, seed: int) -> Outcome:
    """The same with coverage guidance, in a process of its own, for the engine ends its process."""
    outcome = Outcome(target, "atheris")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        seeds = inputs.specs() if target == "spec" else inputs.snippets()
        for number, text in enumerate(seeds):
            (corpus / str(number)).write_bytes(inputs.as_bytes(text))
        begin = time.perf_counter()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.fuzz.atheris_run",
                target,
                str(Path(folder) / "codes"),
                str(corpus),
                f"-runs={cases}",
                f"-seed={seed}",
                "-max_len=8000",
                f"-artifact_prefix={folder}/",
                "-timeout=60",
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / '.dev'}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            errors="replace",
        )
        outcome.seconds = round(time.perf_counter() - begin, 1)
        said = re.search(r"Done (\d+) (?:runs )?in \d+ second", done.stderr)
        outcome.cases = int(said.group(1)) if said else 0
        codes = Path(folder) / "codes"
        outcome.codes = sorted(codes.read_text().split()) if codes.exists() else []
        bad = [p for p in Path(folder).iterdir() if p.name.startswith(("crash", "timeout", "oom"))]
        if done.returncode or bad or not said:
            found = repr(bad[0].read_bytes()) if bad else ""
            outcome.failure = f"{found}\n{done.stderr[-3000:]}"
    return outcome


def main(arguments: list[str]) -> int:
    target, engine, cases = arguments[0], arguments[1], int(arguments[2])
    seed = int(arguments[3]) if len(arguments) > 3 else time.time_ns() % 2**31
    run = {"hypothesis": by_hypothesis, "atheris": by_atheris}[engine]
    outcome = run(target, cases, seed)
    print(json.dumps({**asdict(outcome), "seed": seed}))
    return 0 if outcome.failure is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
