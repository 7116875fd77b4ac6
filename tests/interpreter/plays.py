"""Playing: events from a source of chance, given to both machines, until one is poisoned or enough came."""

from __future__ import annotations

import random
from collections import Counter

from .cases import CASES, made
from .pair import Made, Pair
from .player import Player


def play(name: str, chance: random.Random, length: int, *, of: Made | None = None) -> Counter[str]:
    """Give at most ``length`` events to a new pair of machines of a case; ``Disagreement`` if they differ.

    Counts what the events came to: ``instructions`` or the name of an error. ``of`` are other machines
    than those of the case, of the same spec.
    """
    case = CASES[name]
    watched = chance.random() < 0.5
    pair = Pair(of or made(name), seed=chance.randrange(1 << 20), watched=watched)
    player = Player(pair.interpreted, chance, case.hints, case.often)
    found: Counter[str] = Counter()
    for _ in range(length):
        event = player.next()
        if case.shape is not None:
            event = case.shape(event, chance)
        answer = pair.handle(event)
        found[answer[0]] += 1
        if answer[0] == "instructions":
            player.heard(pair.emitted)
        elif pair.interpreted.poisoned is not None:
            assert pair.handle(event)[0] == "MachinePoisoned"
            break
    return found
