"""Collections: lists, ordered sets, heaps and maps, each as plain as it can be.

A collection counts its changes, so that a loop over it can notice one, and tells whom it belongs to. A
set is a list without duplicates; a heap is sorted each time that somebody looks. Knows nothing of specs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

Owner: TypeAlias = Callable[[], None]
"""Told of each change of a collection that belongs to somebody."""


class Collection:
    """The base of collections: ``changes`` counts what was put in and taken out."""

    __slots__ = ("changes", "owner")

    def __init__(self) -> None:
        self.changes = 0
        self.owner: Owner | None = None

    def own(self, owner: Owner | None) -> None:
        """Belong to somebody, with all that is inside."""
        self.owner = owner
        for part in self.parts():
            if isinstance(part, Collection):
                part.own(owner)

    def parts(self) -> Iterable[Any]:
        """What is inside and could be a collection itself."""
        return ()

    def changed(self) -> None:
        self.changes += 1
        self.told()

    def told(self) -> None:
        """Tell the owner that something is another one now."""
        if self.owner is not None:
            self.owner()

    def walk(self, items: Iterable[Any]) -> Iterator[Any]:
        """Each of ``items``; ``RuntimeError`` once the collection has changed under the loop."""
        before = self.changes
        for item in list(items):
            yield item
            if self.changes != before:
                raise RuntimeError(f"a {type(self).__name__.lower()} was changed in a loop over it")


class List(Collection):
    """A list."""

    __slots__ = ("items",)
    __hash__ = None  # type: ignore[assignment]  # it can change

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__()
        self.items = list(items)

    def parts(self) -> Iterable[Any]:
        return self.items

    def __iter__(self) -> Iterator[Any]:
        return (self.items[place] for place in self.walk(range(len(self.items))))

    def __reversed__(self) -> Iterator[Any]:
        return (self.items[place] for place in self.walk(reversed(range(len(self.items)))))

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: object) -> bool:
        return item in self.items

    def __eq__(self, other: object) -> bool:
        return isinstance(other, List) and self.items == other.items

    def __repr__(self) -> str:
        return repr(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]

    def __setitem__(self, index: int, value: Any) -> None:
        self.items[index] = value
        self.own(self.owner)
        self.told()

    def append(self, value: Any) -> None:
        self.extend((value,))

    def extend(self, values: Iterable[Any]) -> None:
        new = list(values)
        if new:
            self.items += new
            self.own(self.owner)
            self.changed()

    def clear(self) -> None:
        if self.items:
            self.items.clear()
            self.changed()

    def pop_last(self) -> Any:
        value = self.items.pop()
        self.changed()
        return value


class Set(Collection):
    """A set in the order of insertion: a list without duplicates, equal to any with the same items."""

    __slots__ = ("items",)
    __hash__ = None  # type: ignore[assignment]  # it can change

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__()
        self.items: list[Any] = []
        self.become(items)

    def __iter__(self) -> Iterator[Any]:
        return self.walk(self.items)

    def __reversed__(self) -> Iterator[Any]:
        return self.walk(self.items[::-1])

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: object) -> bool:
        return item in self.items

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set | Heap):
            return False
        return len(self) == len(other) and all(item in other for item in self.items)

    def __repr__(self) -> str:
        return f"{{{', '.join(map(repr, self.items))}}}"

    def add(self, value: Any) -> None:
        if value not in self.items:
            self.items.append(value)
            self.changed()

    def discard(self, value: Any) -> None:
        if value in self.items:
            self.items.remove(value)
            self.changed()

    def remove(self, value: Any) -> None:
        if value not in self.items:
            raise KeyError(value)
        self.discard(value)

    def clear(self) -> None:
        self.become(())

    def update(self, values: Iterable[Any]) -> None:
        self.become((*self.items, *values))

    def become(self, values: Iterable[Any]) -> None:
        """Hold these and nothing else, in this order; one change, if it is one."""
        new: list[Any] = []
        for value in values:
            if value not in new:
                new.append(value)
        if new != self.items:
            self.items = new
            self.changed()

    def first(self, n: int) -> List:
        return List(self.items[: max(n, 0)])

    def pop_first(self) -> Any:
        if not self.items:
            raise KeyError("an empty set has no first item")
        value = self.items[0]
        self.discard(value)
        return value

    def copy(self) -> Set:
        return Set(self.items)


class Heap(Collection):
    """Entities in the order of a key that is read when one is put in; insertion breaks ties."""

    __slots__ = ("count", "entries", "key")
    __hash__ = None  # type: ignore[assignment]  # it can change

    def __init__(self, key: Callable[[Any], Any]) -> None:
        super().__init__()
        self.key = key
        self.count = 0
        self.entries: list[tuple[Any, int, Any]] = []

    def in_order(self) -> list[Any]:
        """The items, sorted anew."""
        return [item for _, _, item in sorted(self.entries, key=lambda entry: entry[:2])]

    def __iter__(self) -> Iterator[Any]:
        return self.walk(self.in_order())

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, item: object) -> bool:
        return any(held is item for _, _, held in self.entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Set | Heap) and Set(self.in_order()) == Set(list(other))

    def __repr__(self) -> str:
        return f"heap({', '.join(map(repr, self.in_order()))})"

    def add(self, value: Any) -> None:
        if value not in self:
            self.count += 1
            self.entries.append((self.key(value), self.count, value))
            self.changed()

    def discard(self, value: Any) -> None:
        if value in self:
            self.entries = [entry for entry in self.entries if entry[2] is not value]
            self.changed()

    def remove(self, value: Any) -> None:
        if value not in self:
            raise KeyError(value)
        self.discard(value)

    def clear(self) -> None:
        if self.entries:
            self.entries = []
            self.changed()

    def first(self, n: int) -> List:
        return List(self.in_order()[: max(n, 0)])

    def peek(self) -> Any:
        if not self.entries:
            raise KeyError("an empty heap has no first item")
        return self.in_order()[0]

    def pop(self) -> Any:
        value = self.peek()
        self.discard(value)
        return value


class View:
    """The keys, values or pairs of a map, to be walked over."""

    __slots__ = ("of", "show")

    def __init__(self, of: Map, show: Callable[[Any, Any], Any]) -> None:
        self.of = of
        self.show = show

    def __iter__(self) -> Iterator[Any]:
        entries = self.of.entries
        return (self.show(key, entries[key]) for key in self.of.walk(entries))

    def __reversed__(self) -> Iterator[Any]:
        entries = self.of.entries
        return (self.show(key, entries[key]) for key in self.of.walk(reversed(entries)))

    def __len__(self) -> int:
        return len(self.of)

    def __contains__(self, item: object) -> bool:
        return any(shown == item for shown in list(self))


class Map(Collection):
    """A map in the order of insertion. With ``default``, ``map[key]`` puts a new value where there is
    none; ``look`` is the same without putting it there."""

    __slots__ = ("default", "entries")
    __hash__ = None  # type: ignore[assignment]  # it can change

    def __init__(
        self, entries: Iterable[tuple[Any, Any]] = (), default: Callable[[], Any] | None = None
    ) -> None:
        super().__init__()
        self.entries = dict(entries)
        self.default = default

    def parts(self) -> Iterable[Any]:
        return self.entries.values()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self.keys())

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and self.entries == other.entries

    def __repr__(self) -> str:
        return repr(self.entries)

    def __getitem__(self, key: Any) -> Any:
        if key not in self.entries and self.default is not None:
            self[key] = self.default()
        return self.entries[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        new = key not in self.entries
        self.entries[key] = value
        self.own(self.owner)
        if new:
            self.changed()
        else:
            self.told()

    def __delitem__(self, key: Any) -> None:
        del self.entries[key]
        self.changed()

    def look(self, key: Any) -> Any:
        if key not in self.entries and self.default is not None:
            return self.default()
        return self.entries[key]

    def get(self, key: Any, default: Any = None) -> Any:
        return self.entries.get(key, default)

    def pop(self, key: Any, *default: Any) -> Any:
        if key not in self.entries and default:
            return default[0]
        value = self.entries[key]
        del self[key]
        return value

    def setdefault(self, key: Any, value: Any) -> Any:
        if key not in self.entries:
            self[key] = value
        return self.entries[key]

    def keys(self) -> View:
        return View(self, lambda key, _: key)

    def values(self) -> View:
        return View(self, lambda _, value: value)

    def items(self) -> View:
        return View(self, lambda key, value: (key, value))

    def clear(self) -> None:
        if self.entries:
            self.entries.clear()
            self.changed()

    def copy(self) -> Map:
        return Map(self.entries.items(), self.default)
