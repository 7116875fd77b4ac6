"""Derived and hand-kept collections, relations and deletion, on generated code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from lawful.runtime import EMPTY_MAP, InvariantViolated, OrderedSet

from .building import build, files, machine, names

PAINT = """\
  idle -> red: {becomes: red}
  red -> blue: {becomes: blue}
  blue -> idle: {becomes: idle}
  red -> idle: {becomes: idle}
"""


def test_derived_collections_follow_states_creations_and_fields(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context="""\
  reds: {type: "ordered_set[Ball]", members: ball.state == "red"}
  colours: {type: "count[Ball]", members: 'ball.state in ("red", "blue")'}
  heavy: {type: "ordered_set[Ball]", members: ball.count > 2}
  heavies: {type: "count[Ball]", members: 'ball.count > 2 and ball.state != "blue"'}
  by_note: {type: "heap[Ball]", key: ball.note, members: ball.state == "idle"}
""",
            events="  Load: {fields: {name: str, count: int, note: str}}",
            handlers="""\
  Load:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      new: {do: "ball.count = event.count\\nball.note = event.note"}
      any: {do: "ball.count = event.count\\nball.note = event.note"}
""",
            transitions=PAINT,
        ),
    )
    it = box.Box(validate=True)

    def seen() -> tuple[Any, ...]:
        it.check()
        return names(it.reds), it.colours, names(it.heavy), it.heavies

    for name, note in (("a", "z"), ("b", "y"), ("c", "x")):
        it.handle(box.Load(name, 1, note))
    assert seen() == ([], 0, [], 0)
    assert names(it.by_note) == ["a", "b", "c"]  # their notes were alike when they came in
    it.handle(box.Put("b", "red"))
    it.handle(box.Put("a", "red"))
    it.handle(box.Load("a", 5, ""))
    assert seen() == (["b", "a"], 2, ["a"], 1)
    it.handle(box.Put("a", "blue"))
    assert seen() == (["b"], 2, ["a"], 0)
    it.handle(box.Load("a", 0, ""))
    it.handle(box.Put("a", "idle"))
    it.handle(box.Put("b", "idle"))
    assert seen() == ([], 0, [], 0)
    assert names(it.by_note) == ["a", "c", "b"]  # the keys are read when they come in


def test_only_the_needed_add_or_discard_is_written(tmp_path: Path) -> None:
    text = machine(
        context="""\
  reds: {type: "ordered_set[Ball]", members: ball.state == "red"}
  counted: {type: "ordered_set[Ball]", members: ball.count > 0}
""",
        transitions=PAINT,
    )
    source = {path.name: body for path, body in files(tmp_path, text).items()}["machine.py"]
    body = source.split("def _ball_red_to_blue")[1].split("def ")[0]
    assert "self.reds.elements.pop(ball, None)" in body
    assert "= None" not in body
    assert "counted" not in body
    assert "reds" not in source.split("def _ball_blue_to_idle")[1].split("def ")[0]


def test_an_early_pop_is_allowed_and_the_transition_still_follows(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context=(
                '  queue: {type: "heap[Ball]", key: ball.count, members: ball.state == "red",'
                " early: true}"
            ),
            events="  Next: {fields: {}}",
            handlers="""\
  Next:
    do: |
      if queue:
          ball = queue.pop()
          recommend(ball, "blue")
""",
            transitions="""\
  idle -> red: {becomes: red}
  red -> blue: {becomes: blue, emit: 'Tell(text=ball.name)'}
""",
        ),
    )
    it = box.Box(validate=True)
    it.handle(box.Put("a", "red"))
    it.handle(box.Put("b", "red"))
    assert [i.text for i in it.handle(box.Next())] == ["a"]
    assert names(it.queue) == ["b"]


def test_a_collection_kept_by_hand_is_checked_at_the_end_of_a_step(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context=(
                '  held: {type: "ordered_set[Ball]", members: ball.state == "red",'
                " maintained: by hand}"
            ),
            transitions="""\
  idle -> red: {becomes: red, do: held.add(ball)}
  red -> blue: {becomes: blue}
