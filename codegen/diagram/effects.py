"""What a snippet may emit and ask for, by name and in the order of its text.

Knows the snippet tree. Procedures are followed, since what they do happens in the caller's step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from ..checked import Procedure
from ..snippets import ir


@dataclass(frozen=True)
class Doings:
    """``emits``: instructions. ``asks``: (entity, request). Each named once."""

    emits: tuple[str, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: Doings) -> Doings:
        return Doings(
            tuple(dict.fromkeys(self.emits + other.emits)),
            tuple(dict.fromkeys(self.asks + other.asks)),
        )


def doings(block: ir.Block, procedures: Mapping[str, Procedure]) -> Doings:
    """What the statements do, branches and loops as if all were taken."""
    emits: dict[str, None] = {}
    asks: dict[tuple[str, str], None] = {}
    for node in _walk(block, procedures, set()):
        if isinstance(node, ir.Emit):
            emits[node.instruction] = None
        elif isinstance(node, ir.Recommend):
            asks[node.entity_name, node.request] = None
    return Doings(tuple(emits), tuple(asks))


def _walk(
    node: object, procedures: Mapping[str, Procedure], entered: set[str]
) -> Iterator[ir.Stmt | ir.Expr]:
    if isinstance(node, tuple):
        for item in node:
            yield from _walk(item, procedures, entered)
    elif isinstance(node, ir.Stmt | ir.Expr | ir.Clause) and is_dataclass(node):
        if isinstance(node, ir.Stmt | ir.Expr):
            yield node
        for field in fields(node):
            yield from _walk(getattr(node, field.name), procedures, entered)
        if isinstance(node, ir.CallProcedure) and node.procedure not in entered:
            entered.add(node.procedure)
            yield from _walk(procedures[node.procedure].body, procedures, entered)
