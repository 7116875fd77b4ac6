"""Every character of a spec's texts is found again in the file, however the text is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen import yamltree
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.part import Listing, Node, Table, Text
from lawful.codegen.source import Source

ENDS = st.sampled_from(["\n", "\r\n", "\r"])
PIECES = ["a", "b", "é", "😀", " ", " ", "\t", "#", ":", "-", ", "]
ESCAPES = ["\\n", "\\t", '\\"', "\\\\", "\\x41", "\\u00e9", "\\U0001F600", "\\ ", "'"]
LEADS = ["", "x:\n  ", "x:\n  y:\n    "]


def texts(node: Node) -> Iterator[Text]:
    """All texts of a tree, keys too."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Table):
            waiting += [*node.keys(), *node.values()]
        elif isinstance(node, Listing):
            waiting += node
        else:
            yield node


def stands_there(source: Source, text: Text) -> bool:
    """Whether each character stands in the place that is said: itself, or the escape that means it, or
    the line end that was folded into it."""
    if text.places is None:
        start = source.offset(text.span.line, text.span.column)
        return source.text[start : start + len(text)] == text
    assert len(text.places) == len(text) + 1
    for character, place in zip(text, text.places[:-1], strict=True):
        there = source.text[source.offset(*place)]
        folded = character in " \n" and there in "\r\n"
        if not (there == character or folded or there == "\\"):
            return False
    return list(text.places) == sorted(text.places)


@st.composite
def scalars(draw: st.DrawFn) -> str:
    """A document with one scalar of any style, its text at the mercy of chance."""
    style = draw(st.sampled_from(["", "'", '"', "|", ">"]))
    end = draw(ENDS)
    pieces = [*PIECES, end, end + "    ", end + "      ", end + end]
    if style == '"':
        pieces += [*ESCAPES, "\\" + end, "\\" + end + "   "]
    if style == "'":
        pieces += ["''", '"', "\\"]
    body = "".join(draw(st.lists(st.sampled_from(pieces), max_size=14)))
    lead = draw(st.sampled_from(LEADS)).replace("\n", end)
    if style in ("|", ">"):
        marks = draw(st.sampled_from(["", "-", "+", "2", "4", "-3", "1+"]))
        comment = draw(st.sampled_from(["", " # words", " "]))
        body = (
            style + marks + comment + end + draw(st.sampled_from(["   ", "    ", "      "])) + body
        )
    else:
        body = style + body + style
    return f"{lead}key: {body}" + draw(st.sampled_from(["", end, end + end, end + "end: x" + end]))


def check(document: str) -> None:
    source = Source("spec.yaml", document)
    tree = yamltree.parse(source, Diagnostics())
    if tree is not None and tree.whole:
        assert all(stands_there(source, text) for text in texts(tree.root))


@settings(max_examples=600, deadline=None, derandomize=True)
@given(scalars())
def test_every_character_is_where_it_is_said_to_be(document: str) -> None:
    check(document)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(scalars())
def test_the_slow_parser_gives_the_same_places(document: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yamltree, "_Parser", yaml.SafeLoader)
        check(document)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn"])))
def test_a_text_that_yaml_itself_wrote_is_read_as_it_was(text: str) -> None:
    for style in ("'", '"', "|", ">", None):
        written = yaml.safe_dump({"key": text}, allow_unicode=True, default_style=style)
        source = Source("spec.yaml", written)
        tree = yamltree.parse(source, Diagnostics())
        assert tree is not None, written
        assert [*tree.root.values()] == [text]
        assert all(stands_there(source, found) for found in texts(tree.root))


@pytest.mark.parametrize(
    ("document", "start", "end", "place"),
    [
        ("key: a text", 2, 6, (1, 8, 1, 12)),
        ("key: 'it''s so'", 2, 3, (1, 9, 1, 11)),
        (r'key: "a\tb\u00e9c"', 3, 4, (1, 11, 1, 17)),
        ("key: |\n  one\n  two\n", 4, 7, (3, 3, 3, 6)),
        ("key: |2\n    one\n", 2, 5, (2, 5, 2, 8)),
        ("key: >\n  one\n  two\n", 4, 7, (3, 3, 3, 6)),
        ("key:\n  one\n  two\n", 4, 7, (3, 3, 3, 6)),
        ('key: "one\n  two"', 4, 7, (2, 3, 2, 6)),
    ],
)
def test_a_stretch_of_a_text_is_located(
    document: str, start: int, end: int, place: tuple[int, int, int, int]
) -> None:
    tree = yamltree.parse(Source("spec.yaml", document), Diagnostics())
    assert tree is not None
    text = tree.root["key"]  # type: ignore[index]
    assert isinstance(text, Text)
    span = text.locate(start, end)
    assert (span.line, span.column, span.end_line, span.end_column) == place


def test_places_are_worked_out_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def place_map(source: Source, value: str, *_: object) -> tuple[tuple[int, int], ...]:
        asked.append(value)
        return ((1, 1),)

    monkeypatch.setattr(yamltree, "place_map", place_map)
    tree = yamltree.parse(Source("spec.yaml", "key: 'a text'"), Diagnostics())
    assert tree is not None
    assert not asked
    (text,) = tree.root.values()
    assert isinstance(text, Text)
    text.locate(0, 1)
    text.locate(1, 2)
    assert asked == ["a text"]
