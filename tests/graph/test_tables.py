"""Markdown and JSON: complete tables, texts that stay in their cells."""

from __future__ import annotations

import json
import re

import pytest
from markdown_it import MarkdownIt

from lawful.codegen.diagram import Format, View, render

from .examples import HOSTILE, hostile, worker


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a Markdown text as a reader's program sees them: rows of the text of cells."""
    found: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level > 3 and found:
            found[-1][-1].append("".join(c.content or " " for c in token.children or ()))
    return found


def test_every_transition_has_a_row() -> None:
    states, transitions = tables(render(worker(), Format.markdown).decode())
    assert len(states) == 1 + len(worker().nodes)
    assert len(transitions) == 1 + len(worker().edges)
    assert ["cancelled", "fetch", "flight", 'task.previous == "flight"', ""] in transitions
    assert ["memory", "waiting", "waiting via released", "", ""] in transitions
    assert ["resumed", "error", "asks waiting instead", "", ""] in transitions


@pytest.mark.parametrize("view", ["life-cycle", "flow", "both"])
def test_hostile_texts_stay_in_their_cells(view: View) -> None:
    text = render(hostile(view), Format.markdown).decode()
    for table in tables(text):
        assert {len(row) for row in table} == {len(table[0])}
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {*"h1 h2 h3 p ol li table thead tbody tr th td code br".split()}
    assert "https://" not in re.sub(r"(`+).*?\1", "", text)


def test_the_reason_of_a_cell_is_a_numbered_note() -> None:
    text = render(hostile("flow"), Format.markdown).decode()
    assert "ignored (1); impossible (1)" in text
    assert text.count("\n1. ") == 1


@pytest.mark.parametrize("view", ["life-cycle", "flow", "both"])
def test_json_holds_every_text_as_it_is(view: View) -> None:
    text = render(hostile(view), Format.json).decode()
    assert text.isascii()
    data = json.loads(text)
    assert data["version"] == 1
    assert data["nodes"][0]["label"] == HOSTILE
    assert data["nodes"][0]["place"] == {"path": HOSTILE, "line": 1}
    assert [edge["kind"] for edge in data["edges"][:4]] == [
        "becomes",
        "internal",
        "redirect",
        "route",
    ]
    assert data["events"][0]["cells"][2]["verdict"] == "impossible"
