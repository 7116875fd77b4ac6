"""Pairs (state, request): which may be asked for, which are declared, and which are claimed impossible.

A recommendation is drained later than it is made, so whatever place asks for a request, the entity may
then be in any state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import TypeVar

from .checked import Case, CheckedSpec, Route, Transition
from .diagnostics import Related, Span
from .elaborate.draft import Draft

_P = TypeVar("_P", bound=Transition | Route)


def check_pairs(draft: Draft) -> None:
    """Every pair that may be asked for is declared, routed or claimed; every route has its legs."""
    asked = _asked(draft)
    pairs: list[Transition | Route] = [*draft.transitions.values(), *draft.routes.values()]
    declared = _by_entity(pairs)
    for name in draft.known.entities:
        if f"transitions {name}" not in draft.broken and name not in draft.undeclared:
            _check_undeclared(draft, name, asked.get(name, {}), declared.get(name, []))
    for route in draft.routes.values():
        if f"transitions {route.entity}" not in draft.broken:
            _check_legs(draft, route)


def _asked(draft: Draft) -> dict[str, dict[str, Span]]:
    """The requests that are made of each entity, with a place that makes each."""
    asked: dict[str, dict[str, Span]] = {}
    for (entity, request), places in draft.usage.asked.items():
        asked.setdefault(entity, {})[request] = next(iter(places))
    return asked


def _by_entity(pairs: Iterable[_P]) -> dict[str, list[_P]]:
    result: dict[str, list[_P]] = {}
    for pair in pairs:
        result.setdefault(pair.entity, []).append(pair)
    return result


def _check_undeclared(
    draft: Draft, name: str, made: dict[str, Span], pairs: list[Transition | Route]
) -> None:
    entity = draft.known.entities[name]
    asked = {request: place for request, place in made.items() if request in entity.requests}
    declared = [(pair.start, pair.request) for pair in pairs if pair.request in asked]
    stays = sum(entity.requests[request].state for request in asked)
    same = sum(start == request for start, request in declared)
    count = len(asked) * len(entity.states) - stays - len(declared) + same
    if count <= 0:
        return
    missing = (
        (start, request)
        for request in asked
        for start in entity.states
        if start != request and not is_declared(draft, name, start, request)
    )
    few = list(islice(missing, 6))
    shown = ", ".join(f"{start} -> {request}" for start, request in few)
    rest = f" and {count - len(few)} more" if count > len(few) else ""
    key = next((key for key in draft.spec.transitions if key == name), None)
    draft.error(
        "LF204",
        entity.span if key is None else key,
        f"{name} may be asked for pairs that nothing is said of: {shown}{rest}",
        "Declare them, or claim once for all the rest: undeclared: {impossible: why}.",
        Related(asked[few[0][1]], "asked for here, in whatever state the entity is by then"),
    )


def is_declared(draft: Draft, entity: str, start: str, request: str) -> bool:
    """Whether a pair is a transition or has a route."""
    pair = (entity, start, request)
    return pair in draft.transitions or pair in draft.routes


def _check_legs(draft: Draft, route: Route) -> None:
    """A route's first leg is a transition, and from a state that it reaches the request can be met."""
    first = draft.transitions.get((route.entity, route.start, route.via))
    if first is None:
        draft.error(
            "LF207",
            route.span,
            f'the route "{route.start} -> {route.request}" begins with "{route.start} -> {route.via}", '
            "which is not declared",
        )
        return
    reached = _reached(draft, route.entity, route.start, route.via)
    for state in reached:
        if state == route.request or is_declared(draft, route.entity, state, route.request):
            return
    from_ = ", ".join(f'"{state}"' for state in reached) or "nowhere"
    draft.error(
        "LF208",
        route.span,
        f'the route "{route.start} -> {route.request}" gets through "{route.via}" to {from_}, and '
        f'from there nothing leads to "{route.request}"',
        "",
        Related(first.span, "the first leg"),
    )


def _reached(draft: Draft, entity: str, start: str, request: str) -> list[str]:
    """The states that a leg may end in, what it recommends for its own kind of entity followed."""
    found: dict[str, None] = {}
    open_ = [(start, request)]
    seen = set(open_)
    while open_:
        origin, asked = open_.pop()
        transition = draft.transitions.get((entity, origin, asked))
        if transition is None:
            continue
        for case in transition.cases:
            state = case.target if case.kind == "becomes" and case.target else origin
            if state != start:
                found[state] = None
            for more in _asks(entity, case):
                if (state, more) not in seen:
                    seen.add((state, more))
                    open_.append((state, more))
    return list(found)


