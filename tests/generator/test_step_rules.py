"""Golden steps on generated code: each rule of a step, on the smallest machine that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.runtime import (
    BrokenClaim,
    IllegalEvent,
    InvalidTransition,
    InvariantViolated,
    MachinePoisoned,
    StepBudgetExceeded,
)

from .building import build, machine, records, told

SIMPLE = """\
  idle -> red: {becomes: red}
  idle -> blue: {becomes: blue}
  red -> blue: {becomes: blue}
  blue -> red: {becomes: red}
"""


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
