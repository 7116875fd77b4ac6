"""The worker in small worlds that are walked whole: what holds, and how many states there are.

The figures are exact: a change of the machine or of an environment that lets more happen, or less, is
seen here. The long walks are in ``python -m tests.worker.explored``, which is run nightly.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lawful.codegen.explorer.verdicts import SETTLES, Verdict

from .explored import SPEC, read, walked, worker

SHORT = {
    "(a) one task, one peer, anything": 616,
    "(a) one task, one peer, by the rules": 53_174,
    "(c) two tasks, one resource, anything": 516,
    "(c) one task that needs a GPU, anything": 1_208,
    "(h) copies of x and y from one peer, narrow limits": 432,
    "(e) one task that may be an actor, anything": 710,
    "(f) x and y from one peer in one message, then y depends on x": 667,
    "(f) y depends on x and that on z, and what is needed is freed": 4_540,
    "(g) two tasks of two priorities, one resource": 2_256,
}


@pytest.mark.parametrize("name", SHORT)
def test_every_state_of_a_small_world_is_sound(name: str) -> None:
    found = walked(name)
    assert found.result.verdict == Verdict.proved, found.stories
    assert found.result.search.progress.states == SHORT[name]


def test_the_kept_figures_are_those_of_today() -> None:
    kept = read()
    assert list(kept) == list(worker().environments)
    assert {name: kept[name].states for name in SHORT} == SHORT
    assert {one.verdict for one in kept.values()} == {"proved"}


def test_outdated_results_of_which_each_begins_a_new_run_chase_each_other_for_ever(
    tmp_path: Path,
) -> None:
    """The scheduler of 2026.8.0 does that; the worker can't mend it."""
    shutil.copytree(SPEC, tmp_path / "worker")
    path = tmp_path / "worker/environments/one-task.yaml"
    text = path.read_text(encoding="utf-8")
    patient = 'chases: {type: bool, default: "False"'
    assert patient in text
    path.write_text(text.replace(patient, patient.replace("False", "True")), encoding="utf-8")
    found = walked("(a) one task, one peer, by the rules", worker(tmp_path / "worker"))
    assert [finding.name for finding in found.result.refuted] == [SETTLES]
