"""Diagnostics: what is wrong, where, and what was probably meant.

Knows positions and messages. Knows nothing of YAML, of the language or of how a diagnostic is
shown (that is ``report.py``).
"""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

_Place: TypeAlias = tuple[int, int]
_MAX_CANDIDATES = 100
_BEYOND = 1 << 60  # a line behind the last of any file

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of a spec file. Lines and columns count from 1, columns in characters; the end is
    exclusive. ``path`` is as the user named it, posix, relative where possible."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Related:
    """A second place that a diagnostic speaks of, such as the first of two duplicates."""

    span: Span
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """One mistake or warning. ``hint`` is what was probably meant, as a whole sentence or empty."""

    code: str
    severity: Severity
    span: Span
    message: str
    hint: str = ""
    related: tuple[Related, ...] = ()


@dataclass
class Diagnostics:
    """All that was found so far, in the order of the files; the same thing is said once.

    ``sources`` holds the text of every file that was read, by the path that spans bear, so that a
    report can show the line it speaks of. What stands in a ``settled`` place was refused as a whole:
    nothing more is said about it.
    """

    found: dict[Diagnostic, None] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    # By file, start and end of stretches that don't overlap, in their order.
    _settled: dict[str, list[tuple[_Place, _Place]]] = field(default_factory=dict)

    def error(self, code: str, span: Span, message: str, hint: str = "", *related: Related) -> None:
        self._add(Diagnostic(code, "error", span, message, hint, related))

    def warning(
        self, code: str, span: Span, message: str, hint: str = "", *related: Related
    ) -> None:
        self._add(Diagnostic(code, "warning", span, message, hint, related))

    def settle(self, span: Span) -> None:
        """Say nothing more about what stands there: it was refused, and the rest only follows from that."""
        settled = self._settled.setdefault(span.path, [])
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        at = bisect.bisect_right(settled, (start, end))
        if at and settled[at - 1][1] >= end:
            return
        behind = at
        while behind < len(settled) and settled[behind][1] <= end:
            behind += 1
        settled[at:behind] = [(start, end)]

    def _add(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        start = (span.line, span.column)
        settled = self._settled.get(span.path, [])
        at = bisect.bisect_right(settled, (start, (_BEYOND, 0)))
        if not at or settled[at - 1][1] < start:
            self.found[diagnostic] = None

    def extend(self, other: Diagnostics) -> None:
        """Take over what another collection found."""
        self.found.update(other.found)
        self.sources.update(other.sources)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self.found, key=lambda d: (d.span, d.code, d.message)))

    def __len__(self) -> int:
        return len(self.found)

    @property
    def has_errors(self) -> bool:
        return any(d.severity == "error" for d in self.found)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``Did you mean "x"?`` for the nearest known word, or an empty string."""
    near = nearest(word, known)
    return "" if near is None else f'Did you mean "{near}"?'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like ``word``, if one is much like it."""
    candidates = [other for other in known if abs(len(other) - len(word)) <= len(word) // 3 + 1]
    if len(candidates) > _MAX_CANDIDATES:
        # Comparing is slow: five hundred mistakes among a thousand names would take seconds.
        alike = [c for c in candidates if c[:3] == word[:3] or c[-3:] == word[-3:]]
        candidates = (alike or candidates)[:_MAX_CANDIDATES]
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    return near[0] if near else None
