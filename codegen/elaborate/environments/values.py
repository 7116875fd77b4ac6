"""Values: what fields range over, how the machine is configured, and what stands for the rest.

Knows types and literals; knows nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...diagnostics import Related
from ...part import Text
from ...types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    UNKNOWN,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    accepts,
    bare,
    is_hashable,
    spell,
)
from ...typetext import parse_type
from ...world import Datum
from ...worldspec import EnvironmentSpec, ValuesSpec
from ..draft import Draft, parts
from ..fields import is_broken
from .facts import Facts
from .view import View, retyped

MAX_VALUES = 1_000_000  # of all fields of all environments together


def representations(draft: Draft, spec: EnvironmentSpec) -> dict[str, Type]:
    """How the values of opaque types are written in an environment, where it says so."""
    opaque = {name for name, named in draft.known.types.items() if _is_opaque(named.type)}
    open_ = {str(name) for name in spec.types}
    table: dict[str, Type] = {}
    for name, text in spec.types.items():
        if not draft.find("LF159", name, draft.known.types, "type"):
            continue
        if name not in opaque:
            draft.error("LF159", name, f'"{name}" is no opaque type: how it is written is known')
            continue
        table[str(name)] = UNKNOWN
        type_ = parse_type(text, retyped(draft.names, table), draft.diagnostics)
        if is_broken(type_):
            continue
        inner = {part.name for part in parts(type_) if isinstance(part, Named)}
        later = sorted(inner & open_ - (table.keys() - {name}))
        if later:
            draft.error(
                "LF159",
                text,
                f'"{later[0]}" is written here before it is said how',
                "A type comes after those that it consists of.",
            )
        elif holds_entity(type_):
            draft.error("LF159", text, "an entity is no value: take its key")
        elif is_hashable(draft.known.types[name].type) and not is_hashable(type_):
            draft.error(
                "LF159", text, f"{name} is a key in places, and {spell(type_)} can't be one"
            )
        else:
            table[str(name)] = type_
    return table


def _is_opaque(type_: Type) -> bool:
    return isinstance(type_, Named) and type_.base is None


def holds_entity(type_: Type) -> bool:
    """Whether a value of the type is or holds an entity, or a heap or count of them."""
    return any(isinstance(part, (EntityType, HeapType)) for part in parts(type_))


def field_values(view: View, spec: EnvironmentSpec, facts: Facts) -> dict[str, tuple[Datum, ...]]:
    """The values of an environment, by the name of the field."""
    draft = view.draft
    values: dict[str, tuple[Datum, ...]] = {}
    for name, given in spec.values.items():
        if not draft.find("LF140", name, facts.fields, "field of an event called"):
            view.unclear |= draft.nearest(name, facts.fields)
            continue
        first, *others = facts.fields[name]
        for other in others:
            if not accepts(first.type, other.type) and not accepts(other.type, first.type):
                draft.error(
                    "LF140",
                    name,
                    f'"{name}" is {spell(first.type)} in one event and {spell(other.type)} in another, '
                    "so the same values can't serve both",
                    "Give the values with each event.",
                    Related(first.span, spell(first.type)),
                    Related(other.span, spell(other.type)),
                )
                break
        made = read_values(view, name, given, retyped(first.type, view.representations))
        if made is not None:
            values[str(name)] = made
        else:
            view.unclear.add(str(name))
    return values


def read_values(view: View, name: Text, spec: ValuesSpec, type_: Type) -> tuple[Datum, ...] | None:
    """The values that a list or a range writes; None after an error that leaves none."""
    draft = view.draft
    bounds = [text for text in (spec.from_, spec.to) if text is not None]
    if spec.listed is not None and bounds:
        draft.error("LF118", bounds[0], f'"{name}" has a list of values or a range, not both')
    if spec.listed is None:
        return _range(view, name, spec, type_)
    if not spec.listed:
        draft.error("LF140", name, f'"{name}" has no value to take')
        return None
    made: list[Datum] = []
    first: dict[str, Text] = {}
    for text in spec.listed:
        found = view.datum(text, type_)
        if found is None:
            continue
        made += found
        spelt = ordered(found[0])
        place = text if isinstance(text, Text) else name
        if first.setdefault(spelt, place) is not place:
            draft.error("LF140", place, f"the value {spelt} is listed twice")
    return tuple(made) or None


def _range(view: View, name: Text, spec: ValuesSpec, type_: Type) -> tuple[Datum, ...] | None:
    draft = view.draft
    if spec.from_ is None or spec.to is None:
        if draft.whole:
            draft.error("LF140", name, f'the values of "{name}" are a list, or go "from" and "to"')
        return None
    if bare(type_) != INT:
        if not is_broken(type_):
            draft.error("LF140", name, f'"{name}" is {spell(type_)}; a range is for int')
        return None
    ends = [view.datum(text, INT) for text in (spec.from_, spec.to)]
    low, high = (end[0] if end is not None else None for end in ends)
    if not isinstance(low, int) or not isinstance(high, int):
        return None
    if low > high:
        draft.error("LF140", spec.to, f"the range from {low} to {high} is empty")
        return None
    draft.written += high - low + 1
    if not draft.fits(spec.to, draft.written, MAX_VALUES, "values"):
        return None
    return tuple(range(low, high + 1))


def configured(view: View, spec: EnvironmentSpec) -> dict[str, Datum]:
    """The values of the configuration that differ from the defaults."""
    draft, known = view.draft, view.declared.config
    made: dict[str, Datum] = {}
    for name, text in spec.config.items():
        if draft.find("LF140", name, known, "configuration value"):
            found = view.datum(text, known[name].type)
            made[str(name)] = found[0] if found is not None else None
    for field in known.values():
        if field.required and field.name not in made:
            draft.error(
                "LF158",
                view.name,
                f'the machine can\'t be made in "{view.name}": "{field.name}" has no default',
                'Give it under "config".',
                Related(field.span, "the configuration value"),
            )
    return made


def begun_with(view: View, spec: EnvironmentSpec) -> dict[str, Datum]:
    """What the machine is given into its context. What follows a rule can't be given."""
    draft = view.draft
    known = {name: item for name, item in draft.known.context.items() if item.maintained == "none"}
    made: dict[str, Datum] = {}
    for name, text in spec.context.items():
        if draft.find("LF140", name, known, "value of the context without a rule"):
            found = view.datum(text, view.declared.context[name].type)
            made[str(name)] = found[0] if found is not None else None
    return made


