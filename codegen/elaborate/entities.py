"""Entities: states, configurations, groups, requests, fields, and relations with their inverses."""

from __future__ import annotations

from dataclasses import replace

from ..checked import Configuration, Entity, Field, Relation, Request, State
from ..diagnostics import Related
from ..literal import parse_literal
from ..naming import snake
from ..part import Text
from ..spec import ConfigurationSpec, EntitySpec, RelationSpec
from ..types import UNKNOWN, is_hashable, spell
from .draft import Draft, texts
from .fields import make_field, make_fields, need_hashable


def declare_entities(draft: Draft) -> None:
    """Fill ``draft.known.entities``. The names of types must be declared already."""
    specs = draft.spec.entities
    for name, spec in specs.items():
        deleting = [str(r) for r, q in spec.requests.items() if draft.flag(q.deletes)]
        draft.states[str(name)] = list(dict.fromkeys([*map(str, spec.states), *deleting]))
    entities = {str(name): _entity(draft, name, spec) for name, spec in specs.items()}
    for name, spec in specs.items():
        for relation_name, relation in spec.relations.items():
            _relate(draft, entities, str(name), relation_name, relation)
    draft.known.entities = entities


def _entity(draft: Draft, name: Text, spec: EntitySpec) -> Entity:
    key = _key(draft, name, spec)
    fields: dict[str, Field] = {}
    for field_name, field in spec.fields.items():
        if field_name == key.name:
            draft.error(
                "LF100",
                field_name,
                f'"{field_name}" is the key of {name} already',
                "",
                Related(key.span, "the key"),
            )
            continue
        made = make_field(draft, field_name, field, lenient=True, resets=True, explored=True)
        if made.resets and made.required:
            draft.error(
                "LF117",
                texts(field.reset)[0],
                f'"{field_name}" has no default that a reset could give it',
            )
        fields[str(field_name)] = made
    return Entity(
        name=str(name),
        variable=str(spec.variable or snake(name)),
        doc=spec.doc or "",
        registry=str(spec.registry),
        key=key,
        states=_states(draft, name, spec),
        configurations=_configurations(draft, name, spec, fields),
        groups=_groups(draft, name, spec),
        requests=_requests(draft, spec),
        fields=fields,
        relations={},
        span=name.span,
        bind=draft.bind(spec.bind),
    )


def _key(draft: Draft, name: Text, spec: EntitySpec) -> Field:
    fields = [make_field(draft, n, f) for n, f in spec.key.items()]
    if len(fields) != 1:
        draft.error("LF116", name, f"{name} needs exactly one key field, and has {len(fields)}")
        if not fields:
            return Field("key", UNKNOWN, name.span)
    for key_name, field in spec.key.items():
        if field.default is not None:
            draft.error("LF116", key_name, "the key of an entity can't have a default")
        need_hashable(draft, fields[0].type, field.type, f'"{key_name}"')
        break
    return fields[0]


def _states(draft: Draft, name: Text, spec: EntitySpec) -> dict[str, State]:
    states: dict[str, State] = {}
    first: Text | None = None
    for state_name, state in spec.states.items():
        initial = draft.flag(state.initial)
        if initial and first is not None:
            draft.error(
                "LF110",
                state_name,
                f'{name} starts in "{first}" already',
                "Only one state is initial.",
                Related(first.span, "the first initial state"),
            )
            initial = False
        elif initial:
            first = state_name
        states[str(state_name)] = State(str(state_name), state.doc or "", initial, state_name.span)
    unclear = any(s.initial not in (None, "true", "false") for s in spec.states.values())
    if first is None and not unclear:
        draft.error(
            "LF110", name, f"{name} has no initial state", 'Give one state "initial: true".'
        )
        draft.broken.add(f"initial {name}")
    return states


def _configurations(
    draft: Draft, name: Text, spec: EntitySpec, fields: dict[str, Field]
) -> dict[str, Configuration]:
    told_apart: dict[str, list[Configuration]] = {}
    for state, configuration in spec.configurations.items():
        if draft.find("LF107", state, spec.states, "state"):
            before = len(draft.diagnostics)
            told_apart[str(state)] = _told_apart(draft, state, configuration, fields)
            if len(draft.diagnostics) != before:
                draft.broken.add(f"states {name}")
    result: dict[str, Configuration] = {}
    for state_name in map(str, spec.states):
        for made in told_apart.get(state_name) or [Configuration(state_name, state_name)]:
            result[made.name] = made
    return result


def _told_apart(
    draft: Draft, state: Text, spec: ConfigurationSpec, fields: dict[str, Field]
) -> list[Configuration]:
    by = texts(spec.by)
    unknown = [f for f in by if not draft.find("LF111", f, fields, "field")]
    if unknown:
        return []
    if len(set(by)) != len(by) or not by:
        draft.error("LF111", state, "the fields that tell configurations apart are each named once")
        return []
    for field_name in by:
        type_ = fields[field_name].type
        if not is_hashable(type_):
            draft.error(
                "LF111",
                field_name,
                f"{spell(type_)} has too many values to tell configurations apart",
            )
    made: dict[str, Configuration] = {}
    for value in spec.values:
        parts = texts(value)
        where = parts[0] if parts else state
        if len(parts) != len(by):
            draft.error(
                "LF111",
                where,
                f"a configuration of {state} is told by {len(by)} values, and here are {len(parts)}",
            )
            continue
        name = f"{state}({', '.join(parts)})"
        if name in made:
            draft.error("LF111", where, f"the configuration {name} is listed twice")
        values = [
            (str(f), parse_literal(p, fields[f].type, draft.states, draft.diagnostics))
            for f, p in zip(by, parts, strict=True)
        ]
        made[name] = Configuration(name, str(state), tuple(values))
    if not spec.values:
        draft.error("LF111", state, f"no configuration of {state} is listed")
    return list(made.values())


