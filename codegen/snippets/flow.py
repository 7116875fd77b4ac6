"""What is known at one point of a snippet's flow: which locals are set, what isn't None, whose a
collection is.

Knows types and paths; knows nothing of syntax or of declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..diagnostics import Span
from ..types import Type, join
from .environment import Knowledge, Owner, Path


@dataclass
class Facts:
    """``bound`` are the locals that are certainly set and ``maybe`` those set on some ways here, with
    their declared types. ``narrowed`` are the types that paths such as ``("task", "coming_from")`` have
    here. ``owners`` tell whose collection a local is. ``asked`` is what was recommended on every way
    here. ``dead`` tells that no way leads here."""

    bound: dict[str, Type] = field(default_factory=dict)
    maybe: dict[str, Type] = field(default_factory=dict)
    narrowed: dict[Path, Type] = field(default_factory=dict)
    owners: dict[str, Owner] = field(default_factory=dict)
    asked: dict[Path, tuple[str, Span]] = field(default_factory=dict)
    dead: bool = False

    def copy(self) -> Facts:
        return Facts(
            dict(self.bound),
            dict(self.maybe),
            dict(self.narrowed),
            dict(self.owners),
            dict(self.asked),
            self.dead,
        )

    def knowledge(self, more: Mapping[Path, Type] | None = None) -> Knowledge:
        """What the next snippet may rely on."""
        return Knowledge({**self.narrowed, **(more or {})}, dict(self.owners), dict(self.asked))

    def learn(self, narrowed: Mapping[Path, Type]) -> Facts:
        """A copy in which ``narrowed`` holds too."""
        facts = self.copy()
        facts.narrowed.update(narrowed)
        return facts

    def forget_root(self, name: str) -> None:
        """The local or context value ``name`` is another one now."""
        for path in [p for p in self.narrowed if p[0] == name]:
            del self.narrowed[path]
        for path in [p for p in self.asked if p[0] == name]:
            del self.asked[path]

    def forget_attribute(self, name: str) -> None:
        """A field called ``name`` was written, of whichever entity."""
        for path in [p for p in self.narrowed if name in p[1:]]:
            del self.narrowed[path]
        for path in [p for p in self.asked if name in p[1:]]:
            del self.asked[path]

    def forget(self, names: Iterable[str]) -> None:
        """Locals, context values and fields of these names may be others now."""
        for name in names:
            self.forget_root(name)
            self.forget_attribute(name)


def merge(facts: Iterable[Facts]) -> Facts:
    """What is known where several ways meet; dead ways count for nothing."""
    living = [f for f in facts if not f.dead]
    if not living:
        return Facts(dead=True)
    merged = living[0].copy()
    for other in living[1:]:
        _meet(merged, other)
    return merged


def _meet(merged: Facts, other: Facts) -> None:
    for name in [n for n in merged.bound if n not in other.bound]:
        merged.maybe[name] = merged.bound.pop(name)
    for name, type_ in (*other.maybe.items(), *other.bound.items()):
        if name not in merged.bound:
            merged.maybe.setdefault(name, type_)
    merged.narrowed = meet(merged.narrowed, other.narrowed)
    for name, owner in other.owners.items():
        if name not in merged.owners or owner.read_only:
            merged.owners[name] = owner
    merged.asked = {p: a for p, a in merged.asked.items() if other.asked.get(p, ("",))[0] == a[0]}


def meet(one: Mapping[Path, Type], other: Mapping[Path, Type]) -> dict[Path, Type]:
    """The narrowings that hold in both."""
    met = {}
    for path, type_ in one.items():
        if path in other:
            joined = join(type_, other[path])
            if joined is not None:
                met[path] = joined
    return met
