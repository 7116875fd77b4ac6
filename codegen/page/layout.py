"""Where boxes, arrows and their labels go: by Graphviz where it is there, else in layers of our own.

Knows sizes and who is linked to whom; no text of a spec comes here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from ..diagram.image import ImageUnavailable, image
from .layers import layers, spread

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """What is placed: its size, and the frame that it stands in (-1 without). Pixels."""

    id: str
    width: float
    height: float
    frame: int = -1


@dataclass(frozen=True)
class Link:
    """An arrow between two boxes. A size of 0 is no label. One that is ``loose`` has no say in who
    stands above whom."""

    source: str
    target: str
    width: float = 0
    height: float = 0
    loose: bool = False


@dataclass(frozen=True)
class Curve:
    """``points``: the first, then three for each cubic Bézier curve. ``tip`` is where the arrowhead
    ends, ``label`` the middle of the label."""

    points: tuple[Point, ...]
    tip: Point
    label: Point


@dataclass(frozen=True)
class Laid:
    """The whole picture; y grows downwards. ``centres`` by the ids of the boxes, ``curves`` as the
    links; ``frames`` are left, top, width and height by their numbers."""

    width: float
    height: float
    centres: Mapping[str, Point]
    curves: tuple[Curve, ...]
    frames: Mapping[int, tuple[float, float, float, float]]


_MOST_LINKS = 400  # more can't be followed by anybody, and Graphviz takes minutes for them
_PATIENCE = 10.0  # seconds for Graphviz


def lay_out(boxes: Sequence[Box], links: Sequence[Link]) -> Laid:
    """Place everything. The same arguments give the same places, as long as Graphviz is the same. Of very
    many links none has a place of its own: they go straight."""
    if len(links) > _MOST_LINKS:
        return _layered(boxes, links)
    try:
        drawn = image(_dot(boxes, links), "json0", seconds=_PATIENCE)
    except ImageUnavailable:
        return _layered(boxes, links)
    return _from_graphviz(json.loads(drawn), boxes, links)


def _dot(boxes: Sequence[Box], links: Sequence[Link]) -> str:
    """The sizes as DOT text. Links are told apart by their keys."""
    lines = [
        "digraph {",
        "graph [rankdir=TB, nodesep=0.35, ranksep=0.5];",
        'node [shape=box, fixedsize=true, label=""]; edge [arrowsize=0.7];',
    ]
    number = {box.id: n for n, box in enumerate(boxes)}
    frames: dict[int, list[str]] = {}
    for box in boxes:
        size = f"width={box.width / 72:.3f}, height={box.height / 72:.3f}"
        frames.setdefault(box.frame, []).append(f"n{number[box.id]} [{size}];")
    for frame, inside in frames.items():
        lines += inside if frame < 0 else [f"subgraph cluster_{frame} {{ margin=14;", *inside, "}"]
    for n, link in enumerate(links):
        attributes = [f"comment={n}"]
        if link.width:
            size = f'FIXEDSIZE="TRUE" WIDTH="{link.width:.0f}" HEIGHT="{link.height:.0f}"'
            attributes.append(f'label=<<TABLE BORDER="0" {size}><TR><TD></TD></TR></TABLE>>')
        if link.loose:
            attributes.append("constraint=false")
        ends = f"n{number[link.source]} -> n{number[link.target]}"
        lines.append(f"{ends} [{', '.join(attributes)}];")
    return "\n".join([*lines, "}"])


def _from_graphviz(drawn: Any, boxes: Sequence[Box], links: Sequence[Link]) -> Laid:
    left, bottom, right, top = map(float, drawn["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return x - left, top - y

    centres: dict[str, Point] = {}
    frames: dict[int, tuple[float, float, float, float]] = {}
    for thing in drawn.get("objects", ()):
        name = thing["name"]
        if name.startswith("cluster_"):
            x0, y0, x1, y1 = map(float, thing["bb"].split(","))
            frames[int(name[8:])] = (x0 - left, top - y1, x1 - x0, y1 - y0)
        else:
            centres[boxes[int(name[1:])].id] = point(thing["pos"])
    curves: dict[int, Curve] = {}
    for edge in drawn.get("edges", ()):
        parts = edge["pos"].split(" ")
        ends = [part[2:] for part in parts if part.startswith("e,")]
        points = tuple(point(part) for part in parts if part[:2] not in ("e,", "s,"))
        tip = point(ends[0]) if ends else points[-1]
        label = point(edge["lp"]) if "lp" in edge else points[len(points) // 2]
        curves[int(edge["comment"])] = Curve(points, tip, label)
    return Laid(
        right - left, top - bottom, centres, tuple(curves[n] for n in range(len(links))), frames
    )


_GAP = 28.0  # pixels between neighbours in a layer, and around the picture
_LANE = 12.0  # pixels that an arrow takes in a layer that it crosses
_MARGIN = 14.0  # between a frame and what it holds


def _layered(boxes: Sequence[Box], links: Sequence[Link]) -> Laid:
    """Layers from top to bottom, a frame beside the other."""
    centres: dict[str, Point] = {}
    curves: dict[int, Curve] = {}
    frames: dict[int, tuple[float, float, float, float]] = {}
    left, bottom = 2 * _GAP, _GAP
    for frame in dict.fromkeys(box.frame for box in boxes):
        inside = {box.id: box for box in boxes if box.frame == frame}
        own = [n for n, k in enumerate(links) if k.source in inside and k.target in inside]
        width, height = _column(inside, {n: links[n] for n in own}, left, centres, curves)
        if frame >= 0:
            around = 2 * _MARGIN
            top = 2 * _GAP - _MARGIN
            frames[frame] = (left - _MARGIN, top, width + around, height + around)
        left += width + 2 * _GAP
        bottom = max(bottom, height + 4 * _GAP)
    of = {box.id: box for box in boxes}
    for n, link in enumerate(links):
        if n not in curves:
            curves[n] = _curve(of[link.source], of[link.target], centres)
    return Laid(left, bottom, centres, tuple(curves[n] for n in range(len(links))), frames)


def _column(
    boxes: Mapping[str, Box],
    links: Mapping[int, Link],
    left: float,
    centres: dict[str, Point],
    curves: dict[int, Curve],
) -> tuple[float, float]:
    """Place what stands in one frame, and the arrows inside it. Its width and height."""
    ids, pairs = list(boxes), [(k.source, k.target) for k in links.values()]
    laid = layers(ids, pairs, lanes=len(pairs) <= _MOST_LINKS)
    sizes = {i: (box.width, box.height) for i, box in boxes.items()}
    for link, way in zip(links.values(), laid.ways, strict=True):
        sizes |= dict.fromkeys(way, (_LANE, 0.0))
        if way:
            sizes[way[len(way) // 2]] = (max(link.width, _LANE), link.height)
    chains = [
        (k.source, *way, k.target) if way else ()
        for k, way in zip(links.values(), laid.ways, strict=True)
    ]
    across = spread(laid.rows, chains, {i: size[0] for i, size in sizes.items()}, _GAP / 2)
    places: dict[str, Point] = {}
    y = 2 * _GAP
    for row in laid.rows:
        tall = max(sizes[i][1] for i in row) if row else 0
        places.update((i, (left + across[i], y + tall / 2)) for i in row)
        y += tall + _GAP
    centres.update((i, places[i]) for i in boxes)
    for (n, link), way in zip(links.items(), laid.ways, strict=True):
        if way:
            through = [places[i] for i in way]
            curves[n] = _through(boxes[link.source], boxes[link.target], through, centres)
    width = max(x + sizes[i][0] / 2 for i, (x, _) in places.items()) - left
    return width, y - 3 * _GAP


def _through(source: Box, target: Box, way: Sequence[Point], centres: Mapping[str, Point]) -> Curve:
    """A smooth curve through the places of a way, upright in each."""
    (x0, y0), (x1, y1) = centres[source.id], centres[target.id]
    sign = 1 if y1 > y0 else -1
    start, end = (x0, y0 + sign * source.height / 2), (x1, y1 - sign * target.height / 2)
    # An arrow up leaves and arrives beside those that lead down.
    start = (start[0] + _slide(way[0][0] - x0, source.width), start[1])
    end = (end[0] + _slide(way[-1][0] - x1, target.width), end[1])
    points: list[Point] = [start]
    for here, there in pairwise((start, *way, end)):
        bend = (there[1] - here[1]) / 2
        points += ((here[0], here[1] + bend), (there[0], there[1] - bend), there)
    return Curve(tuple(points), end, way[len(way) // 2])


def _slide(towards: float, width: float) -> float:
    """How far from the middle of a box an arrow begins that leads so far to the side."""
    most = width / 2 - 12
    return max(-most, min(most, towards))


def _curve(source: Box, target: Box, centres: Mapping[str, Point]) -> Curve:
    (x0, y0), (x1, y1) = centres[source.id], centres[target.id]
    if source.id == target.id:
        side, up = x0 + source.width / 2, source.height / 4
        points = ((side, y0 - up), (side + 30, y0 - up), (side + 30, y0 + up), (side, y0 + up))
        return Curve(points, points[-1], (side + 30, y0))
    if y1 > y0:  # down: out of the bottom, in at the top
        start, end, bend = (x0, y0 + source.height / 2), (x1, y1 - target.height / 2), _GAP
    elif y1 < y0:  # up: a little to the right, or it would lie on its way back
        start = (x0 + source.width / 4, y0 - source.height / 2)
        end, bend = (x1 + target.width / 4, y1 + target.height / 2), -_GAP
    else:
        start, end = (x0, y0 + source.height / 2), (x1, y1 + target.height / 2)
        bend = _GAP
        points = (start, (x0, start[1] + bend), (x1, end[1] + bend), end)
        return Curve(points, end, ((x0 + x1) / 2, max(start[1], end[1]) + 0.75 * bend))
    points = (start, (start[0], start[1] + bend), (end[0], end[1] - bend), end)
    return Curve(points, end, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
