"""What a generated machine needs to run: base types, drivers, history, coverage."""

from .base import Contract, Entity, Event, Instruction, MachineOptions, Match, Observer
from .containers import DefaultMap, Heap, OrderedSet
from .errors import (
    BrokenClaim,
    ClaimFailed,
    ContractBroken,
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
)
from .history import History, Step
from .machine import Machine, Poison, Recommendations, recommend

__all__ = [
    "BrokenClaim",
    "ClaimFailed",
    "Contract",
    "ContractBroken",
    "DefaultMap",
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
    "ReentrantCall",
    "ReferencesLeft",
    "Step",
    "StepBudgetExceeded",
    "UnknownEvent",
    "recommend",
]
