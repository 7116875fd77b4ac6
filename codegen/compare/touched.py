"""Where two specs differ in meaning: asked about by whoever shows it in a place of its own, such as a picture.

Knows facts, and how they are compared; ``lawful diff`` tells the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..checked import CheckedSpec
from .differences import aligned, facts_of, is_another
from .facts import CaseView, Fact, Facts, Path


@dataclass(frozen=True)
class Changes:
    """``touched`` are the paths of all facts that one side lacks or that differ, and those of what holds
    them. ``behind`` has, by the name of each procedure of the new spec, which changed ones it comes to:
    itself, or those that it calls, directly or through others."""

    touched: frozenset[Path]
    old: Facts
    new: Facts
    behind: Mapping[str, frozenset[str]]

    def has(self, *path: str) -> bool:
        """Whether anything at this path, or below it, differs."""
        return path in self.touched

    def called(self, *path: str) -> frozenset[str]:
        """The changed procedures that what is at this path calls, directly or through others."""
        fact = self.new.get(path)
        return frozenset() if fact is None else self._behind(fact.calls)

    def case_calls(self, *path: str) -> tuple[frozenset[str], ...]:
        """The same of each of the cases at this path."""
        return tuple(self._behind(case.calls) for case in _cases(self.new.get(path)))

    def _behind(self, calls: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self.behind[name] for name in calls))

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
    touched = frozenset(path[:end] for path in paths for end in range(1, len(path) + 1))
    known = old.procedures.keys() & new.procedures.keys()
    another = {name for name in known if ("procedure", name) in touched}
    behind: dict[str, frozenset[str]] = {}

    def found(name: str) -> frozenset[str]:
        if name not in behind:
            calls = after["procedure", name, "body"].calls
            behind[name] = frozenset({name} & another).union(*map(found, calls))
        return behind[name]

    for name in new.procedures:
        found(name)
    return Changes(touched, before, after, behind)
