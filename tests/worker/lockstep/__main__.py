"""``python -m tests.worker.lockstep [--events N] [--seed S] [--plan P | --validate] [--complete]``.

A long run of one of the plans. Prints progress to stderr, and at the end how often each transition,
route, event and instruction has come up. A difference is printed with as short a history as can be found
for it. Exit code 1 then, and with ``--complete`` if something that can come up has not.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from .compare import Difference
from .coverage import Coverage
from .plans import PLANS
from .run import Plan, play, shortest, told


def _played(plan: Plan, seed: int, coverage: Coverage) -> Difference | None:
    try:
        play(plan, random.Random(seed), coverage)
    except Difference as difference:
        return difference
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worker.lockstep")
    parser.add_argument("--events", type=int, default=20_000, help="how many at least (20,000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first history (0)")
    parser.add_argument("--plan", choices=PLANS, default="exact", help="what is compared (exact)")
    parser.add_argument("--validate", action="store_true", help="the same as --plan validating")
    parser.add_argument("--complete", action="store_true", help="fail if something has not come up")
    options = parser.parse_args()
    plan = PLANS["validating" if options.validate else options.plan]
    coverage = Coverage()
    begin = shown = time.perf_counter()
    seed = options.seed
    while coverage.event_count < options.events:
        found = _played(plan, seed, coverage)
        if found:
            print(f"seed {seed}\n{told(shortest(plan, found))}")
            return 1
        seed += 1
        if time.perf_counter() - shown > 5:
            shown = time.perf_counter()
            speed = coverage.event_count / (shown - begin)
            print(f"{coverage.summary()}; {speed:,.0f} events a second", file=sys.stderr)
    print(f"{coverage.table()}; seeds {options.seed} to {seed - 1}")
    failed = [*coverage.refuted()]
    if options.complete:
        failed += [found for kind in coverage.missing().values() for found in kind]
    if failed:
        print(f"not as it should be: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
