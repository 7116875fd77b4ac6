"""The items of a machine: what there is to cover, called the same by everybody who measures."""

from __future__ import annotations

import importlib
import random
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.interpreter import Machine, Message
from lawful.codegen.items import KINDS, Items, Key
from tests.generator import building
from tests.interpreter.cases import CASES, made
from tests.interpreter.pair import Made, Pair
from tests.interpreter.player import Player

SPEC = """
lawful: 1
machine: Shop
doc: Sells what it has.
entities:
  Order:
    registry: orders
    key: {name: str}
    states:
      open: {initial: true}
      paid: Nothing is owed.
      sent: It is on its way.
    fields:
      parts: {type: "list[str]", default: "[]"}
events:
  Buy: {fields: {name: str, parts: "list[str]"}}
  Pay: {fields: {name: str}}
instructions:
  Pack:
    runs: send
    fields: {part: str}
handlers:
  Buy:
    subject: {get_or_create: Order, key: event.name}
    cells:
      new: {do: order.parts = list(event.parts)}
      open, paid, sent: {ignore: it is bought}
  Pay:
    subject: {get: Order, key: event.name}
    cells:
      open: {recommend: paid}
      absent, paid, sent: {impossible: nobody pays twice}
transitions:
  open -> paid:
    becomes: paid
    do: |
      for part in order.parts:
          if part == "gift":
              emit(Pack(part=part))
      recommend(order, "sent")
  paid -> sent: {becomes: sent}
  undeclared: {impossible: nothing else is asked for}
"""
LAID_OUT_ANEW = SPEC.replace(
    """      for part in order.parts:
          if part == "gift":
              emit(Pack(part=part))
""",
    """      # the parts
      for part in (order.parts):

          if part  ==  'gift':
              emit( Pack( part = part ) )
""",
).replace("machine: Shop\n", "\n\nmachine: Shop   # of a village\n")
IDS = [
    "cell Buy in new",
    "cell Buy in open",
    "cell Buy in paid",
    "cell Buy in sent",
    "cell Pay in open",
    "transition Order open -> paid",
    "transition Order paid -> sent",
    "recommend Pay in open: order paid",
    "loop Order open -> paid: for part in order.parts, some",
    "loop Order open -> paid: for part in order.parts, none",
    'branch Order open -> paid: if part == "gift", taken',
    'branch Order open -> paid: if part == "gift", not taken',
    "emit Order open -> paid: Pack",
    "recommend Order open -> paid: order sent",
]


def checked(text: str, folder: Path) -> CheckedSpec:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    spec, found = check(path)
    assert spec is not None, list(found)
    return spec


def ids(items: Items, keys: set[Key]) -> list[str]:
    return [items.all[n].id for n in sorted(items.hit(keys))]


# ------------------------------------------------------------------------------------ what there is


def test_every_cell_case_route_branch_loop_recommendation_and_instruction_is_an_item(
    tmp_path: Path,
) -> None:
    assert [item.id for item in Items(checked(SPEC, tmp_path))] == IDS


def test_an_item_keeps_its_name_when_the_file_is_laid_out_anew(tmp_path: Path) -> None:
    assert [item.id for item in Items(checked(LAID_OUT_ANEW, tmp_path))] == IDS


def test_an_item_knows_its_line(tmp_path: Path) -> None:
    items = Items(checked(SPEC, tmp_path))
    branch = items.all[items.ids['branch Order open -> paid: if part == "gift", taken']]
    assert branch.text == 'if part == "gift":'
    assert SPEC.splitlines()[branch.span.line - 1].strip() == branch.text


@pytest.mark.parametrize("name", CASES)
def test_no_two_items_have_one_name_and_each_has_a_key(name: str) -> None:
    items = Items(made(name).spec)
    assert len(items.ids) == len(items) > 0
    assert set(items.numbers.values()) == set(range(len(items)))
    assert {item.kind for item in items} <= set(KINDS)


def test_a_snippet_that_a_family_shares_is_one_text_with_one_set_of_items(tmp_path: Path) -> None:
    pay = "  Pay: {fields: {name: str}}\n"
    lines = SPEC.replace(pay, "  Check: {family: Asked}\n  Pay: {family: Asked}\n")
    text = lines.replace(
        "handlers:\n",
        """families:
  Asked:
    fields: {name: str}
    subject: {get: Order, key: event.name}
    first: |
      if order.parts:
          emit(Pack(part="list"))
handlers:
  Check:
    cells:
      any: {ignore: looking changes nothing}
      absent: {ignore: nothing to look at}
""",
    ).replace("  Pay:\n    subject: {get: Order, key: event.name}\n", "  Pay:\n")
    spec = checked(text, tmp_path)
    shared = [item.id for item in Items(spec) if "Asked" in item.name]
    assert shared == [
        "branch Asked first: if order.parts, taken",
        "branch Asked first: if order.parts, not taken",
        "emit Asked first: Pack",
    ]
    for event in ("Check", "Pay"):
        hits = set[Key]()
        machine = Machine(spec, hits=hits)
        machine.handle(Message("Buy", {"name": "a", "parts": ["toy"]}))
        machine.handle(Message(event, {"name": "a"}))
        assert shared[0] in ids(Items(spec), hits)


# -------------------------------------------------------------------------------- what an execution hits


