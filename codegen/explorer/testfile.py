"""A counterexample as a test that fails until it is mended. Knows stories; knows nothing of worlds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..generate.texts import quoted
from ..plain import one_line
from .story import Beat, Story


def test_text(story: Story, spec: Path, path: Path) -> str:
    """The text of the test. ``spec`` is where the spec is, ``path`` where the test will be."""
    way = os.path.relpath(os.path.abspath(spec), os.path.abspath(path.parent)).replace(os.sep, "/")
    name = re.sub(r"[^a-z0-9]+", "_", story.claim.lower()).strip("_") or "story"
    claim = one_line(story.claim).replace("\\", "/").replace('"""', "'''").strip('"')
    lines = [
        f'"""{claim}: a story that the explorer found.',
        "",
        "The test fails until it is mended. It plays the story to the generated machine and to the",
        "reference interpreter; where the story isn't possible any more, nothing is left to fail.",
        '"""',
        "",
        "from pathlib import Path",
        "",
        "import pytest",
        "",
        "from lawful.codegen.explorer.playing import MACHINES, Play",
        "",
        f"SPEC = Path(__file__).parent / {quoted(way)}",
        "",
        "",
        '@pytest.mark.parametrize("machine", MACHINES)',
        f"def test_{name[:80]}(machine: str) -> None:",
        f"    play = Play(SPEC, {quoted(story.environment)}, machine)",
    ]
    for n, beat in enumerate(story.beats):
        if n == story.again:
            lines.append("    before = play.state")
        lines += [f"    {line}" for line in _beat(beat)]
    if story.again is not None:
        lines.append("    play.is_not_back(before)")
    elif story.kind in ("invariant", "always", "rest"):
        lines.append(f"    play.holds({quoted(story.claim)})")
    return "\n".join(lines) + "\n"


def _beat(beat: Beat) -> Iterator[str]:
    event = quoted("" if beat.event is None else str(beat.event))
    instruction = quoted("" if beat.instruction is None else str(beat.instruction))
    match beat.kind:
        case "ends" | "tells":
            yield f"play.{beat.kind}({instruction}, {event})"
        case "is heard":
            yield f"play.is_heard({instruction})"
        case "happens":
            yield f"play.happens({quoted(beat.name)})"
        case kind:
            yield f"play.{kind.replace(' ', '_')}({event})"
