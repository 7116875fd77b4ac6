"""Lines of Python source, indented. Knows nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

INDENT = "    "


class Lines:
    """Source being written, line by line; ``depth`` counts indentations of four."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.written: list[str] = []

    def add(self, line: str) -> None:
        self.written.append(INDENT * self.depth + line if line else "")

    def extend(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.add(line)

    def raw(self, lines: Iterable[str]) -> None:
        """Add lines that are indented already."""
        self.written.extend(lines)

    @contextmanager
    def indented(self, head: str) -> Iterator[None]:
        """A compound statement; an empty body becomes ``pass``."""
        self.add(head)
        self.depth += 1
        size = len(self.written)
        yield
        if not any(not line.lstrip().startswith("#") for line in self.written[size:]):
            self.add("pass")
        self.depth -= 1

    @property
    def indent(self) -> str:
        return INDENT * self.depth

    def text(self) -> str:
        return "\n".join(self.written)
