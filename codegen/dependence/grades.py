"""How much of a value the explorer knows.

A state that the explorer holds stands for all states of the machine that differ in what it forgets: the
values of fields declared ``explore: ignore``, and of numbers declared ``explore: rank`` all but their
order. What can be said of a value in all of these at once is its grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """``nothing`` is where no value comes (the elements of an empty list). ``constant`` and ``exact`` values are the same in all states that are one. A ``constant`` holds no
    number on the side to which the counter goes, so that it stands in the same order to all that rank as
    well. A ``number`` that ranks is known by its order among all of these; a ``priority`` is a tuple that
    ends with one, of a length of its own, or has one exact place, or none. Of what is ``lost`` nothing is
    known."""

    nothing = "nothing"
    constant = "constant"
    exact = "exact"
    number = "number"
    priority = "priority"
    lost = "lost"


@dataclass(frozen=True)
class Grade:
    """``cause`` is what made it less than exact, in words. A tuple that was put together place by place
    has the grades of its ``places``. ``lengths`` are those that a priority may have, beyond one."""

    level: Level = Level.constant
    cause: str = ""
    places: tuple[Grade, ...] | None = None
    lengths: frozenset[int] = frozenset()

    @property
    def whole(self) -> Grade:
        """The grade of the value as one, whatever its places are."""
        if self.places is None:
            return self
        bad = next((place for place in self.places if not place.known), None)
        if bad is None:
            return CONSTANT if len(self.places) < 2 else EXACT
        *before, last = self.places
        if before and last.level is Level.number and all(place.known for place in before):
            return Grade(Level.priority, last.cause, lengths=frozenset({len(self.places)}))
        return lost(bad.cause)

    @property
    def known(self) -> bool:
        """Whether the value itself is known."""
        if self.places is not None:
            return all(place.known for place in self.places)
        return self.level in (Level.nothing, Level.constant, Level.exact)

    @property
    def is_lost(self) -> bool:
        """Whether something of the value has not even an order."""
        if self.places is not None:
            return any(place.is_lost for place in self.places)
        return self.level is Level.lost

    @property
    def why(self) -> str:
        """The cause of the first thing that is not known, or nothing."""
        if self.places is None:
            return self.cause
        return next((place.why for place in self.places if not place.known), "")


NOTHING, CONSTANT, EXACT = Grade(Level.nothing), Grade(), Grade(Level.exact)


def lost(cause: str) -> Grade:
    return Grade(Level.lost, cause)


def join(*grades: Grade) -> Grade:
    """The grade of what may be either of these, or is made of all of them."""
    found = NOTHING
    for grade in grades:
        found = _either(found, grade)
    return found


def _either(a: Grade, b: Grade) -> Grade:
    if a == b or b == NOTHING:
        return a
    if a == NOTHING:
        return b
    if a.places is not None and b.places is not None and len(a.places) == len(b.places):
        return Grade(places=tuple(map(_either, a.places, b.places)))
    a, b = a.whole, b.whole
    cause = a.cause or b.cause
    if a.level is b.level:
        return Grade(a.level, cause, lengths=a.lengths | b.lengths)
    if Level.constant in (a.level, b.level):
        return b if a.level is Level.constant else a
    return lost(cause)


def compared(*grades: Grade) -> Grade:
    """The grade of the answer to how values stand to each other, by order or equality."""
    both = join(*grades)
    return lost(both.why) if both.is_lost else EXACT
