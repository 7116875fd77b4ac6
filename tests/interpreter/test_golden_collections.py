"""Collections, relations and deletion, pinned by hand: steps that the interpreter and the generated machine both take.

Rule 7 of the step in ``spec/README.md``; what both could get wrong together is written down here.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .golden import COLOURS, POKE, Steps

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


@pytest.mark.parametrize(
    ("many", "write", "rule"),
    [
        ("true", "ball.likes.add(other)", "len(ball.likes) > 0"),
        ("false", "ball.likes = other", "ball.likes is not None"),
    ],
)
def test_7_a_collection_follows_what_a_deletion_clears_where_nothing_points_back(
    box: Callable[..., Steps], many: str, write: str, rule: str
) -> None:
    steps = box(
        entities=f"""\
    relations:
      likes: {{to: Ball, many: {many}, on_delete: clear}}
    requests: {{gone: {{deletes: true}}}}
""",
        context=f'  fond: {{type: "ordered_set[Ball]", members: {rule}}}',
        events="  Like: {fields: {name: str, whom: str}}\n  Cut: {fields: {name: str}}",
        handlers=f"""\
  Like:
    subject: {{get: Ball, key: event.name}}
    cells:
      absent: {{ignore: nobody}}
      any:
        do: |
          other = balls.get(event.whom)
          if other is not None:
              {write}
  Cut:
    subject: {{get: Ball, key: event.name}}
    cells:
      absent: {{ignore: nobody}}
      any: {{recommend: gone}}
""",
        transitions="  idle -> gone: {becomes: gone}\n" + COLOURS,
    )
    for name in "ab":
        steps.take("Put", name=name, to="")
    steps.take("Like", name="a", whom="b")
    assert steps.context("fond") == ["a"]
    assert steps.take("Cut", name="b") == []
    assert steps.context("fond") == []
