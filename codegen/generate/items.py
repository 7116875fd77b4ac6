"""Coverage items: numbered while the instrumented twin is written, absent from the machine itself.

Knows nothing of what it numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .lines import Lines
from .texts import literal


@dataclass(frozen=True)
class Item:
    """What a test run may take or miss: ``kind`` is ``cell`` or ``transition``."""

    kind: str
    name: str
    place: str


@dataclass
class Items:
    """The items so far. With ``on`` False nothing is numbered and nothing written."""

    on: bool
    found: list[Item] = field(default_factory=list)

    def hit(self, out: Lines, kind: str, name: str, place: str) -> None:
        """One more item, marked by a line at this point."""
        if self.on:
            out.add(f"HITS[{len(self.found)}] = 1")
            self.found.append(Item(kind, name, place))

    def hit_one_of(
        self,
        out: Lines,
        kind: str,
        names: Sequence[str],
        which: str,
        values: Sequence[str],
        place: str,
    ) -> None:
        """An item for each of several values that share their code; ``which`` is the expression for the
        value at hand."""
        if len(names) == 1:
            self.hit(out, kind, names[0], place)
        elif self.on:
            base = len(self.found)
            plus = f"{base} + " if base else ""
            out.add(f"HITS[{plus}{literal(tuple(values))}.index({which})] = 1")
            self.found += [Item(kind, name, place) for name in names]
