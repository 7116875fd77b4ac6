"""A watch over code that must not act: what it opens, runs and imports is noted, and its time limited."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SECONDS = 20  # of the processor for one input; the slowest seen takes a hundredth of it
ACTS = ("exec", "import", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "code.__new__")
HARMLESS = ("os.listdir", "os.scandir", "os.putenv")

_watching: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching is None:
        return
    if event == "open":
        path, mode, _ = arguments
        if isinstance(mode, str) and set(mode) & set("wax+"):
            _watching.append(f"open {path!r} as {mode}")
    elif event.startswith(ACTS) and event not in HARMLESS:
        _watching.append(f"{event} {arguments!r}"[:300])


class TookTooLong(BaseException):
    """An input that isn't done with in time. Not an ``Exception``, so that nothing swallows it."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise TookTooLong


_installed = False


@contextmanager
def watched() -> Iterator[None]:
    """Fails when the body opens a file to write, runs code, imports, reaches out, or takes too long.

    Imports count too: whoever watches runs the same once before, so that all is loaded.
    """
    global _installed, _watching
    if not _installed:
        sys.addaudithook(_note)
        _installed = True
    acts: list[str] = []
    _watching = acts
    before = signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        _watching = None
    if acts:
        raise AssertionError(f"reading a spec acted: {acts}")
