"""What is declared and never used: warnings, reported only where nothing else is wrong."""

from __future__ import annotations

from .checked import NEW, Event, Instruction
from .elaborate.draft import Draft, parts
from .snippets.ir import Deviates
from .types import Named, Type

OUTSIDE = 'If it is for the outside, say "explore: ignore".'


def check_unused(draft: Draft) -> None:
    """Instructions nobody emits, procedures nobody calls, data nobody reads, and the like."""
    _unused_messages(draft)
    _unused_values(draft)
    _unused_fields(draft)
    _unused_types(draft)
    _unasked_deviations(draft)


def _unused_messages(draft: Draft) -> None:
    known, usage = draft.known, draft.usage
    for instruction in known.instructions.values():
        if instruction.name not in usage.emits:
            draft.warn("LF211", instruction.span, f"nothing emits {instruction.name}")
    families = {event.family for event in known.events.values()}
    for name in draft.spec.families:
        if name not in families:
            draft.warn("LF223", name, f"no event is of the family {name}")
    created = {
        handler.subject.entity
        for handler in draft.handlers.values()
        if handler.subject is not None
        and handler.subject.creates
        and handler.cells[NEW].impossible is None
    }
    for entity in known.entities.values():
        if entity.name not in created and entity.name not in usage.creates:
            draft.warn(
                "LF221",
                entity.span,
                f"nothing ever creates a {entity.name}",
                "Use a subject that creates, or create(…) in a snippet.",
            )


def _unused_values(draft: Draft) -> None:
    known, usage = draft.known, draft.usage
    for procedure in known.procedures.values():
        if procedure.name not in usage.calls:
            draft.warn("LF213", procedure.span, f'nothing calls "{procedure.name}"')
    for item in known.context.values():
        if ("", item.name) in usage.reads or item.explore == "ignore":
            continue
        if item.maintained == "generator":
            draft.warn(
                "LF214",
                item.span,
                f'nothing reads "{item.name}", which is kept up all the time',
                OUTSIDE,
            )
        elif ("", item.name) not in usage.writes:
            draft.warn("LF214", item.span, f'nothing reads or writes "{item.name}"', OUTSIDE)
    for config in known.config.values():
        if ("", config.name) not in usage.reads:
            draft.warn("LF215", config.span, f'nothing reads "{config.name}"')
    for function in known.host.values():
        if function.name not in usage.hosts:
            draft.warn("LF216", function.span, f'nothing calls "{function.name}"')


def _unused_fields(draft: Draft) -> None:
    usage = draft.usage
    for entity in draft.known.entities.values():
        telling = entity.configured_by
        for field in entity.fields.values():
            key = (entity.name, field.name)
            if key in usage.reads or field.name in telling or field.explore == "ignore":
                continue
            if key in usage.writes:
                draft.warn(
                    "LF217",
                    field.span,
                    f'nothing reads "{field.name}" of {entity.name}',
                    OUTSIDE,
                )
            else:
                draft.warn(
                    "LF217", field.span, f'nothing reads or writes "{field.name}" of {entity.name}'
                )
        groups = {g for f in entity.fields.values() for g in f.resets}
        for group in sorted(groups - usage.resets.get(entity.name, set())):
            field = next(f for f in entity.fields.values() if group in f.resets)
            draft.warn("LF224", field.span, f'nothing resets the group "{group}" of {entity.name}')


def _unused_types(draft: Draft) -> None:
    known = draft.known
    types: list[Type | None] = [
        *(field.type for field in known.config.values()),
        *(item.type for item in known.context.values()),
        *(part for host in known.host.values() for part in (host.returns, host.fails_type)),
        *(field.type for host in known.host.values() for field in host.parameters),
        *(procedure.returns for procedure in known.procedures.values()),
        *(field.type for head in known.procedures.values() for field in head.parameters),
    ]
    owners: list[Event | Instruction] = [*known.events.values(), *known.instructions.values()]
    for owner in owners:
        types += [field.type for field in owner.fields.values()]
    for entity in known.entities.values():
        types += [entity.key.type, *(field.type for field in entity.fields.values())]
        types += [f.type for request in entity.requests.values() for f in request.fields.values()]
    types += [t.type.base for t in known.types.values() if isinstance(t.type, Named)]
    used = {part.name for part in parts(types) if isinstance(part, Named)}
    for name, named in known.types.items():
        if name not in used:
            draft.warn("LF225", named.span, f'nothing is of the type "{name}"')


def _unasked_deviations(draft: Draft) -> None:
    if not draft.known.deviations:
        return
    snippets = (
        draft.handlers.values(),
        draft.transitions.values(),
        draft.procedures.values(),
        draft.completions,
        draft.invariants,
        draft.at_quiescence,
    )
    asked = {part.name for part in parts(snippets) if isinstance(part, Deviates)}
    for name, deviation in draft.known.deviations.items():
        unasked = name not in asked and name != draft.conflict_deviation
        if unasked and not deviation.always:
            draft.warn("LF226", deviation.span, f'no snippet asks for the deviation "{name}"')
