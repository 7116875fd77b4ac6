"""Collections of generated machines: ordered, so that the same events give the same steps everywhere.

``OrderedSet`` keeps the order of insertion, ``Heap`` the order of a key, ``DefaultMap`` makes what is
missing. Changing one of them while a loop walks over it raises ``RuntimeError``, as with a ``dict``.
Knows nothing of the rest of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, KeysView, MutableSet
from functools import partial
from heapq import heappop, heappush, nsmallest
from itertools import islice
from typing import Any, Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_SETS = (set, frozenset, KeysView)


class OrderedSet(MutableSet[T]):
    """A set that remembers the order of insertion; equal to any set with the same elements.

    Adding what is there already doesn't move it. ``in``, ``add`` and ``discard`` take constant time. A
    loop over the set fails with ``RuntimeError`` once the set has grown or shrunk under it; a change
    that leaves the size as it was may go unnoticed, and the loop ends all the same.

    ``elements`` holds them as the keys of a dict. Generated code works with it directly, which takes a
    third of the time of the methods here.
    """

    __slots__ = ("elements",)

    def __init__(self, items: Iterable[T] = ()) -> None:
        self.elements: dict[T, None] = dict.fromkeys(items) if items else {}

    @staticmethod
    def of(elements: dict[K, None]) -> OrderedSet[K]:
        """The set of these elements: to change it is to change the dict."""
        new: OrderedSet[K] = OrderedSet.__new__(OrderedSet)
        new.elements = elements
        return new

    @staticmethod
    def elements_of(items: Iterable[K]) -> dict[K, None]:
        """Those of an ``OrderedSet``, which are shared from then on; of anything else new ones."""
        return items.elements if isinstance(items, OrderedSet) else dict.fromkeys(items)

    def __contains__(self, item: object) -> bool:
        return item in self.elements

    def __iter__(self) -> Iterator[T]:
        # A generator could notice every change, and would make a loop five times as slow.
        return iter(self.elements)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self.elements)

    def __len__(self) -> int:
        return len(self.elements)

    def __bool__(self) -> bool:
        return bool(self.elements)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OrderedSet):
            return self.elements.keys() == other.elements.keys()
        if isinstance(other, _SETS):
            return self.elements.keys() == other
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"OrderedSet([{', '.join(map(repr, self.elements))}])"

    def add(self, value: T) -> None:
        if self is EMPTY:
            raise TypeError(_SHARED)
        self.elements[value] = None

    def discard(self, value: T) -> None:
        self.elements.pop(value, None)

    def remove(self, value: T) -> None:
        """Take ``value`` out; ``KeyError`` if it isn't there."""
        del self.elements[value]

    def clear(self) -> None:
        self.elements.clear()

    def pop(self) -> T:
        """Take out and return the newest element; ``KeyError`` if there is none."""
        return self.elements.popitem()[0]

    def pop_first(self) -> T:
        """Take out and return the oldest element; ``KeyError`` if there is none."""
        for value in self.elements:
            del self.elements[value]
            return value
        raise KeyError("pop_first of an empty OrderedSet")

    def first(self, n: int) -> list[T]:
        """A new list of the oldest ``n`` elements: all if there are fewer, none if ``n <= 0``."""
        return list(islice(self.elements, n)) if n > 0 else []

    def update(self, *others: Iterable[T]) -> None:
        if self is EMPTY:
            raise TypeError(_SHARED)
        for other in others:
            self.elements.update(dict.fromkeys(other))

    def copy(self) -> OrderedSet[T]:
        return OrderedSet.of(self.elements.copy())

    __copy__ = copy

    # What a set of Python's offers by name; unlike the operators these take any iterable.

    def union(self, *others: Iterable[Any]) -> OrderedSet[Any]:
        new: OrderedSet[Any] = self.copy()
        new.update(*others)
        return new

    def difference(self, *others: Iterable[Any]) -> OrderedSet[T]:
        gone = set().union(*others)
        return OrderedSet(item for item in self if item not in gone)

    def intersection(self, *others: Iterable[Any]) -> OrderedSet[T]:
        wanted = [set(other) for other in others]
        return OrderedSet(item for item in self if all(item in other for other in wanted))

    def symmetric_difference(self, other: Iterable[Any]) -> OrderedSet[Any]:
        new: OrderedSet[Any] = self.copy()
        new ^= OrderedSet(other)
        return new

    def difference_update(self, *others: Iterable[Any]) -> None:
        for item in set().union(*others):
            self.discard(item)

    def intersection_update(self, *others: Iterable[Any]) -> None:
        self.difference_update(self.difference(self.intersection(*others)))

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        self ^= OrderedSet(other)

    def issubset(self, other: Iterable[Any]) -> bool:
        return self <= set(other)

    def issuperset(self, other: Iterable[Any]) -> bool:
        return self >= set(other)

    def __getstate__(self) -> list[T]:
        return list(self.elements)

    def __setstate__(self, state: list[T]) -> None:
        self.elements = dict.fromkeys(state)

    def __reduce__(self) -> str | tuple[Any, ...]:
        if self is EMPTY:
            return "EMPTY"  # it stays the one that it is
        # The elements travel as state, not as arguments: an element may refer back to the set.
        return OrderedSet, (), list(self.elements)


