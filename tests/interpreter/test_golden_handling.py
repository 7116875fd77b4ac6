"""Handling, pinned by hand: steps that the interpreter and the generated machine both take.

Rule 2 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable

from .golden import POKE, POKE_ALL, Steps


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
