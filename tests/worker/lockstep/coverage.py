"""What has happened in lock-step: transitions, routes, events, instructions, errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from distributed import worker_state_machine as upstream

from lawful.generated.worker import Task, Worker


def _concrete(base: type) -> list[type]:
    """Classes of upstream below ``base`` that have none below themselves."""
    all_below: list[type] = base.__subclasses__()
    below = [kind for kind in all_below if kind.__module__ == upstream.__name__]
    return [found for kind in below for found in _concrete(kind)] if below else [base]


PAIRS = sorted(upstream.WorkerState._TRANSITIONS_TABLE)
"""The entries of upstream's transition table: (state, request)."""
ROUTES = sorted(
    (start, request) for start, requests in Worker._ROUTES[Task].items() for request in requests
)
"""The pairs that the spec sends through another state."""

_WAITING = (
    "Only ComputeTask asks for waiting, of a task in none of these states, and a resumed task whose work "
    "has come to nothing, which is released by then. Both requests are the next to be carried out."
)
_MISSING = (
    "A task that is to be fetched is asked for missing when its last holder has gone, and one that is "
    "released or was in flight when it is to be fetched and has no holder. The first is still to be "
    "fetched when its turn comes: what comes before it are others of its kind. The second is the next."
)
UNREACHABLE = {
    **{(state, "waiting"): _WAITING for state in ("ready", "constrained", "executing")},
    **{(state, "waiting"): _WAITING for state in ("long-running", "memory")},
    **{(state, "missing"): _MISSING for state in ("waiting", "ready", "constrained")},
    **{(state, "missing"): _MISSING for state in ("memory", "error")},
}
"""Routes that no event leads to, with the reason."""
REACHABLE = [pair for pair in ROUTES if pair not in UNREACHABLE]

EVENTS = sorted(kind.__name__ for kind in _concrete(upstream.StateMachineEvent))
INSTRUCTIONS = sorted(
    kind.__name__ for kind in _concrete(upstream.Instruction) if kind is not upstream.Instruction
)


@dataclass
class Coverage:
    """How often each thing has happened, in histories in which all machines were alike."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    instructions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    histories: int = 0
    steps: int = 0

    def add(
        self,
        events: Iterable[Any],
        instructions: Iterable[Any],
        records: Iterable[tuple[Any, ...]],
    ) -> None:
        """Count a step. ``records`` are what has been logged, of which transitions have seven parts."""
        self.steps += 1
        self.events.update(type(event).__name__ for event in events)
        self.instructions.update(type(instruction).__name__ for instruction in instructions)
        self.pairs.update((record[1], record[2]) for record in records if len(record) == 7)

    def missing(self) -> dict[str, list[Any]]:
        """What could have happened and has not, by kind."""
        return {
            "transitions": [pair for pair in PAIRS if not self.pairs[pair]],
            "routes": [pair for pair in REACHABLE if not self.pairs[pair]],
            "events": [name for name in EVENTS if not self.events[name]],
            "instructions": [name for name in INSTRUCTIONS if not self.instructions[name]],
        }

    def refuted(self) -> list[tuple[str, str]]:
        """Routes that have been taken although no event should lead to them."""
        return [pair for pair in UNREACHABLE if self.pairs[pair]]

    @property
    def event_count(self) -> int:
        return sum(self.events[name] for name in EVENTS)

    def summary(self) -> str:
        """One line."""
        counts = ", ".join(
            f"{len(whole) - len(self.missing()[name])} of {len(whole)} {name}"
            for name, whole in (
                ("transitions", PAIRS),
                ("routes", REACHABLE),
                ("events", EVENTS),
                ("instructions", INSTRUCTIONS),
            )
        )
        return f"{self.event_count:,} events in {self.histories:,} histories equal; {counts}"

    def table(self) -> str:
        """All of it, for people."""
        lines = [
            *_section("transitions", {_arrow(pair): self.pairs[pair] for pair in PAIRS}),
            *_section("routes", {_arrow(pair): self.pairs[pair] for pair in REACHABLE}),
            *_section(
                "routes that no event leads to", {_arrow(p): self.pairs[p] for p in UNREACHABLE}
            ),
            *_section("events", {name: self.events[name] for name in EVENTS}),
            *_section("instructions", {name: self.instructions[name] for name in INSTRUCTIONS}),
            *_section("how histories ended before their time", dict(self.errors.most_common())),
        ]
        return "\n".join([*lines, "", self.summary()])


def _arrow(pair: tuple[str, str]) -> str:
    return f"{pair[0]} -> {pair[1]}"


def _section(title: str, counts: Mapping[str, int]) -> list[str]:
    width = max(map(len, counts), default=0)
    cells = [f"{name:<{width}} {count:>9,}" for name, count in counts.items()]
    columns = max(1, 110 // (width + 14))
    rows = ["   ".join(cells[at : at + columns]) for at in range(0, len(cells), columns)]
    return ["", title, *(f"  {row}" for row in rows)]
