"""All sections put together, in the order in which they need each other."""

from __future__ import annotations

from ..checked import CheckedSpec
from ..diagnostics import Diagnostics
from ..spec import MachineSpec
from .context import check_rules, declare_config, declare_context
from .draft import Draft
from .entities import declare_entities
from .environments import declare_environments
from .fields import declare_types
from .handlers import declare_handlers
from .messages import (
    declare_deviations,
    declare_events,
    declare_families,
    declare_host,
    declare_instructions,
)
from .names import check_names
from .procedures import check_bodies, declare_completions, declare_signatures
from .properties import acknowledgements, declare_invariants, observers
from .routes import declare_routes
from .transitions import declare_transitions


def elaborate(spec: MachineSpec, diagnostics: Diagnostics, *, allow_bind: bool) -> Draft:
    """The machine that a spec describes, as far as it could be understood. Every mistake is reported;
    nothing is raised for one."""
    draft = Draft(spec, diagnostics, allow_bind, whole=not diagnostics.has_errors)
    check_names(draft)
    declare_types(draft)
    declare_entities(draft)
    declare_config(draft)
    declare_families(draft)
    declare_events(draft)
    declare_instructions(draft)
    declare_host(draft)
    declare_deviations(draft)
    declare_context(draft)
    bodies = declare_signatures(draft)
    check_rules(draft)
    check_bodies(draft, bodies)
    declare_handlers(draft)
    declare_transitions(draft)
    declare_routes(draft)
    declare_completions(draft)
    declare_invariants(draft)
    declare_environments(draft)
    draft.observers = observers(draft)
    return draft


def finish(draft: Draft) -> CheckedSpec:
    """The checked model of a draft without mistakes."""
    known, spec = draft.known, draft.spec
    return CheckedSpec(
        machine=str(spec.machine),
        doc=spec.doc or "",
        sources=spec.sources,
        types=known.types,
        config=known.config,
        entities=known.entities,
        context=known.context,
        instructions=known.instructions,
        events=known.events,
        handlers=draft.handlers,
        transitions=draft.transitions,
        routes=draft.routes,
        on_conflict="later leg wins" if draft.later_leg_wins else "error",
        conflict_deviation=draft.conflict_deviation,
        undeclared=draft.undeclared,
        askers={pair: tuple(sorted(places)) for pair, places in draft.usage.asked.items()},
        procedures=draft.procedures,
        completions=tuple(draft.completions),
        invariants=tuple(draft.invariants),
        at_quiescence=tuple(draft.at_quiescence),
        environments=draft.environments,
        unreachable=acknowledgements(draft),
        deviations=known.deviations,
        observers=draft.observers,
        host=known.host,
        span=spec.machine.span,
    )
