"""Two-phase commit for minicheck, an explicit-state model checker in Python: the same states and edges.

Written by hand as fast as it can be: a state is a tuple of small numbers and sets of bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import minicheck  # type: ignore[import-untyped]  # it has no types

State = tuple[Any, ...]
WORKING, PREPARED, COMMITTED, ABORTED = range(4)


def model(size: int) -> Any:
    """Two-phase commit of so many resource managers: their states, the decision, who was noted, and the
    messages."""
    everybody = (1 << size) - 1
    bits = [1 << n for n in range(size)]

    def transitions(state: State) -> Iterator[tuple[str, State]]:
        managers, decision, noted, sent, commit, abort = state
        for n, bit in enumerate(bits):
            if decision == "init" and sent & bit:
                yield "note", (managers, decision, noted | bit, sent, commit, abort)
            if managers[n] == WORKING:
                prepared = (*managers[:n], PREPARED, *managers[n + 1 :])
                yield "prepare", (prepared, decision, noted, sent | bit, commit, abort)
                aborted = (*managers[:n], ABORTED, *managers[n + 1 :])
                yield "choose to abort", (aborted, decision, noted, sent, commit, abort)
            if commit:
                committed = (*managers[:n], COMMITTED, *managers[n + 1 :])
                yield "read commit", (committed, decision, noted, sent, commit, abort)
            if abort:
                aborted = (*managers[:n], ABORTED, *managers[n + 1 :])
                yield "read abort", (aborted, decision, noted, sent, commit, abort)
        if decision == "init":
            if noted == everybody:
                yield "commit", (managers, "committed", noted, sent, True, abort)
            yield "abort", (managers, "aborted", noted, sent, commit, True)

    def consistent(state: dict[str, Any]) -> bool:
        return not (COMMITTED in state["managers"] and ABORTED in state["managers"])

    return minicheck.Protocol(
        name="two-phase commit",
        candidate=False,
        fields=("managers", "decision", "noted", "sent", "commit", "abort"),
        initial=((WORKING,) * size, "init", 0, 0, False, False),
        transitions=lambda state: list(transitions(state)),
        invariants={"consistent": consistent},
    )
