"""What a step is, pinned by hand: at least two small machines for each rule of ``spec/README.md``.

Each step is taken by the interpreter and by the generated machine; what both could get wrong together is
written down here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.interpreter import Message
from lawful.runtime import HostFailure, InvariantViolated, ReentrantCall
from tests.generator.building import machine

from .golden import Steps

COLOURS = """\
  idle -> red: {becomes: red}
  idle -> blue: {becomes: blue}
  red -> blue: {becomes: blue}
  blue -> red: {becomes: red}
  red, blue -> idle: {becomes: idle}
"""


@pytest.fixture
def box(tmp_path: Path) -> Callable[..., Steps]:
    """Makes both machines of a Box of Balls (``machine`` says which parts can be given)."""

    def make(*, host: Any = None, options: dict[str, Any] | None = None, **parts: str) -> Steps:
        text = machine(**{"transitions": COLOURS, **parts})
        return Steps(tmp_path, text, host=host, **(options or {}))

    return make


POKE = "  Poke: {fields: {name: str}}"
POKE_ALL = "  Poke: {fields: {names: 'list[str]'}}"


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


# Rule 4: a transition


def test_4_the_order_inside_a_case(box: Callable[..., Steps]) -> None:
    steps = box(
        context='  reds: {type: "ordered_set[Ball]", members: ball.state == "red"}',
        transitions="""\
  idle -> red:
    assert: ball.state == "idle" and ball not in reds
    cases:
      - {when: ball.count > 99, becomes: blue}
      - becomes: red
        do: |
          ball.count = len(reds)
          log(start, ball.state, ball in reds)
          for other in balls.values():
              if other.name != ball.name:
                  recommend(other, "blue")
          emit(Tell(text="from do"))
        emit: 'Tell(text="last")'
  idle -> blue: {becomes: blue, emit: 'Tell(text="blue")'}
  red -> blue: {becomes: blue}
""",
    )
    steps.take("Put", name="b", to="")
    told = steps.take("Put", name="a", to="red")
    assert told == [(("Tell"), {"text": text}) for text in ("from do", "last", "blue")]
    assert steps.log() == [
        ("idle", "red", True),
        ("a", "idle", "red", "red", {"b": "blue"}),
        ("b", "idle", "blue", "blue", {}),
    ]
    assert steps.get("Ball", "a", "count") == 1


def test_4_the_first_case_whose_guard_holds_before_the_change_is_taken(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        transitions="""\
  idle -> red:
    - {when: ball.state == "red", becomes: blue}
    - {when: ball.count == 0, becomes: red, do: ball.count = 1}
    - {when: ball.count == 0, becomes: blue}
  red -> idle: {when: ball.count == 2, becomes: idle}
"""
    )
    steps.take("Put", name="a", to="red")
    assert steps.get("Ball", "a", "state", "count") == ("red", 1)
    assert steps.take("Put", name="a", to="idle") == "NoCaseHolds"


def test_4_internal_and_redirect_leave_the_state_and_are_counted_and_logged(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        transitions="""\
  idle -> red: {internal: it takes its time, do: ball.count += 1, emit: 'Tell(text="soon")'}
  idle -> blue: {redirect: red, do: total += 1}
"""
    )
    assert steps.take("Put", name="a", to="blue") == [("Tell", {"text": "soon"})]
    assert steps.log() == [
        ("a", "idle", "blue", "idle", {"a": "red"}),
        ("a", "idle", "red", "idle", {}),
    ]
    assert steps.get("Ball", "a", "state", "count") == ("idle", 1)
    assert (steps.context("total"), steps.pair.interpreted.transition_count) == (1, 2)


@pytest.mark.parametrize(("again", "outcome"), [("red", []), ("blue", "RecommendationsConflict")])
def test_4_one_case_may_ask_an_entity_for_one_thing_only(
    box: Callable[..., Steps], again: str, outcome: object
) -> None:
    steps = box(
        transitions=f"""\
  idle -> red:
    becomes: red
    do: |
      for other in balls.values():
          if other.name != ball.name:
              recommend(other, "red")
      for other in balls.values():
          if other.name != ball.name and total == 0:
              recommend(other, "{again}")
  idle -> blue: {{becomes: blue}}
