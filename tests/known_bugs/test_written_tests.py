"""The test that is written of a story of the worker plays it to upstream's class as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.cli import main

from .playing import failures
from .taking_out import Bug, Change, known, put, write

BUGS = {bug.issue: bug for bug in known().bugs}


def written(folder: Path, bug: Bug, changes: tuple[Change, ...]) -> Path:
    """The test of the first story in the world of a bug, where the spec has these changes."""
    write(folder / "worker", (*bug.setting, *changes))
    test = folder / "test_story.py"
    arguments = ["--environment", bug.world, "--write-test", str(test)]
    assert main(["explore", str(folder / "worker"), *arguments]) == 1
    return test


@pytest.mark.parametrize("issue", ["#5152", "#5426", "#6404"])
def test_upstream_does_not_follow_the_story_of_a_bug_that_it_has_mended(
    issue: str, tmp_path: Path
) -> None:
    test = written(tmp_path, BUGS[issue], BUGS[issue].changes)
    assert list(failures(test)) == ["generated", "interpreted"]


def test_a_story_of_what_upstream_does_too_fails_with_its_class(tmp_path: Path) -> None:
    """A transfer fails for good, and who waits for it waits for ever (dask/distributed#6705)."""
    never = '    outcomes:\n      GatherDepFailure: {never: "what p sends can be read; see FINDINGS.md for what happens if it can\'t"}\n'
    steps = "    steps:\n      x is computed on p"
    fails = Change(file="worlds.yaml", find=never + steps, put=steps)
    test = written(tmp_path, BUGS["#5152"], (fails,))
    assert list(failures(test)) == ["generated", "interpreted", "Upstream"]

    config = "    config: {address: me, total_resources:"
    mend = '    deviations: {waiters hear of a failed input: "true"}\n'
    put(Change(file="worlds.yaml", find=config, put=mend + config), tmp_path / "worker")
    assert list(failures(test)) == ["Upstream"]
