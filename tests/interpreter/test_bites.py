"""The comparison finds mistakes: each that is planted is caught, and without one there is none."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from .pair import Disagreement, Made
from .planted import MISTAKES, Mistake, planted
from .plays import play

ENOUGH = 5_000  # events in which a mistake must be found
LENGTH = 100  # events of one play


def play_on(case: str, machines: Made, events: int) -> None:
    """Play until there were so many events."""
    found: Counter[str] = Counter()
    for seed in itertools.count():
        if found.total() >= events:
            return
        found += play(case, random.Random(seed), LENGTH, of=machines)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_planted_mistake_is_caught(mistake: Mistake) -> None:
    with planted(mistake.case, mistake) as machines, pytest.raises(Disagreement):
        play_on(mistake.case, machines, ENOUGH)


@pytest.mark.parametrize("case", sorted({mistake.case for mistake in MISTAKES}))
def test_machines_made_in_the_same_way_agree_without_a_mistake(case: str) -> None:
    with planted(case, None) as machines:
        play_on(case, machines, 1_000)


def test_a_mistake_that_can_not_be_planted_is_told() -> None:
    with (
        pytest.raises(AssertionError, match="the anchor of 'gone'"),
        planted("rules", Mistake("gone", "machine.py", "no such text", "")),
    ):
        pass
