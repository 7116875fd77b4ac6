"""Symmetric values: whether those of a field are really alike, so that renaming them changes nothing.

They are if nothing compares them but for equality, no snippet names one of them, and whatever else has
values that hold some of them has those with any two exchanged as well. The beginning needs not be
alike for all: ghosts begin as they begin, and an initial event has the values that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...diagnostics import Related, Span
from ...part import Text
from ...snippets.ir import Assign, Expr
from ...types import STR, Named, StateType, Type, bare, spell
from ...world import Case, Datum, Ranges
from ...worldspec import EnvironmentSpec
from ..draft import parts, shown
from .facts import Facts
from .texts import is_text, orders_texts
from .values import ordered
from .view import View


def symmetries(
    view: View, spec: EnvironmentSpec, values: Mapping[str, tuple[Datum, ...]], facts: Facts
) -> tuple[tuple[str, ...], ...]:
    """The sets of values that are alike. What speaks against it is reported."""
    draft = view.draft
    sets: dict[Text, tuple[str, ...]] = {}
    owners: dict[str, Text] = {}
    visible: Text | None = None
    for name in spec.symmetric:
        if not draft.find(
            "LF140", name, values if name in facts.fields else {}, "list of values for"
        ):
            continue
        type_ = facts.fields[name][0].type
        if not _compares_only(type_) or any(part in view.representations for part in _named(type_)):
            draft.error(
                "LF140",
                name,
                f'"{name}" is {spell(type_)}: only texts and opaque values can be symmetric',
            )
            continue
        if bare(type_) == STR:
            visible = visible or name
        if not _add(view, name, tuple(map(str, values[name])), sets, owners):
            return ()
    _check_machine(view, owners, visible, facts)
    _check_own(view, owners)
    return tuple(texts for texts in sets.values() if len(texts) > 1)


def check_closed(
    view: View,
    spec: EnvironmentSpec,
    cases: Iterable[Case],
    values: Mapping[str, tuple[Datum, ...]],
    sets: Iterable[tuple[str, ...]],
) -> None:
    """Where a field of a case takes values that hold symmetric ones, it takes those with any two exchanged
    as well."""
    places = {str(name): name for name in spec.values}
    found: dict[tuple[str, Span], tuple[Datum, ...]] = {}
    for case in cases:
        for name, rule in case.fields.items():
            if isinstance(rule, Ranges):
                shared = rule.values is values.get(name)
                found[name, places[name].span if shared else case.span] = rule.values
    for (name, place), listed in found.items():
        _check_closed(view, name, place, listed, sets)


def _compares_only(type_: Type) -> bool:
    match type_:
        case Named(_, base):
            return base is None or _compares_only(base)
    return type_ == STR


def _named(type_: Type) -> Iterator[str]:
    return (part.name for part in parts(type_) if isinstance(part, Named))


def _add(
    view: View,
    name: Text,
    texts: tuple[str, ...],
    sets: dict[Text, tuple[str, ...]],
    owners: dict[str, Text],
) -> bool:
    """Take a set of values, if there is nothing against it: one that is there already is the same set, and
    others share nothing with it."""
    draft = view.draft
    if "" in texts:
        draft.error("LF154", name, f'an empty text is not like the other values of "{name}"')
    shared = sorted(text for text in texts if text in owners)
    if not shared:
        sets[name] = texts
        owners.update(dict.fromkeys(texts, name))
        return True
    other = owners[shared[0]]
    if set(sets[other]) == set(texts):
        return True
    draft.error(
        "LF154",
        name,
        f'"{shared[0]}" is a value of "{name}" and of "{other}", which have different ones besides',
        "",
        Related(other.span, "the other one"),
    )
    return False


def _check_machine(
    view: View, owners: Mapping[str, Text], visible: Text | None, facts: Facts
) -> None:
    """What the machine says of the values; ``visible`` is a field whose type lets it do so."""
    for text, name in owners.items():
        if text in facts.texts:
            view.draft.error(
                "LF154",
                name,
                f'the value "{text}" is not like the others: the machine mentions it',
                "Choose another text.",
                Related(facts.texts[text], "here"),
            )
    if visible is None or not facts.order_of_texts:
        return
    what, span = facts.order_of_texts[0]
    view.draft.error(
        "LF154",
        visible,
        f'the values of "{visible}" are texts, and the machine {what}',
        "Make it an opaque type, of whose values nothing can be asked but which it is.",
        Related(span, "here"),
    )


def _check_own(view: View, owners: Mapping[str, Text]) -> None:
    """What the environment itself does with the values."""
    if not owners:
        return
    for expr in (part for part in parts(view.trees) if isinstance(part, Expr | Assign)):
        if (
            isinstance(expr, Expr)
            and is_text(expr)
            and not isinstance(expr.type, StateType)
            and expr.value in owners
        ):
            name = owners[str(expr.value)]
            view.draft.error(
                "LF154",
                expr.span,
                f'"{expr.value}" is one of the symmetric values of "{name}", and mentioned here',
                "",
                Related(name.span, "declared symmetric"),
            )
        what = orders_texts(expr)
        if what is not None:
            name = next(iter(owners.values()))
            view.draft.error(
                "LF154",
                expr.span,
                f'this {what}, and those of "{name}" are symmetric',
                "",
                Related(name.span, "declared symmetric"),
            )


def _check_closed(
    view: View,
    name: str,
    place: Span,
    values: tuple[Datum, ...],
    sets: Iterable[tuple[str, ...]],
) -> None:
    known = {ordered(value) for value in values}
    for texts in sets:
        # what a swap of two and a turn of all leave as it is, every renaming does
        swap = {texts[0]: texts[1], texts[1]: texts[0]}
        turn = dict(zip(texts, (*texts[1:], texts[0]), strict=True))
        for value in values:
            for renaming in (swap, turn):
                other = ordered(renamed(value, renaming))
                if other not in known:
                    view.draft.error(
                        "LF154",
                        place,
                        f'"{name}" has the value {shown(ordered(value))} and not {shown(other)}, so the '
                        "values that are symmetric are not alike",
                        'Add it, or take the field out of "symmetric".',
                    )
                    return


def renamed(value: Datum, names: Mapping[str, str]) -> Datum:
    """The value with texts replaced wherever they are in it."""
    match value:
        case str():
            return names.get(value, value)
        case tuple():
            return tuple(renamed(item, names) for item in value)
        case list():
            return [renamed(item, names) for item in value]
        case dict():
            return {renamed(k, names): renamed(v, names) for k, v in value.items()}
    return value
