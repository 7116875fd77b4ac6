"""Diagnostics, shown: as text for people, as JSON for programs, as annotations of a GitHub run.

Knows diagnostics and how they look. Whatever text a spec brings is made harmless here.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from typing import IO, Any

from .diagnostics import Diagnostic, Diagnostics, Severity, Span
from .plain import one_line

_LINE_END = re.compile(r"\r\n|\r|\n")
_COLORS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "caret": "\x1b[1;36m", "dim": "\x1b[2m"}
_RESET = "\x1b[0m"
_TAB = "    "
_MAX_WIDTH = 160  # a longer line is cut around the caret


def wants_color(stream: IO[str]) -> bool:
    """A terminal that was not asked to stay plain (``NO_COLOR``, ``TERM=dumb``)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def text(diagnostics: Diagnostics, *, color: bool = False) -> str:
    """Every diagnostic with its line and a caret, and a line that counts them. Ends with a newline."""
    paint = _Paint(color)
    lines = {path: _LINE_END.split(source) for path, source in diagnostics.sources.items()}
    parts = ["\n".join(_as_text(found, lines, paint)) for found in diagnostics]
    return "\n\n".join([*parts, summary(diagnostics)]) + "\n"


def summary(diagnostics: Diagnostics) -> str:
    """``3 errors, 1 warning``."""
    return ", ".join(
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity, count in _counts(diagnostics).items()
        if count or severity == "error"
    )


def _counts(diagnostics: Diagnostics) -> dict[Severity, int]:
    counts: dict[Severity, int] = {"error": 0, "warning": 0}
    for found in diagnostics:
        counts[found.severity] += 1
    return counts


class _Paint:
    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, kind: str, words: str) -> str:
        return f"{_COLORS[kind]}{words}{_RESET}" if self._color else words


def _as_text(found: Diagnostic, lines: dict[str, list[str]], paint: _Paint) -> Iterator[str]:
    kind = paint(found.severity, f"{found.severity}[{found.code}]")
    # What is said of a file that wasn't read has no place in it.
    place = str(found.span) if found.span.path in lines else found.span.path
    yield f"{one_line(place)}: {kind} {one_line(found.message)}"
    yield from _excerpt(found.span, lines, paint)
    if found.hint:
        yield f"  hint: {one_line(found.hint)}"
    for related in found.related:
        yield f"  {one_line(str(related.span))}: {one_line(related.message)}"
        yield from _excerpt(related.span, lines, paint)


def _excerpt(span: Span, lines: dict[str, list[str]], paint: _Paint) -> Iterator[str]:
    """The line with the place underlined; nothing where there is no such line."""
    of_file = lines.get(span.path, [])
    if not 0 < span.line <= len(of_file):
        return
    line = of_file[span.line - 1]
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    end = max(min(end, len(line)), start)
    before, marked, after = line[:start], line[start:end], line[end:]
    if len(line) > _MAX_WIDTH:
        half = _MAX_WIDTH // 2
        before = before if len(before) <= half else "…" + before[1 - half :]
        marked = marked if len(marked) <= half else marked[: half - 1] + "…"
        after = after if len(after) <= half else after[: half - 1] + "…"
    before, marked, after = (_drawn(part) for part in (before, marked, after))
    number = str(span.line)
    gutter = " " * len(number)
    under = "^" * max(width(marked), 1)
    yield f"{paint('dim', f'{number} |')} {(before + marked + after).rstrip()}"
    yield f"{paint('dim', f'{gutter} |')} {' ' * width(before)}{paint('caret', under)}"


def _drawn(part: str) -> str:
    return one_line(part.replace("\t", _TAB))


def width(words: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_width(character) for character in words)


def _width(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200c\u200d\ufe0e\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def as_json(diagnostics: Diagnostics, **more: object) -> str:
    """One JSON document, ASCII only, with a newline at its end, with ``more`` behind the diagnostics::

        {"version": 1, "errors": 1, "warnings": 0, "diagnostics": [
          {"code": "LF050", "severity": "error", "message": …, "hint": … or "",
           "place": {"path": …, "line": 3, "column": 5, "end_line": 3, "end_column": 9},
           "related": [{"place": {…}, "message": …}]}]}

    Lines and columns count from 1, columns in characters; the end is exclusive.
    """
    counts = _counts(diagnostics)
    document: dict[str, Any] = {
        "version": 1,
        "errors": counts["error"],
        "warnings": counts["warning"],
        "diagnostics": [
            {
                "code": found.code,
                "severity": found.severity,
                "message": found.message,
                "hint": found.hint,
                "place": _place(found.span),
                "related": [
                    {"place": _place(other.span), "message": other.message}
                    for other in found.related
                ],
            }
            for found in diagnostics
        ],
    }
    return json.dumps(document | more, indent=2) + "\n"


def _place(span: Span) -> dict[str, Any]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def github(diagnostics: Diagnostics) -> str:
    """One workflow command a diagnostic. Text is escaped, so that it can't be a command itself."""
    return "".join(f"{_annotation(found)}\n" for found in diagnostics)


def _annotation(found: Diagnostic) -> str:
    span = found.span
    properties = {
        "file": span.path,
        "line": str(span.line),
        "endLine": str(span.end_line),
        "title": f"{found.code}",
    }
    if span.end_line == span.line:
        # GitHub shows columns only within one line.
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    message = " ".join(
        [
            found.message,
            *([found.hint] if found.hint else []),
            *(f"({other.span}: {other.message})" for other in found.related),
        ]
    )
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{found.severity} {listed}::{_data(message)}"


def _data(words: str) -> str:
    return one_line(words).replace("%", "%25")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