EMPTY: OrderedSet[Any] = OrderedSet()
"""What a new entity has in the place of each of its sets, until something is put in: most stay empty,
and making them takes longer than making the entity. ``add`` and ``update`` raise ``TypeError``."""

_SHARED = "what is empty is shared by all; make one of your own"


def _shared(*_: Any, **__: Any) -> Any:
    raise TypeError(_SHARED)


class _EmptyMap(dict[Any, Any]):
    __slots__ = ()

    __setitem__ = setdefault = update = __ior__ = _shared

    def __reduce_ex__(self, _: Any) -> str:
        return "EMPTY_MAP"


EMPTY_MAP: dict[Any, Any] = _EmptyMap()
"""The same for maps; what would put something in raises ``TypeError``."""


class _EmptyList(list[Any]):
    __slots__ = ()

    append = extend = insert = __iadd__ = __imul__ = __setitem__ = _shared

    def __reduce_ex__(self, _: Any) -> str:
        return "EMPTY_LIST"


EMPTY_LIST: list[Any] = _EmptyList()
"""The same for lists."""


class Heap(MutableSet[T]):
    """A set in the order of ``key``, which is read once, when an element is put in.

    Ties keep the order of insertion, and elements are never compared. Putting in what is there already
    does nothing, even if its key has changed since. ``in`` takes constant time, ``add``, ``pop`` and
    ``discard`` logarithmic time on average. A loop over the heap walks in order and fails with
    ``RuntimeError`` if the heap changes under it. To pickle one, ``key`` must be a function that can
    be pickled.

    ``elements`` has them as its keys, in no order that counts; it is for looking only.
    """

    __slots__ = ("_heap", "_serial", "elements", "key")

    def __init__(self, items: Iterable[T] = (), *, key: Callable[[T], Any]) -> None:
        self.key = key
        self.elements: dict[T, tuple[Any, int, T]] = {}
        self._heap: list[tuple[Any, int, T]] = []  # may hold entries that are no longer in elements
        self._serial = 0
        for item in items:
            self.add(item)

    def __contains__(self, item: object) -> bool:
        return item in self.elements

    def __len__(self) -> int:
        return len(self.elements)

    def __bool__(self) -> bool:
        return bool(self.elements)

    def __iter__(self) -> Iterator[T]:
        size, serial = len(self.elements), self._serial
        for _, _, item in sorted(self.elements.values()):
            yield item
            if size != len(self.elements) or serial != self._serial:
                raise RuntimeError("Heap changed during iteration")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Heap):
            return self.elements.keys() == other.elements.keys()
        if isinstance(other, OrderedSet):
            return self.elements.keys() == other.elements.keys()
        if isinstance(other, _SETS):
            return self.elements.keys() == other
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"Heap([{', '.join(map(repr, self))}])"

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> OrderedSet[Any]:
        # What `heap | other` gives; it has no key of its own.
        return OrderedSet(it)

    def add(self, value: T) -> None:
        data = self.elements
        if value not in data:
            key = self.key
            self._serial = serial = self._serial + 1
            data[value] = entry = (key(value), serial, value)
            heappush(self._heap, entry)

    def discard(self, value: T) -> None:
        if value in self.elements:
            self.remove(value)

    def remove(self, value: T) -> None:
        """Take ``value`` out; ``KeyError`` if it isn't there."""
        data = self.elements
        del data[value]
        if not data:
            self._heap.clear()
        elif len(self._heap) > 2 * len(data) + 16:
            self._heap = sorted(data.values())

    def peek(self) -> T:
        """The first element; ``KeyError`` if there is none."""
        heap, data = self._heap, self.elements
        while heap:
            entry = heap[0]
            value = entry[2]
            if data.get(value) is entry:
                return value
            heappop(heap)
        raise KeyError("the Heap is empty")

    def pop(self) -> T:
        """Take out and return the first element; ``KeyError`` if there is none."""
        heap, elements = self._heap, self.elements
        while heap:
            entry = heappop(heap)
            value = entry[2]
            if elements.get(value) is entry:
                del elements[value]
                return value
        raise KeyError("the Heap is empty")

    def peekright(self) -> T:
        """The last element, in linear time; ``KeyError`` if there is none."""
        if not self.elements:
            raise KeyError("the Heap is empty")
        return max(self.elements.values())[2]

    def popright(self) -> T:
        """Take out and return the last element, in linear time; ``KeyError`` if there is none."""
        value = self.peekright()
        self.remove(value)
        return value

    def first(self, n: int) -> list[T]:
        """A new list of the first ``n`` elements: all if there are fewer, none if ``n <= 0``."""
        if n <= 0 or not self.elements:
            return []
        if n == 1:
            return [self.peek()]
        return [entry[2] for entry in nsmallest(n, self.elements.values())]

    def sorted(self) -> Iterator[T]:
        """What a plain loop gives: all elements in order."""
        return iter(self)

    def peekn(self, n: int) -> Iterator[T]:
        """The elements of ``first(n)``, one at a time."""
        return iter(self.first(n))

    def clear(self) -> None:
        self.elements.clear()
        self._heap.clear()

    def copy(self) -> Heap[T]:
        new: Heap[T] = Heap(key=self.key)
        new.elements, new._heap, new._serial = self.elements.copy(), self._heap.copy(), self._serial
        return new

    __copy__ = copy

    def __reduce__(self) -> tuple[Any, ...]:
        return _empty_heap, (self.key,), (self._serial, sorted(self.elements.values()))

    def __setstate__(self, state: tuple[int, list[tuple[Any, int, T]]]) -> None:
        self._serial, self._heap = state[0], list(state[1])
        self.elements = {entry[2]: entry for entry in self._heap}


