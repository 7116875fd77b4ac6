"""Texts in lines of a known width. Knows characters only."""

from __future__ import annotations

from collections.abc import Iterator

from ..report import width as columns

__all__ = ["columns", "wrapped"]


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in lines of at most ``width`` columns (at least 8), broken at spaces where there are
    any. Indentation is given up; an empty text is one empty line."""
    width = max(width, 8)
    line = ""
    for word in text.split(" "):
        while columns(word) > width:
            if line:
                yield line
                line = ""
            head = _fit(word, width)
            yield head
            word = word[len(head) :]
        joined = f"{line} {word}" if line else word
        if columns(joined) <= width:
            line = joined
        else:
            yield line
            line = word
    yield line


def _fit(word: str, width: int) -> str:
    taken = 0
    for index, character in enumerate(word):
        taken += columns(character)
        if taken > width:
            return word[:index]
    return word
