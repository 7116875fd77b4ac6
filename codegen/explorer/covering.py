"""Which items of coverage the environments of a spec lead to, and on which shortest way.

Breadth first with the instrumented twin. What a run hits follows from what it reads, as its answer
does; so where an answer is remembered, its items have been noted, in a state that is no farther away.
A run that fails counts for nothing. Knows searches; knows nothing of what was covered by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..checked import CheckedSpec
from ..items import Items
from .probes import Edge, Failure
from .search import Limits, Progress, Search
from .slots import State
from .story import Beat, Teller
from .words import STOPPED
from .world import World


@dataclass(frozen=True)
class Trace:
    """A shortest way to an item in one environment: what happens, the last beat being the one that hits
    it. What the world begins with comes before."""

    environment: str
    beats: tuple[Beat, ...]

    @property
    def steps(self) -> int:
        return sum(1 for beat in self.beats if beat.kind != "begins")


@dataclass
class Walk:
    """A walk through one environment: from which state each item is hit first, and after how many steps.

    ``-1`` stands for the beginning of the world. ``whole``: every state was seen and nothing failed, so
    what isn't hit can't be. ``why`` says what kept it from that.
    """

    spec: CheckedSpec
    environment: str
    spec_name: str
    first: dict[int, tuple[int, int]] = field(default_factory=dict)
    whole: bool = False
    why: str = ""

    def __post_init__(self) -> None:
        environment = self.spec.environments[self.environment]
        self.world = World(self.spec, environment, self.spec_name, twin=True)
        self._hits: bytearray = self.world.universe.package.modules["machine"].HITS
        self._clean = bytes(len(self._hits))
        self.search = Search(self.world)
        self._note(-1, 0)  # what the world begins with

    def run(
        self,
        limits: Limits,
        wanted: Collection[int],
        tell: Callable[[Progress], None] | None = None,
    ) -> None:
        """Walk until every state is seen, all that is ``wanted`` is hit or a limit is met."""
        search, progress = self.search, self.search.progress
        missing = set(wanted) - self.first.keys()
        depths: list[int] = []  # of each state

        def depth(state: int) -> int:
            while len(depths) < len(search.states):
                parent = search.parents[len(depths)]
                depths.append(0 if parent < 0 else depths[parent] + 1)
            return depths[state]

        def learn(edge: Edge, at: State, state: int) -> Any:
            self._hits[:] = self._clean  # of the checks of states
            answer = edge.learn(at)
            if self._hits != self._clean and not any(isinstance(r, Failure) for r in answer):
                missing.difference_update(self._note(state, depth(state) + 1))
                search.enough = not missing
            return answer

        search.learn = learn
        if missing:
            search.run(limits, tell=tell)
        failed = len(search.violations)
        self.whole = bool(missing) and search.stopped is None and not failed
        if failed:
            self.why = "something fails; `lawful explore` tells what"
        elif search.stopped not in (None, "enough"):
            self.why = STOPPED[search.stopped or ""]
        progress.states = len(search.states)

    def _note(self, state: int, steps: int) -> list[int]:
        """Note what the last runs have hit. The items that are new."""
        new = [n for n, mark in enumerate(self._hits) if mark and n not in self.first]
        self.first |= dict.fromkeys(new, (state, steps))
        return new

    # Telling

    def trace(self, number: int) -> Trace:
        """A shortest way to an item that was hit."""
        state = self.first[number][0]
        teller = Teller(self.world)
        beats, at = teller.lead(self.search.path(state))
        edges = self.world.beginnings if state < 0 else self.world.agenda(at).edges
        for edge in edges:
            for beat in self._hitting(teller, edge, at, number):
                return Trace(self.environment, (*beats, beat))
        raise AssertionError("an item that isn't hit again")

    def _hitting(self, teller: Teller, edge: Edge, state: int, number: int) -> Iterator[Beat]:
        """What happens on each run of an edge that hits the item."""
        self._hits[:] = self._clean
        for result, beat, _ in teller.runs(edge, state):
            if self._hits[number] and not isinstance(result, Failure):
                yield beat
            self._hits[:] = self._clean


@dataclass(frozen=True)
class Reach:
    """What all walks together have shown. ``proved``: what no walk has hit can't be hit."""

    items: Items
    walks: tuple[Walk, ...]

    @property
    def proved(self) -> bool:
        return bool(self.walks) and all(walk.whole for walk in self.walks)

    def steps(self, number: int) -> int | None:
        """How many steps it takes to hit an item; None if nothing that was seen does."""
        found = [walk.first[number][1] for walk in self.walks if number in walk.first]
        return min(found, default=None)

    def trace(self, number: int) -> Trace:
        """A shortest way to an item that is hit by some walk."""
        walks = (walk for walk in self.walks if number in walk.first)
        return min(walks, key=lambda walk: walk.first[number][1]).trace(number)


def reach(
    spec: CheckedSpec,
    environments: Iterable[str],
    *,
    spec_name: str = "spec.yaml",
    limits: Limits = Limits(),  # noqa: B008  nobody changes it
    tell: Callable[[str, Progress], None] | None = None,
) -> Reach:
    """Walk through environments of a machine, by their names, and note what is hit. ``tell`` hears of the
    progress of each a few times a second."""
    items = Items(spec)
    walks: list[Walk] = []
    for name in environments:
        walk = Walk(spec, name, spec_name)
        seen = {number for one in walks for number in one.first}
        heard = None if tell is None else _of(name, tell)
        walk.run(limits, set(range(len(items))) - seen, heard)
        walks.append(walk)
    return Reach(items, tuple(walks))


def _of(name: str, tell: Callable[[str, Progress], None]) -> Callable[[Progress], None]:
    return lambda progress: tell(name, progress)
