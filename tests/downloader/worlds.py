"""How to bring a file of the Downloader into every configuration that there is, by events alone."""

from __future__ import annotations

from lawful.generated.downloader import (
    Add,
    Cancel,
    Downloader,
    Event,
    Fetched,
    FetchFailed,
    Hashed,
    Instruction,
    Pause,
    Resume,
    Stored,
)

NAME = "a.bin"
URL = "http://example.org/a.bin"
RIGHT = "5" * 64
WRONG = "7" * 64


class NoChance:
    """Host functions without chance: delays are exact."""

    def jitter(self) -> float:
        return 0.0


def downloader(*, slots: int = 4, tries: int = 3) -> Downloader:
    """A machine that checks itself after each step and whose clock stands still."""
    return Downloader(slots=slots, tries=tries, host=NoChance(), validate=True, clock=lambda: 0.0)


def add(name: str = NAME, sha256: str | None = RIGHT, priority: int = 0) -> Add:
    return Add(name=name, url=URL, sha256=sha256, priority=priority)


def _past(events: list[Event], *more: Event) -> list[Event]:
    return [*events, *more]


def paths() -> dict[str, list[Event]]:
    """Configuration -> fresh events that lead there."""
    fetching: list[Event] = [add()]
    verifying = _past(fetching, Fetched(name=NAME, run=1, received=10))
    storing = _past(verifying, Hashed(name=NAME, sha256=RIGHT))
    waiting = _past(fetching, FetchFailed(name=NAME, run=1, reason="HTTP 500", permanent=False))
    never = FetchFailed(name=NAME, run=1, reason="HTTP 404", permanent=True)
    found: dict[str, list[Event]] = {
        "absent": [],
        "idle": [Pause(), add(), Cancel(name=NAME), Resume()],
        "queued": [Pause(), add()],
        "fetching": fetching,
        "verifying": verifying,
        "storing": storing,
        "waiting": waiting,
        "done": _past(storing, Stored(name=NAME)),
        "failed": _past(fetching, never),
    }
    for state in ("fetching", "verifying", "waiting"):
        found[f"cancelled({state})"] = _past(found[state], Cancel(name=NAME))
        found[f"resumed({state})"] = _past(found[f"cancelled({state})"], add())
    return found


def in_configuration(name: str) -> Downloader:
    """A machine whose file ``NAME`` is in the configuration."""
    machine = downloader()
    for event in paths()[name]:
        machine.handle(event)
    assert configuration(machine) == name
    return machine


def configuration(machine: Downloader, name: str = NAME) -> str:
    """Where the file is; ``absent`` if the machine doesn't know it."""
    file = machine.files.get(name)
    return "absent" if file is None else file.configuration


def play(machine: Downloader, *events: Event) -> list[Instruction]:
    """Handle the events one after the other; all their instructions."""
    return [instruction for event in events for instruction in machine.handle(event)]