def _empty_heap(key: Callable[[Any], Any]) -> Heap[Any]:
    heap: Heap[Any] = Heap.__new__(Heap)
    heap.key, heap.elements, heap._heap, heap._serial = key, {}, [], 0
    return heap


def _faster(factory: Callable[[], Any]) -> Callable[[], Any]:
    """What makes the same in less time: ``OrderedSet[int]`` takes four times as long as ``OrderedSet``, and a
    class that is given something by name twice as long as a function."""
    if isinstance(factory, partial):
        function: Any = _faster(factory.func)
        if function is Heap and not factory.args and factory.keywords.keys() == {"key"}:
            return partial(_empty_heap, factory.keywords["key"])
        return partial(function, *factory.args, **factory.keywords)
    origin: Callable[[], Any] = getattr(factory, "__origin__", factory)
    return origin


class DefaultMap(dict[K, V], Generic[K, V]):
    """A map that makes what is missing: reading ``m[k]`` puts ``factory()`` there.

    ``look(k)`` reads without putting anything in; checks use it, as a check must change nothing.
    """

    __slots__ = ("factory",)

    def __init__(self, factory: Callable[[], V], items: Iterable[tuple[K, V]] = ()) -> None:
        super().__init__(items)
        self.factory: Callable[[], V] = _faster(factory)

    def __missing__(self, key: K) -> V:
        value = self[key] = self.factory()
        return value

    def look(self, key: K) -> V:
        """The value at ``key``, or a fresh one that is not kept."""
        return self[key] if key in self else self.factory()

    def copy(self) -> DefaultMap[K, V]:
        return DefaultMap(self.factory, self.items())

    __copy__ = copy

    def __reduce__(self) -> tuple[Any, ...]:
        return DefaultMap, (self.factory,), None, None, iter(self.items())
