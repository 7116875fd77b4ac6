"""What leads the machines of the checker's and the generator's tests deep."""

from __future__ import annotations

import random
from typing import Any

from lawful.codegen.interpreter import Message

from .player import NAMES, Hints

HINTS: Hints = {
    "priority": lambda chance: (chance.choice((0, 1, 2)),),
    "run_id": lambda chance: chance.choice((1, 2)),
    "licence": lambda chance: chance.random() < 0.3,
}

OF_BALLS: Hints = {
    "to": lambda chance: chance.choice(("red", "red", "blue", "green")),
    "weight": lambda chance: chance.choice((0, 1, 2, 3, 3, 50)),
    "count": lambda chance: chance.choice((0, 1, 2)),
}


def shape(event: Message, chance: random.Random) -> Message:
    """Sizes and holders are of the same keys, and a task needs those with a smaller name."""
    if "who_has" not in event.fields:
        return event
    of = event.fields.get("key", "key-9")
    keys = [key for key in (f"key-{n}" for n in range(NAMES)) if key < of]
    keys = [key for key in keys if chance.random() < 0.5]
    held = ((1,), (1, 2), (2, 3), (3,), ())
    new: dict[str, Any] = {
        "who_has": {key: [f"address-{peer}" for peer in chance.choice(held)] for key in keys}
    }
    if "sizes" in event.fields:
        new["sizes"] = {key: chance.choice((1, 20, 40)) for key in keys}
    return Message(event.name, {**event.fields, **new})
