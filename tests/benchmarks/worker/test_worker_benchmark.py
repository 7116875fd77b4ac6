"""What is measured is what it claims to be, and the same for every machine; how fast is not a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import memory, profile, speed
from .__main__ import main
from .figures import FIGURES, figures, markdown, read, table, write
from .recording import BARE, MACHINES, OURS, UPSTREAM, handler, played, record
from .workloads import WORKLOADS, Workload

each_workload = pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)


@each_workload
def test_every_machine_gives_the_same_instructions_and_goes_the_same_way(
    workload: Workload,
) -> None:
    recording = record(workload, size=8)
    theirs = played(recording, UPSTREAM)
    assert played(recording, OURS) == theirs
    assert played(recording, BARE) == theirs


@each_workload
def test_a_workload_goes_through_the_configurations_that_it_claims(workload: Workload) -> None:
    steps = played(record(workload, size=8), OURS)
    visited = {state for step in steps for state in step.tasks.values()}
    assert workload.visits <= visited


def test_the_deep_queue_is_deep() -> None:
    recording = record(WORKLOADS["queue"])
    machine = MACHINES[OURS](4)
    for event in recording.events()[: len(recording) // 2]:
        machine.handle_stimulus(event)
    assert len(machine.ready) > 1000


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_machine_keeps_a_log_and_a_history(name: str) -> None:
    recording = record(WORKLOADS[name], size=8)
    kept = []
    for kind in MACHINES:
        machine = MACHINES[kind](recording.workload.nthreads)
        handle = handler(machine)
        for event in recording.events():
            handle(event)
        events = machine.history if kind == BARE else machine.stimulus_log
        kept.append((len(events), len(machine.log), machine.log.maxlen))
    assert kept[0][0] == len(recording)
    assert kept[0] == kept[1] == kept[2]


@pytest.mark.parametrize(
    ("name", "keys"), [("batched", 49), ("one-by-one", 1), ("acquired", 50), ("fan-in", 6)]
)
def test_a_transfer_brings_as_many_keys_as_the_workload_claims(name: str, keys: int) -> None:
    events = record(WORKLOADS[name], size=8).events()
    assert max(len(event.data) for event in events if hasattr(event, "data")) == keys


def test_nothing_is_left_behind_by_full_lives_and_by_churn() -> None:
    for name in ("life", "churn"):
        assert played(record(WORKLOADS[name], size=8), OURS)[-1].tasks == {}


def test_every_batch_gets_events_of_its_own() -> None:
    recording = record(WORKLOADS["fan-in"], size=1)
    first, second = recording.events()[0], recording.events()[0]
    assert first == second
    assert first.who_has is not second.who_has
    assert first.key is not second.key


def test_figures_are_written_and_read_and_shown(tmp_path: Path) -> None:
    measured = figures(
        1,
        [speed.measure(record(WORKLOADS[name], size=2), rounds=2) for name in ("life", "churn")],
        [memory.measure(state, tasks=500, before=10) for state in memory.STATES],
    )
    write(measured, tmp_path / "figures.json")
    assert read(tmp_path / "figures.json") == measured
    assert all(row.upstream > 0 and row.ours > 0 and row.bare > 0 for row in measured.speed)
    assert all(row.ratio.least <= row.ratio.median <= row.ratio.most for row in measured.speed)
    assert all(size.ours > 0 and size.upstream > 0 for size in measured.memory)
    for shown in (table(measured), markdown(measured)):
        for row in measured.speed:
            assert row.about in shown


def test_the_command_prints_a_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    main(["--rounds", "1", "--only", "life", "--json", str(file)])
    (row,) = read(file).speed
    printed = capsys.readouterr().out
    assert table(read(file)) in printed
    assert f"{row.ratio.median:.2f}" in printed


def test_the_figures_that_are_kept_cover_every_workload_and_state() -> None:
    kept = read(FIGURES)
    assert [row.workload for row in kept.speed] == list(WORKLOADS)
    assert [size.state for size in kept.memory] == list(memory.STATES)


@pytest.mark.parametrize("kind", MACHINES)
def test_a_profile_names_the_functions_of_the_machine_and_adds_up(kind: str) -> None:
    rows = profile.split(record(WORKLOADS["life"], size=200), kind, seconds=0.2)
    assert [row.own for row in rows] == sorted((row.own for row in rows), reverse=True)
    machine = type(MACHINES[kind](1))
    places = {code.__qualname__ for code in vars(machine).values() if hasattr(code, "__code__")}
    assert places & {row.place.rpartition(" ")[2] for row in rows}
    assert f"{sum(row.own for row in rows):,.0f} 100.0%  an event" in profile.report(rows)
