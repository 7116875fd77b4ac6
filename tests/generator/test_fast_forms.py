"""What is written in a faster form does the same as what the spec says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.runtime import EMPTY_MAP

from .building import build, files, machine, names

FIELDS = """\
      seen: {type: "ordered_set[str]"}
      notes: {type: "map[str, int]"}
"""


def source(folder: Path, text: str) -> str:
    return {path.name: body for path, body in files(folder, text).items()}["machine.py"]


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("found = ordered_set(event.tags)\nball.seen = found", True),
        ("found = ordered_set()\nfound.update(event.tags)\nball.seen = found", True),
        ("found = ordered_set(event.tags)\nfor tag in found:\n    ball.seen.add(tag)", True),
        (
            "found = ordered_set(event.tags)\nfound.add('x')\nfound.discard('x')\n"
            "if found and not found == ball.seen and len(found) > 0:\n    ball.seen = found",
            True,
        ),
        (
            "found = ordered_set(event.tags)\nfor tag in found.first(9):\n    ball.seen.add(tag)",
            False,
        ),
        (
            "found = ordered_set(event.tags)\nkept[ball.name] = found\nball.seen.update(found)",
            False,
        ),
        ("found = ordered_set(event.tags)\nother = found\nball.seen.update(other)", False),
        ("found = ball.seen\nfor tag in event.tags:\n    found.add(tag)", False),
        ("found = ordered_set()\nfound = ball.seen\nfound.update(event.tags)", False),
    ],
)
def test_a_set_that_only_its_procedure_sees_is_a_dict_of_its_elements(
    tmp_path: Path, body: str, plain: bool
) -> None:
    inner = "".join(f"      {line}\n" for line in body.replace("event.tags", "tags").splitlines())
    text = machine(
        fields=FIELDS,
        context='  kept: {type: "map[str, ordered_set[str]]"}',
        events='  See: {fields: {name: str, tags: "list[str]"}}',
        handlers="""\
  See:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      any: {do: "look(ball, event.tags)"}
      new: {do: "look(ball, event.tags)"}
""",
        more=f"""\
procedures:
  "look(ball: Ball, tags: list[str])":
    doc: Take down the tags.
    do: |
{inner}""",
    )
    assert ("dict[str, None] = " in source(tmp_path, text)) == plain
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.See("a", ["p", "q", "p"]))
    assert list(it.balls["a"].seen) == ["p", "q"]


def test_what_is_empty_is_passed_over_and_what_is_not_is_gone_through(tmp_path: Path) -> None:
    text = machine(
        fields=FIELDS,
        context='  held: {type: "ordered_set[Ball]"}\n  last: {type: "map[str, int]"}',
        events="  Fill: {fields: {name: str}}\n  Drop: {fields: {name: str}}",
        handlers="""\
  Fill:
    subject: {get_or_create: Ball, key: event.name}
    cells:
      any:
        do: |
          ball.notes[event.name] = 3
          ball.seen.add(event.name)
          held.add(ball)
          last[ball.name] = 1
      new: {ignore: nothing yet}
  Drop:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {ignore: nobody}
      any:
        do: |
          for note, size in ball.notes.items():
              total += size
          ball.notes.clear()
          ball.seen.clear()
          held.discard(ball)
          last.pop(ball.name, None)
""",
    )
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.Fill("a"))
    ball = it.balls["a"]
    for filled in (False, True):
        if filled:
            it.handle(box.Fill("a"))
            assert (list(ball.seen), ball.notes, names(it.held), it.last) == (
                ["a"],
                {"a": 3},
                ["a"],
                {"a": 1},
            )
        it.handle(box.Drop("a"))
        assert (list(ball.seen), ball.notes, names(it.held), it.last) == ([], {}, [], {})
        assert it.total == (3 if filled else 0)
    body = source(tmp_path, text).split("def _on_drop")[1].split("\n    def ")[0]
    assert "if ball.notes_items:\n" in body
    assert "del self.held.elements[ball]" in body
    assert "del self.last[ball.name]" in body
    assert EMPTY_MAP == {}


def test_what_recommends_nothing_returns_nothing_and_callers_get_results_of_their_own(
    tmp_path: Path,
) -> None:
    text = machine(transitions="  idle -> red: {becomes: red}\n  red -> idle: {becomes: idle}\n")
    body = source(tmp_path, text).split("def _ball_idle_to_red")[1].split("\n    def ")[0]
    assert "-> None:" in body
    assert "return" not in body
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.Put("a", ""))
    recommendations, instructions = it.transition(it.balls["a"], "red", stimulus_id="by hand")
    recommendations[it.balls["a"]] = "idle"
    instructions.append("mine")
    assert it.transition(it.balls["a"], "idle", stimulus_id="by hand") == ({}, [])


def test_a_list_turned_round_is_a_slice(tmp_path: Path) -> None:
    text = machine(
        events='  Turn: {fields: {sizes: "list[int]"}}',
        context='  turned: {type: "list[int]"}',
        handlers="  Turn: {do: turned = list(reversed(sorted(event.sizes)))}\n",
    )
    assert "sorted(event.sizes)[::-1]" in source(tmp_path, text)
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.Turn([2, 3, 1]))
    assert it.turned == [3, 2, 1]


def test_finding_or_creating_is_written_out_where_the_key_has_a_name(tmp_path: Path) -> None:
    text = machine(
        events='  Name: {fields: {names: "list[str]"}}',
        handlers="""\
  Name:
    do: |
      for name in event.names:
          ball = get_or_create(Ball, name)
          ball.count += 1
""",
    )
    assert "_get_or_create_ball" not in source(tmp_path, text)
    box = build(tmp_path, text)
    it = box.Box()
    it.handle(box.Name(["a", "b", "a"]))
    assert {ball.name: ball.count for ball in it.balls.values()} == {"a": 2, "b": 1}
