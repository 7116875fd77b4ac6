"""Answers remembered by what was read for them.

A question about a state that is answered by running code (may this event come, and what follows; does
this invariant hold) has the same answer in every state in which the slots that were read for it hold
the same. A run is deterministic, so the slot that it reads next follows from what it has read; the
runs for one question form a tree. A node tests a stretch of slots that are always read in a row with
one ``&`` and one look-up. Knows slots; knows nothing of what is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from .slots import Slot, State

Entry: TypeAlias = Any
"""A ``Node``, or an answer: anything but None and a ``Node``."""


class Node:
    """The slots that are read next, and what comes of each combination of what they hold."""

    __slots__ = ("mask", "slots", "table")

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots: tuple[Slot, ...] = ()
        self.mask = 0
        self.table: dict[State, Entry] = {}
        self.test(slots)

    def test(self, slots: Sequence[Slot]) -> None:
        """Test these slots, none of which may be new if there are entries."""
        for slot in self.slots:
            del slot.nodes[self]
        self.slots = tuple(slots)
        for slot in self.slots:
            slot.nodes[self] = None
        self.refresh()

    def refresh(self) -> None:
        """A slot has got more bits. They are 0 in all states so far, so every entry stays right."""
        mask = 0
        for slot in self.slots:
            mask |= slot.mask
        self.mask = mask

    def answer(self, state: State) -> Any:
        """What is remembered for the state; None if nothing is."""
        found: Any = self.table.get(state & self.mask)
        while found.__class__ is Node:
            found = found.table.get(state & found.mask)
        return found

    def learn(self, state: State, read: Sequence[Slot], answer: Any) -> None:
        """Remember an answer for which these slots were read, in this order, each once."""
        node: Node = self
        at = 0
        if not node.table:
            node.test(read)
        while True:
            same = _common(node.slots, read, at)
            if same < len(node.slots):
                node._split(same)
            at += same
            key = state & node.mask
            found: Any = node.table.get(key)
            if found.__class__ is Node:
                node = found
            elif at == len(read):
                node.table[key] = answer
                return
            else:
                node.table[key] = node = Node(read[at:])

    def leaves(
        self, read: tuple[Slot, ...] = (), bits: State = 0
    ) -> Iterator[tuple[tuple[Slot, ...], State]]:
        """For each answer that is remembered, the slots that were read for it, and what they held, as a
        state in which all others hold their first value."""
        read = (*read, *self.slots)
        for key, entry in self.table.items():
            if entry.__class__ is Node:
                yield from entry.leaves(read, bits | key)
            else:
                yield read, bits | key

    def _split(self, size: int) -> None:
        """Test only the first slots here, and the others further down."""
        rest, table = self.slots[size:], self.table
        self.test(self.slots[:size])
        self.table = {}
        for key, entry in table.items():
            below = self.table.setdefault(key & self.mask, None)
            if below is None:
                below = self.table[key & self.mask] = Node(rest)
            below.table[key & below.mask] = entry


def _common(slots: Sequence[Slot], read: Sequence[Slot], at: int) -> int:
    """How many slots agree, from ``read[at]`` on."""
    size = 0
    for mine, other in zip(slots, read[at:], strict=False):
        if mine is not other:
            break
        size += 1
    return size
