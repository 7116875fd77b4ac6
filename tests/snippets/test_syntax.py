"""The text of a snippet: what is read, what is refused, and that nothing of it ever runs."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.snippets.syntax import parse_arguments

from ..fuzz.watch import watched
from .tasks import block, codes, expression, text

READ = [
    "total = 1",
    "total = 1_000",
    "ratio = .5e-3 + 1. + 1e10",
    "total = -1\ntotal = - - 1",
    "# only a comment\npass",
    "if running:\n    total = 1\nelif total > 1:\n    total = 2\nelse:\n    total = 3",
    "if running: total = 1",
    "total = (1 +\n         2)",
    "log('äöü', \"it's\", 'a\\n\\t\\\\\\'\\x41\\u00e9\\U0001f600')",
    "log({'a': 1}, {1, 2}, [1], (1,), ())",
    "log(1 < total <= 3)",
    "log(total if running else 2)",
    "for n in range(3):\n    if n == 1:\n        continue\n    total += n",
    "log([n * 2 for n in range(3) if n > 1])",
    "log(any(n > 1 for n in range(3)))",
    "log(not running, running and not running or running)",
    "assert total > 0",
]
REFUSED = [
    ("LF300", "total ="),
    ("LF300", "total = 1)"),
    ("LF300", "total = (1]"),
    ("LF300", "class = 1"),
    ("LF301", "total = " + "(" * 31 + "1" + ")" * 31),
    ("LF301", "total = " + "1 + " * 500 + "1"),
    ("LF301", "total = " + "1 + " * 100 + "1"),
    ("LF301", "log(" + "not " * 20 + "running)"),
    ("LF301", "pass\n" * 5_000),
    ("LF301", "\n".join(" " * i + "if running:" for i in range(21)) + "\n" + " " * 21 + "pass"),
    ("LF302", "total =\t1"),
    ("LF302", "total = 1\x00"),
    ("LF302", "total = 1\r\ntotal = 2"),
    ("LF302", "log('\x1b[2J')"),
    ("LF302", "total = 1  # \u202e"),
    ("LF303", "t\u043etal = 1"),
    ("LF303", "\uff54otal = 1"),
    ("LF303", "total = \uff11"),
    ("LF303", "log(\u201ca\u201d)"),
    ("LF304", "_a = 1"),
    ("LF304", "task.__class__"),
    ("LF304", "Total = 1"),
    ("LF305", "total = 0x1"),
    ("LF305", "total = 01"),
    ("LF305", "total = 9223372036854775808"),
    ("LF305", "ratio = 1e999"),
    ("LF305", "ratio = 1j"),
    ("LF305", "total = 1if running else 2"),
    ("LF306", "log(f'{task}')"),
    ("LF306", "log(b'a')"),
    ("LF306", "log('''a''')"),
    ("LF306", "log('a' 'b')"),
    ("LF306", "log('\\x1b[2J')"),
    ("LF306", "log('\\ud800')"),
    ("LF306", "log('\\N{DASH}')"),
    ("LF306", "log('\\d')"),
    ("LF306", "log('" + "a" * 10_000 + "')"),
    ("LF307", "import os"),
    ("LF307", "def f():\n    pass"),
    ("LF307", "class A:\n    pass"),
    ("LF307", "with task:\n    pass"),
    ("LF307", "try:\n    pass\nfinally:\n    pass"),
    ("LF307", "raise task"),
    ("LF307", "global total"),
    ("LF307", "n: int = 1"),
    ("LF307", "match total:\n    case 1:\n        pass"),
    ("LF307", "type A = int"),
    ("LF307", "a = b = 1"),
    ("LF307", "del task"),
    ("LF307", "for n in range(2):\n    pass\nelse:\n    pass"),
    ("LF307", "assert running, 'no'"),
    ("LF308", "total = (lambda: 1)()"),
    ("LF308", "total = (n := 1)"),
    ("LF308", "log(sizes[1:2])"),
    ("LF308", "log(...)"),
    ("LF308", "n = (m for m in range(2))"),
    ("LF308", "await task"),
    ("LF308", "yield 1"),
    ("LF309", "total = 2 ** 3"),
    ("LF309", "total **= 3"),
    ("LF309", "total = 1 << 2"),
    ("LF309", "total = ~1"),
    ("LF309", "total = +1"),
    ("LF310", "log([*range(2)])"),
    ("LF310", "emit(Execute(**sizes))"),
    ("LF311", "  \n "),
    ("LF312", "total = 1; total = 2"),
    ("LF312", "total = 1 + \\\n    2"),
]


@pytest.mark.parametrize("content", READ)
def test_the_language_is_read(content: str) -> None:
    _, found = block(content)
    assert codes(found) == []


@pytest.mark.parametrize(("code", "content"), REFUSED, ids=[f"{c}-{t[:24]!r}" for c, t in REFUSED])
def test_what_is_outside_the_language_is_refused_with_its_code(code: str, content: str) -> None:
    checked, found = block(content)
    assert set(codes(found)) == {code}
    assert not checked.ok


def test_a_mistake_points_at_the_characters_it_is_made_of() -> None:
    _, found = block("log('äöü')\nif running:\n    total = 'é' + tootal\n")
    (only,) = found
    assert (only.span.line, only.span.column, only.span.end_column) == (3, 19, 25)


def test_an_expression_may_span_lines_and_mistakes_in_it_keep_their_places() -> None:
    _, found = expression("total > 1\nand\n  tootal > 2")
    (only,) = found
    assert (only.span.line, only.span.column) == (3, 3)
    _, found = expression("tootal")
    assert (found[0].span.line, found[0].span.column, found[0].span.end_column) == (1, 1, 7)


@pytest.mark.parametrize(
    "content",
    ["True) or (True", "total = 1", "True\nimport os", "1 if", "return True", ")(", "a b"],
)
def test_an_expression_cannot_become_anything_else(content: str) -> None:
    checked, found = expression(content)
    assert found
    assert not checked.ok


@pytest.mark.parametrize("content", ["1) or f(2", "1)\nf(2", "x for x in y)(", "def f(): pass"])
def test_arguments_cannot_become_anything_else(content: str) -> None:
    found = Diagnostics()
    assert parse_arguments(text(content), found) is None
    assert found.has_errors


PIECES = st.sampled_from(
    "total task event x 1 2.5 'a' \"b\" ( ) [ ] { } , : . + - * / // % ** << == != < <= = += "
    "and or not in is if else elif for while break continue return pass assert del lambda import "
    "recommend emit log create reset len range True False None \n \n\x20\x20\x20\x20 # ; \\ @ := -> f' ' "
    "__class__ class .state .key .who_has .nbytes async await \x00 \t é \u0430 \u202e".split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=60).map("".join),
)


@given(TEXTS)
@example("\ud800")
@example("'" * 50)
@example("(" * 10_000)
@example("-" * 19_999)
@example("a." * 9_000 + "a")
@example("f()" * 4_000)
@example("if a:" * 3_000)
@example("0_" * 100)
@example("{" * 20 + "}" * 20)
def test_no_text_crashes_the_checker_or_warns(content: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        block(content)
        expression(content)
        parse_arguments(text(content), Diagnostics())


@given(TEXTS)
def test_no_text_runs_imports_or_opens_anything(content: str) -> None:
    block("pass")  # all is loaded
    with watched():
        block(content)
        expression(content)
