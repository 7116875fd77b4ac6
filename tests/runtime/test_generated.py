"""The runtime with a machine that is generated: the tutorial's."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.generated.tutorial import Add, Fetch, Fetched, FetchFailed, Tutorial
from lawful.runtime import Dispatcher, IllegalEvent, Simulator, VirtualClock

from .shop import trace


class Fetches:
    """Each file fails as often as its name says."""

    def __init__(self) -> None:
        self.tries: dict[str, int] = {}

    async def fetch(self, instruction: Fetch) -> Any:
        return self.outcome(instruction)

    def outcome(self, instruction: Fetch) -> Any:
        url = instruction.url
        self.tries[url] = tries = self.tries.get(url, 0) + 1
        if tries <= int(url):
            return [FetchFailed(url, reason=f"try {tries}")]
        return [Fetched(url, size=tries)]


class Simulated(Fetches):
    fetch = Fetches.outcome


def states(machine: Tutorial) -> dict[str, str]:
    return {url: file.state for url, file in machine.files.items()}


def test_a_generated_machine_runs_through_the_dispatcher() -> None:
    machine = Tutorial(slots=2, validate=True)

    async def main() -> None:
        async with Dispatcher(machine, Fetches()) as dispatcher:
            for url in ("0", "1", "2", "3"):
                dispatcher.post(Add(url))
            await dispatcher.drain()

    asyncio.run(main())
    assert states(machine) == {"0": "done", "1": "done", "2": "failed", "3": "failed"}
    machine.check()
    machine.check_at_rest()


def test_the_same_trace_through_both_drivers() -> None:
    simulated = Tutorial(slots=1, clock=VirtualClock())
    simulator = Simulator(simulated, Simulated())
    real = Tutorial(slots=1, clock=VirtualClock())
    urls = ("2", "0", "1", "0")
    for url in urls:
        simulator.post(Add(url))
    simulator.run()

    async def main() -> None:
        async with Dispatcher(real, Fetches()) as dispatcher:
            for url in urls:
                dispatcher.post(Add(url))
            await dispatcher.drain()

    asyncio.run(main())
    assert trace(real) == trace(simulated)
    assert list(real.log) == list(simulated.log)


@given(st.data())
def test_it_comes_to_rest_with_its_invariants_whatever_ends_first(data: st.DataObject) -> None:
    def choose(options: Any) -> Any:
        return data.draw(st.sampled_from(options))

    machine = Tutorial(slots=data.draw(st.integers(1, 3)), validate=True)
    simulator = Simulator(machine, Simulated(), choose=choose)
    for url in data.draw(st.lists(st.sampled_from("0123"), max_size=8)):
        simulator.post(Add(url))
    simulator.run()
    assert set(states(machine).values()) <= {"done", "failed"}


def test_an_illegal_event_changes_nothing() -> None:
    machine = Tutorial()
    machine.handle(Add("a"))
    log, history, count = list(machine.log), list(machine.history), machine.event_count
    for event in (Fetched("b", size=1), FetchFailed("b", reason="")):
        with pytest.raises(IllegalEvent, match="a Fetch is open only while"):
            machine.handle(copy.copy(event))
    assert (list(machine.log), list(machine.history), machine.event_count) == (log, history, count)


def test_an_entity_shows_its_key_and_state() -> None:
    machine = Tutorial()
    machine.handle(Add("a"))
    assert repr(machine.files["a"]) == "<File 'a' running>"


def test_code_of_another_format_says_that_it_is_to_be_generated_again() -> None:
    with pytest.raises(
        ImportError, match=r"generate it again: lawful generate spec/tutorial\.yaml"
    ):

        class Older(Tutorial):
            FORMAT = -1
