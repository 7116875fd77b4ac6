"""Transitions, routes and completion, pinned by hand: steps that the interpreter and the generated machine both take.

Rules 4 to 6 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lawful.runtime import HostFailure

from .golden import Steps

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


@pytest.mark.parametrize("off", ["true", "false"])
def test_5_a_deviation_decides_whether_the_later_leg_wins(
    off: str, box: Callable[..., Steps]
) -> None:
    steps = box(
        transitions=LEGS,
        more="routes:\n  via idle: red -> blue\n  on_conflict: later leg wins with peace\n"
        f"deviations: {{peace: {{because: it is shorter, off: {off}}}}}\n",
    )
    steps.take("Put", name="b", to="")
    steps.take("Put", name="a", to="red")
    took = steps.take("Put", name="a", to="blue")
    assert (took == "RecommendationsConflict") == (off == "true")


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


def test_4_a_field_that_is_not_given_to_an_instruction_has_its_default(
    box: Callable[..., Steps],
) -> None:
    steps = box(
        transitions="""\
  idle -> red: {becomes: red, emit: 'Ring(text="red")'}
  idle -> blue: {becomes: blue, emit: 'Ring(names=[ball.name], text="blue")'}
  red, blue -> idle: {becomes: idle}
  red -> blue: {becomes: blue}
  blue -> red: {becomes: red}
""",
        instructions="""\
  Ring:
    fields: {text: str, loud: {type: bool, default: "false"}, names: {type: 'list[str]', default: []}}
    runs: send
""",
    )
    told = steps.take("Put", name="a", to="red")
    assert told == [("Ring", {"text": "red", "loud": False, "names": []})]
    told = steps.take("Put", name="b", to="blue")
    assert told == [("Ring", {"text": "blue", "loud": False, "names": ["b"]})]
