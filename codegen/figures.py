"""How large a machine is: counts of what its spec declares, in a sentence."""

from __future__ import annotations

from .checked import CheckedSpec


def figures(spec: CheckedSpec) -> dict[str, int]:
    """Counts by what is counted, in the singular. States, configurations and requests are those of all
    entities. A request is what can be asked of an entity, which is more than its states; a pair is a
    declared (state, request); a route is a pair that goes through another state."""
    entities = spec.entities.values()
    return {
        "state": sum(len(entity.states) for entity in entities),
        "configuration": sum(len(entity.configurations) for entity in entities),
        "request": sum(len(entity.requests) for entity in entities),
        "event": len(spec.events),
        "instruction": len(spec.instructions),
        "pair": len(spec.transitions),
        "route": len(spec.routes),
        "invariant": len(spec.invariants) + len(spec.at_quiescence),
        "deviation": len(spec.deviations),
        "line": sum(len(text.splitlines()) for text in spec.sources.values()),
    }


def figures_text(spec: CheckedSpec) -> str:
    """``3 states, 1 event, …``."""
    counted = (f"{n:,} {what}{'' if n == 1 else 's'}" for what, n in figures(spec).items())
    return f"{spec.machine} has {', '.join(counted)}"
