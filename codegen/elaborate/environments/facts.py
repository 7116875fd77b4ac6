"""What every environment needs to know of the machine: who answers what, and what snippets look at.

Made once for all environments, each part when it is asked for first. Knows the draft and the tree of
snippets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property

from ...checked import Field, Instruction
from ...diagnostics import Span
from ...snippets.ir import Assign, Compare, Const, Expr
from ...types import MapType, Named, SetType, Type, item_of
from ..draft import Draft, parts
from .texts import holds_text, is_text, orders_texts
from .view import event_reads


class Facts:
    """The machine as it stands before its environments."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._read: dict[str, frozenset[str]] = {}

    @cached_property
    def answers(self) -> dict[str, list[Instruction]]:
        """The instructions that an event answers, by event."""
        found: dict[str, list[Instruction]] = {}
        for instruction in self._draft.known.instructions.values():
            for event in (*instruction.outcomes, *instruction.during):
                if event in self._draft.known.events:
                    found.setdefault(event, []).append(instruction)
        return found

    @cached_property
    def fields(self) -> dict[str, list[Field]]:
        """The fields of events, by name."""
        found: dict[str, list[Field]] = {}
        for event in self._draft.known.events.values():
            for field in event.fields.values():
                found.setdefault(field.name, []).append(field)
        return found

    def reads(self, event: str, field: str) -> bool:
        """Whether the handler of an event reads a field of it."""
        if event not in self._read:
            handler = self._draft.handlers.get(event)
            found = event_reads(handler) if handler is not None else set()
            self._read[event] = frozenset(name for _, name in found)
        return field in self._read[event]

    @cached_property
    def snippets(self) -> tuple[object, ...]:
        """All that the machine does, as trees of snippets are in it."""
        draft = self._draft
        return (
            draft.handlers,
            draft.transitions,
            draft.procedures,
            draft.completions,
            draft.invariants,
            draft.at_quiescence,
            draft.known.context,
        )

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        """Every expression of the machine, parts of expressions too."""
        return tuple(part for part in parts(self.snippets) if isinstance(part, Expr))

    @cached_property
    def told_apart(self) -> frozenset[str]:
        """The opaque types of whose values the machine asks which of them they are."""
        known = self._draft.known
        keys = (entity.key.type for entity in known.entities.values())
        types = (
            part
            for part in parts(
                (
                    known.entities,
                    known.context,
                    known.config,
                    known.events,
                    known.instructions,
                    known.procedures,
                    known.host,
                )
            )
            if isinstance(part, Type)
        )
        return frozenset((*_opaque(keys), *_opaque(_keyed(types)), *told_apart(self.expressions)))

    @cached_property
    def texts(self) -> dict[str, Span]:
        """The texts that the machine mentions, the names of states among them, each with a place."""
        known = self._draft.known
        found = {e.value: e.span for e in self.expressions if is_text(e)}
        for part in parts((known.entities, known.config, known.instructions, known.events)):
            if isinstance(part, Field) and isinstance(part.default, str):
                found[part.default] = part.span
        for entity in known.entities.values():
            found.update((request.name, request.span) for request in entity.requests.values())
        return {str(text): span for text, span in found.items()}

    @cached_property
    def order_of_texts(self) -> tuple[tuple[str, Span], ...]:
        """Where the machine asks more of texts than which they are, with what it does, in words."""
        asked = [
            (orders_texts(part), part.span)
            for part in parts(self.snippets)
            if isinstance(part, Expr | Assign)
        ]
        asked += [
            ("orders a heap by texts", item.key.span)
            for item in self._draft.known.context.values()
            if item.key is not None and holds_text(item.key.type)
        ]
        return tuple(sorted(((what, span) for what, span in asked if what), key=lambda a: a[1]))


def told_apart(expressions: Iterable[Expr]) -> Iterator[str]:
    """The named types of whose values the expressions ask which of them they are."""
    for expr in expressions:
        yield from _opaque(_keyed([expr.type]))
        if isinstance(expr, Compare):
            left = expr.first
            for op, right in expr.rest:
                # what is asked of a collection is whether it has one among its elements
                other = item_of(right.type) if op in ("in", "not in") else right.type
                if not (isinstance(right, Const) and right.value is None) and other is not None:
                    yield from _opaque((left.type, other))
                left = right


def _keyed(types: Iterable[Type]) -> Iterator[Type]:
    for type_ in types:
        yield from _keys_of(type_)


@cache
def _keys_of(type_: Type) -> tuple[Type, ...]:
    inside = tuple(parts(type_))
    maps = (part.key for part in inside if isinstance(part, MapType))
    return (*maps, *(part.item for part in inside if isinstance(part, SetType)))


def _opaque(types: Iterable[Type]) -> Iterator[str]:
    for type_ in types:
        yield from _names_in(type_)


@cache
def _names_in(type_: Type) -> tuple[str, ...]:
    return tuple(part.name for part in parts(type_) if isinstance(part, Named))
