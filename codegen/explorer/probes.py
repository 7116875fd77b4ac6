"""Questions about a state that are answered by running the machine, and remembered.

Of every edge: may it be taken, and where does it lead? Of every claim: does it hold? Knows the
universe; knows nothing of searching.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lawful.runtime import HostFailure, IllegalEvent
from lawful.runtime.errors import (
    BrokenClaim,
    ClaimFailed,
    InvalidTransition,
    StepBudgetExceeded,
)

from ..world import Case, Channel, Heard, Host, Outcome, Ranges, Source, Step
from .codec import Dangling
from .memo import Node
from .slots import Slot, State
from .universe import Message, Universe


@dataclass(frozen=True)
class Failure:
    """What goes wrong on an edge or in a state. ``kind`` is one of those of ``verdicts``, ``claim`` what
    was claimed, ``text`` how it shows."""

    kind: str
    claim: str
    text: str


class Choices:
    """The choices of one run that depend on what the run finds: all of them, one run after another."""

    def __init__(self) -> None:
        self._script: list[tuple[int, int]] = []  # (which, of how many)
        self._at = 0

    def begin(self) -> None:
        """Before the first run."""
        self._script = []
        self._at = 0

    def next(self) -> bool:
        """Before each further run; whether there is one."""
        self._at = 0
        while self._script:
            which, size = self._script.pop()
            if which + 1 < size:
                self._script.append((which + 1, size))
                return True
        return False

    def pick(self, size: int) -> int:
        """One of ``size``, at least one: the first in the first run."""
        if self._at == len(self._script):
            self._script.append((0, size))
        which = self._script[self._at][0]
        self._at += 1
        return which

    def among(self, source: Iterable[Any]) -> Any:
        """Each different element; ``Disabled`` if there is none."""
        found: list[Any] = []
        for one in source:
            if one not in found:  # what can't be hashed may be among them
                found.append(one)
        if not found:
            raise Disabled
        return found[self.pick(len(found))]


class Disabled(Exception):
    """There is nothing to choose, so the case can't be taken."""


class Answers:
    """What the machine's host functions are called on."""

    def __init__(self, universe: Universe, choices: Choices) -> None:
        for host in universe.environment.host.values():
            setattr(self, host.function, _host_function(universe, choices, host))
        self.given: list[tuple[str, Any]] = []
        """(function, result or ``HostFailure``) of every call in the last run, in order."""
        self.took: list[tuple[str, int]] = []
        """(function, which of its answers) of the same calls, where there are several."""


def _host_function(universe: Universe, choices: Choices, host: Host) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        functions, machine = universe.functions, universe.machine
        prefix = f"host_{host.function}"
        open_ = [
            n
            for n, answer in enumerate(host.answers)
            if answer.when is None or functions[f"{prefix}_{n}_when"](machine, *arguments)
        ]
        if not open_:
            raise LookupError(f"the environment has no answer to {host.function}{arguments!r}")
        n = open_[choices.pick(len(open_)) if len(open_) > 1 else 0]
        answer = host.answers[n]
        result = None
        if answer.fails is not None:
            result = functions[f"{prefix}_{n}_fails"](machine, *arguments)
        elif answer.gives is not None:
            result = functions[f"{prefix}_{n}_gives"](machine, *arguments)
        if answer.do:
            functions[f"{prefix}_{n}_do"](machine, *arguments)
        if answer.fails is not None:
            result = HostFailure(*(result if isinstance(result, tuple) else (result,)))
        universe.host.given.append((host.function, result))
        if len(host.answers) > 1:
            universe.host.took.append((host.function, n))
        if isinstance(result, HostFailure):
            raise result
        return result

    return call


class Probe(ABC):
    """A question whose answer is remembered. ``root`` is where the answers are looked up."""

    __slots__ = ("root", "universe")

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.root = Node(())

    def ask(self, state: State) -> Any:
        """The answer in a state."""
        found = self.root.answer(state)
        return self.learn(state) if found is None else found

    def learn(self, state: State) -> Any:
        """Find the answer by running, and remember it."""
        scene = self.universe.scene
        scene.turn(state)
        answer = self.find()
        self.root.learn(state, scene.read, answer)
        return answer

    @abstractmethod
    def find(self) -> Any:
        """The answer in the state of the scene; never None."""


class Edge(Probe):
    """Something that may happen. The answer is a tuple with, for each way in which it may, what it adds
    to the state, or a ``Failure``.

    ``pressing``: it does happen some time if it stays possible. ``label`` says what it is.
    """

    __slots__ = ("done", "instructions", "pressing")

    def __init__(self, universe: Universe, *, pressing: bool) -> None:
        super().__init__(universe)
        self.pressing = pressing
        self.done: list[tuple[str, Any]] = []  # what the last run did, for the story

    def find(self) -> tuple[int | Failure, ...]:
        return tuple(result for result, _ in self.runs())

    def runs(self) -> Iterator[tuple[int | Failure, list[tuple[str, Any]]]]:
        """Each way in which it may happen: what it adds to the state, and what was done in order:
        ("sent" | "handled" | "emitted" | "heard", message)."""
        choices, scene = self.universe.choices, self.universe.scene
        choices.begin()
        while True:
            scene.reset()
            self.done = []
            self.universe.host.given = []
            self.universe.host.took = []
            try:
                change = self.happen()
                if change is True:
                    change = scene.change()
            except Disabled:
                change = None
            except Dangling as error:
                change = Failure("exception", "Dangling", str(error))
            if change is not None:
                yield change, self.done
            if not choices.next():
                return

    @abstractmethod
    def happen(self) -> Any:
        """Do it once: None if it can't be, a ``Failure``, or True."""

    def handle(self, event: Any) -> Any:
        """Let the machine handle an event and the world take its instructions."""
        universe = self.universe
        self.done.append(("handled", event))
        try:
            instructions = universe.machine.handle(event)
        except Exception as error:
            return failure_of(error)
        return self.take(instructions)

    def take(self, instructions: Iterable[Any]) -> Any:
        """Let the world take the instructions of a step: a ``Failure`` or True."""
        universe = self.universe
        scene = universe.scene
        for instruction in instructions:
            self.done.append(("emitted", instruction))
            name = type(instruction).__name__
            declared = universe.spec.instructions.get(name)
            if declared is None:
                return Failure("contract", name, f"no contract for {instruction!r}")
            if declared.runs != "send":
                slot = universe.layout.slot(universe.open, universe.freeze(instruction))
                scene.set(slot, scene.get(slot) + 1)
            heard = universe.environment.heard.get(name)
            if heard is not None and heard.channel is not None:
                slot = universe.channel[heard.channel]
                scene.set(slot, (*scene.get(slot), universe.freeze(instruction)))
            elif heard is not None and heard.do:
                universe.functions[f"heard_{name}"](universe.machine, instruction)
        return True


