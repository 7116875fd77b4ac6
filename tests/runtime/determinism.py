"""Run as a script: prints what machines do with fixed events, for comparison between processes."""

from __future__ import annotations

import json
from typing import Any

from lawful.generated.tutorial import Add, Fetch, Fetched, FetchFailed, Tutorial
from lawful.runtime import Machine, SeededChoices, Simulator, VirtualClock

from .shop import Kitchen, Ordered, Recalled, Shop


class Outcomes:
    """Outcomes of the tutorial's machine; which one is chosen."""

    def __init__(self) -> None:
        self.choose = SeededChoices(3)

    def fetch(self, instruction: Fetch) -> Any:
        if self.choose([True, False]):
            return [Fetched(instruction.url, size=1)]
        return [FetchFailed(instruction.url, reason="chosen")]


def tutorial() -> Tutorial:
    machine = Tutorial(slots=5, clock=VirtualClock(), validate=True)
    simulator = Simulator(machine, Outcomes(), seed=11)
    for number in range(60):
        simulator.post(Add(f"https://example.org/{number % 40}"))
    simulator.run()
    return machine


def shop() -> Shop:
    machine = Shop(ovens=4, clock=VirtualClock(), validate=True)
    simulator = Simulator(machine, Kitchen(SeededChoices(7)), seed=7)
    for number in range(40):
        simulator.post(Ordered(number, card=f"card-{number}"))
    for number in (30, 31):
        simulator.post(Recalled(number))
    simulator.run()
    return machine


def show(machine: Machine[Any, Any]) -> None:
    print(*machine.history.to_json(), sep="\n")
    print(*(json.dumps(record) for record in machine.log), sep="\n")


if __name__ == "__main__":
    show(tutorial())
    show(shop())
