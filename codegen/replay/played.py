"""A recording as a story, which a page plays and a picture marks: it is run again and told step by step.

Knows recordings, their replay, and the form of stories.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ..checked import CheckedSpec
from ..explorer.story import Beat, Change, Story, Told
from ..interpreter import Message
from ..interpreter.messages import STIMULUS_ID
from ..plain import shortened
from .reading import Recording
from .running import Again, replay
from .values import opaque

MOST_STEPS = 500
"""The last so many steps are told; of what was before, where everything was then."""
_LONGEST = 120  # characters of a value


def story(recording: Recording, spec: CheckedSpec) -> Story:
    """The story of a recorded run, up to where it ends or goes differently now."""
    where = {
        _whose(kind, key): state
        for kind, entities in recording.head.entities.items()
        for key, state, _ in entities
    }
    beats: deque[Beat] = deque()
    count = 0
    again: Again | None = None
    for again in replay(recording, spec, track=MOST_STEPS):
        count += 1
        beats.append(_beat(again, spec))
        if len(beats) > MOST_STEPS:
            for change in beats.popleft().changes:
                _follow(where, change)
    skipped = count - len(beats)
    begin = tuple(Change(whose, "state", None, state) for whose, state in where.items())
    first = Beat("begins", None, None, (), begin)
    return Story(
        recording.head.machine,
        recording.path.name,
        "recording",
        f"{recording.path.name}: {'the last ' if skipped else ''}{len(beats):,} of {count:,} steps",
        _ending(recording, again),
        (first, *beats),
        skipped=skipped,
    )


def _follow(where: dict[str, str], change: Change) -> None:
    if change.field != "state":
        return
    if change.after is None:
        where.pop(change.whose, None)
    else:
        where[change.whose] = change.after


def _ending(recording: Recording, last: Again | None) -> str:
    if last is not None and last.divergence is not None:
        return f"Here it goes differently now: {last.divergence.problem}"
    if last is not None and last.step.error is not None:
        return f"It ended with {last.step.error}"
    return "All went as recorded" if recording.closed else "The recording was not closed"


def _beat(again: Again, spec: CheckedSpec) -> Beat:
    changes = []
    for moved in again.moved:
        requests = spec.entities[moved.entity].requests
        gone = moved.state in requests and requests[moved.state].deletes
        after = None if gone else moved.state
        changes.append(Change(_whose(moved.entity, moved.key), "state", moved.start, after))
    for one in again.changed:
        whose = _whose(one.kind, one.key) if one.kind else ""
        changes.append(Change(whose, one.name, one.before, one.after))
    return Beat(
        "comes", _told(again.event), None, tuple(map(_told, again.instructions)), tuple(changes)
    )


def _whose(kind: str, key: Any) -> str:
    return f"{kind} {shortened(repr(opaque(key)), _LONGEST)}"


def _told(message: Message) -> Told:
    return Told(
        message.name,
        tuple(
            (name, shortened(repr(opaque(value)), _LONGEST))
            for name, value in message.fields.items()
            if name != STIMULUS_ID
        ),
    )
