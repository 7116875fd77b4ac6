"""What a picture writes on its arrows: edges that lead the same way share one. And what it says inside
its boxes instead, where an arrow would say less and cross more.

Knows the diagram's model; the same for every format that draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .model import Diagram, Edge, EdgeKind, Mark

_MOST_ROUTES = 6  # as arrows; more of them hide the rest
_MOST_INTO = 8  # states that lead to one, as arrows
_MEANT: tuple[Mark, ...] = ("added", "removed", "changed", "taken")  # one of many is enough


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
    """The edges of one kind from one node to another, and what is said of them."""

    source: str
    target: str
    kind: EdgeKind
    remarks: tuple[Remark, ...]
    edges: tuple[Edge, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether it leads back to where it begins and changes nothing: said in the node itself, for an
        arrow would say less and cross more."""
        return self.source == self.target and self.kind != "becomes"

    @property
    def mark(self) -> Mark:
        """The mark of all its edges together."""
        return joined(edge.mark for edge in self.edges)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the mark; where tests took some of the edges, how many."""
        marks = [edge.mark for edge in self.edges]
        if self.mark == "partly":
            return (f"{marks.count('covered')} of {len(marks)} covered",)
        return tuple(dict.fromkeys(edge.note for edge in self.edges if edge.note))


def joined(marks: Iterable[Mark]) -> Mark:
    """The mark of several things together."""
    found = set(marks) - {""}
    for mark in _MEANT:
        if mark in found:
            return mark if len(found) == 1 or mark == "taken" else "changed"
    if len(found) == 1:
        return found.pop()
    return "partly" if found else ""


def arrows(diagram: Diagram) -> list[Arrow]:
    """The arrows in the order of the spec, each with its remarks, equal ones once."""
    in_words = _routes(diagram)
    found: dict[tuple[str, str, EdgeKind], list[Edge]] = {}
    for edge in diagram.edges:
        if edge.kind != "route" or edge.source not in in_words:
            found.setdefault((edge.source, edge.target, edge.kind), []).append(edge)
    return [Arrow(*key, _remarks(diagram, edges), tuple(edges)) for key, edges in found.items()]


def drawn(diagram: Diagram) -> list[Arrow]:
    """The arrows that a picture draws; the others are ``said_inside``."""
    return _parted(diagram)[0]


def said_inside(diagram: Diagram) -> dict[str, list[str]]:
    """By the id of a node the texts that stand in it: what leads to a state that very many lead to, what
    is granted without a change, what is passed on to a state that has an arrow already; and routes,
    where there are too many to be drawn. Both legs of each route are there already."""
    found: dict[str, list[str]] = {}
    for arrow in _parted(diagram)[1]:
        if arrow.kind == "becomes":
            texts = list(_ways(diagram.by_id[arrow.target].label, arrow))
        else:
            texts = [" ".join(remark.parts()) for remark in arrow.remarks]
        if arrow.notes:
            texts[-1] += f" [{', '.join(arrow.notes)}]"
        found.setdefault(arrow.source, []).extend(texts)
    for source, texts in _routes(diagram).items():
        found.setdefault(source, []).extend(texts)
    return found


def _ways(name: str, arrow: Arrow) -> Iterator[str]:
    for remark in arrow.remarks or (Remark(),):
        head = f"→ {name} on {remark.head}" if remark.head else f"→ {name}"
        yield " ".join(Remark(head, remark.guard, remark.emits).parts())


def _parted(diagram: Diagram) -> tuple[list[Arrow], list[Arrow]]:
    """The arrows that are drawn, and those that are told in words."""
    every = arrows(diagram)
    into: dict[str, set[str]] = {}
    for arrow in every:
        if arrow.kind == "becomes" and arrow.source != arrow.target:
            into.setdefault(arrow.target, set()).add(arrow.source)
    hubs = {target for target, sources in into.items() if len(sources) > _MOST_INTO}
    shown: list[Arrow] = []
    told: list[Arrow] = []
    for arrow in every:
        again = arrow.kind == "redirect" and arrow.source in into.get(arrow.target, ())
        to_hub = arrow.kind in ("becomes", "redirect") and arrow.target in hubs
        (told if arrow.stays or again or to_hub else shown).append(arrow)
    return shown, told


def _routes(diagram: Diagram) -> dict[str, list[str]]:
    routes = [edge for edge in diagram.edges if edge.kind == "route"]
    found: dict[str, dict[str, list[str]]] = {}
    for edge in routes if len(routes) > _MOST_ROUTES else ():
        found.setdefault(edge.source, {}).setdefault(edge.via, []).append(edge.request)
    return {
        source: [f"{', '.join(requests)} via {via}" for via, requests in by_state.items()]
        for source, by_state in found.items()
    }


def _remarks(diagram: Diagram, edges: Iterable[Edge]) -> tuple[Remark, ...]:
    """What is said of the edges; requests under the same condition and with the same effect at once."""
    heads: dict[tuple[str, str, str], dict[str, None]] = {}
    for edge in edges:
        remark = _remark(diagram, edge)
        if any(remark.parts()):
            head, mark, rest = remark.head.partition(" (stays)")
            heads.setdefault((remark.guard, remark.emits, mark + rest), {})[head] = None
    return tuple(
        Remark(_listed(diagram, edges, names) + end, guard, emits)
        for (guard, emits, end), names in heads.items()
    )


def _listed(diagram: Diagram, edges: Iterable[Edge], names: Iterable[str]) -> str:
    """The names as a list. A lone request that bears the name of where its arrow leads goes without
    saying; among others it is said."""
    listed = list(names)
    if len(listed) > 1:
        target = next(iter(edges)).target
        listed = [name or diagram.by_id[target].label for name in listed]
    return ", ".join(listed)


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