"""
    )
    steps.take("Put", name="b", to="")
    assert steps.take("Put", name="a", to="red") == outcome


def test_4_the_same_request_with_other_arguments_is_another_one(box: Callable[..., Steps]) -> None:
    steps = box(
        states="      grey: {}",
        entities="    requests:\n      grey: {n: int}\n",
        transitions="""\
  idle -> red:
    becomes: red
    do: |
      for other in balls.values():
          if other is not ball:
              recommend(other, "grey", 1)
      for other in balls.values():
          if other is not ball:
              recommend(other, "grey", len(balls) - 1)
  idle -> grey: {becomes: grey, do: ball.count = n}
""",
    )
    steps.take("Put", name="a", to="")
    assert steps.take("Put", name="b", to="red") == []
    assert steps.get("Ball", "a", "state", "count") == ("grey", 1)
    steps.take("Put", name="c", to="")
    assert steps.take("Put", name="d", to="red") == "RecommendationsConflict"


HOST = """\
types: {trouble: {is: "tuple[str, int]"}}
host:
  save: {args: {ball: Ball}, returns: int, fails: trouble, recorded: true}
  size: {args: {text: str}, returns: int, pure: true}
"""


class Disk:
    """Saves balls with short names; remembers the state in which it saw them."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def save(self, ball: Any) -> int:
        self.calls.append(("save", ball.name, ball.state))
        if len(ball.name) > 2:
            raise HostFailure("full", 28)
        return 40

    def size(self, text: str) -> int:
        return len(text)


def test_4_an_attempt_that_fails_leaves_the_state_and_runs_failed_alone(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        host=Disk,
        states="      broken: {}",
        entities="    requests:\n      broken: {why: str, code: int}",
        transitions="""\
  idle -> red:
    assert: ball.count == 0
    cases:
      - attempt: kept = save(ball)
        failed: {recommend: broken, args: '*trouble', emit: 'Tell(text=trouble[0])', do: 'log(start, ball.state)'}
        becomes: red
        do: ball.count = kept + size(ball.name)
        emit: Tell(text="kept")
  idle -> broken: {becomes: broken, do: "ball.note = why\\nball.count = code"}
""",
        more=HOST,
    )
    assert steps.take("Put", name="aa", to="red") == [("Tell", {"text": "kept"})]
    assert steps.get("Ball", "aa", "state", "count") == ("red", 42)
    assert steps.take("Put", name="bbb", to="red") == [("Tell", {"text": "full"})]
    assert steps.log() == [
        ("idle", "idle"),
        ("bbb", "idle", "red", "idle", {"bbb": "broken"}),
        ("bbb", "idle", "broken", "broken", {}),
    ]
    assert steps.get("Ball", "bbb", "state", "note", "count") == ("broken", "full", 28)
    saved, failed = (step.host for step in steps.pair.interpreted.history)
    assert saved == (("save", 40),)
    assert (failed[0][0], failed[0][1].values) == ("save", ("full", 28))


@pytest.mark.parametrize(
    ("transition", "error"),
    [
        ("{becomes: red, assert: ball.count == 1}", "ClaimFailed"),
        ("{impossible: red is out}", "ImpossibleTransition"),
        (
            "[{when: ball.count == 1, becomes: red}, {impossible: blue at most}]",
            "ImpossibleTransition",
        ),
    ],
)
def test_4_claims_of_a_transition_are_errors_before_the_state_changes(
    box: Callable[..., Steps], transition: str, error: str
) -> None:
    steps = box(transitions=f"  idle -> red: {transition}\n")
    assert steps.take("Put", name="a", to="red") == error
    assert steps.get("Ball", "a", "state") == "idle"
    assert steps.log() == []


