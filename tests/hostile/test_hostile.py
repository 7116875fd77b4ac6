"""Every hostile or broken spec gets its coded, positioned error; none runs, none crashes.

A corpus file says in its first line what is found in it: ``# expect: LF010 7:13``, several with ``;``
between them, a place in another file as ``parts/events.yaml:7:13``, or ``# expect: fine`` for a spec that
only looks bad.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lawful.codegen import check, report
from lawful.codegen.diagnostics import Diagnostics

from ..fuzz.watch import watched

HERE = Path(__file__).resolve().parent
CORPUS = sorted(HERE.glob("*/[0-9]*.yaml"))
_EXPECT = re.compile(rb"^(?:\xef\xbb\xbf)?# expect: ([^\r\n]*)")
_PLACE = re.compile(r"(LF\d{3}) (?:(\S+):)?(\d+):(\d+)")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def expected(path: Path) -> set[tuple[str, str, int, int]]:
    """Code, file, line and column of what must be found."""
    first = _EXPECT.match(path.read_bytes())
    assert first, f"{path.name} must begin with `# expect: …`"
    words = first[1].decode().strip()
    if words == "fine":
        return set()
    found = [_PLACE.fullmatch(part.strip()) for part in words.split(";")]
    assert all(found), f"{path.name}: {words}"
    return {
        (place[1], place[2] or path.name, int(place[3]), int(place[4])) for place in found if place
    }


def found(path: Path, diagnostics: Diagnostics) -> set[tuple[str, str, int, int]]:
    """The same of what was found; a file is named from the folder of the root file."""
    return {
        (
            each.code,
            Path(each.span.path).relative_to(path.parent).as_posix(),
            each.span.line,
            each.span.column,
        )
        for each in diagnostics
    }


@pytest.fixture(scope="module", autouse=True)
def _all_is_imported() -> None:
    """The watch counts imports, so everything is loaded before."""
    check(HERE.parents[1] / "spec" / "tutorial.yaml")


@pytest.mark.parametrize("path", CORPUS, ids=[f"{p.parent.name}/{p.stem}" for p in CORPUS])
def test_a_bad_spec_is_refused_where_it_is_bad_and_does_nothing(path: Path) -> None:
    wanted = expected(path)
    with watched():
        checked, diagnostics = check(path)
    missing = wanted - found(path, diagnostics)
    assert not missing, report.text(diagnostics)
    errors = [each for each in diagnostics if each.severity == "error"]
    if wanted:
        assert errors == [] or checked is None
    else:
        assert errors == [], report.text(diagnostics)
        assert checked is not None


@pytest.mark.parametrize("path", CORPUS, ids=[f"{p.parent.name}/{p.stem}" for p in CORPUS])
def test_what_is_said_of_a_bad_spec_commands_neither_terminal_nor_workflow(path: Path) -> None:
    _, diagnostics = check(path)
    shown = report.text(diagnostics)
    assert not _CONTROL.search(shown)
    assert not any(line.startswith("::") for line in shown.splitlines())
    annotations = report.github(diagnostics)
    assert not _CONTROL.search(annotations)
    lines = annotations.splitlines()
    assert len(lines) == len(diagnostics)
    assert all(re.match(r"::(error|warning) file=[^,:]*,[^:]*::", line) for line in lines)
    as_json = report.as_json(diagnostics)
    assert as_json.isascii()
    assert len(json.loads(as_json)["diagnostics"]) == len(diagnostics)


def test_every_diagnostic_of_the_corpus_points_into_its_file() -> None:
    for path in CORPUS:
        _, diagnostics = check(path)
        for each in diagnostics:
            places = [each.span, *(related.span for related in each.related)]
            for span in places:
                lines = re.split(r"\r\n|\r|\n", diagnostics.sources[span.path])
                assert 1 <= span.line <= len(lines), (path.name, each)
                assert 1 <= span.column <= len(lines[span.line - 1]) + 1, (path.name, each)
                assert (span.line, span.column) <= (span.end_line, span.end_column)
