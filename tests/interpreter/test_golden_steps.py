"""Refusing, handling and draining, pinned by hand: steps that the interpreter and the generated machine both take.

Rules 1 to 3 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lawful.codegen.interpreter import Message
from lawful.runtime import ReentrantCall

from .golden import POKE, POKE_ALL, Steps

# Rule 1: refusing


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


# Rule 2: handling


def test_2_before_then_each_subject_then_after_with_the_family_outside(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events="  Poke: {family: Pokes}",
        handlers="""\
  Poke:
    family: Pokes
    before: log("before")
    first: log("first", ball.name)
    cells:
      absent: {do: 'log("absent", name)'}
      any: {do: 'log("cell", ball.name)', emit: 'Tell(text=ball.name)'}
    after: log("after")
""",
        more="""\
families:
  Pokes:
    fields: {names: 'list[str]'}
    before: log("family before")
    subject: {each: Ball, keys: event.names}
    first: log("family first", ball.name)
    after: log("family after")
""",
    )
    steps.take("Put", name="a", to="")
    steps.take("Put", name="b", to="")
    told = steps.take("Poke", names=["b", "x", "a", "b"])
    assert told == [("Tell", {"text": "b"}), ("Tell", {"text": "a"})]
    assert steps.log() == [
        ("family before",),
        ("before",),
        ("family first", "b"),
        ("first", "b"),
        ("cell", "b"),
        ("absent", "x"),
        ("family first", "a"),
        ("first", "a"),
        ("cell", "a"),
        ("after",),
        ("family after",),
    ]


def test_2_cells_are_chosen_when_the_subjects_are_found_and_guards_are_read_at_their_moment(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events=POKE_ALL,
        handlers="""\
  Poke:
    subject: {each: Ball, keys: event.names}
    cells:
      absent: {do: "get_or_create(Ball, name + name)"}
      any:
        - {when: total > 0, do: 'log("late", ball.name)'}
        - {do: "total += 1"}
""",
    )
    steps.take("Put", name="a", to="")
    steps.take("Put", name="b", to="")
    # "x" makes "xx" before its turn comes, but "xx" was absent when the cells were chosen.
    steps.take("Poke", names=["x", "xx", "a", "b"])
    assert steps.keys("Ball") == ["a", "b", "xx", "xxxx"]
    assert steps.log() == [("late", "b")]


def test_2_a_subject_in_no_listed_configuration_has_a_cell_only_where_one_is_for_all(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        entities="    configurations:\n      red: {by: note, values: [light, dark]}\n",
        events=POKE + "\n  Prod: {fields: {name: str}}",
        handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any: {do: ball.count += 1}
  Prod:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      red(dark): {do: ball.count += 1}
      others: {ignore: only dark ones}
""",
    )
    steps.take("Put", name="a", to="red")
    assert steps.take("Poke", name="a") == []
    assert steps.get("Ball", "a", "note", "count") == ("''", 1)
    assert steps.take("Prod", name="a") == "ValueError"


def test_2_an_ignored_new_subject_is_created_and_an_impossible_one_is_not(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events=POKE,
        handlers="""\
  Poke:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      new: {impossible: it must be there}
      any: {do: ball.count += 1}
""",
    )
    assert steps.take("Poke", name="a") == "IllegalEvent"
    assert steps.keys("Ball") == []
    assert steps.take("Put", name="a", to="nowhere") == []
    assert steps.keys("Ball") == ["a"]
    steps.take("Poke", name="a")
    assert steps.get("Ball", "a", "state", "count") == ("idle", 1)


def test_2_new_subjects_are_all_there_before_anything_else_happens(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events="  Poke: {fields: {sizes: 'map[str, int]'}}",
        handlers="""\
  Poke:
    subject: {each: Ball, items: event.sizes, value: size, or_create: true}
    before: total = len(balls)
    first: ball.count += 10
    cells:
      new: {do: 'log(name, size, "new")', recommend: red}
      any: {do: ball.count += size}
""",
    )
    steps.take("Put", name="b", to="")
    steps.take("Poke", sizes={"a": 1, "b": 2, "c": 3})
    assert steps.context("total") == 3
    assert [steps.get("Ball", key, "state", "count") for key in "abc"] == [
        ("red", 10),
        ("idle", 12),
        ("red", 10),
    ]
    assert steps.log() == [
        ("a", 1, "new"),
        ("c", 3, "new"),
        ("c", "idle", "red", "red", {}),
        ("a", "idle", "red", "red", {}),
    ]


