"""Whatever is wrong with a generated machine, its generated tests notice."""

from __future__ import annotations

import importlib

import pytest

from .planted import Runner, mistakes, package_with

MACHINES = ("tutorial", "downloader")

ALIKE = ("added_at", "received", "reason", "priority", "url", "sha256")
"""Fields of a file that may well have their new value before they are given it: the clock of the
environments stands still, and there are few reasons, priorities, addresses and hashes in them."""


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
    assert not [
        what for what in survivors if what.partition(": ")[2].split(" = ")[0][5:] not in ALIKE
    ]
