"""Text becomes a tree with places, or errors that say where and why; never an exception."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen import yamltree
from lawful.codegen.diagnostics import Diagnostic, Diagnostics
from lawful.codegen.part import Broken, Listing, Nothing, Table, Text
from lawful.codegen.source import Source
from lawful.codegen.yamlerrors import MAX_DEPTH, TOO_DEEP
from lawful.codegen.yamltree import MAX_MISTAKES, Tree, parse

TUTORIAL = Path(__file__).resolve().parents[2] / "spec" / "tutorial.yaml"


def read(text: str) -> tuple[Tree | None, Diagnostics]:
    diagnostics = Diagnostics()
    return parse(Source("spec.yaml", text), diagnostics), diagnostics


def root(text: str) -> Table:
    tree, diagnostics = read(text)
    assert tree is not None, list(diagnostics)
    assert not len(diagnostics)
    return tree.root


def only(text: str) -> Diagnostic:
    (found,) = read(text)[1]
    return found


def summary(diagnostics: Diagnostics) -> list[tuple[str, int, int]]:
    return [(d.code, d.span.line, d.span.column) for d in diagnostics]


@pytest.mark.parametrize(
    "word",
    [
        "on",
        "no",
        "Yes",
        "true",
        "~",
        "null",
        "010",
        "0x1F",
        "1:30",
        "1_000",
        ".5",
        "1e3",
        "2026-01-01",
    ],
)
def test_every_scalar_keeps_its_letters(word: str) -> None:
    assert [*root(f"key: {word}").values()] == [word]
    assert [*root(f"{word}: key")] == [word]


def test_mappings_and_lists_keep_their_order_and_places() -> None:
    tree = root("b: 1\na:\n  - x\n  - {c: d}\n")
    assert [*tree] == ["b", "a"]
    listing = tree.under("a")
    assert isinstance(listing, Listing)
    assert (listing.span.line, listing.span.column) == (3, 3)
    inner = listing[1]
    assert isinstance(inner, Table)
    assert (inner.span.line, inner.span.column, inner.span.end_column) == (4, 5, 11)
    assert [(key.span.line, key.span.column) for key in inner] == [(4, 6)]


def test_a_mapping_knows_the_key_it_stands_behind() -> None:
    tree = root("a:\n  b: c\nd:\n")
    inner = tree.under("a")
    assert isinstance(inner, Table)
    assert inner.place.line == 1
    nothing = tree.under("d")
    assert isinstance(nothing, Nothing)
    assert nothing.owner == "d"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_once(end: str) -> None:
    assert [(k.span.line, k.span.column) for k in root(f"a: 1{end}b: 2{end}{end}c: 3{end}")] == [
        (1, 1),
        (2, 1),
        (4, 1),
    ]


def test_both_places_of_a_duplicate_are_shown() -> None:
    found = only("a:\n  b: 1\n  b: 2\n")
    assert found.code == "LF010"
    assert found.span.line == 3
    assert [related.span.line for related in found.related] == [2]


def test_the_first_of_two_duplicates_is_kept() -> None:
    tree, _ = read("a: 1\na: 2\n")
    assert tree is not None
    assert [*tree.root.values()] == ["1"]


def test_a_text_cut_at_a_comma_is_told_to_be_quoted() -> None:
    found = only("a: {do: f(x, y), mode: once}\n")
    assert (found.code, found.span.column) == ("LF017", 14)
    assert found.hint == "Quote it: 'f(x, y)'"


def test_a_text_cut_before_a_quote_is_told_to_be_quoted_whole() -> None:
    found = only("a: {do: 'x', then: recommend(file, \"done\")}\n")
    assert found.code == "LF017"
    assert found.hint == "Quote it: 'recommend(file, \"done\")'"


def test_half_a_text_is_not_kept() -> None:
    tree, diagnostics = read("a: {do: f(x, y)}\nb: [f(x, y), z]\n")
    assert tree is not None
    table, listing = tree.root.values()
    assert isinstance(table, Table)
    assert isinstance(listing, Listing)
    assert [type(node) for node in table.values()] == [Broken]
    assert [type(node) for node in listing] == [Broken, Text]
    assert [d.code for d in diagnostics] == ["LF017", "LF017"]


def test_nothing_more_is_said_of_what_was_refused() -> None:
    _, diagnostics = read("a: *x\n")
    (found,) = diagnostics
    diagnostics.error("LF999", found.span, "more")
    assert len(diagnostics) == 1


def test_a_mistake_in_each_section_is_found() -> None:
    text = "a: {b: c[1]}\nd: [\ne: @x\nf: fine\ng: 'open\n"
    assert summary(read(text)[1]) == [
        ("LF008", 1, 9),
        ("LF008", 2, 4),
        ("LF008", 3, 4),
        ("LF008", 5, 4),
    ]


def test_what_could_not_be_read_leaves_the_rest_readable_and_marked() -> None:
    tree, _ = read("a: @x\nb: {c: d}\n")
    assert tree is not None
    assert not tree.whole
    assert [*tree.root] == ["b"]


def test_every_line_indented_by_a_tab_is_shown() -> None:
    assert summary(read("a:\n\tb: 1\n\tc: 2\n")[1]) == [("LF009", 2, 1), ("LF009", 3, 1)]


def test_tabs_elsewhere_are_fine() -> None:
    assert [*root("a:\tb\t# c\nd: |\n  e\tf\n").values()] == ["b", "e\tf\n"]


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 999, 1_001, 100_000])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_is_limited_without_recursion(opening: str, levels: int) -> None:
    """Whoever notices: libyaml refuses it by itself from 0.2.6 on, deeper than we do."""
    _, diagnostics = read("a:\n  " + opening * levels)
    assert [(d.code, d.message) for d in diagnostics] == [("LF015", TOO_DEEP)]


def test_fifty_levels_are_fine() -> None:
    depth = MAX_DEPTH - 1
    assert root("a: " + "[" * depth + "]" * depth)


def test_nodes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamltree, "MAX_NODES", 10)
    assert [d.code for d in read("a: [1, 2, 3, 4, 5, 6, 7, 8, 9]")[1]] == ["LF016"]


def test_a_file_of_nothing_but_mistakes_is_given_up() -> None:
    _, diagnostics = read("a: [" + "*x, " * (2 * MAX_MISTAKES) + "]")
    assert len(diagnostics) == MAX_MISTAKES + 1
    assert "LF016" in {d.code for d in diagnostics}


@pytest.mark.parametrize(
    "text",
    [
        "a: {" + "b, " * 50_000 + "}",
        "a: {" + "b: f(c, d), " * 20_000 + "}",
        "a:\n" + "  b: 1\n" * 100_000,
        "a: [" + "f(b, c), " * 50_000 + "]",
        "a: '" + "''" * 500_000 + "'",
        "a: " + "b " * 500_000,
        "a: " + "(" * 1_000_000,
        "\n".join(f"s{n}: @" for n in range(50_000)),
    ],
    ids=["junk", "cut", "duplicates", "cut-items", "quotes", "words", "parentheses", "sections"],
)
@pytest.mark.timeout(300)
def test_no_small_file_takes_long(text: str) -> None:
    read(text)


def test_the_slow_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = TUTORIAL.read_text()
    fast = root(text)
    monkeypatch.setattr(yamltree, "_Parser", yaml.SafeLoader)
    slow = root(text)
    assert slow == fast
    assert flat(slow) == flat(fast)


def flat(table: Table) -> list[tuple[str, str]]:
    """Every text with its place, in order."""
    found = []
    for key, node in table.items():
        found.append((str(key), str(key.span)))
        if isinstance(node, Table):
            found += flat(node)
        elif isinstance(node, Text):
            found.append((str(node), str(node.span)))
    return found


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(
            [*"{}[],:-?&*!|>'\"%@`#\\\n \tabé", ": ", "- ", "\n  ", "<<", "---\n", "\\u"]
        )
    ),
    st.booleans(),
)
def test_no_text_makes_it_raise(pieces: list[str], slow: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if slow:
            patch.setattr(yamltree, "_Parser", yaml.SafeLoader)
        tree, diagnostics = read("".join(pieces))
    assert tree is not None or len(diagnostics)


def test_an_escape_beyond_unicode_is_an_error_for_the_slow_parser_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(yamltree, "_Parser", yaml.SafeLoader)
    for escape in ("\\UFFFFFFFF", "\\U00110000", "\\ud800"):
        assert len(read(f'a: "{escape}"')[1]) == 1


def test_mistakes_are_told_in_the_order_of_the_file() -> None:
    _, diagnostics = read("b: *x\nc: !y z\na: 1\na: 2\n")
    lines = [d.span.line for d in diagnostics]
    assert all(a <= b for a, b in itertools.pairwise(lines))
