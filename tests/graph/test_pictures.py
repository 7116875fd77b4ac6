"""DOT, Mermaid, SVG and PNG: what is drawn, that it parses, that texts stay texts."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from lawful.codegen.diagram import Diagram, Format, ImageUnavailable, View, render
from lawful.codegen.diagram.arrows import drawn, said_inside
from lawful.codegen.diagram.model import Edge

from .examples import hostile, worker

ROOT = Path(__file__).resolve().parents[2]

VIEWS: tuple[View, ...] = ("life-cycle", "flow", "both")


def test_dot_has_every_state_and_every_arrow() -> None:
    pygraphviz = pytest.importorskip("pygraphviz")
    diagram = worker()
    graph = pygraphviz.AGraph(string=render(diagram, Format.dot).decode())
    begin = 1
    assert len(graph.nodes()) == len(diagram.nodes) + begin
    assert len(graph.edges()) == len(drawn(diagram)) + begin


def test_every_arrow_is_drawn_or_said_in_the_box_that_it_leaves() -> None:
    diagram = worker()
    inside = said_inside(diagram)
    shown = {(a.source, a.target, a.kind) for a in drawn(diagram)}
    for edge in diagram.edges:
        if (edge.source, edge.target, edge.kind) not in shown:
            assert edge.request in " ".join(inside[edge.source])


def test_a_state_that_very_many_lead_to_is_named_in_their_boxes() -> None:
    diagram = worker()
    released = "state:Task:released"
    leading = {e.source for e in diagram.edges if (e.target, e.kind) == (released, "becomes")}
    assert len(leading) > 8
    assert not [arrow for arrow in drawn(diagram) if arrow.target == released]
    said = said_inside(diagram)
    assert all(any(text.startswith("→ released") for text in said[source]) for source in leading)
    few = replace(diagram, edges=tuple(e for e in diagram.edges if e.source in sorted(leading)[:8]))
    assert len([arrow for arrow in drawn(few) if arrow.target == released]) == 8


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_texts_stay_inside_their_dot_labels(view: View) -> None:
    pygraphviz = pytest.importorskip("pygraphviz")
    diagram = hostile(view)
    graph = pygraphviz.AGraph(string=render(diagram, Format.dot).decode())
    begin = view != "flow"
    assert len(graph.nodes()) == len(diagram.nodes) + begin
    attributes = {key for node in graph.nodes() for key in node.attr.to_dict()}
    attributes |= {key for edge in graph.edges() for key in edge.attr.to_dict()}
    assert not attributes & {"URL", "href", "target", "image", "tooltip"}


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_texts_stay_text_in_svg(view: View) -> None:
    pytest.importorskip("pygraphviz")
    svg = render(hostile(view), Format.svg)
    root = ElementTree.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text"}
    names = {key for element in root.iter() for key in element.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name]
    assert "<script>alert(1)</script>" in "".join(root.itertext())


def test_an_svg_names_no_version_and_no_place_on_this_machine() -> None:
    pytest.importorskip("pygraphviz")
    svg = render(worker(), Format.svg).decode()
    assert svg.count("<!--") == 1
    assert "<!-- drawn by lawful from DOT text sha256:" in svg
    assert "raphviz" not in svg


def test_a_png_is_a_png() -> None:
    pytest.importorskip("pygraphviz")
    assert render(worker(), Format.png).startswith(b"\x89PNG\r\n")


def test_a_picture_without_graphviz_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ImageUnavailable, match=r"pip install 'lawful\[viz\]'"):
        render(worker(), Format.svg)
    assert render(worker(), Format.dot)


def test_texts_and_tables_need_neither_graphviz_nor_rich() -> None:
    code = (
        "import sys; from tests.graph.examples import worker;"
        "from lawful.codegen.diagram import Format, render;"
        "[render(worker(), f) for f in (Format.terminal, Format.dot, Format.mermaid, Format.markdown)];"
        "assert not {'pygraphviz', 'rich', 'networkx'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={"PYTHONPATH": ".dev:."})


# ------------------------------------------------------------------------------------------ Mermaid


def test_mermaid_draws_each_arrow_once() -> None:
    text = render(worker(), Format.mermaid).decode()
    lines = [line.strip() for line in text.split("\n")]
    assert lines[0] == "stateDiagram-v2"
    assert "[*] --> s_Task_released" in lines
    assert "s_Task_forgotten --> [*]" in lines
    arrows = [line for line in lines if re.match(r"s_\w+ --> s_\w+", line)]
    assert len(arrows) == len(drawn(worker()))
    assert (
        "s_Task_cancelled --> s_Task_flight : "
        "fetch if task.previous == #34;flight#34; emits GatherDep" in lines
    )


@pytest.mark.parametrize("view", VIEWS)
def test_mermaid_has_no_syntax_from_a_text(view: View) -> None:
    text = render(hostile(view), Format.mermaid).decode()
    statement = re.compile(
        r"stateDiagram-v2|flowchart TB|end|class \w+ \w+|classDef \w+ [\w:#,-]+"
        r'|state "[^"]*" as \w+( \{)?|\}|\[\*\] --> \w+|\w+ --> \[\*\]'
        r'|\w+ --> \w+( : [^"]*)?|subgraph \w+ \["[^"]*"\]'
        r'|\w+(\(|\(\[|>|\[|\{\{)"[^"]*"(\)|\]\)|\]|\}\})|\w+ (-->|==>|-\.->)(\|"[^"]*"\|)? \w+'
    )
    unknown = [
        line for line in text.rstrip("\n").split("\n") if not statement.fullmatch(line.strip())
    ]
    assert unknown == []
    labels = re.sub(r"#\d+;|<br/>", "", "".join(re.findall(r'"([^"]*)"', text)))
    assert not set(labels) & set("<>[]{}%#;`&$@*")


def test_names_that_look_alike_get_ids_of_their_own() -> None:
    nodes = tuple(
        replace(worker().nodes[0], id=f"state:Task:{name}", label=name, initial=False)
        for name in ("a-b", "a_b", "a.b")
    )
    text = render(replace(worker(), nodes=nodes, edges=()), Format.mermaid).decode()
    assert re.findall(r'state "([^"]+)" as (\w+)', text) == [
        ("a-b", "s_Task_a_b"),
        ("a_b", "s_Task_a_b_2"),
        ("a.b", "s_Task_a_b_3"),
    ]


def with_routes(number: int) -> Diagram:
    diagram = worker()
    place = diagram.nodes[0].place
    ids = [node.id for node in diagram.nodes if node.kind == "state"]
    routes = [
        Edge(ids[1], target, "route", place, diagram.by_id[target].label, via="released")
        for target in ids[2 : 2 + number]
    ]
    others = [edge for edge in diagram.edges if edge.kind != "route"]
    return replace(diagram, edges=(*others, *routes))


@pytest.mark.parametrize("format", [Format.dot, Format.mermaid])
def test_a_few_routes_are_arrows_and_many_are_words_at_their_state(format: Format) -> None:
    few, many = (render(with_routes(number), format).decode() for number in (6, 7))
    assert few.count("via released") == 6
    assert many.count("via released") == 1
    words = re.sub(r"<[^>]+>", " ", many)
    requests = [node.label for node in worker().nodes[2:9]]
    assert ", ".join(requests) in re.sub(r"\s+", " ", words)
