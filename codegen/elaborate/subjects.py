"""Which entities an event is about, and which cells it has to have for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..checked import ABSENT, NEW, Entity, Subject
from ..diagnostics import Related
from ..part import Text
from ..snippets.check import check_expression, check_source
from ..spec import SubjectSpec
from ..types import UNKNOWN, EntityType, Type
from .draft import Draft, split_text
from .flow import Flow
from .names import new_local

MODES = ("get", "get_or_create", "create", "each")


def make_subject(
    draft: Draft, spec: SubjectSpec, flow: Flow
) -> tuple[Subject, dict[str, Type]] | None:
    """The subject and the locals that it gives to ``first`` and the cells (the entity is left out:
    an ``absent`` cell has none). None where the entity isn't known."""
    named = [(mode, value) for mode in MODES if (value := getattr(spec, mode)) is not None]
    if len(named) != 1:
        draft.error("LF120", spec.span, "a subject is one of get, get_or_create, create and each")
        return None
    mode, name = named[0]
    if not draft.find("LF103", name, draft.known.entities, "entity"):
        return None
    entity = draft.known.entities[name]
    if mode == "each":
        return _each(draft, spec, entity, name, flow)
    return _single(draft, spec, entity, mode, name, flow)


def _single(
    draft: Draft, spec: SubjectSpec, entity: Entity, mode: str, name: Text, flow: Flow
) -> tuple[Subject, dict[str, Type]] | None:
    for key in ("keys", "items", "of", "value", "or_create"):
        text = getattr(spec, key)
        if text is not None:
            draft.error("LF120", text, f'"{key}" goes with "each", not with "{mode}"')
    if spec.key is None and not draft.whole:
        return None
    if spec.key is None:
        draft.error("LF120", name, f'"{mode}" says with "key" which {name} the event is about')
        return None
    around = replace(flow.around, place=f"the subject of {flow.around.place}", pure=True)
    source = check_expression(spec.key, around, draft.known, draft.diagnostics, entity.key.type)
    flow.note(source)
    creates = mode != "get"
    if creates:
        _can_create(draft, entity, name)
    subject = Subject(
        mode="get" if mode == "get" else "create" if mode == "create" else "get_or_create",
        entity=entity.name,
        source=source.value,
        span=spec.span,
        creates=creates,
    )
    return subject, {entity.key.name: entity.key.type}


def _each(
    draft: Draft, spec: SubjectSpec, entity: Entity, name: Text, flow: Flow
) -> tuple[Subject, dict[str, Type]] | None:
    if spec.key is not None:
        draft.error("LF120", spec.key, '"key" is of a single subject; "each" has keys, items or of')
    named = [(key, text) for key in ("keys", "items", "of") if (text := getattr(spec, key))]
    if len(named) != 1:
        if draft.whole and (spec.key is None or named):
            draft.error("LF120", name, '"each" says with one of keys, items and of where they are')
        return None
    key, text = named[0]
    mode: str = key
    creates = draft.flag(spec.or_create)
    if spec.or_create is not None and mode == "of":
        draft.error("LF120", spec.or_create, '"or_create" goes with keys or items')
        creates = False
    if spec.value is not None and mode != "items":
        draft.error("LF120", spec.value, '"value" goes with items')
    around = replace(flow.around, place=f"the subject of {flow.around.place}", pure=True)
    checked = check_source(
        text,
        "keys" if mode == "keys" else "items" if mode == "items" else "of",
        entity.name,
        around,
        draft.known,
        draft.diagnostics,
    )
    flow.note(checked)
    source = checked.value
    locals_: dict[str, Type] = {} if mode == "of" else {entity.key.name: entity.key.type}
    value = None
    if mode == "items" and spec.value is not None:
        value = str(spec.value)
        if new_local(draft, spec.value):
            locals_[value] = source.value or UNKNOWN
    if creates:
        _can_create(draft, entity, name)
    subject = Subject(
        mode="keys" if mode == "keys" else "items" if mode == "items" else "of",
        entity=entity.name,
        source=source.read,
        span=spec.span,
        creates=creates,
        consumes=source.consumes,
        value_name=value,
    )
    return subject, locals_


def _can_create(draft: Draft, entity: Entity, where: Text) -> None:
    """A mistake for each field that a new entity would have no value for."""
    for field in entity.fields.values():
        if field.required:
            draft.error(
                "LF143",
                where,
                f'an event can\'t create a {entity.name}: "{field.name}" has no default',
                "Give the field a default, or create the entity in a snippet.",
                Related(field.span, "the field"),
            )


def entity_local(draft: Draft, subject: Subject) -> dict[str, Type]:
    """The local that names the entity at hand."""
    entity = draft.known.entities[subject.entity]
    return {entity.variable: EntityType(entity.name)}


def needed_cells(entity: Entity, subject: Subject) -> list[str]:
    """The cells that a handler with this subject must have, in order."""
    if subject.mode == "create":
        return [NEW]
    special = [] if subject.mode == "of" else [NEW] if subject.creates else [ABSENT]
    return [*special, *entity.configurations]


def cell_parts(key: Text) -> list[Text]:
    """The names in a cell key or in a side of a transition: ``queued, resumed(flight, waiting)``."""
    return split_text(key)


def configurations_by_name(entity: Entity) -> Mapping[str, list[str]]:
    """What a name in a cell stands for: a configuration, a state or a group of states."""
    result: dict[str, list[str]] = {}
    of_state: dict[str, list[str]] = {}
    for configuration in entity.configurations.values():
        result[configuration.name.replace(" ", "")] = [configuration.name]
        of_state.setdefault(configuration.state, []).append(configuration.name)
    result |= of_state
    for group, states in entity.groups.items():
        result[group] = [c for s in states for c in of_state.get(s, ())]
    return result
