"""The ordered collections against ``set``, ``dict`` and sorted lists."""

from __future__ import annotations

import copy
import functools
import operator
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.runtime import EMPTY, EMPTY_MAP, DefaultMap, Heap, OrderedSet

CLONES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    lambda x: pickle.loads(pickle.dumps(x)),
]

small = st.integers(0, 9)
OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["add", "discard", "remove", "pop_first", "pop", "clear"]), small),
    max_size=40,
)


def attempt(action: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "result", action()
    except KeyError:
        return "error", None


@given(OPERATIONS)
def test_ordered_set_behaves_like_a_dict_of_its_elements(operations: list[tuple[str, int]]) -> None:
    real: OrderedSet[int] = OrderedSet()
    model: dict[int, None] = {}
    for name, value in operations:
        match name:
            case "add":
                real.add(value)
                model.setdefault(value)
            case "discard":
                real.discard(value)
                model.pop(value, None)
            case "remove":
                there = value in model
                model.pop(value, None)
                got = attempt(functools.partial(real.remove, value))
                assert got == ("result" if there else "error", None)
            case "pop_first":
                oldest = next(iter(model), None)
                model.pop(oldest, None)  # type: ignore[arg-type]
                assert attempt(real.pop_first) == (
                    ("error", None) if oldest is None else ("result", oldest)
                )
            case "pop":
                assert attempt(real.pop) == attempt(lambda: model.popitem()[0])
            case _:
                real.clear()
                model.clear()
        assert list(real) == list(model)
        assert list(reversed(real)) == list(reversed(model))
        assert len(real) == len(model)
        assert bool(real) == bool(model)
        assert [v in real for v in range(10)] == [v in model for v in range(10)]


@given(st.lists(small), st.lists(small))
def test_ordered_set_is_equal_to_a_set_with_the_same_elements(a: list[int], b: list[int]) -> None:
    left, right = OrderedSet(a), OrderedSet(b)
    same = set(a) == set(b)
    for mine in (left, Heap(a, key=int)):
        for other in (right, set(b), frozenset(b), dict.fromkeys(b).keys(), Heap(b, key=int)):
            assert (mine == other) is same
            assert (other == mine) is same
            assert (mine != other) is not same
            assert (other != mine) is not same
    assert left != a
    assert left != dict.fromkeys(a)


@given(st.lists(small), st.lists(small))
def test_ordered_set_algebra_is_that_of_sets_in_order(a: list[int], b: list[int]) -> None:
    left, right = OrderedSet(a), OrderedSet(b)
    assert list(left | right) == list(dict.fromkeys(a + b))
    assert list(left & right) == [x for x in right if x in left] or left & right == set(a) & set(b)
    assert left & right == set(a) & set(b)
    assert list(left - right) == [x for x in left if x not in right]
    assert left ^ right == set(a) ^ set(b)
    assert (left <= right) is (set(a) <= set(b))
    assert (left < right) is (set(a) < set(b))
    assert left.isdisjoint(right) is set(a).isdisjoint(b)
    left.update(b, a)
    assert list(left) == list(dict.fromkeys(a + b))
    left -= right
    assert left == set(a) - set(b)


@given(st.lists(small), st.integers(-2, 12))
def test_first_is_a_copy_of_at_most_n(items: list[int], n: int) -> None:
    ordered = OrderedSet(items)
    assert ordered.first(n) == list(dict.fromkeys(items))[: max(n, 0)]
    assert Heap(items, key=operator.neg).first(n) == sorted(set(items), reverse=True)[: max(n, 0)]
    ordered.first(n).clear()
    assert ordered == set(items)


@given(st.lists(small))
def test_copies_and_pickles_are_equal_and_independent(items: list[int]) -> None:
    ordered, heap = OrderedSet(items), Heap(items, key=operator.neg)
    other: Any
    for clone in CLONES:
        other = clone(ordered)
        assert list(other) == list(ordered)
        other.add(99)
        assert 99 not in ordered
        other = clone(heap)
        assert list(other) == list(heap)
        other.add(99)
        assert other.pop() == 99
        assert list(other) == list(heap)
    assert eval(repr(ordered)) == ordered
    assert repr(heap) == f"Heap({sorted(set(items), reverse=True)})"


@pytest.mark.parametrize(
    "fill",
    [
        lambda s: s.add(1),
        lambda s: s.update([1]),
        lambda s: s.__ior__([1]),
        lambda s: s.__setstate__([1]),
    ],
)
def test_new_sets_are_each_their_own(fill: Callable[[Any], Any]) -> None:
    one: OrderedSet[int] = OrderedSet()
    others: list[OrderedSet[int]] = [
        OrderedSet(),
        OrderedSet([]),
        one.copy(),
        copy.deepcopy(one),
        OrderedSet(iter(())),
    ]
    one.discard(1)
    one.clear()
    fill(one)
    assert list(one) == [1]
    assert [list(other) for other in others] == [[]] * 5


def test_the_empty_set_of_new_entities_stays_empty_and_the_one_that_it_is() -> None:
    with pytest.raises(TypeError, match="shared by all"):
        EMPTY.add(1)
    with pytest.raises(TypeError, match="shared by all"):
        EMPTY.update([1])
    EMPTY.discard(1)
    EMPTY.clear()
    assert set() == EMPTY
    assert pickle.loads(pickle.dumps(EMPTY)) is EMPTY
    own = EMPTY.copy()
    own.add(1)
    assert (list(own), list(EMPTY)) == ([1], [])


@pytest.mark.parametrize(
    "fill",
    [
        lambda it: operator.setitem(it, 1, 2),
        lambda it: it.setdefault(1, 2),
        lambda it: it.update({1: 2}),
        lambda it: it.__ior__({1: 2}),
    ],
)
def test_the_empty_map_of_new_entities_stays_empty(fill: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match="shared by all"):
        fill(EMPTY_MAP)
    assert EMPTY_MAP == {}


def test_the_empty_map_of_new_entities_stays_the_one_that_it_is() -> None:
    EMPTY_MAP.clear()
    assert pickle.loads(pickle.dumps(EMPTY_MAP)) is EMPTY_MAP
    assert copy.deepcopy(EMPTY_MAP) is EMPTY_MAP
    own = EMPTY_MAP.copy()
    own[1] = 2
    assert (own, EMPTY_MAP) == ({1: 2}, {})


def test_a_default_map_makes_plain_values_from_typed_factories() -> None:
    peers: DefaultMap[str, OrderedSet[int]] = DefaultMap(OrderedSet[int])
    heaps: DefaultMap[str, Heap[int]] = DefaultMap(partial(Heap[int], key=operator.neg))
    peers["a"].add(1)
    heaps["a"].add(1)
    heaps["a"].add(2)
    assert peers == {"a": {1}}
    assert heaps["a"].pop() == 2
    assert pickle.loads(pickle.dumps(heaps))["b"] == set()


def test_an_element_may_refer_back_to_its_set() -> None:
    class Node:
        def __init__(self) -> None:
            self.peers: OrderedSet[Node] = OrderedSet()

    node, peer = Node(), Node()
    node.peers.add(peer)
    peer.peers.add(node)
    twin = copy.deepcopy(node)
    (other,) = twin.peers
    assert list(other.peers) == [twin]


@pytest.mark.parametrize("make", [OrderedSet, lambda x: Heap(x, key=operator.neg)])
@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.add(99),
        lambda c: c.discard(2),
        lambda c: c.clear(),
        lambda c: c.pop(),
        lambda c: (c.discard(1), c.add(98)),
    ],
)
def test_changing_while_iterating_raises(make: Any, change: Callable[[Any], Any]) -> None:
    collection = make([1, 2, 3])

    def walk() -> None:
        for _ in collection:
            change(collection)

    with pytest.raises(RuntimeError, match="changed"):
        walk()


