"""What kind of life a worker leads: how large, how contended, how hostile its surroundings are."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

ADDRESS = "127.0.0.1:1"
PEERS = ("127.0.0.1:2", "127.0.0.1:3", "10.0.0.1:2", "10.0.0.2:2")


@dataclass(frozen=True)
class Style:
    """``hostile`` is the share of events that nobody who keeps to the protocol would send."""

    steps: int = 40
    keys: int = 8
    max_inputs: int = 3
    max_dependents: int | None = None
    max_holders: int = 3
    nthreads: int = 1
    resources: tuple[tuple[str, float], ...] = ()
    count_limit: int = 9999
    throttle_threshold: int = 10_000_000
    bytes_limit: float = math.inf
    message_limit: float = math.inf
    hostile: float = 0.0
    bad_values: float = 0.0  # share of values that are slow to store, or can't be stored
    actors: float = 0.0
    batches: float = 0.1  # share of steps with more than one event
    transitions_at_most: int = 0  # 0: without end


def any_style(choose: random.Random) -> Style:
    """For the exact comparison: anything goes."""
    return Style(
        steps=choose.choice((10, 40, 80)),
        keys=choose.choice((2, 4, 8, 12)),
        max_inputs=choose.choice((1, 2, 4)),
        max_holders=choose.choice((1, 2, 3)),
        nthreads=choose.choice((1, 2, 4)),
        resources=choose.choice(((), (("GPU", 1.0),), (("GPU", 2.0), ("MEM", 4.0)))),
        count_limit=choose.choice((9999, 1, 2)),
        throttle_threshold=choose.choice((10_000_000, 0, 50)),
        bytes_limit=choose.choice((math.inf, 100.0, 20.0)),
        message_limit=choose.choice((math.inf, 50.0, 1.0)),
        hostile=choose.choice((0.0, 0.0, 0.05, 0.3)),
        bad_values=choose.choice((0.0, 0.1)),
        actors=choose.choice((0.0, 0.0, 0.1)),
        batches=choose.choice((0.0, 0.2)),
        transitions_at_most=choose.choice((0, 0, 0, 0, 0, 0, 0, 60)),
    )
