"""The diagram in the language of Graphviz, laid out to be read: also the source of SVG and PNG.

Knows the diagram's model. Every text goes through ``_html``; nothing of a spec becomes an attribute,
a link or markup.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from .arrows import Arrow, drawn, said_inside
from .harmless import harmless
from .ids import safe_ids
from .lines import columns, wrapped
from .model import Diagram, EdgeKind, Mark, Node

_INK, _QUIET = "#1f2933", "#52606d"
_WRAP = 34  # letters; longer guards and docs go on in the next line

# What the shapes and colours mean is said in the legend of the page and in the handbook; no meaning
# hangs on colour alone.
_NODES = {
    "state": 'shape=box, style="rounded,filled", fillcolor="#e8f1fb", color="#3b6ea5"',
    "deleted": 'shape=box, style="rounded,dashed", color="#9b2c2c", fontcolor="#9b2c2c"',
    "request": 'shape=box, style="rounded,filled", fillcolor="#ffffff", color="#3b6ea5"',
    "event": 'shape=ellipse, style=filled, fillcolor="#f3e8fb", color="#6b3fa0", margin="0.06,0.03"',
    "instruction": 'shape=box, style=filled, fillcolor="#fff3d6", color="#8d5a00"',
    "completion": 'shape=box, style="rounded,filled,dashed", fillcolor="#f1f3f5", color="#52606d"',
}
# What a mark adds: to a box, and the colour of an arrow. The note beside it says the same in words.
_MARKS: dict[Mark, tuple[str, str]] = {
    "covered": ('fillcolor="#dff3e4", color="#2f7d4f"', "#2f7d4f"),
    "partly": ('fillcolor="#fff3d6", color="#8d5a00"', "#8d5a00"),
    "missed": ('fillcolor="#fde4e1", color="#b3261e"', "#b3261e"),
    "taken": ('color="#1d5fb8", penwidth=3', "#1d5fb8"),
    "added": ('fillcolor="#dff3e4", color="#2f7d4f", penwidth=2', "#2f7d4f"),
    "removed": ('fillcolor="#fde4e1", color="#b3261e", penwidth=2', "#b3261e"),
    "changed": ('fillcolor="#fff3d6", color="#8d5a00", penwidth=2', "#8d5a00"),
}
_DASHED: tuple[Mark, ...] = ("missed", "removed")
_THICK: tuple[Mark, ...] = ("taken", "added", "changed")
_INITIAL = 'fillcolor="#dff3e4", color="#2f7d4f", penwidth=2'
_FINAL = 'fillcolor="#dff3e4", color="#2f7d4f", peripheries=2'
# Style and colour of an arrow; None takes the colour of the state that it leaves.
_EDGES: dict[EdgeKind, tuple[str, str | None]] = {
    "becomes": ("style=solid", None),
    "internal": ("style=dotted", None),
    "redirect": ("style=dotted, arrowhead=empty, constraint=false", None),
    "route": ("style=dashed, arrowhead=empty, constraint=false", None),
    "asks": ("style=solid", None),
    "emits": ("style=solid", "#8d5a00"),
    "outcome": ("style=dashed", "#2f7d4f"),
    "during": ("style=dotted", "#2f7d4f"),
}
# Arrows of a life cycle take the colour of the state they leave, so that crossing ones can be followed.
_TRACKS = (
    "#3b6ea5",
    "#b0413e",
    "#2f7d4f",
    "#8d5a00",
    "#6b3fa0",
    "#00798c",
    "#a23b72",
    "#556b2f",
    "#4a4e69",
    "#c05621",
    "#1d6fd1",
    "#7a6a00",
    "#8a2be2",
    "#5f6f52",
    "#c2185b",
    "#006d5b",
)


def dot(diagram: Diagram) -> str:
    """The whole graph as DOT text, which ends with a newline."""
    return "\n".join(_lines(harmless(diagram))) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    ids = safe_ids(diagram)
    yield f"digraph {_quoted(diagram.machine)} {{"
    yield "  graph [" + ", ".join(_layout(diagram)) + "];"
    font = f'fontname="Helvetica,Arial,sans-serif", fontcolor="{_INK}"'
    yield f'  node [{font}, fontsize=12, margin="0.16,0.08", height=0.3];'
    yield f"  edge [{font}, fontsize=9, arrowsize=0.7, penwidth=1.1];"
    inside_of = said_inside(diagram)
    several = len(diagram.groups) > 1
    boxes = {
        n.id: _node(n, inside_of.get(n.id, []), ids, of_several=several) for n in diagram.nodes
    }
    # A frame would force the requests of a flow into one column, and the arrows into a knot.
    framed = {group.name for group in diagram.groups if diagram.shows_life_cycle}
    yield from (f"  {boxes[node.id]}" for node in diagram.nodes if node.group not in framed)
    for number, group in enumerate(g for g in diagram.groups if g.name in framed):
        inside = [node for node in diagram.nodes if node.group == group.name]
        yield f"  subgraph cluster_{number} {{"
        yield f"    label=<<B>{_html(group.name)}</B>>;"
        yield f'    labeljust=l; style=rounded; color="#cbd2d9"; fontcolor="{_QUIET}"; margin=14;'
        yield from (f"    {boxes[node.id]}" for node in inside)
        yield from (f"    {line}" for node in inside if node.initial for line in _begin(node, ids))
        yield "  }"
    tracks = {node.id: _TRACKS[i % len(_TRACKS)] for i, node in enumerate(diagram.nodes)}
    yield from (f"  {_arrow(arrow, ids, tracks)}" for arrow in drawn(diagram))
    yield "}"


def _begin(node: Node, ids: dict[str, str]) -> Iterator[str]:
    """The dot that a life cycle begins at."""
    begin = f"begin_{ids[node.id]}"
    size = 'shape=circle, style=filled, width=0.14, height=0.14, fixedsize=true, label=""'
    yield f'{begin} [{size}, fillcolor="{_INK}", color="{_INK}"];'
    yield f'{begin} -> {ids[node.id]} [color="{_INK}", weight=4];'


def _layout(diagram: Diagram) -> Iterator[str]:
    yield "rankdir=TB"
    yield 'bgcolor="#ffffff"'
    yield 'fontname="Helvetica,Arial,sans-serif"'
    yield "fontsize=13"
    yield "nodesep=0.4"
    yield "ranksep=0.55"
    yield "pad=0.25"


def _node(node: Node, said: list[str], ids: dict[str, str], *, of_several: bool) -> str:
    style = _NODES[node.kind]
    if node.initial:
        style = f"{style}, {_INITIAL}"
    elif node.final and node.kind == "state":
        style = f"{style}, {_FINAL}"
    if node.mark:
        style = f"{style}, {_MARKS[node.mark][0]}"
    return f"{ids[node.id]} [{style}, label={_node_label(node, said, of_several)}];"


def _node_label(node: Node, said: list[str], of_several: bool) -> str:
    rows = [f"<B>{_html(line)}</B>" for line in wrapped(node.label, _WRAP)]
    if node.kind == "request" and of_several:
        rows.insert(0, _small(_html(node.group), _QUIET))
    rows += (_small(_html(line), _QUIET) for text in node.details for line in _fold(text))
    for text in said:
        rows += (_small(f"<I>{_html(line)}</I>", _QUIET) for line in _fold(text))
    if node.note:
        rows.append(_small(f"<B>{_html(node.note)}</B>", _MARKS[node.mark][1]))
    return f"<{'<BR/>'.join(rows)}>"


def _arrow(arrow: Arrow, ids: dict[str, str], tracks: dict[str, str]) -> str:
    style, fixed = _EDGES[arrow.kind]
    color = fixed or tracks[arrow.source]
    if arrow.mark:
        color = _MARKS[arrow.mark][1]
        style += ", style=dashed" * (arrow.mark in _DASHED)
        style += ", penwidth=2.2" * (arrow.mark in _THICK)
    text = _arrow_label(arrow, color)
    label = f", label={text}" if text else ""
    return f'{ids[arrow.source]} -> {ids[arrow.target]} [{style}, color="{color}"{label}];'


def _arrow_label(arrow: Arrow, color: str) -> str:
    """The remarks in the colour of their arrow, which tells whose they are; empty where there are none."""
    rows: list[str] = []
    for remark in arrow.remarks:
        head = [_colored(_html(line), color) for line in _fold(remark.head)]
        guard = [_small(f"<I>{_html(line)}</I>", color) for line in _fold(remark.guard)]
        if head and guard and columns(f"{remark.head} {remark.guard}") <= _WRAP:
            head, guard = [f"{head[0]} {guard[0]}"], []
        rows += head + guard
        rows += (_small(_html(line), color) for line in _fold(remark.emits))
    rows += (_small(f"<B>{_html(note)}</B>", color) for note in arrow.notes)
    # A space at both ends keeps the letters off the line beside them.
    return f"<{'<BR/>'.join(f' {row} ' for row in rows)}>" if rows else ""


def _fold(text: str) -> list[str]:
    return list(wrapped(text, _WRAP)) if text else []


def _small(markup: str, color: str) -> str:
    return f'<FONT POINT-SIZE="8" COLOR="{color}">{markup}</FONT>'


def _colored(markup: str, color: str) -> str:
    return f'<FONT COLOR="{color}">{markup}</FONT>'


def _quoted(text: str) -> str:
    """Text as a name of Graphviz."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _html(text: str) -> str:
    """Text for a label of Graphviz in angle brackets."""
    return html.escape(text, quote=True)