def failure_of(error: Exception) -> Failure:
    """What an exception of the machine says of it."""
    name = type(error).__name__
    match error:
        case IllegalEvent(reason=reason) | BrokenClaim(reason=reason):
            return Failure("impossible", reason, str(error))
        case InvalidTransition(entity=entity, start=start, request=request):
            return Failure("impossible", f"{entity} {start} -> {request}", str(error))
        case ClaimFailed(text=text):
            return Failure("impossible", text, str(error))
        case StepBudgetExceeded():
            return Failure("endless", name, str(error))
    return Failure("exception", name, f"{name}: {error}")


class CaseEdge(Edge):
    """A case of a source, a step or an outcome, with one choice of the values that are given."""

    __slots__ = (
        "_function",
        "case",
        "channel",
        "event",
        "name",
        "opened",
        "stays",
        "values",
    )

    def __init__(
        self,
        universe: Universe,
        of: Source | Step | Outcome,
        number: int,
        values: tuple[Any, ...],
        opened: Slot | None = None,
    ) -> None:
        case = of.cases[number]
        pressing = case.fair
        self.stays = isinstance(of, Outcome) and of.during
        if isinstance(of, Outcome):
            pressing = not of.during and of.instruction not in universe.environment.may_stay_open
        super().__init__(universe, pressing=pressing)
        self.case = case
        self.values = values
        self.opened = opened
        self.event = None if isinstance(of, Step) else of.event
        self.name = of.name if isinstance(of, Step) else of.event
        self.channel: Channel | None = None
        if isinstance(of, Source) and of.channel is not None:
            self.channel = universe.environment.channels[of.channel]
        self._function = universe.functions[case_name(of, number)]

    def happen(self) -> Any:
        universe, scene = self.universe, self.universe.scene
        given: tuple[Any, ...] = self.values
        if self.opened is not None:
            count = scene.get(self.opened)
            if not count:
                return None
            given = (universe.thaw(self.opened.key), *given)  # type: ignore[arg-type]
            if not self.stays:
                scene.set(self.opened, count - 1)
        if self.case.at_most is not None:
            taken = universe.layout.slot(universe.taken, self.case.span)
            if scene.get(taken) >= self.case.at_most:
                return None
            scene.set(taken, scene.get(taken) + 1)
        channel = self.channel
        content: tuple[Message, ...] = ()
        if channel is not None:
            content = scene.get(universe.channel[channel.name])
            if channel.at_most is not None and len(content) >= channel.at_most:
                return None
        event = self._function(universe.machine, universe.choices, *given)
        if event is None:
            return None
        if channel is not None:
            self.done.append(("sent", event))
            scene.set(universe.channel[channel.name], (*content, universe.freeze(event)))
            return True
        return True if event is True else self.handle(event)


class Delivery(Edge):
    """The head of a channel arrives."""

    __slots__ = ("channel",)

    def __init__(self, universe: Universe, channel: Channel) -> None:
        super().__init__(universe, pressing=True)
        self.channel = channel

    def happen(self) -> Any:
        universe, scene = self.universe, self.universe.scene
        slot = universe.channel[self.channel.name]
        content: tuple[Message, ...] = scene.get(slot)
        if not content:
            return None
        scene.set(slot, content[1:])
        message = universe.thaw(content[0])
        if self.channel.direction == "to":
            return self.handle(message)
        self.done.append(("heard", message))
        heard: Heard | None = universe.environment.heard.get(content[0][0])
        if heard is not None and heard.do:
            universe.functions[f"heard_{heard.instruction}"](universe.machine, message)
        return True


def case_name(of: Source | Step | Outcome, number: int) -> str:
    """The function of a case."""
    match of:
        case Source(event=event):
            return f"source_{event}_{number}"
        case Step(cases=cases):
            return f"step_{cases[number].span.line}_{number}"
        case Outcome(instruction=instruction, event=event):
            return f"outcome_{instruction}_{event}_{number}"
    raise AssertionError(of)


def free_values(universe: Universe, case: Case, event: str | None) -> Iterator[tuple[Any, ...]]:
    """Every choice of the values of a case that are given, frozen; the last varies first."""
    types = dict(universe.fields(event)) if event is not None else {}
    ranges: list[list[Any]] = []
    for rule in case.choices.values():
        if isinstance(rule, Ranges):
            ranges.append(list(rule.values))
    for field, rule in case.fields.items():
        if isinstance(rule, Ranges):
            ranges.append([universe.frozen(types[field], v) for v in rule.values])
    return itertools.product(*ranges)
