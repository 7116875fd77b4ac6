"""What two machines hold after the same step, side by side: where one has another state or value.

Knows the interpreter's world.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..interpreter import Entity, plain
from ..interpreter.world import World
from ..plain import shortened
from .tracking import as_text
from .values import opaque

_LONGEST = 120  # characters of a value
_NOWHERE = "is not there"


class Differing(NamedTuple):
    """What one machine holds and what the other, in words."""

    before: str
    now: str


def differing(before: World, now: World) -> Iterator[Differing]:
    """What the step that both have just made left different, as far as both specs have it: which entities
    there are, their states, fields and relations, and the context that is kept by hand. What follows
    from that, as derived collections do, goes without saying."""
    looked_at: dict[tuple[str, Any], None] = {}
    for world in (before, now):
        looked_at.update(((entity.kind, entity.key), None) for entity in world.written)
    for kind, key in looked_at:
        if kind in before.spec.entities and kind in now.spec.entities:
            mine, other = before.registries[kind].get(key), now.registries[kind].get(key)
            for difference in _of_entity(mine, other):
                whose = f"{kind} {shortened(repr(opaque(key)), _LONGEST)}"
                yield Differing(*(f"{whose} {told}" for told in difference))
    for item in before.spec.context.values():
        there = now.spec.context.get(item.name)
        by_hand = "generator" not in (item.maintained, there and there.maintained)
        if there is not None and by_hand:
            yield from _of_value(item.name, before.datum(item.name), now.datum(item.name))


def _of_entity(before: Entity | None, now: Entity | None) -> Iterator[Differing]:
    if before is None or now is None:
        if before is not now:
            yield Differing(*(_NOWHERE if e is None else f"is {e.state}" for e in (before, now)))
        return
    if before.state != now.state:
        yield Differing(f"is {before.state}", f"is {now.state}")
    for name, value in before.fields.items():
        if name in now.fields:
            yield from _of_value(f"has {name}", value, now.fields[name])


def _of_value(name: str, before: Any, now: Any) -> Iterator[Differing]:
    mine, other = plain(before), plain(now)
    if mine != other and as_text(mine) != as_text(other):  # NaN is NaN
        yield Differing(*(f"{name} = {shortened(as_text(v), _LONGEST)}" for v in (mine, other)))
