"""The interpreter and the generated machines agree on everything, whatever comes."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .cases import CASES
from .plays import play

LENGTH = 100  # events of one play
EVENTS = {
    "tutorial": 2_000,
    "downloader": 2_500,
    "worker": 2_500,
    "tasks": 1_500,
    "every": 1_000,
    "rules": 2_000,
    "library": 1_000,
}
"""Events at least, for each spec; more than 10,000 in all."""


@pytest.mark.parametrize("name", CASES)
def test_they_agree_on_every_instruction_state_field_record_and_error(name: str) -> None:
    found: Counter[str] = Counter()
    plays = EVENTS[name] // LENGTH

    @settings(
        max_examples=plays,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.large_base_example,
            HealthCheck.large_base_example,
        ],
    )
    @given(st.randoms(use_true_random=False))
    def plays_alike(chance: random.Random) -> None:
        found.update(play(name, chance, LENGTH))

    plays_alike()
    seed = 0
    while found.total() < EVENTS[name]:  # plays that end early are made up for
        found.update(play(name, random.Random(seed), LENGTH))
        seed += 1
    assert found["instructions"] > EVENTS[name] / 2
