"""Symmetric values folded: one state stands for all that differ from it by a renaming.

``Folding.fold`` gives of each such class the same member, and never the same for two classes. The
values are told apart by what the state says of each, as far as that goes (colours, refined until
nothing changes); where several are still alike, each is tried first, but for those that can be swapped
without changing the state. The least of the states so renamed is taken. Knows slots and how frozen
values are renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .slots import Kind, Layout, Slot, State

Colour: TypeAlias = int
KEPT = 100_000  # states whose class is remembered


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a state says: ``pattern`` is what, with the values left open; ``values`` are these."""

    pattern: int
    values: tuple[str, ...]


class Said:
    """What one code of one slot says, and what it is under each renaming that has been asked for."""

    __slots__ = ("facts", "images", "values")

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self.values = tuple(dict.fromkeys(v for fact in facts for v in fact.values))
        self.images: dict[tuple[str, ...], int] = {}


class _Mentions:
    """In place of a renaming: notes what would be renamed."""

    def __init__(self, values: Mapping[str, int]) -> None:
        self.values = values
        self.found: dict[str, None] = {}

    def get(self, value: Any, default: Any) -> Any:
        if isinstance(value, str) and value in self.values:
            self.found[value] = None
        return default


class Folding:
    """The renamings of ``sets`` of values, each among themselves."""

    def __init__(self, layout: Layout, sets: Sequence[Sequence[str]]) -> None:
        self.layout = layout
        self.sets = [tuple(values) for values in sets]
        self._of = {value: n for n, values in enumerate(self.sets) for value in values}
        self._said: dict[tuple[int, int], Said] = {}
        self._patterns: dict[Any, int] = {}
        self._folded: dict[State, State] = {}

    def fold(self, state: State) -> State:
        """The member that stands for the state's class."""
        found = self._folded.get(state)
        if found is None:
            if len(self._folded) >= KEPT:
                self._folded.clear()
            said = self._saying(state)
            found = self._folded[state] = self._least(said, state, self._start())
        return found

    # What a state says

    def _saying(self, state: State) -> list[tuple[Slot, int, Said]]:
        found = []
        for slot in self.layout.slots:
            code = state & slot.mask
            said = self._said.get((slot.index, code))
            if said is None:
                said = self._said[slot.index, code] = self._read(slot, code)
            if said.values:
                found.append((slot, code, said))
        return found

    def _read(self, slot: Slot, code: int) -> Said:
        """What a slot says; nothing, where nothing would be renamed."""
        kind, value = slot.kind, slot.value(code)
        if not code and kind.rename_key is not None:
            return Said(())  # whoever isn't there says nothing
        parts = value if kind.unordered else (value,)
        facts = [self._fact(kind, slot.key, part) for part in parts]
        return Said(facts)

    def _fact(self, kind: Kind, key: Any, part: Any) -> Fact:
        mentions = _Mentions(self._of)
        _renamed(kind, key, part, mentions)
        values = tuple(mentions.found)
        places = {value: f"\0{n}" for n, value in enumerate(values)}
        pattern = (kind.index, *_renamed(kind, key, part, places))
        return Fact(self._patterns.setdefault(pattern, len(self._patterns)), values)

    # Colours

    def _start(self) -> dict[str, Colour]:
        """Values of different sets differ from the start."""
        return dict(self._of)

    def _refine(
        self, said: Iterable[tuple[Slot, int, Said]], colours: dict[str, Colour]
    ) -> dict[str, Colour]:
        """Tell values apart by what is said of them and of those that are named beside them."""
        facts = [fact for _, _, one in said for fact in one.facts if fact.values]
        size = len(set(colours.values()))
        while True:
            about: dict[str, list[Any]] = {value: [] for value in colours}
            for fact in facts:
                around = tuple([colours[v] for v in fact.values])
                for place, value in enumerate(fact.values):
                    about[value].append((fact.pattern, place, around))
            marks = {v: (colours[v], tuple(sorted(told))) for v, told in about.items()}
            numbers = {mark: n for n, mark in enumerate(sorted(set(marks.values())))}
            colours = {value: numbers[mark] for value, mark in marks.items()}
            if len(numbers) == size:
                return colours
            size = len(numbers)

    def _least(
        self, said: list[tuple[Slot, int, Said]], state: State, colours: dict[str, Colour]
    ) -> State:
        colours = self._refine(said, colours)
        cells: dict[Colour, list[str]] = {}
        for value, colour in colours.items():
            cells.setdefault(colour, []).append(value)
        wide = min((c for c, values in cells.items() if len(values) > 1), default=None)
        if wide is None:
            return self._rename(said, state, self._names(colours))
        least = None
        leaders: list[str] = []
        for value in cells[wide]:
            if not any(self._are_alike(said, value, other) for other in leaders):
                leaders.append(value)
        for value in leaders:
            # It comes before the others of its cell; if all can be swapped, they come in any order.
            first = {value: 0} if len(leaders) > 1 else {v: n for n, v in enumerate(cells[wide])}
            size = len(cells[wide])
            single = {
                v: c * size + (first.get(v, 1) if c == wide else 0) for v, c in colours.items()
            }
            found = self._least(said, state, single)
            least = found if least is None else min(least, found)
        assert least is not None
        return least

    def _are_alike(self, said: list[tuple[Slot, int, Said]], one: str, other: str) -> bool:
        """Whether swapping the two leaves the state as it is."""
        swap = {one: other, other: one}
        about = [s for s in said if one in s[2].values or other in s[2].values]
        return self._rename(about, 0, swap) == 0

    def _names(self, colours: Mapping[str, Colour]) -> dict[str, str]:
        """The renaming that gives each value the name of its rank in its set."""
        names: dict[str, str] = {}
        for values in self.sets:
            ranked = sorted(values, key=lambda value: colours[value])
            names.update(zip(ranked, values, strict=True))
        return names

    def _rename(
        self, said: Iterable[tuple[Slot, int, Said]], state: State, names: Mapping[str, str]
    ) -> State:
        for slot, code, one in said:
            into = tuple([names.get(v, v) for v in one.values])
            image = one.images.get(into)
            if image is None:
                image = one.images[into] = self._image(slot, code, names)
            state += image - code
        return state

    def _image(self, slot: Slot, code: int, names: Mapping[str, str]) -> int:
        kind, value = slot.kind, slot.value(code)
        key = slot.key if kind.rename_key is None else kind.rename_key(slot.key, names)
        rename = kind.functions.rename
        if rename is not None and value is not None:
            value = rename(value, names)
        return self.layout.slot(kind, key).code(value)


def _renamed(kind: Kind, key: Any, part: Any, names: Any) -> tuple[Any, Any]:
    renamed = key if kind.rename_key is None else kind.rename_key(key, names)
    rename = kind.functions.rename
    if rename is None or part is None:
        return renamed, part
    return renamed, rename((part,), names)[0] if kind.unordered else rename(part, names)
