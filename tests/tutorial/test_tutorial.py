"""The tutorial's machine, by example: what each event does, and what the machine asks for.

Reads as an introduction, from top to bottom; together the examples take every case and every cell
that can happen (``test_coverage.py`` asserts it).
"""

from __future__ import annotations

import pytest

from lawful.generated.tutorial import Add, Fetch, Fetched, FetchFailed, Tutorial
from lawful.runtime import IllegalEvent


@pytest.fixture
def machine() -> Tutorial:
    """Two downloads at a time, and every promise of the spec checked after each step."""
    return Tutorial(slots=2, validate=True)


def states(machine: Tutorial) -> dict[str, str]:
    return {url: file.state for url, file in machine.files.items()}


def test_a_new_file_is_fetched_at_once_while_there_is_a_slot(machine: Tutorial) -> None:
    assert machine.handle(Add(url="a")) == [Fetch.match(url="a")]
    assert states(machine) == {"a": "running"}


def test_a_file_waits_while_all_slots_are_taken(machine: Tutorial) -> None:
    machine.handle(Add(url="a"))
    machine.handle(Add(url="b"))
    assert machine.handle(Add(url="c")) == []
    assert states(machine) == {"a": "running", "b": "running", "c": "queued"}


def test_a_slot_that_becomes_free_goes_to_the_file_that_waits_longest(machine: Tutorial) -> None:
    for url in "abcd":
        machine.handle(Add(url=url))
    assert machine.handle(Fetched(url="b", size=10)) == [Fetch.match(url="c")]
    assert states(machine) == {"a": "running", "b": "done", "c": "running", "d": "queued"}


def test_a_failed_download_is_tried_again(machine: Tutorial) -> None:
    machine.handle(Add(url="a"))
    assert machine.handle(FetchFailed(url="a", reason="timeout")) == [Fetch.match(url="a")]
    assert machine.files["a"].attempts == 2


def test_another_file_does_not_overtake_a_second_try(machine: Tutorial) -> None:
    for url in "abc":
        machine.handle(Add(url=url))
    assert machine.handle(FetchFailed(url="a", reason="timeout")) == [Fetch.match(url="c")]
    assert states(machine) == {"a": "queued", "b": "running", "c": "running"}


def test_after_two_tries_a_file_has_failed(machine: Tutorial) -> None:
    machine.handle(Add(url="a"))
    machine.handle(FetchFailed(url="a", reason="timeout"))
    assert machine.handle(FetchFailed(url="a", reason="timeout")) == []
    assert states(machine) == {"a": "failed"}


def test_adding_a_failed_file_starts_over(machine: Tutorial) -> None:
    machine.handle(Add(url="a"))
    machine.handle(FetchFailed(url="a", reason="timeout"))
    machine.handle(FetchFailed(url="a", reason="timeout"))
    assert machine.handle(Add(url="a")) == [Fetch.match(url="a")]
    assert machine.files["a"].attempts == 1


@pytest.mark.parametrize("situation", ["queued", "running", "done"])
def test_adding_a_file_again_changes_nothing(machine: Tutorial, situation: str) -> None:
    for url in "abc":
        machine.handle(Add(url=url))
    machine.handle(Fetched(url="a", size=10))
    machine.handle(Add(url="d"))
    before = states(machine)
    (url, *_) = [url for url, state in before.items() if state == situation]
    assert machine.handle(Add(url=url)) == []
    assert states(machine) == before


@pytest.mark.parametrize("event", [Fetched(url="x", size=1), FetchFailed(url="x", reason="")])
def test_an_outcome_that_nobody_waits_for_is_refused_and_changes_nothing(
    machine: Tutorial, event: Fetched | FetchFailed
) -> None:
    machine.handle(Add(url="a"))
    with pytest.raises(IllegalEvent, match="a Fetch is open only while its file is running"):
        machine.handle(event)
    assert states(machine) == {"a": "running"}
    assert machine.handle(Fetched(url="a", size=1)) == []  # it goes on as if nothing had been


def test_every_instruction_bears_the_name_of_its_cause(machine: Tutorial) -> None:
    (fetch,) = machine.handle(Add(url="a", stimulus_id="a user"))
    assert fetch.stimulus_id == "a user"


def test_at_rest_every_file_is_done_or_has_failed(machine: Tutorial) -> None:
    machine.handle(Add(url="a"))
    machine.handle(Add(url="b"))
    machine.handle(Fetched(url="a", size=10))
    machine.handle(FetchFailed(url="b", reason="gone"))
    machine.handle(FetchFailed(url="b", reason="gone"))
    machine.check_at_rest()
    assert states(machine) == {"a": "done", "b": "failed"}
