"""What is laid over a picture: coverage, a trace; and pictures of a part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lawful.codegen.checking import check
from lawful.codegen.cli import main
from lawful.codegen.diagram import (
    Coverage,
    Diagram,
    Format,
    NothingThere,
    View,
    around,
    covered,
    extract,
    following,
    render,
    taken,
)
from lawful.codegen.diagram.arrows import joined
from lawful.codegen.diagram.model import Mark
from lawful.codegen.explorer.exploring import explore
from lawful.codegen.explorer.telling import TraceFileError, read_traces
from lawful.codegen.items import Items
from lawful.runtime.coverage import CoverageData, Item

from .examples import worker

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
NAMES = ("Add in failed", "File queued -> running", "File running -> done")


def drawn(text: str, folder: Path, view: View = "both") -> Diagram:
    path = folder / "tutorial.yaml"
    path.write_text(text, encoding="utf-8")
    spec, found = check(path)
    assert spec is not None, list(found)
    return extract(spec, view)


def measured(*seen: str) -> CoverageData:
    """Coverage of some items of the tutorial, of which the named ones were seen."""
    kinds = {"Add in failed": "cell", "FetchFailed in running, case 1": "cell"}
    names = [*NAMES, "FetchFailed in running, case 1", "File running -> queued"]
    items = [
        Item(kinds.get(name, "transition"), name, f"tutorial.yaml:{n}")
        for n, name in enumerate(names)
    ]
    return CoverageData("tutorial.yaml", "0", items, [int(name in seen) for name in names])


def marks(diagram: Diagram) -> dict[str, str]:
    return {node.id: node.mark for node in diagram.nodes if node.mark}


# ---------------------------------------------------------------------------------------- coverage


def test_arrows_and_boxes_have_the_colours_of_what_tests_took(tmp_path: Path) -> None:
    diagram = covered(drawn(TUTORIAL, tmp_path), Coverage(measured("File queued -> running")))
    edges = {(e.source, e.request): e.mark for e in diagram.edges if e.kind == "becomes"}
    assert edges["state:File:queued", "running"] == "covered"
    assert edges["state:File:running", "done"] == "missed"
    assert edges["state:File:failed", "queued"] == ""  # not measured
    assert marks(diagram)["state:File:running"] == "covered"
    assert marks(diagram)["event:Add"] == "missed"


def test_what_was_not_taken_is_said_in_words_too(tmp_path: Path) -> None:
    diagram = covered(drawn(TUTORIAL, tmp_path, "life-cycle"), Coverage(measured()))
    for format in (Format.dot, Format.mermaid, Format.terminal, Format.markdown):
        assert "not covered" in render(diagram, format).decode(), format


@pytest.mark.parametrize(
    ("marks", "together"),
    [
        ([], ""),
        (["covered", "covered", ""], "covered"),
        (["covered", "missed"], "partly"),
        (["partly", "missed"], "partly"),
        (["added", "removed"], "changed"),
        (["", "added"], "added"),
        (["taken", ""], "taken"),
    ],
)
def test_the_marks_of_several_things_make_one(marks: list[Mark], together: Mark) -> None:
    assert joined(marks) == together


# ------------------------------------------------------------------------------------------- trace


def broken(folder: Path) -> tuple[Diagram, Path]:
    """The tutorial with a slot too many, and what exploring it tells, as a file."""
    from lawful.codegen.explorer.words import report

    text = TUTORIAL.replace("slots - len(active)", "slots + 1 - len(active)")
    diagram = drawn(text, folder)
    spec, _ = check(folder / "tutorial.yaml")
    assert spec is not None
    found = explore(spec, "three files")
    data = {"worlds": [report(found.result, found.stories).data]}
    path = folder / "found.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return diagram, path


def test_a_trace_marks_where_its_steps_went(tmp_path: Path) -> None:
    diagram, path = broken(tmp_path)
    (story,) = read_traces(path).stories
    assert story.claim == "slots are respected"
    marked = taken(diagram, story)
    assert marked.by_id["state:File:running"].note == "steps 1, 2, 3"
    assert marked.by_id["event:Add"].mark == "taken"
    assert marked.by_id["instruction:Fetch"].mark == "taken"
    assert marked.by_id["state:File:done"].mark == ""
    went = {(e.source, e.target) for e in marked.edges if e.mark == "taken"}
    assert went == {("state:File:queued", "state:File:running")}


def test_a_story_comes_back_from_json_as_it_was(tmp_path: Path) -> None:
    _, path = broken(tmp_path)
    spec, _ = check(tmp_path / "tutorial.yaml")
    assert spec is not None
    traces = read_traces(path)
    found = explore(spec, "three files")
    assert traces.stories == found.stories
    (world,) = traces.worlds
    assert (world.verdict, world.states) == ("refuted", found.result.search.progress.states)
    assert [one.name for one in world.findings] == [one.name for one in found.result.findings]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"worlds": 3}', '{"beats": [{"kind": "flies"}]}', "[" * 100_000],
)
def test_a_file_that_is_no_trace_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TraceFileError, match=r"odd\.json: this is"):
        read_traces(path)


# ------------------------------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("hops", "states"),
    [
        (0, {"flight"}),
        (1, {"flight", "memory", "error", "fetch", "missing", "cancelled", "released", "resumed"}),
    ],
)
def test_a_picture_shows_what_is_around_a_state(hops: int, states: set[str]) -> None:
    shown = around(worker(), "flight", hops)
    neighbours = {node.label for node in shown.nodes}
    assert neighbours <= states if hops else neighbours == states
    assert "ready" not in neighbours
    assert all(e.source in shown.by_id and e.target in shown.by_id for e in shown.edges)


def test_a_picture_shows_what_follows_from_an_event(tmp_path: Path) -> None:
    shown = following(drawn(TUTORIAL, tmp_path), "Fetched")
    assert set(shown.by_id) == {"event:Fetched", "state:File:done", "state:File:running"}
    assert [row.event for row in shown.events] == ["Fetched"]


def test_a_part_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    diagram = drawn(TUTORIAL, tmp_path)
    with pytest.raises(NothingThere, match=r'no state "runing".*queued, running, done, failed'):
        around(diagram, "runing", 1)
    with pytest.raises(NothingThere, match=r'no event "Adds".*Add, Fetched, FetchFailed'):
        following(diagram, "Adds")


# ----------------------------------------------------------------------------------------- command


def test_the_command_marks_and_selects(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, trace = broken(tmp_path)
    spec = str(tmp_path / "tutorial.yaml")
    measured("Add in failed").write(tmp_path / "cov.json")
    for options, said in (
        (["--trace", str(trace)], "steps 1, 2, 3"),
        (["--coverage", str(tmp_path / "cov.json")], "not covered"),
        (["--diff", str(ROOT / "spec" / "tutorial.yaml"), "--focus", "done"], "done"),
        (["--event", "Fetched"], "Fetched"),
    ):
        assert main(["graph", spec, "--format", "mermaid", *options]) == 0
        assert said in capfd.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--focus", "nowhere"], 'no state "nowhere"'),
        (["--event", "Nothing"], 'no event "Nothing"'),
        (["--coverage", "missing.json"], "can't read missing.json"),
        (["--trace", "missing.json"], "can't read missing.json"),
        (["--diff", "missing.yaml"], "missing.yaml"),
        (["--trace", "a", "--coverage", "b"], "one of --coverage, --trace and --diff"),
    ],
)
def test_a_mistaken_call_is_told_in_a_sentence(
    options: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", str(ROOT / "spec" / "tutorial.yaml"), *options]) == 2
    assert said in capfd.readouterr().err


def test_a_file_that_tells_no_story_is_no_trace(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "proved.json"
    path.write_text('{"worlds": []}', encoding="utf-8")
    assert main(["graph", str(ROOT / "spec" / "tutorial.yaml"), "--trace", str(path)]) == 2
    assert "tells no story" in capfd.readouterr().err


@pytest.mark.parametrize(
    "name", ["tutorial.yaml", "downloader/machine.yaml", "worker/machine.yaml"]
)
@pytest.mark.parametrize("mark", ["covered", "missed"])
def test_whatever_coverage_counts_has_its_place_in_the_picture(name: str, mark: Mark) -> None:
    spec, _ = check(ROOT / "spec" / name, allow_bind=True)
    assert spec is not None
    items = [Item(i.kind, i.name, f"{i.span.path}:{i.span.line}") for i in Items(spec).all]
    data = CoverageData(name, "0", items, [int(mark == "covered")] * len(items))
    coverage = Coverage(data)
    diagram = covered(extract(spec), coverage)
    moves = ("becomes", "internal", "redirect", "route")
    assert {edge.mark for edge in diagram.edges if edge.kind in moves} == {mark}
    cells = {
        coverage.cell(row.event, configuration, cell.position, cell.place)
        for row in diagram.events
        for cell in row.cells
        for configuration in cell.configurations or ("-",)
        if cell.verdict != "impossible"
    }
    assert cells == {mark}
    assert {m for lines in coverage.lines().values() for m in lines.values()} == {mark}
