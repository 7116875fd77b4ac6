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
        """A compound statement; one that holds nothing but a comment gets a ``pass``."""
        self.add(head)
        self.depth += 1
        size = len(self.written)
        yield
        body = self.written[size:]
        if not body:
            self.add("pass")
        elif all(line.lstrip().startswith("#") for line in body):
            last = self.written.pop()
            self.add(f"pass  {last.lstrip()}")
        self.depth -= 1

    @property
    def begins_branch(self) -> bool:
        """Whether a branch has just been opened: an ``if`` alone in another is better one with ``and``."""
        heads = (line.lstrip() for line in reversed(self.written))
        last = next((line for line in heads if not line.startswith(("#", "HITS["))), "")
        return last.startswith(("if ", "elif ", "else:")) and last.endswith(":")

    @property
    def indent(self) -> str:
        return INDENT * self.depth

    def text(self) -> str:
        return "\n".join(self.written)
