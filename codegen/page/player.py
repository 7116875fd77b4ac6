"""Stories as the page plays them: each step in words, and where in the picture it goes.

Knows stories and the diagram's model; gives plain data for JSON.
"""

from __future__ import annotations

from typing import Any

from ..diagram.model import Diagram
from ..diagram.taken import moves
from ..explorer.story import Beat, Story
from ..explorer.words import sentence


def told(story: Story, diagram: Diagram) -> dict[str, Any]:
    """The story as data: ``steps`` with a sentence, what was emitted, what changed, and the moves;
    ``first`` is the number of the first step; ``told`` says what of it is missing here, if anything."""
    return {
        "title": story.claim,
        "world": story.environment,
        "failure": story.failure,
        "open": [str(one) for one in story.open],
        "again": story.again,
        "first": story.skipped + (0 if story.beats and story.beats[0].kind == "begins" else 1),
        "told": _what_is_told(story),
        "steps": [_step(beat, diagram) for beat in story.beats],
    }


def _what_is_told(story: Story) -> str:
    if not story.skipped:
        return ""
    return (
        f"These are the last {story.steps:,} steps of {story.skipped + story.steps:,}, after what everything "
        f"was before them. Of the others, `lawful story {story.environment} KEY` tells what happened to one "
        f"entity, and `lawful replay {story.environment} --history` prints every event."
    )


def _step(beat: Beat, diagram: Diagram) -> dict[str, Any]:
    return {
        "sentence": sentence(beat),
        "event": None if beat.event is None else f"event:{beat.event.name}",
        "emitted": [[f"instruction:{one.name}", str(one)] for one in beat.emitted],
        "changes": [[c.whose, c.field, c.before, c.after] for c in beat.changes],
        "moves": [
            {"whose": move.whose, "way": list(move.way), "gone": move.after is None}
            for move in moves(diagram, beat)
        ],
    }
