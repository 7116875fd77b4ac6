"""What an environment puts into the machine's context is there in the first state, and in a test too."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.explorer.playing import MACHINES, Play

from .planted import TUTORIAL, changed, checked, explored, finding

GIVEN = changed(
    TUTORIAL,
    (
        "context:                                  # the machine's own data\n",
        'context:\n  known: {type: "map[str, int]"}\n',
    ),
    ("slots are respected: len(active) <= slots", "nothing costs: sum(known.values()) == 0"),
    ("    symmetric: [url]\n", ""),
)
WORLD = "    values: {url: [a, b, c]}\n"


def test_a_promise_sees_what_was_given(tmp_path: Path) -> None:
    given = changed(GIVEN, (WORLD, WORLD + "    context: {known: \"{'a': 0, 'b': 0}\"}\n"))
    assert explored(tmp_path, given).result.verdict == "proved"
    given = changed(GIVEN, (WORLD, WORLD + "    context: {known: \"{'a': 0, 'b': 1}\"}\n"))
    found = explored(tmp_path, given)
    assert finding(found, "nothing costs").violation is not None


@pytest.mark.parametrize("machine", MACHINES)
def test_a_test_that_is_written_begins_with_what_was_given(tmp_path: Path, machine: str) -> None:
    given = changed(GIVEN, (WORLD, WORLD + "    context: {known: \"{'b': 1}\"}\n"))
    checked(tmp_path, given)  # writes it
    play = Play(tmp_path / "spec.yaml", "three files", machine)
    with pytest.raises(Exception, match="nothing costs"):
        play.comes("Add(url='a')")
