"""Transitions: each pair ``start -> request`` with its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..checked import Attempt, Case, Entity, Transition
from ..diagnostics import Related
from ..part import Text
from ..snippets.check import check_arguments, check_attempt, warn_unused
from ..snippets.environment import LocalTypes, Surroundings
from ..snippets.ir import Block, Expr
from ..spec import CaseSpec, TransitionSpec
from ..types import UNKNOWN, EntityType, Type
from .draft import MAX_PAIRS, Draft, cut, settle, size_of, split_text, texts
from .flow import Flow, check_shape, span_of, value_of

CASE_KEYS = (
    "when",
    "assert",
    "attempt",
    "failed",
    "becomes",
    "internal",
    "redirect",
    "do",
    "recommend",
    "args",
    "emit",
    "impossible",
    "doc",
)
KINDS = ("becomes", "internal", "redirect", "impossible")
FAILED_KEYS = ("do", "recommend", "args", "emit", "doc")
UNDECLARED = "undeclared"


def declare_transitions(draft: Draft) -> None:
    """Fill ``draft.transitions`` and ``draft.undeclared``."""
    for entity_name, specs in draft.spec.transitions.items():
        if not draft.find("LF103", entity_name, draft.known.entities, "entity"):
            continue
        entity = draft.known.entities[entity_name]
        first: dict[tuple[str, str], Text] = {}
        for key, spec in specs.items():
            if key == UNDECLARED:
                _undeclared(draft, entity, key, spec)
            else:
                _transition(draft, entity, key, spec, first)


def _undeclared(draft: Draft, entity: Entity, key: Text, spec: TransitionSpec) -> None:
    others = [k for k in CASE_KEYS if k != "impossible" and value_of(spec, k) is not None]
    if spec.cases or others or spec.impossible is None:
        draft.error(
            "LF126",
            key,
            '"undeclared" says nothing but why those pairs can\'t be asked for',
            "Write undeclared: {impossible: …}.",
        )
    reason = "" if spec.impossible is None else draft.reason(spec.impossible)
    draft.undeclared[entity.name] = reason


def pair(draft: Draft, text: Text, entity: Entity) -> tuple[list[Text], list[Text]] | None:
    """The starts (groups written out) and the requests of ``a, b -> c, d`` that are known; None where
    the text isn't a pair at all."""
    left, arrow, _ = str(text).partition("->")
    if not arrow or "->" in text[len(left) + 2 :]:
        draft.error("LF125", text, f'"{text}" is no pair "state -> request"')
        return None
    starts: list[Text] = []
    for part in split_text(cut(text, 0, len(left))):
        if part in entity.groups:
            starts += [Text(state, part.span) for state in entity.groups[part]]
        elif part in entity.states:
            starts.append(part)
        else:
            _unknown_start(draft, part, entity)
    requests = [
        part
        for part in split_text(cut(text, len(left) + 2, len(text)))
        if draft.find("LF108", part, entity.requests, f"request of {entity.name}")
    ]
    return starts, requests


def _unknown_start(draft: Draft, part: Text, entity: Entity) -> None:
    if part.replace(" ", "") in {c.replace(" ", "") for c in entity.configurations}:
        hint = f'Write "{part.partition("(")[0]}", and tell the fields apart with "when".'
    elif part in entity.requests:
        hint = f'"{part}" is a request; an entity never rests in it.'
    else:
        hint = draft.suggest(part, [*entity.states, *entity.groups])
    draft.error("LF107", part, f'there is no state of {entity.name} "{part}"', hint)


