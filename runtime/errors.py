"""What can go wrong, as exceptions that carry fields.

The text of each is built from its fields, so nobody has to parse a message; each docstring says what
to do. All can be pickled as far as what they carry can: they name an entity by its class and key and
hold no reference to it or to the machine. Knows nothing of the rest of the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

Record: TypeAlias = tuple[Any, ...]
"""A record of a machine's log."""


def _rebuild(cls: type[LawfulError], values: Mapping[str, Any]) -> LawfulError:
    return cls(**values)


def _listed(story: Iterable[Record]) -> str:
    lines = [f"\n  {record!r}" for record in story]
    return "\nThe last log records about it:" + "".join(lines) if lines else ""


@dataclass(eq=False)
class LawfulError(Exception):
    """The base of all errors of a machine and its drivers. Catch it to catch all of them."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is pickled as its class called with ``args``, and those miss keywords.
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        notes = getattr(self, "__notes__", None)
        return _rebuild, (type(self), values), {"__notes__": notes} if notes else None


@dataclass(eq=False)
class IllegalEvent(LawfulError):
    """The machine can't take this event now: its spec calls it impossible.

    Nothing has changed, and the machine goes on. Look at who sent the event: either that is the
    mistake, or the spec's reason doesn't hold. ``entity`` is the class of the subject and ``key`` its
    key, where there is one; ``configuration`` is the cell that refused (``absent``, ``running``).
    """

    event: object
    entity: str | None
    key: object
    configuration: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.entity} {self.key!r} is {self.configuration})" if self.entity else ""
        return f"illegal event {self.event!r}{where}: {self.reason}"


@dataclass(eq=False)
class UnknownEvent(IllegalEvent):
    """The machine has no handler for this type of event: it isn't one of its own.

    Nothing has changed. Send an instance of exactly one of the classes of the machine's events; a
    subclass of one isn't one.
    """

    entity: str | None = None
    key: object = None
    configuration: str = "-"
    reason: str = "no event of this machine has this type"


@dataclass(eq=False)
class BrokenClaim(LawfulError):
    """A cell called an event impossible after its handler had begun to change things.

    Only a guarded case can do that (``when: …, impossible: …``). The machine is poisoned. If the event
    is to be refused without a trace, say so in a cell of its own.
    """

    event: object
    entity: str | None
    key: object
    configuration: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.entity} {self.key!r} is {self.configuration})" if self.entity else ""
        return f"event {self.event!r}{where} was claimed impossible: {self.reason}"


@dataclass(eq=False)
class ReentrantCall(LawfulError):
    """``handle`` was called while the machine was handling an event.

    Nothing has changed. From an observer or a host function: don't. From another thread or from a
    handler: hand the event to the dispatcher's ``post``, which waits for its turn.
    """

    event: object

    def __str__(self) -> str:
        return f"the machine is in the middle of a step; {self.event!r} must wait for its turn"


@dataclass(eq=False)
class MachinePoisoned(LawfulError):
    """The machine failed in the middle of an earlier step and takes no more events.

    Its history and log are kept for the report; ``cause`` says what went wrong first, while handling
    ``culprit``. Build a new machine.
    """

    event: object
    culprit: object
    cause: str

    def __str__(self) -> str:
        return (
            f"the machine takes no more events, {self.event!r} neither: "
            f"it failed while handling {self.culprit!r} with {self.cause}"
        )


@dataclass(eq=False)
class InvalidTransition(LawfulError):
    """An entity was asked for something that its state doesn't know: the pair is not declared.

    The machine is poisoned. Either who made the recommendation is wrong, or the spec lacks the pair
    ``start -> request``; ``story`` holds the last log records about the entity.
    """

    entity: str
    key: object
    start: str
    request: str
    reason: str
    story: tuple[Record, ...]

    def __str__(self) -> str:
        because = f": {self.reason}" if self.reason else ""
        return (
            f"impossible transition {self.start} -> {self.request} "
            f"of {self.entity} {self.key!r}{because}{_listed(self.story)}"
        )


@dataclass(eq=False)
class ImpossibleTransition(InvalidTransition):
    """A transition that the spec calls impossible was asked for. ``reason`` is the spec's.

    The machine is poisoned. As with ``InvalidTransition``: the asker or the claim is wrong.
    """


@dataclass(eq=False)
class NoCaseHolds(InvalidTransition):
    """None of the guards of a declared transition was true.

    The machine is poisoned. Add the missing case to the spec, or one without ``when`` at the end.
    """


@dataclass(eq=False)
class RecommendationsConflict(LawfulError):
    """One case, or the legs of one route, asked for two different things for the same entity.

    The machine is poisoned. Make the cases of the spec agree; for routes only, the spec may say
    ``on_conflict: later leg wins``.
    """

    entity: str  # as it shows itself
    first: object
    second: object

    def __str__(self) -> str:
        return f"{self.entity} was asked for both {self.first!r} and {self.second!r}"


@dataclass(eq=False)
class StepBudgetExceeded(LawfulError):
    """One event led to more transitions and loop rounds than the budget allows: an endless loop.

    The machine is poisoned. ``story`` ends with the loop. If the step is right but long, build the
    machine with a larger ``step_budget``.
    """

    budget: int
    event: object
    story: tuple[Record, ...]

    def __str__(self) -> str:
        return f"{self.event!r} led to more than {self.budget} steps{_listed(self.story)}"


@dataclass(eq=False)
class InvariantViolated(LawfulError):
    """Something that the spec promises is not so. Seen only when validating, or by ``check``.

    The step before broke it: its event is the last of the history. Correct the spec, or the promise.
    """

    name: str
    entity: str | None
    key: object
    detail: str
    story: tuple[Record, ...]

    def __str__(self) -> str:
        of = f" for {self.entity} {self.key!r}" if self.entity else ""
        detail = f": {self.detail}" if self.detail else ""
        return f"'{self.name}' doesn't hold{of}{detail}{_listed(self.story)}"


@dataclass(eq=False)
class ClaimFailed(LawfulError):
    """An ``assert`` of the spec was false.

    The machine is poisoned. ``text`` is the assertion, ``where`` its place in the spec.
    """

    text: str
    where: str
    entity: str | None
    key: object
    story: tuple[Record, ...]

    def __str__(self) -> str:
        of = f" for {self.entity} {self.key!r}" if self.entity else ""
        return f"{self.where}: assertion failed{of}: {self.text}{_listed(self.story)}"


@dataclass(eq=False)
class ReferencesLeft(LawfulError):
    """An entity was to be deleted while others still refer to it.

    The machine is poisoned. Clear the relation first, or give it ``on_delete: clear`` in the spec.
    """

    entity: str
    key: object
    relation: str
    holders: tuple[object, ...]

    def __str__(self) -> str:
        shown = ", ".join(repr(h) for h in self.holders[:5])
        more = ", …" if len(self.holders) > 5 else ""
        return f"{self.entity} {self.key!r} can't go: {self.relation} of {shown}{more} refers to it"


class HostFailure(LawfulError):
    """Raised by a host function that the spec declares as failing, with the values that it declares.

    It is no error: the spec says what happens then (``failed``). ``values`` are what ``failed`` sees.
    """

    def __init__(self, *values: Any) -> None:
        super().__init__()
        self.values = values

    def __str__(self) -> str:
        return f"the host function failed: {', '.join(repr(v) for v in self.values)}"

    def __reduce__(self) -> tuple[Any, ...]:
        notes = getattr(self, "__notes__", None)
        return type(self), self.values, {"__notes__": notes} if notes else None


@dataclass(eq=False)
class UnknownInstruction(LawfulError):
    """The machine gave out an instruction that no contract of it mentions, so nobody can run it.

    A mistake of a hand-written or overridden machine. The driver has stopped taking work.
    """

    instruction: object
    event: object

    def __str__(self) -> str:
        return f"no contract for the instruction {self.instruction!r}, caused by {self.event!r}"


@dataclass(eq=False)
class DispatcherStopped(LawfulError):
    """The dispatcher takes no more events: it is closed, or it has failed (see ``__cause__``).

    The event was not handled. After a failure, close the dispatcher and build a new one with a new
    machine.
    """

    event: object
    why: str

    def __str__(self) -> str:
        return f"the dispatcher takes no more events, {self.event!r} neither: {self.why}"


@dataclass(eq=False)
class ContractBroken(LawfulError):
    """A handler raised, or returned what the contract of its instruction forbids.

    This is a bug of the handler. The text can be filed as a bug report as it stands: the instruction,
    what is wrong, the event that caused it all, the traceback and the last steps of the history. The
    dispatcher has stopped taking work; close it.
    """

    problem: str
    instruction: object
    handler: str
    event: object
    spec: str
    spec_hash: str
    returned: str
    traceback: str
    history: tuple[str, ...]

    def __str__(self) -> str:
        parts = [
            f"{self.handler} broke its contract: {self.problem}",
            f"instruction: {self.instruction!r}",
            f"caused by:   {self.event!r}",
            f"spec:        {self.spec} ({self.spec_hash or 'no hash'})",
        ]
        if self.returned:
            parts.append(f"returned:    {self.returned}")
        if self.traceback:
            parts.append("traceback:\n" + self.traceback.rstrip())
        if self.history:
            parts.append("the last steps, oldest first:")
            parts.extend(f"  {line}" for line in self.history)
        return "\n".join(parts)
