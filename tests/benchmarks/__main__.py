"""``make bench``: prints how fast machines are, and how much faster than others."""

from __future__ import annotations

import sys

from .machines import measure, report

if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print(report(measure(rounds, 500)))