# Rule 5: routes


def test_5_a_route_runs_both_legs_and_logs_them(box: Callable[..., Steps]) -> None:
    steps = box(
        transitions="""\
  idle -> red: {becomes: red}
  red -> idle: {becomes: idle, do: ball.count += 1, emit: 'Tell(text="first")'}
  idle -> blue: {becomes: blue, emit: 'Tell(text=start)'}
""",
        more="routes:\n  via idle: red -> blue\n",
    )
    steps.take("Put", name="a", to="red")
    told = steps.take("Put", name="a", to="blue")
    assert told == [("Tell", {"text": "first"}), ("Tell", {"text": "idle"})]
    assert steps.get("Ball", "a", "state", "count") == ("blue", 1)
    assert steps.log() == [
        ("a", "red", "idle", "idle", {}),
        ("a", "idle", "blue", "blue", {}),
        ("a", "red", "blue", "blue", {}),
    ]
    assert steps.pair.interpreted.transition_count == 4


def test_5_own_recommendations_are_followed_but_for_a_deletion_and_the_second_leg_starts_there(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        states="      grey: {}",
        entities="    requests: {gone: {deletes: true}}",
        transitions="""\
  idle -> red: {becomes: red}
  red -> idle: {becomes: idle, recommend: grey}
  idle -> grey: {becomes: grey, recommend: gone}
  grey -> blue: {becomes: blue, emit: 'Tell(text=start)'}
  idle, grey -> gone: {becomes: gone}
""",
        more="routes:\n  via idle: red -> blue\n",
    )
    steps.take("Put", name="a", to="red")
    assert steps.take("Put", name="a", to="blue") == [("Tell", {"text": "grey"})]
    assert steps.log() == [
        ("a", "red", "idle", "idle", {"a": "grey"}),
        ("a", "idle", "grey", "grey", {"a": "gone"}),
        ("a", "grey", "blue", "blue", {}),
        ("a", "red", "blue", "blue", {}),
    ]


LEGS = """\
  idle -> red: {becomes: red}
  red -> idle:
    becomes: idle
    do: |
      for other in balls.values():
          if other.name != ball.name:
              recommend(other, "red")
  idle -> blue:
    becomes: blue
    do: |
      for other in balls.values():
          if other.name == "b" and ball.name == "a":
              recommend(other, "blue")
"""


def test_5_two_legs_that_ask_one_entity_for_two_things_conflict(box: Callable[..., Steps]) -> None:
    steps = box(transitions=LEGS, more="routes:\n  via idle: red -> blue\n")
    steps.take("Put", name="b", to="")
    steps.take("Put", name="a", to="red")
    assert steps.take("Put", name="a", to="blue") == "RecommendationsConflict"


def test_5_the_later_leg_wins_in_the_place_of_the_first_if_the_spec_says_so(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        transitions=LEGS,
        more="routes:\n  via idle: red -> blue\n  on_conflict: later leg wins\n",
    )
    for name in "bc":
        steps.take("Put", name=name, to="")
    steps.take("Put", name="a", to="red")
    steps.take("Put", name="a", to="blue")
    assert steps.log() == [
        ("a", "red", "idle", "idle", {"b": "red", "c": "red"}),
        ("a", "idle", "blue", "blue", {"b": "blue"}),
        ("a", "red", "blue", "blue", {"b": "blue", "c": "red"}),
        ("c", "idle", "red", "red", {}),
        ("b", "idle", "blue", "blue", {}),
    ]


# Rule 6: completion


@pytest.mark.parametrize(("mode", "count"), [("once", 1), ("fixpoint", 3)])
def test_6_a_completion_runs_once_or_until_nothing_comes_of_it(
    box: Callable[..., Steps], mode: str, count: int
) -> None:
    steps = box(
        transitions="  idle -> red: {internal: later, do: ball.count += 1}\n",
        more=f"""\
completion:
  go on:
    mode: {mode}
    do: |
      for ball in balls.values():
          if ball.count < 3:
              recommend(ball, "red")
""",
    )
    steps.take("Put", name="a", to="")
    assert steps.get("Ball", "a", "count") == count


