"""The outside of dask's worker, as small as it can be, and what its events carry."""

from __future__ import annotations

import random
from typing import Any

from lawful.codegen.interpreter import Message

from .player import NAMES, Hints

ADDRESS = "peer-0"  # of this worker
CONFIG = {
    "address": ADDRESS,
    "nthreads": 2,
    "total_resources": {"gpu": 1.0},
    "transfer_incoming_count_limit": 3,
    "transfer_incoming_bytes_throttle_threshold": 60,
    "transfer_incoming_bytes_limit": 150.0,
    "transfer_message_bytes_limit": 60.0,
}

CONTEXT = {"available_resources": CONFIG["total_resources"]}


class Outside:
    """Host functions over a plain dict. ``chance`` makes a store fail now and then."""

    def __init__(self, chance: random.Random, failure: type[Exception]) -> None:
        self.chance = chance
        self.failure = failure
        self.data: dict[Any, Any] = {}
        self.calls: list[tuple[Any, ...]] = []

    def holds(self, key: Any) -> bool:
        return key in self.data

    def held(self) -> list[Any]:
        return list(self.data)

    def store(self, key: Any, value: Any, actor: bool) -> tuple[float, float]:
        self.calls.append(("store", key, value, actor))
        if self.chance.random() < 0.1:
            raise self.failure("exception", None, f"can't store {key}", "")
        if not actor:
            self.data[key] = value
        return 1.0, self.chance.choice((1.0, 2.0))

    def discard(self, key: Any) -> None:
        self.calls.append(("discard", key))
        self.data.pop(key, None)

    def sizeof(self, value: Any) -> int:
        self.calls.append(("sizeof", value))
        return self.chance.choice((1, 20, 40))

    def type_of(self, value: Any) -> str:
        return f"type of {value}"

    def pickled(self, type: Any) -> str:
        return f"pickled {type}"

    def typename(self, type: Any) -> str:
        return f"name of {type}"

    def thread_of(self, key: Any) -> int | None:
        self.calls.append(("thread_of", key))
        return self.chance.choice((None, 7))

    def as_sent(self, keys: Any) -> tuple[Any, ...]:
        return tuple(keys)

    def started(self, action: str, start: float, stop: float) -> tuple[str, float, float]:
        return action, start, stop

    def distance(self, peer: str, address: str) -> int:
        return int(peer[-1] > "2")

    def random(self) -> float:
        self.calls.append(("random",))
        return self.chance.random()


HINTS: Hints = {
    "worker": lambda chance: f"peer-{chance.choice((1, 1, 2, 3))}",
    "run_id": lambda chance: chance.choice((1, 2)),
    "priority": lambda chance: (chance.choice((0, 1, 2)),),
    "resource_restrictions": lambda chance: chance.choice((None, None, {}, {"gpu": 1.0})),
    "actor": lambda chance: chance.random() < 0.1,
    "start": lambda chance: chance.choice((None, 1.0)),
    "stop": lambda _: 2.0,
    "total_nbytes": lambda chance: chance.choice((1, 20, 40)),
}


def shape(event: Message, chance: random.Random) -> Message:
    """Sizes and holders are of the same keys, and inputs come before what needs them: a task can't need
    itself. Mostly peers are holders, now and then nobody, or this worker."""
    if "who_has" not in event.fields:
        return event
    of = event.fields.get("key", "key-9")
    keys = [key for key in (f"key-{n}" for n in range(NAMES)) if key < of]
    keys = [key for key in keys if chance.random() < 0.5]
    held = ((1,), (1, 2), (2, 3), (3,), (), (0, 1))
    new: dict[str, Any] = {
        "who_has": {key: [f"peer-{peer}" for peer in chance.choice(held)] for key in keys}
    }
    if "nbytes" in event.fields:
        new["nbytes"] = {key: chance.choice((1, 20, 40)) for key in keys}
    return Message(event.name, {**event.fields, **new})
