"""What may be declared to rank or to be ignored, by itself."""

from __future__ import annotations

from collections.abc import Iterator

from ..checked import CheckedSpec, ContextItem, Field
from ..diagnostics import Diagnostics
from ..types import INT, TupleType, Type, bare, spell, without_none
from .counter import Counter
from .grades import Level


def check_declared(spec: CheckedSpec, counter: Counter, diagnostics: Diagnostics) -> None:
    """Report ranks of what is no number, or begins with one that can't rank; and configurations that
    something forgotten tells apart."""
    for shown, item in forgettable(spec):
        if item.explore == "rank":
            _check_rank(shown, item, counter, diagnostics)
    for entity in spec.entities.values():
        for name in entity.configured_by:
            field = entity.fields[name]
            if field.explore != "exact":
                diagnostics.error(
                    "LF366",
                    field.span,
                    f"The configuration of a {entity.name} depends on {name}, which doesn't count exactly.",
                    f"Declare `explore: exact` for {entity.name}.{name}.",
                )
    forgotten = {name for name, item in spec.context.items() if item.explore != "exact"}
    for environment in spec.environments.values():
        for name in sorted(forgotten & environment.context.keys()):
            if spec.context[name].explore == "rank":
                diagnostics.error(
                    "LF367",
                    environment.span,
                    f"{environment.name} begins with another {name}, of which only the order counts.",
                    f"Declare `explore: exact` for {name}.",
                )


def forgettable(spec: CheckedSpec) -> Iterator[tuple[str, Field | ContextItem]]:
    """Everything that has a way to be explored, with its name."""
    for entity in spec.entities.values():
        for field in entity.fields.values():
            yield f"{entity.name}.{field.name}", field
    yield from spec.context.items()


def _check_rank(
    shown: str, item: Field | ContextItem, counter: Counter, diagnostics: Diagnostics
) -> None:
    if not _ranks(item.type):
        diagnostics.error(
            "LF367",
            item.span,
            f"{shown} is {spell(item.type)}: only an int or a tuple of these ranks.",
            f"Declare `explore: exact` for {shown}.",
        )
    elif not counter.name:
        diagnostics.error(
            "LF367",
            item.span,
            f"{shown} counts by its rank, and no number ranks.",
            f"{counter.rule} Otherwise declare `explore: exact`.",
        )
    elif (
        shown != counter.name
        and not (isinstance(item, Field) and item.required)
        and counter.of(item.default).whole.level is not Level.constant
    ):
        diagnostics.error(
            "LF367",
            item.span,
            f"{shown} counts by its rank, and begins with what has no order among ranks.",
            counter.rule,
        )


def _ranks(type_: Type) -> bool:
    base = bare(without_none(type_))
    if isinstance(base, TupleType):
        parts = base.items if base.rest is None else (base.rest,)
        return all(bare(part) == INT for part in parts)
    return base == INT
