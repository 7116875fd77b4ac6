"""A layered layout for where Graphviz is missing: each thing below what leads to it, few crossings.

Knows ids and pairs. Sugiyama's method in its simplest form: cycles are cut where a walk closes them,
layers are longest ways, and the order in a layer follows the middle of the neighbours. Each way has a
place of its own in every layer that it crosses, so that no arrow runs below a box.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8
_WAY = "\0"  # no id of a thing begins with it


@dataclass(frozen=True)
class Layers:
    """``rows`` from the top; things stand in the even ones, and ways lead through the others too, each
    as an id of its own. ``ways`` as the pairs: the ids from the source to the target, without the two;
    nothing for a pair of one thing with itself."""

    rows: tuple[tuple[str, ...], ...]
    ways: tuple[tuple[str, ...], ...]


def layers(ids: Sequence[str], pairs: Sequence[tuple[str, str]], *, lanes: bool = True) -> Layers:
    """The ids in layers from the top, each once. The first id begins. Deterministic. Without ``lanes`` the
    ways have no places of their own, and every way is empty."""
    links = list(dict.fromkeys((a, b) for a, b in pairs if a != b))
    forward = _without_cycles(ids, links)
    depth = dict.fromkeys(ids, 0)
    leaving: dict[str, list[str]] = {node: [] for node in ids}
    for a, b in forward:
        leaving[a].append(b)
    for node in _topological(ids, forward):
        for b in leaving[node]:
            depth[b] = max(depth[b], depth[node] + 2)
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in ids:
        rows[depth[node]].append(node)
    ways: list[tuple[str, ...]] = []
    near: dict[str, list[str]] = {node: [] for node in ids}
    for n, (a, b) in enumerate(pairs):
        step = 1 if depth[b] > depth[a] else -1
        crossed = range(depth[a] + step, depth[b], step) if lanes else ()
        way = {d: f"{_WAY}{n}:{d}" for d in crossed}
        for d, node in way.items():
            rows[d].append(node)
            near[node] = []
        ways.append(tuple(way.values()))
        chain = (a, *way.values(), b) if a != b else ()
        for one, other in pairwise(chain):
            near[one].append(other)
            near[other].append(one)
    _untangle(rows, near)
    return Layers(tuple(map(tuple, rows)), tuple(ways))


def _untangle(rows: list[list[str]], near: Mapping[str, Sequence[str]]) -> None:
    """Order each row by the middle of the neighbours, there and back again."""
    place = {node: at / len(row) for row in rows for at, node in enumerate(row)}
    for _ in range(_SWEEPS):
        for row in (*rows, *reversed(rows)):
            row.sort(key=lambda node: _middle(node, near, place))
            place.update((node, at / len(row)) for at, node in enumerate(row))


def spread(
    rows: Sequence[Sequence[str]],
    ways: Iterable[Sequence[str]],
    widths: Mapping[str, float],
    gap: float,
) -> dict[str, float]:
    """The middle of each id, from 0 to the right: near its neighbours, and at least ``gap`` from who is
    beside it. ``ways`` are whole chains of neighbours."""
    near: dict[str, list[str]] = {node: [] for row in rows for node in row}
    for way in ways:
        for one, other in pairwise(way):
            near[one].append(other)
            near[other].append(one)
    at: dict[str, float] = {}
    for row in rows:
        x = -sum(widths[node] + gap for node in row) / 2
        for node in row:
            at[node] = x + widths[node] / 2
            x += widths[node] + gap
    for _ in range(_SWEEPS):
        for row in (*rows, *reversed(rows)):
            wished = [_middle(node, near, at) for node in row]
            apart = [(widths[a] + widths[b]) / 2 + gap for a, b in pairwise(row)]
            right, left = list(wished), list(wished)
            for n, space in enumerate(apart):
                right[n + 1] = max(right[n + 1], right[n] + space)
            for n, space in reversed(list(enumerate(apart))):
                left[n] = min(left[n], left[n + 1] - space)
            # Both keep the distances, so their middle does.
            at.update((node, (a + b) / 2) for node, a, b in zip(row, left, right, strict=True))
    start = min((x - widths[node] / 2 for node, x in at.items()), default=0)
    return {node: x - start for node, x in at.items()}


def _middle(node: str, near: Mapping[str, Sequence[str]], place: Mapping[str, float]) -> float:
    found = [place[other] for other in near[node]]
    return sum(found) / len(found) if found else place[node]


def _without_cycles(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The links, those turned round that lead back to where a depth-first walk still is."""
    targets: dict[str, list[str]] = {node: [] for node in ids}
    for a, b in links:
        targets[a].append(b)
    seen: set[str] = set()
    walking: dict[str, None] = {}
    back: set[tuple[str, str]] = set()
    for root in ids:
        if root in seen:
            continue
        seen.add(root)
        walking[root] = None
        stack = [(root, iter(targets[root]))]
        while stack:
            node, rest = stack[-1]
            for target in rest:
                if target in walking:
                    back.add((node, target))
                elif target not in seen:
                    seen.add(target)
                    walking[target] = None
                    stack.append((target, iter(targets[target])))
                    break
            else:
                del walking[node]
                stack.pop()
    return [(b, a) if (a, b) in back else (a, b) for a, b in links]


def _topological(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> list[str]:
    waits = dict.fromkeys(ids, 0)
    leaving: dict[str, list[str]] = {node: [] for node in ids}
    for a, b in links:
        waits[b] += 1
        leaving[a].append(b)
    order = [node for node in ids if not waits[node]]
    for node in order:  # which grows meanwhile
        for b in leaving[node]:
            waits[b] -= 1
            if not waits[b]:
                order.append(b)
    return order
