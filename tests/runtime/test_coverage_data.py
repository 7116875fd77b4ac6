"""Coverage data adds up, and survives files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.runtime import CoverageData, CoverageFileError, CoverageMismatch, Item

ITEMS = (
    Item("transition", "File queued -> running", "spec/tutorial.yaml:60"),
    Item("transition", 'File "ünïcode" \n -> done', "spec/tutorial.yaml:61"),
    Item("cell", "Add on new", "spec/tutorial.yaml:40"),
)


def data(*hits: int, items: tuple[Item, ...] = ITEMS, digest: str = "abc") -> CoverageData:
    return CoverageData("tutorial.yaml", digest, items, hits or None)


def test_percentages_and_what_is_missing() -> None:
    some = data(1, 0, 1)
    assert (some.covered, round(some.percent, 1)) == (2, 66.7)
    assert some.by_kind() == {"transition": (1, 2), "cell": (1, 1)}
    assert some.uncovered() == [ITEMS[1]]
    assert data().percent == 0.0
    assert CoverageData("x", "", ()).percent == 100.0


def test_marks_of_a_twin_are_added_as_runs() -> None:
    some = data()
    some.add(bytearray([1, 0, 1]))
    some.add(bytearray([1, 0, 0]))
    assert some.counts == [2, 0, 1]
    with pytest.raises(CoverageMismatch):
        some.add(bytearray(2))


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=5))
def test_merging_adds_up_in_any_order_and_changes_no_part(rows: list[list[int]]) -> None:
    parts = [data(*row) for row in rows]
    merged = parts[0].merge(*parts[1:])
    assert merged.counts == [sum(column) for column in zip(*rows, strict=True)]
    assert parts[-1].merge(*parts[:-1]) == merged
    assert [part.counts for part in parts] == rows


@pytest.mark.parametrize("other", [data(digest="def"), data(items=ITEMS[:2])])
def test_data_of_different_versions_does_not_add_up(other: CoverageData) -> None:
    with pytest.raises(CoverageMismatch, match="can't be added up"):
        data().merge(other)


@given(st.lists(st.tuples(st.text(), st.text(), st.text(), st.integers(0, 9))))
def test_json_gives_the_same_data_and_the_same_text_again(rows: list[Any]) -> None:
    some = CoverageData("s", "h", [Item(*row[:3]) for row in rows], [row[3] for row in rows])
    text = some.to_json()
    assert CoverageData.from_json(text) == some
    assert CoverageData.from_json(text).to_json() == text
    assert len(text.splitlines()) >= len(rows)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="nested without end"),
        "",
        "[]",
        "{}",
        '{"lawful-coverage": 99}',
        '{"lawful-coverage": 1, "spec": "s", "hash": "h"}',
        '{"lawful-coverage": 1, "spec": "s", "hash": "h", "items": [["a"]]}',
        '{"lawful-coverage": 1, "spec": "s", "hash": "h", "items": [["a", "b", "c", "many"]]}',
    ],
)
def test_anything_else_is_told_with_the_name_of_the_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cov.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CoverageFileError, match=r"cov\.json"):
        CoverageData.read(path)


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cov.json"
    data(1, 0, 0).write(path)
    assert CoverageData.read(path) == data(1, 0, 0)

    def fail(source: Any, target: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        data(1, 1, 1).write(path)
    assert CoverageData.read(path) == data(1, 0, 0)
    assert [p.name for p in tmp_path.iterdir()] == ["cov.json"], "and nothing is left over"


def test_a_number_of_marks_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CoverageMismatch):
        data(1, 0)