def test_6_completions_run_in_order_after_all_is_drained_and_after_an_ignoring_handler(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        transitions="""\
  idle -> red: {becomes: red}
  red -> blue: {becomes: blue, emit: 'Tell(text="blue")'}
""",
        more="""\
completion:
  one: |
    log("one")
    for ball in balls.values():
        if ball.state == "red":
            recommend(ball, "blue")
            emit(Tell(text="one"))
  two: |
    for ball in balls.values():
        log("two", ball.state)
""",
    )
    assert steps.take("Put", name="a", to="") == []
    assert steps.log() == [("one",), ("two", "idle")]
    told = steps.take("Put", name="a", to="red")
    assert told == [("Tell", {"text": "one"}), ("Tell", {"text": "blue"})]
    assert steps.log() == [
        ("a", "idle", "red", "red", {}),
        ("one",),
        ("a", "red", "blue", "blue", {}),
        ("two", "blue"),
    ]


# Rule 7: collections


REDS = '  reds: {type: "ordered_set[Ball]", members: ball.state == "red"}\n'


def test_7_a_derived_collection_follows_each_creation_and_each_write(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context="""\
  still: {type: "ordered_set[Ball]", members: ball.state == "idle" and ball.count == 0}
  many: {type: "count[Ball]", members: ball.count > 1}
""",
        events=POKE,
        handlers="""\
  Poke:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      new: {do: 'log(ball in still, len(still), many)'}
      any:
        do: |
          ball.count += 1
          log(ball in still, len(still), many)
          ball.count += 1
          log(ball in still, len(still), many)
""",
    )
    steps.take("Poke", name="a")
    assert steps.log() == [(True, 1, 0)]
    steps.take("Poke", name="b")
    steps.take("Poke", name="a")
    assert steps.log() == [(False, 1, 0), (False, 1, 1)]
    assert (steps.context("still"), steps.context("many")) == (["b"], 1)


def test_7_a_derived_collection_keeps_the_order_in_which_entities_came(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context='  painted: {type: "ordered_set[Ball]", members: \'ball.state in ("red", "blue")\'}'
    )
    for name, to in (("a", "red"), ("b", "red"), ("c", "blue"), ("a", "blue")):
        steps.take("Put", name=name, to=to)
    assert steps.context("painted") == ["a", "b", "c"]
    steps.take("Put", name="a", to="idle")
    steps.take("Put", name="a", to="red")
    assert steps.context("painted") == ["b", "c", "a"]


def test_7_a_heap_reads_a_key_when_one_is_put_in_and_insertion_breaks_ties(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context='  row: {type: "heap[Ball]", key: ball.count, members: ball.state == "red"}',
        events="  Weigh: {fields: {name: str, count: int}}",
        handlers="""\
  Weigh:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any: {do: ball.count = event.count}
""",
        more="""\
completion:
  look: |
    if row:
        log(row.peek().name, [ball.name for ball in row.first(2)])
""",
    )
    for name, count in (("a", 5), ("b", 3), ("c", 3), ("d", 4)):
        steps.take("Put", name=name, to="")
        steps.take("Weigh", name=name, count=count)
        steps.take("Put", name=name, to="red")
    assert steps.context("row") == ["b", "c", "d", "a"]
    steps.take("Weigh", name="a", count=1)
    assert steps.log() == [("b", ["b", "c"])]
    assert steps.context("row") == ["b", "c", "d", "a"]
    steps.take("Put", name="a", to="idle")
    steps.take("Put", name="a", to="red")
    steps.take("Put", name="b", to="idle")
    steps.take("Put", name="b", to="red")
    assert steps.context("row") == ["a", "c", "b", "d"]


