"""What the Downloader decides, told event by event; nothing is downloaded here."""

from __future__ import annotations

from typing import Any

import pytest

from lawful.generated.downloader import (
    Abort,
    Add,
    Cancel,
    CancelAll,
    Discard,
    Downloader,
    Fetch,
    FetchAborted,
    Fetched,
    FetchFailed,
    Forget,
    Hashed,
    HashFailed,
    HashFile,
    Pause,
    Progress,
    Report,
    Resume,
    Stored,
    StoreFailed,
    StoreFile,
    Wait,
    Waited,
)
from lawful.runtime import ClaimFailed, IllegalEvent, InvariantViolated, VirtualClock

from .worlds import NAME, RIGHT, URL, WRONG, add, configuration, downloader, in_configuration, play


def failed(run: int = 1, *, name: str = NAME, permanent: bool = False) -> FetchFailed:
    return FetchFailed(name=name, run=run, reason="HTTP 500", permanent=permanent)


def fetched(run: int = 1, name: str = NAME) -> Fetched:
    return Fetched(name=name, run=run, received=10)


def test_a_file_is_fetched_then_verified_then_stored_then_reported() -> None:
    machine = downloader()
    assert machine.handle(add()) == [Fetch.match(name=NAME, url=URL, run=1)]
    assert machine.handle(fetched()) == [HashFile.match(name=NAME)]
    assert machine.handle(Hashed(name=NAME, sha256=RIGHT)) == [StoreFile.match(name=NAME)]
    assert machine.handle(Stored(name=NAME)) == [
        Report.match(name=NAME, ended="done", attempts=1, received=10, reason="")
    ]
    assert machine.files[NAME].state == "done"
    machine.check_at_rest()


def test_every_effect_has_the_cause_of_the_event_that_led_to_it() -> None:
    machine = downloader()
    (fetch,) = machine.handle(Add(name=NAME, url=URL, stimulus_id="the user"))
    assert fetch.stimulus_id == "the user"


# Connections


def test_no_more_fetches_are_open_than_there_are_slots() -> None:
    machine = downloader(slots=2)
    assert play(machine, add("a"), add("b"), add("c")) == [
        Fetch.match(name="a"),
        Fetch.match(name="b"),
    ]
    assert [file.name for file in machine.queue] == ["c"]
    assert machine.handle(fetched(name="a")) == [
        HashFile.match(name="a"),
        Fetch.match(name="c"),
    ]


def test_the_smaller_the_priority_the_sooner_and_the_first_come_among_equals() -> None:
    machine = downloader(slots=3)
    play(machine, Pause())
    play(machine, add("late", priority=5), add("x"), add("y"), add("urgent", priority=-1))
    assert machine.handle(Resume()) == [
        Fetch.match(name="urgent"),
        Fetch.match(name="x"),
        Fetch.match(name="y"),
    ]


def test_a_file_that_is_tried_again_goes_behind_its_equals() -> None:
    machine = downloader(slots=1)
    play(machine, add("a"), add("b"), add("c"), failed(name="a"))
    machine.handle(Waited(name="a", run=2))
    assert [file.name for file in machine.queue] == ["c", "a"]


def test_a_cancelled_fetch_keeps_its_connection_until_it_is_home() -> None:
    machine = downloader(slots=1)
    play(machine, add("a"), add("b"))
    assert machine.handle(Cancel(name="a")) == [Abort.match(name="a", run=1)]
    assert machine.files["b"].state == "queued"
    assert machine.handle(FetchAborted(name="a", run=1)) == [
        Report.match(name="a", ended="cancelled"),
        Discard.match(name="a"),
        Fetch.match(name="b"),
    ]


# Tries


def test_the_delay_doubles_with_each_try_up_to_the_longest() -> None:
    machine = Downloader(
        tries=6,
        first_delay=1.0,
        longest_delay=5.0,
        host=Always(0.0),
        validate=True,
    )
    delays, run = [], 1
    machine.handle(add())
    for _ in range(5):
        (wait,) = machine.handle(failed(run))
        assert isinstance(wait, Wait)
        delays.append(wait.seconds)
        machine.handle(Waited(name=NAME, run=wait.run))
        run = wait.run + 1
    assert delays == [1.0, 2.0, 4.0, 5.0, 5.0]


class Always:
    """Chance that always gives the same number."""

    def __init__(self, number: float) -> None:
        self._number = number

    def jitter(self) -> float:
        return self._number


def test_chance_makes_the_delay_longer_by_up_to_the_whole_of_it() -> None:
    machine = Downloader(first_delay=3.0, host=Always(0.5))
    assert play(machine, add(), failed())[1:] == [Wait.match(name=NAME, seconds=4.5)]


