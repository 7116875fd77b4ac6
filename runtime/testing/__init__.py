"""What generated tests are made of.

A test gives a machine the events that lead to a situation, then one more, and compares all that comes of
it with what the spec's reference interpreter said: the transitions, the instructions, the values that
changed. Nothing here knows how the expectations were found.
"""

from .data import Happening, Outside, Seen, Shape, Situation, Stage, Unexpected, event, shown
from .life import Life
from .suite import Play, Snapshot, Suite, differences, moved
from .walks import Beat, Walk, read_walks, write_walk

__all__ = [
    "Beat",
    "Happening",
    "Life",
    "Outside",
    "Play",
    "Seen",
    "Shape",
    "Situation",
    "Snapshot",
    "Stage",
    "Suite",
    "Unexpected",
    "Walk",
    "differences",
    "event",
    "moved",
    "read_walks",
    "shown",
    "write_walk",
]
