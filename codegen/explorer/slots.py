"""A state as one integer.

What can differ between two states is a *slot*: a field of an entity by its key, a value of the
machine, a ghost, a channel, how many instructions of one kind are open. Each value that turns up in a
slot gets a number; 0 is what the slot holds as long as nothing was written there, so a slot may be
added at any time and no state that is known changes. The number stands in bits of its own; when they
don't suffice the slot gets more, further up, and again no known state changes.

So a step that writes a slot adds the difference of two codes, and what is written in any choice of
slots is cut out with one ``&``. Knows nothing of machines.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, TypeAlias

from .codec import Functions, Rename

if TYPE_CHECKING:
    from .memo import Node

State: TypeAlias = int
"""The numbers of all slots, each in its bits."""


class Kind:
    """What slots have in common that hold the same sort of thing: the values, and their numbers.

    ``bits`` is how many a slot of this kind begins with. ``counts``: two states that differ here alone
    are two states. ``unordered``: the values are sorted, for their order says nothing. ``rename_key``
    renames symmetric values in the key of a slot. ``group`` and ``field`` say what it is:
    ``("File", "attempts")``, ``("", "queue")``.
    """

    __slots__ = (
        "bits",
        "counts",
        "field",
        "functions",
        "group",
        "index",
        "numbers",
        "rename_key",
        "unordered",
        "values",
    )

    def __init__(
        self,
        group: str,
        field: str,
        first: Hashable,
        functions: Functions = Functions(),  # noqa: B008  it can't change
        bits: int = 1,
    ) -> None:
        self.group = group
        self.field = field
        self.functions = functions
        self.bits = bits
        self.counts = True
        self.unordered = False
        self.rename_key: Rename | None = None
        self.index = 0
        self.values: list[Any] = [first]
        self.numbers: dict[Any, int] = {first: 0}

    def number(self, value: Hashable) -> int:
        """The number of a value; a new one gets the next."""
        number = self.numbers.get(value)
        if number is None:
            number = self.numbers[value] = len(self.values)
            self.values.append(value)
        return number


class Slot:
    """One place of the state. ``key`` says whose it is: an entity's key, an instruction, or None.

    ``mask`` has its bits. ``mark`` is for who goes through states and notes what was read.
    """

    __slots__ = (
        "_codes",
        "_pieces",
        "_values",
        "index",
        "key",
        "kind",
        "layout",
        "mark",
        "mask",
        "nodes",
    )

    def __init__(self, layout: Layout, kind: Kind, key: Hashable, index: int) -> None:
        self.layout = layout
        self.kind = kind
        self.key = key
        self.index = index
        self.mark = 0
        self.mask = 0
        self.nodes: dict[
            Node, None
        ] = {}  # who cut this slot out of states and must hear when it grows
        self._pieces: list[tuple[int, int, int]] = []  # (bits of the number below it, mask, shift)
        self._codes: list[int] = []  # number -> the bits of the state
        self._values: dict[int, Any] = {}  # the bits of the state -> the value
        self._widen(kind.bits)

    def __repr__(self) -> str:
        return f"<Slot {self.kind.group}.{self.kind.field} {self.key!r}>"

    def _widen(self, bits: int) -> None:
        shift = self.layout.take(bits)
        self._pieces.append((self.mask.bit_count(), (1 << bits) - 1, shift))
        self.mask |= ((1 << bits) - 1) << shift
        for node in self.nodes:
            node.refresh()

    def code(self, value: Hashable) -> int:
        """The bits of a state in which this slot holds the value."""
        number = self.kind.numbers.get(value)
        if number is None:
            number = self.kind.number(value)
        codes = self._codes
        if number >= len(codes):
            self._encode(number)
        return codes[number]

    def _encode(self, last: int) -> None:
        while last.bit_length() > (width := self.mask.bit_count()):
            self._widen(width)
        for number in range(len(self._codes), last + 1):
            code = 0
            for below, piece, shift in self._pieces:
                code |= (number >> below & piece) << shift
            self._codes.append(code)
            self._values[code] = self.kind.values[number]

    def value(self, state: State) -> Any:
        """What the slot holds in the state."""
        try:
            return self._values[state & self.mask]
        except KeyError:
            self._encode(len(self.kind.values) - 1)
            return self._values[state & self.mask]


class Layout:
    """All slots of a world, in the order in which they turned up."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.kinds: list[Kind] = []
        self.bits = 0
        self._found: dict[tuple[int, Hashable], Slot] = {}

    def kind(self, kind: Kind) -> Kind:
        """Add a kind of slots."""
        kind.index = len(self.kinds)
        self.kinds.append(kind)
        return kind

    def slot(self, kind: Kind, key: Hashable = None) -> Slot:
        """The slot of a kind for a key; made if there is none."""
        slot = self._found.get((kind.index, key))
        if slot is None:
            slot = Slot(self, kind, key, len(self.slots))
            self.slots.append(slot)
            self._found[kind.index, key] = slot
        return slot

    def take(self, bits: int) -> int:
        """Reserve bits that nobody has; how far they are shifted."""
        shift = self.bits
        self.bits += bits
        return shift

    def written(self, state: State) -> list[tuple[Slot, Any]]:
        """Every slot that doesn't hold its first value, and what it holds."""
        return [(slot, slot.value(state)) for slot in self.slots if state & slot.mask]
