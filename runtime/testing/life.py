"""The life of a machine under random events, leaning towards configurations that were seldom visited.

Whoever chooses (a property test) gives numbers: which situation, entity or open instruction, counted from
the one that is seldomest. Two machines live it, one that validates and is observed, and one that does
neither and so takes the short ways of production; they must always agree. Knows suites.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..base import Entity
from ..errors import IllegalEvent
from .data import Happening, Unexpected
from .suite import Play, Suite


class Life:
    """``keys``: event -> the field with the key of its subject, and the kind of entity. ``visits`` counts
    configurations over many lives. ``strict``: the machine takes or refuses any event in any state;
    otherwise one that breaks a promise of the spec is taken back, for its sender has broken the rules.
    """

    def __init__(
        self,
        suite: Suite,
        keys: Mapping[str, tuple[str, str]],
        visits: Counter[str],
        *,
        strict: bool,
    ) -> None:
        self.suite = suite
        self.keys = keys
        self.visits = visits
        self.strict = strict
        self.stage = next(iter(suite.stages))
        self.events: list[Happening] = []
        self.open: list[Any] = []
        self._build()

    def begin(self, number: int) -> None:
        """Begin in one of the situations, counted from the seldomest."""
        names = sorted(self.suite.situations, key=lambda name: self.visits[name])
        if names:
            situation = self.suite.situations[names[number % len(names)]]
            self.stage, self.events, self.open = situation.stage, [], []
            self._build()
            for one in situation.events:
                self._take(one)

    def takes(
        self, name: str, given: Mapping[str, Any], *, aim: int | None, of: int | None
    ) -> None:
        """An event with these fields comes. ``aim``: it is about an entity, counted from the one in the
        seldomest configuration. ``of``: it answers an open instruction, where one is open that it may
        answer, and has that one's values. ``Unexpected`` if the machine does what no machine may."""
        fields = dict(given)
        answered = self._answered(name, of)
        if answered is not None:
            echoes = answered.contract.echoes.get(self._event_class(name), ())
            fields |= {field: getattr(answered.instruction, field) for field in echoes}
        elif aim is not None and name in self.keys:
            field, kind = self.keys[name]
            entities = self._seldom(kind)
            if entities:
                fields[field] = self.watched.plain(entities[aim % len(entities)])
        happening = Happening(name, fields)
        before = self.watched.snapshot()
        try:
            self._take(happening)
        except IllegalEvent:
            if self.watched.snapshot() != before or self.plain.snapshot() != before:
                raise Unexpected(self._told("a refused event changes nothing", happening)) from None
            return
        except Unexpected:
            raise
        except Exception as error:
            if self.strict:
                said = f"{type(error).__name__}: {error}"
                raise Unexpected(self._told(f"nothing fails, but {said}", happening)) from error
            self._again()
            return
        if answered is not None and answered.ends:
            self.open.remove(answered.instruction)

    # Two machines

    def _build(self) -> None:
        self.watched = Play(self.suite, self.stage)
        self.plain = Play(self.suite, self.stage, watched=False)

    def _again(self) -> None:
        """The same life without the last event."""
        events, self.events = self.events, []
        still_open = list(self.open)
        self._build()
        for one in events:
            self._take(one)
        self.open = still_open

    def _take(self, happening: Happening) -> None:
        try:
            instructions = self.watched.handle(happening)
        except IllegalEvent:
            self._refused_too(happening)
            raise
        others = self.plain.handle(happening)
        emitted = [
            [play.instruction(one) for one in made]
            for play, made in ((self.watched, instructions), (self.plain, others))
        ]
        states = [play.snapshot() for play in (self.watched, self.plain)]
        if emitted[0] != emitted[1] or states[0] != states[1]:
            what = "a machine that validates does the same as one that doesn't"
            raise Unexpected(self._told(what, happening))
        self.events.append(happening)
        self.open += [one for one in instructions if self._contract(one).runs != "send"]
        for name in self.suite.shape.entities:
            for entity in self._entities(name):
                self.visits[f"{name} {configuration(entity)}"] += 1

    def _refused_too(self, happening: Happening) -> None:
        try:
            self.plain.handle(happening)
        except IllegalEvent:
            return
        what = "a machine that validates refuses the same events as one that doesn't"
        raise Unexpected(self._told(what, happening))

    # Choosing

    def _answered(self, name: str, of: int | None) -> _Answered | None:
        if of is None:
            return None
        event = self._event_class(name)
        found = [
            _Answered(one, contract, event in contract.outcomes)
            for one in self.open
            for contract in [self._contract(one)]
            if event in (*contract.outcomes, *contract.during)
        ]
        return found[of % len(found)] if found else None

    def _seldom(self, kind: str) -> list[Entity]:
        """The entities of a kind, those in configurations that were seldom visited first."""
        return sorted(
            self._entities(kind), key=lambda one: self.visits[f"{kind} {configuration(one)}"]
        )

    def _entities(self, kind: str) -> list[Any]:
        registry, _, _ = self.suite.shape.entities[kind]
        return list(getattr(self.watched.machine, registry).values())

    def _event_class(self, name: str) -> type:
        found: type = getattr(self.suite.package, name)
        return found

    def _contract(self, instruction: Any) -> Any:
        return self.watched.machine.CONTRACTS[type(instruction)]

    def _told(self, what: str, happening: Happening) -> str:
        lines = [f"{self.suite.shape.machine}: {what}", f"  stage:    {self.stage}"]
        lines += [f"  given:    {one}" for one in self.events]
        return "\n".join([*lines, f"  when:     {happening}"])


@dataclass(frozen=True)
class _Answered:
    """An open instruction and what an event is to it."""

    instruction: Any
    contract: Any
    ends: bool


def configuration(entity: Any) -> str:
    """The configuration of an entity; its state where its fields are like none."""
    try:
        return str(getattr(entity, "configuration", entity.state))
    except ValueError:
        return str(entity.state)
