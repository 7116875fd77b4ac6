"""A spec as facts: what is compared, one by one.

A fact has a path (``event``, ``Add``, ``field``, ``url``); what stands below a fact that is on one side
only is not told again. Knows places and words; ``declared.py`` and ``behaviour.py`` know the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..diagnostics import Span
from .alpha import Said

Effect: TypeAlias = Literal["callers", "histories", "behaviour"]
"""What a difference does: it breaks code that uses the machine, or recorded histories, or the machine
behaves in another way. One that does nothing of that is compatible."""

Effects: TypeAlias = frozenset[Effect]
Path: TypeAlias = tuple[str, ...]

COMPATIBLE: Effects = frozenset()
CALLERS: Effects = frozenset({"callers"})
HISTORIES: Effects = frozenset({"histories"})
BEHAVIOUR: Effects = frozenset({"behaviour"})
BOTH: Effects = CALLERS | HISTORIES


THERE = Said("there")
"""What is known of a thing that is compared part by part."""


@dataclass(frozen=True)
class Rule:
    """What it does when the fact is on the new side only, on the old side only, or another one on each.
    ``changed`` may look at both."""

    added: Effects
    removed: Effects
    changed: Effects | Callable[[Fact, Fact], Effects] = COMPATIBLE

    def change(self, old: Fact, new: Fact) -> Effects:
        return self.changed(old, new) if callable(self.changed) else self.changed


@dataclass(frozen=True)
class CaseView:
    """A case of a cell or of a transition: its parts, by what they are called, and the procedures that they
    call."""

    parts: tuple[tuple[str, Said], ...]
    span: Span = field(compare=False)
    calls: frozenset[str] = field(default=frozenset(), compare=False)

    def part(self, name: str) -> Said:
        return dict(self.parts)[name]


@dataclass(frozen=True)
class Fact:
    """``about`` and ``what`` name it in words (``event Add``, ``field url``; the second is empty for
    the thing itself); of a pair ``about`` is the entity, ``start`` and ``request`` the rest. ``cases`` are there for cells and transitions. ``mutual``: it says something only
    where both sides have it. ``order``: ``names`` are compared by their order, those that both have.
    ``data`` is what the rule looks at. ``calls`` are the procedures that it calls itself, cases aside."""

    path: Path
    about: str
    what: str
    value: Said
    span: Span
    rule: Rule
    cases: tuple[CaseView, ...] = ()
    mutual: bool = False
    order: bool = False
    names: tuple[str, ...] = ()
    data: object = None
    start: str = ""
    request: str = ""
    calls: frozenset[str] = frozenset()


Facts: TypeAlias = dict[Path, Fact]


class Collector:
    """Facts as they are found."""

    def __init__(self) -> None:
        self.facts: Facts = {}

    def add(self, fact: Fact) -> None:
        self.facts[fact.path] = fact

    def thing(self, path: Path, about: str, span: Span, rule: Rule, what: str = "") -> None:
        """That something is there at all."""
        self.add(Fact(path, about, what, THERE, span, rule))
