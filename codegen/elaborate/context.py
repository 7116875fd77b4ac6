"""The machine's own data: configuration, context, and the rules of derived and kept collections."""

from __future__ import annotations

from dataclasses import replace

from ..checked import ContextItem
from ..part import Text
from ..snippets.check import check_expression
from ..snippets.environment import Surroundings
from ..spec import ContextSpec
from ..types import BOOL, COLLECTIONS, CountType, EntityType, spell
from .draft import Draft
from .fields import entity_of, holds_heap, is_broken, make_field, make_fields


def declare_config(draft: Draft) -> None:
    """Fill ``draft.known.config``."""
    draft.known.config = make_fields(draft, draft.spec.config)


def declare_context(draft: Draft) -> None:
    """Fill ``draft.known.context``; ``members`` and ``key`` are checked later, by ``check_rules``."""
    for name, spec in draft.spec.context.items():
        draft.known.context[str(name)] = _item(draft, name, spec)


def _item(draft: Draft, name: Text, spec: ContextSpec) -> ContextItem:
    field = make_field(draft, name, spec, count=True, lenient=True, explored=True)
    of = entity_of(field.type)
    hand = False
    if spec.maintained is not None:
        draft.one_of(spec.maintained, ("by hand",), "way to be maintained")
        hand = True
    derived = spec.members is not None
    if is_broken(field.type):
        pass  # said already
    elif spec.members is not None and of is None:
        draft.error(
            "LF128",
            spec.type,
            f'"{name}" has "members", so its type is ordered_set[E], heap[E] or count[E], not '
            f"{spell(field.type)}",
        )
    elif spec.members is not None and hand and isinstance(field.type, CountType):
        assert spec.maintained is not None
        draft.error("LF128", spec.maintained, "a count is always kept by the generator")
    if derived and spec.default is not None:
        where = spec.default if isinstance(spec.default, Text) else name
        draft.error(
            "LF128", where, f'"{name}" is filled by its "members"; a default has no meaning'
        )
    if not derived:
        for key, text in (("maintained", spec.maintained), ("early", spec.early)):
            if text is not None:
                draft.error("LF130", text, f'"{key}" goes with "members"')
        if isinstance(field.type, CountType):
            draft.error("LF128", name, f'"{name}" counts nothing: say what with "members"')
        elif field.required:
            draft.error(
                "LF143",
                name,
                f'"{name}" begins with no value: {spell(field.type)} has no default of its own',
                'Add "default".',
            )
    elif hand and spec.early is not None:
        draft.error("LF130", spec.early, "a collection kept by hand can be changed at any time")
    heap = holds_heap(field.type)
    if heap is not None and spec.key is None:
        draft.error("LF129", name, f'"{name}" is a heap and does not say its "key"')
    if heap is None and spec.key is not None and not is_broken(field.type):
        draft.error("LF129", spec.key, f'"{name}" is no heap, so it has no "key"')
    return ContextItem(
        name=str(name),
        type=field.type,
        span=name.span,
        default=[]
        if field.default is None and isinstance(field.type, COLLECTIONS)
        else field.default,
        doc=field.doc,
        of=of if of is not None else (heap.name if heap is not None else None),
        maintained="hand" if derived and hand else "generator" if derived and of else "none",
        early=draft.flag(spec.early),
        explore=field.explore,
    )


def check_rules(draft: Draft) -> None:
    """Check ``members`` and ``key``, which see an entity by its variable and nothing else."""
    for name, spec in draft.spec.context.items():
        item = draft.known.context[str(name)]
        if item.of is None:
            continue
        entity = draft.known.entities[item.of]
        around = Surroundings(
            place=f'the rule of "{name}"',
            locals={entity.variable: EntityType(entity.name)},
            pure=True,
            guard=True,
            machine=False,
        )
        if spec.members is not None:
            rule = check_expression(spec.members, around, draft.known, draft.diagnostics, BOOL)
            draft.usage.reads |= rule.effects.reads
            item = replace(item, members=rule.value, members_reads=rule.effects.reads)
        if spec.key is not None:
            around = replace(around, place=f'the key of "{name}"', guard=False)
            order = check_expression(spec.key, around, draft.known, draft.diagnostics)
            draft.usage.reads |= order.effects.reads
            item = replace(item, key=order.value)
        draft.known.context[str(name)] = item