@pytest.mark.parametrize(
    "options",
    [{"slots": 0}, {"tries": 0}, {"first_delay": -1.0}, {"first_delay": 2.0, "longest_delay": 1.0}],
    ids=str,
)
def test_a_configuration_without_sense_is_found(options: dict[str, Any]) -> None:
    machine = Downloader(host=Always(0.0), **options)
    with pytest.raises(InvariantViolated, match="the configuration makes sense"):
        machine.check()


def test_each_try_counts_its_bytes_from_zero() -> None:
    machine = in_configuration("fetching")
    play(machine, Progress(name=NAME, run=1, received=7), failed())
    assert machine.files[NAME].received == 7
    machine.handle(Waited(name=NAME, run=2))
    assert machine.files[NAME].received == 0


def test_a_report_tells_how_long_it_took_since_it_was_taken_up() -> None:
    clock = VirtualClock(100.0)
    machine = Downloader(host=Always(0.0), clock=clock)
    machine.handle(add())
    clock.advance_to(107.5)
    assert machine.handle(failed(permanent=True))[0] == Report.match(seconds=7.5)
    machine.handle(add())
    clock.advance_to(108.0)
    assert machine.handle(failed(2, permanent=True))[0] == Report.match(seconds=0.5)


def test_after_the_last_try_the_file_has_failed() -> None:
    machine = downloader(tries=2)
    play(machine, add(), failed(), Waited(name=NAME, run=2))
    assert machine.handle(failed(3)) == [
        Report.match(name=NAME, ended="failed", attempts=2, reason="HTTP 500"),
        Discard.match(name=NAME),
    ]
    assert ("retry", NAME, 1, "HTTP 500") in [record[:4] for record in machine.log]
    assert ("failed", NAME, 2, "HTTP 500") in [record[:4] for record in machine.log]


def test_what_can_not_get_better_is_not_tried_again() -> None:
    machine = downloader(tries=5)
    machine.handle(add())
    assert machine.handle(failed(permanent=True)) == [
        Report.match(ended="failed", attempts=1),
        Discard.match(name=NAME),
    ]


def test_a_wrong_checksum_is_a_failed_try() -> None:
    machine = in_configuration("verifying")
    assert machine.handle(Hashed(name=NAME, sha256=WRONG)) == [Wait.match(name=NAME)]
    assert machine.files[NAME].reason == "the checksum is wrong"


def test_without_a_known_checksum_every_content_is_right() -> None:
    machine = downloader()
    play(machine, add(sha256=None), fetched())
    assert machine.handle(Hashed(name=NAME, sha256=WRONG)) == [StoreFile.match(name=NAME)]


@pytest.mark.parametrize(
    ("start", "event"),
    [
        ("verifying", HashFailed(name=NAME, reason="the disk is gone")),
        ("storing", StoreFailed(name=NAME, reason="the disk is gone")),
    ],
)
def test_trouble_with_the_disk_is_a_failed_try(start: str, event: HashFailed | StoreFailed) -> None:
    machine = in_configuration(start)
    assert machine.handle(event) == [Wait.match(name=NAME)]
    assert machine.files[NAME].reason == "the disk is gone"


@pytest.mark.parametrize("start", ["verifying", "storing"])
def test_the_last_try_can_be_lost_after_the_fetch(start: str) -> None:
    machine = downloader(tries=1)
    play(machine, add(), fetched())
    if start == "storing":
        machine.handle(Hashed(name=NAME, sha256=RIGHT))
        last = play(machine, StoreFailed(name=NAME, reason="full"))
    else:
        last = play(machine, Hashed(name=NAME, sha256=WRONG))
    assert last == [Report.match(ended="failed", attempts=1), Discard.match(name=NAME)]


def test_a_failed_file_that_is_added_again_has_all_its_tries_again() -> None:
    machine = in_configuration("failed")
    assert machine.handle(Add(name=NAME, url="http://mirror/a", sha256=RIGHT)) == [
        Fetch.match(url="http://mirror/a", run=2)
    ]
    assert machine.files[NAME].attempts == 1
    assert machine.files[NAME].reason == ""


# Cancelling


def test_cancelling_what_waits_for_a_connection_is_over_at_once() -> None:
    machine = in_configuration("queued")
    assert machine.handle(Cancel(name=NAME)) == [
        Report.match(name=NAME, ended="cancelled"),
        Discard.match(name=NAME),
    ]


def test_cancelling_a_delay_ends_it() -> None:
    machine = in_configuration("waiting")
    assert machine.handle(Cancel(name=NAME)) == [Abort.match(name=NAME, run=2)]
    assert machine.handle(Waited(name=NAME, run=2)) == [
        Report.match(name=NAME, ended="cancelled"),
        Discard.match(name=NAME),
    ]


