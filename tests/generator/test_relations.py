"""Relations, references and deletion, on generated code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lawful.runtime import ReferencesLeft

from .building import build, machine, names

BAGS = """\
  Bag:
    registry: bags
    key: {name: str}
    states: {open: {initial: true}}
    requests: {gone: {deletes: true}}
"""

RELATED = """\
    requests: {gone: {deletes: true}}
    relations:
      friends: {to: Ball, many: true, inverse: fans}
      bag: {to: Bag, many: false, inverse: balls%s}
"""

RELATING = """\
  Befriend: {fields: {one: str, two: str}}
  Part: {fields: {one: str, two: str}}
  Leave: {fields: {one: str}}
  Pack: {fields: {name: str, bag: str | None}}
  Take: {fields: {bag: str, name: str}}
  Delete: {fields: {name: str}}
  Discard: {fields: {bag: str}}
"""

RELATE = """\
  Befriend: {do: "balls[event.one].friends.add(balls[event.two])"}
  Part: {do: "balls[event.two].fans.discard(balls[event.one])"}
  Leave: {do: "balls[event.one].friends.clear()"}
  Pack:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {impossible: no such ball}
      any:
        - when: event.bag is not None
          do: |
            bag = get_or_create(Bag, event.bag)
            ball.bag = bag
        - {do: ball.bag = None}
  Take: {do: "get_or_create(Bag, event.bag).balls.add(balls[event.name])"}
  Delete:
    subject: {get: Ball, key: event.name}
    cells: {absent: {impossible: no such ball}, any: {recommend: gone}}
  Discard:
    subject: {get: Bag, key: event.bag}
    cells: {absent: {impossible: no such bag}, any: {recommend: gone}}
"""


def related(tmp_path: Path, on_delete: str = "") -> Any:
    text = machine(
        BAGS,
        fields=RELATED % on_delete,
        context='  loose: {type: "count[Ball]", members: ball.bag is None}',
        events=RELATING,
        handlers=RELATE,
        transitions="  Ball:\n    idle -> gone: {becomes: gone}\n    undeclared: {impossible: no}\n"
        "  Bag:\n    open -> gone: {becomes: gone}\n    undeclared: {impossible: no}\n",
    )
    text = text.replace("  undeclared: {impossible: not in this test}\n", "")
    text = text.replace("recommend: red}", "do: total += 1}").replace(
        "recommend: blue}", "do: total += 1}"
    )
    text = text.replace("recommend: idle}", "do: total += 1}")
    text = text.replace("      red: {}\n      blue: {}\n", "")
    return build(tmp_path, text)


def test_a_relation_is_kept_on_both_sides(tmp_path: Path) -> None:
    box = related(tmp_path)
    it = box.Box(validate=True)
    for name in "abc":
        it.handle(box.Put(name, ""))
    a, b, c = (it.balls[name] for name in "abc")
    it.handle(box.Befriend("a", "b"))
    it.handle(box.Befriend("a", "c"))
    it.handle(box.Befriend("b", "b"))
    assert (names(a.friends), names(b.fans), names(c.fans)) == (["b", "c"], ["a", "b"], ["a"])
    it.handle(box.Part("a", "b"))
    assert (names(a.friends), names(b.fans)) == (["c"], ["b"])
    it.handle(box.Leave("a"))
    assert (names(a.friends), names(c.fans)) == ([], [])
    it.check()


def test_a_single_relation_moves(tmp_path: Path) -> None:
    box = related(tmp_path)
    it = box.Box(validate=True)
    for name in "ab":
        it.handle(box.Put(name, ""))
    assert it.loose == 2
    it.handle(box.Pack("a", "one"))
    it.handle(box.Take("one", "b"))
    assert names(it.bags["one"].balls) == ["a", "b"]
    assert it.loose == 0
    it.handle(box.Take("two", "a"))
    assert names(it.bags["one"].balls) == ["b"]
    assert it.balls["a"].bag is it.bags["two"]
    it.handle(box.Pack("b", None))
    assert names(it.bags["one"].balls) == []
    assert it.loose == 1
    it.check()


def test_a_deletion_lets_go_of_what_the_deleted_one_refers_to(tmp_path: Path) -> None:
    box = related(tmp_path)
    it = box.Box(validate=True)
    for name in "ab":
        it.handle(box.Put(name, ""))
    it.handle(box.Befriend("a", "b"))
    it.handle(box.Pack("a", "one"))
    it.handle(box.Delete("a"))
    assert list(it.balls) == ["b"]
    assert names(it.balls["b"].fans) == names(it.bags["one"].balls) == []
    assert it.loose == 1
    it.check()


def test_a_deletion_with_references_left_is_an_error(tmp_path: Path) -> None:
    box = related(tmp_path)
    it = box.Box()
    for name in "ab":
        it.handle(box.Put(name, ""))
    it.handle(box.Befriend("a", "b"))
    with pytest.raises(ReferencesLeft, match=r"Ball 'b'.*friends of 'a'"):
        it.handle(box.Delete("b"))


@pytest.mark.parametrize("clears", [False, True])
def test_on_delete_says_whether_references_are_cleared(tmp_path: Path, clears: bool) -> None:
    box = related(tmp_path, ", on_delete: clear" if clears else "")
    it = box.Box(validate=True)
    it.handle(box.Put("a", ""))
    it.handle(box.Pack("a", "one"))
    if not clears:
        with pytest.raises(ReferencesLeft, match=r"Bag 'one'.*bag of 'a'"):
            it.handle(box.Discard("one"))
        return
    it.handle(box.Discard("one"))
    assert (it.balls["a"].bag, it.bags, it.loose) == (None, {}, 1)


@pytest.mark.parametrize(
    ("type_", "put"),
    [
        ("ordered_set[Ball]", "kept.add(ball)"),
        ("list[Ball]", "kept.append(ball)"),
        ("map[str, Ball]", "kept[ball.name] = ball"),
        ("default_map[str, ordered_set[Ball]]", 'kept["x"].add(ball)'),
        ("Ball | None", "kept = ball"),
    ],
)
def test_a_deletion_looks_into_the_context(tmp_path: Path, type_: str, put: str) -> None:
    box = build(
        tmp_path,
        machine(
            fields="    requests: {gone: {deletes: true}}",
            context=f'  kept: {{type: "{type_}"}}',
            events="  Keep: {fields: {name: str}}\n  Delete: {fields: {name: str}}",
            handlers=f"""\
  Keep:
    subject: {{get: Ball, key: event.name}}
    cells: {{absent: {{impossible: none}}, any: {{do: '{put}'}}}}
  Delete:
    subject: {{get: Ball, key: event.name}}
    cells: {{absent: {{impossible: none}}, any: {{recommend: gone}}}}
