"""What generated tests consist of, as data: events, stages, situations, and what comes of an event."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


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
    """A world that tests play in: how a machine is made there. ``context`` is put into the machine's before
    the first event. ``deviations`` are those that are switched
    otherwise than the spec says."""

    config: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
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


def shown(name: str, fields: Mapping[str, Any]) -> str:
    """A message as text."""
    return f"{name}({', '.join(f'{field}={value!r}' for field, value in fields.items())})"
