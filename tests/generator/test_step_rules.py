"""Golden steps on generated code: each rule of a step, on the smallest machine that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lawful.runtime import (
    BrokenClaim,
    ClaimFailed,
    HostFailure,
    IllegalEvent,
    ImpossibleTransition,
    InvalidTransition,
    InvariantViolated,
    MachinePoisoned,
    NoCaseHolds,
    RecommendationsConflict,
    StepBudgetExceeded,
)

from .building import build, machine

SIMPLE = """\
  idle -> red: {becomes: red}
  idle -> blue: {becomes: blue}
  red -> blue: {becomes: blue}
  blue -> red: {becomes: red}
"""


def told(instructions: list[Any]) -> list[str]:
    return [i.text for i in instructions]


def records(box: Any) -> list[tuple[Any, ...]]:
    """The log without stimulus ids and times."""
    return [record[:-2] for record in box.log]


# Rule 1: refusals


def test_an_impossible_cell_refuses_before_anything_changes(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Poke: {fields: {name: str}}",
            handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    before: total += 1
    cells:
      absent: {impossible: it was never put in}
      red: {do: ball.count += 1}
      others: {impossible: only red ones can be poked}
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    with pytest.raises(IllegalEvent, match="never put in"):
        it.handle(box.Poke("a"))
    it.handle(box.Put("a", "blue"))
    with pytest.raises(IllegalEvent, match=r"Ball 'a' is blue.*only red"):
        it.handle(box.Poke("a"))
    assert it.total == 0
    it.handle(box.Put("a", "red"))
    it.handle(box.Poke("a"))
    assert (it.total, it.balls["a"].count) == (1, 1)


def test_one_refusing_subject_of_many_refuses_the_whole_event(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Poke: {fields: {names: 'list[str]'}}",
            handlers="""\
  Poke:
    subject: {each: Ball, keys: event.names}
    cells:
      absent: {ignore: nobody is there}
      red: {do: ball.count += 1}
      others: {impossible: only red ones can be poked}
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", "red"))
    it.handle(box.Put("b", "blue"))
    with pytest.raises(IllegalEvent):
        it.handle(box.Poke(["a", "b"]))
    assert it.balls["a"].count == 0
    it.handle(box.Poke(["a", "nobody", "a"]))
    assert it.balls["a"].count == 1  # named twice, meant once


