"""Golden steps on generated code: what happens within a case of a transition, in which order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lawful.runtime import (
    ClaimFailed,
    HostFailure,
    ImpossibleTransition,
    NoCaseHolds,
    RecommendationsConflict,
)

from .building import build, machine, records, told


def test_the_order_inside_a_case(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context='  reds: {type: "ordered_set[Ball]", members: ball.state == "red"}',
            transitions="""\
  idle -> red:
    assert: ball.state == "idle"
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
        emit: Tell(text="last")
  idle -> blue: {becomes: blue, emit: 'Tell(text="blue")'}
  red -> blue: {becomes: blue}
""",
        ),
    )
    it = box.Box()
    it.handle(box.Put("b", ""))
    assert told(it.handle(box.Put("a", "red"))) == ["from do", "last", "blue"]
    assert records(it)[0] == ("idle", "red", True)
    assert it.balls["a"].count == 1
    assert it.balls["b"].state == "blue"


def test_a_guard_sees_the_entity_before_the_change_and_the_first_that_holds_is_taken(
    tmp_path: Path,
) -> None:
    box = build(
        tmp_path,
        machine(
            transitions="""\
  idle -> red:
    - {when: ball.state == "red", becomes: blue}
    - {when: ball.count == 0, becomes: red, do: ball.count = 1}
    - {becomes: blue}
"""
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", "red"))
    assert it.balls["a"].state == "red"


def test_internal_is_logged_and_changes_no_state_and_redirect_asks_for_the_other(
    tmp_path: Path,
) -> None:
    box = build(
        tmp_path,
        machine(
            transitions="""\
  idle -> red: {internal: it takes its time, do: ball.count += 1, emit: 'Tell(text="soon")'}
  idle -> blue: {redirect: red, do: total += 1}
"""
        ),
    )
    it = box.Box()
    assert told(it.handle(box.Put("a", "blue"))) == ["soon"]
    assert records(it) == [
        ("a", "idle", "blue", "idle", {"a": "red"}),
        ("a", "idle", "red", "idle", {}),
    ]
    assert (it.balls["a"].count, it.total, it.transition_count) == (1, 1, 2)


def test_no_case_holds_is_an_error(tmp_path: Path) -> None:
    box = build(
        tmp_path, machine(transitions="  idle -> red: {when: ball.count > 0, becomes: red}\n")
    )
    it = box.Box()
    with pytest.raises(NoCaseHolds):
        it.handle(box.Put("a", "red"))


def test_a_claimed_impossible_transition_raises_with_the_reason(tmp_path: Path) -> None:
    box = build(tmp_path, machine(transitions="  idle -> red: {impossible: red is out}\n"))
    it = box.Box()
    with pytest.raises(ImpossibleTransition, match="red is out"):
        it.handle(box.Put("a", "red"))


def test_a_failed_assert_names_its_text_and_its_place(tmp_path: Path) -> None:
    text = machine(
        transitions="  idle -> red: {becomes: red, assert: ball.count == 1 and total == 0}\n"
    )
    line = next(n for n, t in enumerate(text.splitlines(), 1) if "assert:" in t)
    box = build(tmp_path, text)
    it = box.Box()
    with pytest.raises(ClaimFailed) as caught:
        it.handle(box.Put("a", "red"))
    assert caught.value.text == "ball.count == 1 and total == 0"
    assert caught.value.where == f"spec.yaml:{line}"
    assert caught.value.key == "a"


@pytest.mark.parametrize("through_a_procedure", [False, True])
def test_two_different_requests_of_one_case_for_one_entity_conflict(
    tmp_path: Path, through_a_procedure: bool
) -> None:
    second = "ask(other)" if through_a_procedure else 'recommend(other, "blue")'
    box = build(
        tmp_path,
        machine(
            transitions=f"""\
  idle -> red:
    becomes: red
    do: |
      for other in balls.values():
          if other.name != ball.name:
              recommend(other, "red")
      for other in balls.values():
          if other.name != ball.name and total == 0:
              {second}
  idle -> blue: {{becomes: blue}}
""",
            more="""\
procedures:
  "ask(ball: Ball)": recommend(ball, "blue")
"""
            if through_a_procedure
            else "",
        ),
    )
    it = box.Box()
    it.handle(box.Put("b", ""))
    with pytest.raises(RecommendationsConflict):
        it.handle(box.Put("a", "red"))


def test_a_procedure_lets_the_later_win_when_a_handler_calls_it(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Paint: {fields: {}}",
            handlers="""\
  Paint:
    do: |
      for ball in balls.values():
          ask(ball, True)
          ask(ball, False)
""",
            transitions="""\
  idle -> red: {becomes: red}
  idle -> blue: {becomes: blue, do: "ask(ball, True)"}
  blue -> red: {becomes: red}
""",
            more="""\
procedures:
  "ask(ball: Ball, red: bool)": |
    if red:
        recommend(ball, "red")
    else:
        recommend(ball, "blue")
""",
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    it.handle(box.Paint())
    assert [r[2] for r in records(it)] == ["blue", "red"]


HOST = """\
types: {trouble: {is: "tuple[str, int]"}}
host:
  save: {args: {ball: Ball}, returns: int, fails: trouble, recorded: true}
  size: {args: {text: str}, returns: int, pure: true}
"""


def test_an_attempt_that_fails_leaves_the_state_and_runs_failed(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            states="      broken: {}",
            transitions="""\
  idle -> red:
    attempt: kept = save(ball)
    failed: {recommend: broken, args: '*trouble', emit: 'Tell(text=trouble[0])'}
    becomes: red
    do: ball.count = kept + size(ball.name)
  idle -> broken: {becomes: broken, do: "ball.note = why\\nball.count = code"}
""",
            more=HOST,
        ).replace(
            "    fields:\n      count",
            "    requests:\n      broken: {why: str, code: int}\n    fields:\n      count",
        ),
    )

    class Host:
        full = False

        def save(self, ball: Any, /) -> int:
            assert ball.state == "idle"
            if self.full:
                raise HostFailure("full", 28)
            return 40

        def size(self, text: str, /) -> int:
            return len(text)

    host = Host()
    it = box.Box(host=host)
    it.handle(box.Put("aa", "red"))
    assert (it.balls["aa"].state, it.balls["aa"].count) == ("red", 42)
    host.full = True
    assert told(it.handle(box.Put("b", "red"))) == ["full"]
    ball = it.balls["b"]
    assert (ball.state, ball.note, ball.count) == ("broken", "full", 28)
    assert [step.host for step in it.history] == [
        (("save", 40),),
        (("save", it.history[1].host[0][1]),),
    ]
    assert isinstance(it.history[1].host[0][1], HostFailure)
