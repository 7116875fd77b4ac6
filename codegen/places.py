"""Where each character of a YAML scalar stands in the file, for each style of scalar.

Knows how YAML folds lines, reads escapes and strips indentation. Each function gives the characters
of the value with the offset that each came from.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from .source import Source

Located: TypeAlias = list[tuple[str, int]]

_BREAKS = "\r\n"
_BLANKS = " \t"
_ESCAPES = {
    "0": "\0", "a": "\x07", "b": "\x08", "t": "\t", "\t": "\t", "n": "\n", "v": "\x0b",
    "f": "\x0c", "r": "\r", "e": "\x1b", " ": " ", '"': '"', "'": "'", "/": "/", "\\": "\\",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX = {"x": 2, "u": 4, "U": 8}
_HEADER = re.compile(r"[|>](?P<marks>[-+0-9]*)[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n|\Z)")
_MAX_INDENT = 200


def place_map(
    source: Source, value: str, style: str | None, start: int, end: int
) -> tuple[tuple[int, int], ...]:
    """Line and column of each character of ``value``, a scalar that stands from ``start`` to ``end`` in
    the source, and of its end. Where the value can't be followed, all are the place of its start."""
    text = source.text
    if style in ("|", ">"):
        located = block(text, value, start, end)
    elif style in ("'", '"'):
        located = flow(text, start + 1, end - 1, style)
    else:
        located = flow(text, start, end, "")
    if "".join(character for character, _ in located) != value:
        return (source.place(start),) * (len(value) + 1)
    if not located:
        return (source.place(start + 1 if style in ("'", '"') else start),)
    places = tuple(source.place(at) for _, at in located)
    if style in ("|", ">"):
        line, column = places[-1]
        return (*places, (line, column + 1))
    return (*places, source.place(end - 1 if style else end))


def flow(text: str, start: int, end: int, style: str) -> Located:
    """A plain scalar (style ``""``) or the inside of a quoted one."""
    out: Located = []
    at = start
    while at < end:
        in_break = False
        while at < end and text[at] not in " \t\r\n":
            if style == "'" and text[at] == "'":
                out.append(("'", at))
                at += 2
            elif style == '"' and text[at] == "\\":
                if text[at + 1 : at + 2] in ("\r", "\n"):
                    at = _after_break(text, at + 1)
                    in_break = True
                    break
                character, after = _escape(text, at)
                out.append((character, at))
                at = after
            else:
                out.append((text[at], at))
                at += 1
        at = _fold(text, at, end, in_break, out)
    return out


def _fold(text: str, at: int, end: int, in_break: bool, out: Located) -> int:
    """Blanks and line ends between words: one line end is a space, more are one fewer."""
    blanks: Located = []
    first: int | None = None
    more: Located = []
    while at < end and text[at] in " \t\r\n":
        if text[at] in _BLANKS:
            if not in_break:
                blanks.append((text[at], at))
            at += 1
            continue
        if in_break:
            more.append(("\n", at))
        else:
            in_break, first = True, at
        at = _after_break(text, at)
    if not in_break:
        out.extend(blanks)
    elif more or first is None:
        out.extend(more)
    else:
        out.append((" ", first))
    return at


def _after_break(text: str, at: int) -> int:
    return at + 2 if text[at : at + 2] == "\r\n" else at + 1


def _escape(text: str, at: int) -> tuple[str, int]:
    """The character that the backslash at ``at`` begins, and the offset behind it."""
    mark = text[at + 1 : at + 2]
    if mark in _HEX:
        after = at + 2 + _HEX[mark]
        try:
            return chr(int(text[at + 2 : after], 16)), after
        except (ValueError, OverflowError):
            return "", after
    return _ESCAPES.get(mark, ""), at + 2


def block(text: str, value: str, start: int, end: int) -> Located:
    """A literal (``|``) or folded (``>``) scalar. How deep it is indented depends on what stands around
    it; it is the first depth that gives the value."""
    header = _HEADER.match(text, start)
    if header is None:
        return []
    marks = header["marks"]
    chomping = next((mark for mark in marks if mark in "+-"), "")
    folded = text[start] == ">"
    body = header.end()
    given = next((int(mark) for mark in marks if mark.isdigit()), 0)
    depths = [*([] if given else [_first_depth(text, body)]), *range(max(given, 1), _MAX_INDENT)]
    for depth in depths:
        located = _block_at(text, body, end, depth, chomping, folded)
        if len(located) == len(value) and "".join(c for c, _ in located) == value:
            return located
    return []


def _first_depth(text: str, at: int) -> int:
    depth = 0
    while True:
        begin = at
        while text[at : at + 1] == " ":
            at += 1
        depth = max(depth, at - begin)
        if text[at : at + 1] not in ("\r", "\n"):
            return max(depth, 1)
        at = _after_break(text, at)


def _block_at(text: str, at: int, end: int, depth: int, chomping: str, folded: bool) -> Located:
    out: Located = []
    last: Located = []  # the line end behind the last line
    at, more = _empty_lines(text, at, end, depth)
    began_blank = False
    while at < end and _column(text, at) == depth:
        begins_blank = text[at] in _BLANKS
        if folded and last and not began_blank and not begins_blank:
            if not more:
                out.append((" ", last[0][1]))
        else:
            out += last
        out += more
        began_blank = begins_blank
        while at < len(text) and text[at] not in _BREAKS:
            out.append((text[at], at))
            at += 1
        last = []
        if at < len(text):
            last = [("\n", at)]
            at = _after_break(text, at)
        at, more = _empty_lines(text, at, end, depth)
    if chomping != "-":
        out += last
    if chomping == "+":
        out += more
    return out


def _empty_lines(text: str, at: int, end: int, depth: int) -> tuple[int, Located]:
    """Skip the indentation, and lines with nothing in them; these are line ends of the value."""
    found: Located = []
    while True:
        column = 0
        while column < depth and text[at : at + 1] == " ":
            at += 1
            column += 1
        if at >= len(text) or text[at] not in _BREAKS:
            return at, found
        found.append(("\n", at))
        at = _after_break(text, at)


def _column(text: str, at: int) -> int:
    begin = at
    while begin > 0 and text[begin - 1] not in _BREAKS:
        begin -= 1
    return at - begin
