"""Walks that take every reachable pair of consecutive transitions of an entity, and few steps.

The states of an environment are a graph whose edges make transitions. Which pairs can follow each other is
found by carrying the last transition of each entity along all edges. The walks then go to the nearest
pair that is missing, again and again; where none is near, they begin anew. The least number of
transitions that any such tour has to make for one entity is that of a postman in the line graph, whom
a network simplex finds. Knows scouts; knows nothing of how tests look.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import networkx as nx

from ..checked import CheckedSpec
from .scout import Bounds, Move, Scout, Spot, Step

Pair: TypeAlias = tuple[str, str]
"""The names of two transitions, one after the other."""

Owner: TypeAlias = tuple[str, Any]
"""An entity: its kind and its key."""

Lasts: TypeAlias = tuple[tuple[Owner, str], ...]
"""The last transition of each entity that has made one, sorted."""


@dataclass(frozen=True)
class Arc:
    """An edge between two states that are known by their numbers."""

    spot: Spot
    to: int
    moves: tuple[Move, ...]


@dataclass
class Tour:
    """Walks, each a sequence of arcs from the beginning, and the pairs that all together take.
    ``least`` is the least number of transitions in which one entity could take them."""

    walks: list[list[Arc]]
    pairs: tuple[Pair, ...]
    least: int

    @property
    def steps(self) -> int:
        return sum(map(len, self.walks))

    @property
    def transitions(self) -> int:
        return sum(len(arc.moves) for walk in self.walks for arc in walk)


@dataclass
class Tourist:
    """Finds the walks of one environment. Values that are alike are kept apart here: an entity stays who it
    is. ``NEAR`` is how many situations are looked at before a walk begins anew, ``LONG`` how many steps a
    walk has before it ends, so that a person can follow one."""

    spec: CheckedSpec
    environment: str
    spec_name: str
    most: int
    arcs: list[list[Arc]] = field(default_factory=list)

    NEAR = 1_500
    LONG = 60

    def __post_init__(self) -> None:
        apart = replace(self.spec.environments[self.environment], symmetric=(), symmetries=())
        environments = {**self.spec.environments, self.environment: apart}
        spec = replace(self.spec, environments=environments)
        self.scout = Scout(spec, self.environment, self.spec_name)
        self.scout.run(Bounds(states=self.most, wild=0))
        self._connect()

    def _connect(self) -> None:
        """The graph: the edges between the states that were expanded."""
        scout = self.scout
        index = {state: n for n, state in enumerate(scout.states)}
        for at, state in enumerate(scout.states):
            found: list[Arc] = []
            for edge in scout.world.agenda(state).edges:
                for n, way in enumerate(scout.ways(edge, state, careful=True)):
                    if isinstance(way.result, int):
                        to = index.get(scout.world.fold(state + way.result))
                        if to is not None:
                            found.append(Arc(Spot(at, edge, n), to, way.moves))
            self.arcs.append(found)

    # Which pairs there are

    def pairs(self) -> tuple[Pair, ...]:
        """All pairs that can follow each other, in the order in which they are found."""
        lasts: list[dict[Owner, dict[str, None]]] = [{} for _ in self.arcs]
        found: dict[Pair, None] = {}
        waiting = deque(self._beginnings())
        queued = set(waiting)
        while waiting:
            at = waiting.popleft()
            queued.discard(at)
            for arc in self.arcs[at]:
                grown = False
                after = {owner: dict(names) for owner, names in lasts[at].items()}
                for move in arc.moves:
                    owner = (move.entity, move.key)
                    for last in after.get(owner, {}):
                        found.setdefault((last, move.name))
                    after[owner] = {} if self._is_gone(move) else {move.name: None}
                known = lasts[arc.to]
                for owner, names in after.items():
                    mine = known.setdefault(owner, {})
                    new = [name for name in names if name not in mine]
                    mine.update(dict.fromkeys(new))
                    grown = grown or bool(new)
                if (grown or arc.to not in self._seen) and arc.to not in queued:
                    self._seen.add(arc.to)
                    queued.add(arc.to)
                    waiting.append(arc.to)
        return tuple(found)

    def _beginnings(self) -> list[int]:
        found = [n for n, spot in enumerate(self.scout.parents) if spot is None or spot.state < 0]
        self._seen = set(found)
        return found

    def _is_gone(self, move: Move) -> bool:
        request = self.spec.entities[move.entity].requests.get(move.end)
        return request is not None and request.deletes

    # Walking

    def tour(self, wanted: Mapping[Pair, None]) -> Tour:
        """Walks that take all of these pairs that there are here."""
        pairs = [pair for pair in self.pairs() if pair in wanted]
        missing = dict.fromkeys(pairs)
        walks: list[list[Arc]] = []
        starts = self._beginnings()
        while missing:
            walk: list[Arc] = []
            at = starts[0]
            lasts: Lasts = ()
            leg = self._nearest(starts, (), missing, most=None)
            if leg is None:
                break
            while leg is not None:
                for arc in leg:
                    lasts, taken = self._after(lasts, arc)
                    for pair in taken:
                        missing.pop(pair, None)
                    at = arc.to
                walk += leg
                leg = None
                if len(walk) < self.LONG:
                    leg = self._nearest([at], lasts, missing, most=self.NEAR)
            walks.append(walk)
        done = tuple(pair for pair in pairs if pair not in missing)
        return Tour(walks, done, least(done))

    def _nearest(
        self, begin: list[int], lasts: Lasts, missing: Mapping[Pair, None], most: int | None
    ) -> list[Arc] | None:
        """The shortest way from here that takes a missing pair."""
        if not missing:
            return None
        nodes: list[tuple[int, Lasts]] = [(at, lasts) for at in begin]
        came: list[tuple[int, Arc] | None] = [None] * len(nodes)
        seen = set(nodes)
        n = 0
        while n < len(nodes) and (most is None or n < most):
            at, now = nodes[n]
            for arc in self.arcs[at]:
                after, taken = self._after(now, arc)
                if any(pair in missing for pair in taken):
                    way = [arc]
                    back = came[n]
                    while back is not None:
                        way.append(back[1])
                        back = came[back[0]]
                    return way[::-1]
                node = (arc.to, after)
                if node not in seen:
                    seen.add(node)
                    nodes.append(node)
                    came.append((n, arc))
            n += 1
        return None

    def steps(self, walk: list[Arc]) -> list[Step]:
        """What the machine does on a walk, with the values that really occur."""
        state, found = self.scout.way_to(walk[0].spot.state)
        for arc in walk:
            state, step = self.scout.follow(state, arc.spot, self.scout.states[arc.to], arc.moves)
            if step is not None:
                found.append(step)
        return found

    def _after(self, lasts: Lasts, arc: Arc) -> tuple[Lasts, list[Pair]]:
        if not arc.moves:
            return lasts, []
        now = dict(lasts)
        taken: list[Pair] = []
        for move in arc.moves:
            owner = (move.entity, move.key)
            last = now.pop(owner, None)
            if last is not None:
                taken.append((last, move.name))
            if not self._is_gone(move):
                now[owner] = move.name
        return tuple(sorted(now.items(), key=repr)), taken


def least(pairs: tuple[Pair, ...]) -> int:
    """The least number of transitions that one entity makes whose lives take all the pairs: a postman in
    the graph of transitions, who may begin a new life anywhere a pair begins."""
    graph: Any = nx.DiGraph(pairs)
    return sum(_least(graph.subgraph(nodes)) for nodes in nx.weakly_connected_components(graph))


def _least(streets: Any) -> int:
    # Each pair has to be gone once, which costs its second transition, and so does each further time. A
    # new life costs the transition that it begins with.
    graph: Any = nx.DiGraph()
    for node in streets:
        graph.add_node(node, demand=streets.out_degree(node) - streets.in_degree(node))
        graph.add_edge(node, _BETWEEN_LIVES, weight=0)
        if streets.out_degree(node):
            graph.add_edge(_BETWEEN_LIVES, node, weight=1)
    graph.add_edges_from(streets.edges, weight=1)
    cost, flow = nx.network_simplex(graph)
    begun = sum(flow[_BETWEEN_LIVES].values())
    return int(cost) + len(streets.edges) + (not begun)  # a round tour begins, too


_BETWEEN_LIVES = ""
"""The node between the end of a life and the beginning of the next."""
