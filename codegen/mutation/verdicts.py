"""What may become of a mutant.

Knows names only.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .mutants import Mutant


class Verdict(enum.StrEnum):
    """What became of a mutant: who caught it, or that nobody did."""

    check = "check"
    tests = "tests"
    explorer = "explorer"
    equivalent = "equivalent"
    survived = "survived"
    undetermined = "undetermined"


@dataclass(frozen=True)
class Judgement:
    """The verdict on a mutant, and in a few words what was noticed."""

    mutant: Mutant
    verdict: Verdict
    noticed: str
