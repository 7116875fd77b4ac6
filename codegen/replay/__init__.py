"""Recordings: reading them, running them again, and telling what happened to one entity.

``reading`` turns a file, which may come from anywhere, into steps; ``running`` gives them to the
interpreter, which begins where the recording begins, and compares; ``telling`` finds words. Nothing that
stands in a file is executed or unpickled.
"""

from .reading import Called, Recorded, Recording, RecordingError, Snapshot, Step, find, read
from .running import Again, Divergence, NotTheSpec, replay

__all__ = [
    "Again",
    "Called",
    "Divergence",
    "NotTheSpec",
    "Recorded",
    "Recording",
    "RecordingError",
    "Snapshot",
    "Step",
    "find",
    "read",
    "replay",
]
