"""Which errors of the two are the same, and which belong to a deviation that the spec names.

After an error the two need not be alike: upstream stops half way, ours mostly before it begins. A
history ends there. Whatever isn't explained here is a difference.
"""

from __future__ import annotations

import traceback

from distributed import worker_state_machine as upstream

from lawful.runtime import ClaimFailed, IllegalEvent
from lawful.runtime import InvalidTransition as PlainInvalidTransition
from lawful.runtime import RecommendationsConflict as PlainRecommendationsConflict

from .coverage import PAIRS as TABLE
from .coverage import ROUTES

REFUSED_PAIR = "claimed pairs are refused at once"
REFUSED_EVENT = "an impossible event is refused"
HEAP_FORGETS = "a heap forgets who has left"
MISSING_NO_MORE = "what fails while it is missing is missing no more"
RESUMED_FAILS = "a resumed task whose value can't be stored fails"
IN_PASSING = "upstream checks a task's inputs while the rest of the step is still to come"

_IN_PASSING = (
    "_transition_waiting_ready",
    "_transition_waiting_constrained",
    "_transition_ready_executing",
    "_transition_constrained_executing",
)
_CLAIMS = (AssertionError, ClaimFailed)
_CONFLICT = (upstream.RecommendationsConflict, PlainRecommendationsConflict)
_UNDECLARED = (upstream.InvalidTransition, PlainInvalidTransition)


def explained(theirs: BaseException | None, ours: BaseException | None) -> str | None:
    """Why it is right that upstream raised ``theirs`` and our machine ``ours`` in a step.

    Says what both have found, or begins with the name of a deviation in ``spec/worker/deviations.yaml``.
    ``None`` if it isn't right.
    """
    if isinstance(theirs, AssertionError) and _place(theirs) == "_transition_resumed_error":
        return RESUMED_FAILS  # ours goes on, and nobody can say to what it should come
    if isinstance(theirs, upstream.TransitionCounterMaxExceeded):
        same = isinstance(ours, upstream.TransitionCounterMaxExceeded)
        return "too many transitions" if same and _pair(theirs) == _pair(ours) else None
    if isinstance(ours, upstream.TransitionCounterMaxExceeded) or (ours is None and theirs is None):
        return None
    if isinstance(ours, _UNDECLARED):
        # Upstream may find out later, may recur without end, or may end up somewhere.
        pair = _pair(ours)
        if isinstance(theirs, upstream.InvalidTransition) and _pair(theirs) == pair:
            return f"invalid transition: {' -> '.join(pair)}"
        undeclared = pair not in TABLE and pair not in ROUTES
        end = f"upstream: {type(theirs).__name__}" if theirs else "upstream goes on"
        return f"{REFUSED_PAIR}: {' -> '.join(pair)}, {end}" if undeclared else None
    if isinstance(theirs, upstream.InvalidTransition):
        return "conflict of recommendations" if isinstance(ours, _CONFLICT) else None
    if theirs is None:
        return None
    place = _place(theirs)
    if isinstance(theirs, upstream.InvalidTaskState):
        same = isinstance(ours, upstream.InvalidTaskState) and _task(theirs) == _task(ours)
        return "both find the same task invalid" if same else None
    if isinstance(theirs, AssertionError) and ours is None and place in _IN_PASSING:
        return IN_PASSING
    if isinstance(ours, IllegalEvent) and isinstance(theirs, (KeyError, AssertionError)):
        return f"{REFUSED_EVENT}: {place}"
    if isinstance(theirs, RuntimeError) and place == "_handle_remove_replicas":
        return f"{REFUSED_EVENT}: {place}" if isinstance(ours, _CLAIMS) else None
    if isinstance(theirs, AssertionError) and isinstance(ours, _CLAIMS):
        return f"assertion: {place}"
    if isinstance(theirs, KeyError) and isinstance(ours, KeyError):
        return f"key error: {place}"
    return None


def too_many_transitions(error: BaseException | None) -> bool:
    """Whether upstream's bound is the reason. Within a route it is wrapped into another error."""
    return isinstance(error, upstream.TransitionCounterMaxExceeded) or (
        isinstance(error, upstream.InvalidTransition) and too_many_transitions(error.__cause__)
    )


def _pair(error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, PlainInvalidTransition):
        return error.start, error.request
    assert isinstance(error, upstream.InvalidTransition)
    return error.start, error.finish


def _task(error: upstream.InvalidTaskState) -> tuple[object, str]:
    return error.key, error.state


def _place(error: BaseException) -> str:
    """The function that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return frames[-1].name if frames else ""
