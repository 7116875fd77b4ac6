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
from lawful.codegen.mutation.evidence import Evidence
from lawful.codegen.mutation.graphs import Comparison, Graph
from lawful.codegen.mutation.mutants import mutants
from lawful.codegen.mutation.verdicts import Verdict
from lawful.codegen.reading import read

ROOT = Path(__file__).resolve().parents[2]
WORLD = "three files"
QUIET = "nothing fails"
IDLE = """
      if file.attempts > 9:
          file.attempts = 7
      file.attempts = 0"""


def edges(spec: CheckedSpec, environment: str = WORLD) -> set[str]:
    """Every edge of a whole walk, as what happens between what is held before and after."""
    world = World(spec, spec.environments[environment], "spec.yaml")
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
def quiet(tmp_path: Path) -> Path:
    """The tutorial with a world in which every download succeeds."""
    text = (ROOT / "spec/tutorial.yaml").read_text(encoding="utf-8")
    world = f"""
  {QUIET}:
    values: {{url: [a, b]}}
    events: {{Add: {{}}}}
    outcomes: {{FetchFailed: {{never: every download succeeds}}}}
"""
    path = tmp_path / "tutorial.yaml"
    path.write_text(text.rstrip() + "\n" + world[1:], encoding="utf-8")
    return path


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
            assert (found is not Comparison.differs) == (edges(changed) == before), str(mutant)
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


def test_what_no_run_enters_is_the_same_as_a_walk_through_it_shows(quiet: Path) -> None:
    spec = read(quiet, Diagnostics())
    assert spec is not None
    checked = check_spec(spec, Diagnostics())
    assert checked is not None
    graph, before = Graph(checked, QUIET, Limits()), edges(checked, QUIET)
    told = []
    for mutant in mutants(spec):
        changed = check_spec(mutant.of(spec), Diagnostics())
        if changed is None or mutant.path[0] in ("invariants", "at_quiescence"):
            continue
        found = graph.compare(changed)
        if found is not Comparison.unknown:
            alike = edges(changed, QUIET) == before
            assert (found is not Comparison.differs) == alike, str(mutant)
        told.append(found)
    assert Comparison.unreached in told
    assert Comparison.differs in told


def test_a_mutant_is_equivalent_where_nothing_that_happens_enters_it() -> None:
    evidence = Evidence(compared={"one": Comparison.same, "two": Comparison.unreached})
    assert not evidence.suspects
    assert evidence.conclude() == (Verdict.equivalent, "never reached in 1 of 2 worlds")
    evidence.compared["three"] = Comparison.differs
    assert evidence.suspects == ["three"]
    assert evidence.conclude()[0] is Verdict.survived
