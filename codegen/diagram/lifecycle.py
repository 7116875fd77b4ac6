"""The life cycle of an entity: its states and what leads from one to another.

Knows the checked model. Impossible cases are not drawn; they are claims (see ``tables``).
"""

from __future__ import annotations

from dataclasses import replace

from ..checked import Case, Entity
from .model import Diagram, Edge, Group, Node
from .sketch import Sketch
from .source import Source, place


def groups(source: Source) -> tuple[Group, ...]:
    """The frames: one an entity, with the columns of its matrix."""
    return tuple(
        Group(
            entity.name,
            place(entity.span),
            entity.doc,
            tuple(entity.configurations) or tuple(entity.states),
            source.spec.undeclared.get(entity.name, ""),
        )
        for entity in source.entities.values()
    )


def draw_life_cycles(source: Source, sketch: Sketch) -> None:
    for entity in source.entities.values():
        _states(entity, sketch)
    _transitions(source, sketch)
    _routes(source, sketch)
    _mark_final(sketch)


def _states(entity: Entity, sketch: Sketch) -> None:
    told_apart: dict[str, list[str]] = {}
    for configuration in entity.configurations.values():
        if configuration.fields:
            values = configuration.name.removeprefix(configuration.state).strip("()")
            told_apart.setdefault(configuration.state, []).append(values)
    for state in entity.states.values():
        sketch.add(
            Node(
                id=f"state:{entity.name}:{state.name}",
                kind="state",
                label=state.name,
                place=place(state.span),
                group=entity.name,
                doc=state.doc,
                details=tuple(told_apart.get(state.name, ())),
                initial=state.initial,
            )
        )
    for request in entity.requests.values():
        if request.deletes:
            sketch.add(
                Node(
                    id=f"state:{entity.name}:{request.name}",
                    kind="deleted",
                    label=request.name,
                    place=place(request.span),
                    group=entity.name,
                    doc=request.doc,
                )
            )


def _transitions(source: Source, sketch: Sketch) -> None:
    for pair in source.spec.transitions.values():
        if pair.entity not in source.entities:
            continue
        start = f"state:{pair.entity}:{pair.start}"
        for position, case in enumerate(pair.cases):
            if case.kind == "impossible":
                continue
            done = source.case_doings(pair.entity, case)
            edge = Edge(
                source=start,
                target=_target(pair.entity, case, start, sketch),
                kind=case.kind,
                place=place(case.span),
                request=pair.request,
                guard=source.text(case.when),
                position=position,
                emits=done.emits,
                asks=done.asks,
                does=source.case_lines(pair, case),
                reason=case.reason,
            )
            sketch.link(edge, pair.request, position)


def _target(entity: str, case: Case, start: str, sketch: Sketch) -> str:
    """Where the arrow of a case ends: at the state it names, or back where it began."""
    if case.kind == "internal" or case.target is None:
        return start
    named = f"state:{entity}:{case.target}"
    return named if named in sketch.nodes else start


def _routes(source: Source, sketch: Sketch) -> None:
    for route in source.spec.routes.values():
        if route.entity not in source.entities:
            continue
        wanted = f"state:{route.entity}:{route.request}"
        edge = Edge(
            source=f"state:{route.entity}:{route.start}",
            target=wanted if wanted in sketch.nodes else f"state:{route.entity}:{route.via}",
            kind="route",
            place=place(route.span),
            request=route.request,
            via=route.via,
        )
        sketch.link(edge, route.request, route.via)


def _mark_final(sketch: Sketch) -> None:
    """A state is final when no edge leads from it to another."""
    drawn = Diagram("", "life-cycle", nodes=tuple(sketch.nodes.values()))
    graph = replace(drawn, edges=tuple(sketch.edges.values())).graph()
    for id_, node in sketch.nodes.items():
        if node.kind == "state" and not set(graph.successors(id_)) - {id_}:
            sketch.nodes[id_] = replace(node, final=True)
