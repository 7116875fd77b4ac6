"""From a checked spec to verdicts and stories: what the command and tests call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..checked import CheckedSpec
from .search import Limits, Progress, Search
from .story import Story, Teller
from .verdicts import Finding, Result, judge
from .walks import Walked, walk
from .world import World


@dataclass(frozen=True)
class Explored:
    """What exploring one environment has shown; a story for each refuted finding that has one."""

    result: Result
    stories: tuple[Story, ...]


def explore(
    spec: CheckedSpec,
    environment: str,
    *,
    spec_name: str = "spec.yaml",
    limits: Limits = Limits(),  # noqa: B008  nobody changes it
    every: bool = False,
    tell: Callable[[Progress], None] | None = None,
) -> Explored:
    """Explore one environment of a machine. ``KeyError`` if there is none of the name.

    ``every``: look for everything that fails, not just for what fails first. ``tell`` hears of the
    progress a few times a second.
    """
    world = World(spec, spec.environments[environment], spec_name)
    search = Search(world)
    search.run(limits, every=every, tell=tell)
    result = judge(search)
    teller = Teller(world)
    return Explored(
        result,
        tuple(story_of(teller, search, finding) for finding in result.refuted if finding.violation),
    )


def wander(
    spec: CheckedSpec,
    environment: str,
    walks: int,
    length: int,
    seed: int,
    *,
    spec_name: str = "spec.yaml",
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Walked, Story | None]:
    """Take random walks in one environment; the story of the first that fails, as short as it gets."""
    world = World(spec, spec.environments[environment], spec_name)
    walked = walk(world, walks, length, seed, tell)
    if walked.fall is None:
        return walked, None
    fall = walked.fall
    return walked, Teller(world).story(fall.failure, fall.way, fails=fall.on_edge)


def story_of(teller: Teller, search: Search, finding: Finding) -> Story:
    """The story of what a finding says."""
    violation = finding.violation
    assert violation is not None
    return teller.story(
        violation.failure,
        search.path(violation.state),
        fails=violation.edge is not None or violation.state < 0,
        loop=finding.loop.steps if finding.loop is not None else (),
    )
