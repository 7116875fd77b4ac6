"""A layered layout for where Graphviz is missing: each thing below what leads to it, few crossings.

Knows ids and pairs. Sugiyama's method in its simplest form: cycles are cut where a walk closes them,
layers are longest ways, and the order in a layer follows the middle of the neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_SWEEPS = 8


def layers(ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The ids in layers from the top, each once. The first id begins. Deterministic."""
    links = list(dict.fromkeys((a, b) for a, b in pairs if a != b))
    forward = _without_cycles(ids, links)
    depth = dict.fromkeys(ids, 0)
    for node in _topological(ids, forward):
        for a, b in forward:
            if a == node:
                depth[b] = max(depth[b], depth[a] + 1)
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in ids:
        rows[depth[node]].append(node)
    near: dict[str, list[str]] = {node: [] for node in ids}
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    for _ in range(_SWEEPS):
        for row in (*rows, *reversed(rows)):
            place = {node: at / len(line) for line in rows for at, node in enumerate(line)}
            row.sort(key=lambda node: _middle(node, near, place))
    return [row for row in rows if row]


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
    for _, b in links:
        waits[b] += 1
    free = [node for node in ids if not waits[node]]
    order: list[str] = []
    while free:
        node = free.pop(0)
        order.append(node)
        for a, b in links:
            if a == node:
                waits[b] -= 1
                if not waits[b]:
                    free.append(b)
    return order
