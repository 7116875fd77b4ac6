"""The simulator: drives a machine without threads, tasks or time.

The same contracts as the dispatcher, and the same order of events: what an instruction ends with goes
to the end of a queue. Which open instruction ends next is chosen, by a seeded source or by whatever
the caller draws from. Knows the machine and the contracts.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from .base import Contract, shortened
from .contract import broken, missing_methods, problem
from .errors import LawfulError, UnknownInstruction
from .machine import Machine

EventT = TypeVar("EventT")
InstructionT = TypeVar("InstructionT")
T = TypeVar("T")


class Choose(Protocol):
    """Picks one of several; ``options`` is never empty.

    With hypothesis: ``lambda options: data.draw(st.sampled_from(options))``.
    """

    def __call__(self, options: Sequence[T], /) -> T: ...


class SeededChoices:
    """Choices that are the same for the same seed, in every process."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def __call__(self, options: Sequence[T], /) -> T:
        return options[self._random.randrange(len(options))]


class VirtualClock:
    """A clock that moves only when it is told to; give it to the machine as ``clock``."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance_to(self, now: float) -> None:
        """Move to ``now``; never backwards."""
        self.now = max(self.now, now)


@dataclass(eq=False)
class SimulationTooLong(LawfulError):
    """The simulation did not come to rest within its limit of events.

    Either the machine never rests (look at the end of its history), or the limit is too small.
    """

    limit: int
    open_instructions: tuple[Any, ...]

    def __str__(self) -> str:
        shown = ", ".join(shortened(i) for i in self.open_instructions[:10])
        return f"not at rest after {self.limit} events; open: {shown or 'nothing'}"


@dataclass(eq=False, slots=True)
class _Open(Generic[EventT, InstructionT]):
    instruction: InstructionT
    event: EventT  # the one whose step gave the instruction out
    contract: Contract
    due: float


class Simulator(Generic[EventT, InstructionT]):
    """Drives ``machine`` with ``outcomes``, an object like the dispatcher's handlers.

    It has a method for each instruction, under the same name, but every one is a plain function: a
    ``send`` is called at once, the others when their instruction ends, and they return its events. An
    outcome that is to be chosen is chosen in there, with the same ``choose`` perhaps.

    ``choose`` picks which of the open instructions that are due ends next; without it a source with
    ``seed`` does. ``duration`` says how many seconds an instruction takes (none if not given); the
    clock then moves to the next that is due. It is the machine's, if that is a ``VirtualClock``.
    ``check`` checks all invariants after each event, and at rest what must hold there.
    """

    def __init__(
        self,
        machine: Machine[EventT, InstructionT],
        outcomes: object,
        *,
        seed: int = 0,
        choose: Choose | None = None,
        duration: Callable[[InstructionT], float] | None = None,
        check: bool = True,
    ) -> None:
        problems = missing_methods(machine.CONTRACTS, outcomes, plain=True)
        if problems:
            raise TypeError(f"{type(outcomes).__name__} can't serve: {'; '.join(problems)}")
        self.machine = machine
        self.outcomes = outcomes
        self.check = check
        self.clock = machine._clock if isinstance(machine._clock, VirtualClock) else VirtualClock()
        self._choose: Choose = choose or SeededChoices(seed)
        self._duration = duration
        self._queue: deque[EventT] = deque()
        self._later: list[tuple[float, int, EventT]] = []  # events posted for a time to come
        self._posted = 0
        self._open: dict[_Open[EventT, InstructionT], None] = {}

    @property
    def open_instructions(self) -> list[InstructionT]:
        """The instructions that have not ended, oldest first."""
        return [work.instruction for work in self._open]

    @property
    def at_rest(self) -> bool:
        """Whether nothing is open and no event is waiting."""
        return not (self._queue or self._later or self._open)

    def post(self, event: EventT, *, at: float | None = None) -> None:
        """Queue an event, now or for when the clock reaches ``at``."""
        if at is None or at <= self.clock.now:
            self._queue.append(event)
        else:
            self._posted += 1
            self._later.append((at, self._posted, event))
            self._later.sort(key=lambda entry: entry[:2])

    def handle(self, event: EventT) -> list[InstructionT]:
        """Handle those in the queue, then this event; return the instructions of its step.

        ``IllegalEvent`` changes nothing, and the simulation can go on.
        """
        while self._queue:
            self._step(self._queue.popleft())
        return self._step(event)

    def end(self, instruction: InstructionT, events: Collection[EventT] | None = None) -> None:
        """End this open instruction now, with the given events or with what ``outcomes`` returns.

        The events are queued. ``KeyError`` if the instruction is not open.
        """
        for work in self._open:
            if work.instruction is instruction:
                return self._end(work, events)
        raise KeyError(f"not open: {instruction!r}")

    def step(self) -> bool:
        """Handle the next event, or else end an open instruction; ``False`` if all is at rest."""
        if self._queue:
            self._step(self._queue.popleft())
            return True
        if not self._open and not self._later:
            return False
        due = min([work.due for work in self._open] + [entry[0] for entry in self._later[:1]])
        self.clock.advance_to(due)
        if self._later and self._later[0][0] <= due:
            self._queue.append(self._later.pop(0)[2])
            return True
        ready = [work for work in self._open if work.due <= due]
        self._end(ready[0] if len(ready) == 1 else self._choose(ready), None)
        return True

    def run(self, limit: int = 10_000) -> int:
        """Go on until all is at rest; returns the number of events handled.

        ``SimulationTooLong`` after ``limit`` events. What the machine raises comes through, and so does
        ``ContractBroken``.
        """
        before = self.machine.event_count
        while self.step():
            if self.machine.event_count - before > limit:
                raise SimulationTooLong(limit, tuple(self.open_instructions))
        if self.check:
            self.machine.check_at_rest()
        return self.machine.event_count - before

    def _step(self, event: EventT) -> list[InstructionT]:
        instructions = self.machine.handle(event)
        if self.check:
            self.machine.check()
        for instruction in instructions:
            contract = self.machine.CONTRACTS.get(type(instruction))
            if contract is None:
                raise UnknownInstruction(instruction, event)
            due = self.clock.now
            if contract.runs != "send" and self._duration is not None:
                due += self._duration(instruction)
            work = _Open(instruction, event, contract, due)
            if contract.runs == "send":
                self._ask(work, None)
            else:
                self._open[work] = None
        return instructions

    def _end(self, work: _Open[EventT, InstructionT], events: Collection[EventT] | None) -> None:
        events = self._ask(work, events)
        del self._open[work]
        instruction: Any = work.instruction
        for event in events:
            it: Any = event
            if not it.stimulus_id:
                it.stimulus_id = instruction.stimulus_id
            self._queue.append(event)

    def _ask(
        self, work: _Open[EventT, InstructionT], events: Collection[EventT] | None
    ) -> Collection[EventT]:
        """What ends the instruction, once it is known to keep the contract."""
        returned: Any = events
        about = self.machine, work.contract, work.instruction, work.event
        try:
            if returned is None:
                returned = getattr(self.outcomes, work.contract.method)(work.instruction)
            what = problem(work.contract, work.instruction, returned)
        except Exception as error:
            raise broken(*about, error=error) from error
        if what is not None:
            raise broken(*about, what=what, returned=returned)
        result: Collection[EventT] = returned or ()
        return result
