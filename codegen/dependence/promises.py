"""What is promised of a machine in an environment, and what that speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from ..checked import CheckedSpec, Invariant
from ..elaborate.draft import parts
from ..snippets.ir import Attribute, CallProcedure, ContextRead
from ..types import EntityType
from ..world import Environment


def invariants(spec: CheckedSpec, environment: Environment) -> Iterator[Invariant]:
    """Everything that is promised of a machine in an environment."""
    yield from spec.invariants
    yield from spec.at_quiescence
    yield from environment.always
    yield from environment.at_quiescence
    yield from environment.reachable


def claimed(spec: CheckedSpec, environment: Environment) -> frozenset[tuple[str, str]]:
    """What promises speak of, as (entity or nothing, name): it counts, even where it is declared ignored."""
    found: set[tuple[str, str]] = set()
    known: set[str] = set()
    open_: list[object] = [*invariants(spec, environment)]
    while open_:
        for part in parts(open_.pop()):
            match part:
                case ContextRead(name=name):
                    found.add(("", name))
                case Attribute(target=target, name=name) if isinstance(target.type, EntityType):
                    found.add((target.type.name, name))
                case CallProcedure(procedure=name) if name not in known:
                    known.add(name)
                    open_.append(spec.procedures[name].body)
    return frozenset(found)
