"""What generated tests are made of: events as data, the stages on which machines play, and ``Suite``.

A test gives a machine the events that lead to a situation, then one more, and compares all that comes of
it with what the spec's reference interpreter said: the transitions, the instructions, the fields that
changed. Nothing here knows how the expectations were found.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from .base import Entity
from .containers import Heap
from .errors import IllegalEvent


@dataclass(frozen=True)
class Happening:
    """An event as data: its name, its fields, and for host functions that have several answers which of
    them they give, in the order of the calls; the first where nothing is said."""

    name: str
    fields: Mapping[str, Any]
    answers: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def with_answers(self, **answers: Sequence[int]) -> Happening:
        """The same, with host functions that answer otherwise."""
        return replace(self, answers=answers)

    def __str__(self) -> str:
        text = shown(self.name, self.fields)
        told = "".join(f", {name} answers {list(n)}" for name, n in self.answers.items())
        return text + told


def event(name: str, /, **fields: Any) -> Happening:
    """An event as data."""
    return Happening(name, fields)


class Outside:
    """The outside of a machine in a test; a stage's host derives from it."""

    def __init__(self) -> None:
        self._answers: dict[str, deque[int]] = {}

    def prepare(self, answers: Mapping[str, Sequence[int]]) -> None:
        """What functions with several answers say in the step that comes."""
        self._answers = {name: deque(numbers) for name, numbers in answers.items()}

    def which(self, function: str) -> int:
        """The number of the answer that a function gives now."""
        numbers = self._answers.get(function)
        return numbers.popleft() if numbers else 0

    def now(self) -> float:
        """The clock."""
        return 0.0


@dataclass(frozen=True)
class Stage:
    """A world that tests play in: how a machine is made there. ``deviations`` are those that are switched
    otherwise than the spec says."""

    config: Mapping[str, Any] = field(default_factory=dict)
    deviations: Mapping[str, bool] = field(default_factory=dict)
    host: Callable[[], Outside] | None = None


@dataclass(frozen=True)
class Situation:
    """A shortest way to something, on a stage."""

    stage: str
    events: Sequence[Happening]


@dataclass(frozen=True)
class Shape:
    """The parts of a machine by their names. ``entities``: the registry, the key and the fields of each,
    state first."""

    machine: str
    entities: Mapping[str, tuple[str, str, Sequence[str]]]
    context: Sequence[str]
    events: Mapping[str, Sequence[str]]
    instructions: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Seen:
    """What came of an event: transitions, instructions, and values that are others than before."""

    path: list[str]
    emits: list[str]
    changes: list[str]


class Unexpected(AssertionError):
    """A machine did something else than its spec says. The message tells the item, the rule of the
    spec, the way to it, what was expected and what was found."""


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
        lines += [f"  given:    {one}" for one in events]
        if when is not None:
            lines.append(f"  when:     {when}")
        for name, mine, others in (("expected", expected, found), ("found", found, expected)):
            head = f"  {name}:".ljust(12)
            for line in mine or ["nothing"]:
                lines.append(f"{head}{'  ' if line in others else '! '}{line}")
                head = " " * 12
        return "\n".join(lines)


class Play:
    """One machine of a suite, on a stage. It validates."""

    def __init__(self, suite: Suite, stage: str) -> None:
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
            validate=True,
            observers=[self._observe],
            log_limit=0,
            history_limit=0,
            **given,
        )
        self._before = self.snapshot()

    def _observe(self, entity: Any, start: str, request: str, end: str) -> None:
        self._path.append(moved(type(entity).__name__, self.plain(entity), start, request, end))

    def step(self, happening: Happening) -> Seen:
        """Let the machine take an event, and tell what came of it; raises what the machine raises."""
        self._before = self.snapshot()
        self._path.clear()
        self.outside.prepare(happening.answers)
        instructions = self.machine.handle(self.made(happening))
        emits = [self.instruction(one) for one in instructions]
        return Seen(list(self._path), emits, self.changes())

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


def shown(name: str, fields: Mapping[str, Any]) -> str:
    """A message as text."""
    return f"{name}({', '.join(f'{field}={value!r}' for field, value in fields.items())})"


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
