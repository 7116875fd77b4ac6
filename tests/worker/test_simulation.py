"""Whole clusters, simulated: the real scheduler and machines of ours, in 200 random runs and a few bad ones."""

from __future__ import annotations

import pytest

from .simulation import Report, run

RUNS = 200
TOGETHER = 25


@pytest.mark.parametrize("first", range(0, RUNS, TOGETHER))
def test_every_run_comes_to_rest_with_every_wish_fulfilled(first: int) -> None:
    total = Report()
    for seed in range(first, first + TOGETHER):
        total += run(seed)
    print(total)
    assert total.runs == TOGETHER
    assert len(total.covered) > 30
