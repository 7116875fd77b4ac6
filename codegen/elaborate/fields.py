"""Named types and typed fields: text of a type and of a default in, ``Field`` out."""

from __future__ import annotations

import re

from ..checked import Field, Literalish, NamedType
from ..literal import parse_literal
from ..part import Text
from ..spec import FieldSpec, TypeSpec
from ..types import (
    COLLECTIONS,
    UNKNOWN,
    CountType,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    TupleType,
    Type,
    Unknown,
    is_hashable,
    spell,
)
from ..typetext import parse_type
from .draft import Draft, texts

MAX_CHAIN = 30  # named types that stand for one another
EXPLORE = ("exact", "rank", "ignore")


def declare_types(draft: Draft) -> None:
    """The names that a type may use: entities, and the types of the spec's own, in any order."""
    for name in draft.spec.entities:
        draft.names[str(name)] = EntityType(str(name))
    done: dict[str, NamedType] = {}
    open_: list[str] = []

    def resolve(name: Text, spec: TypeSpec) -> None:
        if name in done:
            return
        open_.append(str(name))
        if spec.is_ is not None:
            for word in re.findall(r"\w+", spec.is_):
                if word in open_:
                    circle = [*open_[open_.index(word) :], word]
                    draft.error(
                        "LF144", spec.is_, f"a type can't hold itself: {' is '.join(circle)}"
                    )
                    draft.names.setdefault(word, UNKNOWN)
                elif word in by_name and word not in done and len(open_) == MAX_CHAIN:
                    draft.error("LF144", spec.is_, f"more than {MAX_CHAIN} types behind each other")
                    draft.names.setdefault(word, UNKNOWN)
                elif word in by_name and word not in done:
                    resolve(*by_name[word])
        done[str(name)] = _named_type(draft, name, spec)
        draft.names[str(name)] = done[str(name)].type
        open_.pop()

    by_name = {str(name): (name, spec) for name, spec in draft.spec.types.items()}
    for name, spec in draft.spec.types.items():
        resolve(name, spec)
    draft.known.types = {str(name): done[str(name)] for name in draft.spec.types}


def _named_type(draft: Draft, name: Text, spec: TypeSpec) -> NamedType:
    opaque = draft.flag(spec.opaque)
    bind = draft.bind(spec.bind)
    hashable = draft.flag(spec.hashable, default=True)
    unclear = spec.opaque is not None and spec.opaque not in ("true", "false")
    if (spec.is_ is None) == (not opaque) and not unclear:
        if draft.whole:
            draft.error(
                "LF118",
                name,
                f'the type "{name}" is either another type ("is") or opaque ("opaque: true")',
            )
        base: Type | None = UNKNOWN
    elif spec.is_ is not None:
        base = parse_type(spec.is_, draft.names, draft.diagnostics)
        for extra, key in ((spec.hashable, "hashable"), (spec.bind, "bind")):
            if extra is not None:
                draft.error("LF118", extra, f'only an opaque type has "{key}"')
    else:
        base = None
    type_: Type = UNKNOWN if base is UNKNOWN else Named(str(name), base, hashable)
    return NamedType(str(name), type_, spec.doc or "", name.span, bind)


def make_field(
    draft: Draft,
    name: Text,
    spec: FieldSpec,
    *,
    count: bool = False,
    lenient: bool = False,
    resets: bool = False,
    explored: bool = False,
) -> Field:
    """A field. ``count`` allows ``count[E]``; ``lenient`` gives collections and optional types a default
    of their own; ``resets`` and ``explored`` allow the keys ``reset`` and ``explore``."""
    type_ = parse_type(spec.type, draft.names, draft.diagnostics, count=count)
    if is_broken(type_):
        type_ = UNKNOWN  # whole, or one would look for what it holds
    default: Literalish = None
    required = True
    if spec.default is not None:
        default = parse_literal(spec.default, type_, draft.states, draft.diagnostics)
        required = False
    elif lenient and (isinstance(type_, Optional) or type_ is UNKNOWN):
        required = False
    elif isinstance(type_, TupleType) and type_.rest is None:
        pass  # one of a fixed length has no empty value
    elif lenient and isinstance(type_, (*COLLECTIONS, CountType)):
        default, required = [], False
    if spec.reset is not None and not resets:
        draft.error("LF118", texts(spec.reset)[0], 'only a field of an entity has "reset"')
    explore = None
    if spec.explore is not None:
        if explored:
            explore = draft.one_of(spec.explore, EXPLORE, "way to explore")
        else:
            draft.error(
                "LF118", spec.explore, 'only a field of an entity and a context datum has "explore"'
            )
    return Field(
        str(name),
        type_,
        name.span,
        default=default,
        required=required,
        doc=spec.doc or "",
        resets=tuple(map(str, texts(spec.reset))) if resets else (),
        explore="rank" if explore == "rank" else "ignore" if explore == "ignore" else "exact",
    )


def make_fields(draft: Draft, specs: dict[Text, FieldSpec]) -> dict[str, Field]:
    """Fields of an event, an instruction, a request, a host function or the configuration."""
    return {str(name): make_field(draft, name, spec) for name, spec in specs.items()}


def need_hashable(draft: Draft, type_: Type, where: Text, what: str) -> None:
    """A mistake unless values of the type can be keys."""
    if not is_hashable(type_):
        draft.error("LF116", where, f"{what} is a key, and {spell(type_)} can't be one")


def entity_of(type_: Type) -> str | None:
    """The entity in ``ordered_set[E]``, ``heap[E]`` or ``count[E]``; None for every other type."""
    match type_:
        case SetType(EntityType(name)) | HeapType(EntityType(name)) | CountType(EntityType(name)):
            return name
    return None


def holds_heap(type_: Type) -> EntityType | None:
    """The entity of a heap, also of a map of heaps, which needs a ``key``; None without a heap."""
    match type_:
        case HeapType(EntityType() as item) | MapType(_, HeapType(EntityType() as item), _):
            return item
    return None


def is_broken(type_: Type) -> bool:
    """Whether a part of the type is unknown, after a mistake that was reported."""
    match type_:
        case Unknown():
            return True
        case Optional(a) | ListType(a) | SetType(a) | HeapType(a) | CountType(a):
            return is_broken(a)
        case MapType(key, value, _):
            return is_broken(key) or is_broken(value)
        case TupleType(items, rest):
            return any(map(is_broken, items)) or (rest is not None and is_broken(rest))
    return False
