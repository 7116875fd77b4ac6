"""What the YAML parser complains of, in the words of people who write specs.

Knows PyYAML's two parsers and how their complaints read; knows nothing of specs.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from .diagnostics import Diagnostics, Related, Span
from .source import Source

_SECTION = re.compile(r"^[A-Za-z_][\w ]*:(?=[ \t\r\n]|$)", re.MULTILINE)
_INDENTED_BY_TAB = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)

_QUOTE = "A text with a colon and a space, a comma, braces or brackets in it must be quoted."
# What a complaint contains, what we say, what to do. The first that fits.
_WORDS = (
    ("mapping values are not allowed", "a second colon on this line", _QUOTE),
    ("while scanning a quoted scalar", "this quote is never closed", "Close it, on any line."),
    (
        "while scanning a double-quoted scalar",
        "there is no such escape in a double-quoted text",
        "Write `\\\\` for a backslash, or use single quotes.",
    ),
    ("expected ',' or '}'", "a comma or a closing brace is missing before this", _QUOTE),
    ("expected ',' or ']'", "a comma or a closing bracket is missing before this", _QUOTE),
    ("expected <block end>", "this doesn't line up with what stands above it", "Check the indentation."),
    ("did not find expected key", "this doesn't line up with what stands above it", "Check the indentation."),
    ("did not find expected '-' indicator", "this doesn't line up with the list above it", "Check the indentation."),
    ("block sequence entries are not allowed", "a list can't begin here", "Begin it on the next line."),
    ("could not find expected ':'", "this line has no colon, and a key needs one", _QUOTE),
    ("while scanning a block scalar", "this can't stand behind `|` or `>`", "Begin the text on the next line."),
    ("cannot start any token", "a text can't begin with this character", "Quote it."),
    ("while scanning an alias", "a text can't begin with this character", "Quote it."),
    ("while scanning an anchor", "a text can't begin with this character", "Quote it."),
    ("while parsing a flow node", "something is missing before this", _QUOTE),
)  # fmt: skip


def explain(error: yaml.YAMLError, source: Source, diagnostics: Diagnostics) -> int:
    """Report the complaint in our words. Returns the offset of the mistake, for ``section_at``."""
    problem_mark = getattr(error, "problem_mark", None)
    context_mark = getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    if problem_mark is None:
        # Only the readers' own errors have no mark, and what they refuse is replaced beforehand.
        diagnostics.error("LF008", Span(source.path, 1, 1, 1, 1), f"this is not YAML: {problem}")
        return 0
    at = _offset(source, problem_mark)
    began = at if context_mark is None else _offset(source, context_mark)
    in_flow = "flow" in context or "quoted" in context
    if "\t" in source.text[at : at + 1] or "tab" in problem:
        return _report_tabs(source, at, diagnostics)
    words, hint = next(
        ((ours, cure) for theirs, ours, cure in _WORDS if theirs in f"{context}: {problem}"),
        (f"this is not YAML: {problem}", ""),
    )
    related: list[Related] = []
    if "quoted scalar" in context and "end of stream" in problem:
        at = began
    elif in_flow and began != at:
        related.append(Related(source.span(began, began + 1), "it began here"))
    diagnostics.error("LF008", source.span(at, _end(source, at)), words, hint, *related)
    return began if in_flow else at


def _offset(source: Source, mark: Any) -> int:
    line: int = min(mark.line, len(source.line_starts) - 1)
    return min(source.line_starts[line] + int(mark.column), len(source.text))


def _end(source: Source, at: int) -> int:
    return at + 1 if source.text[at : at + 1].strip() else at


def _report_tabs(source: Source, at: int, diagnostics: Diagnostics) -> int:
    """Every line that is indented by a tab: who has one has many."""
    found = _INDENTED_BY_TAB.finditer(source.text)
    places = [(match[0].index("\t") + match.start(), match.end()) for match in found]
    line_start = source.line_starts[source.place(at)[0] - 1]
    if not any(source.place(start)[0] == source.place(at)[0] for start, _ in places):
        places.append(
            (
                source.text.index("\t", line_start) if "\t" in source.text[line_start:] else at,
                at + 1,
            )
        )
    for start, end in sorted(places):
        diagnostics.error(
            "LF009",
            source.span(start, max(end, start + 1)),
            "a tab stands in the indentation, and YAML wants spaces",
            "Let the editor turn tabs into spaces.",
        )
    return at


def section_at(text: str, at: int) -> tuple[int, int] | None:
    """Start and end of the section, from one key at the margin to the next, that holds the offset."""
    starts = [match.start() for match in _SECTION.finditer(text)]
    before = [start for start in starts if start <= at]
    if not before:
        return None
    behind = [start for start in starts if start > at]
    return before[-1], behind[0] if behind else len(text)
