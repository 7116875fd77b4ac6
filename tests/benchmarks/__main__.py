"""``make bench``: prints how fast machines are, and how many times as fast as others."""

from __future__ import annotations

import platform
import sys

from .machines import measure, report

if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print("Three states, a guard and an effect; ", end="")
    print(f"{platform.python_implementation()} {platform.python_version()}, {rounds} rounds.")
    print(report(measure(rounds, 500)))
