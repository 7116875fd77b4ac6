"""Whatever is wrong with a generated machine, its generated tests notice."""

from __future__ import annotations

import importlib

import pytest

from .planted import Runner, mistakes, package_with

MACHINES = ("tutorial", "downloader")

ALIKE = {
    "_file_idle_to_queued: file.added_at = self.now",  # the clock of the environments stands still
    "_file_queued_to_fetching: file.received = 0",  # a first fetch begins with 0, and others end in 0
    "_file_storing_to_failed: file.reason = reason",  # there is one reason only
    "wish: file.priority = priority",  # and one priority
}
"""Mistakes that make no difference in the environments of the spec."""


@pytest.mark.parametrize("machine", MACHINES)
def test_the_machine_as_it_is_passes(machine: str) -> None:
    package = importlib.import_module(f"lawful.generated.{machine}")
    assert Runner(machine).failure(package) is None


@pytest.mark.parametrize("machine", MACHINES)
def test_each_planted_mistake_is_noticed(machine: str) -> None:
    runner = Runner(machine)
    planted = dict(mistakes(machine))
    survivors = [
        what
        for what, module in planted.items()
        if runner.failure(package_with(machine, module)) is None
    ]
    assert len(planted) > {"tutorial": 10, "downloader": 60}[machine]
    assert set(survivors) <= ALIKE
