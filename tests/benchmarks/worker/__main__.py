"""``python -m tests.benchmarks.worker``: upstream's worker and ours, in one process and one run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import memory, profile, speed
from .figures import FIGURES, figures, markdown, read, said, table, write
from .recording import MACHINES, OURS, record
from .workloads import WORKLOADS


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; or show the figures that there are; or split one workload by function."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.worker", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=15, metavar="N", help="batches for each machine (15)")
    add("--only", action="append", choices=WORKLOADS, help="this workload, no bytes; repeatable")
    add("--json", type=Path, metavar="FILE", help="write the figures to this file")
    add("--save", action="store_const", const=FIGURES, dest="json", help="write figures.json")
    add("--show", action="store_true", help="print figures.json as the README has it")
    add("--profile", choices=WORKLOADS, help="where the time of an event goes, by function")
    add("--of", choices=MACHINES, default=OURS, help="the machine that is profiled (lawful)")
    add("--seconds", type=float, default=5, metavar="N", help="how long it is profiled (5)")
    add("--lines", action="store_true", help="profile by line")
    options = parser.parse_args(arguments)
    if options.show:
        print(markdown(read()))
    elif options.profile:
        recording = record(WORKLOADS[options.profile])
        rows = profile.split(recording, options.of, options.seconds, lines=options.lines)
        print(profile.report(rows))
    else:
        names = options.only or list(WORKLOADS)
        recordings = [record(WORKLOADS[name]) for name in names]
        found = figures(
            options.rounds,
            [speed.measure(recording, options.rounds) for recording in recordings],
            [] if options.only else [memory.measure(state) for state in memory.STATES],
        )
        print(said(found))
        print(table(found))
        if options.json:
            write(found, options.json)
            print(f"written to {options.json}", file=sys.stderr)


if __name__ == "__main__":
    main()
