"""What counts of a state: fields that are ignored are forgotten, numbers that rank keep their order only.

All numbers that count by their rank are ranked together: those in context values and fields declared
``explore: rank``, and the keys of heaps that are sorted by such a field. Of a tuple that is the last
number; the others before it count as they are, and so does the only one: it is a constant. So a counter
that only ever moves one way, and stands as a tie-breaker at the end of a priority, comes back to where it
was once its old values are gone. Numbers that the counter never comes to are constants and stay what they
are. An ignored field holds its first value. That nothing depends on more than this is checked before
(``codegen.dependence``). Knows slots and types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from ..dependence.counter import Counter
from ..types import HeapType, ListType, MapType, Optional, Type
from .slots import Layout, Slot, State

Ranked: TypeAlias = Callable[[Any, Callable[[int], int]], Any]
"""Gives a frozen value with each number that ranks put through a function."""


def ranks_of(
    type_: Type, own: bool, by_heap: bool, resolved: Callable[[Type], Type]
) -> Ranked | None:
    """How the numbers of a type are found: its ``own``, and those that heaps in it are sorted by."""

    def of(type_: Type) -> Ranked | None:
        type_ = resolved(type_)
        match type_:
            case HeapType():
                return _heap if by_heap else None
            case Optional(item) | MapType(_, item) | ListType(item):
                inner = of(item)
                return None if inner is None else _inside(type_, inner)
        return _number if own else None

    return of(type_)


def _inside(type_: Type, inner: Ranked) -> Ranked:
    match type_:
        case Optional():
            return lambda value, f: None if value is None else inner(value, f)
        case MapType():
            return lambda value, f: tuple((key, inner(item, f)) for key, item in value)
    return lambda value, f: tuple(inner(item, f) for item in value)


def _number(value: Any, f: Callable[[int], int]) -> Any:
    if isinstance(value, tuple):
        return (*value[:-1], _number(value[-1], f)) if len(value) > 1 else value
    return value if value is None or not isinstance(value, int) else f(value)


def _heap(value: Any, f: Callable[[int], int]) -> Any:
    return tuple((_number(given, f), item) for given, item in value)


def _numbers(ranked: Ranked, value: Any) -> set[int]:
    """The numbers of a value of which only the order counts."""
    numbers: set[int] = set()

    def note(number: int) -> int:
        numbers.add(number)
        return number

    ranked(value, note)
    return numbers


def ranks(numbers: Iterable[int], counter: Counter) -> dict[int, int]:
    """What each number becomes: those to which the counter comes follow each other from where it begins."""
    begin, step = counter.begin, counter.step
    found = {number: number for number in numbers}
    counted = sorted(number * step for number in found if (number - begin) * step >= 0)
    return found | {number * step: begin + n * step for n, number in enumerate(counted)}


class Lowering:
    """Takes states to what counts of them. ``lowers`` tells whether anything doesn't."""

    def __init__(self, layout: Layout, ranked: Mapping[int, Ranked], counter: Counter) -> None:
        self._layout = layout
        self._counter = counter
        self._ranked = ranked  # by the index of the kind of slots
        self.lowers = bool(ranked) or any(not kind.counts for kind in layout.kinds)
        self._slots: list[
            tuple[Slot, Ranked, State]
        ] = []  # the last: bits that are 0 if it isn't there
        self._seen = 0
        self._counted = self._mask = 0
        self._known: dict[State, State] = {}  # what ranks -> what that adds

    def lower(self, state: State) -> State:
        """The state with ranks, and without what doesn't count."""
        if self._layout.bits != self._seen:
            self._refresh()
        state &= self._counted
        if not self._ranked:
            return state
        part = state & self._mask
        found = self._known.get(part)
        if found is None:
            found = self._known[part] = self._change(part)
            if self._layout.bits != self._seen:
                self._refresh()
        return state + found

    def _refresh(self) -> None:
        self._seen = self._layout.bits
        self._counted, self._mask = -1, 0
        self._slots = []
        slots = self._layout.slots
        exists = {(s.kind.group, s.key): s.mask for s in slots if s.kind.field == "state"}
        for slot in slots:
            kind = slot.kind
            if not kind.counts:
                self._counted &= ~slot.mask
            elif kind.index in self._ranked:
                ranked, there = self._ranked[kind.index], -1
                if kind.group and _numbers(ranked, kind.values[0]):
                    # The number that an entity begins with says nothing of one that there isn't.
                    there = exists.get((kind.group, slot.key), 0)
                    self._mask |= there
                self._mask |= slot.mask
                self._slots.append((slot, ranked, there))

    def _change(self, state: State) -> int:
        held = [
            (slot, ranked, slot.value(state))
            for slot, ranked, there in self._slots
            if there < 0 or state & there
        ]
        numbers = {number for _, ranked, value in held for number in _numbers(ranked, value)}
        rank = ranks(numbers, self._counter)
        return sum(
            slot.code(ranked(value, rank.__getitem__)) - (state & slot.mask)
            for slot, ranked, value in held
        )
