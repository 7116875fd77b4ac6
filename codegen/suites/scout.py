"""Where in a world each thing that is to be tested happens first.

Breadth first through one environment with the instrumented machine, so that what is found is found on a
shortest way; then with wild events too, from the first states on, for what no environment leads to.
What a run marks is noted when the run is learnt: other states that answer alike mark the same. Knows
worlds; knows nothing of how tests look.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..checked import CheckedSpec
from ..explorer.probes import Edge, Failure
from ..explorer.slots import State
from ..explorer.story import Teller
from ..explorer.world import World
from .wild import REFUSED, Payloads, Wild


class Move(NamedTuple):
    """A transition that an entity made: from a state, asked for something, to a state."""

    entity: str
    key: Any
    start: str
    request: str
    end: str

    @property
    def name(self) -> str:
        """The transition without whose it was."""
        asked = "" if self.request == self.end else f" (asked for {self.request})"
        return f"{self.entity} {self.start} -> {self.end}{asked}"


@dataclass(frozen=True)
class Way:
    """One way in which an edge may be taken: what it adds to the state or how it fails, the items that
    ran (kind and name), and the transitions in order."""

    result: int | Failure
    items: tuple[str, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Spot:
    """An edge in a state, by its number, and which of its ways."""

    state: int
    edge: Edge
    way: int


@dataclass
class Bounds:
    """How far to look: states of an environment; states from which wild events are tried; states of an
    environment that walks go through."""

    states: int = 10_000
    wild: int = 100
    tour: int = 3_000


@dataclass(frozen=True)
class Step:
    """A step of the machine on a way: the event that it took, the answers of host functions that have
    several, and what ran."""

    event: Any
    answers: tuple[tuple[str, int], ...]
    items: tuple[str, ...]
    moves: tuple[Move, ...]


@dataclass
class Scout:
    """A search and what it has found.

    ``items`` has for each item, cells that refuse among them (``refused Fetched in queued``), where it
    first runs; ``settled`` for each configuration of each entity the first state in which one rests.
    ``whole``: every state of the environment was seen. ``failing``: the machine fails, or breaks a promise,
    when certain events come at certain moments.
    """

    spec: CheckedSpec
    environment: str
    spec_name: str
    states: list[State] = field(default_factory=list)
    parents: list[Spot | None] = field(default_factory=list)
    items: dict[str, Spot] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    own: int = 0
    whole: bool = True
    failing: bool = False

    def __post_init__(self) -> None:
        environment = self.spec.environments[self.environment]
        self.world = World(self.spec, environment, self.spec_name, twin=True)
        universe = self.world.universe
        twin = universe.package.modules["machine"]
        self._hits: bytearray = twin.HITS
        self._names = [f"{item.kind} {item.name}" for item in twin.ITEMS]
        self._moves: list[Move] = []
        universe.machine.observers.append(self._observe)
        self._teller = Teller(self.world)
        self._payloads = Payloads(universe)
        self._wild: list[Wild] = []
        self._index: dict[State, int] = {}
        self._entities = {
            e.name: (e.key.name, bool(e.configured_by)) for e in self.spec.entities.values()
        }

    def _observe(self, entity: Any, start: str, request: str, end: str) -> None:
        kind = type(entity).__name__
        key = getattr(entity, self._entities[kind][0])
        self._moves.append(Move(kind, key, start, request, end))

    # Running

    def ways(self, edge: Edge, state: State, *, careful: bool = False) -> tuple[Way, ...]:
        """The ways in which an edge may be taken in a state. ``careful``: the environment may not have
        thought of this state; what it can't do there it doesn't."""
        found: tuple[Way, ...] | None = edge.root.answer(state)
        if found is None:
            self.world.universe.scene.turn(state)
            try:
                found = tuple(way for way, _ in self._runs(edge))
            except Exception:
                if not careful:
                    raise
                found = ()
            edge.root.learn(state, self.world.universe.scene.read, found)
        return found

    def _runs(self, edge: Edge) -> Iterator[tuple[Way, list[tuple[str, Any]]]]:
        """Run an edge in the state of the scene; what each way does besides."""
        self._clear()
        for result, done in edge.runs():
            yield Way(result, tuple(self._marked()), tuple(self._moves)), done
            self._clear()

    def _possible(self, edge: Edge) -> Iterator[tuple[Way, list[tuple[str, Any]]]]:
        """The same where the environment may not have thought of the state."""
        with contextlib.suppress(Exception):
            yield from self._runs(edge)

    def _clear(self) -> None:
        self._hits[:] = bytes(len(self._hits))
        self._moves.clear()

    def _marked(self) -> Iterator[str]:
        at = self._hits.find(1)
        while at >= 0:
            yield self._names[at]
            at = self._hits.find(1, at + 1)

    # Searching

    def run(self, bounds: Bounds) -> None:
        """Search the environment, then further with wild events."""
        for edge in self.world.beginnings:
            for n, way in enumerate(self.ways(edge, 0)):
                if isinstance(way.result, int):
                    self._arrive(way.result, Spot(-1, edge, n))
        if not self.world.beginnings:
            self._arrive(0, None)
        at = 0
        while at < len(self.states):
            if len(self.states) > bounds.states:
                self.whole = False
                break
            self._expand(at, self.world.agenda(self.states[at]).edges)
            at += 1
        self.own = len(self.states)
        self._run_wild(bounds.wild)

    def _run_wild(self, most: int) -> None:
        """From states in the order in which they were found, and those that follow from there."""
        fringe = [*range(min(self.own, most)), *self._apart()]
        seen = set(fringe)
        for at in fringe:
            self._wild += self._payloads.new()
            state = self.states[at]
            edges: Iterable[Edge] = self._wild
            if at >= self.own:
                edges = (*self.world.agenda(state).edges, *self._wild)
            self._expand(at, edges, careful=True)
        # What wild events led to is looked at in the same way, as far as the bound allows.
        for at in range(self.own, len(self.states)):
            if at - self.own >= most:
                break
            if at not in seen:
                self._wild += self._payloads.new()
                self._expand(
                    at, (*self.world.agenda(self.states[at]).edges, *self._wild), careful=True
                )

    def _apart(self) -> list[int]:
        """The states in which configurations were first seen, where they are not among the first."""
        return list(self.settled.values())

    def _expand(self, at: int, edges: Iterable[Edge], *, careful: bool = False) -> None:
        state = self.states[at]
        for edge in edges:
            for n, way in enumerate(self.ways(edge, state, careful=careful)):
                spot = Spot(at, edge, n)
                if isinstance(way.result, Failure):
                    if isinstance(edge, Wild):
                        if way.result.kind == REFUSED:
                            self._note(f"refused {edge.message[0]} in {way.result.claim}", spot)
                        else:
                            self.failing = True
                    continue
                new = state + way.result
                if careful and not self._sound(new):
                    self.failing = True
                    continue
                for item in way.items:
                    self._note(item, spot)
                if way.result:
                    self._arrive(new, spot)

    def _note(self, item: str, spot: Spot) -> None:
        self.items.setdefault(item, spot)

    def _arrive(self, state: State, spot: Spot | None) -> None:
        state = self.world.fold(state)
        self.world.refresh()
        if state in self._index:
            return
        self._index[state] = len(self.states)
        self.states.append(state)
        self.parents.append(spot)
        for entity, configuration in list(self._configurations(state)):
            self.settled.setdefault(f"{entity} {configuration}", len(self.states) - 1)

    def _configurations(self, state: State) -> Iterator[tuple[str, str]]:
        scene = self.world.universe.scene
        for slot in list(self.world.layout.slots):
            entity = self.spec.entities.get(slot.kind.group)
            if entity is None or slot.kind.field != "state" or not state & slot.mask:
                continue
            slots, now = scene.slots_of(entity.name, slot.key), slot.value(state)
            for configuration in entity.configurations.values():
                if configuration.state == now and all(
                    slots[name].value(state) == value for name, value in configuration.fields
                ):
                    yield entity.name, configuration.name
                    break

    def _sound(self, state: State) -> bool:
        """Whether everything that must hold in a state does."""
        self.world.refresh()
        return not any(
            isinstance(probe.ask(state), Failure) for probe in self.world.claims_of("invariant")
        )

    # Telling

    def depth(self, index: int) -> int:
        """How many edges the way to a state has."""
        count = 0
        spot = self.parents[index] if index >= 0 else None
        while spot is not None and spot.state >= 0:
            count += 1
            spot = self.parents[spot.state]
        return count

    def way_to(self, index: int) -> tuple[State, list[Step]]:
        """The steps from the beginning to a state, with the values that really occur; the state in which
        they end, which differs from the one that is meant in names only."""
        chain: list[int] = []
        while index >= 0:
            chain.append(index)
            spot = self.parents[index]
            index = -1 if spot is None else spot.state
        state: State = 0
        steps: list[Step] = []
        for number in reversed(chain):
            spot = self.parents[number]
            if spot is None:
                continue
            state, step = self.follow(state, spot, self.states[number])
            if step is not None:
                steps.append(step)
        return state, steps

    def last(self, state: State, item: str, spot: Spot) -> Step:
        """The step from a state in which an item runs."""
        for way, step in self._steps(state, spot):
            if step is None:
                continue
            refused = isinstance(way.result, Failure) and way.result.kind == REFUSED
            if refused and item == f"refused {type(step.event).__name__} in {way.result.claim}":  # type: ignore[union-attr]
                return step
            if not isinstance(way.result, Failure) and item in way.items:
                return step
        raise LookupError(item)

    def follow(
        self, state: State, spot: Spot, target: State, moves: tuple[Move, ...] | None = None
    ) -> tuple[State, Step | None]:
        """The step from a state to one like ``target``, with these transitions if they are given."""
        for way, step in self._steps(state, spot):
            there = isinstance(way.result, int) and self.world.key(state + way.result) == target
            if there and moves in (None, way.moves):
                assert isinstance(way.result, int)
                return state + way.result, step
        raise LookupError("a way that can't be walked again")

    def _steps(self, state: State, spot: Spot) -> Iterator[tuple[Way, Step | None]]:
        """What may happen in a state, what is most likely meant first."""
        edges = self.world.beginnings if spot.state < 0 else self.world.agenda(state).edges
        others = [edge for edge in edges if edge is not spot.edge]
        host = self.world.universe.host
        for edge in (spot.edge, *others, *self._wild):
            self.world.universe.scene.turn(state)
            for way, done in self._possible(edge):
                self.world.refresh()
                event = next((message for what, message in done if what == "handled"), None)
                step = None
                if event is not None:
                    step = Step(event, tuple(host.took), way.items, way.moves)
                yield way, step
