"""The interpreter and generated machines over many events: ``python -m tests.nightly.agree EVENTS SPEC…``.

Plays are numbered; a number gives the same play everywhere. The events are shared evenly among the
specs. Exit code 1 at the first disagreement, with the number of the play.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence

from tests.interpreter.cases import CASES
from tests.interpreter.pair import Disagreement
from tests.interpreter.plays import play

LENGTH = 300  # events of one play


def agree(name: str, events: int) -> Counter[str]:
    """Play until there were so many events; counts what they came to."""
    found: Counter[str] = Counter()
    number = 0
    while found.total() < events:
        try:
            found += play(name, random.Random(number), LENGTH)
        except Disagreement as error:
            sys.exit(f"{name}, play {number}: {error}")
        number += 1
    return found


def main(arguments: Sequence[str]) -> int:
    events = int(arguments[0])
    names = arguments[1:] or list(CASES)
    found: Counter[str] = Counter()
    for name in names:
        found += agree(name, events // len(names))
    errors = ", ".join(f"{count:,} {kind}" for kind, count in found.most_common()[1:6])
    print(f"{found.total():,} events, no difference; {found['instructions']:,} taken; {errors}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
