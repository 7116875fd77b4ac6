"""What the explorer finds in today's worker: upstream's class does it too, and the mends mend it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lawful.codegen.explorer.testfile import test_text as written_test
from lawful.codegen.explorer.verdicts import Verdict
from lawful.codegen.explorer.words import story_text
from lawful.runtime.dask.upstream import Upstream
from tests.known_bugs.playing import MACHINES, failures
from tests.known_bugs.taking_out import write

from .findings.stories import MENDED, WORLDS, explored, findings, spec, story
from .lockstep.ordered import ordered_state

FINDINGS = findings()
BOOK = (Path(__file__).parents[2] / "spec/worker/FINDINGS.md").read_text(encoding="utf-8")
IN_ORDER = {
    "a transfer that carries a task and its input",
    "a task that is given up beside its input",
}
SECTIONS: list[tuple[str, str]] = re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", BOOK, re.MULTILINE)


def section(world: str) -> str:
    """What the book says of a finding."""
    (text,) = [text for title, text in SECTIONS if title == world[0].upper() + world[1:]]
    return text


@pytest.mark.parametrize("world", FINDINGS)
def test_the_book_tells_the_story_that_the_explorer_finds(world: str) -> None:
    assert f"```text\n{story_text(story(world))}```\n" in section(world)


@pytest.mark.parametrize("world", FINDINGS)
def test_upstream_does_it_too(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test that is written of the story fails for every machine, upstream's class among them."""
    if world in IN_ORDER:  # upstream's order is that of a set
        monkeypatch.setattr(Upstream, "make", staticmethod(ordered_state))
    root = write(tmp_path / "worker", worlds=WORLDS)
    test = tmp_path / "test_story.py"
    test.write_text(written_test(story(world), root, test, spec()), encoding="utf-8")
    assert tuple(failures(test)) == MACHINES


@pytest.mark.parametrize("world", FINDINGS)
def test_a_finding_is_mended_by_a_deviation_or_acknowledged(world: str) -> None:
    environments = spec().environments
    if world + MENDED not in environments:
        assert "**Acknowledged.**" in section(world)
        return
    (deviation,) = environments[world + MENDED].deviations
    assert f"**Mended by** `{deviation}`" in section(world)
    assert not spec().deviations[deviation].on
    assert explored(world + MENDED).result.verdict is Verdict.proved


def test_the_book_has_no_other_stories() -> None:
    told = [title for title, text in SECTIONS if "```text\n" in text]
    assert sorted(told) == sorted(world[0].upper() + world[1:] for world in FINDINGS)
