"""What the YAML parser complains of, in the words of people who write specs.

Knows PyYAML's two parsers and how their complaints read; knows nothing of specs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .diagnostics import Diagnostics, Related, Span
from .plain import shortened
from .source import Source

MAX_DEPTH = 50  # levels of mappings and lists in a spec
TOO_DEEP = f"this is nested deeper than {MAX_DEPTH} levels"

_SECTION = re.compile(r"^[A-Za-z_][\w ]*:(?=[ \t\r\n]|$)", re.MULTILINE)
_INDENTED_BY_TAB = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)
_GLUED = re.compile(r"\s*\w+:\S")  # url:str

_QUOTE = "Quote a text that has a colon and a space, a comma, braces or brackets in it."
_BELOW = "Statements stand on the lines below, and `|` behind the key."
_SIGNATURE = re.compile(r" *(\w+\([^\r\n]*\)(?: *->[^\r\n:]*)?):(?=[ \r\n])")  # f(a: int) -> int
_LONG_CALL = 500  # characters of a call that are quoted in a hint
_ALONE = ("LF006", "LF011", "LF012")  # what the parser says after these on a line follows from them


@dataclass
class _Complaint:
    """What is said of the error at ``at``; ``section`` is an offset in the section to leave out."""

    at: int
    section: int
    message: str
    hint: str = ""
    code: str = "LF008"
    began: int | None = None


# What a complaint contains, what we say, what to do. The first that fits.
_WORDS = (
    ("expected ',' or '}'", "a comma or a closing brace is missing before this", _QUOTE),
    ("expected ',' or ']'", "a comma or a closing bracket is missing before this", _QUOTE),
    ("'-' indicator", "this doesn't line up with the list above it", "Check the indentation."),
    ("expected <block end>", "this doesn't line up with what stands above", "Check the indentation."),
    ("did not find expected key", "this doesn't line up with what stands above", "Check the indentation."),
    ("sequence entries are not allowed", "a list can't begin here", "Begin it on the next line."),
    ("mapping keys are not allowed", "a text can't begin with a question mark", "Quote it."),
    ("find expected ':'", "this line has no colon, and a key needs one", _QUOTE),
    ("a block scalar", "this can't stand behind `|` or `>`", "Begin the text on the next line."),
    ("cannot start any token", "a text can't begin with this character", "Quote it."),
    ("scanning an alias", "a text can't begin with this character", "Quote it."),
    ("scanning an anchor", "a text can't begin with this character", "Quote it."),
    ("parsing a flow node", "something is missing before this", _QUOTE),
)  # fmt: skip


def explain(error: Exception, source: Source, diagnostics: Diagnostics) -> int:
    """Report the complaint in our words. Returns the offset of the mistake, for ``section_at``."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    if mark is None:
        # An escape beyond Unicode, to the slow parser; what its reader refuses is replaced before.
        diagnostics.error("LF008", Span(source.path, 1, 1, 1, 1), f"this is not YAML: {problem}")
        return 0
    at = _offset(source, mark)
    context_mark = getattr(error, "context_mark", None)
    began = at if context_mark is None else _offset(source, context_mark)
    context = str(getattr(error, "context", None) or "")
    if "\t" in source.text[at : at + 1] or "tab" in problem:
        _report_tabs(source, at, diagnostics)
        return at
    said = _complaint(source.text, at, began, f"{context}: {problem}")
    line = (source.path, source.place(said.at)[0])
    before = {d.code for d in diagnostics.found if (d.span.path, d.span.line) == line}
    if not before.intersection(_ALONE):
        related = []
        if said.began is not None and said.began != said.at:
            related.append(Related(source.span(said.began, said.began + 1), "it began here"))
        end = said.at + 1 if source.text[said.at : said.at + 1].strip() else said.at
        diagnostics.error(said.code, source.span(said.at, end), said.message, said.hint, *related)
    return said.section


