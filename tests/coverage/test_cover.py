"""``lawful cover``: three verdicts, never mixed up, each with what one does next; and the exit code."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.cli import main
from lawful.codegen.explorer.covering import Trace, reach
from lawful.codegen.explorer.search import Limits
from lawful.codegen.interpreter import Machine, Message
from lawful.codegen.items import Items, Key
from lawful.generated.tutorial import Add, FetchFailed, instrumented
from lawful.runtime.coverage import CoverageData

from .conftest import TUTORIAL

TEXT = TUTORIAL.read_text(encoding="utf-8")
ONE_FILE = TEXT.replace("values: {url: [a, b, c]}", "values: {url: [a]}").replace(
    'events: {Add: {at_most: "4"}}', 'events: {Add: {at_most: "1"}}'
)
MISSED = [
    "cell Add in queued",
    "cell Add in running",
    "cell Add in done",
    "cell Add in failed",
    "transition File failed -> queued",
    "recommend Add in failed: file queued",
]
"""What one file that is added once doesn't lead to."""
KNOWN = "unreachable:\n" + "".join(f'  "{name}": one file is added once\n' for name in MISSED)


def written(folder: Path, text: str) -> str:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def checked(path: Path) -> CheckedSpec:
    spec, found = check(path)
    assert spec is not None, list(found)
    return spec


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Coverage of the tutorial's machine by a file that is added and whose fetch fails."""
    before = bytes(instrumented.HITS)
    instrumented.HITS[:] = bytes(len(before))
    machine = instrumented.Tutorial()
    machine.handle(Add(url="a"))
    machine.handle(FetchFailed(url="a", reason="gone"))
    cls = instrumented.Tutorial
    data = CoverageData(cls.SPEC, cls.SPEC_HASH, instrumented.ITEMS, instrumented.HITS)
    instrumented.HITS[:] = before
    path = tmp_path / "cov.json"
    data.write(path)
    return path


# ------------------------------------------------------------------------------- what can be reached


def test_where_all_is_reached_it_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cover", str(TUTORIAL)]) == 0
    out = capsys.readouterr().out
    assert "Tutorial: 21 items, 100 % reached\n" in out
    assert "unknown:" not in out
    assert "FAIL" not in out


def test_what_is_proved_unreachable_has_to_be_acknowledged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cover", written(tmp_path, ONE_FILE)]) == 1
    out = capsys.readouterr().out
    failures = [line for line in out.splitlines() if line.startswith("FAIL")]
    assert len(failures) == len(MISSED)
    for line, name in zip(failures, MISSED, strict=True):
        assert f": {name}: nothing leads to it" in line
    assert main(["cover", written(tmp_path, ONE_FILE + KNOWN)]) == 0
    out = capsys.readouterr().out
    assert out.count(": one file is added once\n") == len(MISSED)
    assert "100 % reached" in out


def test_an_acknowledgement_of_what_can_be_reached_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEXT + "unreachable:\n  cell Add in failed: nobody gives up\n"
    assert main(["cover", written(tmp_path, text)]) == 1
    out = capsys.readouterr().out
    assert "cell Add in failed: the spec says that it can't be reached: nobody gives up\n" in out


