"""The cells of a handler: which configurations a key names, and what happens there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..checked import ABSENT, NEW, NO_SUBJECT, Cell, CellCase, Entity, Subject
from ..diagnostics import Related
from ..part import Text
from ..spec import CaseSpec, CellSpec
from .draft import MAX_SUGGESTIONS, Draft
from .flow import Flow, check_shape, span_of
from .subjects import cell_parts, configurations_by_name, needed_cells

CELL_KEYS = ("when", "do", "recommend", "args", "emit", "ignore", "impossible", "doc")
OWN_KEYS = ("when", "do", "emit", "ignore", "impossible", "doc")


@dataclass
class _Keys:
    """The keys of the cells of one handler, name by name. ``unclear`` tells that one of them wasn't
    understood, so that nothing can be said of what is missing."""

    entity: Entity
    subject: Subject
    needed: list[str]
    by_name: Mapping[str, list[str]]
    first: dict[str, Text] = field(default_factory=dict)
    unclear: bool = False


def make_cells(
    draft: Draft,
    specs: Mapping[Text, CellSpec],
    subject: Subject,
    flow: Flow,
    absent: Flow,
    place: str,
) -> tuple[dict[str, Cell], bool]:
    """A cell for each configuration that is named, in the order of the spec, and whether a key was
    unclear. ``absent`` is the flow where there is no entity."""
    entity = draft.known.entities[subject.entity]
    keys = _Keys(
        entity,
        subject,
        needed_cells(entity, subject),
        draft.names_of(entity.name, configurations_by_name),
        unclear=f"states {entity.name}" in draft.broken,
    )
    expanded = [
        (key, spec, [c for part in cell_parts(key) for c in _stands_for(draft, part, keys, place)])
        for key, spec in specs.items()
    ]
    rest = [c for c in entity.configurations if c not in keys.first]
    _check_wide(draft, keys, rest)
    result: dict[str, Cell] = {}
    for key, spec, names in expanded:
        is_absent = ABSENT in names
        cell = _cell(
            draft,
            key,
            spec,
            (absent if is_absent else flow).fork(f'the cell "{key}" in the {place}'),
            None if is_absent else entity.variable,
            CELL_KEYS,
        )
        for name in names:
            for configuration in rest if name in ("any", "others") else (name,):
                result.setdefault(configuration, cell)
    return result, keys.unclear


def own_cell(draft: Draft, name: Text, spec: CellSpec, flow: Flow) -> Cell:
    """The only cell of a handler without a subject."""
    cell = _cell(draft, name, spec, flow, None, OWN_KEYS)
    return Cell(cell.span, NO_SUBJECT, cell.cases, cell.ignore, cell.impossible)


def _stands_for(draft: Draft, part: Text, keys: _Keys, place: str) -> list[str]:
    """The configurations that one name in a cell key stands for and that no other key names."""
    fresh: list[str] = []
    for configuration in _named(draft, part, keys):
        before = keys.first.setdefault(configuration, part)
        if before is part:
            fresh.append(configuration)
        else:
            draft.error(
                "LF123",
                part,
                f'"{configuration}" has a cell in this {place.split()[0]} already',
                "",
                Related(before.span, "the first cell"),
            )
    return fresh


def _named(draft: Draft, part: Text, keys: _Keys) -> list[str]:
    subject, entity = keys.subject, keys.entity
    wide = part in ("any", "others") and subject.mode != "create"
    if wide or (part in (NEW, ABSENT) and part in keys.needed[:1]):
        return [str(part)]
    known = keys.by_name.get(part.replace(" ", ""))
    if part in (NEW, ABSENT):
        mode = "each" if subject.many else subject.mode
        draft.error("LF122", part, f'with "{mode}" an entity is never "{part}" here')
    elif subject.mode == "create":
        draft.error("LF122", part, f'"create" makes a new {entity.name}, so only "new" is possible')
    elif known is None:
        if "(" not in part or f"states {entity.name}" not in draft.broken:
            suggest = draft.suggestions < MAX_SUGGESTIONS
            words = [*keys.needed[:1], "any", "others", *keys.by_name] if suggest else []
            draft.find("LF107", part, words, f"state of {entity.name}")
        keys.unclear = True
    else:
        return known
    return []


def _check_wide(draft: Draft, keys: _Keys, rest: list[str]) -> None:
    """``any`` stands alone; ``others`` stands for something."""
    everything, others = keys.first.get("any"), keys.first.get("others")
    if everything is not None and others is not None:
        draft.error(
            "LF122",
            others,
            '"any" stands for all configurations, so there are no others',
            "",
            Related(everything.span, '"any"'),
        )
    elif everything is not None and len(rest) != len(keys.entity.configurations):
        draft.error(
            "LF122",
            everything,
            '"any" stands for all configurations, and some have cells of their own',
            'Say "others".',
        )
    elif others is not None and not rest and not keys.unclear:
        draft.error("LF122", others, '"others" stands for nothing here: all are named')


def _cell(
    draft: Draft,
    key: Text,
    spec: CellSpec,
    flow: Flow,
    variable: str | None,
    allowed: tuple[str, ...],
) -> Cell:
    """A cell: one case or several, or a reason why nothing happens or why it can't be."""
    cases: list[CaseSpec] = list(spec.cases) or [spec]
    if spec.cases and any(getattr(spec, k) is not None for k in CELL_KEYS if k != "doc"):
        draft.error("LF118", key, 'what happens stands in "cases" or beside it, not in both')
    kind = "a handler without a subject" if allowed is OWN_KEYS else "a cell"
    made: list[CellCase] = []
    for case in cases:
        if not check_shape(draft, case, span_of(case, key), allowed, kind):
            continue
        if variable is None and allowed is CELL_KEYS and case.recommend is not None:
            draft.error("LF118", case.recommend, "nothing can be recommended for an absent entity")
            continue
        way = flow.fork()
        one = _case(draft, key, case, way, variable)
        flow.unless(way)
        if one is not None:
            made.append(one)
    if len(cases) == len(made) == 1 and made[0].when is None:
        only = made[0]
        if only.ignore is not None or only.impossible is not None:
            return Cell(key.span, str(key), ignore=only.ignore, impossible=only.impossible)
    return Cell(key.span, str(key), tuple(made))


def _case(
    draft: Draft, key: Text, spec: CaseSpec, flow: Flow, variable: str | None
) -> CellCase | None:
    reasons = [text for text in (spec.ignore, spec.impossible) if text is not None]
    acts = [text for text in (spec.do, spec.recommend, spec.emit) if text is not None]
    if len(reasons) == 2:
        draft.error("LF118", reasons[1], 'a case can\'t be both "ignore" and "impossible"')
        return None
    if reasons and acts:
        draft.error(
            "LF118", reasons[0], "a case that does something is neither ignored nor impossible"
        )
        return None
    if not reasons and not acts:
        if not draft.whole:
            return None  # what it says may have been lost with a misspelt key
        draft.error(
            "LF119",
            key if spec.when is None else spec.when,
            "this case does not say what happens",
            "Add do, recommend or emit, or say with a reason that it is ignored or impossible.",
        )
        return None
    when = flow.guard(spec.when)
    return CellCase(
        when=when,
        body=flow.body(spec, variable),
        span=span_of(spec, key),
        ignore=None if spec.ignore is None else draft.reason(spec.ignore),
        impossible=None if spec.impossible is None else draft.reason(spec.impossible),
    )
