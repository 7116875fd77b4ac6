"""What nobody sends who keeps to the protocol: late, doubled, or nonsense."""

from __future__ import annotations

from typing import Any

from distributed import worker_state_machine as upstream

from ..events import freed
from .model import RUNNING, Surroundings, menu
from .style import ADDRESS


def scatter_anything(around: Surroundings) -> Any:
    return around.scattered(around.some(around.keys, 2))


def scatter_idle(around: Surroundings) -> Any:
    """Onto a task that isn't running, which upstream takes."""
    keys = [key for key in around.keys if around.state(key) not in RUNNING]
    return around.scattered(around.some(keys, 2)) if keys else around.end_execute()


def scatter_transfer(around: Surroundings) -> Any:
    """Overtakes a transfer."""
    keys = around.keys_in("flight", "resumed")
    return around.scattered([around.one(keys)]) if keys else around.end_gather()


def scatter_queued(around: Surroundings) -> Any:
    keys = _rare(around) or around.keys_in("waiting", "error", "missing", "fetch")
    return around.scattered([around.one(keys)]) if keys else around.end_execute()


def fail_what_does_not_run(around: Surroundings) -> Any:
    keys = _rare(around) or around.keys_in("waiting", "fetch", "missing", "memory")
    return around.failed(around.one(keys), around.runs) if keys else around.end_execute()


def _rare(around: Surroundings) -> list[Any]:
    return around.keys_in("constrained") or around.keys_in("ready")


def cancel_anything(around: Surroundings) -> Any:
    return upstream.CancelComputeEvent(key=around.key(), stimulus_id=around.id("cancel"))


def free_anything(around: Surroundings) -> Any:
    return freed(*around.some(around.keys, 4), stimulus=around.id("free"))


def remove_anything(around: Surroundings) -> Any:
    return upstream.RemoveReplicasEvent(
        keys=around.some(around.keys, 4), stimulus_id=around.id("remove")
    )


def secede_anything(around: Surroundings) -> Any:
    return upstream.SecedeEvent(
        key=around.key(), compute_duration=0.5, stimulus_id=around.id("secede")
    )


def end_any_execute(around: Surroundings) -> Any:
    return around.executed(around.key(), around.runs)


def end_any_gather(around: Surroundings) -> Any:
    return around.gathered(around.one(around.peers), around.some(around.keys, 2))


def compute_with_unknown_resource(around: Surroundings) -> Any:
    event = around.compute()
    event.resource_restrictions = {"TPU": 1.0}
    return event


def acquire_without_holders(around: Surroundings) -> Any:
    event = around.acquire()
    event.who_has = {key: around.one(([], [ADDRESS])) for key in event.who_has}
    return event


def refresh_anything(around: Surroundings) -> Any:
    return upstream.RefreshWhoHasEvent(
        who_has={
            key: around.one(([], [ADDRESS], [around.peers[0]]))
            for key in around.some(around.keys, 4)
        },
        stimulus_id=around.id("refresh"),
    )


NONSENSE = menu(
    {
        scatter_anything: 1,
        scatter_idle: 2,
        scatter_transfer: 4,
        scatter_queued: 9,
        fail_what_does_not_run: 9,
        cancel_anything: 2,
        free_anything: 6,
        remove_anything: 2,
        secede_anything: 1,
        end_any_execute: 1,
        end_any_gather: 1,
        compute_with_unknown_resource: 1,
        acquire_without_holders: 2,
        refresh_anything: 3,
        Surroundings.compute_again: 6,
    }
)
