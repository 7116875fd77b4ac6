"""Symmetric values: whether those of a field are really alike, so that renaming them changes nothing.

They are if nothing compares them but for equality, no snippet names one of them, and whatever else has
values that hold some of them has those with any two exchanged as well. The beginning needs not be
alike for all: ghosts begin as they begin, and an initial event has the values that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...diagnostics import Related, Span
from ...part import Text
from ...spec import EnvironmentSpec
from ...types import STR, Named, StateType, Type, bare, spell
from ...world import Case, Datum, Ranges
from ..draft import parts
from .facts import Facts
from .texts import is_text, orders_texts
from .values import ordered
from .view import View, expressions


def symmetries(
    view: View, spec: EnvironmentSpec, values: Mapping[str, tuple[Datum, ...]], facts: Facts
) -> tuple[tuple[str, ...], ...]:
    """The sets of values that are alike. What speaks against it is reported."""
    draft = view.draft
    sets: dict[Text, tuple[str, ...]] = {}
    visible = False
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
        visible = visible or bare(type_) == STR
        texts = tuple(str(value) for value in values[name])
        if not _add(view, name, texts, sets):
            return ()
    for name, texts in sets.items():
        if visible:
            _machine(view, name, texts, facts)
        _own(view, name, texts)
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


def _add(view: View, name: Text, texts: tuple[str, ...], sets: dict[Text, tuple[str, ...]]) -> bool:
    """Take a set of values, if there is nothing against it: one that is there already is the same set, and
    others share nothing with it."""
    draft = view.draft
    if "" in texts:
        draft.error("LF154", name, f'an empty text is not like the other values of "{name}"')
    for other, known in sets.items():
        if set(known) == set(texts):
            return True
        shared = sorted(set(known) & set(texts))
        if shared:
            draft.error(
                "LF154",
                name,
                f'"{shared[0]}" is a value of "{name}" and of "{other}", which have different ones besides',
                "",
                Related(other.span, "the other one"),
            )
            return False
    sets[name] = texts
    return True


def _machine(view: View, name: Text, texts: Iterable[str], facts: Facts) -> None:
    """What the machine does with texts, of which the values are some."""
    for text in texts:
        if text in facts.texts:
            view.draft.error(
                "LF154",
                name,
                f'the value "{text}" is not like the others: the machine mentions it',
                "Choose another text.",
                Related(facts.texts[text], "here"),
            )
    for what, span in facts.order_of_texts:
        view.draft.error(
            "LF154",
            name,
            f'the values of "{name}" are texts, and the machine {what}',
            "Make it an opaque type, of whose values nothing can be asked but which it is.",
            Related(span, "here"),
        )
        return


def _own(view: View, name: Text, texts: tuple[str, ...]) -> None:
    """What the environment itself does with the values."""
    related = Related(name.span, "declared symmetric")
    for expr in expressions(view.trees):
        if is_text(expr) and expr.value in texts and not isinstance(expr.type, StateType):
            view.draft.error(
                "LF154",
                expr.span,
                f'"{expr.value}" is one of the symmetric values of "{name}", and mentioned here',
                "",
                related,
            )
        what = orders_texts(expr)
        if what is not None:
            view.draft.error(
                "LF154",
                expr.span,
                f'this {what}, and those of "{name}" are symmetric',
                "",
                related,
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
        for value in values:
            for text in texts[1:]:
                other = ordered(exchanged(value, texts[0], text))
                if other not in known:
                    view.draft.error(
                        "LF154",
                        place,
                        f'"{name}" has the value {ordered(value)} and not {other}, so "{texts[0]}" and '
                        f'"{text}" are not alike',
                        'Add it, or take the values out of "symmetric".',
                    )
                    return


def exchanged(value: Datum, one: str, other: str) -> Datum:
    """The value with two texts exchanged wherever they are in it."""
    match value:
        case str():
            return other if value == one else one if value == other else value
        case tuple():
            return tuple(exchanged(item, one, other) for item in value)
        case list():
            return [exchanged(item, one, other) for item in value]
        case dict():
            pairs = value.items()
            return {exchanged(k, one, other): exchanged(v, one, other) for k, v in pairs}
    return value
