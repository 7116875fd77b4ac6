"""A diagram as SVG for the page: drawn here, so that themes, highlights and a screen reader get hold of
every part. Knows the diagram's model and layouts; every text goes through ``escape``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from ..diagram.arrows import Arrow, drawn, said_inside
from ..diagram.arrows import arrows as all_arrows
from ..diagram.lines import columns, wrapped
from ..diagram.model import Diagram, Node
from .layout import Box, Curve, Laid, Link, Point, lay_out

_WRAP = 30  # columns
_NAME, _SMALL = 7.9, 5.9  # pixels a column of a name and of the small print takes at most
_LINE = 13.5  # pixels from a line of small print to the next
_KINDS_IN_WORDS = {"deleted": "state that deletes"}


@dataclass(frozen=True)
class Picture:
    """``arrows`` in the order of their numbers in ``svg``, where they are ``data-arrow``; behind them those
    that are not drawn but said in the boxes that they leave."""

    svg: str
    arrows: tuple[Arrow, ...]


def picture(diagram: Diagram, name: str) -> Picture:
    """The diagram, drawn. ``name`` tells its elements from those of other pictures of a page."""
    inside = said_inside(diagram)
    arrows = tuple(drawn(diagram))
    texts = {node.id: _box_lines(node, inside.get(node.id, [])) for node in diagram.nodes}
    frames = {g.name: n for n, g in enumerate(diagram.groups) if diagram.shows_life_cycle}
    several = len(frames) > 1
    boxes = [
        Box(node.id, *_box_size(texts[node.id]), frames.get(node.group, -1) if several else -1)
        for node in diagram.nodes
    ]
    labels = [_label_lines(arrow) for arrow in arrows]
    links = [
        Link(arrow.source, arrow.target, *_label_size(lines), arrow.kind in ("redirect", "route"))
        for arrow, lines in zip(arrows, labels, strict=True)
    ]
    laid = lay_out(boxes, links)
    sizes = {box.id: box for box in boxes}
    parts = [*_begin(diagram, laid, name)]
    if several:
        for group, n in frames.items():
            parts += _frame(group, laid.frames.get(n))
    for n, arrow in enumerate(arrows):
        parts.append(_arrow(n, arrow, diagram, laid.curves[n], labels[n]))
    for node in diagram.nodes:
        parts.append(_node(node, sizes[node.id], laid.centres[node.id], texts[node.id], name))
    told = (arrow for arrow in all_arrows(diagram) if arrow not in arrows)
    return Picture("\n".join([*parts, "</g></svg>"]), (*arrows, *told))


def _begin(diagram: Diagram, laid: Laid, name: str) -> Iterator[str]:
    width, height = laid.width + 24, laid.height + 24
    label = escape(f"{diagram.machine}: {diagram.view}")
    yield (
        f'<svg class="picture" id="picture-{name}" data-view="{name}" role="group" '
        f'aria-label="{label}" viewBox="-12 -12 {width:.0f} {height:.0f}" '
        f'data-width="{width:.0f}" data-height="{height:.0f}">'
    )
    yield '<g class="moved">'


def _frame(name: str, place: tuple[float, float, float, float] | None) -> Iterator[str]:
    if place is None:
        return
    x, y, width, height = place
    yield f'<rect class="frame" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10"/>'
    yield f'<text class="frame-name" x="{x + 10:.1f}" y="{y + 16:.1f}">{escape(name)}</text>'


# ------------------------------------------------------------------------------------------ boxes


def _box_lines(node: Node, inside: list[str]) -> tuple[list[str], list[str]]:
    small = [line for text in (*node.details, *inside) for line in wrapped(text, _WRAP)]
    if node.kind == "request" and node.group:
        small.insert(0, f"asked of {node.group}")
    return list(wrapped(node.label, _WRAP)), small + ([node.note] if node.note else [])


def _box_size(texts: tuple[list[str], list[str]]) -> tuple[float, float]:
    names, small = texts
    widest = max(
        [columns(line) * _NAME for line in names] + [columns(line) * _SMALL for line in small]
    )
    return max(widest + 24, 56), len(names) * 17 + len(small) * _LINE + 14


def _node(
    node: Node, box: Box, centre: Point, texts: tuple[list[str], list[str]], name: str
) -> str:
    x, y = centre[0] - box.width / 2, centre[1] - box.height / 2
    radius = {"event": box.height / 2, "instruction": 2}.get(node.kind, 9)
    classes = ["node", node.kind, *(["initial"] if node.initial else ())]
    if node.final and node.kind == "state":
        classes.append("final")
    if node.mark:
        classes.append(node.mark)
    names, small = texts
    # What is only said in the box is not lost on who can't see it.
    words = [_KINDS_IN_WORDS.get(node.kind, node.kind), *names, *small]
    spoken = " ".join(words) + ", begins here" * node.initial
    parts = [
        f'<g class="{" ".join(classes)}" data-node="{escape(node.id)}" tabindex="-1" role="button" '
        f'aria-pressed="false" aria-label="{escape(spoken)}">',
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{radius:.1f}"/>',
    ]
    if node.final and node.kind == "state":
        parts.append(
            f'<rect class="inner" x="{x + 3:.1f}" y="{y + 3:.1f}" width="{box.width - 6:.1f}" '
            f'height="{box.height - 6:.1f}" rx="{radius - 3:.1f}"/>'
        )
    if node.initial:
        parts.append(f'<circle class="begin" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
    at = y + 20
    for line in names:
        parts.append(_text("name", centre[0], at, line))
        at += 17
    at -= 3
    for line in small:
        parts.append(_text("small", centre[0], at, line))
        at += _LINE
    # Words of two lines would be one word to a screen reader without something between them.
    return "\n".join([*parts, "</g>"])


def _text(kind: str, x: float, y: float, line: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(line)}</text>'


# ----------------------------------------------------------------------------------------- arrows


def _label_lines(arrow: Arrow) -> list[str]:
    lines = [
        line
        for remark in arrow.remarks
        if any(remark.parts())
        for line in wrapped(" ".join(remark.parts()), _WRAP)
    ]
    return lines + [line for note in arrow.notes for line in wrapped(note, _WRAP)]


def _label_size(lines: list[str]) -> tuple[float, float]:
    if not lines:
        return 0, 0
    return max(columns(line) for line in lines) * _SMALL + 10, len(lines) * _LINE + 4


def _arrow(n: int, arrow: Arrow, diagram: Diagram, curve: Curve, label: list[str]) -> str:
    start, *rest = curve.points
    path = f"M{start[0]:.1f},{start[1]:.1f}"
    if rest:
        path += "C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in rest)
    tip, before = curve.tip, curve.points[-1]
    if tip == before:  # the curve itself ends at the tip
        before = curve.points[-2]
    mark = f" {arrow.mark}" if arrow.mark else ""
    parts = [
        f'<g class="arrow {arrow.kind}{mark}" data-arrow="{n}" data-from="{escape(arrow.source)}" '
        f'data-to="{escape(arrow.target)}" tabindex="-1" role="button" aria-pressed="false" '
        f'aria-label="{escape(in_words(arrow, diagram))}">',
        f'<path class="reach" d="{path}"/>',
        f'<path class="line" d="{path}"/>',
        f'<path class="head" d="{_head(before, tip)}"/>',
    ]
    y = curve.label[1] - len(label) * _LINE / 2 + 10
    for line in label:
        parts.append(_text("label", curve.label[0], y, line))
        y += _LINE
    # Words of two lines would be one word to a screen reader without something between them.
    return "\n".join([*parts, "</g>"])


def _head(before: Point, tip: Point, length: float = 8) -> str:
    angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
    corners = [tip]
    for side in (2.7, -2.7):
        x = tip[0] + length * math.cos(angle + side)
        y = tip[1] + length * math.sin(angle + side)
        corners.append((x, y))
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in corners) + "Z"


_VERBS = {
    "becomes": "becomes",
    "internal": "stays",
    "redirect": "is passed on to",
    "route": "goes to",
    "asks": "asks for",
    "emits": "emits",
    "outcome": "ends with",
    "during": "may tell",
}


def in_words(arrow: Arrow, diagram: Diagram) -> str:
    """The arrow as a sentence, which a screen reader reads and a search finds."""
    source, target = diagram.by_id[arrow.source].label, diagram.by_id[arrow.target].label
    said = "; ".join(" ".join(remark.parts()) for remark in arrow.remarks)
    note = f" ({', '.join(arrow.notes)})" if arrow.notes else ""
    return f"{source} {_VERBS[arrow.kind]} {target}{f': {said}' if said else ''}{note}"
