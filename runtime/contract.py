"""Whether what a handler returned keeps the contract of its instruction. Drivers share this."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Collection, Mapping, Set
from typing import Any

from .base import Contract, shortened
from .errors import ContractBroken
from .machine import Machine

STEPS_IN_REPORTS = 20


def missing_methods(
    contracts: Mapping[type, Contract], handlers: object, *, plain: bool = False
) -> list[str]:
    """What ``handlers`` lacks to serve the contracts, in words; ``plain``: none may be ``async``."""
    problems = []
    for kind, contract in contracts.items():
        method = getattr(handlers, contract.method, None)
        if not callable(method):
            problems.append(f"{contract.method} (for {kind.__name__}) is missing")
        elif inspect.iscoroutinefunction(method) and (plain or contract.runs != "coroutine"):
            problems.append(f"{contract.method} must be a plain function, not 'async def'")
    return problems


def problem(contract: Contract, instruction: Any, returned: Any) -> str | None:
    """What is wrong with the events that a handler returned; ``None`` if nothing is."""
    if contract.runs == "send":
        if returned is None or (isinstance(returned, Collection) and not returned):
            return None
        return "a send returns nothing"
    if (
        returned is None
        or not isinstance(returned, Collection)
        or isinstance(returned, str | bytes | Mapping)
    ):
        return f"it must return a collection of events, not {type(returned).__name__}"
    if isinstance(returned, Set) and len(returned) > 1:
        return "events have an order, and a set has none"
    events = list(returned)
    for event in events:
        if type(event) not in contract.outcomes and type(event) not in contract.during:
            return f"{type(event).__name__} is neither {_names(contract)}"
    ends = [event for event in events if type(event) in contract.outcomes]
    if len(ends) != 1:
        expected = " or ".join(kind.__name__ for kind in contract.outcomes)
        return f"it must return exactly one of {expected}, not {len(ends)}"
    if events[-1] is not ends[0]:
        return f"{type(events[-1]).__name__} comes after {type(ends[0]).__name__}, which is the end"
    for event in events:
        for name in contract.echoes.get(type(event), ()):
            sent, got = getattr(instruction, name), getattr(event, name)
            if sent is not got and sent != got:
                return (
                    f"{type(event).__name__}.{name} must repeat the instruction's "
                    f"{shortened(sent)}, not {shortened(got)}"
                )
    return None


def _names(contract: Contract) -> str:
    outcomes = ", ".join(kind.__name__ for kind in contract.outcomes)
    during = ", ".join(kind.__name__ for kind in contract.during)
    return f"an outcome ({outcomes})" + (
        f" nor allowed before the end ({during})" if during else ""
    )


def broken(
    machine: Machine[Any, Any],
    contract: Contract,
    instruction: object,
    event: object,
    *,
    what: str = "",
    error: BaseException | None = None,
    returned: object = None,
) -> ContractBroken:
    """The report of a broken contract; ``event`` is the one whose step gave the instruction out.

    ``what`` is wrong, or else ``error`` was raised.
    """
    report = ContractBroken(
        problem=what or f"it raised {type(error).__name__}",
        instruction=instruction,
        handler=contract.method,
        event=event,
        spec=machine.SPEC or type(machine).__name__,
        spec_hash=machine.SPEC_HASH,
        returned="" if returned is None else shortened(returned),
        traceback="".join(traceback.format_exception(error)) if error is not None else "",
        history=tuple(machine.history.to_json_steps(STEPS_IN_REPORTS)),
    )
    report.__cause__ = error
    return report


def discard_awaitable(returned: object) -> None:
    """Close a coroutine that nobody will await, so that it doesn't warn."""
    if inspect.iscoroutine(returned):
        returned.close()