""",
        ),
    )
    it = box.Box(validate=True)
    it.handle(box.Put("a", "red"))
    with pytest.raises(InvariantViolated, match="held follows its rule"):
        it.handle(box.Put("a", "blue"))


def test_a_default_map_is_created_by_writing_only(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context="""\
  tags: {type: "default_map[str, ordered_set[str]]"}
  heaps: {type: "default_map[str, heap[Ball]]", key: -ball.count}
  tally: {type: "default_map[str, int]"}
  nested: {type: "default_map[str, map[str, int]]"}
""",
            events="  Look: {fields: {name: str}}\n  Write: {fields: {name: str}}",
            handlers="""\
  Look:
    do: |
      if "x" in tags or tags.get(event.name) is not None:
          total += 1
  Write:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any:
        do: |
          tags[event.name].add("t")
          heaps["all"].add(ball)
          tally["writes"] += 1
          nested["a"]["b"] = 1
""",
            transitions=PAINT,
        ),
    )
    it = box.Box()
    it.handle(box.Look("a"))
    assert (it.tags, it.total) == ({}, 0)
    it.handle(box.Put("a", ""))
    it.handle(box.Write("a"))
    it.handle(box.Write("a"))
    assert it.tags == {"a": {"t"}}
    assert names(it.heaps["all"]) == ["a"]
    assert (it.tally, it.nested) == ({"writes": 2}, {"a": {"b": 1}})


def test_a_machine_survives_a_pickle(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            context="""\
  queue: {type: "heap[Ball]", key: ball.count, members: ball.state == "red"}
  heaps: {type: "default_map[str, heap[Ball]]", key: ball.count}
  sets: {type: "default_map[str, ordered_set[str]]"}
""",
            transitions=PAINT,
            events="  Keep: {}",
            handlers="""\
  Keep:
    do: |
      for ball in queue:
          heaps["x"].add(ball)
          sets["x"].add(ball.name)
""",
        ),
    )
    it = box.Box()
    it.handle(box.Put("a", "red"))
    it.handle(box.Keep())
    copy = pickle.loads(pickle.dumps(it))
    assert names(copy.queue) == ["a"]
    assert next(iter(copy.queue)) is copy.balls["a"] is copy.heaps["x"].peek()
    copy.handle(box.Put("b", "red"))
    assert names(copy.queue) == ["a", "b"]
    assert names(it.queue) == ["a"]


def test_a_reset_group_gives_defaults_and_collections_follow(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            fields="""\
      size: {type: int, default: "3", reset: [trial, all]}
      tags: {type: "ordered_set[str]", reset: all}
""",
            context='  large: {type: "ordered_set[Ball]", members: ball.size > 5}',
            events="  Grow: {fields: {name: str}}\n  Reset: {fields: {name: str, all: bool}}",
            handlers="""\
  Grow:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: none}
      any: {do: "ball.size += 5\\nball.tags.add('big')"}
  Reset:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: none}
      any:
        - {when: event.all, do: 'reset(ball, "all")'}
        - {do: 'reset(ball, "trial")'}
""",
            transitions=PAINT,
        ),
    )
    it = box.Box(validate=True)
    it.handle(box.Put("a", ""))
    ball = it.balls["a"]
    it.handle(box.Grow("a"))
    assert (ball.size, names(it.large)) == (8, ["a"])
    it.handle(box.Reset("a", False))
    assert (ball.size, set(ball.tags), names(it.large)) == (3, {"big"}, [])
    it.handle(box.Reset("a", True))
    assert ball.tags == set()


def test_configurations_tell_states_apart_by_fields(tmp_path: Path) -> None:
    text = machine(
        fields="""\
      was: {type: str, default: "''"}
    configurations:
      blue: {by: was, values: [light, dark]}
""",
        events="  Poke: {fields: {name: str, was: str}}",
        handlers="""\
  Poke:
    subject: {get: Ball, key: event.name}
    before: |
      for one in balls.values():
          one.was = event.was
    cells:
      absent: {ignore: none}
      blue(light): {emit: 'Tell(text="it was light")'}
      blue(dark): {emit: 'Tell(text="it was dark")'}
      others: {ignore: no colour}