def test_2_the_history_has_the_event_as_it_is_declared_to_be_logged(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events="""\
  Tick: {logged: false}
  Send: {fields: {secret: str, size: int}, redact: {secret: None}}
""",
        handlers="""\
  Tick: {ignore: nothing to do}
  Send: {do: 'log(event.size)'}
""",
    )
    steps.take("Tick")
    steps.take("Send", secret="x", size=3)
    (step,) = steps.pair.interpreted.history
    assert step.event.fields == {"secret": None, "size": 3, "stimulus_id": "send-2"}
    assert (step.instructions, step.now, step.error) == ((), 2.0, None)


# Rule 3: draining


def test_3_the_newest_recommendation_is_taken_first(box: Callable[..., Steps]) -> None:
    steps = box(
        events="  Paint: {}",
        handlers="""\
  Paint:
    do: |
      for ball in balls.values():
          recommend(ball, "red")
""",
        transitions="""\
  idle -> red:
    becomes: red
    do: |
      if ball.name == "c":
          for other in balls.values():
              if other.name == "b":
                  recommend(other, "blue")
  idle -> blue: {becomes: blue}
""",
    )
    for name in "abcd":
        steps.take("Put", name=name, to="")
    steps.take("Paint")
    # d first; then c, which asks b for something else, in b's old place; then b and a.
    assert steps.log() == [
        ("d", "idle", "red", "red", {}),
        ("c", "idle", "red", "red", {"b": "blue"}),
        ("b", "idle", "blue", "blue", {}),
        ("a", "idle", "red", "red", {}),
    ]


def test_3_a_later_recommendation_of_a_handler_takes_the_place_of_the_first(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events="  Paint: {}",
        handlers="""\
  Paint:
    do: |
      for ball in balls.values():
          recommend(ball, "red")
      for ball in balls.values():
          if ball.name == "a":
              recommend(ball, "blue")
""",
    )
    steps.take("Put", name="a", to="")
    steps.take("Put", name="b", to="")
    steps.take("Paint")
    assert [record[:3] for record in steps.log()] == [("b", "idle", "red"), ("a", "idle", "blue")]


def test_3_being_there_already_is_neither_counted_nor_logged(box: Callable[..., Steps]) -> None:
    steps = box()
    steps.take("Put", name="a", to="red")
    steps.take("Put", name="a", to="red")
    assert steps.log() == []
    assert steps.pair.interpreted.transition_count == 1


def test_3_what_is_asked_of_a_deleted_entity_is_dropped(box: Callable[..., Steps]) -> None:
    steps = box(
        events="  Burst: {}",
        handlers="""\
  Burst:
    do: |
      for ball in balls.values():
          recommend(ball, "gone")
""",
        transitions="""\
  idle -> gone:
    becomes: gone
    do: |
      recommend(ball, "red")
      for other in balls.values():
          recommend(other, "red")
  idle -> red: {becomes: red}
  red -> gone: {becomes: gone, recommend: red}
""",
        entities="    requests: {gone: {deletes: true}}",
    )
    steps.take("Put", name="a", to="")
    steps.take("Put", name="b", to="")
    steps.take("Burst")
    assert steps.log() == [
        ("b", "idle", "gone", "gone", {"b": "red", "a": "red"}),
        ("a", "idle", "red", "red", {}),
    ]
    steps.take("Put", name="b", to="red")
    assert steps.keys("Ball") == ["a", "b"]


def test_3_a_pair_that_is_neither_declared_nor_routed_raises_and_poisons(
    box: Callable[..., Steps],
) -> None:
    steps = box(transitions="  idle -> red: {becomes: red}\n")
    steps.take("Put", name="a", to="red")
    assert steps.take("Put", name="a", to="idle") == "InvalidTransition"
    assert steps.error[1:] == (
        ("entity", "Ball"),
        ("key", "a"),
        ("reason", "not in this test"),
        ("start", "red"),
        ("request", "idle"),
    )
    assert steps.take("Put", name="b", to="") == "MachinePoisoned"
    last = steps.pair.interpreted.history[-1]
    assert (last.event.name, type(last.error).__name__) == ("Put", "InvalidTransition")
