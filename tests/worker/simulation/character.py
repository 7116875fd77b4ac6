"""What kind of cluster a seed makes: what is slow in one is fast in another."""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import inf

KINDS = ("to scheduler", "to peer", "thread", "transfer", "offload", "reply")


@dataclass(frozen=True)
class Place:
    """Where a worker can be, and what every worker that comes there has."""

    slot: int
    address: str
    nthreads: int
    gpus: float
    connections: int  # transfers that it serves at once
    transfers: int  # that it opens at once while much is coming in
    incoming_bytes: float
    message_bytes: float


@dataclass(frozen=True)
class Character:
    """The measures of a run. ``weights`` say how often each kind of step is taken when there is a choice."""

    places: tuple[Place, ...]
    clients: int
    weights: dict[str, float]
    slow: float  # chance that a thread or a transfer is much slower than the others
    loss: float  # chance at each move of a transfer that its connection breaks
    batch: int  # messages that arrive at once, at most
    pace: float  # seconds that a step takes, at most
    throttle: int  # incoming bytes from which the number of transfers is limited
    queuing: float  # the scheduler's setting of worker saturation
    length: int  # steps with wishes and trouble
    wishes: float  # chance of a step to be a wish of a user
    troubles: float  # chance that it is trouble
    timers: float  # chance that a timer ends
    kills: int  # workers that may die

    @classmethod
    def of(cls, rng: random.Random) -> Character:
        return cls(
            places=tuple(_place(rng, slot) for slot in range(1, 1 + rng.choice([2, 3, 3, 4]))),
            clients=rng.choice([1, 1, 2]),
            weights={kind: rng.choice([0.2, 1, 1, 5]) for kind in KINDS}
            | {"slow thread": 0.01, "slow transfer": 0.01},
            slow=rng.choice([0, 0.2, 0.6, 0.9]),
            loss=rng.choice([0, 0, 0.02, 0.1]),
            batch=rng.choice([1, 3, 10]),
            pace=rng.choice([0.001, 0.01, 0.1]),
            throttle=rng.choice([0, 10_000, 10_000_000]),
            queuing=rng.choice([1.1, inf]),
            length=rng.choice([200, 500, 1500]),
            wishes=rng.choice([0.05, 0.15]),
            troubles=rng.choice([0.05, 0.15]),
            timers=rng.choice([0.02, 0.2]),
            kills=rng.choice([0, 0, 1, 3]),
        )


def _place(rng: random.Random, slot: int) -> Place:
    return Place(
        slot=slot,
        address=f"tcp://10.0.0.{1 + slot % 2}:{slot}",
        nthreads=rng.choice([1, 1, 2, 3]),
        gpus=2 if slot == 1 else rng.choice([0, 1, 2]),
        connections=rng.choice([1, 1, 2, 10]),
        transfers=rng.choice([1, 2, 9999]),
        incoming_bytes=rng.choice([5_000, 2_000_000, inf]),
        message_bytes=rng.choice([200, 20_000, inf]),
    )
