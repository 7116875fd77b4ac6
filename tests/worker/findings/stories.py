"""The worlds of ``worlds.yaml``, explored in the worker's spec."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.explorer.exploring import Explored, explore
from lawful.codegen.explorer.story import Story
from tests.known_bugs.taking_out import worker

WORLDS = Path(__file__).parent / "worlds.yaml"
MENDED = ", mended"
NO_FINDING = "one task"  # what the others are like

TOLD = {"a value that is scattered while it comes": "nothing happens that is called impossible"}
"""World -> the claim whose story is told, where it isn't the shortest of all."""


@cache
def spec() -> CheckedSpec:
    """The worker in the worlds of the findings."""
    return worker(worlds=WORLDS)


def findings() -> list[str]:
    """The names of the worlds that show one each."""
    return [n for n in spec().environments if n != NO_FINDING and not n.endswith(MENDED)]


@cache
def explored(world: str) -> Explored:
    """All that fails in a world."""
    return explore(spec(), world, every=True)


def story(world: str) -> Story:
    """The story of a finding."""
    found = explored(world)
    told = TOLD.get(world)
    names = [finding.name for finding in found.result.refuted if finding.violation is not None]
    return found.stories[0 if told is None else names.index(told)]