""",
            transitions="  idle -> gone: {becomes: gone}\n",
        ),
    )
    it = box.Box(validate=True)
    it.handle(box.Put("a", ""))
    it.handle(box.Put("b", ""))
    it.handle(box.Delete("b"))
    it.handle(box.Keep("a"))
    with pytest.raises(ReferencesLeft, match="kept"):
        it.handle(box.Delete("a"))


def test_relations_kept_by_hand_must_be_let_go_of_before(tmp_path: Path) -> None:
    box = build(
        tmp_path,
        machine(
            fields="""\
    requests: {gone: {deletes: true}}
    relations:
      waits_for: {to: Ball, many: true, inverse: waiters, kept: by hand}
""",
            events="  Wait: {fields: {one: str, two: str}}\n  Delete: {fields: {name: str, clean: bool}}",
            handlers="""\
  Wait:
    do: |
      one = balls[event.one]
      two = balls[event.two]
      one.waits_for.add(two)
      two.waiters.add(one)
  Delete:
    subject: {get: Ball, key: event.name}
    cells:
      absent: {impossible: none}
      any:
        - {when: event.clean, do: ball.count = 1, recommend: gone}
        - {recommend: gone}
""",
            transitions="""\
  idle -> gone:
    becomes: gone
    do: |
      if ball.count > 0:
          for other in ball.waits_for:
              other.waiters.discard(ball)
""",
        ),
    )
    it = box.Box()
    for name in "abc":
        it.handle(box.Put(name, ""))
    it.handle(box.Wait("a", "b"))
    it.handle(box.Wait("c", "b"))
    it.handle(box.Delete("a", True))
    with pytest.raises(ReferencesLeft, match=r"Ball 'c'.*waiters of 'b'"):
        it.handle(box.Delete("c", False))
