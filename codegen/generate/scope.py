"""What rendering one function keeps in mind: the names in use, the types of locals, the mode.

Knows names and types; knows nothing of what is rendered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..types import Type
from .annotations import annotation, contains_unknown


@dataclass
class Names:
    """Hands out names, each once: the first who asks for ``file`` gets it, the next gets ``file_2``."""

    taken: set[str] = field(default_factory=set)

    def new(self, wish: str) -> str:
        name, n = wish, 2
        while name in self.taken:
            name, n = f"{wish}_{n}", n + 1
        self.taken.add(name)
        return name


@dataclass
class Scope:
    """One function of the generated machine.

    ``bound`` maps each local of the spec to its Python name and type as far as it is bound. ``hints``
    are the full types of locals that begin as empty displays. ``pure`` is where nothing may change, so
    that a default map is only looked at. ``strict`` is where two different requests for one entity are
    an error. ``plain_sets`` are locals of which there are the elements alone. ``stimulus_id`` is the expression for the cause. ``inlined`` is in the middle of another
    function, whose names are taken.
    """

    stimulus_id: str = "stimulus_id"
    pure: bool = False
    strict: bool = False
    returns_results: bool = True
    names: Names = field(default_factory=Names)
    bound: dict[str, tuple[str, Type]] = field(default_factory=dict)
    hints: Mapping[str, Type] = field(default_factory=dict)
    self_name: str = "self"
    inlined: bool = False
    plain_sets: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.names.taken |= {
            "self",
            "event",
            "start",
            "stimulus_id",
            "recommendations",
            "instructions",
        }

    def inside(self, hints: Mapping[str, Type], plain_sets: frozenset[str]) -> Scope:
        """The scope of a procedure that is written out here: locals of its own, among the same names."""
        inner = Scope(
            self.stimulus_id,
            strict=self.strict,
            names=self.names,
            hints=hints,
            self_name=self.self_name,
            inlined=True,
            plain_sets=plain_sets,
        )
        inner._annotated = self._annotated
        return inner

    def reserve(self, names: Iterable[str]) -> None:
        """Keep the names of the spec free from being handed out as helpers of our own."""
        self.names.taken |= set(names)

    def bind(self, name: str, type_: Type, python: str | None = None) -> str:
        """Bind a local that surely has this name: a parameter, the subject."""
        self.bound[name] = (python or name, type_)
        self.names.taken.add(python or name)
        return python or name

    def local(self, name: str) -> str:
        """The Python name of a local of the spec."""
        found = self.bound.get(name)
        return name if found is None else found[0]

    def full_type(self, name: str, type_: Type) -> Type:
        """The type of a local, completed by what is known of its later use."""
        return self.hints.get(name, type_) if contains_unknown(type_) else type_

    def assign(self, name: str, type_: Type) -> tuple[str, bool]:
        """Bind a local that is assigned here. Its Python name, and whether it is new in the function.

        A local that comes again with another type, in another cell for instance, gets another name:
        a function of Python knows one type a name.
        """
        known = self.bound.get(name)
        if known is not None and _same(known[1], type_):
            return known[0], False
        for other in self._earlier.get(name, ()):
            if _same(other[1], type_):
                self.bound[name] = other
                return other[0], False
        first = name not in self._earlier and known is None
        python = name if first and not self.inlined else self.names.new(name)
        self.names.taken.add(python)
        self.bound[name] = (python, type_)
        self._earlier.setdefault(name, []).append((python, type_))
        return python, True

    _earlier: dict[str, list[tuple[str, Type]]] = field(default_factory=dict)

    def annotated(self, name: str, annotation: str) -> str:
        """The left side of an assignment to a variable: with its annotation where it is first given a
        value. A checker of types takes a second annotation in one function for a second variable."""
        if name in self._annotated:
            return name
        self._annotated.add(name)
        return f"{name}: {annotation}"

    _annotated: set[str] = field(default_factory=set)

    def leave(self, before: Mapping[str, tuple[str, Type]]) -> None:
        """Forget what was bound since ``before``, a copy of ``bound``: a cell's locals end with it."""
        self.bound = dict(before)


def _same(a: Type, b: Type) -> bool:
    return a == b or annotation(a) == annotation(b)