def _transition(
    draft: Draft,
    entity: Entity,
    key: Text,
    spec: TransitionSpec,
    first: dict[tuple[str, str], Text],
) -> None:
    parts = None if draft.too_big else pair(draft, key, entity)
    if parts is None:
        draft.broken.add(f"transitions {entity.name}")
        return
    starts, requests = parts
    if not starts or not requests:
        draft.broken.add(f"transitions {entity.name}")
    pairs = len(starts) * len(requests)
    if not draft.fits(key, len(draft.transitions) + pairs, MAX_PAIRS, "pairs"):
        return
    size = size_of(spec) if len(requests) > 1 else 0
    for request in requests:
        if not draft.repeat(key, size):
            return
        cases, asserts = _for_request(draft, entity, key, spec, request)
        for start in starts:
            known = first.setdefault((start, request), start)
            if known is not start:
                draft.error(
                    "LF124",
                    start,
                    f'"{start} -> {request}" is declared already',
                    "",
                    Related(known.span, "the first one"),
                )
                continue
            if start == request:
                draft.error(
                    "LF212",
                    start,
                    f'"{start} -> {request}" never happens: an entity that is asked for the state it '
                    "is in stays as it is",
                )
            draft.transitions[entity.name, str(start), str(request)] = Transition(
                entity.name, str(start), str(request), asserts, cases, key.span
            )


def _for_request(
    draft: Draft, entity: Entity, key: Text, spec: TransitionSpec, request: Text
) -> tuple[tuple[Case, ...], tuple[Expr, ...]]:
    """The cases of a transition for one of its requests, whose arguments are locals."""
    arguments = {f.name: f.type for f in entity.requests[request].fields.values()}

    def build(types: LocalTypes) -> tuple[tuple[Case, ...], tuple[Expr, ...]]:
        locals_: dict[str, Type] = {**arguments, entity.variable: EntityType(entity.name)}
        around = Surroundings(
            place=f"the transition {key}",
            locals=locals_,
            fixed=frozenset(locals_),
            start=entity.name,
            unique_requests=True,
            types=types,
        )
        return _cases(draft, entity, key, spec, Flow(draft, around), request)

    return settle(draft, build)


def _cases(
    draft: Draft, entity: Entity, key: Text, spec: TransitionSpec, flow: Flow, request: Text
) -> tuple[tuple[Case, ...], tuple[Expr, ...]]:
    asserts = _asserts(spec, flow)
    specs: list[CaseSpec] = list(spec.cases) or [spec]
    if spec.cases:
        beside = [
            k for k in CASE_KEYS if k not in ("assert", "doc") and value_of(spec, k) is not None
        ]
        if beside:
            draft.error("LF118", key, f'"{beside[0]}" stands in one of the cases, not beside them')
    made: list[Case] = []
    for one in specs:
        if not check_shape(draft, one, span_of(one, key), CASE_KEYS, "a transition"):
            continue
        way = flow.fork(apart=True)
        case = _case(draft, entity, key, one, way, request, own_asserts=one is not spec)
        if not draft.diagnostics.has_errors:  # what reads a local may be what is wrong
            warn_unused(way.seen.assigned, frozenset(way.seen.read), draft.diagnostics)
        flow.unless(way)
        if case is not None:
            made.append(case)
    return tuple(made), asserts


def _asserts(spec: CaseSpec, flow: Flow) -> tuple[Expr, ...]:
    """The claims of a case; what follows may rely on them."""
    return tuple(e for e in map(flow.guard, texts(spec.assert_)) if e is not None)


def _case(
    draft: Draft,
    entity: Entity,
    key: Text,
    spec: CaseSpec,
    flow: Flow,
    request: Text,
    *,
    own_asserts: bool,
) -> Case | None:
    where = span_of(spec, key)
    kinds = [kind for kind in KINDS if value_of(spec, kind) is not None]
    if not kinds and not draft.whole:
        return None
    if len(kinds) != 1:
        said = " and ".join(kinds) if kinds else "none of them"
        second = value_of(spec, kinds[1]) if kinds else None
        draft.error(
            "LF118" if kinds else "LF119",
            second if isinstance(second, Text) else where if own_asserts else key,
            f"a case is one of becomes, internal, redirect and impossible, and here is {said}",
        )
        return None
    kind = kinds[0]
    if kind == "impossible" and _acts(spec):
        draft.error("LF118", _acts(spec)[0], "a case that is impossible does nothing")
        return None
    if kind == "redirect" and spec.recommend is not None:
        draft.error("LF118", spec.recommend, "a case that redirects asks for that request already")
        return None
    when = flow.guard(spec.when)
    asserts = _asserts(spec, flow) if own_asserts else ()
    attempt = _attempt(draft, entity, spec, flow)
    target, redirect = _target(draft, entity, spec, flow, request)
    body = flow.body(spec, entity.variable) if kind != "impossible" else ()
    reason = spec.internal if spec.internal is not None else spec.impossible
    return Case(
        kind="becomes"
        if kind == "becomes"
        else "internal"
        if kind == "internal"
        else "redirect"
        if kind == "redirect"
        else "impossible",
        when=when,
        target=target,
        reason="" if reason is None else draft.reason(reason),
        attempt=attempt,
        body=body,
        span=where,
        redirect_arguments=redirect,
        effects=flow.seen.all_effects(),
        asserts=asserts,
    )


