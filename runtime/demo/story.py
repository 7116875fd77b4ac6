"""The story of one file in words: what happened to it, event by event, and what came of it.

Knows the vocabulary of the Downloader and nothing of how it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lawful.generated.downloader import (
    Abort,
    Add,
    Cancel,
    CancelAll,
    Discard,
    Event,
    Fetch,
    FetchAborted,
    Fetched,
    FetchFailed,
    Forget,
    Hashed,
    HashFailed,
    HashFile,
    Instruction,
    Pause,
    Progress,
    Report,
    Resume,
    Stored,
    StoreFailed,
    StoreFile,
    Wait,
    Waited,
)

from .watched import Moment


@dataclass(frozen=True)
class Sentence:
    """``happened`` in words, the ``states`` that the file went through, and what is ``done`` about it.

    ``at`` is in seconds since the story began.
    """

    at: float
    happened: str
    states: tuple[str, ...]
    done: tuple[str, ...]


def most_tried(chronicle: Iterable[Moment]) -> str | None:
    """The name of the file that was fetched most often and came to a good end; the first of several."""
    fetches: dict[str, int] = {}
    stored: list[str] = []
    for moment in chronicle:
        for instruction in moment.instructions:
            if isinstance(instruction, Fetch):
                fetches[instruction.name] = fetches.get(instruction.name, 0) + 1
        if isinstance(moment.event, Stored):
            stored.append(moment.event.name)
    return max(sorted(stored), key=lambda name: fetches[name], default=None)


def story(chronicle: Iterable[Moment], name: str) -> Iterator[Sentence]:
    """What concerns the file ``name``, in order."""
    began: float | None = None
    for moment in chronicle:
        moves = [move for move in moment.moves if move.name == name]
        done = [i for i in moment.instructions if i.name == name]
        its_own = getattr(moment.event, "name", None) == name
        if not (moves or done or its_own):
            continue
        began = moment.at if began is None else began
        happened = _event(moment.event) if its_own else _other(moment.event)
        states = (moves[0].start, *(move.end for move in moves)) if moves else ()
        yield Sentence(moment.at - began, happened, states, tuple(map(_instruction, done)))


def _event(event: Event) -> str:
    """What happened to the file, in words."""
    match event:
        case Add():
            return "Somebody wants it."
        case Cancel():
            return "It is cancelled."
        case Forget():
            return "It is struck off the list."
        case Progress(received=received):
            return f"{received:,} bytes are here."
        case Fetched(received=received):
            return f"All its {received:,} bytes are here."
        case FetchFailed(reason=reason, permanent=permanent):
            never = ", and trying again can't help" if permanent else ""
            return f"The fetch fails: {reason}{never}."
        case FetchAborted():
            return "The fetch has been stopped."
        case Hashed(sha256=sha256):
            return f"Its checksum is {sha256[:8]}…"
        case HashFailed(reason=reason):
            return f"It can't be read: {reason}."
        case Stored():
            return "It has its final name."
        case StoreFailed(reason=reason):
            return f"It can't be stored: {reason}."
        case Waited():
            return "The delay is over."
        case CancelAll() | Pause() | Resume():
            return _other(event)
    raise AssertionError(event)


def _other(event: Event) -> str:
    """Why something happened to a file that the event is not about."""
    match event:
        case Pause():
            return "The machine pauses."
        case Resume():
            return "The machine goes on."
        case CancelAll():
            return "Everything is cancelled."
        case Add(name=name) | Cancel(name=name) | Forget(name=name):
            return f"(when the user asked for something about {name})"
        case _:
            return f"A connection is free ({event.name} is through)."


def _instruction(instruction: Instruction) -> str:
    """What the machine has done about it, in words."""
    match instruction:
        case Fetch(run=run):
            return f"fetch it (run {run})"
        case HashFile():
            return "compute its checksum"
        case StoreFile():
            return "give it its name"
        case Wait(seconds=seconds):
            return f"wait {seconds:.2f} s"
        case Abort():
            return "stop what is open"
        case Discard():
            return "remove its part file"
        case Report(ended=ended):
            return f"report: {ended}"
    raise AssertionError(instruction)
