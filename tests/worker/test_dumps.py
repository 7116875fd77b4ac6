"""Dumps of a whole worker are those of upstream's class."""

from __future__ import annotations

import json
from typing import Any

from .events import compute, executed, failed, freed, gathered, scattered

PEERS = ["127.0.0.1:2", "127.0.0.1:3"]


def filled(ws: Any) -> Any:
    """A machine that has something in every collection."""
    ws.handle_stimulus(
        compute("x", who_has={"a": PEERS[:1], "b": PEERS[1:]}, stimulus="x"),
        compute("y", resource_restrictions={"GPU": 1.0}, stimulus="y"),
        compute("v", resource_restrictions={"GPU": 1.0}, stimulus="v"),
        compute("z", stimulus="z"),
        scattered("scatter", s="value"),
        failed("z", stimulus="failed"),
        gathered(PEERS[0], 1, "gathered", a="value"),
        freed("x", stimulus="freed"),
        compute("w", who_has={"c": PEERS[1:]}, stimulus="w"),
        executed("y", stimulus="executed"),
    )
    return ws


def comparable(value: Any, key: str = "") -> Any:
    """Without times, and with the order of upstream's sets taken out."""
    if isinstance(value, dict):
        return {k: comparable(v, k) for k, v in value.items() if k != "handled"}
    if key == "log":
        return [comparable(record[:-1]) for record in value]
    if isinstance(value, list):
        plain = [comparable(v) for v in value]
        return plain if key in ("ready", "tasks", "startstops") else sorted(plain, key=repr)
    return value


def test_the_keys_and_the_values_are_the_same(both: Any) -> None:
    ours, theirs = both(resources={"GPU": 1.0})
    mine, other = filled(ours)._to_dict(), filled(theirs)._to_dict()
    assert list(mine) == list(other)
    for name in mine:
        if name != "task_cumulative_elapsed":
            assert comparable(mine[name], name) == comparable(other[name], name), name
    assert mine["task_cumulative_elapsed"].keys() == other["task_cumulative_elapsed"].keys()


def test_parts_can_be_left_out(both: Any) -> None:
    left_out = ("log", "stimulus_log", "run_id", "tasks")
    for ws in both(resources={"GPU": 1.0}):
        shown = filled(ws)._to_dict(exclude=left_out)
        assert not shown.keys() & set(left_out)


def test_a_dump_can_be_written(both: Any) -> None:
    ours, _ = both(resources={"GPU": 1.0})
    shown = filled(ours)._to_dict()
    shown["task_counts"] = shown["task_cumulative_elapsed"] = None  # keyed by tuples, as upstream's
    assert "OrderedSet" not in json.dumps(shown)