def _asks(entity: str, case: Case) -> Iterator[str]:
    if case.kind == "redirect" and case.target is not None:
        yield case.target
    for owner, request in sorted(case.effects.requests):
        if owner == entity:
            yield request


def check_unasked(draft: Draft) -> None:
    """Requests that nobody makes, so that what is declared for them never happens."""
    asked = draft.usage.asked
    routed = {(route.entity, route.via) for route in draft.routes.values()}
    transitions = _by_entity(draft.transitions.values())
    said: set[tuple[str, str]] = set()
    for name, entity in draft.known.entities.items():
        for request in entity.requests.values():
            key = (name, request.name)
            if not request.state and key not in asked and key not in routed:
                said.add(key)
                draft.warn(
                    "LF205", request.span, f'nothing ever asks a {name} for "{request.name}"'
                )
        _check_deletes(draft, name, transitions.get(name, []))
    pairs: list[Transition | Route] = [*draft.transitions.values(), *draft.routes.values()]
    for pair in pairs:
        key = (pair.entity, pair.request)
        if key in asked or key in routed or key in said:
            continue
        said.add(key)
        draft.warn(
            "LF206",
            pair.span,
            f'"{pair.start} -> {pair.request}" never happens: nothing asks a {pair.entity} for '
            f'"{pair.request}"',
        )
    for name, span in _vain_claims(draft):
        draft.warn("LF209", span, f'no pair of {name} is left for "undeclared" to speak of')


def _check_deletes(draft: Draft, name: str, transitions: list[Transition]) -> None:
    reached = {case.target for t in transitions for case in t.cases if case.kind == "becomes"}
    for request in draft.known.entities[name].requests.values():
        if request.deletes and request.name not in reached:
            draft.warn(
                "LF220",
                request.span,
                f'"{request.name}" deletes, and no transition ever becomes "{request.name}"',
            )


def _vain_claims(draft: Draft) -> Iterator[tuple[str, Span]]:
    asked = _asked(draft)
    sections = {str(key): specs for key, specs in draft.spec.transitions.items()}
    for name in draft.undeclared:
        entity = draft.known.entities[name]
        if not any(
            start != request and not is_declared(draft, name, start, request)
            for request in asked.get(name, ())
            for start in entity.states
        ):
            yield name, next(key for key in sections[name] if key == "undeclared").span


def check_reachable(draft: Draft) -> None:
    """States that no transition leads to, from the initial state on."""
    leads: dict[tuple[str, str], set[str]] = {}
    for transition in draft.transitions.values():
        targets = leads.setdefault((transition.entity, transition.start), set())
        targets |= {
            case.target for case in transition.cases if case.kind == "becomes" and case.target
        }
    for name, entity in draft.known.entities.items():
        reached = {entity.initial}
        open_ = [entity.initial]
        while open_:
            new = leads.get((name, open_.pop()), set()) - reached
            reached |= new
            open_ += new
        for state in entity.states.values():
            if state.name not in reached:
                draft.warn(
                    "LF210",
                    state.span,
                    f'no {name} is ever "{state.name}": nothing leads there from "{entity.initial}"',
                )


def pairs_text(checked: CheckedSpec) -> Iterator[str]:
    """The claimed pairs, request by request, with the places that may ask, as lines of text."""
    count = 0
    for (entity, request), places in sorted(checked.askers.items()):
        starts = claimed_starts(checked, entity, request)
        if not starts:
            continue
        count += len(starts)
        yield f"{entity}: {', '.join(starts)} -> {request}"
        yield from (f"  {place} may ask for it" for place in places)
    for name, reason in checked.undeclared.items():
        yield f"{name}: the reason given is: {reason}"
    yield f"{count} undeclared pair{' is' if count == 1 else 's are'} claimed impossible"


def pairs_data(checked: CheckedSpec) -> list[dict[str, object]]:
    """The claimed pairs for JSON, one object a request::

    {"machine": …, "entity": …, "request": …, "starts": […], "reason": …,
     "askers": [{"path": …, "line": 3, "column": 5, "end_line": 3, "end_column": 9}]}
    """
    return [
        {
            "machine": checked.machine,
            "entity": entity,
            "request": request,
            "starts": starts,
            "reason": checked.undeclared.get(entity, ""),
            "askers": [asdict(place) for place in places],
        }
        for (entity, request), places in sorted(checked.askers.items())
        if (starts := claimed_starts(checked, entity, request))
    ]


def claimed_starts(checked: CheckedSpec, entity: str, request: str) -> list[str]:
    """The states in which a request that is made somewhere is claimed never to come."""
    return [
        start
        for start in checked.entities[entity].states
        if start != request
        and (entity, start, request) not in checked.transitions
        and (entity, start, request) not in checked.routes
    ]
