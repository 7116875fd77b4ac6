"""Instances of somebody else's classes, made field by field or by the class."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from lawful.runtime import maker


@dataclass
class Parcel:
    cause: str
    weight: int
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sealed:
    cause: str
    weight: int


@dataclass
class Weighed:
    cause: str
    weight: int

    def __post_init__(self) -> None:
        self.weight *= 2


class Handmade:
    def __init__(self, weight: int, cause: str) -> None:
        self.cause, self.weight = cause, 3 * weight

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # only compared


@pytest.mark.parametrize("kind", [Parcel, Sealed, Weighed, Handmade])
def test_a_made_instance_is_what_the_class_would_have_made(kind: type[Any]) -> None:
    """With fields left out, frozen, with more to do after, or by hand."""
    made: object = maker(kind, "weight", "cause")(1, "x")
    assert made == kind(weight=1, cause="x")
    assert type(made) is kind


def test_the_order_of_the_fields_is_the_callers() -> None:
    assert maker(Parcel, "labels", "weight", "cause")(["a"], 1, "x") == Parcel("x", 1, ["a"])
