"""Every item of the worker's coverage has a verdict, and the generated tests take all that can be reached.

What the whole worlds reach is kept in ``reached.json``; ``python -m tests.worker.reached``, which is run
nightly, walks them again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from lawful.codegen.items import Items

from .explored import ROOT, worker
from .reached import found, read, walked

GENERATED = ROOT / "tests/generated/worker"
SMALL = [
    "(a) one task, one peer, anything",
    "(e) one task that may be an actor, anything",
    "(f) x and y from one peer in one message, then y depends on x",
    "(g) two tasks of two priorities, one resource",
]


def generated() -> Iterator[str]:
    """The items that the generated tests say they are of."""
    for path in sorted(GENERATED.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="check"), args=names):
                    for name in names:
                        yield ast.literal_eval(name)


def test_every_item_is_reached_or_the_spec_says_why_it_can_not_be() -> None:
    items = Items(worker())
    acknowledged = {items.all[number].id for number in items.acknowledged()}
    reached = read().keys()
    assert not reached & acknowledged
    assert {item.id for item in items} == reached | acknowledged


def test_the_generated_tests_take_every_item_that_can_be_reached() -> None:
    assert read().keys() <= set(generated())


@pytest.mark.parametrize("name", SMALL)
def test_what_a_small_world_reaches_is_known(name: str) -> None:
    reached = walked([name])
    assert reached.proved
    kept = read()
    assert all(kept[item] <= steps for item, steps in found(reached).items())
