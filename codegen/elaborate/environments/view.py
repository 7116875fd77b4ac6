"""What the snippets of an environment see: the machine, its opaque types with values that can be
written, and the ghosts.

Knows declarations and how a snippet is checked; knows nothing of what an environment consists of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...checked import (
    ContextItem,
    Entity,
    Event,
    Field,
    HostFunction,
    Instruction,
    NamedType,
    Request,
)
from ...literal import parse_datum
from ...part import Text
from ...snippets.check import check_block, check_expression
from ...snippets.environment import Checked, Declarations, Signature, Surroundings
from ...snippets.ir import Attribute, Block, Expr, Local
from ...types import BOOL, STR, EventType, Named, Type
from ...world import Datum, Ghost
from ..draft import Draft, parts

T = TypeVar("T")
DECLARED = (
    ContextItem,
    Entity,
    Event,
    Field,
    HostFunction,
    Instruction,
    NamedType,
    Request,
    Signature,
)


@dataclass
class View:
    """One environment while it is checked.

    ``declared`` is the machine as it is seen here. ``trees`` are its snippets so far, ``first_trees``
    those of its beginning, ``reads`` the fields of events that they read, ``used`` the context values and ghosts. ``unclear`` are fields whose
    values were not understood.
    """

    draft: Draft
    name: Text
    declared: Declarations
    names: Mapping[str, Type]
    representations: Mapping[str, Type]
    ghosts: dict[str, Ghost] = field(default_factory=dict)
    trees: list[Expr | Block] = field(default_factory=list)
    first_trees: list[Expr | Block] = field(default_factory=list)
    reads: set[tuple[str, str]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)

    def datum(self, text: Text | Sequence[Text], type_: Type) -> tuple[Datum] | None:
        """The value that a text (or a list of texts) writes, in a tuple of one; None after an error."""
        return parse_datum(text, type_, self.draft.states, self.draft.diagnostics)

    def remember(self, ghost: Ghost) -> None:
        """From here on snippets see the ghost."""
        self.ghosts[ghost.name] = ghost
        self.declared.context[ghost.name] = ContextItem(ghost.name, ghost.type, ghost.span)

    def around(self, place: str, locals_: Mapping[str, Type]) -> Surroundings:
        """The surroundings of a snippet with these locals."""
        return Surroundings(
            place=place,
            locals=dict(locals_),
            fixed=frozenset(locals_),
            guard=True,
            ghosts=frozenset(self.ghosts),
        )

    def expression(
        self, text: Text, around: Surroundings, want: Type | None = None
    ) -> Checked[Expr]:
        """An expression, which only looks."""
        around = dataclasses.replace(around, pure=True)
        checked = check_expression(text, around, self.declared, self.draft.diagnostics, want)
        self.note(checked, checked.value)
        return checked

    def condition(self, text: Text | None, around: Surroundings) -> Checked[Expr] | None:
        """An expression that is true or false, where there is one."""
        return None if text is None else self.expression(text, around, BOOL)

    def block(self, text: Text | None, around: Surroundings) -> Checked[Block] | None:
        """Statements, which change ghosts."""
        if text is None:
            return None
        checked = check_block(text, around, self.declared, self.draft.diagnostics)
        self.note(checked, checked.value)
        return checked

    def note(self, checked: Checked[Any], tree: Expr | Block) -> None:
        """Keep what a snippet uses."""
        self.draft.usage.add(checked.effects)
        self.used |= {name for entity, name in checked.effects.reads if not entity}
        self.trees.append(tree)
        self.reads |= event_reads(tree)


def expressions(trees: object) -> Iterator[Expr]:
    """Every expression in trees of snippets, parts of expressions too."""
    return (part for part in parts(trees) if isinstance(part, Expr))


def event_reads(tree: object) -> set[tuple[str, str]]:
    """The fields of events that snippets read: event and field."""
    return {
        (part.target.type.name, part.name)
        for part in parts(tree)
        if isinstance(part, Attribute)
        and isinstance(part.target, Local)
        and isinstance(part.target.type, EventType)
    }


def represented(known: Declarations, table: Mapping[str, Type]) -> Declarations:
    """The declarations with a base for each opaque type: that of the table, or else a text."""
    return Declarations(
        types=retyped(known.types, table),
        config=retyped(known.config, table),
        entities=retyped(known.entities, table),
        context=dict(retyped(known.context, table)),
        instructions=retyped(known.instructions, table),
        events=retyped(known.events, table),
        # an instruction is seen as messages are: by its fields
        families={
            **retyped(known.families, table),
            **{i.name: retyped(i.fields, table) for i in known.instructions.values()},
        },
        procedures=retyped(known.procedures, table),
        host=retyped(known.host, table),
        deviations=known.deviations,
        effects=known.effects,
        changed_parameters=known.changed_parameters,
    )


def retyped(value: T, table: Mapping[str, Type]) -> T:
    """A declaration, a collection of them, or a type, with opaque types replaced."""
    made: Any = value
    if isinstance(value, Named) and value.base is None:
        made = dataclasses.replace(value, base=table.get(value.name, STR))
    elif isinstance(value, (Type, *DECLARED)):
        attributes = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        changed = {
            name: new
            for name, old in attributes.items()
            if isinstance(old, (Type, tuple, Mapping, *DECLARED))
            and (new := retyped(old, table)) is not old
        }
        made = dataclasses.replace(made, **changed) if changed else value
    elif isinstance(value, Mapping):
        made = {key: retyped(item, table) for key, item in value.items()}
    elif isinstance(value, tuple) and _declares(value):
        made = tuple(retyped(item, table) for item in value)
    return made  # type: ignore[no-any-return]  # the same kind of value, which mypy can't follow


def _declares(items: Iterable[object]) -> bool:
    return any(isinstance(item, (Type, *DECLARED)) for item in items)
