"""Routes, the merging of recommendations, and observers: what a transition needs beside the table.

Knows the errors only; the machine is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .base import Observer
from .errors import RecommendationsConflict

if TYPE_CHECKING:
    from .machine import Machine, Recommendations, Result


def follow_route(
    machine: Machine[Any, Any],
    entity: Any,
    via: str,
    request: str,
    args: tuple[Any, ...],
    stimulus_id: str,
) -> Result:
    """Bring ``entity`` to ``request`` through ``via``.

    The first leg is followed by what the entity recommends to itself, except a deletion (the aim is
    ``request``), and the second leg starts from the state that was really reached. What all of them
    recommend to others is merged: a conflict is an error, or the later leg wins if the spec says so.
    """
    wins = machine._LATER_LEG_WINS
    later_wins = machine.DEVIATIONS[wins] if isinstance(wins, str) else wins
    deleting = machine._DELETING.get(type(entity), ())
    recommendations, instructions = machine.transition(entity, via, stimulus_id=stimulus_id)
    while (own := recommendations.pop(entity, None)) is not None:
        name, own_args = (own, ()) if isinstance(own, str) else (own[0], own[1:])
        if name not in deleting:
            more, new = machine.transition(entity, name, *own_args, stimulus_id=stimulus_id)
            merge(recommendations, more, later_wins=later_wins)
            instructions = instructions + new
    more, new = machine.transition(entity, request, *args, stimulus_id=stimulus_id)
    merge(recommendations, more, later_wins=later_wins)
    return recommendations, instructions + new


def merge(recommendations: Recommendations, more: Recommendations, *, later_wins: bool) -> None:
    """Put ``more`` into ``recommendations``; each keeps the place of the first for its entity."""
    if not later_wins:
        for entity, request in more.items():
            first = recommendations.setdefault(entity, request)
            if first != request:
                raise RecommendationsConflict(repr(entity), first, request)
    else:
        recommendations.update(more)


class UniqueRequests(dict[Any, Any]):
    """Recommendations of one case, where asking an entity for two different things is an error.

    Used where procedures recommend too, so that nobody has to be told where he is called from.
    """

    __slots__ = ()

    def __setitem__(self, entity: Any, request: Any) -> None:
        first = self.setdefault(entity, request)
        if first != request:
            raise RecommendationsConflict(repr(entity), first, request)


def tell(observers: Iterable[Observer], entity: Any, start: str, request: str) -> None:
    """Tell each observer of a transition. What one raises is logged and goes no further."""
    for observer in observers:
        try:
            observer(entity, start, request, entity.state)
        except Exception:
            import logging  # it costs a third of the package's import time, and is rarely needed

            logging.getLogger("lawful.runtime").exception("observer %r failed", observer)
