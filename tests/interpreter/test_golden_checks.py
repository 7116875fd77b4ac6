"""Checks, budgets and what is returned, pinned by hand: steps that the interpreter and the generated machine both take.

Rules 8 to 9 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lawful.runtime import InvariantViolated

from .golden import POKE, Steps

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
