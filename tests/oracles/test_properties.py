"""What holds in the published models, and the length of the shortest way to what doesn't."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.explorer import Search
from lawful.codegen.explorer.exploring import explore

from .models import MODELS, Model, clients, search

Operation = tuple[str, Any, tuple[tuple[int, int], ...]]
"""What, the result (None: a read of nothing), and how many others had completed when it began."""

SAFE = [m for m in MODELS if m.file != "racy_increment.yaml" and not m.sizes]


def named(file: str) -> Model:
    return next(model for model in MODELS if model.file == file and not model.sizes)


@pytest.mark.parametrize("model", SAFE, ids=str)
def test_what_is_always_so_is_proved_and_what_can_be_is_reached(
    model: Model, tmp_path: Path
) -> None:
    result = explore(model.spec(tmp_path), "everything").result
    assert result.verdict == "proved"
    assert not [f for f in result.vacuous if f.kind in ("always", "reachable")]


def test_the_racy_increment_loses_one_in_four_steps(tmp_path: Path) -> None:
    """Both read, both write."""
    explored = explore(named("racy_increment.yaml").spec(tmp_path), "everything")
    (story,) = explored.stories
    assert (story.claim, story.steps) == ("nothing gets lost", 4)
    assert [beat.event.name for beat in story.beats if beat.event] == [
        "Read",
        "Read",
        "Write",
        "Write",
    ]


def test_commitment_in_two_phases_is_commitment(tmp_path: Path) -> None:
    """With all but the managers' states hidden, each step is one of the plain model, or none."""
    plain = search(named("transaction_commit.yaml"), tmp_path)
    steps = set(edges(plain, managers))
    in_phases = search(named("two_phase_commit.yaml"), tmp_path)
    assert {(a, b) for a, b in edges(in_phases, managers) if a != b} <= steps


def edges(found: Search, shown: Callable[[Search, int], Any]) -> Iterator[tuple[Any, Any]]:
    for state in found.states:
        for edge in found.world.agenda(state).edges:
            for change in edge.ask(state):
                yield shown(found, state), shown(found, state + change)


def managers(found: Search, state: int) -> frozenset[tuple[Any, Any]]:
    """Whoever isn't at work any more, and what became of it."""
    return frozenset(
        (slot.key, value)
        for slot, value in found.world.layout.written(state)
        if slot.kind.group == "Manager" and slot.kind.field == "state"
    )


# Registers


@pytest.mark.parametrize(
    ("file", "deliveries"),
    [
        ("registers/single_copy.yaml", 3),
        ("registers/linearizable.yaml", 11),
        ("registers/paxos.yaml", 8),
    ],
)
def test_a_register_is_linearizable_and_a_value_can_be_read(
    file: str, deliveries: int, tmp_path: Path
) -> None:
    found = search(named(file), tmp_path)
    assert all(linearizable(*history(found, state)) for state in found.states)
    assert first(found, lambda state: a_value_is_read(found, state)) == deliveries


def test_two_servers_with_a_value_each_are_no_register(tmp_path: Path) -> None:
    two = next(m for m in MODELS if m.sizes == clients(2, 2))
    found = search(two, tmp_path)
    broken = [s for s in found.states if not linearizable(*history(found, s))]
    assert len(broken) == 20
    assert first(found, lambda state: not linearizable(*history(found, state))) == 4


def first(found: Search, holds: Callable[[int], bool]) -> int:
    """How many steps away the nearest state is for which it holds."""
    number = next(n for n, state in enumerate(found.states) if holds(state))
    return len(found.path(number)) - 1


def a_value_is_read(found: Search, state: int) -> bool:
    """Whether an answer with a value is in flight."""
    messages = [slot.key for slot in found.world.universe.open_slots() if state & slot.mask]
    return any(message[0] == "GetOk" and message[-1] is not None for message in messages)  # type: ignore[index]


def history(
    found: Search, state: int
) -> tuple[dict[int, tuple[Operation, ...]], dict[int, Operation]]:
    """What each client has completed, and what it has begun."""
    values: dict[tuple[int, str], Any] = {}
    for slot in found.world.layout.slots:
        if slot.kind.group == "Client" and isinstance(slot.key, int):
            values[slot.key, slot.kind.field] = slot.value(state)
    numbers = sorted({number for number, _ in values})
    completed = {n: values[n, "completed"] for n in numbers}
    begun = {
        n: (values[n, "operation"], None, values[n, "saw"])
        for n in numbers
        if values[n, "operation"]
    }
    return completed, begun


def linearizable(completed: dict[int, tuple[Operation, ...]], begun: dict[int, Operation]) -> bool:
    """Whether all completed operations, and any of the begun ones, could have happened one by one."""
    for size in range(len(begun) + 1):
        for some in combinations(begun, size):
            queues = {
                client: [*done, *((begun[client],) if client in some else ())]
                for client, done in completed.items()
            }
            if sequential(queues, completed, dict.fromkeys(queues, 0), None):
                return True
    return False


def sequential(
    queues: dict[int, list[Operation]],
    completed: dict[int, tuple[Operation, ...]],
    taken: dict[int, int],
    value: str | None,
) -> bool:
    """Whether the rest of the operations fits behind those that were taken."""
    if all(taken[client] == len(queue) for client, queue in queues.items()):
        return True
    for client, queue in queues.items():
        if taken[client] == len(queue):
            continue
        what, result, saw = queue[taken[client]]
        open_ = taken[client] >= len(completed[client])
        if any(taken[other] < count for other, count in saw):
            continue
        writes = what.startswith("write ")
        if not writes and not open_ and result != value:
            continue
        after = {**taken, client: taken[client] + 1}
        if sequential(queues, completed, after, what.removeprefix("write ") if writes else value):
            return True
    return False
