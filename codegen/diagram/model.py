"""The diagram of a machine: one model that every picture and every table is drawn from.

Plain data in a fixed order (that of the spec), with plain texts: each renderer escapes them for its
own medium. Knows nothing of snippets, of files or of any format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from networkx import MultiDiGraph

View: TypeAlias = Literal["life-cycle", "flow", "both"]
NodeKind: TypeAlias = Literal["state", "deleted", "request", "event", "instruction", "completion"]
EdgeKind: TypeAlias = Literal[
    "becomes",  # a transition from state to state
    "internal",  # a request that is granted without a change of state
    "redirect",  # a request that is answered with another request
    "route",  # a pair that goes through a third state
    "asks",  # a handler, a transition or the completion recommends a request
    "emits",  # the same emit an instruction
    "outcome",  # an instruction ends with an event
    "during",  # an event that may come before an instruction ends
]
Verdict: TypeAlias = Literal["handled", "ignored", "impossible"]
Mark: TypeAlias = Literal[
    "",
    "covered",  # tests took all of it
    "partly",
    "missed",
    "taken",  # a trace went there
    "added",  # since another version of the spec
    "removed",
    "changed",
]


@dataclass(frozen=True)
class Place:
    """Where something stands in the spec; lines count from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Node:
    """A box. ``id`` is unique in the diagram and no more than an id; ``label`` is what is read.

    ``group`` is the entity of a state or request, else empty. ``details`` are short further lines
    (the configurations of a state). ``initial``: entities begin here. ``final``: nothing leads away.
    ``mark`` is what is said of it beyond the spec, and ``note`` that in a few words.
    """

    id: str
    kind: NodeKind
    label: str
    place: Place
    group: str = ""
    doc: str = ""
    details: tuple[str, ...] = ()
    initial: bool = False
    final: bool = False
    mark: Mark = ""
    note: str = ""


@dataclass(frozen=True)
class Edge:
    """An arrow, one for each case.

    ``request`` is what was asked for; ``guard`` the case's condition as text, empty where there is
    none, and ``position`` its number among the pair's cases. ``when`` tells from which configurations
    a handler asks or emits. ``emits`` are instructions and ``asks`` (entity, request) pairs, both by
    name; ``does`` are the statements of the case. ``reason`` is the text of an internal case,
    ``via`` the state that a route goes through; ``mark`` and ``note`` as those of a node.
    """

    source: str
    target: str
    kind: EdgeKind
    place: Place
    request: str = ""
    guard: str = ""
    position: int = 0
    when: tuple[str, ...] = ()
    emits: tuple[str, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    does: tuple[str, ...] = ()
    reason: str = ""
    via: str = ""
    mark: Mark = ""
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """Pairs that the spec claims are never asked for: one request in one state or more."""

    entity: str
    starts: tuple[str, ...]
    request: str
    guard: str
    reason: str
    place: Place


@dataclass(frozen=True)
class CellRow:
    """One case of a handler in the configurations that share it; ``position`` is its number there.
    ``where`` says the same in fewer words: a state instead of all its configurations."""

    configurations: tuple[str, ...]
    where: tuple[str, ...]
    verdict: Verdict
    place: Place
    guard: str = ""
    position: int = 0
    reason: str = ""
    emits: tuple[str, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    does: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventRow:
    """What an event does. ``subject`` is how its entities are found, as text, empty without one;
    ``entity`` is their kind. ``always`` are the statements around the cells (before, first, after)."""

    event: str
    place: Place
    entity: str = ""
    subject: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    doc: str = ""
    always: tuple[str, ...] = ()
    emits: tuple[str, ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    cells: tuple[CellRow, ...] = ()


@dataclass(frozen=True)
class Contract:
    """An instruction: how it runs, who emits it, what ends it."""

    instruction: str
    place: Place
    runs: str
    fields: tuple[tuple[str, str], ...] = ()
    doc: str = ""
    emitted_by: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    during: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """An entity: the frame around its states. ``columns`` are its configurations."""

    name: str
    place: Place
    doc: str = ""
    columns: tuple[str, ...] = ()
    undeclared: str = ""


@dataclass(frozen=True)
class Diagram:
    """Everything that a renderer may show. ``claims`` are never drawn, only counted and listed."""

    machine: str
    view: View
    doc: str = ""
    groups: tuple[Group, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    claims: tuple[Claim, ...] = ()
    events: tuple[EventRow, ...] = ()
    contracts: tuple[Contract, ...] = ()
    by_id: dict[str, Node] = field(init=False, repr=False, compare=False, default_factory=dict)
    _leaving: dict[str, list[Edge]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self.by_id.update((node.id, node) for node in self.nodes)
        for edge in self.edges:
            if edge.kind in ("becomes", "internal", "redirect", "route"):
                self._leaving.setdefault(edge.source, []).append(edge)

    @property
    def shows_life_cycle(self) -> bool:
        return self.view != "flow"

    @property
    def shows_flow(self) -> bool:
        return self.view != "life-cycle"

    def states(self, group: str) -> list[Node]:
        """The states of an entity, and what deletes it, in the order of the spec."""
        return [n for n in self.nodes if n.group == group and n.kind in ("state", "deleted")]

    def leaving(self, node: Node) -> list[Edge]:
        """The life-cycle edges that begin at a state, in the order of the spec."""
        return self._leaving.get(node.id, [])

    def graph(self) -> MultiDiGraph[str]:
        """The same nodes and edges for networkx; each edge holds its ``Edge`` under ``edge``."""
        from networkx import MultiDiGraph

        graph: MultiDiGraph[str] = MultiDiGraph()
        for node in self.nodes:
            graph.add_node(node.id, node=node)
        for edge in self.edges:
            graph.add_edge(edge.source, edge.target, edge=edge)
        return graph
