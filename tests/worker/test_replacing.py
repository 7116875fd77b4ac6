"""A class of that type knows whether the methods that it names are still its own."""

from __future__ import annotations

from unittest import mock

from lawful.runtime.dask.replacing import Replaceable


class Whole(metaclass=Replaceable):
    _SINGLE = ("part", "other")

    def part(self) -> str:
        return "part"

    def other(self) -> str:
        return "other"


class Heir(Whole):
    def more(self) -> str:
        return "more"


class Mixin:
    def part(self) -> str:
        return "mixed in"


class Mixed(Mixin, Whole):
    pass


def test_a_class_that_inherits_them_is_plain_and_one_with_others_is_not() -> None:
    assert (Whole._plain, Heir._plain, Mixed._plain) == (True, True, False)


def test_what_is_replaced_is_replaced_in_the_classes_that_inherit_it_until_it_is_put_back() -> None:
    with mock.patch.object(Whole, "part"):
        assert (Whole._plain, Heir._plain) == (False, False)
    assert (Whole._plain, Heir._plain, Mixed._plain) == (True, True, False)


def test_what_a_class_gets_of_its_own_and_loses_again_is_no_affair_of_what_it_inherits_from() -> (
    None
):
    with mock.patch.object(Heir, "other"):
        assert (Whole._plain, Heir._plain) == (True, False)
    assert "other" not in vars(Heir)
    assert Heir._plain


def test_other_methods_may_be_replaced() -> None:
    with mock.patch.object(Heir, "more"):
        assert Heir._plain
