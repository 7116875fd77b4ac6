"""Events as a scheduler, peers and threads send them, short to write. Each gets an id of its own, unless
it is given one.
"""

from __future__ import annotations

import itertools
from typing import Any

from distributed import worker_state_machine as upstream

_numbers = itertools.count(1)


def _by_key(data: dict[str, Any]) -> dict[Any, Any]:
    """Keys of dask can be more than texts, to the checker of types too."""
    return {**data}


def _id(given: str) -> str:
    return given or f"stimulus-{next(_numbers)}"


def compute(key: str, *, stimulus: str = "", **fields: Any) -> upstream.ComputeTaskEvent:
    return upstream.ComputeTaskEvent.dummy(key, stimulus_id=_id(stimulus), **fields)


def executed(
    key: str, value: object = 1, *, stimulus: str = "", **fields: Any
) -> upstream.ExecuteSuccessEvent:
    return upstream.ExecuteSuccessEvent.dummy(key, value, stimulus_id=_id(stimulus), **fields)


def failed(key: str, *, stimulus: str = "") -> upstream.ExecuteFailureEvent:
    return upstream.ExecuteFailureEvent.dummy(key, stimulus_id=_id(stimulus))


def gathered(
    worker: str, total_nbytes: int, stimulus: str = "", **data: Any
) -> upstream.GatherDepSuccessEvent:
    return upstream.GatherDepSuccessEvent(
        worker=worker, total_nbytes=total_nbytes, data=_by_key(data), stimulus_id=_id(stimulus)
    )


def scattered(stimulus: str = "", **data: Any) -> upstream.UpdateDataEvent:
    return upstream.UpdateDataEvent(data=_by_key(data), stimulus_id=_id(stimulus))


def freed(*keys: str, stimulus: str = "") -> upstream.FreeKeysEvent:
    return upstream.FreeKeysEvent(keys=list(keys), stimulus_id=_id(stimulus))