def test_7_what_is_taken_early_stays_out_until_its_rule_is_true_anew(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context='  row: {type: "ordered_set[Ball]", members: ball.state != "idle", early: true}',
        events="  Take: {}\n" + POKE,
        handlers="""\
  Take:
    do: |
      if row:
          log(row.pop_first().name)
  Poke:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any: {do: ball.count += 1}
""",
    )
    for name in "abc":
        steps.take("Put", name=name, to="red")
    steps.take("Take")
    assert steps.log() == [("a",)]
    steps.take("Poke", name="a")
    steps.take("Put", name="a", to="blue")
    assert steps.context("row") == ["b", "c"]
    steps.take("Put", name="a", to="idle")
    steps.take("Put", name="a", to="red")
    assert steps.context("row") == ["b", "c", "a"]


def test_7_making_what_a_default_map_lacks_is_a_write(box: Callable[..., Steps]) -> None:
    steps = box(
        fields='      marks: {type: "default_map[str, int]"}',
        context='  marked: {type: "ordered_set[Ball]", members: len(ball.marks) > 0}',
        events=POKE,
        handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any:
        do: |
          log(ball.marks.get("x"), len(marked))
          if ball.marks["x"] == 0:
              log(len(marked))
          ball.marks.clear()
          log(ball.marks["y"])
          log(len(marked))
""",
    )
    steps.take("Put", name="a", to="")
    steps.take("Poke", name="a")
    assert steps.log() == [(None, 0), (1,), (0,), (1,)]
    assert steps.get("Ball", "a", "marks") == {"y": 0}


def test_7_subjects_are_those_that_there_were_when_the_event_came(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context='  fresh: {type: "ordered_set[Ball]", members: ball.count == 0}',
        events="  Walk: {}",
        handlers="""\
  Walk:
    subject: {each: Ball, of: fresh}
    cells:
      any:
        do: |
          ball.count += 1
          log(ball.name, len(fresh))
""",
    )
    for name in "abc":
        steps.take("Put", name=name, to="")
    steps.take("Walk")
    assert steps.log() == [("a", 2), ("b", 1), ("c", 0)]


def test_7_a_collection_kept_by_hand_is_compared_with_its_rule_at_the_end_only(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context=REDS.replace("}", ", maintained: by hand}"),
        transitions="""\
  idle -> red: {becomes: red}
  red -> idle: {becomes: idle, do: 'reds.discard(ball)'}
  red -> blue: {becomes: blue}
""",
        events="  Note: {}",
        handlers="""\
  Note:
    do: |
      for ball in balls.values():
          reds.add(ball)
          recommend(ball, "red")
""",
    )
    steps.take("Put", name="a", to="")
    assert steps.take("Note") == []
    assert steps.take("Put", name="a", to="idle") == []
    assert steps.take("Put", name="a", to="red") == "InvariantViolated"
    assert steps.error[-1] == ("name", "reds follows its rule")


def test_7_the_first_of_a_collection_are_a_copy_and_changing_what_a_loop_walks_over_is_an_error(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context=REDS,
        transitions="""\
  idle -> red:
    becomes: red
    do: |
      for other in reds.first(9):
          other.note = "seen"
          get_or_create(Ball, other.name + "'")
  idle -> blue:
    becomes: blue
    do: |
      for other in balls.values():
          make(other.name + "'")
""",
        more='procedures:\n  "make(name: str)": get_or_create(Ball, name)\n',
    )
    assert steps.take("Put", name="a", to="red") == []
    assert steps.keys("Ball") == ["a", "a'"]
    assert steps.take("Put", name="b", to="blue") == "RuntimeError"


TREE = """\
    relations:
      above: {{to: Ball, many: false, inverse: below{more}}}
    requests: {{gone: {{deletes: true}}}}
"""


def _tree(box: Callable[..., Steps], more: str = "", **parts: str) -> Steps:
    given = {
        "entities": TREE.format(more=more),
        "events": "  Hang: {fields: {name: str, at: str}}\n  Cut: {fields: {name: str}}",
        "handlers": """\
  Hang:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any: {do: 'ball.above = balls.get(event.at)'}
  Cut:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any: {recommend: gone}
""",
        "transitions": COLOURS
        + "  idle, red, blue -> gone: {becomes: gone, emit: 'Tell(text=str(len(ball.below)))'}\n",
    }
    steps = box(**{**given, **parts})
    for name in "abcd":
        steps.take("Put", name=name, to="")
    return steps


def test_7_both_sides_of_a_relation_agree_whichever_is_written(box: Callable[..., Steps]) -> None:
    steps = _tree(box)
    for name in "cb":
        steps.take("Hang", name=name, at="a")
    below = steps.get("Ball", "a", "below")
    assert [ball.key for ball in below] == ["c", "b"]
    steps.take("Hang", name="c", at="d")
    assert [ball.key for ball in steps.get("Ball", "a", "below")] == ["b"]
    assert [ball.key for ball in steps.get("Ball", "d", "below")] == ["c"]
    steps.take("Hang", name="b", at="nobody")
    assert steps.get("Ball", "b", "above") is None
    assert steps.get("Ball", "a", "below") == []


def test_7_one_that_is_hung_elsewhere_keeps_its_place_among_those_that_hang(
    box: Callable[..., Steps],
) -> None:
    steps = _tree(
        box, context='  hung: {type: "ordered_set[Ball]", members: ball.above is not None}'
    )
    for name in "bc":
        steps.take("Hang", name=name, at="a")
    steps.take("Hang", name="b", at="d")
    assert steps.context("hung") == ["b", "c"]


def test_7_a_deletion_with_references_left_is_an_error(box: Callable[..., Steps]) -> None:
    steps = _tree(box)
    steps.take("Hang", name="b", at="a")
    assert steps.take("Cut", name="b") == [("Tell", {"text": "0"})]
    assert steps.keys("Ball") == ["a", "c", "d"]
    assert steps.get("Ball", "a", "below") == []
    steps.take("Hang", name="c", at="a")
    assert steps.take("Cut", name="a") == "ReferencesLeft"
    assert steps.error[1:] == (("entity", "Ball"), ("key", "a"), ("relation", "above"))


def test_7_a_relation_may_say_that_a_deletion_clears_it_once_all_else_is_done(
    box: Callable[..., Steps],
) -> None:
    steps = _tree(box, ", on_delete: clear")
    steps.take("Hang", name="b", at="a")
    steps.take("Hang", name="c", at="a")
    assert steps.take("Cut", name="a") == [("Tell", {"text": "2"})]
    assert [steps.get("Ball", key, "above") for key in "bc"] == [None, None]


# Rule 8: checking


def test_8_invariants_of_the_machine_and_of_what_was_touched_are_checked_and_nothing_changes(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        context='  seen: {type: "default_map[str, ordered_set[str]]"}',
        transitions="  idle -> red: {becomes: red, do: 'total += 1'}\n",
        more="""\
invariants:
  few: total < 3
  unseen: {for: Ball, when: ball.state == "red", holds: seen.get(ball.name) is None and ball.name != "b"}
at_quiescence:
  all red: {for: Ball, holds: ball.state == "red"}
""",
    )
    assert steps.take("Put", name="a", to="red") == []
    assert steps.context("seen") == {}
    assert steps.take("Put", name="b", to="red") == "InvariantViolated"
    assert steps.error[1:] == (("entity", "Ball"), ("key", "b"), ("name", "unseen"))
    assert steps.take("Put", name="c", to="red") == "MachinePoisoned"


def test_8_nothing_is_checked_without_validation_and_everything_by_check(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        options={"watched": False},
        more="""\
invariants:
  none: {for: Ball, holds: ball.state == "idle"}
at_quiescence:
  some: len(balls) > 1
""",
    )
    assert steps.take("Put", name="a", to="red") == []
    for either in (steps.pair.interpreted, steps.pair.generated):
        with pytest.raises(InvariantViolated, match="'none' doesn't hold for Ball 'a'"):
            either.check()
        with pytest.raises(InvariantViolated, match="'some' doesn't hold"):
            either.check_at_rest()


@pytest.mark.parametrize(("rounds", "outcome"), [(97, []), (98, "StepBudgetExceeded")])
def test_8_transitions_and_rounds_of_loops_count_against_the_budget_of_a_step(
    box: Callable[..., Steps], rounds: int, outcome: object
) -> None:
    steps = box(
        options={"step_budget": 100},
        transitions=f"""\
  idle -> red:
    becomes: red
    do: |
      total = 0
      while total < 1:
          total += 1
      for n in range({rounds}):
          total += n
    recommend: blue
  red -> blue: {{becomes: blue}}
""",
    )
    assert steps.take("Put", name="a", to="red") == outcome


def test_8_requests_that_go_round_for_ever_end_in_an_error(box: Callable[..., Steps]) -> None:
    steps = box(
        options={"step_budget": 500},
        transitions="""\
  idle -> red: {redirect: blue}
  idle -> blue: {redirect: red}
""",
    )
    assert steps.take("Put", name="a", to="red") == "StepBudgetExceeded"


def test_8_the_clock_is_read_once_an_event(box: Callable[..., Steps]) -> None:
    steps = box(
        context="  begun: {type: float, default: '0'}\n  ended: {type: float, default: '0'}",
        transitions="  idle -> red: {becomes: red, do: begun = now()}\n",
        more="host:\n  now: {returns: float, recorded: true}\ncompletion:\n  end: ended = now()\n",
    )
    steps.take("Put", name="a", to="")
    assert steps.pair.clock.reads == 2  # one of each machine
    steps.take("Put", name="a", to="red")
    assert steps.pair.clock.reads == 2
    assert (steps.context("begun"), steps.context("ended")) == (2.0, 2.0)


# Rule 9: returning


def test_9_instructions_come_in_the_order_in_which_they_were_emitted(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        events=POKE,
        handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    before: emit(Tell(text="before"))
    cells:
      absent: {emit: 'Tell(text="absent")'}
      any: {do: 'emit(Tell(text="do"))', recommend: red, emit: ['Tell(text="emit")', 'Tell(text="emit too")']}
    after: emit(Tell(text="after"))
""",
        transitions="""\
  idle -> red:
    becomes: red
    do: emit(Tell(text="red"))
    recommend: blue
    emit: Tell(text="red too")
  red -> blue: {becomes: blue, emit: 'Tell(text="blue")'}
""",
        more='completion:\n  end: emit(Tell(text="end"))\n',
    )
    steps.take("Put", name="a", to="")
    told = steps.take("Poke", name="a")
    texts = "before,do,emit,emit too,after,red,red too,blue,end".split(",")
    assert told == [("Tell", {"text": text}) for text in texts]
    told = steps.take("Poke", name="b")
    texts = "before,absent,after,end".split(",")
    assert told == [("Tell", {"text": text}) for text in texts]


def test_9_the_cause_goes_from_the_event_to_all_that_follows(box: Callable[..., Steps]) -> None:
    steps = box(
        transitions="  idle -> red: {becomes: red, do: 'log(1)', emit: 'Tell(text=\"x\")'}\n",
        more="completion:\n  end: log(2)\n",
    )
    machine = steps.pair.interpreted
    steps.take("Put", name="a", to="red", stimulus_id="me")
    assert [i.stimulus_id for i in steps.pair.emitted] == ["me"]
    assert [record[-2] for record in machine.log] == ["me"] * 3
    steps.take("Put", name="b", to="red")
    assert [i.stimulus_id for i in steps.pair.emitted] == ["put-2"]
    assert [record[-2] for record in machine.log[3:]] == ["put-2"] * 3
    assert machine.history[-1].event.stimulus_id == "put-2"