@pytest.mark.parametrize("limit", [["--max-states", "3"], ["--time", "0"]])
def test_where_not_all_was_seen_nothing_is_called_unreachable(
    limit: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cover", written(tmp_path, ONE_FILE), *limit]) == 4
    out = capsys.readouterr().out
    assert "unknown: " in out
    assert "FAIL" not in out
    assert main(["cover", written(tmp_path, ONE_FILE + KNOWN), *limit, "--fail-under", "0"]) == 0


def test_a_world_in_which_something_fails_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ONE_FILE.replace("holds: file.attempts <= 2", "holds: file.attempts <= 1")
    assert main(["cover", written(tmp_path, text)]) == 4
    assert "something fails; `lawful explore` tells what" in capsys.readouterr().out


def test_an_environment_alone_proves_nothing_of_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ONE_FILE + "  another: {values: {url: [a]}, events: {Add: {}}}\n"
    text = text.replace("environments:", "environments:", 1)
    assert main(["cover", written(tmp_path, text), "--environment", "three files"]) == 4
    assert "FAIL" not in capsys.readouterr().out


# --------------------------------------------------------------------------------- the shortest way


def messages(trace: Trace) -> list[Message]:
    told = [beat.event for beat in trace.beats if beat.event is not None]
    return [Message(t.name, {n: ast.literal_eval(v) for n, v in t.fields}) for t in told]


def test_each_way_hits_its_item_at_its_last_step_and_not_before_in_the_interpreter_too() -> None:
    spec = checked(TUTORIAL)
    found = reach(spec, spec.environments)
    for number, item in enumerate(found.items):
        trace = found.trace(number)
        assert trace.steps == found.steps(number)
        hits = set[Key]()
        machine = Machine(spec, hits=hits)
        *before, last = messages(trace)
        for message in before:
            machine.handle(message)
        assert number not in found.items.hit(hits), item.id
        machine.handle(last)
        assert number in found.items.hit(hits), item.id


def test_no_way_is_longer_than_the_first_step_at_which_any_way_gets_there() -> None:
    """With one step less to go, the search doesn't reach the item."""
    spec = checked(TUTORIAL)
    items = Items(spec)
    found = reach(spec, spec.environments)
    steps = [found.steps(number) for number in range(len(items))]
    for depth in range(1, max(filter(None, steps))):
        nearer = reach(spec, spec.environments, limits=Limits(depth=depth))
        for number, least in enumerate(steps):
            assert least is not None
            assert (nearer.steps(number) is not None) == (least <= depth), items.all[number].id


def test_the_way_to_an_item_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cover", str(TUTORIAL), "--item", "transition File running -> failed"]) == 0
    out = capsys.readouterr().out
    assert out.endswith(
        'spec/tutorial.yaml:63: transition File running -> failed (3 steps, in "three files")\n'
        "    Add(url='a') comes.\n"
        "    Fetch(url='a') ends with FetchFailed(url='a', reason='reason').\n"
        "    Fetch(url='a') ends with FetchFailed(url='a', reason='reason').\n"
    )


def test_an_item_that_there_is_not_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cover", str(TUTORIAL), "--item", "cell Add in limbo"]) == 2
    assert 'no item is called "cell Add in limbo"' in capsys.readouterr().err


# ------------------------------------------------------------------------------- what tests covered


def test_what_tests_missed_is_told_with_the_way_to_it(
    measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cover", str(TUTORIAL), "--coverage", str(measured)]) == 0
    out = capsys.readouterr().out
    assert "Tutorial: 21 items, 38 % covered\n" in out
    assert "uncovered: " in out
    assert "transition File running -> queued" not in out
    way = out.partition("cell Fetched in running")[2].splitlines()
    assert way[0] == ' (2 steps, in "three files")'
    assert way[1:3] == [
        "    Add(url='a') comes.",
        "    Fetch(url='a') ends with Fetched(url='a', size=0).",
    ]


def test_less_than_is_required_fails(measured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["cover", str(TUTORIAL), "--coverage", str(measured), "--fail-under"]
    assert main([*call, "38"]) == 0
    assert main([*call, "39"]) == 1
    assert "FAIL Tutorial: 38 %, and 39 % is required" in capsys.readouterr().out


def test_what_was_measured_with_another_version_of_the_spec_is_refused(
    measured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = written(tmp_path, TEXT + "# a comment\n")
    assert main(["cover", changed, "--coverage", str(measured)]) == 2
    assert "another version of spec/tutorial.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "", "{}", '{"lawful-coverage": 1, "items": 3}'])
def test_a_file_that_holds_no_coverage_is_refused(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cov.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert main(["cover", str(TUTORIAL), "--coverage", str(file)]) == 2
    assert str(file) in capsys.readouterr().err


# ------------------------------------------------------------------------------------------ as data


def test_json_has_every_item_with_its_verdict_and_its_way(
    measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cover", str(TUTORIAL), "--coverage", str(measured), "--json"]) == 0
    data: Any = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in data["items"]] == [item.id for item in instrumented.ITEMS]
    assert {one["verdict"] for one in data["items"]} == {"covered", "uncovered"}
    assert data["percent"] == 38.0
    assert data["environments"][0]["name"] == "three files"
    for one in data["items"]:
        assert one["way"]["steps"] == len(one["way"]["told"])
        assert one["text"]
