"""What `lawful diff` says of two specs, promise by promise, and its laws."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen.checking import check
from lawful.codegen.compare import Difference, differences

from .pairs import ROOT, Labelled, checked, labelled

SPECS = ("spec/tutorial.yaml", "spec/downloader/machine.yaml", "spec/worker/machine.yaml")
# What is in these can be given by position, or is done in its order.
ORDERED = ("completion", "fields", "args")


@pytest.mark.parametrize("pair", labelled(), ids=str)
def test_the_labelled_pairs(pair: Labelled) -> None:
    found = differences(checked(pair.old), checked(pair.new))
    assert [f"{difference.label}: {difference.words}" for difference in found] == list(pair.expect)


def test_every_label_is_among_the_pairs() -> None:
    labels = {line.split(": ")[0] for pair in labelled() for line in pair.expect}
    assert labels == {
        "compatible",
        "behaviour",
        "breaking for callers",
        "breaking for histories",
        "breaking for callers and histories",
    }
    assert len(labelled()) >= 40
    assert sum(not pair.expect for pair in labelled()) >= 10


@pytest.mark.parametrize("path", SPECS)
def test_a_spec_and_itself_have_no_difference(path: str) -> None:
    first, _ = check(ROOT / path, allow_bind=True)
    second, _ = check(ROOT / path, allow_bind=True)
    assert first is not None
    assert second is not None
    assert differences(first, second) == ()


def places(found: Iterable[Difference], *, turned: bool = False) -> set[tuple[int | None, ...]]:
    lines = {tuple(span.line if span else None for span in (d.old, d.new)) for d in found}
    return {line[::-1] for line in lines} if turned else lines


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(labelled()), st.sampled_from(labelled()))
def test_the_other_way_round_the_same_places_are_named(one: Labelled, two: Labelled) -> None:
    a, b = checked(one.new), checked(two.new)
    there, back = differences(a, b), differences(b, a)
    assert places(there) == places(back, turned=True)
    assert len(there) == len(back)
    assert sorted(d.change for d in there if d.change == "changed") == sorted(
        d.change for d in back if d.change == "changed"
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(labelled()), st.sampled_from(labelled()), st.sampled_from(labelled()))
def test_specs_that_mean_the_same_are_told_alike(a: Labelled, b: Labelled, c: Labelled) -> None:
    """No difference is an equivalence: who differs from one in nothing differs from others alike."""
    if differences(checked(a.new), checked(b.new)):
        return
    lines = [
        sorted((d.label, d.about, d.what, d.change) for d in differences(checked(x.new), checked(c.new)))
        for x in (a, b)
    ]  # fmt: skip
    assert lines[0] == lines[1]


def reformatted(text: str, seed: int) -> str:
    """The same spec from another hand: other quotes, other lines, comments, another order of entries."""
    choose = random.Random(seed)

    def shuffled(value: Any, key: str = "", above: str = "") -> Any:
        if isinstance(value, list):
            return [shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        items = [(name, shuffled(item, name, key)) for name, item in value.items()]
        if key not in ORDERED and above != "requests":
            choose.shuffle(items)
        return dict(items)

    written: str = yaml.dump(
        shuffled(yaml.load(text, yaml.BaseLoader)),
        default_flow_style=choose.choice([True, False, None]),
        width=100_000,  # where PyYAML breaks lines between double quotes it can't always read them
        indent=choose.choice([2, 4, 7]),
        default_style=choose.choice([None, '"', "'"]),
        sort_keys=False,
        allow_unicode=True,
    )
    return f"# written anew\n{written}# the end\n"


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(labelled()), st.integers(0, 1 << 30))
def test_a_spec_and_itself_written_anew_have_no_difference(pair: Labelled, seed: int) -> None:
    assert differences(checked(pair.new), checked(reformatted(pair.new, seed))) == ()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 30))
def test_the_tutorial_and_itself_written_anew_have_no_difference(seed: int) -> None:
    text = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
    assert differences(checked(text), checked(reformatted(text, seed))) == ()


def test_files_may_be_put_together(tmp_path: Path) -> None:
    """Where a section stands, in which file, has no meaning."""
    whole = "".join(
        (ROOT / "spec" / "downloader" / name).read_text(encoding="utf-8")
        for name in ("machine.yaml", "transitions.yaml", "handlers.yaml", "properties.yaml")
    )
    before, after = whole.split("include:\n")
    listed = after.split("\n\n", 1)[1]
    one = tmp_path / "one.yaml"
    one.write_text(f"{before}\n{listed}", encoding="utf-8")
    together, found = check(one)
    apart, _ = check(ROOT / "spec" / "downloader" / "machine.yaml")
    assert together is not None, [d.message for d in found]
    assert apart is not None
    assert differences(apart, together) == ()


def test_a_difference_is_where_its_line_is() -> None:
    for pair in labelled():
        if pair.expect and pair.new.count("\n") == pair.old.count("\n"):
            old, new = pair.old.splitlines(), pair.new.splitlines()
            lines = [n for n, two in enumerate(zip(old, new, strict=True), 1) if two[0] != two[1]]
            first = differences(checked(pair.old), checked(pair.new))[0]
            place = first.new or first.old
            assert place is not None
            nearest = min(abs(place.line - line) for line in lines)
            assert nearest <= 15 or "group" in pair.promise  # which is told where it is used
