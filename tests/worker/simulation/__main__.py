"""Repeat one run, or play many: ``python -m tests.worker.simulation --seed S [--runs N] [--story]``.

Exit code 1 if a run fails; ``--keep-going`` counts failures instead of stopping at the first.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from distributed.worker_state_machine import WorkerState as Upstream

from lawful.runtime.dask import WorkerState

from .runs import Report, RunFailed, run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worker.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--runs", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--story", action="store_true", help="print what happens, line by line")
    parser.add_argument("--upstream", action="store_true", help="with upstream's machine")
    parser.add_argument("--keep-going", action="store_true", help="don't stop at a failure")
    given = parser.parse_args(arguments)
    total, failed, begin = Report(), 0, time.perf_counter()
    for seed in range(given.seed, given.seed + given.runs):
        try:
            report = run(
                seed, machine=Upstream if given.upstream else WorkerState, story=given.story
            )
        except RunFailed as error:
            failed += 1
            print("\n".join([*error.story, ""]) if given.story else "", end="")
            print(error, flush=True)
            if not given.keep_going:
                break
        else:
            total += report
            print("\n".join([*report.story, ""]) if given.story else "", end="")
    seconds = time.perf_counter() - begin
    print(f"{total}, {failed} failed, {total.events.total() / seconds:,.0f} events a second")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
