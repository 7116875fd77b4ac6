"""What is around a worker, as far as its machine can tell: a scheduler, peers, threads.

Makes the events that these send, from the instructions that the machine gives. Knows nothing of time:
a scenario says who answers next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from distributed import worker_state_machine as upstream

ADDRESS = "tcp://10.0.0.1:40000"
PEERS = tuple(f"tcp://10.0.0.{number}:40000" for number in range(2, 10))
VALUE = 1000
NBYTES = 28

Holders = Mapping[str, Sequence[str]]
"""Key -> the peers that have its value."""


class World:
    """Keeps the instructions that are open, and makes the events that end them or begin others."""

    def __init__(self) -> None:
        self.executes: deque[upstream.Execute] = deque()
        self.gathers: deque[upstream.GatherDep] = deque()
        self._sent = 0
        self._run_ids: dict[str, int] = {}

    def note(self, instructions: Iterable[Any]) -> None:
        """Take up what the machine asks for; messages to the scheduler are dropped."""
        for instruction in instructions:
            if isinstance(instruction, upstream.Execute):
                self.executes.append(instruction)
            elif isinstance(instruction, upstream.GatherDep):
                self.gathers.append(instruction)

    def _cause(self, of: str) -> str:
        self._sent += 1
        return f"{of}-{1_700_000_000 + self._sent * 0.001:.6f}"

    # From the scheduler

    def compute(self, key: str, inputs: Holders | None = None) -> upstream.ComputeTaskEvent:
        """What the scheduler sends for a task: those that come first have priority."""
        inputs = inputs or {}
        stimulus = self._cause("compute-task")
        self._run_ids[key] = self._sent
        return upstream.ComputeTaskEvent(
            key=key,
            run_id=self._sent,
            who_has={name: tuple(peers) for name, peers in inputs.items()},
            nbytes=dict.fromkeys(inputs, NBYTES),
            priority=(0, 1, self._sent),
            run_spec=upstream.ComputeTaskEvent.dummy_runspec(key),
            resource_restrictions=None,  # type: ignore[arg-type]  # which the scheduler sends
            actor=False,
            annotations={},
            span_id="a6f1e1a0-1b1c-4c0e-9d7e-3f2f6d1c2b4a",
            stimulus_id=stimulus,
        )

    def acquire(self, inputs: Holders) -> upstream.AcquireReplicasEvent:
        return upstream.AcquireReplicasEvent(
            who_has={name: tuple(peers) for name, peers in inputs.items()},
            nbytes=dict.fromkeys(inputs, NBYTES),
            stimulus_id=self._cause("acquire-replicas"),
        )

    def free(self, key: str) -> upstream.FreeKeysEvent:
        return upstream.FreeKeysEvent(keys=[key], stimulus_id=self._cause("processing-released"))

    # From threads and peers, the oldest instruction first

    def finish(self) -> upstream.ExecuteSuccessEvent:
        """The oldest Execute ends well."""
        return self.finished(str(self.executes.popleft().key))

    def finished(self, key: str) -> upstream.ExecuteSuccessEvent:
        """A task has been computed."""
        return upstream.ExecuteSuccessEvent(
            key=key,
            run_id=self._run_ids[key],
            value=VALUE,
            start=1_700_000_000.0,
            stop=1_700_000_001.0,
            nbytes=NBYTES,
            type=type(VALUE),
            stimulus_id=self._cause("task-finished"),
        )

    def deliver(self) -> upstream.GatherDepSuccessEvent:
        """The oldest GatherDep ends well, with all that it asks for."""
        gather = self.gathers.popleft()
        return upstream.GatherDepSuccessEvent(
            worker=gather.worker,
            total_nbytes=gather.total_nbytes,
            data=dict.fromkeys(sorted(map(str, gather.to_gather)), VALUE),
            stimulus_id=self._cause("gather-dep-success"),
        )

    def hang_up(self) -> upstream.GatherDepNetworkFailureEvent:
        """The peer of the oldest GatherDep can't be reached."""
        gather = self.gathers.popleft()
        return upstream.GatherDepNetworkFailureEvent(
            worker=gather.worker,
            total_nbytes=gather.total_nbytes,
            stimulus_id=self._cause("gather-dep-network-failure"),
        )
