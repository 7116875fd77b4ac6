"""Giving locals their values: the names of an assignment, a loop and a comprehension.

Knows the rules of shadowing and the types of locals; knows nothing of the statements around.
"""

from __future__ import annotations

import ast

from ..reserved import LOCALS
from ..types import (
    UNKNOWN,
    IterType,
    TupleType,
    Type,
    Unknown,
    bare,
    is_hashable,
)
from .environment import Owner
from .names import Names
from .session import a, is_mutable, sentence


class Binding(Names):
    """Binding of locals."""

    def bindable(self, node: ast.Name, *, loop: bool = False) -> bool:
        """Whether ``node`` may be a local; reports what it would shadow."""
        name = node.id
        if name in self.around.fixed:
            what = "loop variable" if loop else "local"
            self.error(
                "LF352",
                node,
                f'"{name}" has its value from outside this snippet and keeps it.',
                f"Give the {what} another name.",
            )
            return False
        if not name.islower():
            self.error("LF304", node, f'A local is written in small letters, unlike "{name}".')
            return False
        meaning = self.meaning(name)
        if meaning is None and name in LOCALS:
            meaning = "a word that generated code needs"
        if meaning is not None:
            self.error(
                "LF352",
                node,
                f'A local can\'t be called "{name}": that is {meaning}.',
                "Give the local another name.",
            )
            return False
        return True

    def bind(self, node: ast.Name, type_: Type, owner: Owner | None, *, alone: bool = True) -> Type:
        """The local ``node`` has a value of ``type_`` now; the type it is declared with. ``alone``: it
        was given it on purpose, so somebody should read it; a loop has to name its variables."""
        name, span = node.id, self.span(node)
        if isinstance(type_, IterType):
            self.error(
                "LF393",
                node,
                "What a loop walks over once can't be kept in a local.",
                "Make a list of it: `list(…)`.",
            )
            type_ = UNKNOWN
        declared = self.types.bind(name, type_, span)
        if declared is None:
            before = self.types.known[name]
            place = self.types.places[name]
            self.error(
                "LF388",
                node,
                f'"{name}" is {a(type_)} here and {a(before)} in line {place.line}; '
                "a local has one type.",
                "Use two names.",
            )
            declared = UNKNOWN
        facts = self.facts
        facts.forget_root(name)
        facts.bound[name] = declared
        facts.maybe.pop(name, None)
        if type_ != declared and not isinstance(type_, Unknown):
            facts.narrowed[(name,)] = type_
        facts.owners.pop(name, None)
        if owner is not None and (is_mutable(type_) or not is_hashable(type_)):
            facts.owners[name] = owner
        if alone:
            self.assigned.setdefault(name, span)
        return declared

    def targets(
        self, node: ast.expr, item: Type, owner: Owner | None, *, comprehension: bool = False
    ) -> tuple[str, ...]:
        """Bind the name or names of a loop to one round's value."""
        nodes = node.elts if isinstance(node, ast.Tuple) else [node]
        names: list[str] = []
        for index, target in enumerate(nodes):
            if not isinstance(target, ast.Name):
                self.error("LF357", target, "Only a name can be bound here.")
                continue
            names.append(target.id)
            type_ = item
            if isinstance(node, ast.Tuple):
                type_ = self.part(item, index, len(nodes), target)
            if target.id in names[:-1]:
                self.error("LF352", target, f'"{target.id}" is bound twice here.')
            elif comprehension:
                self._bind_inside(target, type_, owner)
            elif self.bindable(target, loop=True):
                self.bind(target, type_, owner, alone=False)
                self.types.first(target.id)
            else:
                self.facts.bound.setdefault(target.id, UNKNOWN)
        return tuple(names)

    def _bind_inside(self, target: ast.Name, type_: Type, owner: Owner | None) -> None:
        """A comprehension's own variable: seen inside it only."""
        facts = self.facts
        if target.id in facts.bound:
            self.error(
                "LF352",
                target,
                f'"{target.id}" is a local already; a comprehension needs a name of its own.',
            )
        else:
            self.bindable(target)
        facts.forget_root(target.id)
        facts.bound[target.id] = type_
        facts.owners.pop(target.id, None)
        if owner is not None and is_mutable(type_):
            facts.owners[target.id] = owner

    def part(self, whole: Type, index: int, count: int, node: ast.AST) -> Type:
        """The type of one of ``count`` names that ``whole`` is taken apart into."""
        base = bare(whole)
        if isinstance(base, Unknown):
            return UNKNOWN
        if isinstance(base, TupleType) and base.rest is None:
            if len(base.items) == count:
                return base.items[index]
            if index == 0:
                self.error("LF370", node, f"{count} names for a tuple of {len(base.items)} items.")
            return UNKNOWN
        if index == 0:
            self.error(
                "LF370", node, sentence(f"{a(whole)} can't be taken apart into {count} names.")
            )
        return UNKNOWN