def test_a_source_is_taken_only_when_nobody_refuses(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context='  held: {type: "map[str, list[str]]"}',
            events="  Hold: {fields: {hand: str, names: 'list[str]'}}\n  Drop: {fields: {hand: str}}",
            handlers="""\
  Hold: {do: "held[event.hand] = list(event.names)"}
  Drop:
    subject: {each: Ball, keys: "held.pop(event.hand, [])"}
    cells:
      absent: {impossible: what is held exists}
      any: {do: ball.count += 1}
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    it.handle(box.Hold("left", ["a", "b"]))
    with pytest.raises(IllegalEvent):
        it.handle(box.Drop("left"))
    assert it.held == {"left": ["a", "b"]}
    it.handle(box.Put("b", ""))
    it.handle(box.Drop("left"))
    assert it.held == {}
    assert [b.count for b in it.balls.values()] == [1, 1]
    it.handle(box.Drop("left"))  # nothing there any more, and the spec gives a default


def test_a_guarded_claim_after_a_change_poisons(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Poke: {fields: {name: str}}",
            handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    before: total += 1
    cells:
      absent: {ignore: nobody}
      any:
        - {when: ball.count > 0, impossible: once is enough}
        - {do: ball.count += 1}
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    it.handle(box.Poke("a"))
    with pytest.raises(BrokenClaim, match="once is enough"):
        it.handle(box.Poke("a"))
    with pytest.raises(MachinePoisoned):
        it.handle(box.Put("b", ""))


# Rule 2: the handler


def test_a_new_subject_is_created_even_if_its_cell_ignores(tmp_path: Path) -> None:
    box = build(tmp_path, machine(transitions=SIMPLE))
    it = box.Box()
    assert it.handle(box.Put("a", "nowhere")) == []
    assert it.balls["a"].state == "idle"


def test_an_impossible_new_subject_is_not_created(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Poke: {fields: {name: str}}\n  Make: {fields: {name: str}}",
            handlers="""\
  Poke:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      new: {impossible: it must be there}
      any: {ignore: fine}
  Make:
    subject: {create: Ball, key: event.name}
    cells:
      new: {do: ball.count = 7}
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    with pytest.raises(IllegalEvent):
        it.handle(box.Poke("a"))
    assert it.balls == {}
    it.handle(box.Make("a"))
    assert it.balls["a"].count == 7
    with pytest.raises(IllegalEvent, match="there already"):
        it.handle(box.Make("a"))


def test_before_then_each_first_and_cell_then_after(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
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
            transitions=SIMPLE,
            more="""\
families:
  Pokes:
    fields: {names: 'list[str]'}
    before: log("family before")
    subject: {each: Ball, keys: event.names}
    first: log("family first", ball.name)
    after: log("family after")
""",
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    it.handle(box.Put("b", ""))
    it.log.clear()
    assert told(it.handle(box.Poke(["b", "x", "a"]))) == ["b", "a"]
    assert records(it) == [
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


def test_cells_are_chosen_at_the_beginning_and_guards_read_at_their_moment(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Poke: {fields: {names: 'list[str]'}}",
            handlers="""\
  Poke:
    subject: {each: Ball, keys: event.names}
    cells:
      absent: {do: "get_or_create(Ball, name + name)"}
      any:
        - {when: total > 0, do: 'log("late", ball.name)'}
        - {do: "total += 1"}
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    it.handle(box.Put("b", ""))
    it.log.clear()
    # "x" makes "xx" exist before its turn comes, but "xx" was absent when the cells were chosen.
    it.handle(box.Poke(["x", "xx", "a", "b"]))
    assert sorted(it.balls) == ["a", "b", "xx", "xxxx"]
    assert records(it) == [("late", "b")]


def test_of_two_recommendations_of_a_handler_the_later_wins_in_the_place_of_the_first(
    tmp_path: Path,
) -> None:
    box = build(
        tmp_path,
        machine(
            events="  Paint: {fields: {}}",
            handlers="""\
  Paint:
    do: |
      for ball in balls.values():
          recommend(ball, "red")
      for ball in balls.values():
          if ball.name == "a":
              recommend(ball, "blue")
""",
            transitions=SIMPLE,
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    it.handle(box.Put("b", ""))
    it.log.clear()
    it.handle(box.Paint())
    assert [r[:3] for r in records(it)] == [("b", "idle", "red"), ("a", "idle", "blue")]


# Rule 3: drain


def test_being_there_already_is_nothing(tmp_path: Path) -> None:
    box = build(tmp_path, machine(transitions=SIMPLE))
    it = box.Box()
    it.handle(box.Put("a", "red"))
    count = it.transition_count
    it.handle(box.Put("a", "red"))
    assert it.transition_count == count
    assert len(it.log) == 1


def test_an_undeclared_pair_raises_with_its_reason_and_poisons(tmp_path: Path) -> None:
    box = build(tmp_path, machine(transitions=SIMPLE))
    it = box.Box()
    it.handle(box.Put("a", "red"))
    with pytest.raises(InvalidTransition, match=r"red -> idle of Ball 'a': not in this test"):
        it.handle(box.Put("a", "idle"))
    with pytest.raises(MachinePoisoned):
        it.handle(box.Put("b", ""))


# Rule 4: a case


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


# Rule 5: routes


def test_a_route_goes_through_its_state(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            transitions="""\
  idle -> red: {becomes: red}
  red -> idle: {becomes: idle, do: ball.count += 1}
  idle -> blue: {becomes: blue, emit: 'Tell(text=start)'}
""",
            more="routes:\n  via idle: red -> blue\n",
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", "red"))
    assert told(it.handle(box.Put("a", "blue"))) == ["idle"]
    assert (it.balls["a"].state, it.balls["a"].count) == ("blue", 1)


# Rule 6: completion


@pytest.mark.parametrize(("mode", "count"), [("once", 1), ("fixpoint", 3)])
def test_completion_runs_once_or_until_nothing_comes_of_it(
    tmp_path: Path, mode: str, count: int
) -> None:
    box = build(
        tmp_path,
        machine(
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
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    assert it.balls["a"].count == count


def test_completions_run_in_order_and_after_an_ignoring_handler(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            transitions=SIMPLE,
            more="""\
completion:
  one: log("one")
  two: log("two")
""",
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", ""))
    assert records(it) == [("one",), ("two",)]


# Rule 8: checks and budget


def test_validation_finds_what_a_step_broke_and_only_then(tmp_path: Path) -> None:
    text = machine(
        context='  seen: {type: "default_map[str, ordered_set[str]]"}',
        transitions="  idle -> red: {becomes: red, do: 'total += 1'}\n",
        more="""\
invariants:
  few: total < 2
  unseen: {for: Ball, when: ball.state == "red", holds: "seen.get(ball.name) is None"}
at_quiescence:
  all red: {for: Ball, holds: ball.state == "red"}
""",
    )
    box = build(tmp_path, text)
    careless = box.Box()
    for name in "ab":
        careless.handle(box.Put(name, "red"))
    careful = box.Box(validate=True)
    careful.handle(box.Put("a", "red"))
    assert careful.seen == {}  # looking creates nothing
    with pytest.raises(InvariantViolated, match=r"'few' doesn't hold: total < 2"):
        careful.handle(box.Put("b", "red"))
    idle = box.Box(validate=True)
    idle.handle(box.Put("a", ""))
    idle.check()
    with pytest.raises(InvariantViolated, match="'all red' doesn't hold for Ball 'a'"):
        idle.check_at_rest()


@pytest.mark.parametrize(
    "loop",
    [
        "while total >= 0:\n          total += 1",
        "for _n in range(10 + 10 * 1000 * 1000 * 1000 * 1000):\n          total += 1",
    ],
)
def test_an_endless_loop_ends_in_an_error(tmp_path: Path, loop: str) -> None:
    loop = loop.replace("_n", "n")
    box = build(
        tmp_path,
        machine(transitions=f"  idle -> red:\n    becomes: red\n    do: |\n        {loop}\n"),
    )
    it = box.Box(step_budget=1000)
    with pytest.raises(StepBudgetExceeded):
        it.handle(box.Put("a", "red"))


def test_the_clock_is_read_once_an_event(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context="  first: {type: float, default: '0'}\n  second: {type: float, default: '0'}",
            transitions="  idle -> red: {becomes: red, do: 'first = now()\\nsecond = now()'}\n".replace(
                "'first", '"first'
            ).replace("now()'}", 'now()"}'),
            more="host:\n  now: {returns: float, recorded: true}\n",
        ),
    )
    ticks = iter(range(10))
    it = box.Box(clock=lambda: float(next(ticks)))
    it.handle(box.Put("a", "red"))
    assert (it.first, it.second) == (0.0, 0.0)


# Rule 9: causes


def test_a_stimulus_id_travels_from_the_event_to_its_instructions(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(transitions="  idle -> red: {becomes: red, emit: 'Tell(text=\"x\")'}\n"),
    )
    it = box.Box()
    assert it.handle(box.Put("a", "red", stimulus_id="me")) == [box.Tell("x", stimulus_id="me")]
    assert it.handle(box.Put("b", "red")) == [box.Tell("x", stimulus_id="put-2")]
