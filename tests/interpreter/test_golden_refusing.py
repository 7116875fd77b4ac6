"""Refusing, pinned by hand: steps that the interpreter and the generated machine both take.

Rule 1 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lawful.codegen.interpreter import Message
from lawful.runtime import ReentrantCall

from .golden import POKE, Steps


def test_1_an_impossible_cell_refuses_the_event_before_anything_changes(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events=POKE,
        handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    before: total += 1
    cells:
      absent: {impossible: it was never put in}
      red: {do: ball.count += 1}
      others: {impossible: only red ones}
""",
    )
    assert steps.take("Poke", name="a") == "IllegalEvent"
    assert steps.error[1:] == (
        ("entity", None),
        ("key", None),
        ("configuration", "absent"),
        ("reason", "it was never put in"),
    )
    steps.take("Put", name="a", to="blue")
    assert steps.take("Poke", name="a") == "IllegalEvent"
    assert ("configuration", "blue") in steps.error
    assert (steps.context("total"), len(steps.pair.interpreted.history)) == (0, 1)
    steps.take("Put", name="a", to="red")
    assert steps.take("Poke", name="a") == []
    assert steps.get("Ball", "a", "count") == 1


def test_1_one_of_several_subjects_refuses_for_all_and_nothing_is_consumed(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context='  held: {type: "map[str, list[str]]"}',
        events="  Hold: {fields: {names: 'list[str]'}}\n  Drop: {}",
        handlers="""\
  Hold: {do: 'held["hand"] = list(event.names)'}
  Drop:
    subject: {each: Ball, keys: 'held.pop("hand")'}
    cells:
      absent: {impossible: what is held exists}
      any: {do: ball.count += 1}
""",
    )
    steps.take("Put", name="a", to="")
    steps.take("Hold", names=["a", "b"])
    assert steps.take("Drop") == "IllegalEvent"
    assert steps.context("held") == {"hand": ["a", "b"]}
    assert steps.get("Ball", "a", "count") == 0
    steps.take("Put", name="b", to="")
    assert steps.take("Drop") == []
    assert steps.context("held") == {}
    assert [steps.get("Ball", key, "count") for key in "ab"] == [1, 1]
    assert steps.take("Drop") == "KeyError"
    assert steps.take("Put", name="c", to="") == "MachinePoisoned"


@pytest.mark.parametrize("absent", ["ignore", "impossible"])
def test_1_what_is_consumed_has_to_be_there_also_in_a_map_that_makes_what_is_missing(
    box: Callable[..., Steps], absent: str
) -> None:
    steps = box(
        context='  held: {type: "default_map[str, ordered_set[str]]"}',
        events="  Hold: {fields: {name: str}}\n  Drop: {fields: {hand: str}}",
        handlers=f"""\
  Hold: {{do: 'held["left"].add(event.name)'}}
  Drop:
    subject: {{each: Ball, keys: held.pop(event.hand)}}
    cells:
      absent: {{{absent}: it is not there}}
      any: {{do: ball.count += 1}}
""",
    )
    steps.take("Put", name="a", to="")
    steps.take("Hold", name="a")
    assert steps.take("Drop", hand="left") == []
    assert steps.get("Ball", "a", "count") == 1
    assert steps.take("Drop", hand="right") == "KeyError"
    assert steps.context("held") == {}


@pytest.mark.parametrize(
    ("part", "error"),
    [("", "IllegalEvent"), ("    before: total += 1\n", "BrokenClaim")],
)
def test_1_a_guarded_claim_refuses_as_long_as_nothing_has_begun(
    box: Callable[..., Steps], part: str, error: str
) -> None:
    steps = box(
        events=POKE,
        handlers=f"""\
  Poke:
    subject: {{get: Ball, key: event.name}}
{part}    cells:
      absent: {{ignore: nobody}}
      any:
        - {{when: ball.count > 0, impossible: once is enough}}
        - {{do: ball.count += 1}}
""",
    )
    steps.take("Put", name="a", to="")
    assert steps.take("Poke", name="a") == []
    assert steps.take("Poke", name="a") == error
    assert ("reason", "once is enough") in steps.error
    after = steps.take("Put", name="b", to="")
    assert after == ([] if error == "IllegalEvent" else "MachinePoisoned")


def test_1_what_comes_after_the_cells_does_not_make_a_guarded_claim_too_late(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events=POKE,
        handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      red:
        - {when: ball.count > 0, impossible: once is enough}
        - {do: ball.count += 1}
      others: {impossible: only red ones}
    after: total += 1
""",
    )
    steps.take("Put", name="a", to="red")
    assert steps.take("Poke", name="a") == []
    assert steps.take("Poke", name="a") == "IllegalEvent"
    assert steps.context("total") == 1


def test_1_a_machine_takes_no_event_while_it_handles_one(box: Callable[..., Steps]) -> None:
    steps = box()
    caught: list[str] = []

    def again(handle: Callable[[Any], Any], event: Any) -> Callable[..., None]:
        def observer(*_: Any) -> None:
            with pytest.raises(ReentrantCall):
                handle(event)
            caught.append("reentrant")

        return observer

    pair, event = steps.pair, Message("Put", {"name": "b", "to": ""})
    pair.interpreted.transitions.observers.append(again(pair.interpreted.handle, event))
    pair.generated.observers.append(again(pair.generated.handle, pair.as_generated(event)))
    steps.take("Put", name="a", to="red")
    assert caught == ["reentrant"] * 2
    assert steps.keys("Ball") == ["a"]
