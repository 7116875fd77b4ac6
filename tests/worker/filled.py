"""Machines that hold a task in each of its configurations."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from distributed import worker_state_machine as upstream

from .events import compute, gathered, scattered

PEERS = ["127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"]
HERE = "127.0.0.1:1"


def _events() -> list[Any]:
    return [
        compute("executing"),
        compute("cancelled"),
        compute("seceded"),
        upstream.SecedeEvent(key="seceded", compute_duration=1.0, stimulus_id="s"),
        compute("resumed"),
        compute("ready", priority=(9,)),
        compute("constrained", resource_restrictions={"GPU": 5.0}),
        compute("waiting", who_has={"flight": PEERS[:1], "lost": PEERS[1:2]}),
        scattered(memory=1),
        compute("late", who_has={"fetch": PEERS[:1]}),
        upstream.FreeKeysEvent(keys=["cancelled", "resumed"], stimulus_id="s"),
        upstream.AcquireReplicasEvent(
            who_has={"resumed": PEERS[2:]}, nbytes={"resumed": 1}, stimulus_id="s"
        ),
        upstream.RemoveWorkerEvent(worker=PEERS[2], stimulus_id="s"),
        upstream.RefreshWhoHasEvent(who_has={"fetch": PEERS[:1]}, stimulus_id="s"),
        upstream.AcquireReplicasEvent(
            who_has={"missing": PEERS[2:]}, nbytes={"missing": 1}, stimulus_id="s"
        ),
        upstream.RefreshWhoHasEvent(who_has={"missing": []}, stimulus_id="s"),
        gathered(PEERS[2], 1),
        compute("fails", priority=(-9,)),
    ]


def filled(ws: Any, events: Sequence[Any] = ()) -> Any:
    """A machine with a task in each of its configurations."""
    ws.transfer_incoming_bytes_throttle_threshold = 0
    ws.handle_stimulus(*copy.deepcopy(events or _events()))
    return ws


STATES = {
    "executing": "executing",
    "cancelled": "cancelled",
    "seceded": "long-running",
    "resumed": "resumed",
    "ready": "ready",
    "constrained": "constrained",
    "waiting": "waiting",
    "flight": "flight",
    "fetch": "fetch",
    "missing": "missing",
    "memory": "memory",
}


def make(both: Any) -> list[Any]:
    """One of each class, filled alike."""
    events = _events()
    return [filled(ws, events) for ws in both(nthreads=3, resources={"GPU": 4.0})]
