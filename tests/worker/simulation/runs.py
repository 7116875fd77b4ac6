"""One run from one seed, and many."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState

from .character import Character
from .checks import check_at_rest, check_empty
from .loop import VirtualLoop
from .outside import scheduler_of, simulated
from .story import Story
from .weather import Weather
from .worker import SimulatedWorker
from .world import SchedulerTripped, Simulation

START = 1_700_000_000.0  # seconds; where the clock of a run begins
ENTRIES = frozenset(upstream.WorkerState._TRANSITIONS_TABLE)


@dataclass
class Report:
    """What has happened in a run, or in several."""

    runs: int = 0
    steps: int = 0
    events: Counter[str] = field(default_factory=Counter)
    transitions: Counter[tuple[str, str]] = field(default_factory=Counter)  # (start, requested)
    flaws: Counter[str] = field(default_factory=Counter)  # known ones of upstream that were met
    story: list[str] = field(default_factory=list)

    def __iadd__(self, other: Report) -> Report:
        self.runs += other.runs
        self.steps += other.steps
        self.events += other.events
        self.transitions += other.transitions
        self.flaws += other.flaws
        return self

    @property
    def covered(self) -> frozenset[tuple[str, str]]:
        """Which of the entries of upstream's table of transitions were taken."""
        return ENTRIES & self.transitions.keys()

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs, {self.steps:,} steps, {self.events.total():,} events of "
            f"{len(self.events)} kinds, {self.transitions.total():,} transitions, "
            f"{len(self.covered)} of {len(ENTRIES)} entries, "
            f"{self.flaws.total()} known flaws of the scheduler or of both machines met, "
            f"{self.flaws['given up']} runs given up for one"
        )


class RunFailed(AssertionError):
    """A run went wrong. Says what, how to repeat it, and what happened last."""

    def __init__(self, seed: int, error: BaseException, story: list[str]) -> None:
        self.seed = seed
        self.story = story
        told = "\n  ".join(story[-40:])
        super().__init__(
            f"seed {seed}: {type(error).__name__}: {error}\n"
            f"the last of {len(story)} lines:\n  {told}\n"
            f"repeat with: python -m tests.worker.simulation --seed {seed} --story"
        )


def run(
    seed: int,
    *,
    machine: Callable[..., Any] = WorkerState,
    worker: type[SimulatedWorker] = SimulatedWorker,
    story: bool = False,
) -> Report:
    """Play and check one run. ``RunFailed`` if it doesn't come to rest as it should.

    ``machine`` makes the machine of a worker; upstream's class will do. ``worker`` is what is around it.
    """
    told = Story(story)
    try:
        return _play(seed, told, machine, worker)
    except Exception as error:
        if not story:
            # Nobody has listened. It goes the same way again.
            told = Story(True)
            with contextlib.suppress(Exception):
                _play(seed, told, machine, worker)
        raise RunFailed(seed, error, told.lines) from error


def _play(
    seed: int, told: Story, machine: Callable[..., Any], worker: type[SimulatedWorker]
) -> Report:
    loop = VirtualLoop(START)  # type: ignore[abstract]  # it has what is asked of it here
    world: Simulation

    async def offload(*args: Any, **kwargs: Any) -> Any:
        return await world.offload(*args, **kwargs)

    rng = random.Random(seed)
    character = Character.of(rng)
    settings = {"distributed.scheduler.worker-saturation": character.queuing}
    with simulated(loop, offload, settings), scheduler_of(loop) as scheduler:
        world = Simulation(rng, character, scheduler, loop, told, machine=machine, worker=worker)
        weather = Weather(world)
        try:
            weather.play()
            weather.calm()
            check_at_rest(world)
            for client in world.clients:
                client.release(list(client.wanted))
            world.drain()
            check_empty(world)
        except SchedulerTripped:
            world.flaws["given up"] += 1  # nothing can be said of the machines after that
        return Report(1, world.steps, world.events, transitions_of(world), world.flaws, told.lines)


def transitions_of(world: Simulation) -> Counter[tuple[str, str]]:
    """How often each pair of a state and a request came up, from the logs of the machines."""
    counted: Counter[tuple[str, str]] = Counter()
    for state in world.machines:
        counted.update((record[1], record[2]) for record in state.log if len(record) == 7)
    return counted
