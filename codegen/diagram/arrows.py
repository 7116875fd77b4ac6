"""What a picture writes on its arrows: edges that lead the same way share one.

Knows the diagram's model; the same for every format that draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .model import Diagram, Edge, EdgeKind

_MOST_ROUTES = 6  # as arrows; more of them hide the rest


@dataclass(frozen=True)
class Remark:
    """One case on an arrow. ``head`` is the request where it isn't plain from where the arrow leads;
    ``guard`` the condition; ``emits`` what goes out. Each may be empty."""

    head: str = ""
    guard: str = ""
    emits: str = ""

    def parts(self) -> Iterator[str]:
        """What there is to say, in order."""
        return (part for part in (self.head, self.guard, self.emits) if part)


@dataclass(frozen=True)
class Arrow:
    source: str
    target: str
    kind: EdgeKind
    remarks: tuple[Remark, ...]

    @property
    def stays(self) -> bool:
        """Whether it leads back to where it begins and changes nothing: said in the node itself, for an
        arrow would say less and cross more."""
        return self.source == self.target and self.kind != "becomes"


def arrows(diagram: Diagram) -> list[Arrow]:
    """The arrows in the order of the spec, each with its remarks, equal ones once."""
    joined: dict[tuple[str, str, EdgeKind], dict[Remark, None]] = {}
    in_words = routes_in_words(diagram)
    for edge in diagram.edges:
        if edge.kind == "route" and edge.source in in_words:
            continue
        remarks = joined.setdefault((edge.source, edge.target, edge.kind), {})
        remark = _remark(diagram, edge)
        if any(remark.parts()):
            remarks[remark] = None
    return [Arrow(*key, tuple(remarks)) for key, remarks in joined.items()]


def routes_in_words(diagram: Diagram) -> dict[str, list[str]]:
    """By the id of a state its routes as texts, where there are too many to be drawn. Both legs of each
    have their arrows already."""
    routes = [edge for edge in diagram.edges if edge.kind == "route"]
    found: dict[str, dict[str, list[str]]] = {}
    for edge in routes if len(routes) > _MOST_ROUTES else ():
        found.setdefault(edge.source, {}).setdefault(edge.via, []).append(edge.request)
    return {
        source: [f"{', '.join(requests)} via {via}" for via, requests in by_state.items()]
        for source, by_state in found.items()
    }


def _remark(diagram: Diagram, edge: Edge) -> Remark:
    guard = f"if {edge.guard}" if edge.guard else "otherwise" if edge.position else ""
    # In the view of both, what a transition emits has an arrow of its own.
    drawn_apart = diagram.view == "both"
    emits = "" if drawn_apart or not edge.emits else f"emits {', '.join(edge.emits)}"
    request = edge.request
    match edge.kind:
        case "becomes":
            same = request == diagram.by_id[edge.target].label
            return Remark("" if same else request, guard, emits)
        case "internal":
            return Remark(f"{request} (stays)", guard, emits)
        case "redirect":
            asked = edge.asks[-1][1] if edge.asks else ""
            return Remark(f"{request}, asks {asked}", guard, emits)
        case "route":
            return Remark(f"via {edge.via}")
        case "asks" | "emits":
            when = ", ".join(edge.when)
            return Remark(f"from {when}" if when else "", guard)
        case "outcome":
            return Remark()
        case "during":
            return Remark("meanwhile")
