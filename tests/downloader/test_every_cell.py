"""What each event does in each configuration, written down once more, by hand, as a table.

``=`` nothing changes, ``!`` the event is refused, else the configuration that the file is in then.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lawful.generated.downloader import (
    Add,
    Cancel,
    CancelAll,
    Event,
    FetchAborted,
    Fetched,
    FetchFailed,
    Forget,
    Hashed,
    HashFailed,
    Progress,
    Stored,
    StoreFailed,
    Waited,
)
from lawful.runtime import IllegalEvent

from .worlds import NAME, RIGHT, URL, configuration, in_configuration, paths

EVENTS: dict[str, Callable[[int], Event]] = {
    "Add": lambda run: Add(name=NAME, url=URL, sha256=RIGHT),
    "Cancel": lambda run: Cancel(name=NAME),
    "CancelAll": lambda run: CancelAll(),
    "Forget": lambda run: Forget(name=NAME),
    "Progress": lambda run: Progress(name=NAME, run=run, received=5),
    "Fetched": lambda run: Fetched(name=NAME, run=run, received=10),
    "FetchFailed": lambda run: FetchFailed(name=NAME, run=run, reason="broken", permanent=False),
    "FetchAborted": lambda run: FetchAborted(name=NAME, run=run),
    "Hashed": lambda run: Hashed(name=NAME, sha256=RIGHT),
    "HashFailed": lambda run: HashFailed(name=NAME, reason="broken"),
    "Stored": lambda run: Stored(name=NAME),
    "StoreFailed": lambda run: StoreFailed(name=NAME, reason="broken"),
    "Waited": lambda run: Waited(name=NAME, run=run),
}

# What the user asks for.
ASKED = """
                      Add                 Cancel                CancelAll             Forget
absent                fetching            =                     =                     =
idle                  fetching            =                     =                     absent
queued                =                   idle                  idle                  =
fetching              =                   cancelled(fetching)   cancelled(fetching)   =
verifying             =                   cancelled(verifying)  cancelled(verifying)  =
storing               =                   =                     =                     =
waiting               =                   cancelled(waiting)    cancelled(waiting)    =
cancelled(fetching)   resumed(fetching)   =                     =                     =
cancelled(verifying)  resumed(verifying)  =                     =                     =
cancelled(waiting)    resumed(waiting)    =                     =                     =
resumed(fetching)     =                   cancelled(fetching)   cancelled(fetching)   =
resumed(verifying)    =                   cancelled(verifying)  cancelled(verifying)  =
resumed(waiting)      =                   cancelled(waiting)    cancelled(waiting)    =
done                  =                   =                     =                     absent
failed                fetching            =                     =                     absent
"""

# What comes home.
ANSWERED = """
                      Progress  Fetched    FetchFailed  FetchAborted  Hashed    HashFailed  Stored  StoreFailed  Waited
absent                !         !          !            !             !         !           !       !            !
idle                  !         !          !            !             !         !           !       !            !
queued                !         !          !            !             !         !           !       !            !
fetching              =         verifying  waiting      !             !         !           !       !            !
verifying             !         !          !            !             storing   waiting     !       !            !
storing               !         !          !            !             !         !           done    waiting      !
waiting               !         !          !            !             !         !           !       !            fetching
cancelled(fetching)   =         idle       idle         idle          !         !           !       !            !
cancelled(verifying)  !         !          !            !             idle      idle        !       !            !
cancelled(waiting)    !         !          !            !             !         !           !       !            idle
resumed(fetching)     =         fetching   fetching     fetching      !         !           !       !            !
resumed(verifying)    !         !          !            !             fetching  fetching    !       !            !
resumed(waiting)      !         !          !            !             !         !           !       !            fetching
done                  !         !          !            !             !         !           !       !            !
failed                !         !          !            !             !         !           !       !            !
"""


def cells(*tables: str) -> list[tuple[str, str, str]]:
    """(configuration, event, expected) for each entry of the tables."""
    found = []
    for table in tables:
        events, *rows = table.strip("\n").splitlines()
        for row in rows:
            start, *ends = row.split()
            found += [(start, event, end) for event, end in zip(events.split(), ends, strict=True)]
    return found


CELLS = cells(ASKED, ANSWERED)


def test_the_table_is_complete() -> None:
    assert {(start, event) for start, event, _ in CELLS} == {
        (start, event) for start in paths() for event in EVENTS
    }


@pytest.mark.parametrize(("start", "event", "end"), CELLS, ids=lambda text: text)
def test_an_event_in_a_configuration(start: str, event: str, end: str) -> None:
    machine = in_configuration(start)
    known = machine.files.get(NAME)
    it = EVENTS[event](known.run if known else 1)
    if end == "!":
        before = (machine.event_count, len(machine.log), len(machine.history))
        with pytest.raises(IllegalEvent) as refusal:
            machine.handle(it)
        assert refusal.value.configuration == start
        assert configuration(machine) == start
        assert (machine.event_count, len(machine.log), len(machine.history)) == before
        machine.check()
    else:
        moved = len(machine.log)
        machine.handle(it)
        assert configuration(machine) == (start if end == "=" else end)
        assert (len(machine.log) > moved) == (end != "=")
