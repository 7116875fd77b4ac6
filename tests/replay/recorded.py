"""Recorded runs of every spec that the interpreter is compared on: machines, chance, and a recorder."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from lawful.codegen.checked import CheckedSpec
from lawful.runtime import Recorder
from tests.interpreter.cases import CASES, made
from tests.interpreter.pair import Pair
from tests.interpreter.player import Player


def record(
    name: str, path: Path, chance: random.Random, length: int, **options: Any
) -> CheckedSpec:
    """Give ``length`` events to a recorded machine of a case, and to new ones, each with its own set of
    files, after errors that poison one. The spec of the case."""
    case, given, number = CASES[name], 0, 0
    while given < length:
        of = made(name)
        pair = Pair(of, seed=chance.randrange(1 << 20), watched=chance.random() < 0.3)
        player = Player(pair.interpreted, chance, case.hints, case.often)
        with Recorder(
            pair.generated, path.with_name(f"{path.name}-{number}"), **options
        ) as recorder:
            while given < length and pair.interpreted.poisoned is None:
                given += 1
                event = player.next()
                event = event if case.shape is None else case.shape(event, chance)
                if pair.handle(event)[0] == "instructions":
                    player.heard(pair.emitted)
            assert recorder.failure is None
        number += 1
    return made(name).spec
