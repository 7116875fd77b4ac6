"""A short run of the fuzzers; ``make nightly`` runs the long one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from . import targets
from .inputs import HOSTILE, SLOW_IS_FINE, SNIPPETS, SPECS, as_bytes
from .watch import watched

SHORT = settings(
    max_examples=150,
    deadline=None,  # the targets limit the time of an input themselves
    derandomize=True,  # the gate gives the same answer every time
    database=None,
    suppress_health_check=SLOW_IS_FINE,
)


@SHORT
@given(SPECS)
def test_whatever_a_spec_is_it_is_read_and_checked_without_raising_or_acting(data: bytes) -> None:
    targets.spec(data)


@SHORT
@given(SNIPPETS)
def test_whatever_a_snippet_is_it_is_checked_without_raising_or_acting(text: str) -> None:
    targets.snippet(text)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_hostile_pieces_alone_are_refused(text: str) -> None:
    assert targets.spec(as_bytes(text))
    assert targets.snippet(text)


def test_the_watch_sees_code_that_runs() -> None:
    with pytest.raises(AssertionError, match="acted"), watched():
        exec("pass")


@pytest.mark.parametrize(
    "text",
    [
        "lawful: 1\nmachine: Nothing",
        "lawful: 1\nmachine: M\ncontext: {total: {type: int, default: '0'}}\n"
        "events: {Tick: {fields: {by: int}}}\nhandlers: {Tick: {do: total += event.by}}\n",
    ],
    ids=["nothing", "no entity"],
)
def test_the_smallest_machines_are_generated_and_drawn(text: str) -> None:
    assert not any(code < "LF200" for code in targets.spec(as_bytes(text)))
