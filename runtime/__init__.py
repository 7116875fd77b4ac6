"""What a generated machine needs to run: base types, drivers, history, coverage.

The drivers and coverage load when they are first asked for: the dispatcher brings asyncio with it.
"""

import os
from typing import TYPE_CHECKING, Any

from .base import Contract, Entity, Event, Instruction, MachineOptions, Match, Observer
from .containers import EMPTY, EMPTY_LIST, EMPTY_MAP, DefaultMap, Heap, OrderedSet
from .drain import UniqueRequests
from .errors import (
    BrokenClaim,
    ClaimFailed,
    ContractBroken,
    DispatcherStopped,
    HostFailure,
    IllegalEvent,
    ImpossibleTransition,
    InvalidTransition,
    InvariantViolated,
    LawfulError,
    MachinePoisoned,
    NoCaseHolds,
    RecommendationsConflict,
    ReentrantCall,
    ReferencesLeft,
    StepBudgetExceeded,
    UnknownEvent,
    UnknownInstruction,
)
from .history import History, Step
from .machine import Machine, Poison, Recommendations, recommend
from .making import maker

if TYPE_CHECKING:
    from .coverage import CoverageData, CoverageFileError, CoverageMismatch, Item
    from .dispatcher import Dispatcher
    from .recording import Recorder
    from .simulator import SeededChoices, SimulationTooLong, Simulator, VirtualClock
    from .work import CloseReport

__all__ = [
    "EMPTY",
    "EMPTY_LIST",
    "EMPTY_MAP",
    "BrokenClaim",
    "ClaimFailed",
    "CloseReport",
    "Contract",
    "ContractBroken",
    "CoverageData",
    "CoverageFileError",
    "CoverageMismatch",
    "DefaultMap",
    "Dispatcher",
    "DispatcherStopped",
    "Entity",
    "Event",
    "Heap",
    "History",
    "HostFailure",
    "IllegalEvent",
    "ImpossibleTransition",
    "Instruction",
    "InvalidTransition",
    "InvariantViolated",
    "Item",
    "LawfulError",
    "Machine",
    "MachineOptions",
    "MachinePoisoned",
    "Match",
    "NoCaseHolds",
    "Observer",
    "OrderedSet",
    "Poison",
    "Recommendations",
    "RecommendationsConflict",
    "Recorder",
    "ReentrantCall",
    "ReferencesLeft",
    "SeededChoices",
    "SimulationTooLong",
    "Simulator",
    "Step",
    "StepBudgetExceeded",
    "UniqueRequests",
    "UnknownEvent",
    "UnknownInstruction",
    "VirtualClock",
    "maker",
    "recommend",
]

_LAZY = {
    "CoverageData": "coverage",
    "CoverageFileError": "coverage",
    "CoverageMismatch": "coverage",
    "Item": "coverage",
    "CloseReport": "work",
    "Dispatcher": "dispatcher",
    "Recorder": "recording",
    "SeededChoices": "simulator",
    "Simulator": "simulator",
    "SimulationTooLong": "simulator",
    "VirtualClock": "simulator",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


if "LAWFUL_COVERAGE" in os.environ:
    from .measured import begin

    begin()
