"""Which items of the worker's coverage its environments lead to: all of them are walked whole, for minutes.

``python -m tests.worker.reached`` walks, and compares with what is kept in ``reached.json``; exit code 1 if
that is not what is found, or if an item is neither reached nor acknowledged by the spec. ``--save`` keeps
what is found.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from lawful.codegen.coverage import Verdict, judge
from lawful.codegen.explorer.covering import Reach, reach

from .explored import worker

KEPT = Path(__file__).with_name("reached.json")


def read() -> dict[str, int]:
    """The items that are reached, by name, each with the length of a shortest way, in steps."""
    kept: dict[str, int] = json.loads(KEPT.read_text(encoding="utf-8"))
    return kept


def found(reached: Reach) -> dict[str, int]:
    """The same of walks."""
    ways = {item.id: reached.steps(number) for number, item in enumerate(reached.items)}
    return {name: steps for name, steps in ways.items() if steps is not None}


def walked(environments: Iterable[str]) -> Reach:
    """Walks through environments of the worker, each whole."""
    return reach(worker(), environments)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worker.reached", description=__doc__)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args(arguments)
    reached = walked(worker().environments)
    judgement = judge(reached, reached.items.acknowledged(), None)
    for one in judgement.problems:
        print(f"{one.item.id}: {one.problem}")
    for one in judgement.open:
        print(f"{one.item.id}: nobody knows")
    items = found(reached)
    if given.save:
        KEPT.write_text(json.dumps(items, indent=1) + "\n", encoding="utf-8")
    for name, steps in items.items() ^ read().items():
        print(f"{name}: {steps} steps, {'now' if items.get(name) == steps else 'before'}")
    unreachable = len(judgement.of(Verdict.unreachable))
    print(f"{len(items)} of {len(judgement.items)} items reached, {unreachable} proved unreachable")
    return int(bool(judgement.problems or judgement.open or items != read()))


if __name__ == "__main__":
    sys.exit(main())
