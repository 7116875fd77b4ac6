"""Where two specs differ in meaning: asked about by whoever shows it in a place of its own, such as a picture.

Knows facts, and how they are compared; ``lawful diff`` tells the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checked import CheckedSpec
from .differences import aligned, facts_of, is_another
from .facts import CaseView, Fact, Facts, Path


@dataclass(frozen=True)
class Changes:
    """``touched`` are the paths of all facts that one side lacks or that differ, and those of what holds them."""

    touched: frozenset[Path]
    old: Facts
    new: Facts

    def has(self, *path: str) -> bool:
        """Whether anything at this path, or below it, differs."""
        return path in self.touched

    def cases(self, entity: str, start: str, request: str) -> dict[int, tuple[int | None, bool]]:
        """Of each case of a pair in the new spec, counted from 0: which case of the old one it is, None for
        none, and whether the two are the same."""
        path = ("pair", entity, start, request, "cases")
        was, now = _cases(self.old.get(path)), _cases(self.new.get(path))
        return {
            new: (old, old is not None and was[old] == now[new])
            for old, new in aligned(was, now)
            if new is not None
        }


def _cases(fact: Fact | None) -> tuple[CaseView, ...]:
    return fact.cases if fact is not None else ()


def changes(old: CheckedSpec, new: CheckedSpec) -> Changes:
    """Where the meaning of ``new`` is another than that of ``old``."""
    before, after = facts_of(old), facts_of(new)
    paths = (path for path in {**before, **after} if is_another(before.get(path), after.get(path)))
    touched = {path[:end] for path in paths for end in range(1, len(path) + 1)}
    return Changes(frozenset(touched), before, after)
