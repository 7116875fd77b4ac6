"""What the journal of a demonstration's worker says is what its machine has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from distributed import worker_state_machine as upstream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lawful.runtime.dask import WorkerState
from lawful.runtime.dask.demo.jobs import Use, most_at_once
from lawful.runtime.dask.demo.journal import Journal, Journals, Move, keep, written

TEXT = (
    b"some.Machine\n"
    b"ComputeTaskEvent 120 released>waiting>waiting waiting>ready>ready ready>executing>executing\n"
    b"FindMissingEvent 7\n"
    b"ExecuteSuccessEvent 80 executing>memory>memory\n"
    b"ComputeTaskEvent 9 memory>released>released released>waiting>waiting memory>waiting>waiting\n"
    b"StealRequestEvent failed\n"
    b"Pause"
)


def test_a_journal_counts_events_transitions_and_time(tmp_path: Path) -> None:
    path = tmp_path / "17.journal"
    path.write_bytes(TEXT)
    journal = written(path)
    assert (journal.pid, journal.machine, journal.nanoseconds) == (17, "some.Machine", 216)
    assert journal.events == Counter(
        ComputeTaskEvent=2, FindMissingEvent=1, ExecuteSuccessEvent=1, StealRequestEvent=1
    )
    assert journal.moves[Move("released", "waiting", "waiting")] == 2
    assert journal.moves.total() == 7
    assert journal.computed == 1
    assert journal.failures == ["StealRequestEvent"]


def test_the_step_that_a_kill_has_cut_off_is_known(tmp_path: Path) -> None:
    path = tmp_path / "17.journal"
    path.write_bytes(TEXT)
    assert written(path).in_hand == "Pause"


def test_a_route_counts_once_where_tasks_rest(tmp_path: Path) -> None:
    path = tmp_path / "17.journal"
    path.write_bytes(TEXT)
    journal = written(path)
    assert journal.resting_in("waiting") == 1
    assert journal.resting_in("memory") == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(TEXT))))
def test_it_may_be_read_while_it_is_written(tmp_path: Path, cuts: list[int]) -> None:
    path = tmp_path / "17.journal"
    path.unlink(missing_ok=True)
    journals = Journals(tmp_path)
    for cut in sorted(cuts):
        path.write_bytes(TEXT[:cut])
        journals.read()
    path.write_bytes(TEXT)
    assert journals.read() == [written(path)]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileIO]:
    with FileIO(tmp_path / "1.journal", "a") as file:
        yield file


def test_every_step_of_a_machine_is_in_its_journal(
    ws: WorkerState, file: FileIO, tmp_path: Path
) -> None:
    keep(ws, file)
    ws.handle_stimulus(
        upstream.ComputeTaskEvent.dummy("x", stimulus_id="1"),
        upstream.ComputeTaskEvent.dummy("y", who_has={"x": ["127.0.0.1:1"]}, stimulus_id="2"),
    )
    ws.handle_stimulus(upstream.ExecuteSuccessEvent.dummy("x", 5, stimulus_id="3"))
    ws.handle_stimulus(upstream.FreeKeysEvent(keys=["y"], stimulus_id="4"))
    journal = written(tmp_path / "1.journal")
    assert journal.machine == "lawful.runtime.dask.state.WorkerState"
    assert journal.moves.total() == ws.transition_counter > 6
    assert journal.resting_in("memory") == 1
    assert journal.resting_in("cancelled") == 1
    assert list(journal.events.items()) == [
        ("ComputeTaskEvent", 2),
        ("ExecuteSuccessEvent", 1),
        ("FreeKeysEvent", 1),
    ]
    assert journal.nanoseconds > 0


def test_a_step_that_raises_is_noted_as_failed(
    ws: WorkerState, file: FileIO, tmp_path: Path
) -> None:
    keep(ws, file)
    with pytest.raises(Exception, match="nobody"):
        ws.handle_stimulus(upstream.ExecuteSuccessEvent.dummy("nobody", stimulus_id="1"))
    assert written(tmp_path / "1.journal").failures == ["ExecuteSuccessEvent"]


def test_a_machine_that_has_begun_gets_no_journal(ws: WorkerState, file: FileIO) -> None:
    ws.handle_stimulus(upstream.ComputeTaskEvent.dummy("x", stimulus_id="1"))
    with pytest.raises(RuntimeError, match="has begun"):
        keep(ws, file)


USES = st.builds(
    lambda pid, start, length: Use(pid, start, start + length),
    st.integers(1, 2),
    st.integers(0, 20),
    st.integers(1, 10),
)


@settings(deadline=None)
@given(st.lists(USES))
def test_uses_at_once_are_counted_as_if_each_moment_was_looked_at(uses: list[Use]) -> None:
    looked_at = [
        sum(use.pid == pid and use.start <= moment < use.end for use in uses)
        for pid in (1, 2)
        for moment in range(31)
    ]
    assert most_at_once(uses) == max(looked_at)


def test_an_empty_journal_is_one_of_nothing() -> None:
    journal = Journal(1)
    assert (journal.computed, journal.resting_in("memory"), journal.events.total()) == (0, 0, 0)
