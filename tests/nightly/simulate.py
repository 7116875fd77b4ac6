"""The downloader in the simulator with many seeds: ``python -m tests.nightly.simulate SEEDS``.

Each seed is a user who asks for anything at any time and a network that does anything, with every
invariant checked after each step, until all has come to rest. Exit code 1 if a seed fails.
"""

from __future__ import annotations

import sys
import time
import traceback

from lawful.runtime import SeededChoices

from ..downloader.test_simulated import turmoil

ROUNDS = 150


def main(seeds: int) -> int:
    begin = time.perf_counter()
    events = transitions = 0
    for seed in range(seeds):
        try:
            world = turmoil(
                SeededChoices(seed), slots=1 + seed % 3, tries=1 + seed % 4, rounds=ROUNDS
            )
        except Exception:
            print(f"seed {seed}:\n{traceback.format_exc()}")
            return 1
        events += world.machine.event_count
        transitions += world.machine.transition_count
    seconds = time.perf_counter() - begin
    print(
        f"{seeds:,} seeds, {events:,} events, {transitions:,} transitions, "
        f"{events / seconds:,.0f} events a second, all invariants checked"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
