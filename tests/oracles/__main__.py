"""The large models: ``python -m tests.oracles`` prints a table. Exit code 1 if a number is wrong."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .models import LARGE, numbers, search


def main() -> int:
    wrong = 0
    print("| model | states | edges | levels | seconds | states/s | bytes a state | |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    for model in LARGE:
        with tempfile.TemporaryDirectory() as folder:
            found = search(model, Path(folder))
        right = numbers(found, model.numbers) == model.numbers
        wrong += not right
        seconds = found.progress.seconds
        print(
            f"| {model} | {len(found.states):,} | {found.progress.edges:,} | {len(found.levels)} "
            f"| {seconds:.1f} | {len(found.states) / seconds:,.0f} | {found.bytes_per_state:.0f} "
            f"| {'as published' if right else f'**not {model.numbers}**'} |",
            flush=True,
        )
    print(f"{len(LARGE) - wrong} of {len(LARGE)} models have exactly their numbers")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
