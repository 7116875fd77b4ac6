"""Nodes and edges while they are collected, each under a key, in the order in which they come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..checked import CheckedSpec
from .model import Edge, Node
from .source import place


@dataclass
class Sketch:
    """The nodes and edges so far. A request that is a shown state is that state's node."""

    spec: CheckedSpec
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[object, ...], Edge] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """The id of the node, which is added unless it is there already."""
        self.nodes.setdefault(node.id, node)
        return node.id

    def link(self, edge: Edge, *more: object) -> None:
        """Add an edge of a life cycle; ``more`` tells it from others between the same two nodes."""
        self.edges.setdefault((edge.source, edge.target, edge.kind, *more), edge)

    def merge(self, edge: Edge) -> None:
        """Add an edge of the flow; one that differs in its configurations only is joined to it."""
        key = (edge.source, edge.target, edge.kind, edge.guard, edge.position)
        known = self.edges.get(key)
        if known is not None:
            joined = tuple(dict.fromkeys(known.when + edge.when))
            edge = replace(known, when=joined if known.when and edge.when else ())
        self.edges[key] = edge

    def event(self, name: str) -> str:
        event = self.spec.events[name]
        return self.add(Node(f"event:{name}", "event", name, place(event.span), doc=event.doc))

    def instruction(self, name: str) -> str:
        instruction = self.spec.instructions[name]
        return self.add(
            Node(
                f"instruction:{name}",
                "instruction",
                name,
                place(instruction.span),
                doc=instruction.doc,
                details=(instruction.runs,),
            )
        )

    def request(self, entity: str, request: str) -> str:
        state = f"state:{entity}:{request}"
        if state in self.nodes:
            return state
        declared = self.spec.entities[entity].requests[request]
        return self.add(
            Node(
                f"request:{entity}:{request}",
                "request",
                request,
                place(declared.span),
                entity,
                declared.doc,
            )
        )
