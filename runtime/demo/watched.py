"""A Downloader that remembers step by step what it did, to be counted and told afterwards.

Uses the instrumented twin, so that coverage can be shown too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lawful.generated.downloader import Event, File, Instruction, Progress
from lawful.generated.downloader.instrumented import Downloader
from lawful.runtime.downloader import Chance


@dataclass(frozen=True)
class Move:
    """A transition of the file ``name``: ``start -> end``, asked for as ``request``."""

    name: str
    start: str
    request: str
    end: str


@dataclass(frozen=True)
class Moment:
    """One step of the machine: the event, the transitions and the instructions that came of it.

    ``at`` is the time in seconds by the machine's clock.
    """

    at: float
    event: Event
    moves: tuple[Move, ...]
    instructions: tuple[Instruction, ...]


class Watched(Downloader):
    """The machine with a chronicle. ``on_event`` is told of each event that was handled."""

    def __init__(
        self,
        *,
        slots: int,
        tries: int,
        first_delay: float,
        longest_delay: float,
        chance: Chance,
    ) -> None:
        super().__init__(
            slots=slots,
            tries=tries,
            first_delay=first_delay,
            longest_delay=longest_delay,
            host=chance,
            validate=True,
            observers=[self._saw],
        )
        self.chronicle: list[Moment] = []
        self.on_event: Callable[[Event], None] = lambda event: None
        self._moves: list[Move] = []

    def handle(self, event: Event) -> list[Instruction]:
        self._moves = []
        instructions = super().handle(event)
        if not isinstance(event, Progress):
            moment = Moment(self.now, event, tuple(self._moves), tuple(instructions))
            self.chronicle.append(moment)
        self.on_event(event)
        return instructions

    def transitions_fired(self) -> Counter[tuple[str, str, str]]:
        """How often each transition was taken: (start, request, end)."""
        return Counter((m.start, m.request, m.end) for step in self.chronicle for m in step.moves)

    def _saw(self, file: File, start: str, request: str, end: str) -> None:
        self._moves.append(Move(file.name, start, request, end))
