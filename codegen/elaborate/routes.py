"""Routes: pairs ``start -> request`` that go through another state."""

from __future__ import annotations

from ..checked import Entity, Route
from ..diagnostics import Related
from ..part import Names, Text
from .draft import MAX_PAIRS, Draft, cut, split_text, texts
from .transitions import pair

_WITH = " with "


def declare_routes(draft: Draft) -> None:
    """Fill ``draft.routes``."""
    for entity_name, specs in draft.spec.routes.items():
        if not draft.find("LF103", entity_name, draft.known.entities, "entity"):
            continue
        for key, value in specs.items():
            if key == "on_conflict":
                _on_conflict(draft, key, value)
            else:
                _via(draft, draft.known.entities[entity_name], key, texts(value))


def _on_conflict(draft: Draft, key: Text, value: Names | Text) -> None:
    for text in texts(value)[:1]:
        answer = cut(text, 0, len(text.partition(_WITH)[0]))
        if draft.one_of(answer, ("error", "later leg wins"), "answer to a conflict"):
            draft.later_leg_wins = draft.later_leg_wins or answer == "later leg wins"
        if answer != text:
            name = cut(text, len(answer) + len(_WITH), len(text))
            if answer == "error":
                draft.error("LF127", name, "An error needs no deviation")
            elif draft.find("LF387", name, draft.known.deviations, "deviation"):
                draft.conflict_deviation = str(name)
    if len(texts(value)) != 1:
        draft.error("LF127", key, '"on_conflict" has one answer')


def _via(draft: Draft, entity: Entity, key: Text, pairs: list[Text]) -> None:
    word, space, name = str(key).partition(" ")
    if word != "via" or not space or not name.strip():
        draft.error("LF127", key, f'"{key}" is neither "via STATE" nor "on_conflict"')
        return
    via = cut(key, len(word), len(key))
    if not draft.find("LF108", via, entity.requests, f"request of {entity.name}"):
        return
    if len(pairs) == 1:
        pairs = split_text(pairs[0])
    for text in pairs:
        parts = pair(draft, text, entity)
        if parts is None:
            draft.broken.add(f"transitions {entity.name}")
            continue
        pairs_now = len(draft.routes) + len(parts[0]) * len(parts[1])
        if not draft.fits(text, pairs_now, MAX_PAIRS, "pairs"):
            return
        for start in parts[0]:
            for request in parts[1]:
                _route(draft, entity, text, start, request, str(via))


def _route(draft: Draft, entity: Entity, text: Text, start: Text, request: Text, via: str) -> None:
    pair_ = (entity.name, str(start), str(request))
    known = draft.routes.get(pair_)
    declared = draft.transitions.get(pair_)
    if known is not None or declared is not None:
        other = known.span if known is not None else declared.span if declared else text.span
        what = "has a route" if known is not None else "is a transition"
        draft.error(
            "LF124",
            text,
            f'"{start} -> {request}" {what} already',
            "",
            Related(other, "the first one"),
        )
        return
    if via in (start, request):
        draft.error("LF127", text, f'"{start} -> {request}" does not go through "{via}"')
        return
    draft.routes[pair_] = Route(entity.name, str(start), str(request), via, text.span)
