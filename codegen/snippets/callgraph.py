"""Which procedures call which: the order to check them in, and circles among them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..diagnostics import Diagnostics
from ..part import Text


def called(body: list[ast.stmt], known: Mapping[str, Text]) -> list[str]:
    """The procedures of ``known`` that the statements call, in the order of the text."""
    found: dict[str, None] = {}
    for statement in body:
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in known:
                    found[name] = None
    return list(found)


def callees_first(
    bodies: Mapping[str, Text], calls: Mapping[str, list[str]], diagnostics: Diagnostics
) -> list[str]:
    """The procedures, each after those that it calls; a circle is reported once and broken."""
    order: dict[str, None] = {}
    for root in bodies:
        way: list[str] = [root]
        todo: list[list[str]] = [[c for c in calls[root] if c not in order]]
        if root in order:
            continue
        while way:
            if not todo[-1]:
                order[way.pop()] = None
                todo.pop()
                continue
            callee = todo[-1].pop(0)
            if callee in way:
                circle = [*way[way.index(callee) :], callee]
                shown = " calls ".join(f"`{name}`" for name in circle)
                span = bodies[circle[0]].locate(0, 1)
                diagnostics.error(
                    "LF395", span, f"Procedures can't call each other in a circle: {shown}."
                )
            elif callee not in order:
                way.append(callee)
                todo.append([c for c in calls[callee] if c not in order])
    return list(order)
