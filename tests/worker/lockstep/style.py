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
    max_dependents: int = 9999
    peers_of_their_own: bool = False  # each key is with a peer that has nothing else
    settled: bool = False  # a task never comes again with other inputs
    max_holders: int = 3
    priorities: tuple[int, ...] = (-1, 0, 1, 2)
    nthreads: int = 1
    resources: tuple[tuple[str, float], ...] = ()
    count_limit: int = 9999
    throttle_threshold: int = 10_000_000
    bytes_limit: float = math.inf
    message_limit: float = math.inf
    hostile: float = 0.0
    bad_values: float = 0.0  # share of values that are slow to store, or can't be stored
    actors: float = 0.0
    plugin: bool = False  # whether one listens to transitions
    directly: bool = False  # whether tasks are now and then asked for what no event asks for
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
        plugin=choose.choice((False, False, True)),
        directly=True,
        batches=choose.choice((0.0, 0.2)),
        transitions_at_most=choose.choice((0, 0, 0, 0, 0, 0, 0, 60)),
    )


def narrow_style(choose: random.Random) -> Style:
    """For upstream's class as it is: every set whose order could decide anything has one element at most.

    A task has one input, one dependent and one holder, and a transfer carries one key, so that slots,
    resources, limits and chance are contended for in an order that doesn't depend on sets. All have one
    priority, so that the order of insertion decides in heaps. Nothing hostile comes in batches, where
    messages share their lists.
    """
    hostile = choose.choice((0.0, 0.0, 0.05))
    return Style(
        steps=choose.choice((10, 40, 80)),
        keys=choose.choice((2, 4, 8, 12)),
        max_inputs=1,
        max_dependents=1,
        settled=True,
        max_holders=1,
        priorities=(0,),
        nthreads=choose.choice((1, 2, 4)),
        resources=choose.choice(((), (("GPU", 1.0),), (("GPU", 2.0), ("MEM", 4.0)))),
        count_limit=choose.choice((9999, 1, 2)),
        throttle_threshold=choose.choice((10_000_000, 0, 50)),
        bytes_limit=choose.choice((math.inf, 100.0, 20.0)),
        message_limit=1.0,
        hostile=hostile,
        bad_values=choose.choice((0.0, 0.1)),
        actors=choose.choice((0.0, 0.0, 0.1)),
        batches=0.0 if hostile else choose.choice((0.0, 0.2)),
    )


def wide_style(choose: random.Random) -> Style:
    """For upstream's class as it is: graphs of any width and depth, and nothing to contend for.

    There are threads, resources and bytes for all, and each key is with a peer of its own, so that a
    transfer carries one key. The order of inputs and dependents then decides nothing but the order of
    instructions and records, and how often a task is asked for what it is doing already.
    """
    return Style(
        steps=choose.choice((10, 40, 80)),
        keys=choose.choice((4, 8, 12)),
        max_inputs=choose.choice((2, 4)),
        peers_of_their_own=True,
        max_holders=1,
        priorities=(0,),
        nthreads=1000,
        resources=choose.choice(((), (("GPU", 1e6), ("MEM", 1e6)))),
        bad_values=choose.choice((0.0, 0.1)),
        actors=choose.choice((0.0, 0.0, 0.1)),
        batches=choose.choice((0.0, 0.2)),
    )