def test_an_execution_hits_what_it_ran_and_nothing_else(tmp_path: Path) -> None:
    spec = checked(SPEC, tmp_path)
    items, hits = Items(spec), set[Key]()
    machine = Machine(spec, hits=hits)
    machine.handle(Message("Buy", {"name": "a", "parts": []}))
    assert ids(items, hits) == ["cell Buy in new"]
    machine.handle(Message("Pay", {"name": "a"}))
    assert ids(items, hits) == [IDS[n] for n in (0, 4, 5, 6, 7, 9, 13)]
    hits.clear()
    machine.handle(Message("Buy", {"name": "b", "parts": ["toy", "gift"]}))
    machine.handle(Message("Pay", {"name": "b"}))
    assert ids(items, hits) == [IDS[n] for n in (0, 4, 5, 6, 7, 8, 10, 11, 12, 13)]


@cache
def twin_of(name: str) -> tuple[Made, Any]:
    """A case with the instrumented twin in the place of the machine, and the twin's module."""
    of = made(name)
    if CASES[name].checked_in:
        twin: Any = importlib.import_module(f"{of.package.__name__}.instrumented")
        package = of.package
    else:
        with tempfile.TemporaryDirectory() as folder:
            text = Path(CASES[name].path).read_text(encoding="utf-8")
            package = building.build(Path(folder), text)
            twin = importlib.import_module(f"{package.__name__}.instrumented")
    names = {**vars(package), of.spec.machine: getattr(twin, of.spec.machine)}
    return replace(of, package=SimpleNamespace(**names)), twin


@pytest.mark.parametrize("name", CASES)
def test_the_twin_has_the_items_of_the_spec(name: str) -> None:
    of, twin = twin_of(name)
    assert [item.id for item in twin.ITEMS] == [item.id for item in Items(of.spec)]


@pytest.mark.parametrize("name", CASES)
def test_the_twin_and_the_interpreter_hit_the_same_items_whatever_comes(name: str) -> None:
    of, twin = twin_of(name)
    items, case = Items(of.spec), CASES[name]
    seen = set[int]()
    for seed in range(12):
        chance = random.Random(seed)
        pair = Pair(of, seed=seed, watched=bool(seed % 2))
        hits = pair.interpreted.world.hits = set()
        player = Player(pair.interpreted, chance, case.hints, case.often)
        for _ in range(60):
            event = player.next()
            if case.shape is not None:
                event = case.shape(event, chance)
            hits.clear()
            twin.HITS[:] = bytes(len(twin.HITS))
            answer = pair.handle(event)
            if pair.interpreted.poisoned is not None:
                break  # in the middle of a step
            player.heard(pair.emitted if answer[0] == "instructions" else [])
            marked = frozenset(n for n, mark in enumerate(twin.HITS) if mark)
            assert ids_of(items, items.hit(hits)) == ids_of(items, marked), event
            seen |= marked
    assert len(seen) > len(items) / 4


def ids_of(items: Items, numbers: frozenset[int]) -> list[str]:
    return [items.all[n].id for n in sorted(numbers)]


def test_what_a_check_calls_does_not_count_as_run(tmp_path: Path) -> None:
    text = SPEC + (
        'procedures:\n  "fine(order: Order) -> bool": |\n'
        "    if order.parts:\n        return True\n    for part in order.parts:\n        return True\n    return True\n"
        "invariants:\n  fine: {for: Order, holds: fine(order)}\n"
    )
    spec = checked(text, tmp_path)
    package = building.build(tmp_path, text)
    twin = importlib.import_module(f"{package.__name__}.instrumented")
    hits = set[Key]()
    machine = Machine(spec, hits=hits, validate=True)
    machine.handle(Message("Buy", {"name": "a", "parts": []}))
    marked = twin.Shop(validate=True)
    marked.handle(package.Buy(name="a", parts=[]))
    marked.check()
    items = Items(spec)
    assert [item.id for item in items] == IDS  # nothing of what is asked
    assert ids(items, hits) == ["cell Buy in new"]
    assert [item.id for item, hit in zip(twin.ITEMS, twin.HITS, strict=True) if hit] == [
        "cell Buy in new"
    ]


# ---------------------------------------------------------------------- what the spec says of them


def test_items_are_named_with_a_star_for_any_text(tmp_path: Path) -> None:
    items = Items(checked(SPEC, tmp_path))

    def named(pattern: str) -> list[str]:
        return [items.all[n].id for n in items.named(pattern)]

    assert named("cell Pay in open") == ["cell Pay in open"]
    assert named("cell Buy in *") == IDS[:4]
    assert named("cell * in open") == ["cell Buy in open", "cell Pay in open"]
    assert named("*gift*taken") == IDS[10:12]
    assert named("*") == IDS
    assert named("cell") == named("cell * open *") == named("*gift*gift*gift*") == []


def test_a_spec_says_which_items_cannot_be_reached_and_why(tmp_path: Path) -> None:
    text = (
        SPEC
        + 'unreachable:\n  cell Buy in *: there is one shop\n  "loop *, none": no order is empty\n'
    )
    items = Items(checked(text, tmp_path))
    assert {items.all[n].id: a.because for n, a in items.acknowledged().items()} == {
        **dict.fromkeys(IDS[:4], "there is one shop"),
        IDS[9]: "no order is empty",
    }


def test_an_item_that_there_is_not_cannot_be_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC + "unreachable:\n  cell Buy in payed: never\n", encoding="utf-8")
    spec, found = check(path)
    assert spec is None
    assert [(d.code, d.hint) for d in found] == [("LF227", 'Did you mean "cell Buy in paid"?')]
