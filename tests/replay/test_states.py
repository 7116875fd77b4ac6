"""With a changed spec, what machines hold is compared after each step, not only what they answer."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check_spec
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.mutation.mutants import mutants
from lawful.codegen.reading import read as read_spec
from lawful.codegen.replay import Recording, Snapshot, find, read, replay
from lawful.codegen.replay.running import Run
from tests.interpreter.cases import CASES, ROOT

from .recorded import record

LENGTH = 60  # events of a run
MUTANTS = 12  # of a spec


def changed_specs(path: Path, chance: random.Random) -> list[CheckedSpec]:
    """Some of the specs that differ from the one at ``path`` by one small change, and are none the worse."""
    spec = read_spec(path, Diagnostics())
    assert spec is not None
    every = mutants(spec)
    tried = chance.sample(every, min(MUTANTS, len(every)))
    checked = [check_spec(one.of(spec), Diagnostics(), allow_bind=True) for one in tried]
    return [one for one in checked if one is not None]


def held(run: Run) -> tuple[Any, ...]:
    """All that a machine holds."""
    state = run.machine.state()
    own = [c.name for c in run.spec.context.values() if c.maintained != "generator"]
    return repr(state.entities), [repr(state.context[name]) for name in own]


def first_other_state(recording: Recording, old: CheckedSpec, new: CheckedSpec) -> int | None:
    """The step after which the machines of two specs hold something else, all of which is looked at."""
    runs = Run(old, recording.head), Run(new, recording.head)
    for part in recording.parts:
        if isinstance(part, Snapshot):
            runs = Run(old, part), Run(new, part)
            continue
        _, again = [run.step(part) for run in runs]
        if again.divergence is not None:
            return None
        if part.error is None and held(runs[0]) != held(runs[1]):
            return part.number
    return None


@pytest.mark.parametrize("name", CASES)
def test_the_first_step_that_leads_to_something_else_is_found(name: str, tmp_path: Path) -> None:
    chance = random.Random(1)
    spec = record(name, tmp_path / "run", chance, LENGTH)
    recordings = [read(path) for path in find(tmp_path)]
    found = []
    for new in changed_specs(ROOT / CASES[name].path, chance):
        for recording in recordings:
            again = replay(recording, new, old=spec)
            first = next((a.strayed.step for a in again if a.strayed is not None), None)
            assert first == first_other_state(recording, spec, new)
            found.append(first)
    assert any(found)
    assert not all(found)
