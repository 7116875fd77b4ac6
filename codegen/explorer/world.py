"""A world to explore: a machine, its environment, and everything that can happen in it.

``World`` is made from a checked spec and one of its environments. Knows how its parts are put together;
knows nothing of the order in which states are visited.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from ..checked import CheckedSpec
from ..dependence.counter import counter_of
from ..world import Environment, Outcome, Source, Step
from .claims import Claims, write_claims
from .lowering import Lowering
from .memo import Node
from .probes import (
    Answers,
    CaseEdge,
    Choices,
    Delivery,
    Edge,
    Failure,
    Probe,
    case_name,
    free_values,
)
from .slots import Slot, State
from .symmetry import Folding
from .universe import Universe


@dataclass(frozen=True)
class Agenda:
    """What there is to try in a state, by what is open and in transit: all edges, and what must go on.

    ``roots`` has each edge behind the node where its answers are looked up.
    Each of ``pressing`` is one thing that happens some time if it stays possible, and in what ways it
    does where all succeeds: the first of these that is possible at all.
    """

    roots: tuple[tuple[Node, Edge], ...]
    pressing: tuple[tuple[Hashable, tuple[tuple[Edge, ...], ...]], ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(edge for _, edge in self.roots)


class World:
    """Everything that can happen, in a fixed order.

    ``beginnings`` are the edges to the initial states; ``initial`` are these states, or the failure of
    the machine to get there. ``twin``: the machine is its instrumented twin.
    """

    def __init__(
        self, spec: CheckedSpec, environment: Environment, spec_name: str, *, twin: bool = False
    ) -> None:
        self.spec = spec
        self.environment = environment
        self.universe = universe = Universe(spec, environment, spec_name, twin=twin)
        universe.choices = Choices()
        universe.host = Answers(universe, universe.choices)
        self._write()
        self.claims = write_claims(universe)
        universe.compile()
        self.layout = universe.layout
        self._own = list(self._own_edges())
        fair: dict[Hashable, list[Edge]] = {}
        for edge in self._own:
            if edge.pressing:
                fair.setdefault(edge.case.span, []).append(edge)
        self._fair = [(span, (tuple(edges),)) for span, edges in fair.items()]
        self._deliveries = {
            name: Delivery(universe, channel) for name, channel in environment.channels.items()
        }
        self._answers: dict[Slot, tuple[CaseEdge, ...]] = {}
        self._agendas: dict[State, Agenda] = {}
        self._agenda_mask: State = 0
        self._seen = 0
        self._machine_claims = {
            kind: [
                Claims(universe, [c]) for c in self.claims if c.kind == kind and c.entity is None
            ]
            for kind in ("invariant", "rest", "always", "reachable")
        }
        self._entity_claims: dict[tuple[str, str, object], Claims] = {}
        lowering = Lowering(self.layout, universe.ranked, counter_of(spec))
        self.lower = lowering.lower
        self.lowers = lowering.lowers
        self.folds = bool(environment.symmetries)
        self._folding = Folding(self.layout, environment.symmetries)
        self.beginnings = tuple(self._beginnings())
        self.initial = list(self._initial())
        self.refresh()

    # What can happen

    def _write(self) -> None:
        out = self.universe.written
        environment = self.environment
        for source in environment.sources.values():
            self._write_cases(source, source.event)
        for step in environment.steps.values():
            self._write_cases(step, None)
        for outcome in environment.outcomes.values():
            self._write_cases(outcome, outcome.event)
        if environment.initial is not None:
            source = Source(environment.initial.event, environment.initial.cases, environment.span)
            self._write_cases(source, source.event)
        for heard in environment.heard.values():
            if heard.do:
                out.block(f"heard_{heard.instruction}", ["instruction"], heard.do, heard.span)
        for host in environment.host.values():
            parameters = [p.name for p in self.spec.host[host.function].parameters]
            for n, answer in enumerate(host.answers):
                prefix = f"host_{host.function}_{n}"
                for what, value in (
                    ("when", answer.when),
                    ("gives", answer.gives),
                    ("fails", answer.fails),
                ):
                    if value is not None:
                        out.expression(f"{prefix}_{what}", parameters, value)
                if answer.do:
                    out.block(f"{prefix}_do", parameters, answer.do, answer.span)

    def _write_cases(self, of: Source | Step | Outcome, event: str | None) -> None:
        for number, case in enumerate(of.cases):
            name = case_name(of, number)
            self.universe.written.case(name, case, event, isinstance(of, Outcome))

    def _own_edges(self) -> Iterator[CaseEdge]:
        environment = self.environment
        for source in environment.sources.values():
            yield from self._case_edges(source, source.event)
        for step in environment.steps.values():
            yield from self._case_edges(step, None)

    def _case_edges(
        self, of: Source | Step | Outcome, event: str | None, opened: Slot | None = None
    ) -> Iterator[CaseEdge]:
        for number, case in enumerate(of.cases):
            for values in free_values(self.universe, case, event):
                yield CaseEdge(self.universe, of, number, values, opened)

    def _edges_of(self, opened: Slot) -> tuple[CaseEdge, ...]:
        """What an open instruction may lead to."""
        found = self._answers.get(opened)
        if found is None:
            name = opened.key[0]  # type: ignore[index]
            instruction = self.spec.instructions[name]
            outcomes = [
                self.environment.outcomes[name, event]
                for event in (*instruction.outcomes, *instruction.during)
            ]
            found = self._answers[opened] = tuple(
                edge
                for outcome in outcomes
                for edge in self._case_edges(outcome, outcome.event, opened)
            )
        return found

    def agenda(self, state: State) -> Agenda:
        """What there is to try in a state, as a list in a fixed order."""
        key = state & self._agenda_mask
        found = self._agendas.get(key)
        if found is None:
            found = self._agendas[key] = self._make_agenda(state)
        return found

    def _make_agenda(self, state: State) -> Agenda:
        universe, channels = self.universe, self.environment.channels
        content = {name: slot.value(state) for name, slot in universe.channel.items()}
        deliveries = [self._deliveries[name] for name in channels if content[name]]
        full = any(
            channel.at_most is not None
            and channel.direction == "from"
            and len(content[name]) >= channel.at_most
            for name, channel in channels.items()
        )
        pressing: list[tuple[Hashable, tuple[tuple[Edge, ...], ...]]] = [
            (edge, ((edge,),)) for edge in deliveries
        ]
        if full:
            return Agenda(_rooted(deliveries), tuple(pressing))
        edges: list[Edge] = list(self._own)
        pressing = [*self._fair, *pressing]
        for slot in universe.open_slots():
            if state & slot.mask:
                answers = self._edges_of(slot)
                edges += answers
                name = slot.key[0]  # type: ignore[index]
                if name not in self.environment.may_stay_open:
                    ways = [
                        tuple(edge for edge in answers if edge.event == event)
                        for event in self.spec.instructions[name].outcomes
                    ]
                    pressing.append((slot, tuple(ways)))
        return Agenda(_rooted([*edges, *deliveries]), tuple(pressing))

    def _beginnings(self) -> Iterator[CaseEdge]:
        initial = self.environment.initial
        if initial is not None:
            source = Source(initial.event, initial.cases, initial.span)
            yield from self._case_edges(source, source.event)

    def _initial(self) -> Iterator[State | Failure]:
        if self.environment.initial is None:
            yield 0
        seen: set[State] = set()
        for edge in self.beginnings:
            for result in edge.ask(0):
                if isinstance(result, Failure):
                    yield result
                elif result not in seen:
                    seen.add(result)
                    yield result

    def fold(self, state: State) -> State:
        """The state that stands for one and all that don't differ from it in what counts."""
        state = self.lower(state)
        return self._folding.fold(state) if self.folds else state

    def key(self, state: State) -> State:
        """What a state has in common with all that are one with it."""
        state = self.fold(state)
        self.refresh()
        return state

    # What must hold

    def asked(self) -> Iterator[Claims]:
        """Every question about claims that has been asked so far."""
        for probes in self._machine_claims.values():
            yield from probes
        yield from self._entity_claims.values()

    def claims_of(self, kind: str) -> list[Claims]:
        """The questions to ask of every state; more once further keys have turned up."""
        found = list(self._machine_claims[kind])
        for entity in self.spec.entities:
            claims = [c for c in self.claims if c.kind == kind and c.entity == entity]
            if claims:
                for key in self.universe.scene.keys_of(entity):
                    probe = self._entity_claims.get((kind, entity, key))
                    if probe is None:
                        probe = Claims(self.universe, claims, key)
                        self._entity_claims[kind, entity, key] = probe
                    found.append(probe)
        return found

    def probes(self) -> Iterator[Probe]:
        """Every question that may have been asked so far, about edges and about claims."""
        yield from self.beginnings
        yield from self._own
        yield from self._deliveries.values()
        for edges in self._answers.values():
            yield from edges
        yield from self.asked()

    # What turns up

    def refresh(self) -> bool:
        """Take notice of slots that have turned up or grown; whether there were any."""
        if self.layout.bits == self._seen:
            return False
        self._seen = self.layout.bits
        agenda = 0
        for slot in self.layout.slots:
            if slot.kind is self.universe.open:
                agenda |= slot.mask
        for slot in self.universe.channel.values():
            agenda |= slot.mask
        self._agenda_mask = agenda
        return True


def _rooted(edges: Sequence[Edge]) -> tuple[tuple[Node, Edge], ...]:
    return tuple((edge.root, edge) for edge in edges)
