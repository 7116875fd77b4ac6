"""The flow of a machine: event, handler, instruction, outcome, which is an event again.

Knows the checked model. A handler is the edges that leave its event; what a transition emits leaves
the request that asked for it.
"""

from __future__ import annotations

from dataclasses import replace

from .effects import Doings
from .model import Edge, EventRow, Node, View
from .sketch import Sketch
from .source import Source, place


def draw_flow(source: Source, rows: tuple[EventRow, ...], view: View, sketch: Sketch) -> None:
    """Draw the flow of these events. In the view ``both`` the states are in the sketch already, and
    what transitions recommend to each other is left out, since their arrows show it."""
    for row in rows:
        sketch.event(row.event)
    for row in rows:
        start = f"event:{row.event}"
        always = Edge(start, start, "asks", row.place)
        _consequences(source, sketch, always, Doings(row.emits, row.asks))
        for cell in row.cells:
            done = Doings(cell.emits, cell.asks)
            at = Edge(
                start,
                start,
                "asks",
                cell.place,
                guard=cell.guard,
                position=cell.position,
                when=cell.where,
            )
            _consequences(source, sketch, at, done)
    _transitions(source, view, sketch)
    _completions(source, sketch)
    for name in source.spec.instructions:
        if source.only is None or f"instruction:{name}" in sketch.nodes:
            _endings(source, name, sketch)


def _transitions(source: Source, view: View, sketch: Sketch) -> None:
    for pair in source.spec.transitions.values():
        if pair.entity not in source.entities:
            continue
        for case in pair.cases:
            done = source.case_doings(pair.entity, case)
            if view == "both":
                done = Doings(done.emits)
            if done == Doings():
                continue
            reached = f"state:{pair.entity}:{case.target}"
            if case.kind == "becomes" and reached in sketch.nodes:
                start = reached
            else:
                start = sketch.request(pair.entity, pair.request)
            at = Edge(start, start, "asks", place(case.span), when=(pair.start,))
            _consequences(source, sketch, at, done)


def _completions(source: Source, sketch: Sketch) -> None:
    for completion in source.spec.completions:
        done = source.doings(completion.body)
        if source.only is not None and all(entity != source.only for entity, _ in done.asks):
            continue
        node = Node(
            id=f"completion:{completion.name}",
            kind="completion",
            label=completion.name,
            place=place(completion.span),
            doc="Runs when no recommendation is left.",
        )
        sketch.add(node)
        _consequences(source, sketch, Edge(node.id, node.id, "asks", node.place), done)


def _consequences(source: Source, sketch: Sketch, at: Edge, done: Doings) -> None:
    """Edges like ``at``, which tells from where and when, to all that is asked for and emitted."""
    for entity, request in done.asks:
        if entity in source.entities:
            target = sketch.request(entity, request)
            sketch.merge(replace(at, target=target, kind="asks", request=request))
    for name in done.emits:
        sketch.merge(replace(at, target=sketch.instruction(name), kind="emits"))


def _endings(source: Source, instruction: str, sketch: Sketch) -> None:
    declared = source.spec.instructions[instruction]
    start, where = sketch.instruction(instruction), place(declared.span)
    for name in declared.during:
        sketch.merge(Edge(start, sketch.event(name), "during", where))
    for name in declared.outcomes:
        sketch.merge(Edge(start, sketch.event(name), "outcome", where))
