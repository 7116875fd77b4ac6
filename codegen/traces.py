"""What ``--trace`` may name: what the explorer has found, or a recording.

Knows which reader a file is for.
"""

from __future__ import annotations

from pathlib import Path

from lawful.runtime.recordfile import KIND

from .checked import CheckedSpec
from .explorer.telling import TraceFileError, Traces, read_traces

__all__ = ["TraceFileError", "Traces", "read"]


def read(path: Path, spec: CheckedSpec | None) -> Traces:
    """The worlds and stories of a file. A recording is run again with ``spec``, and left out without.

    Raises ``TraceFileError``, and ``OSError`` where the file can't be read.
    """
    with path.open("rb") as file:
        begins = file.read(len(KIND))
    if begins != KIND:
        return read_traces(path)
    if spec is None:
        return Traces((), ())
    from .replay import RecordingError
    from .replay import read as recording
    from .replay.played import story

    try:
        return Traces((), (story(recording(path), spec),))
    except RecordingError as error:
        raise TraceFileError(str(error)) from None
