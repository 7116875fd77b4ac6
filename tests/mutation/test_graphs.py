"""A mutant is compared with the unchanged machine by the runs that it may have changed, not by a walk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check_spec
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.explorer.search import Limits, Search
from lawful.codegen.explorer.world import World
from lawful.codegen.mutation.graphs import Comparison, Graph
from lawful.codegen.mutation.mutants import mutants
from lawful.codegen.reading import read

ROOT = Path(__file__).resolve().parents[2]
WORLD = "three files"
IDLE = """
      if file.attempts > 9:
          file.attempts = 7
      file.attempts = 0"""


def edges(spec: CheckedSpec) -> set[str]:
    """Every edge of a whole walk, as what happens between what is held before and after."""
    world = World(spec, spec.environments[WORLD], "spec.yaml")
    search = Search(world)
    search.run(Limits(states=2_000))

    def held(state: int) -> list[str]:
        return sorted(f"{slot!r}={value!r}" for slot, value in world.layout.written(state))

    found = set()
    for state in search.states:
        for edge in world.agenda(state).edges:
            world.universe.scene.turn(state)
            for result, done in edge.runs():
                world.refresh()
                new: Any = (
                    held(world.fold(state + result)) if isinstance(result, int) else str(result)
                )
                said = [(what, world.universe.freeze(message)) for what, message in done]
                found.add(repr((held(state), said, new)))
    return found


@pytest.fixture
def idle(tmp_path: Path) -> Path:
    """The tutorial with a statement that is never reached."""
    text = (ROOT / "spec/tutorial.yaml").read_text(encoding="utf-8")
    path = tmp_path / "tutorial.yaml"
    path.write_text(
        text.replace(
            "{becomes: queued, do: file.attempts = 0}", f"\n    becomes: queued\n    do: |{IDLE}"
        ),
        encoding="utf-8",
    )
    return path


def test_what_is_told_of_a_mutant_is_what_a_walk_through_it_shows(idle: Path) -> None:
    spec = read(idle, Diagnostics())
    assert spec is not None
    checked = check_spec(spec, Diagnostics())
    assert checked is not None
    graph, before = Graph(checked, WORLD, Limits()), edges(checked)
    assert graph.whole
    told = []
    for mutant in mutants(spec):
        changed = check_spec(mutant.of(spec), Diagnostics())
        if changed is None or mutant.path[0] in ("invariants", "at_quiescence"):
            continue
        found = graph.compare(changed)
        if found is not Comparison.unknown:
            assert (found is Comparison.same) == (edges(changed) == before), str(mutant)
        told.append((found, mutant.about))
    assert (Comparison.same, "if file.attempts > 9:") in told
    assert (Comparison.same, "file.attempts = 7") in told
    assert (Comparison.differs, "file.attempts = 0") in told
    # What was changed has been put back.
    assert graph.compare(checked) is Comparison.same


def test_what_was_seen_in_part_only_is_not_called_the_same(idle: Path) -> None:
    spec = read(idle, Diagnostics())
    assert spec is not None
    checked = check_spec(spec, Diagnostics())
    assert checked is not None
    assert not Graph(checked, WORLD, Limits(states=20)).whole
