"""Errors carry fields, say what happened, and survive pickling."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

import lawful.runtime
from lawful.runtime import (
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
    SimulationTooLong,
    StepBudgetExceeded,
    UnknownEvent,
    UnknownInstruction,
)

from .shop import Bake, Ordered

RECORD: tuple[object, ...] = (1, "waiting", "baking", "baking", {}, "ordered-1", 0.0)
EVENT = Ordered(1, stimulus_id="ordered-1")
BAKE = Bake(1, stimulus_id="ordered-1")

EXAMPLES: list[LawfulError] = [
    IllegalEvent(EVENT, "Order", 1, "baking", "not twice"),
    UnknownEvent("x"),
    BrokenClaim(EVENT, None, None, "-", "never"),
    ReentrantCall(EVENT),
    MachinePoisoned(EVENT, EVENT, "OSError: disk"),
    InvalidTransition("Order", 1, "a", "b", "", (RECORD,)),
    ImpossibleTransition("Order", 1, "a", "b", "never", ()),
    NoCaseHolds("Order", 1, "a", "b", "no case holds", ()),
    RecommendationsConflict("<Order 1 a>", "a", ("b", 2)),
    StepBudgetExceeded(10, EVENT, (RECORD,)),
    InvariantViolated("an oven each", "Order", 1, "2 in 1", ()),
    ClaimFailed("a < b", "shop.yaml:3", None, None, ()),
    ReferencesLeft("Order", 1, "parts", (2, 3)),
    HostFailure("disk", 3),
    UnknownInstruction(BAKE, EVENT),
    DispatcherStopped(EVENT, "it is closed"),
    ContractBroken("it raised", BAKE, "bake", EVENT, "shop.yaml", "", "[]", "Traceback", ("{}",)),
    SimulationTooLong(10, (BAKE,)),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_an_error_survives_pickling_with_its_fields_text_and_notes(error: LawfulError) -> None:
    error.add_note("a note")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert back.__notes__ == ["a note"]
    if dataclasses.is_dataclass(error):
        for field in dataclasses.fields(error):
            assert getattr(back, field.name) == getattr(error, field.name)
    del error.__notes__


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_an_error_says_what_happened_and_its_class_what_to_do(error: LawfulError) -> None:
    assert len(str(error)) > 10
    doc = type(error).__doc__
    assert doc
    assert doc.count(".") >= 1
    assert len(doc) > 60


def test_every_error_of_the_face_has_an_example_here() -> None:
    faces = [getattr(lawful.runtime, name) for name in lawful.runtime.__all__]
    errors = {c for c in faces if isinstance(c, type) and issubclass(c, LawfulError)}
    assert errors - {LawfulError} == {type(error) for error in EXAMPLES}
