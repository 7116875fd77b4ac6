"""The interpreter's collections: the same laws as the runtime's, kept in the plainest way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.codegen.interpreter import Entity, Reference, plain
from lawful.codegen.interpreter.containers import Collection, Heap, List, Map, Set
from lawful.runtime import Heap as RuntimeHeap
from lawful.runtime import OrderedSet

CHANGES = st.lists(
    st.tuples(st.sampled_from(("add", "discard", "pop_first", "clear")), st.integers(0, 5))
)


@given(CHANGES)
def test_a_set_is_that_of_the_runtime(changes: list[tuple[str, int]]) -> None:
    mine, theirs = Set(), OrderedSet[int]()
    for name, item in changes:
        if name == "pop_first" and not mine:
            continue
        given_ = (item,) if name in ("add", "discard") else ()
        assert getattr(mine, name)(*given_) == getattr(theirs, name)(*given_) or name != "pop_first"
        assert (list(mine), len(mine), item in mine) == (list(theirs), len(theirs), item in theirs)
        assert mine.first(2) == List(theirs.first(2))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("add", "discard", "pop", "weigh")),
            st.integers(0, 4),
            st.integers(0, 3),
        )
    )
)
def test_a_heap_is_that_of_the_runtime(changes: list[tuple[str, int, int]]) -> None:
    weights = dict.fromkeys(range(5), 0)
    mine, theirs = Heap(weights.__getitem__), RuntimeHeap[int](key=weights.__getitem__)
    for name, item, weight in changes:
        if name == "weigh":
            weights[item] = weight
        elif name != "pop":
            getattr(mine, name)(item)
            getattr(theirs, name)(item)
        elif mine:
            assert mine.pop() == theirs.pop()
        assert list(mine) == list(theirs)
        assert mine.first(3) == List(theirs.first(3))
        assert not mine or mine.peek() == theirs.peek()


def full() -> list[Any]:
    heap = Heap(lambda item: item)
    heap.add(1)
    heap.add(2)
    return [List([1, 2]), Set([1, 2]), heap, Map([(1, 1), (2, 2)])]


@pytest.mark.parametrize("held", full(), ids=lambda held: type(held).__name__)
def test_a_loop_notices_that_its_collection_has_changed(held: Any) -> None:
    walk = iter(held)
    assert next(walk) == 1
    held.clear()
    with pytest.raises(RuntimeError, match="changed in a loop"):
        next(walk)


def test_an_item_that_is_replaced_in_a_loop_is_seen_as_it_is_then() -> None:
    held = Map([(1, "a"), (2, "b")])
    seen = []
    for key, value in held.items():
        seen.append((key, value))
        held[2] = "c"
    assert seen == [(1, "a"), (2, "c")]


def test_an_owner_is_told_of_each_change_of_all_that_it_has() -> None:
    held = Map(default=List)
    told: list[int] = []
    held.own(lambda: told.append(1))
    held["a"].append(1)  # made, then filled
    assert len(told) == 2
    held["a"].clear()
    held["a"].clear()  # no change
    held["a"] = List([3])
    held["a"].append(4)
    assert len(told) == 5
    assert held.look("b") == List()
    assert len(told) == 5


def test_a_set_changes_once_whatever_is_put_in() -> None:
    held = Set([1])
    before = held.changes
    held.update([2, 3, 2])
    assert (list(held), held.changes) == ([1, 2, 3], before + 1)
    held.update([3, 1])
    assert held.changes == before + 1


def test_collections_are_equal_by_what_they_hold() -> None:
    assert Set([1, 2]) == Set([2, 1])
    assert List([1, 2]) != List([2, 1])
    assert Map([(1, 2)]) == Map([(1, 2)], default=List)
    heap = Heap(lambda item: -item)
    heap.add(1)
    heap.add(2)
    assert heap == Set([1, 2])
    assert isinstance(heap, Collection)


def test_what_leaves_the_machine_is_plain() -> None:
    entity = Entity("Ball", "name", "a", "idle")
    held = Map([("x", List([entity, Set([1])])), ("y", (entity, None))])
    assert plain(held) == {
        "x": [Reference("Ball", "a"), [1]],
        "y": (Reference("Ball", "a"), None),
    }
    assert repr(entity) == "<Ball 'a' idle>"
