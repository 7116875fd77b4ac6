"""What must be true when all has come to rest, and what must be left when nobody wants anything."""

from __future__ import annotations

from typing import Any

from .client import SimulatedClient
from .jobs import Name
from .world import Simulation


def check_scheduler(world: Simulation) -> None:
    """The scheduler's own checks hold. One of them doesn't when an input was lost under a running task."""
    awaited = {task for worker in world.scheduler.workers.values() for task in worker.needs_what}
    if all(task.state != "forgotten" for task in awaited):
        world.scheduler.validate_state()


def check_at_rest(world: Simulation) -> None:
    """Every wish has come to what it should, nobody has anything left to do, and all agree on who has what."""
    check_scheduler(world)
    for client in world.clients:
        for key, told in client.wanted.items():
            check_future(world, client, key, told)
    for task in world.scheduler.tasks.values():
        assert task.state in ("memory", "erred", "released"), f"{task} is stuck"
    for worker in world.alive:
        check_worker(world, worker.state)


def check_future(world: Simulation, client: SimulatedClient, key: Name, told: str) -> None:
    """The future has its value, everywhere where it is, or has failed as planned, and the client knows."""
    expected = world.jobs.expected(key)
    task = world.scheduler.tasks.get(key)
    wanted = task is not None and any(c.client_key == client.name for c in task.who_wants or ())
    if task is None or not wanted:
        lost = key in client.refused or world.jobs.may_be_lost(key)
        assert lost, f"{client.name} wants {key}, was told {told!r}, and the scheduler forgot it"
        return
    if expected is None:
        assert task.state == "erred", f"{key} should have failed: {task}"
        assert told in ("error", "cancelled"), f"{client.name} was told that {key} is {told}"
        return
    assert task.state == "memory", f"{key} should be in memory: {task}, {task.exception_text}"
    assert told in ("finished", "cancelled"), f"{client.name} was told that {key} is {told}"


def check_worker(world: Simulation, state: Any) -> None:
    """Nothing is left to do, and the scheduler knows what is here; what is here is right."""
    state.validate_state()
    if hasattr(state, "check_at_rest"):  # upstream's class knows nothing of rest
        state.check_at_rest()
    assert not state.executing, f"{state.address} executes {state.executing}"
    assert not state.long_running, f"{state.address} runs {state.long_running}"
    assert not state.in_flight_workers, f"{state.address} gathers {state.in_flight_workers}"
    assert not state.busy_workers, f"{state.address} leaves {state.busy_workers} alone"
    assert state.available_resources == state.total_resources, f"{state.available_resources}"
    for task in state.tasks.values():
        # A copy that was asked for too late, and an input that was asked for by a task that has left or
        # failed, are asked for every second until the scheduler forgets them. Nobody waits for them.
        useless = task.state == "missing" and all(t.state != "waiting" for t in task.dependents)
        left = useless or task.state in ("memory", "error", "released")
        assert left, f"{task} is stuck on {state.address}, needed by {list(task.dependents)}"
    known = {task.key for task in world.scheduler.workers[state.address].has_what}
    assert known == set(state.data), (
        f"{state.address} has {sorted(state.data)}, the scheduler believes {sorted(known)}"
    )
    for key, value in state.data.items():
        assert value == world.jobs.expected(key), f"{key} is {value} on {state.address}"


def check_empty(world: Simulation) -> None:
    """Nobody wants anything any more: nothing is left anywhere."""
    check_scheduler(world)
    assert not world.scheduler.tasks, (
        f"the scheduler still has {list(world.scheduler.tasks.values())}"
    )
    for worker in world.alive:
        state = worker.state
        check_worker(world, state)
        assert not state.tasks, f"{state.address} still has {list(state.tasks.values())}"
        assert not state.data, f"{state.address} still has the values of {list(state.data)}"
        assert state.nbytes == 0, f"{state.address} counts {state.nbytes} bytes"
        assert not any(state.has_what.values()), f"{state.address} knows of {state.has_what}"
