"""The simulator keeps the dispatcher's contract without threads or time."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.runtime import (
    ContractBroken,
    Dispatcher,
    IllegalEvent,
    InvariantViolated,
    SeededChoices,
    SimulationTooLong,
    Simulator,
    UnknownInstruction,
    VirtualClock,
)

from .one import (
    OPEN_KINDS,
    Done,
    Failed,
    Gates,
    Go,
    Progress,
    Runs,
    Work,
    handlers,
    machine,
    seen,
    until,
)
from .shop import Bake, Baked, Burnt, Kitchen, Ordered, Shop, ShopInstruction, trace


def simulate(seed: int, orders: int = 10) -> tuple[Shop, Kitchen]:
    shop, kitchen = Shop(ovens=3, clock=VirtualClock()), Kitchen(SeededChoices(seed))
    simulator = Simulator(shop, kitchen, seed=seed)
    for number in range(orders):
        simulator.post(Ordered(number))
    simulator.run()
    assert simulator.at_rest
    return shop, kitchen


def test_it_runs_until_all_is_at_rest() -> None:
    shop, kitchen = simulate(seed=1)
    assert shop.orders == {}
    assert sorted({number for number, text in kitchen.told if text == "ready"}) == list(range(10))


def test_the_same_seed_gives_the_same_trace_and_another_seed_another() -> None:
    assert trace(simulate(3)[0]) == trace(simulate(3)[0])
    assert len({repr(trace(simulate(seed)[0])) for seed in range(20)}) > 10


@given(st.data())
def test_choices_can_be_drawn_by_hypothesis(data: st.DataObject) -> None:
    def choose(options: Any) -> Any:
        return data.draw(st.sampled_from(options))

    shop = Shop(ovens=2, clock=VirtualClock(), step_budget=100)
    simulator = Simulator(shop, Kitchen(choose), choose=choose)
    for number in range(data.draw(st.integers(0, 3))):
        simulator.post(Ordered(number))
    for _ in range(30):
        if not simulator.step():
            break
    shop.check()


def test_the_clock_moves_to_what_is_due_next() -> None:
    clock = VirtualClock(100.0)
    shop = Shop(ovens=3, clock=clock)

    def duration(instruction: ShopInstruction) -> float:
        return 10.0 - instruction.number if isinstance(instruction, Bake) else 0.5

    simulator = Simulator(shop, Kitchen(), duration=duration)
    for number in range(3):
        simulator.post(Ordered(number))
    simulator.post(Ordered(7), at=104.0)
    simulator.post(Ordered(8), at=103.0)
    simulator.post(Ordered(9), at=50.0)
    simulator.run()
    assert [(step.now, type(step.event).__name__) for step in shop.history][:8] == [
        (100.0, "Ordered"),
        (100.0, "Ordered"),
        (100.0, "Ordered"),
        (100.0, "Ordered"),
        (103.0, "Ordered"),
        (104.0, "Ordered"),
        (108.0, "Baked"),
        (108.5, "Packed"),
    ]
    assert simulator.clock is clock


def test_a_clock_never_goes_back() -> None:
    clock = VirtualClock(5.0)
    clock.advance_to(3.0)
    assert clock() == 5.0


def test_an_open_instruction_can_be_ended_by_hand() -> None:
    one = machine("coroutine")
    simulator: Simulator[Any, Any] = Simulator(one, handlers("thread", lambda i: 1 / 0))
    (first,) = simulator.handle(Go(1))
    (second,) = simulator.handle(Go(2))
    assert simulator.open_instructions == [first, second]
    simulator.end(second, [Progress(2), Failed(2)])
    simulator.end(first, [Done(1)])
    with pytest.raises(KeyError, match="not open"):
        simulator.end(first, [Done(1)])
    assert simulator.run() == 3
    assert seen(one)[2:] == [
        Progress(2, stimulus_id="go-2"),
        Failed(2, stimulus_id="go-2"),
        Done(1, stimulus_id="go-1"),
    ]


@pytest.mark.parametrize("runs", OPEN_KINDS)
def test_it_checks_the_same_contracts(runs: Runs) -> None:
    simulator: Simulator[Any, Any] = Simulator(
        machine(runs), handlers("thread", lambda i: [Done(1), Done(1)])
    )
    simulator.post(Go(1))
    with pytest.raises(ContractBroken, match="exactly one of Done or Failed, not 2"):
        simulator.run()


def test_outcomes_that_raise_are_reported_like_handlers() -> None:
    simulator: Simulator[Any, Any] = Simulator(
        machine("coroutine"), handlers("thread", lambda i: 1 / 0)
    )
    simulator.post(Go(1))
    with pytest.raises(ContractBroken, match="ZeroDivisionError") as caught:
        simulator.run()
    assert pickle.loads(pickle.dumps(caught.value)).problem == "it raised ZeroDivisionError"


def test_outcomes_must_be_plain_functions_and_all_there() -> None:
    with pytest.raises(TypeError, match="work must be a plain function"):
        Simulator(machine("coroutine"), Gates())
    with pytest.raises(TypeError, match=r"work \(for Work\) is missing"):
        Simulator(machine("coroutine"), object())


def test_unknown_instructions_and_illegal_events_come_through() -> None:
    simulator: Simulator[Any, Any] = Simulator(machine("send"), handlers("send", lambda i: None))
    with pytest.raises(IllegalEvent):
        simulator.handle(Go(-2))
    simulator.handle(Go(1))
    with pytest.raises(UnknownInstruction):
        simulator.handle(Go(-1))


def test_a_machine_that_never_rests_is_stopped() -> None:
    class Burning(Kitchen):
        def bake(self, instruction: Bake) -> Any:
            return [Burnt(instruction.number)]

    simulator = Simulator(Shop(), Burning())
    simulator.post(Ordered(1))
    with pytest.raises(SimulationTooLong, match=r"not at rest after 50 events; open: Bake"):
        simulator.run(limit=50)


def test_invariants_are_checked_after_each_event_and_at_rest() -> None:
    class Cold(Shop):
        def complete(self, stimulus_id: str) -> Any:
            return {}, []

    simulator = Simulator(Cold(), Kitchen())
    simulator.post(Ordered(1))
    with pytest.raises(InvariantViolated, match="all are gone"):
        simulator.run()
    relaxed = Simulator(Cold(), Kitchen(), check=False)
    relaxed.post(Ordered(1))
    assert relaxed.run() == 1


@pytest.mark.parametrize("seed", range(10))
def test_the_same_events_give_the_same_trace_through_simulator_and_dispatcher(seed: int) -> None:
    """The order in which the simulator ended things is imposed on the dispatcher's handlers."""
    simulated = machine("coroutine", clock=VirtualClock())
    ends: list[int] = []

    def outcome(instruction: Work) -> Any:
        ends.append(instruction.number)
        return events_of(instruction)

    def events_of(instruction: Work) -> Any:
        kind = Done if instruction.number % 2 else Failed
        return [Progress(instruction.number)] * (instruction.number % 3) + [
            kind(instruction.number)
        ]

    simulator: Simulator[Any, Any] = Simulator(simulated, handlers("thread", outcome), seed=seed)
    for number in range(20):
        simulator.post(Go(number))
    simulator.run()

    real, gates = machine("coroutine", clock=VirtualClock()), Gates()

    async def main() -> None:
        async with Dispatcher(real, gates) as dispatcher:
            for number in range(20):
                dispatcher.post(Go(number))
            await until(lambda: len(gates.futures) == 20)
            for number in ends:
                gates.end(number, events_of(Work(number)))
            await dispatcher.drain()

    asyncio.run(main())
    assert trace(real) == trace(simulated)
    assert list(real.log) == list(simulated.log)
    assert list(real.history.to_json()) == list(simulated.history.to_json())


def test_sends_threads_and_coroutines_give_the_same_trace_one_at_a_time() -> None:
    shop, kitchen = Shop(ovens=1, clock=VirtualClock()), Kitchen()
    simulator = Simulator(shop, kitchen)
    simulator.post(Ordered(1))
    simulator.run()

    class Staff(Kitchen):
        async def bake(self, instruction: Bake) -> Any:
            return [Baked(instruction.number)]

    real, staff = Shop(ovens=1, clock=VirtualClock()), Staff()

    async def main() -> None:
        async with Dispatcher(real, staff) as dispatcher:
            dispatcher.post(Ordered(1))
            await dispatcher.drain()

    asyncio.run(main())
    assert trace(real) == trace(shop)
    assert list(real.log) == list(shop.log)
    assert staff.told == kitchen.told
