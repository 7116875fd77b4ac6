"""Which procedures are written out where they are called: a call takes longer than most of them do.

Knows the checked model and its snippets; writes no code.
"""

from __future__ import annotations

from collections import Counter

from ..checked import CheckedSpec
from ..snippets.ir import Block, CallProcedure, Do, Return
from .walk import all_blocks, expressions, statements

LONGEST = 12
"""Statements of a procedure that may be written out in several places."""
MOST = 80
"""Statements that its copies may come to, all in all."""


def inlined(spec: CheckedSpec) -> frozenset[str]:
    """The procedures that give nothing back and are short, for the number of places that call them."""
    calls: Counter[str] = Counter()
    as_values: Counter[str] = Counter()
    for block in all_blocks(spec):
        calls.update(_called(block))
        as_values.update(e.procedure for e in expressions(block) if isinstance(e, CallProcedure))
    return frozenset(
        name
        for name, procedure in spec.procedures.items()
        if calls[name]
        and calls[name] == as_values[name]
        and not any(isinstance(s, Return) for s in statements(procedure.body))
        and (calls[name] == 1 or _is_short(_size(spec, procedure.body), calls[name]))
    )


def _is_short(size: int, copies: int) -> bool:
    return size <= LONGEST and size * copies <= MOST


def _called(block: Block) -> list[str]:
    """The procedures that are called as statements."""
    found = []
    for stmt in statements(block):
        if isinstance(stmt, Do) and isinstance(stmt.value, CallProcedure):
            found.append(stmt.value.procedure)
    return found


def _size(spec: CheckedSpec, block: Block) -> int:
    """Statements of a block and of what it calls, which may be written out in it. Procedures are acyclic."""
    own = sum(1 for _ in statements(block))
    return own + sum(_size(spec, spec.procedures[name].body) - 1 for name in _called(block))
