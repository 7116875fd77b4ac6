"""The Downloader in every weather: outcomes and users chosen at random, invariants checked each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.generated.downloader import (
    Abort,
    Add,
    Cancel,
    CancelAll,
    Discard,
    Downloader,
    Event,
    Fetch,
    FetchAborted,
    Fetched,
    FetchFailed,
    Forget,
    Hashed,
    HashFailed,
    HashFile,
    Instruction,
    Pause,
    Progress,
    Recommendations,
    Report,
    Resume,
    Stored,
    StoreFailed,
    StoreFile,
    Wait,
    Waited,
)
from lawful.runtime import SeededChoices, Simulator, VirtualClock
from lawful.runtime.simulator import Choose

from .worlds import RIGHT, URL, WRONG, NoChance

NAMES = ("a", "b", "c", "d")


class AnyNetwork:
    """Whatever can happen to an instruction happens, as ``choose`` wants it."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.reports: Counter[str] = Counter()
        self.aborted: dict[str, int] = {}

    def fetch(self, instruction: Fetch) -> Collection[Event]:
        name, run = instruction.name, instruction.run
        progress: list[Event] = [Progress(name=name, run=run, received=5)]
        ends: list[Event] = [
            Fetched(name=name, run=run, received=10),
            FetchFailed(name=name, run=run, reason="broken", permanent=False),
            FetchFailed(name=name, run=run, reason="missing", permanent=True),
        ]
        if self.aborted.get(name) == run:
            ends.append(FetchAborted(name=name, run=run))
        return [*self.choose([[], progress]), self.choose(ends)]

    def hash_file(self, instruction: HashFile) -> Collection[Event]:
        name = instruction.name
        ends: list[Event] = [
            Hashed(name=name, sha256=RIGHT),
            Hashed(name=name, sha256=WRONG),
            HashFailed(name=name, reason="unreadable"),
        ]
        return [self.choose(ends)]

    def store_file(self, instruction: StoreFile) -> Collection[Event]:
        name = instruction.name
        ends: list[Event] = [Stored(name=name), StoreFailed(name=name, reason="full")]
        return [self.choose(ends)]

    def wait(self, instruction: Wait) -> Collection[Waited]:
        return [Waited(name=instruction.name, run=instruction.run)]

    def abort(self, instruction: Abort) -> None:
        self.aborted[instruction.name] = instruction.run

    def discard(self, instruction: Discard) -> None:
        pass

    def report(self, instruction: Report) -> None:
        self.reports[instruction.name] += 1
        assert instruction.ended in ("done", "failed", "cancelled")


class Counting(Downloader):
    """A machine that counts the Adds that it doesn't ignore, by name."""

    accepted: Counter[str]

    def handle_event(self, event: Event) -> tuple[Recommendations, list[Instruction]]:
        if isinstance(event, Add):
            file = self.files.get(event.name)
            if file is None or file.state in ("idle", "failed", "cancelled"):
                self.accepted[event.name] += 1
        return super().handle_event(event)


class World:
    """A machine in a simulator."""

    def __init__(self, choose: Choose, *, slots: int, tries: int) -> None:
        clock = VirtualClock()
        self.machine = Counting(
            slots=slots, tries=tries, host=NoChance(), clock=clock, validate=True
        )
        self.machine.accepted = Counter()
        self.network = AnyNetwork(choose)
        self.simulator = Simulator(self.machine, self.network, choose=choose, duration=duration)

    def finish(self) -> None:
        """Let everything come home."""
        self.simulator.handle(Resume())
        self.simulator.run()
        assert self.simulator.at_rest
        assert {f.state for f in self.machine.files.values()} <= {"idle", "done", "failed"}
        assert self.network.reports == self.machine.accepted


def duration(instruction: object) -> float:
    """How long it takes: only a Wait takes time, so that everything else can overtake it."""
    return instruction.seconds if isinstance(instruction, Wait) else 0.0


def users(names: tuple[str, ...] = NAMES) -> list[Event]:
    """Everything that a user can ask for."""
    about: list[Event] = []
    for name in names:
        for priority in (0, 1):
            about.append(Add(name=name, url=URL, sha256=RIGHT, priority=priority))
        about += [Add(name=name, url=URL), Cancel(name=name), Forget(name=name)]
    return [*about, CancelAll(), Pause(), Resume()]


def turmoil(choose: Choose, *, slots: int, tries: int, rounds: int) -> World:
    """A user who asks for anything at any time, until things are left to come to rest."""
    world = World(choose, slots=slots, tries=tries)
    for _ in range(rounds):
        if choose((True, False)):
            world.simulator.handle(choose(users()))
        else:
            world.simulator.step()
    world.finish()
    return world


@pytest.mark.parametrize("seed", range(40))
def test_it_comes_to_rest_whatever_happens(seed: int) -> None:
    turmoil(SeededChoices(seed), slots=1 + seed % 3, tries=1 + seed % 4, rounds=150)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), slots=st.integers(1, 3), tries=st.integers(1, 3))
def test_it_comes_to_rest_in_the_worst_case_that_can_be_found(
    data: st.DataObject, slots: int, tries: int
) -> None:
    turmoil(
        lambda options: data.draw(st.sampled_from(options)), slots=slots, tries=tries, rounds=30
    )


def test_the_same_seed_gives_the_same_story() -> None:
    first, second = (
        turmoil(SeededChoices(7), slots=2, tries=3, rounds=200).machine for _ in range(2)
    )
    assert list(first.log) == list(second.log)
    assert list(first.history.to_json()) == list(second.history.to_json())


def test_a_thousand_files_end_with_the_clock_far_ahead_and_no_time_spent() -> None:
    world = World(SeededChoices(1), slots=5, tries=3)
    for number in range(1000):
        world.simulator.handle(Add(name=f"file {number}", url=URL, sha256=RIGHT))
    world.simulator.run(limit=100_000)
    ended = Counter(file.state for file in world.machine.files.values())
    assert ended["done"] + ended["failed"] == 1000
    assert min(ended["done"], ended["failed"]) > 50
    assert world.simulator.clock.now > 1.0