def deviating(draft: Draft, spec: EnvironmentSpec) -> dict[str, bool]:
    """The deviations that an environment switches on or off."""
    known = draft.known.deviations
    made: dict[str, bool] = {}
    for name, text in spec.deviations.items():
        if not draft.find("LF140", name, known, "deviation"):
            continue
        if known[name].always:
            draft.error("LF118", name, f'"{name}" is always there; it can\'t be switched')
        made[str(name)] = draft.flag(text)
    return made


# ------------------------------------------------------------------------- what stands for all values


def stand_in(type_: Type, name: str, view: View) -> tuple[Datum] | None:
    """One value of the type, in a tuple of one, for where it makes no difference which; ``name`` is a
    text of its own. None where there is none."""
    match type_:
        case Named(word, base):
            return None if base is None else stand_in(base, word if base == STR else name, view)
        case Optional():
            return (None,)
        case StateType(entity):
            return (next(iter(view.draft.states[entity]), None),)
        case ListType() | SetType() | MapType():
            return ([],)
        case TupleType(items, None):
            made = [stand_in(item, name, view) for item in items]
            known = tuple(value[0] for value in made if value is not None)
            return (known,) if len(known) == len(made) else None
        case TupleType():
            return ((),)
    plain: Mapping[Type, Datum] = {BOOL: False, INT: 0, FLOAT: 0.0, STR: name}
    return (plain[type_],) if type_ in plain else None


def all_values(type_: Type, view: View, told_apart: frozenset[str]) -> tuple[Datum, ...] | None:
    """All the values of a type, as far as it makes a difference; None where they have to be listed.
    ``told_apart`` are the opaque types of whose values it is asked which they are."""
    match type_:
        case Named(word, base) if word in view.draft.known.types and base is not None:
            known = view.draft.known.types[word].type
            if not _is_opaque(known):
                return all_values(base, view, told_apart)
            alike = word not in told_apart and word not in view.representations
            return (word,) if alike else None
        case Optional(item):
            rest = all_values(item, view, told_apart)
            return None if rest is None else (None, *rest)
        case StateType(entity):
            return tuple(map(str, view.draft.states[entity]))
    return (False, True) if type_ == BOOL else None


def ordered(value: Datum) -> str:
    """A value as text, such that two are equal where they are equal in order, too."""
    return repr(value)
