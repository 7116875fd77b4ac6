"""Values as ``marshal`` writes them in its version 2, read without trusting whoever wrote them.

``marshal.loads`` is not meant for data that somebody may have made up. This is the part of the format
that recordings use: numbers, texts, bytes, and collections of those. Knows nothing of recordings.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

DEEPEST = 100  # collections inside each other
LONGEST = 1 << 16  # digits of 15 bits

_INT = struct.Struct("<i")
_FLOAT = struct.Struct("<d")


class Undecodable(Exception):
    """What stands there is no value. ``place`` is where, in bytes from the start of the data."""

    def __init__(self, place: int, problem: str) -> None:
        super().__init__(f"byte {place}: {problem}")
        self.place = place
        self.problem = problem


class Decoder:
    """Reads one value after the other from ``data``; ``place`` is where the next begins."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data = data
        self.place = place
        self._depth = 0

    def value(self) -> Any:
        """The next value; ``Undecodable`` if there is none."""
        start = self.place
        read = _READERS.get(self._take(1))
        if read is None:
            raise Undecodable(start, "no value begins here")
        self._depth += 1
        if self._depth > DEEPEST:
            raise Undecodable(start, f"more than {DEEPEST} collections inside each other")
        found = read(self)
        self._depth -= 1
        return found

    def _take(self, size: int) -> bytes:
        start, end = self.place, self.place + size
        if size < 0 or end > len(self.data):
            raise Undecodable(start, "a value is cut off")
        self.place = end
        return self.data[start:end]

    def _int(self) -> int:
        found: int = _INT.unpack(self._take(4))[0]
        return found

    def _size(self) -> int:
        """The number of things that follow, each of at least a byte."""
        start, size = self.place, self._int()
        if not 0 <= size <= len(self.data) - self.place:
            raise Undecodable(start, f"{size} things can't follow")
        return size

    def _long(self) -> int:
        start, digits = self.place, self._int()
        if abs(digits) > LONGEST:
            raise Undecodable(start, "a number is too long")
        data = self._take(2 * abs(digits))
        number = 0
        for digit in reversed(struct.unpack(f"<{abs(digits)}H", data)):
            number = number << 15 | digit & 0x7FFF
        return -number if digits < 0 else number

    def _float(self) -> float:
        found: float = _FLOAT.unpack(self._take(8))[0]
        return found

    def _text(self) -> str:
        start = self.place
        try:
            return self._take(self._size()).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise Undecodable(start, "a text is not UTF-8") from None

    def _bytes(self) -> bytes:
        return self._take(self._size())

    def _list(self) -> list[Any]:
        return [self.value() for _ in range(self._size())]

    def _tuple(self) -> tuple[Any, ...]:
        return tuple([self.value() for _ in range(self._size())])

    def _dict(self) -> dict[Any, Any]:
        found = {}
        while self.data[self.place : self.place + 1] != b"0":
            start, key = self.place, self.value()
            try:
                found[key] = self.value()
            except TypeError:
                raise Undecodable(start, "a key is a collection that can change") from None
        self.place += 1
        return found


_READERS: dict[bytes, Callable[[Decoder], Any]] = {
    b"N": lambda _: None,
    b"T": lambda _: True,
    b"F": lambda _: False,
    b"i": Decoder._int,
    b"l": Decoder._long,
    b"g": Decoder._float,
    b"u": Decoder._text,
    b"s": Decoder._bytes,
    b"[": Decoder._list,
    b"(": Decoder._tuple,
    b"{": Decoder._dict,
}
