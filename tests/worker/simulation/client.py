"""A user: submits graphs, scatters values, loses interest, cancels, retries; and what it has been told."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import dask._expr

from .jobs import Name
from .network import Connection, Message

if TYPE_CHECKING:
    from .world import Simulation


EXPR: Any = dask._expr.LLGExpr
untyped: Any = importlib.import_module("distributed.protocol.serialize")


class SimulatedClient:
    """``wanted`` are its futures: what the scheduler has said of each, ``pending`` at first."""

    def __init__(self, world: Simulation, name: str) -> None:
        self.world = world
        self.name = name
        self.comm = Connection(name)
        self.wanted: dict[Name, str] = {}
        self.cancelling: set[Name] = set()
        self.refused: set[Name] = set()

    def send(self, op: str, **fields: Any) -> None:
        message = {"op": op, **fields}
        shown = {
            name: field
            for name, field in message.items()
            if name not in ("expr_ser", "annotations")
        }
        self.world.tell(self.name, "sends", shown)
        self.comm.post(message)

    def receive(self, message: Message | None) -> None:
        """Keep the state of the futures, as ``distributed.Client`` does."""
        if message is None:
            raise AssertionError(f"the scheduler has hung up on {self.name}")
        op = message["op"]
        if op == "cancelled-keys":
            keys = message["keys"]
            if message.get("reason") == "lost dependencies":  # one is enough to lose all
                assert any(map(self.world.jobs.may_be_lost, keys)), (
                    f"refused without a reason: {keys}"
                )
                self.refused.update(keys)
            for key in keys:
                self.cancelling.discard(key)
                if key in self.wanted:
                    self.wanted[key] = "cancelled"
        elif op in STATES and message["key"] in self.wanted:
            self.wanted[message["key"]] = STATES[op]

    # What the user does

    def submit(self, keys: list[Name]) -> None:
        """Want the results of these; sends their graph, from the beginning."""
        jobs = self.world.jobs.ancestry(keys)
        graph = {key: job.task() for key, job in jobs.items()}
        header, frames = untyped.serialize(untyped.to_serialize(EXPR(graph)), on_error="raise")
        self.wanted.update((key, "pending") for key in keys)
        self.send(
            "update-graph",
            expr_ser=untyped.Serialized(header, frames),
            keys=set(keys),
            span_metadata={"collections": []},
            internal_priority=None,
            submitting_task=None,
            fifo_timeout=self.world.rng.choice([0, 0, 60]),
            annotations=self.world.jobs.annotations(jobs),
        )

    def release(self, keys: list[Name]) -> None:
        """Lose interest."""
        for key in keys:
            del self.wanted[key]
        self.send("client-releases-keys", keys=keys)

    def cancel(self, keys: list[Name]) -> None:
        """Lose interest, and take it from everybody who depends on it and has no other user."""
        for key in keys:
            del self.wanted[key]
        self.cancelling.update(keys)
        self.send("cancel-keys", keys=keys, force=False, reason="user", msg="")
        self.send("client-releases-keys", keys=keys)  # what others want is not cancelled


STATES = {
    "key-in-memory": "finished",
    "lost-data": "pending",
    "task-erred": "error",
    "task-retried": "pending",
}