def test_elements_of_an_ordered_set_are_its_own_and_those_of_anything_else_are_new() -> None:
    items, plain = OrderedSet("ab"), {"c"}
    assert OrderedSet.elements_of(items) is items.elements
    OrderedSet.of(OrderedSet.elements_of(plain)).add("d")
    assert plain == {"c"}
    assert list(OrderedSet.elements_of("xyx")) == ["x", "y"]


def test_a_walk_that_swaps_elements_always_ends() -> None:
    ordered = OrderedSet(range(5))
    steps = 0

    def walk() -> None:
        nonlocal steps
        for item in ordered:
            steps += 1
            ordered.discard(item)
            ordered.add(item)

    with pytest.raises(RuntimeError):
        walk()
    assert steps <= 6


def test_they_are_not_hashable() -> None:
    for collection in (OrderedSet([1]), Heap([1], key=int)):
        with pytest.raises(TypeError):
            hash(collection)


HEAP_OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "add", "discard", "pop", "rekey"]), small, small),
    max_size=80,
)


@given(HEAP_OPERATIONS)
def test_heap_pops_in_the_order_of_keys_at_insertion(
    operations: list[tuple[str, int, int]],
) -> None:
    keys = dict.fromkeys(range(10), 0)
    heap: Heap[int] = Heap(key=lambda item: keys[item])
    model: list[tuple[int, int, int]] = []  # (key at insertion, serial, item), sorted
    for serial, (name, item, key) in enumerate(operations):
        match name:
            case "add":
                heap.add(item)
                if item not in [entry[2] for entry in model]:
                    model.append((keys[item], serial, item))
            case "discard":
                heap.discard(item)
                model = [entry for entry in model if entry[2] != item]
            case "pop":
                want = ("result", model.pop(0)[2]) if model else ("error", None)
                assert attempt(heap.pop) == want
            case _:
                keys[item] = key
        model.sort()
        order = [entry[2] for entry in model]
        assert list(heap) == order
        assert attempt(heap.peek) == (("result", order[0]) if order else ("error", None))
        assert heap.first(3) == order[:3]
        assert len(heap) == len(order)
        assert heap == set(order)


