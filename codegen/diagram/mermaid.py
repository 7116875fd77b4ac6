"""The diagram as Mermaid, which GitHub and many editors draw: a ``stateDiagram-v2`` of the life cycle,
a ``flowchart`` where events and instructions are shown.

Knows the diagram's model. Texts are written with entity codes wherever Mermaid might read syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .arrows import Arrow, arrows, drawn, said_inside
from .harmless import harmless
from .ids import safe_ids
from .model import Diagram, Mark, Node

_SHAPES = {
    "state": ("(", ")"),
    "deleted": ("(", ")"),
    "request": ("(", ")"),
    "event": ("([", "])"),
    "instruction": ("[", "]"),
    "completion": ("{{", "}}"),
}
_LINES = {
    "becomes": "-->",
    "internal": "-.->",
    "redirect": "-.->",
    "route": "-.->",
    "asks": "-->",
    "emits": "==>",
    "outcome": "-.->",
    "during": "-.->",
}
# The colour of the text goes with that of the ground, or a dark page would make it white on white.
_STYLES = (
    "classDef initial fill:#dff3e4,stroke:#2f7d4f,color:#1f2933,stroke-width:2px",
    "classDef final fill:#dff3e4,stroke:#2f7d4f,color:#1f2933",
    "classDef deleted stroke:#9b2c2c,stroke-dasharray:4",
)
_MARK_STYLES: dict[Mark, str] = {
    "covered": "fill:#dff3e4,stroke:#2f7d4f,color:#1f2933",
    "partly": "fill:#fff3d6,stroke:#8d5a00,color:#1f2933",
    "missed": "fill:#fde4e1,stroke:#b3261e,color:#1f2933,stroke-dasharray:4",
    "taken": "stroke:#1d5fb8,stroke-width:3px",
    "added": "fill:#dff3e4,stroke:#2f7d4f,color:#1f2933",
    "removed": "fill:#fde4e1,stroke:#b3261e,color:#1f2933,stroke-dasharray:4",
    "changed": "fill:#fff3d6,stroke:#8d5a00,color:#1f2933",
}
_FLOW_STYLES = (
    "classDef event fill:#f3e8fb,stroke:#6b3fa0,color:#1f2933",
    "classDef instruction fill:#fff3d6,stroke:#8d5a00,color:#1f2933",
)


def mermaid(diagram: Diagram) -> str:
    """The diagram as Mermaid text, which ends with a newline."""
    diagram = harmless(diagram)
    lines = _states(diagram) if diagram.view == "life-cycle" else _flow(diagram)
    return "\n".join(lines) + "\n"


def _states(diagram: Diagram) -> Iterator[str]:
    ids = safe_ids(diagram)
    every = drawn(diagram)
    inside = said_inside(diagram)
    yield "stateDiagram-v2"
    for number, group in enumerate(diagram.groups):
        indent = "    "
        framed = len(diagram.groups) > 1
        if framed:
            # A composite state frames each entity; a machine with one needs no frame.
            yield f'    state "{_text(group.name)}" as g{number} {{'
            indent = "        "
        for node in diagram.states(group.name):
            label = "<br/>".join([_label(node), *map(_text, inside.get(node.id, ()))])
            yield f'{indent}state "{label}" as {ids[node.id]}'
        for node in diagram.states(group.name):
            if node.initial:
                yield f"{indent}[*] --> {ids[node.id]}"
        own = (a for a in every if diagram.by_id[a.source].group == group.name)
        for arrow in own:
            yield from _transitions(arrow, ids, indent)
        for node in diagram.states(group.name):
            if node.final or node.kind == "deleted":
                yield f"{indent}{ids[node.id]} --> [*]"
        if framed:
            yield "    }"
    yield from _styles(diagram, _STYLES, ids)


def _transitions(arrow: Arrow, ids: dict[str, str], indent: str) -> Iterator[str]:
    pair = f"{indent}{ids[arrow.source]} --> {ids[arrow.target]}"
    label = _remarks(arrow)
    yield f"{pair} : {label}" if label else pair


def _flow(diagram: Diagram) -> Iterator[str]:
    ids = safe_ids(diagram)
    yield "flowchart TB"
    framed = {group.name for group in diagram.groups if diagram.shows_life_cycle}
    for node in diagram.nodes:
        if node.group not in framed:
            yield f"    {_shape(node, ids)}"
    for number, group in enumerate(g for g in diagram.groups if g.name in framed):
        inside = [node for node in diagram.nodes if node.group == group.name]
        yield f'    subgraph g{number} ["{_text(group.name)}"]'
        yield from (f"        {_shape(node, ids)}" for node in inside)
        yield "    end"
    for arrow in arrows(diagram):
        label = _remarks(arrow)
        line = _LINES[arrow.kind]
        joint = f'{line}|"{label}"|' if label else line
        yield f"    {ids[arrow.source]} {joint} {ids[arrow.target]}"
    yield from _styles(diagram, (*_STYLES, *_FLOW_STYLES), ids)


def _styles(diagram: Diagram, styles: Iterable[str], ids: dict[str, str]) -> Iterator[str]:
    yield from (f"    {style}" for style in styles)
    marks: dict[Mark, None] = dict.fromkeys(node.mark for node in diagram.nodes if node.mark)
    yield from (f"    classDef {mark} {_MARK_STYLES[mark]}" for mark in marks)
    yield from (f"    class {ids[n.id]} {kind}" for n, kind in _classes(diagram))


def _shape(node: Node, ids: dict[str, str]) -> str:
    left, right = _SHAPES[node.kind]
    return f'{ids[node.id]}{left}"{_label(node)}"{right}'


def _classes(diagram: Diagram) -> Iterator[tuple[Node, str]]:
    for node in diagram.nodes:
        if node.mark:
            yield node, node.mark
        elif node.kind in ("deleted", "event", "instruction"):
            yield node, node.kind
        elif node.initial:
            yield node, "initial"
        elif node.final and node.kind == "state":
            yield node, "final"


def _label(node: Node) -> str:
    details = f" [{' | '.join(node.details)}]" if node.kind == "state" else ""
    text = _text(node.label + (details if node.details else ""))
    return "<br/>".join([text, *map(_text, _noted([node.note]))])


def _remarks(arrow: Arrow) -> str:
    texts = [" ".join(remark.parts()) for remark in arrow.remarks] + [*_noted(arrow.notes)]
    return "<br/>".join(map(_text, texts))


def _noted(notes: Iterable[str]) -> Iterator[str]:
    return (f"- {note} -" for note in notes if note)


def _text(text: str) -> str:
    """Text for a label: what isn't a letter, a digit or plain punctuation becomes an entity code."""
    return re.sub(r"[^\w .,()=|-]", lambda found: f"#{ord(found[0])};", text)
