"""Upstream's own class, where stories of the worker are played to it.

A test that ``lawful explore spec/worker --write-test`` has written plays its story to ``Upstream`` as well
as to the machines of the spec. Knows upstream's classes and what a story is made of; decides nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar

from distributed import worker_state_machine as upstream

from lawful.runtime import HostFailure


class Upstream:
    """``distributed.worker_state_machine.WorkerState`` as the machine of a story.

    ``config`` are the spec's configuration values. ``script`` gives what is outside of the machine the
    answers of the story. The deviations of the spec are no concern of this class.
    """

    make: ClassVar[Any] = upstream.WorkerState
    """Makes the state machine, of the arguments of upstream's class."""

    def __init__(
        self, spec: Any, config: Mapping[str, Any], deviations: Mapping[str, bool], script: Any
    ) -> None:
        self._numbers = itertools.count(1)
        given = {name: value for name, value in config.items() if name in _AS_THEY_ARE}
        self.ws = type(self).make(
            address=_address(config["address"]),
            resources=dict(config["total_resources"]),
            data=_Store(script),
            validate=True,
            transition_counter_max=10_000,
            **given,
        )
        self.ws.rng = _Chance(script)

    def handle(self, event: str, fields: Mapping[str, Any]) -> None:
        """Take an event of the spec. Whatever upstream raises, its own validation too, is raised."""
        given = dict(fields)
        if "worker" in given:
            given["worker"] = _address(given["worker"])
        if "who_has" in given:
            given["who_has"] = {
                key: [_address(peer) for peer in peers] for key, peers in given["who_has"].items()
            }
        kind = getattr(upstream, f"{event}Event")
        self.ws.handle_stimulus(kind(**given, stimulus_id=f"event-{next(self._numbers)}"))
        self.ws.validate_state()

    def check_at_rest(self) -> None:
        """Nothing of upstream's own is promised of a machine at rest."""

    def states(self) -> dict[str, dict[Any, str]]:
        """The state of each task, by its key."""
        return {"Task": {key: task.state for key, task in self.ws.tasks.items()}}


_AS_THEY_ARE = (
    "nthreads",
    "transfer_incoming_count_limit",
    "transfer_incoming_bytes_limit",
    "transfer_message_bytes_limit",
)


def _address(name: str) -> str:
    """An address that upstream can take apart, of one that may be a mere name in a story."""
    return name if ":" in name else f"{name}:1"


class _Store(dict[Any, Any]):
    """A data store that fails where that of the story does."""

    def __init__(self, script: Any) -> None:
        super().__init__()
        self._script = script

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(_next(self._script, "store"), HostFailure):
            raise MemoryError(f"the story has no room for {key!r}")
        super().__setitem__(key, value)


class _Chance:
    def __init__(self, script: Any) -> None:
        self._script = script

    def random(self) -> float:
        return float(_next(self._script, "random") or 0.0)


def _next(script: Any, function: str) -> Any:
    """The next answer of a function in the event at hand; None if the story has asked for no more."""
    for n, (name, result) in enumerate(script.results):
        if name == function:
            del script.results[n]
            return result
    return None
