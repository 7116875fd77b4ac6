"""Reading a file of text that somebody else wrote: size, encoding and characters are checked first.

Knows files and characters; knows nothing of YAML or of specs.
"""

from __future__ import annotations

import bisect
import difflib
import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .diagnostics import Diagnostics, Span
from .plain import find_invisible, spelled

MAX_BYTES = 5_000_000
MAX_REPORTED = 20  # of one kind in one file: a binary file is one mistake and not a million
REPLACEMENT = "\ufffd"  # stands for a refused character, so that all other places stay right

_LINE_END = re.compile(r"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """The text of a file, without a byte order mark. ``path`` is what spans call it."""

    path: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first character of each line."""
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a place; both count from 1."""
        return self.line_starts[line - 1] + column - 1

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect.bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of the characters ``start`` to ``end``, exclusive."""
        return Span(self.path, *self.place(start), *self.place(end))


class Unreadable(Exception):
    """A file can't be read. ``code`` is LF001 (not there), LF002 (a folder) or LF003; the message says
    why, ``hint`` what to do."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def shown(path: Path) -> str:
    """How messages call a file: as it was named, with forward slashes."""
    return path.as_posix()


def load(path: Path, diagnostics: Diagnostics, limit: int = MAX_BYTES) -> Source | None:
    """The text of the file, or None where it is unfit, which is reported. Characters that aren't allowed
    are reported and replaced, one by one.

    Raises Unreadable where there is no file to speak of.
    """
    data = _bytes(path, limit)
    name = shown(path)
    start = Span(name, 1, 1, 1, 1)
    if len(data) > limit:
        diagnostics.error(
            "LF004",
            start,
            f"a spec may have {MAX_BYTES // 1_000_000} MB, all its files together, and this is more",
            "Make two machines of it.",
        )
        return None
    data = data.removeprefix(_BOM)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = Source(name, data[: error.start].decode())
        at = len(before.text)
        diagnostics.sources[name] = data.decode(errors="replace")
        diagnostics.error(
            "LF005",
            Span(name, *before.place(at), *before.place(at)),
            f"this is not UTF-8: byte 0x{data[error.start]:02x}",
            "Save the file as UTF-8.",
        )
        return None
    diagnostics.sources[name] = text
    return _without_invisible(Source(name, text), diagnostics)


def _bytes(path: Path, limit: int) -> bytes:
    """What is in the file, or the first ``limit + 1`` bytes of it."""
    try:
        # Not blocking: a named pipe would wait for its writer.
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, os.O_RDONLY | flags)
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable("LF001", f'there is no file "{shown(path)}"', nearest(path)) from None
    except IsADirectoryError:
        raise Unreadable("LF002", f'"{shown(path)}" is a folder') from None
    except (OSError, ValueError) as error:
        raise Unreadable("LF003", f'"{shown(path)}" can\'t be read: {_reason(error)}') from None
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise Unreadable("LF002", f'"{shown(path)}" is a folder')
        if not stat.S_ISREG(kind):
            raise Unreadable("LF003", f'"{shown(path)}" is no ordinary file')
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    except OSError as error:
        raise Unreadable("LF003", f'"{shown(path)}" can\'t be read: {_reason(error)}') from None
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def nearest(path: Path) -> str:
    """``Did you mean "x"?`` for the file whose name is nearest, or an empty string."""
    try:
        names = sorted(os.listdir(path.parent))
    except (OSError, ValueError):
        return ""
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f'Did you mean "{shown(path.with_name(near[0]))}"?' if near else ""


def _without_invisible(source: Source, diagnostics: Diagnostics) -> Source:
    clean = list(source.text) if find_invisible(source.text) else None
    if clean is None:
        return source
    found, count = find_invisible(source.text), 0
    while found:
        at, count = found.start(), count + 1
        clean[at] = REPLACEMENT
        if count <= MAX_REPORTED:
            report_invisible(source.span(at, at + 1), found[0], diagnostics)
        found = find_invisible(source.text, at + 1)
    if count > MAX_REPORTED:
        diagnostics.error(
            "LF006",
            Span(source.path, 1, 1, 1, 1),
            f"{count - MAX_REPORTED} more characters like these are in this file",
            "Is it a text file at all?",
        )
    return Source(source.path, "".join(clean))


def report_invisible(span: Span, character: str, diagnostics: Diagnostics) -> None:
    """Say that a character is refused, which draws nothing or commands a terminal."""
    diagnostics.error(
        "LF006",
        span,
        f"the character {spelled(character)} is not allowed",
        "It is invisible, reorders the text around it or commands a terminal: take it out.",
    )
