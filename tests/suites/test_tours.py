"""The walks of generated tests take every pair of consecutive transitions that can come."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.codegen.checking import check
from lawful.codegen.suites.tour import Pair, Tourist, least
from lawful.runtime.testing import Happening, Walk, read_walks, write_walk
from lawful.runtime.testing.walks import Beat

ROOT = Path(__file__).resolve().parents[2]
WORLDS = [("tutorial.yaml", "three files"), ("downloader/machine.yaml", "two files")]


def tourist(spec: str, environment: str, most: int = 400) -> Tourist:
    checked, _ = check(ROOT / "spec" / spec)
    assert checked is not None
    return Tourist(checked, environment, spec, most)


def taken(walk: Walk) -> set[tuple[str, str, str]]:
    """(entity's kind and key, transition, next transition) of all that a walk tells."""
    last: dict[str, str] = {}
    found = set()
    for beat in walk.beats:
        for move in beat.path:
            who, _, what = move.partition(": ")
            if who in last:
                found.add((who, last[who], what))
            last[who] = what
            if what.endswith(" -> forgotten"):  # another one may bear the key later
                del last[who]
    return found


@pytest.mark.parametrize(("spec", "environment"), WORLDS)
def test_what_random_walks_take_the_tour_takes_too(spec: str, environment: str) -> None:
    one = tourist(spec, environment)
    pairs = one.pairs()
    tour = one.tour(dict.fromkeys(pairs))
    assert tour.pairs == pairs
    found: set[Pair] = set()
    for walk in tour.walks:
        lasts: tuple = ()  # type: ignore[type-arg]  # those of the tourist
        for arc in walk:
            lasts, new = one._after(lasts, arc)
            found |= set(new)
    assert found == set(pairs)
    chance = random.Random(1)
    for _ in range(200):
        at, lasts = 0, ()
        while one.arcs[at]:
            arc = chance.choice(one.arcs[at])
            lasts, new = one._after(lasts, arc)
            assert set(new) <= found
            at = arc.to
            if chance.random() < 0.02:
                break


@pytest.mark.parametrize(("spec", "environment"), WORLDS)
def test_no_tour_needs_less_than_the_least(spec: str, environment: str) -> None:
    one = tourist(spec, environment)
    tour = one.tour(dict.fromkeys(one.pairs()))
    assert tour.transitions >= tour.least > len(tour.pairs)


@pytest.mark.parametrize(
    ("pairs", "transitions"),
    [
        ([], 0),
        ([("a", "b")], 2),
        ([("a", "b"), ("b", "c")], 3),  # a b c
        ([("a", "b"), ("b", "a")], 3),  # a b a
        ([("a", "b"), ("a", "c")], 4),  # a b, a c
        ([("a", "b"), ("b", "a"), ("a", "c"), ("c", "a")], 5),  # a b a c a
        ([("a", "a")], 2),  # a a
    ],
)
def test_the_least_is_that_of_a_postman(pairs: list[Pair], transitions: int) -> None:
    assert least(tuple(pairs)) == transitions


def test_the_walks_that_are_checked_in_take_what_they_say() -> None:
    for machine in ("tutorial", "downloader"):
        folder = ROOT / "tests/generated" / machine
        found = {pair[1:] for walk in read_walks(folder) for pair in taken(walk)}
        text = (folder / f"test_{machine}_pairs.py").read_text(encoding="utf-8")
        assert f"{machine.capitalize()}: {len(found)} pairs of consecutive transitions" in text


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.from_regex("[a-z][a-z_]{0,5}x", fullmatch=True)


@given(
    fields=st.dictionaries(NAMES, VALUES, max_size=3),
    answers=st.dictionaries(NAMES, st.lists(st.integers(0, 3), min_size=1, max_size=3), max_size=2),
)
def test_a_walk_is_read_as_it_was_written(
    fields: dict[str, object],
    answers: dict[str, list[int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    beats = (
        Beat(Happening("Add", fields, answers), ("File 'a': x -> y",), ("Fetch(url='a')",)),
        Beat(Happening("Pause", {}), (), ()),
    )
    walk = Walk("walk 1", "a world", beats)
    folder = tmp_path_factory.mktemp("walks")
    (folder / "walks_1.txt").write_text("# a head\n\n" + write_walk(walk), encoding="utf-8")
    assert read_walks(folder) == [walk]
