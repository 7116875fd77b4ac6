"""``python -m tests.known_bugs``: how each known bug is found, and its world without it."""

from __future__ import annotations

import sys
import textwrap
import time

from lawful.codegen.explorer.verdicts import Verdict

from .taking_out import known, with_bug, without_bug


def main() -> int:
    """Print the table. 1 if a bug is not found, or something is found where they are mended."""
    print(
        f"{'issue':<7} {'mended':<10} {'steps':>5} {'states':>6} {'seconds':>7}  {'proved':>6}  bug"
    )
    missed = False
    for bug in known().bugs:
        began = time.perf_counter()
        found = with_bug(bug)
        seconds = time.perf_counter() - began
        mended = without_bug(bug.world, bug.setting)
        proved = mended.result.verdict is Verdict.proved
        steps = str(found.stories[0].steps) if found.stories else "-"
        states = len(found.result.search.states)
        whole = str(len(mended.result.search.states)) if proved else "-"
        told = bug.bug if found.stories else f"not found: {bug.bug}"
        missed |= not (found.stories and proved)
        print(
            f"{bug.issue:<7} {bug.mended:<10} {steps:>5} {states:>6} {seconds:>7.1f}  {whole:>6}  {told}"
        )
    print(
        "\nsteps: of the story. states, seconds: until it was found, from the text of the spec on."
    )
    print("proved: states of the same world, all of them walked, with the bug mended.\n")
    for other in known().elsewhere:
        print(f"{other.issue:<7} {other.about}")
        print(textwrap.indent(other.because, " " * 8), end="")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
