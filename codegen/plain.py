"""Foreign text made harmless: nothing that a spec says reaches a terminal or a log as a command.

Knows characters only.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UNSEEN = (
    "\x7f-\x9f"  # DEL and C1
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# The two joiners U+200C and U+200D aren't among them: some scripts and many emoji need them.
_INVISIBLE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_UNSEEN}]")
_DANGEROUS = re.compile(f"[\x00-\x1f{_UNSEEN}]")


def find_invisible(text: str, start: int = 0) -> re.Match[str] | None:
    """The first character that draws nothing, reorders the text or commands a terminal. Tabs and
    the ends of lines are no such characters here."""
    return _INVISIBLE.search(text, start)


def spelled(character: str) -> str:
    """A character by its number, and its name if it has one: ``U+200B (ZERO WIDTH SPACE)``."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def one_line(text: str) -> str:
    """The text with every dangerous character, line ends too, spelled out as an escape."""
    return _DANGEROUS.sub(lambda found: _escape(found[0]), text)


@lru_cache(maxsize=10_000)  # the same names come again and again
def tamed(text: str) -> str:
    """The text on one line with single spaces (but for those that it begins with), every dangerous
    character spelled out."""
    indentation = len(text) - len(text.lstrip(" "))
    return " " * indentation + one_line(" ".join(text.split()))


def shortened(text: str, limit: int = 60) -> str:
    """The text, cut with an ellipsis where it is longer than ``limit`` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _escape(character: str) -> str:
    number = ord(character)
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
