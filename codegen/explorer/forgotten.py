"""What the explorer was told to ignore and turned out to matter: said as the spec's mistake that it is.

A story is told by walking its way again with the values that really occur. Where that goes another way than the
search, which forgets what is ignored after each step, the machine's steps depend on what was forgotten.
"""

from __future__ import annotations

from ..checked import CheckedSpec, ContextItem, Field
from ..elaborate.draft import parts
from ..snippets.ir import Attribute, ContextRead, If, While
from ..types import EntityType
from .world import World


class Forgotten(Exception):
    """Steps depend on what the spec tells the explorer to ignore; the text says on what, where it is declared, and
    what to do."""


def lost(world: World, what: str) -> Exception:
    """Why a way can't be walked again. Without anything ignored that is a mistake of ours: ``what``."""
    ignored = _ignored(world.spec)
    if not ignored:
        return AssertionError(what)
    asked = {name: place for name, place in ignored.items() if name in _asked(world.spec)}
    listed = ", ".join(f"{name} ({place})" for name, place in (asked or ignored).items())
    return Forgotten(
        f'the walk through "{world.environment.name}" proves nothing: what happens depends on what is '
        f"declared `explore: ignore`: {listed}. Declare `explore: exact` there, or decide by something else."
    )


def _ignored(spec: CheckedSpec) -> dict[str, str]:
    """What is ignored, each with its place."""
    found: dict[str, Field | ContextItem] = {
        f"{entity.name}.{field.name}": field
        for entity in spec.entities.values()
        for field in entity.fields.values()
    }
    found |= spec.context
    return {
        name: f"{item.span.path}:{item.span.line}"
        for name, item in found.items()
        if item.explore == "ignore"
    }


def _asked(spec: CheckedSpec) -> set[str]:
    """What conditions of statements read; those of cases can't read what is ignored (LF363)."""
    snippets = (spec.handlers, spec.transitions, spec.procedures, spec.completions)
    tests = [part.test for part in parts(snippets) if isinstance(part, If | While)]
    asked = {part.name for part in parts(tests) if isinstance(part, ContextRead)}
    for part in parts(tests):
        if isinstance(part, Attribute) and isinstance(part.target.type, EntityType):
            asked.add(f"{part.target.type.name}.{part.name}")
    return asked
