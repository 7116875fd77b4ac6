"""The tests of one machine: what comes of an event after others, beside what has to come of it.

Knows the runtime and the data of tests.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from ..base import Entity
from ..containers import Heap
from ..errors import IllegalEvent
from .data import Happening, Outside, Seen, Shape, Situation, Stage, Unexpected, shown
from .walks import Walk

_SHOWN = 20
"""Events before the last that a message shows."""


class Suite:
    """The tests of one generated machine. ``rules`` has for each item its place in the spec and the line
    that stands there."""

    def __init__(
        self,
        package: ModuleType,
        shape: Shape,
        stages: Mapping[str, Stage],
        situations: Mapping[str, Situation],
        rules: Mapping[str, tuple[str, str]],
    ) -> None:
        self.package = package
        self.shape = shape
        self.stages = stages
        self.situations = situations
        self.rules = rules

    @classmethod
    def read(
        cls,
        folder: Path,
        package: ModuleType,
        shape: Shape,
        stages: Mapping[str, Stage],
        situations: Mapping[str, Situation],
    ) -> Suite:
        """The suite of a folder of generated tests, with the rules that stand there."""
        rules: dict[str, tuple[str, str]] = {}
        for line in (folder / "rules.txt").read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                item, place, text, *_ = line.split("\t")
                rules[item] = place, text
        return cls(package, shape, stages, situations, rules)

    def check(
        self,
        *items: str,
        given: Sequence[str | Happening],
        when: Happening,
        path: Sequence[str] = (),
        emits: Sequence[str] = (),
        changes: Sequence[str] = (),
    ) -> None:
        """``Unexpected`` unless the event leads to just this. Invariants are checked after each step.

        ``given`` begins with a situation, or with the stage (``in three files``).
        """
        play = self.play(given)
        expected = Seen(list(path), list(emits), list(changes))
        try:
            seen = play.step(when)
            play.machine.check()
        except Exception as error:
            self._fail(items, given, when, _lines(expected), [_said(error)], error)
        if seen != expected:
            self._fail(items, given, when, _lines(expected), _lines(seen))

    def refuses(
        self, item: str, *, given: Sequence[str | Happening], when: Happening, because: str
    ) -> None:
        """``Unexpected`` unless the event raises ``IllegalEvent`` for this reason and changes nothing."""
        play = self.play(given)
        expected = [f"IllegalEvent: {because}", "nothing changes"]
        try:
            seen = play.step(when)
        except IllegalEvent as error:
            found = [f"IllegalEvent: {error.reason}", *(play.changes() or ["nothing changes"])]
            if found != expected:
                self._fail([item], given, when, expected, found)
        except Exception as error:
            self._fail([item], given, when, expected, [_said(error)], error)
        else:
            self._fail([item], given, when, expected, _lines(seen))

    def walk(self, walk: Walk) -> None:
        """``Unexpected`` unless each event of the walk leads to just what it says there."""
        play = Play(self, walk.stage)
        for n, beat in enumerate(walk.beats):
            expected = [*beat.path, *(f"emits {one}" for one in beat.emits)]
            cause = None
            try:
                seen = play.step(beat.event)
                found = [*seen.path, *(f"emits {one}" for one in seen.emits)]
            except Exception as error:
                found, cause = [_said(error)], error
            if found != expected:
                given: list[str | Happening] = [f"in {walk.stage}"]
                given += [one.event for one in walk.beats[:n]]
                items = self._of_moves([*beat.path, *found])
                self._fail(items, given, beat.event, expected, found, cause)

    def _of_moves(self, moves: Iterable[str]) -> list[str]:
        """The items of transitions that are told as text."""
        found: dict[str, None] = {}
        for move in moves:
            kind, _, rest = move.partition(" ")
            start, _, end = rest.rpartition(": ")[2].partition(" -> ")
            end, _, asked = end.partition(", asked for ")
            name = f"transition {kind} {start} -> {asked or end}"
            found |= dict.fromkeys(i for i in self.rules if i.partition(",")[0] == name)
        return list(found)

    def play(self, given: Sequence[str | Happening]) -> Play:
        """A machine to which these events have come."""
        stage, events = self.unfolded(given)
        play = Play(self, stage)
        for one in events:
            try:
                play.step(one)
            except Exception as error:
                told = [f"{one} is taken on the way there"], [_said(error)]
                self._fail([], given, None, *told, error)
        return play

    def unfolded(self, given: Sequence[str | Happening]) -> tuple[str, list[Happening]]:
        """The name of the stage, and all events."""
        start, *more = given
        assert isinstance(start, str), "first the situation, or the stage"
        if start in self.situations:
            situation = self.situations[start]
            stage, events = situation.stage, list(situation.events)
        else:
            stage, events = start.removeprefix("in "), []
        for one in more:
            assert isinstance(one, Happening)
            events.append(one)
        return stage, events

    def _fail(
        self,
        items: Iterable[str],
        given: Sequence[str | Happening],
        when: Happening | None,
        expected: list[str],
        found: list[str],
        cause: Exception | None = None,
    ) -> NoReturn:
        raise Unexpected(self._message(items, given, when, expected, found)) from cause

    def _message(
        self,
        items: Iterable[str],
        given: Sequence[str | Happening],
        when: Happening | None,
        expected: list[str],
        found: list[str],
    ) -> str:
        lines = [f"{self.shape.machine} does something else than its spec says"]
        for item in items:
            place, text = self.rules.get(item, ("", ""))
            lines += [f"  item:     {item}", f"  rule:     {place}  {text}"]
        stage, events = self.unfolded(given)
        lines.append(f"  stage:    {stage}")
        if len(events) > _SHOWN:
            lines.append(f"  given:    {len(events) - _SHOWN} events, then")
        lines += [f"  given:    {one}" for one in events[-_SHOWN:]]
        if when is not None:
            lines.append(f"  when:     {when}")
        for name, mine, others in (("expected", expected, found), ("found", found, expected)):
            head = f"  {name}:".ljust(12)
            for line in mine or ["nothing"]:
                lines.append(f"{head}{'  ' if line in others else '! '}{line}")
                head = " " * 12
        return "\n".join(lines)


class Play:
    """One machine of a suite, on a stage. ``watched``: it validates and is observed."""

    def __init__(self, suite: Suite, stage: str, *, watched: bool = True) -> None:
        self.suite = suite
        at = suite.stages[stage]
        cls: Any = getattr(suite.package, suite.shape.machine)
        if at.deviations:
            switched = {**cls.DEVIATIONS, **at.deviations}
            cls = type(cls.__name__, (cls,), {"DEVIATIONS": switched})
        self.outside = Outside() if at.host is None else at.host()
        given = copy.deepcopy(dict(at.config))
        if at.host is not None:
            given["host"] = self.outside
        self._path: list[str] = []
        self.machine: Any = cls(
            clock=self.outside.now,
            validate=watched,
            observers=[self._observe] if watched else [],
            log_limit=0,
            history_limit=0,
            **given,
        )
        for name, value in copy.deepcopy(dict(at.context)).items():
            setattr(self.machine, name, value)
        self._before = self.snapshot()

    def _observe(self, entity: Any, start: str, request: str, end: str) -> None:
        self._path.append(moved(type(entity).__name__, self.plain(entity), start, request, end))

    def step(self, happening: Happening) -> Seen:
        """Let the machine take an event, and tell what came of it; raises what the machine raises."""
        self._before = self.snapshot()
        self._path.clear()
        instructions = self.handle(happening)
        emits = [self.instruction(one) for one in instructions]
        return Seen(list(self._path), emits, self.changes())

    def handle(self, happening: Happening) -> list[Any]:
        """Let the machine take an event: its instructions."""
        self.outside.prepare(happening.answers)
        instructions: list[Any] = self.machine.handle(self.made(happening))
        return instructions

    def made(self, happening: Happening) -> Any:
        """The event as one of the machine's own."""
        fields = copy.deepcopy(dict(happening.fields))
        return getattr(self.suite.package, happening.name)(**{"stimulus_id": "", **fields})

    def instruction(self, instruction: Any) -> str:
        """An instruction as text, with all its fields but the cause."""
        for name, fields in self.suite.shape.instructions.items():
            if type(instruction) is getattr(self.suite.package, name):
                values = {field: self.plain(getattr(instruction, field)) for field in fields}
                return shown(name, values)
        return repr(instruction)

    def changes(self) -> list[str]:
        """What is another value than before the last step."""
        return differences(self._before, self.snapshot())

    def snapshot(self) -> Snapshot:
        """All that the machine holds now."""
        shape, machine = self.suite.shape, self.machine
        found: Snapshot = {}
        for name, (registry, key, fields) in shape.entities.items():
            for entity in getattr(machine, registry).values():
                found[f"{name} {getattr(entity, key)!r}"] = {
                    field: self.plain(getattr(entity, field)) for field in fields
                }
        found[""] = {name: self.plain(getattr(machine, name)) for name in shape.context}
        return found

    def plain(self, value: Any) -> Any:
        """A value in Python's own types: an entity is its key, a set or heap a list in its order."""
        if isinstance(value, Entity):
            return getattr(value, self.suite.shape.entities[type(value).__name__][1])
        if isinstance(value, Mapping):
            return {self.plain(key): self.plain(held) for key, held in value.items()}
        if type(value) is tuple:
            return tuple(self.plain(item) for item in value)
        if isinstance(value, list | Heap) or type(value).__name__ == "OrderedSet":
            return [self.plain(item) for item in value]
        return value


Snapshot = dict[str, dict[str, Any]]
"""Whose (``File 'a'``; nothing for the machine itself) -> name -> value."""


def moved(kind: str, key: Any, start: str, request: str, end: str) -> str:
    """A transition as text."""
    asked = "" if request == end else f", asked for {request}"
    return f"{kind} {key!r}: {start} -> {end}{asked}"


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What is other afterwards, a line a value. Of a new entity, what is neither None, nor 0, nor empty."""
    found: list[str] = []
    for whose in dict.fromkeys([*before, *after]):
        if whose not in after:
            found.append(f"{whose} is gone")
            continue
        old = before.get(whose, {})
        found += _changed(f"{whose}: " if whose else "", old, after[whose])
    return found


def _changed(whose: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, value in new.items():
        was = old.get(name)
        same = type(value) is type(was) and value == was and _order(value) == _order(was)
        if not same and (value or name in old):
            yield f"{whose}{name} = {value!r}"


def _order(value: Any) -> Any:
    return list(value) if isinstance(value, dict) else None


def _lines(seen: Seen) -> list[str]:
    return [*seen.path, *(f"emits {one}" for one in seen.emits), *seen.changes]


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
