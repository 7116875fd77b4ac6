"""Each bug that was mended over the years is found as soon as its mending is taken out of the spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.explorer.story import Story
from lawful.codegen.explorer.verdicts import GENERAL, Verdict

from . import __main__ as command
from .taking_out import WORKER, Bug, Change, MovedOn, known, put, with_bug, without_bug, worker

BUGS = known().bugs


def claims(story: Story) -> str:
    return GENERAL.get(story.kind, story.claim)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.issue} {bug.bug}")
def test_a_known_bug_is_found(bug: Bug) -> None:
    found = with_bug(bug)
    assert found.result.verdict is Verdict.refuted
    assert bug.fails in [claims(story) for story in found.stories]


@pytest.mark.parametrize(
    ("world", "setting"), {(bug.world, bug.setting): None for bug in BUGS}, ids=str
)
def test_nothing_is_found_where_the_bugs_are_mended(
    world: str, setting: tuple[Change, ...]
) -> None:
    """So it is the bug that is found, and the worlds ask for nothing that the worker can't do."""
    found = without_bug(world, setting)
    assert found.result.verdict is Verdict.proved, [f.name for f in found.result.refuted]
    assert found.result.search.resting


def test_a_change_that_does_not_fit_the_spec_is_refused(tmp_path: Path) -> None:
    (tmp_path / "replicas.yaml").write_text(
        (WORKER / "replicas.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    for find, times in (("nobody has written this", "0 times"), ("absent:", "2 times")):
        with pytest.raises(MovedOn, match=times):
            put(Change(file="replicas.yaml", find=find, put=""), tmp_path)
    with pytest.raises(MovedOn, match=r"machine\.yaml"):
        worker([Change(file="machine.yaml", find="machine: Worker", put="machine: no name")])


def test_the_command_prints_a_row_for_each_bug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = known().model_copy(update={"bugs": BUGS[:2]})
    monkeypatch.setattr(command, "known", lambda: some)
    assert command.main() == 0
    told = capsys.readouterr().out
    for bug in some.bugs:
        steps = with_bug(bug).stories[0].steps
        (row,) = (line for line in told.splitlines() if bug.bug in line)
        assert row.split()[:2] == [bug.issue, bug.mended]
        assert f" {steps} " in row
    for other in known().elsewhere:
        assert other.issue in told


def test_the_command_fails_if_a_bug_is_not_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    harmless = BUGS[0].model_copy(update={"changes": ()})
    some = known().model_copy(update={"bugs": (harmless,)})
    monkeypatch.setattr(command, "known", lambda: some)
    assert command.main() == 1
    assert "not found" in capsys.readouterr().out