""",
        transitions='  idle -> blue: {becomes: blue, do: ball.was = "light"}\n',
    )
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.Put("a", "blue"))
    assert it.balls["a"].configuration == "blue(light)"
    # `before` changes the field, and the cell was chosen before that.
    assert [i.text for i in it.handle(box.Poke("a", "dark"))] == ["it was light"]
    assert [i.text for i in it.handle(box.Poke("a", "nothing"))] == ["it was dark"]
    with pytest.raises(ValueError, match="no configuration of blue has was='nothing'"):
        print(it.balls["a"].configuration)


def test_new_entities_share_an_empty_set_until_one_puts_something_in(tmp_path: Path) -> None:
    text = machine(
        fields='      seen: {type: "ordered_set[str]"}',
        events="  See: {fields: {name: str, what: str}}",
        handlers="""\
  See:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      any: {do: ball.seen.add(event.what)}
      new: {do: ball.seen.discard(event.what)}
""",
    )
    box = build(tmp_path, text)
    it = box.Box()
    for name in "aab":
        it.handle(box.See(name, "x"))
    assert list(it.balls["a"].seen) == ["x"]
    assert it.balls["b"].seen_elements is EMPTY_MAP
    it.balls["b"].seen = OrderedSet("yz")
    it.balls["b"].seen.add("x")
    assert list(it.balls["b"].seen) == ["y", "z", "x"]


def test_what_a_new_entity_has_empty_can_be_filled_where_it_stands_by_others_too(
    tmp_path: Path,
) -> None:
    text = machine(
        fields='      seen: {type: "ordered_set[str]"}',
        events="  See: {fields: {name: str, what: str}}",
        handlers="""\
  See:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      any: {do: ball.seen.add(event.what)}
      new: {ignore: nothing is seen yet}
""",
    )
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.See("a", "x"))
    it.handle(box.See("b", "x"))
    seen = it.balls["a"].seen
    seen.add("by a test")
    it.handle(box.See("a", "x"))
    assert list(it.balls["a"].seen) == list(seen) == ["by a test", "x"]
    assert list(it.balls["b"].seen) == []


@pytest.mark.parametrize(
    ("put", "shared"),
    [
        ("ball.seen[event.what] = 1", True),
        ("for one in balls.values():\\n    one.seen[event.what] = 1", True),
        ("ball.seen.setdefault(event.what, 1)", False),
        ("seen = ball.seen\\nseen[event.what] = 1", False),
        ("balls[event.name].seen[event.what] = 1", False),
        ("pass", True),
    ],
)
def test_new_entities_share_an_empty_map_that_the_machine_fills_where_it_stands(
    tmp_path: Path, put: str, shared: bool
) -> None:
    text = machine(
        fields='      seen: {type: "map[str, int]"}',
        events="  See: {fields: {name: str, what: str}}",
        handlers=f"""\
  See:
    subject: {{get_or_create: Ball, key: event.name}}
    cells:
      any: {{do: "{put}"}}
      new: {{ignore: nothing is seen yet}}
""",
    )
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.See("a", "x"))
    assert (getattr(it.balls["a"], "seen_items", None) is EMPTY_MAP) == shared
    it.handle(box.See("a", "x"))
    assert list(it.balls["a"].seen) == ([] if put == "pass" else ["x"])
    it.handle(box.See("b", "x"))
    assert it.balls["b"].seen == {}


def test_a_set_that_is_handed_on_as_a_whole_is_not_shared(tmp_path: Path) -> None:
    text = machine(
        fields='      seen: {type: "ordered_set[str]"}',
        events="  See: {fields: {name: str, what: str}}",
        handlers="""\
  See:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      new, any: {do: "seen = ball.seen\\nseen.add(event.what)"}
""",
    )
    box = build(tmp_path, text)
    it = box.Box()
    for name in "ab":
        it.handle(box.See(name, name))
    assert [list(ball.seen) for ball in it.balls.values()] == [["a"], ["b"]]
