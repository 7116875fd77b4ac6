"""Diagnostics are shown with their line and a caret, and nothing a spec says becomes a command."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen import report
from lawful.codegen.diagnostics import Diagnostics, Related, Span, did_you_mean, nearest
from lawful.codegen.plain import one_line

COMMANDS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def diagnostics(
    source: str, *spans: tuple[int, int, int, int], path: str = "a.yaml"
) -> Diagnostics:
    made = Diagnostics(sources={path: source})
    for span in spans:
        made.error("LF050", Span(path, *span), "wrong", "Mend it.")
    return made


def caret(source: str, *span: int) -> tuple[str, str]:
    """The line as it is shown and the line with the caret, without the numbers in front."""
    line, column, end_line, end_column = span
    shown = report.text(diagnostics(source, (line, column, end_line, end_column))).split("\n")
    return shown[1].split("| ", 1)[1], shown[2].split("| ", 1)[1]


def test_a_diagnostic_shows_place_code_line_caret_and_hint() -> None:
    assert report.text(diagnostics("a: b\nevnts: c\n", (2, 1, 2, 6))) == (
        "a.yaml:2:1: error[LF050] wrong\n2 | evnts: c\n  | ^^^^^\n  hint: Mend it.\n\n1 error\n"
    )


def test_a_second_place_is_shown_with_its_line() -> None:
    made = Diagnostics(sources={"a.yaml": "a: 1\na: 2\n"})
    first = Related(Span("a.yaml", 1, 1, 1, 2), "the first is here")
    made.error("LF010", Span("a.yaml", 2, 1, 2, 2), "again", "", first)
    assert "  a.yaml:1:1: the first is here\n1 | a: 1\n  | ^\n" in report.text(made)


def test_errors_and_warnings_are_counted() -> None:
    made = diagnostics("", (1, 1, 1, 1), (1, 1, 1, 2), (2, 1, 2, 1))
    made.warning("LF200", Span("a.yaml", 3, 1, 3, 1), "odd")
    assert report.summary(made) == "3 errors, 1 warning"
    assert report.summary(Diagnostics()) == "0 errors"


@pytest.mark.parametrize(
    ("line", "column", "end", "shown", "under"),
    [
        ("\tkey:\tx", 2, 5, "    key:    x", "    ^^^"),
        ("漢字: x", 5, 6, "漢字: x", "      ^"),
        ("漢字: x", 1, 3, "漢字: x", "^^^^"),
        ("e\u0301: x", 5, 6, "e\u0301: x", "   ^"),
        ("😀: x", 4, 5, "😀: x", "    ^"),
        ("a\x1b[31m: x", 9, 10, "a\\x1b[31m: x", "           ^"),
        ("abc", 4, 4, "abc", "   ^"),
        ("abc", 9, 12, "abc", "   ^"),
        ("", 1, 1, "", "^"),
    ],
)
def test_the_caret_stands_under_the_place(
    line: str, column: int, end: int, shown: str, under: str
) -> None:
    assert caret(line, 1, column, 1, end) == (shown, under)


def test_a_place_over_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    assert caret("a: |\n  b\n", 1, 4, 2, 4) == ("a: |", "   ^")


def test_a_very_long_line_is_cut_around_the_place() -> None:
    shown, under = caret("x" * 5000 + "HERE" + "y" * 5000, 1, 5001, 1, 5005)
    assert len(shown) < 200
    assert shown[len(under) - 4 : len(under)] == "HERE"


@pytest.mark.parametrize("span", [(9, 1, 9, 2), (1, 1, 1, 2)])
def test_a_place_without_a_line_is_shown_without_one(span: tuple[int, int, int, int]) -> None:
    made = diagnostics("a\n", span)
    made.sources.clear()
    assert report.text(made).startswith("a.yaml: error[LF050] wrong\n  hint:")


def test_colour_only_when_it_is_asked_for() -> None:
    made = diagnostics("a\n", (1, 1, 1, 2))
    assert "\x1b" not in report.text(made)
    coloured = report.text(made, color=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == report.text(made)


def test_five_hundred_mistakes_are_all_shown() -> None:
    made = diagnostics("x\n" * 500, *((n, 1, n, 2) for n in range(1, 501)))
    assert report.text(made).count("error[LF050]") == 500
    assert report.text(made).endswith("500 errors\n")


def test_json_has_the_documented_shape() -> None:
    made = diagnostics("a\n", (1, 1, 1, 2))
    made.warning(
        "LF200", Span("é.yaml", 2, 1, 3, 4), "odd", "", Related(Span("b", 1, 2, 3, 4), "see")
    )
    shown = report.as_json(made)
    assert shown.isascii()
    assert shown.endswith("}\n")
    assert json.loads(shown) == {
        "version": 1,
        "errors": 1,
        "warnings": 1,
        "diagnostics": [
            {
                "code": "LF050",
                "severity": "error",
                "message": "wrong",
                "hint": "Mend it.",
                "place": {"path": "a.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2},
                "related": [],
            },
            {
                "code": "LF200",
                "severity": "warning",
                "message": "odd",
                "hint": "",
                "place": {"path": "é.yaml", "line": 2, "column": 1, "end_line": 3, "end_column": 4},
                "related": [
                    {
                        "place": {
                            "path": "b",
                            "line": 1,
                            "column": 2,
                            "end_line": 3,
                            "end_column": 4,
                        },
                        "message": "see",
                    }
                ],
            },
        ],
    }


def test_a_github_annotation_is_one_escaped_command() -> None:
    made = Diagnostics()
    made.error("LF050", Span("a,b:c.yaml", 2, 3, 2, 5), "50% of\nthis\r::error::x", "So: do, that.")
    assert report.github(made) == (
        "::error file=a%2Cb%3Ac.yaml,line=2,endLine=2,title=LF050,col=3,endColumn=5::"
        "50%25 of\\nthis\\r::error::x So: do, that.\n"
    )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(), st.text(), st.text(max_size=20), st.text(), st.integers(1, 9), st.integers(1, 30))
def test_nothing_said_or_quoted_commands_a_terminal_or_a_workflow(
    source: str, message: str, path: str, hint: str, line: int, column: int
) -> None:
    made = Diagnostics(sources={path: source})
    span = Span(path, line, column, line, column + 3)
    made.error("LF001", span, message, hint, Related(span, message))
    for shown in (report.text(made), report.github(made)):
        assert not COMMANDS.search(shown)
        shown.encode()
    assert report.github(made).count("\n") == 1
    assert report.github(made).startswith("::error file=")
    assert json.loads(report.as_json(made))["diagnostics"][0]["message"] == message


@given(st.text())
def test_a_text_made_harmless_is_one_line_and_stays_as_it_is(text: str) -> None:
    once = one_line(text)
    assert len(once.splitlines()) <= 1
    assert one_line(once) == once


def test_the_nearest_word_is_named_and_no_other() -> None:
    assert did_you_mean("entites", ["events", "entities"]) == 'Did you mean "entities"?'
    assert did_you_mean("xyzzy", ["events", "entities"]) == ""
    assert nearest("state-477", [f"state-{n}" for n in range(5000)]) is not None


def test_the_same_is_said_once() -> None:
    assert len(diagnostics("a\n", (1, 1, 1, 2), (1, 1, 1, 2))) == 1


@pytest.mark.parametrize(
    ("settled", "place", "said"),
    [
        ([(1, 1, 1, 5)], (1, 3), False),
        ([(1, 1, 1, 5)], (1, 5), False),
        ([(1, 1, 1, 5)], (1, 6), True),
        ([(2, 1, 4, 2)], (3, 9), False),
        ([(2, 1, 4, 2)], (1, 9), True),
        ([(2, 3, 2, 4), (2, 1, 4, 2)], (3, 1), False),
        ([(2, 1, 4, 2), (2, 3, 2, 4)], (3, 1), False),
        ([(1, 1, 1, 2), (3, 1, 3, 2)], (2, 1), True),
        ([(3, 1, 3, 2), (1, 1, 1, 2)], (3, 1), False),
    ],
)
def test_nothing_is_said_in_a_settled_place(
    settled: list[tuple[int, int, int, int]], place: tuple[int, int], said: bool
) -> None:
    made = Diagnostics()
    for span in settled:
        made.settle(Span("a.yaml", *span))
    made.error("LF050", Span("a.yaml", *place, *place), "wrong")
    made.error("LF050", Span("b.yaml", *place, *place), "elsewhere")
    assert len(made) == 1 + said
