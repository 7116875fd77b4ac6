"""Markdown: tables, and texts that stay texts.

Knows characters only. A text can't leave its cell, become markup or a link, or turn letters around.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .plain import tamed


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; without rows an empty text."""
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    return "\n".join(lines) if len(lines) > 2 else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def prose(text: str) -> str:
    """Text as text, on one line: whatever Markdown or HTML would read is escaped."""
    plain = tamed(text).strip().replace("&", "&amp;")
    escaped = re.sub(r"([\\`*_{}\[\]#|~!>])", r"\\\1", plain).replace("<", "&lt;")
    # At its beginning these would make a list, and a line of dashes more than that.
    escaped = re.sub(r"^([-+=]|\d+(?=[.)]))", _begin, escaped)
    # An address would become a link.
    return escaped.replace("://", ":&#47;/").replace("www.", "www&#46;").replace("@", "&#64;")


def _begin(found: re.Match[str]) -> str:
    return f"&#{ord(found[0][0])};{found[0][1:]}"


def code(text: str, *, indent: bool = False) -> str:
    """Text as code on one line, with a fence longer than any run of backticks in it; a bar would end
    the cell. With ``indent`` its leading spaces are kept."""
    text = tamed(text)
    plain = text.strip(" ")
    if not plain:
        return ""
    depth = len(text) - len(text.lstrip(" ")) if indent else 0
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    padding = " " if plain.startswith("`") or plain.endswith("`") else ""
    # In a table GitHub takes \| inside code for a bar.
    inner = plain.replace("|", "\\|")
    return f"{'&nbsp;' * depth}{fence}{padding}{inner}{padding}{fence}"


def statements(lines: Iterable[str]) -> str:
    """Lines of code in one cell; the leading spaces of a nested statement are kept."""
    return "<br>".join(code(line, indent=True) for line in lines)