def _acts(spec: CaseSpec) -> list[Text]:
    acts = (spec.do, spec.recommend, spec.attempt, spec.args, *texts(spec.emit))
    return [text for text in acts if text is not None]


def _target(
    draft: Draft, entity: Entity, spec: CaseSpec, flow: Flow, request: Text
) -> tuple[str | None, tuple[Expr, ...]]:
    """The state that a case leads to, or the request that it redirects to, with its arguments."""
    if spec.becomes is not None:
        known = entity.requests.get(spec.becomes)
        if known is None:
            names = [r.name for r in entity.requests.values() if r.state or r.deletes]
            draft.find("LF107", spec.becomes, names, f"state of {entity.name}")
        elif not (known.state or known.deletes):
            draft.error(
                "LF141",
                spec.becomes,
                f'"{spec.becomes}" is only a request: an entity can\'t become it',
                "Name a state, or a request that deletes.",
            )
        return str(spec.becomes), ()
    if spec.redirect is None:
        return None, ()
    if spec.redirect == request:
        draft.error(
            "LF142", spec.redirect, f'"{request}" is what was asked for: this would go on for ever'
        )
        return str(spec.redirect), ()
    checked = check_arguments(
        spec.args, entity.name, spec.redirect, flow.around, draft.known, draft.diagnostics
    )
    flow.note(checked)
    if spec.redirect in entity.requests:
        draft.usage.ask(entity.name, str(spec.redirect), spec.redirect.span)
    if checked.value.spread is not None:
        draft.error("LF142", spec.args or spec.redirect, "a redirect gives each argument by itself")
    return str(spec.redirect), checked.value.arguments


def _attempt(draft: Draft, entity: Entity, spec: CaseSpec, flow: Flow) -> Attempt | None:
    """The host function that may fail, and what happens then; its result is a local of what follows."""
    if spec.attempt is None:
        if spec.failed is not None:
            draft.error("LF118", span_of(spec.failed, spec.span), '"failed" goes with "attempt"')
        return None
    if spec.failed is None:
        draft.error(
            "LF119",
            spec.attempt,
            "the attempt may fail, and nothing says what happens then",
            'Add "failed".',
        )
        return None
    checked = check_attempt(spec.attempt, flow.around, draft.known, draft.diagnostics)
    flow.note(checked)
    tried = checked.value
    host = None if tried.call is None else draft.known.host.get(tried.call.function)
    failure = host.fails if host is not None and host.fails is not None else None
    locals_: dict[str, Type] = {}
    if failure is not None and host is not None:
        locals_[failure] = host.fails_type or UNKNOWN
    else:  # whatever was meant, its failure has one of these names
        locals_ |= {f.fails: UNKNOWN for f in draft.known.host.values() if f.fails is not None}
    way = flow.fork(locals_=locals_)
    failed: Block = ()
    where = span_of(spec.failed, spec.attempt)
    if check_shape(draft, spec.failed, where, FAILED_KEYS, '"failed"'):
        if _acts(spec.failed):
            failed = way.body(spec.failed, entity.variable)
        else:
            draft.error("LF119", where, '"failed" does not say what happens')
    flow.around = flow.around.after(checked)
    if not checked.ok:
        flow.bind_unknown(spec.attempt)
    elif tried.name is not None:
        flow.around = replace(flow.around, locals=_with(flow, tried.name, tried.result))
    if tried.call is None or failure is None:
        return None
    return Attempt(tried.name, tried.call, failure, failed, spec.attempt.span)


def _with(flow: Flow, name: str, type_: Type | None) -> Mapping[str, Type]:
    return {**flow.around.locals, name: type_ or UNKNOWN}