def _complaint(text: str, at: int, began: int, words: str) -> _Complaint:
    if "simple key" in words:
        at = began  # the parser noticed later
    here = text[at : at + 1]
    line_start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    line = text[line_start:at]
    if "nesting depth" in words:
        # libyaml looks ahead, and since 0.2.6 refuses 1,000 levels before anybody sees the first.
        return _Complaint(at, at, TOO_DEEP, code="LF015")
    if "quoted scalar" in words:
        return _in_quotes(text, at, began, words)
    if "flow" in words:
        return _in_flow(text, at, began, words, line_start)
    if "directive" in words:
        return _Complaint(line_start, at, "a YAML directive", "Take it out.", "LF026")
    if here == ":" and not line.strip(" -"):
        return _Complaint(at, at, "a key is missing before this colon", code="LF018")
    if here and here in "]}":
        return _Complaint(at, at, "this closes nothing", _QUOTE)
    if "mapping values are not allowed" in words:
        signature = _SIGNATURE.match(text, line_start)
        if signature:
            hint = f"Quote it: '{shortened(signature[1], 300)}'"
            return _Complaint(at, at, "a key with a colon in it must be quoted", hint)
        if ": " in line:
            below = text[at + 1 : at + 2] in ("\n", "\r")
            return _Complaint(at, at, "a second colon on this line", _BELOW if below else _QUOTE)
        hint = "Does the line above lack a colon? Is this line indented too far?"
        return _Complaint(at, at, "a key can't stand here", hint)
    if line.rstrip()[-1:] in ("'", '"') and ("expected key" in words or "block end" in words):
        hint = "Quote all of the text. A quote inside single quotes is written twice."
        return _Complaint(at, at, "this stands behind the closing quote", hint)
    if "find expected ':'" in words and _GLUED.match(text, line_start):
        return _Complaint(at, at, "a colon needs a space behind it", "Write `key: value`.")
    return _in_words(at, at, words)


def _in_words(at: int, section: int, words: str) -> _Complaint:
    for theirs, ours, cure in _WORDS:
        if theirs in words:
            return _Complaint(at, section, ours, cure)
    return _Complaint(at, section, f"this is not YAML: {words.removeprefix(': ')}")


def _in_quotes(text: str, at: int, began: int, words: str) -> _Complaint:
    if "end of stream" in words or "document" in words:
        return _Complaint(began, began, "this quote is never closed", "Close it.")
    hint = "Write `\\\\` for a backslash, or use single quotes."
    backslash = max(text.rfind("\\", began, at + 1), began)
    return _Complaint(backslash, began, "there is no such escape in a double-quoted text", hint)


def _in_flow(text: str, at: int, began: int, words: str, line_start: int) -> _Complaint:
    """Something in braces or brackets. Mostly it is a text that should be quoted."""
    here = text[at : at + 1]
    if line_start > began and (not here or not text[line_start : line_start + 1].isspace()):
        # The next section has begun.
        kind = "brace" if text[began] == "{" else "bracket"
        return _Complaint(began, began, f"this {kind} is never closed", f"Close it. {_QUOTE}")
    call = _cut_call(text, began, at)
    if call is not None:
        start, end = call
        whole = text[start:end]
        quoted = "'" + whole.replace("'", "''") + "'"
        message = "YAML ended the text at a comma in it"
        return _Complaint(at, began, message, f"Quote it: {quoted}", "LF017", start)
    if here == ":":
        if text[line_start:at].rstrip()[-1:] in ("", "{", "[", ","):
            return _Complaint(at, began, "a key is missing before this colon", code="LF018")
        return _Complaint(at, began, "a second colon in this text", _QUOTE)
    if here and here in "[{":
        message = "YAML ended the text before this bracket"
        return _Complaint(at, began, message, "Quote the whole text.", began=began)
    said = _in_words(at, began, words)
    said.began = began
    return said


def _cut_call(text: str, began: int, at: int) -> tuple[int, int] | None:
    """Where the text with a call stands that YAML has cut before ``at``, in the braces or brackets that
    begin at ``began``: ``{do: f(a, "b")}``."""
    depth, opened = 0, None
    for index in range(began, min(at, began + _LONG_CALL)):
        if text[index] == "(":
            depth, opened = depth + 1, index if depth == 0 else opened
        elif text[index] == ")":
            depth = max(depth - 1, 0)
    if depth == 0 or opened is None:
        return None
    start = max(text.rfind(mark, began, opened) + len(mark) for mark in (": ", ", ", "[", "{"))
    depth = 0
    for index in range(opened, min(len(text), opened + _LONG_CALL)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return start, index + 1
    return None


def _offset(source: Source, mark: Any) -> int:
    line: int = min(mark.line, len(source.line_starts) - 1)
    return min(source.line_starts[line] + int(mark.column), len(source.text))


def _report_tabs(source: Source, at: int, diagnostics: Diagnostics) -> None:
    """Every line that is indented by a tab: who has one has many."""
    line = source.place(at)[0]
    found = [
        source.span(match.start() + match[0].index("\t"), match.end())
        for match in _INDENTED_BY_TAB.finditer(source.text)
    ]
    if not any(span.line == line for span in found):
        found.append(source.span(at, at + 1))
    for span in found:
        diagnostics.error(
            "LF009",
            span,
            "a tab stands in the indentation, and YAML wants spaces",
            "Let the editor turn tabs into spaces.",
        )


def section_at(text: str, at: int) -> tuple[int, int] | None:
    """Start and end of the section, from one key at the margin to the next, that holds the offset."""
    starts = [match.start() for match in _SECTION.finditer(text)]
    before = [start for start in starts if start <= at]
    if not before:
        return None
    behind = [start for start in starts if start > at]
    return before[-1], behind[0] if behind else len(text)
