"""What upstream asks of an event when it validates, and takes for granted otherwise.

Knows upstream's events and the names that upstream's class has in common with ours; changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from distributed import worker_state_machine as upstream

_TAKEN_UP = ("waiting", "ready", "constrained", "executing", "long-running", "memory")


def check_event(ws: Any, ev: Any) -> None:
    """``AssertionError`` if an event is none that can come now. Nothing has changed then."""
    check = _CHECKS.get(type(ev))
    if check is not None:
        check(ws, ev)


def _ends_a_run(ws: Any, ev: Any) -> None:
    task = ws.tasks.get(ev.key)
    if task is not None:  # the machine refuses what is not known in its own words
        assert (task in ws.executing) != (task in ws.long_running), f"{task} doesn't run"


def _names_holders(_: Any, ev: Any) -> None:
    assert ev.who_has.keys() == ev.nbytes.keys(), "holders or sizes of other keys"
    assert all(ev.who_has.values()), "a key that nobody has"


def _names_inputs(ws: Any, ev: Any) -> None:
    task = ws.tasks.get(ev.key)
    if task is None or task.state not in _TAKEN_UP:
        _names_holders(ws, ev)
        for peers in ev.who_has.values():
            assert len(peers) == len(set(peers)), "a holder named twice"


def _asks_for_the_missing(ws: Any, _: Any) -> None:
    found = [task for task in ws.missing_dep_flight if task.who_has]
    assert not found, f"{found} is missing, and somebody is known to have it"


_CHECKS: Mapping[type, Callable[[Any, Any], None]] = {
    upstream.ExecuteSuccessEvent: _ends_a_run,
    upstream.ExecuteFailureEvent: _ends_a_run,
    upstream.RescheduleEvent: _ends_a_run,
    upstream.AcquireReplicasEvent: _names_holders,
    upstream.ComputeTaskEvent: _names_inputs,
    upstream.FindMissingEvent: _asks_for_the_missing,
}
