"""Draining, pinned by hand: steps that the interpreter and the generated machine both take.

Rule 3 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable

from .golden import Steps


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
