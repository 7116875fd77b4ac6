"""A counterexample as a test that fails until it is mended. Knows stories; knows nothing of worlds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..checked import CheckedSpec
from ..generate.texts import quoted
from ..plain import one_line
from .story import Beat, Story

STRANGERS = {"distributed.worker_state_machine": ("lawful.runtime.dask.upstream", "Upstream")}
"""Where a spec's events are bound to -> the class that plays stories to the system that they come from."""


def test_text(story: Story, spec: Path, path: Path, checked: CheckedSpec | None) -> str:
    """The text of the test. ``spec`` is where the spec is, ``path`` where the test will be.

    If the events of ``checked`` are those of another system, the story is played to that as well.
    """
    others = sorted(_strangers(checked)) if checked is not None else []
    way = os.path.relpath(os.path.abspath(spec), os.path.abspath(path.parent)).replace(os.sep, "/")
    name = re.sub(r"[^a-z0-9]+", "_", story.claim.lower()).strip("_") or "story"
    claim = one_line(story.claim).replace("\\", "/").replace('"""', "'''").strip('"')
    machines = f"[*MACHINES, {', '.join(name for _, name in others)}]" if others else "MACHINES"
    lines = [
        f'"""{claim}: a story that the explorer found.',
        "",
        "The test fails until it is mended. It plays the story to the generated machine and to the",
        "reference interpreter; where the story isn't possible any more, nothing is left to fail.",
        *(f"It is played to {name} of {module} too." for module, name in others),
        '"""',
        "",
        "from pathlib import Path",
        "",
        "import pytest",
        "",
        f"from lawful.codegen.explorer.playing import MACHINES, {'Make, ' if others else ''}Play",
        *(f"from {module} import {name}" for module, name in others),
        "",
        f"SPEC = Path(__file__).parent / {quoted(way)}",
        "",
        "",
        f'@pytest.mark.parametrize("machine", {machines})',
        f"def test_{name[:80]}(machine: {'str | Make' if others else 'str'}) -> None:",
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


def _strangers(spec: CheckedSpec) -> set[tuple[str, str]]:
    modules = {event.bind.partition(":")[0] for event in spec.events.values() if event.bind}
    return {STRANGERS[module] for module in modules if module in STRANGERS}


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