def _groups(draft: Draft, name: Text, spec: EntitySpec) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for group, members in spec.groups.items():
        known = [m for m in members if draft.find("LF107", m, spec.states, "state")]
        first: dict[str, Text] = {}
        if len(known) != len(members):
            draft.broken |= {f"states {name}", f"transitions {name}"}
        for member in known:
            if first.setdefault(member, member) is not member:
                draft.error("LF124", member, f'"{member}" is in {group} already')
        if not members:
            draft.error("LF119", group, f"the group {group} has no state")
        groups[str(group)] = tuple(dict.fromkeys(map(str, known)))
    return groups


def _requests(draft: Draft, spec: EntitySpec) -> dict[str, Request]:
    requests = {
        str(s): Request(str(s), {}, state=True, deletes=False, span=s.span, doc=v.doc or "")
        for s, v in spec.states.items()
    }
    for name, request in spec.requests.items():
        state = name in spec.states
        deletes = draft.flag(request.deletes)
        if state and deletes:
            assert request.deletes is not None
            draft.error(
                "LF118",
                request.deletes,
                f'"{name}" is a state that an entity rests in, and so it can\'t delete',
                "Give the deleting request a name of its own.",
                Related(requests[name].span, "the state"),
            )
            deletes = False
        fields = make_fields(draft, request.fields)
        requests[str(name)] = Request(
            str(name), fields, state=state, deletes=deletes, span=name.span, doc=request.doc or ""
        )
    return requests


def _relate(
    draft: Draft, entities: dict[str, Entity], owner: str, name: Text, spec: RelationSpec
) -> None:
    """Add a relation to its entity, and its inverse to the entity that it leads to."""
    kept = spec.kept and draft.one_of(spec.kept, ("by the generator", "by hand"), "way to be kept")
    on_delete = spec.on_delete and draft.one_of(
        spec.on_delete, ("refuse", "clear"), "rule for a deletion"
    )
    relation = Relation(
        name=str(name),
        target=str(spec.to),
        many=draft.flag(spec.many, default=True),
        inverse=None if spec.inverse is None else str(spec.inverse),
        kept_by_generator=kept != "by hand",
        on_delete="clear" if on_delete == "clear" else "refuse",
        is_inverse=False,
        span=name.span,
        doc=spec.doc or "",
    )
    known = draft.find("LF103", spec.to, entities, "entity")
    if name in entities[owner].fields or name == entities[owner].key.name:
        draft.error("LF100", name, f'{owner} has a field "{name}" already')
        return
    if not known:  # a field of a type that agrees with everything, so that its uses are no mistakes
        fields = {
            **entities[owner].fields,
            str(name): Field(str(name), UNKNOWN, name.span, required=False),
        }
        entities[owner] = replace(entities[owner], fields=fields)
        return
    mine = dict(entities[owner].relations)
    earlier = mine.get(name)
    if earlier is not None and earlier.is_inverse:
        if (earlier.target, earlier.inverse) != (relation.target, relation.inverse):
            draft.error(
                "LF112",
                name,
                f'"{name}" is declared here and as the inverse of another relation',
                "",
                Related(earlier.span, "the other relation"),
            )
            return
        if earlier.kept_by_generator != relation.kept_by_generator:
            draft.error("LF112", name, "a relation and its inverse are kept in the same way")
        relation = replace(relation, is_inverse=True)
    entities[owner] = replace(entities[owner], relations=mine | {str(name): relation})
    if spec.inverse is not None and not relation.is_inverse:
        _invert(draft, entities, owner, relation, spec.inverse)


def _invert(
    draft: Draft, entities: dict[str, Entity], owner: str, relation: Relation, inverse: Text
) -> None:
    target = entities[relation.target]
    if relation.target == owner and inverse == relation.name:
        draft.error("LF112", inverse, "a relation can't be its own inverse")
        return
    taken = target.relations.get(inverse)
    if inverse in target.fields or inverse == target.key.name or taken is not None:
        where = taken.span if taken else target.fields.get(inverse, target.key).span
        draft.error(
            "LF100",
            inverse,
            f'{target.name} has a field "{inverse}" already',
            "",
            Related(where, "the first one"),
        )
        return
    other = Relation(
        name=str(inverse),
        target=owner,
        many=True,
        inverse=relation.name,
        kept_by_generator=relation.kept_by_generator,
        on_delete=relation.on_delete,
        is_inverse=True,
        span=inverse.span,
    )
    relations = {**target.relations, str(inverse): other}
    entities[relation.target] = replace(target, relations=relations)
