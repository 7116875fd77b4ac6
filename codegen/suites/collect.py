"""All that is to be tested of a machine: each item with a shortest way to it and what must come of it.

Knows scouts and the interpreter's answers; knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lawful.runtime import LawfulError
from lawful.runtime.testing import Beat, Happening, Seen, Walk

from ..checked import CheckedSpec
from ..explorer.universe import Universe
from .expect import Refused, Scene, Told, expected
from .scout import Bounds, Scout, Spot, Step
from .stages import can_be_played, host_text, made
from .tour import Arc, Pair, Tourist


@dataclass(frozen=True)
class Item:
    """Something to test: its kind and name, and the place of its rule."""

    name: str
    place: str


@dataclass(frozen=True)
class Case:
    """A test: the items that it is of, the situation or stage and further events, the event at last, and
    what comes of it."""

    items: tuple[str, ...]
    given: tuple[str | Happening, ...]
    when: Happening
    seen: Seen | Refused


@dataclass(frozen=True)
class StageText:
    """A stage: how machines are made there, and the class of its outside as text."""

    scene: Scene
    host: str | None
    host_text: str | None


@dataclass
class Collected:
    """``unreached``: items that nothing that was tried leads to. ``strict``: in each of these states the
    machine takes or refuses whatever comes. ``pairs`` of consecutive transitions are taken by the walks;
    ``least``: in how many transitions of one entity they could be at best, ``made``: in how many they
    are."""

    spec: CheckedSpec
    items: dict[str, Item]
    stages: dict[str, StageText] = field(default_factory=dict)
    situations: dict[str, tuple[str, tuple[Happening, ...]]] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)
    pairs: int = 0
    least: int = 0
    made: int = 0
    strict: bool = True
    scouts: list[Scout] = field(default_factory=list)


def collect(
    spec: CheckedSpec,
    spec_name: str,
    bounds: Bounds,
    tell: Callable[[str], None] = lambda _: None,
) -> Collected | None:
    """Look through every environment and put the tests together. None where there is no environment whose
    outside answers by itself."""
    scouts = []
    for environment in spec.environments:
        tell(environment)
        scout = Scout(spec, environment, spec_name)
        if not can_be_played(scout.world.universe):
            continue
        scout.run(bounds)
        scouts.append(scout)
    if not scouts:
        return None
    collected = Collected(spec, _items(spec, scouts[0].world.universe), scouts=scouts)
    collected.strict = not any(scout.failing for scout in scouts)
    for n, scout in enumerate(scouts):
        collected.stages[scout.environment] = _stage(scout.world.universe, _class_name(n, scouts))
    _Collector(collected).run()
    _take_tours(collected, spec_name, bounds.tour)
    return collected


def _take_tours(collected: Collected, spec_name: str, most: int) -> None:
    """Walk through each environment for the pairs that it has and none before it."""
    spec = collected.spec
    known: dict[Pair, None] = {}
    for environment, stage in collected.stages.items():
        tourist = Tourist(spec, environment, spec_name, most)
        wanted = {pair: None for pair in tourist.pairs() if pair not in known}
        tour = tourist.tour(wanted)
        known |= wanted
        collected.pairs += len(tour.pairs)
        collected.least += tour.least
        collected.made += tour.transitions
        for arcs in tour.walks:
            name = f"walk {len(collected.walks) + 1}"
            beats = _beats(spec, stage.scene, tourist, arcs)
            collected.walks.append(Walk(name, environment, tuple(beats)))


def _beats(spec: CheckedSpec, scene: Scene, tourist: Tourist, arcs: list[Arc]) -> Iterator[Beat]:
    """The steps of a walk with what the interpreter says of them, up to where it objects."""
    told = Told(spec, scene)
    for step in tourist.steps(arcs):
        happening = _happening(tourist.scout.world.universe, step)
        try:
            seen = told.step(happening)
        except LawfulError:
            return
        if isinstance(seen, Refused):
            return
        yield Beat(happening, tuple(seen.path), tuple(seen.emits))


def _class_name(n: int, scouts: list[Scout]) -> str:
    return "Host" if len(scouts) == 1 else f"Host{n + 1}"


def _stage(universe: Universe, name: str) -> StageText:
    text = host_text(universe, name)
    deviations = dict(universe.environment.deviations)
    scene = Scene(universe.configured(), universe.begun_with(), deviations, made(text, name))
    return StageText(scene, None if text is None else name, text)


def _items(spec: CheckedSpec, universe: Universe) -> dict[str, Item]:
    """All items by kind and name: those that the twin marks, and the cells that refuse."""
    twin = universe.package.modules["machine"]
    found = {
        name: Item(name, item.place) for item in twin.ITEMS for name in [f"{item.kind} {item.name}"]
    }
    for handler in spec.handlers.values():
        for configuration, cell in handler.cells.items():
            if cell.impossible is not None:
                name = f"refused {handler.event} in {configuration}"
                found[name] = Item(name, universe.plan.place(cell.span))
    return found


class _Collector:
    def __init__(self, collected: Collected) -> None:
        self.collected = collected
        self.spec = collected.spec
        self.scouts = collected.scouts
        self._settled: dict[tuple[int, int], str] = {}  # (scout, state) -> situation

    def run(self) -> None:
        self._find_situations()
        merged: dict[str, Case] = {}
        for name in self.collected.items:
            case = self._case(name)
            if case is None:
                self.collected.unreached.append(name)
                continue
            key = f"{[str(one) for one in case.given]} {case.when}"
            old = merged.get(key)
            merged[key] = (
                case
                if old is None
                else Case((*old.items, *case.items), old.given, old.when, old.seen)
            )
        self.collected.cases = list(merged.values())

    def _find_situations(self) -> None:
        for entity in self.spec.entities.values():
            for configuration in entity.configurations:
                name = f"{entity.name} {configuration}"
                for n, index in self._nearest(name):
                    steps = self._steps(n, index)
                    if steps is not None and steps:
                        stage = self.scouts[n].environment
                        self.collected.situations[name] = stage, steps
                        self._settled.setdefault((n, index), name)
                        break

    def _nearest(self, situation: str) -> Iterator[tuple[int, int]]:
        """Scouts, each with the state in which a situation came first; the shortest way first."""
        found = [
            (scout.depth(index), n, index)
            for n, scout in enumerate(self.scouts)
            for index in [scout.settled.get(situation)]
            if index is not None
        ]
        yield from ((n, index) for _, n, index in sorted(found))

    def _steps(self, n: int, index: int) -> tuple[Happening, ...] | None:
        """The events on the way to a state; None if the interpreter can't go it."""
        scout = self.scouts[n]
        _, steps = scout.way_to(index)
        events = tuple(_happening(scout.world.universe, step) for step in steps)
        if events and self._expected(n, events[:-1], events[-1]) is None:
            return None
        return events

    def _case(self, item: str) -> Case | None:
        spots: dict[int, Spot] = {}
        for n, scout in enumerate(self.scouts):
            if item in scout.items:
                spots[n] = scout.items[item]
        found = sorted(
            (self.scouts[n].depth(spot.state) if spot.state >= 0 else -1, n)
            for n, spot in spots.items()
        )
        for _, n in found:
            case = self._tried(n, item, spots[n])
            if case is not None:
                return case
        return None

    def _tried(self, n: int, item: str, spot: Spot) -> Case | None:
        scout = self.scouts[n]
        try:
            state, steps = scout.way_to(spot.state)
            last = scout.last(state, item, spot)
        except LookupError:
            return None
        universe = scout.world.universe
        events = tuple(_happening(universe, step) for step in steps)
        when = _happening(universe, last)
        seen = self._expected(n, events, when)
        if seen is None or isinstance(seen, Refused) != item.startswith("refused "):
            return None
        return Case((item,), self._given(n, spot.state, events), when, seen)

    def _given(
        self, n: int, index: int, events: tuple[Happening, ...]
    ) -> tuple[str | Happening, ...]:
        """The nearest situation on the way, and what comes after it."""
        scout = self.scouts[n]
        while index >= 0:
            name = self._settled.get((n, index))
            if name is not None:
                known = len(self.collected.situations[name][1])
                return (name, *events[known:])
            spot = scout.parents[index]
            index = -1 if spot is None else spot.state
        return (f"in {scout.environment}", *events)

    def _expected(
        self, n: int, events: tuple[Happening, ...], when: Happening
    ) -> Seen | Refused | None:
        scene = self.collected.stages[self.scouts[n].environment].scene
        try:
            return expected(self.spec, scene, events, when)
        except LawfulError:
            return None


def _happening(universe: Universe, step: Step) -> Happening:
    name = type(step.event).__name__
    fields = {field: getattr(step.event, field) for field, _ in universe.fields(name)}
    answers: dict[str, list[int]] = {}
    for function, number in step.answers:
        answers.setdefault(function, []).append(number)
    told: Mapping[str, Any] = {name: n for name, n in answers.items() if any(n)}
    return Happening(name, fields, told)
