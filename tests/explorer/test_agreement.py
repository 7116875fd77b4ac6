"""What the explorer holds for the state of a machine is what the generated machine is in.

The explorer loads a machine only where it is looked at and remembers steps by what they read. Here it
goes at random through worlds of several machines, the real machine beside it, and after each step all
values of the two are compared.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.explorer.playing import Generated, Play
from lawful.codegen.explorer.probes import Failure
from lawful.codegen.explorer.story import Teller
from lawful.runtime import Entity, Heap, OrderedSet

from .planted import ROOT

WORLDS = [
    ("spec/tutorial.yaml", "three files"),
    ("spec/downloader/machine.yaml", "two files"),
    ("spec/downloader/machine.yaml", "a user in a hurry"),
    ("tests/oracles/two_phase_commit.yaml", "everything"),
    ("tests/oracles/dining_philosophers.yaml", "everything"),
    ("tests/oracles/voting.yaml", "everything"),
    ("tests/oracles/registers/linearizable.yaml", "everything"),
    ("tests/oracles/registers/paxos.yaml", "everything"),
]


def frozen(value: Any, key: Mapping[str, str], *, unordered: bool = False) -> Any:
    """A value of the machine as the explorer writes it down; ``key`` names the keys of entities."""
    if isinstance(value, Entity):
        return getattr(value, key[type(value).__name__])
    if isinstance(value, Heap):
        return tuple((entry[0], frozen(entry[2], key)) for entry in sorted(value.elements.values()))
    if isinstance(value, dict):
        found = tuple((frozen(k, key), frozen(v, key)) for k, v in value.items())
    elif isinstance(value, list | OrderedSet | tuple):
        found = tuple(frozen(item, key) for item in value)
    else:
        return value
    return tuple(sorted(found, key=repr)) if unordered else found


def assert_agree(play: Play, machine: Any) -> None:
    """Every value that the explorer counts, against the machine's own."""
    state, universe = play.state, play.world.universe
    assert state is not None
    spec = play.world.spec
    keys = {entity.name: entity.key.name for entity in spec.entities.values()}
    for slot in list(play.world.layout.slots):
        kind = slot.kind
        if not kind.counts or kind.index in universe.ranked:
            continue
        if kind.group == "" and kind.field in spec.context:
            real = getattr(machine, kind.field)
        elif kind.group in spec.entities and kind.field:
            entity = getattr(machine, spec.entities[kind.group].registry).get(slot.key)
            if entity is None:
                assert state & slot.mask == 0, slot
                continue
            real = getattr(entity, kind.field)
        elif kind.group in spec.entities:
            real = list(getattr(machine, spec.entities[kind.group].registry))
        else:
            continue
        assert slot.value(state) == frozen(real, keys, unordered=kind.unordered), slot


@pytest.mark.parametrize(("spec", "environment"), WORLDS, ids=lambda value: Path(value).stem)
def test_the_explorer_and_the_machine_agree_after_each_step(spec: str, environment: str) -> None:
    made: list[Any] = []

    def make(*arguments: Any) -> Generated:
        made.append(Generated(*arguments))
        return made[-1]  # type: ignore[no-any-return]

    for seed in range(6):
        play = Play(ROOT / spec, environment, make)
        world, teller, source = play.world, Teller(play.world), random.Random(seed)
        begun = world.environment.initial is None
        for _ in range(40):
            state = 0 if play.state is None else play.state
            edges = list(world.agenda(state).edges if begun else world.beginnings)
            source.shuffle(edges)
            remembered = next(
                ((e, n) for e in edges for n in range(len(e.ask(state))) if e.ask(state)), None
            )
            if remembered is None:
                break
            edge, number = remembered
            expected = edge.ask(state)[number]
            for n, (result, _, handled) in enumerate(teller.runs(edge, state)):
                if n == number:
                    assert result == expected  # what is remembered is what running says
                    assert not isinstance(result, Failure)
                    play._script.results = list(world.universe.host.given)
                    if handled is not None:
                        name = type(handled).__name__
                        fields = {f: getattr(handled, f) for f, _ in world.universe.fields(name)}
                        made[-1].handle(name, fields)
                    play.state, begun = state + result, True
                    break
            assert_agree(play, made[-1]._machine)
