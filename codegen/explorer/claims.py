"""What must hold in a state, as questions whose answers are remembered.

Claims about the machine are asked one by one, those about an entity all together for each key. Knows
the universe and the functions that say whether a claim holds.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from ..diagnostics import Span
from ..generate.relations import kept
from .functions import Functions
from .probes import Failure, Probe, failure_of
from .universe import Universe


@dataclass(frozen=True)
class Claim:
    """Something that must hold. ``kind`` is ``invariant``, ``rest``, ``always`` or ``reachable``.

    ``entity``: of each of these. ``function`` says whether it holds: None where its premise doesn't.
    ``text`` is how it is written in the spec, ``premise`` whether it has a ``when``.
    """

    kind: str
    name: str
    entity: str | None
    function: str
    text: str
    span: Span
    premise: bool = False


def write_claims(universe: Universe) -> list[Claim]:
    """All claims of a spec and an environment; their functions are written."""
    spec, plan, out = universe.spec, universe.plan, universe.written
    environment = universe.environment
    claims: list[Claim] = []
    for kind, invariants in (
        ("invariant", spec.invariants),
        ("rest", (*spec.at_quiescence, *environment.at_quiescence)),
        ("always", environment.always),
        ("reachable", environment.reachable),
    ):
        for invariant in invariants:
            name = f"claim_{len(claims)}"
            out.claim(name, invariant)
            text = plan.source_text(invariant.holds)
            claims.append(
                Claim(
                    kind,
                    invariant.name,
                    invariant.entity,
                    name,
                    text,
                    invariant.span,
                    invariant.when is not None,
                )
            )
    claims += _rules(universe, out, len(claims))
    return claims


def _rules(universe: Universe, out: Functions, number: int) -> list[Claim]:
    """What the generated machine checks beside its invariants."""
    claims: list[Claim] = []
    for item in universe.spec.context.values():
        if item.maintained == "hand" or (item.maintained == "generator" and not item.early):
            assert item.members is not None
            function = f"claim_{number + len(claims)}"
            out.rule(function, item)
            text = universe.plan.source_text(item.members)
            name = f"{item.name} follows its rule"
            claims.append(Claim("invariant", name, None, function, text, item.span))
    for entity in universe.spec.entities.values():
        for relation in entity.relations.values():
            if kept(universe.plan, entity.name, relation.name) is not None:
                function = f"claim_{number + len(claims)}"
                out.agreement(function, entity, relation)
                name = f"{relation.name} and {relation.inverse} agree"
                claims.append(Claim("invariant", name, entity.name, function, "", relation.span))
    return claims


class Claims(Probe):
    """Claims about the machine, or about the entity of one key; all of one kind.

    The answer is a ``Failure``, or a number whose bits say for each claim whether its premise held (and
    of ``reachable``, whether it holds).
    """

    __slots__ = ("claims", "held", "key")

    def __init__(self, universe: Universe, claims: Sequence[Claim], key: Hashable = None) -> None:
        super().__init__(universe)
        self.claims = claims
        self.key = key
        self.held = 0  # all answers so far, for who searches

    def find(self) -> int | Failure:
        universe = self.universe
        universe.scene.reset()
        subject: tuple[object, ...] = ()
        entity = self.claims[0].entity
        if entity is not None:
            found = universe.scene.registry(entity).get(self.key)
            if found is None:
                return 0
            subject = (found,)
        held = 0
        for n, claim in enumerate(self.claims):
            try:
                holds = universe.functions[claim.function](universe.machine, *subject)
            except Exception as error:
                return failure_of(error)
            if holds is False and claim.kind != "reachable":
                about = "" if entity is None else f" for {entity} {self.key!r}"
                return Failure(claim.kind, claim.name, f"'{claim.name}' doesn't hold{about}")
            if holds is not None and (holds or claim.kind != "reachable"):
                held |= 1 << n
        return held