def test_a_checksum_is_not_stopped_but_its_result_is_not_wanted() -> None:
    machine = in_configuration("verifying")
    assert machine.handle(Cancel(name=NAME)) == []
    assert machine.handle(Hashed(name=NAME, sha256=RIGHT)) == [
        Report.match(name=NAME, ended="cancelled"),
        Discard.match(name=NAME),
    ]


def test_it_is_too_late_to_cancel_what_gets_its_final_name() -> None:
    machine = in_configuration("storing")
    assert machine.handle(Cancel(name=NAME)) == []
    assert machine.handle(Stored(name=NAME)) == [Report.match(ended="done")]


@pytest.mark.parametrize(
    "home",
    [fetched(), failed(), failed(permanent=True), FetchAborted(name=NAME, run=1)],
    ids=lambda event: type(event).__name__,
)
def test_added_again_while_being_cancelled_it_starts_over_once_the_old_fetch_is_home(
    home: Fetched | FetchFailed | FetchAborted,
) -> None:
    machine = in_configuration("cancelled(fetching)")
    again = Add(name=NAME, url="http://mirror/a", sha256=WRONG)
    assert machine.handle(again) == [Report.match(ended="cancelled")]
    assert machine.handle(home) == [
        Discard.match(name=NAME),
        Fetch.match(url="http://mirror/a", run=2),
    ]
    assert configuration(machine) == "fetching"


def test_everything_can_be_cancelled_at_once() -> None:
    machine = downloader(slots=2)
    play(machine, add("a"), add("b"), add("c"), fetched(name="a"))
    assert machine.handle(CancelAll()) == [
        Abort.match(name="c", run=3),
        Abort.match(name="b", run=2),
    ]
    assert {name: configuration(machine, name) for name in machine.files} == {
        "a": "cancelled(verifying)",
        "b": "cancelled(fetching)",
        "c": "cancelled(fetching)",
    }


def test_cancelling_everything_where_there_is_nothing_is_fine() -> None:
    assert downloader().handle(CancelAll()) == []


# Pausing


def test_while_it_is_paused_nothing_starts_and_what_is_open_goes_on() -> None:
    machine = downloader(slots=1)
    play(machine, add("a"), add("b"), Pause())
    assert machine.handle(fetched(name="a")) == [HashFile.match(name="a")]
    assert machine.handle(Hashed(name="a", sha256=RIGHT)) == [StoreFile.match(name="a")]
    assert machine.handle(Stored(name="a")) == [Report.match(name="a", ended="done")]
    machine.check_at_rest()
    assert machine.handle(Resume()) == [Fetch.match(name="b")]


def test_a_delay_that_ends_in_a_pause_leaves_the_file_in_the_queue() -> None:
    machine = in_configuration("waiting")
    assert play(machine, Pause(), Waited(name=NAME, run=2)) == []
    assert machine.handle(Resume()) == [Fetch.match(name=NAME, run=3)]


def test_pausing_twice_and_resuming_twice_is_like_once() -> None:
    machine = downloader()
    assert play(machine, Pause(), Pause()) == []
    assert machine.paused
    assert play(machine, Resume(), Resume()) == []
    assert not machine.paused


# Forgetting


def test_a_file_at_rest_can_be_forgotten_and_fetched_anew() -> None:
    machine = in_configuration("done")
    assert machine.handle(Add(name=NAME, url=URL)) == []
    assert machine.handle(Forget(name=NAME)) == []
    assert NAME not in machine.files
    assert machine.handle(add()) == [Fetch.match(name=NAME)]


# What can't be


def test_progress_is_kept_and_stays_out_of_the_history() -> None:
    machine = in_configuration("fetching")
    steps = len(machine.history)
    assert machine.handle(Progress(name=NAME, run=1, received=7)) == []
    assert machine.files[NAME].received == 7
    assert len(machine.history) == steps


def test_an_outcome_without_its_instruction_is_refused_and_changes_nothing() -> None:
    machine = in_configuration("queued")
    with pytest.raises(IllegalEvent, match="a file that has a Fetch open is fetching"):
        machine.handle(fetched())
    assert machine.handle(Resume()) == [Fetch.match(name=NAME)]


def test_the_outcome_of_an_old_run_breaks_a_claim() -> None:
    machine = in_configuration("resumed(fetching)")
    machine.handle(FetchAborted(name=NAME, run=1))
    with pytest.raises(ClaimFailed):
        machine.handle(fetched(run=1))


def test_so_does_the_end_of_an_old_delay() -> None:
    machine = in_configuration("waiting")
    with pytest.raises(ClaimFailed):
        machine.handle(Waited(name=NAME, run=1))


def test_the_invariants_see_a_slot_that_was_not_given_back() -> None:
    machine = in_configuration("fetching")
    machine.transfers.clear()
    with pytest.raises(InvariantViolated):
        machine.check()