def test_heap_never_compares_elements_and_ties_keep_their_order() -> None:
    things = [object() for _ in range(50)]
    heap = Heap(things, key=lambda _: 0)
    assert [heap.pop() for _ in things] == things


def test_heap_does_not_hold_on_to_what_has_been_discarded() -> None:
    heap = Heap(range(1000), key=int)
    for number in range(1000):
        heap.discard(number)
    assert len(heap._heap) < 50
    for number in range(10_000):
        heap.add(number)
        heap.discard(number)
    assert len(heap._heap) < 50


@given(st.lists(st.integers()))
def test_heap_shows_and_gives_its_last_element_too(items: list[int]) -> None:
    heap = Heap(items, key=operator.neg)
    for last in sorted(set(items)):
        assert heap.key(heap.peekright()) == -last
        assert heap.popright() == last
        assert last not in heap
    for look in (heap.peekright, heap.popright):
        with pytest.raises(KeyError, match="empty"):
            look()


def test_heap_remove_raises_for_what_is_not_there() -> None:
    heap = Heap([1], key=int)
    heap.remove(1)
    with pytest.raises(KeyError):
        heap.remove(1)
    assert not heap


def test_heap_algebra_gives_ordered_sets() -> None:
    heap = Heap([3, 1, 2], key=int)
    assert isinstance(heap | {5}, OrderedSet)
    assert list(heap | OrderedSet([5])) == [1, 2, 3, 5]
    assert heap - {1} == {2, 3}


def test_default_map_makes_what_is_missing_and_look_does_not() -> None:
    map_: DefaultMap[str, list[int]] = DefaultMap(list)
    assert map_.look("a") == []
    assert map_ == {}
    map_["a"].append(1)
    assert map_ == {"a": [1]}
    assert map_.look("a") is map_["a"]
    assert map_.get("b") is None
    other: Any
    for clone in CLONES:
        other = clone(map_)
        assert other == map_
        assert type(other) is DefaultMap
        other["new"].append(2)
        assert "new" not in map_


SETS = st.lists(st.frozensets(small), max_size=3)


@pytest.mark.parametrize("name", ["union", "difference", "intersection"])
@given(start=st.lists(small, unique=True), others=SETS)
def test_an_ordered_set_has_the_named_operations_of_a_set(
    name: str, start: list[int], others: list[frozenset[int]]
) -> None:
    real = OrderedSet(start)
    got = getattr(real, name)(*map(list, others))
    assert type(got) is OrderedSet
    assert got == getattr(set(start), name)(*others)
    assert [x for x in got if x in start] == [x for x in start if x in got]
    assert list(real) == start


@pytest.mark.parametrize("name", ["update", "difference_update", "intersection_update"])
@given(start=st.lists(small, unique=True), others=SETS)
def test_an_ordered_set_changes_in_place_as_a_set_does(
    name: str, start: list[int], others: list[frozenset[int]]
) -> None:
    real, model = OrderedSet(start), set(start)
    getattr(real, name)(*map(list, others))
    getattr(model, name)(*others)
    assert real == model
    assert [x for x in real if x in start] == [x for x in start if x in real]


@given(start=st.lists(small, unique=True), other=st.frozensets(small))
def test_an_ordered_set_compares_with_any_iterable(start: list[int], other: frozenset[int]) -> None:
    real, model = OrderedSet(start), set(start)
    assert real.issubset(list(other)) == model.issubset(other)
    assert real.issuperset(list(other)) == model.issuperset(other)
    assert real.symmetric_difference(list(other)) == model.symmetric_difference(other)
    real.symmetric_difference_update(list(other))
    assert real == model.symmetric_difference(other)


@given(st.lists(small), st.integers(0, 12))
def test_a_heap_gives_its_elements_in_order_by_both_names(values: list[int], n: int) -> None:
    heap: Heap[int] = Heap(values, key=int)
    assert list(heap.sorted()) == sorted(set(values))
    assert list(heap.peekn(n)) == sorted(set(values))[:n]
