"""Inputs for the fuzzers: pieces of the language, of YAML and of Python, whole specs, and changes to them."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from hypothesis import HealthCheck
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]

WORDS = """
lawful machine doc include types config entities registry key states initial configurations by values groups
requests deletes fields relations to many inverse kept by the generator by hand on_delete refuse clear context type
default members early maintained reset explore rank ignore instructions runs coroutine thread send outcomes during
bind message extra events family logged redact families before subject get get_or_create create each keys items of
value or_create cells new absent any others first after handlers cases when do recommend args emit impossible
transitions becomes internal redirect attempt failed assert undeclared routes via on_conflict procedures completion
mode once fixpoint invariants for holds at_quiescence environments symmetric at_most fair deviations off because
observers transition host returns pure recorded fails is opaque hashable variable
environments values ghosts channels carries steps choose among initial listed from never may_stay_open heard gives
reachable always instruction
int float str bool None True False list ordered_set map default_map tuple heap count Task.state
task event start peer who_has waiting ready executing done previous next priority tasks nthreads running
len min max abs sum sorted reversed enumerate zip range add discard remove pop peek append extend update
first pop_first pop_last setdefault startswith endswith log deviates
if elif else while break continue pass return del and or not in lambda import try with def class yield
await async global nonlocal raise except finally match case print eval exec open getattr type vars globals
""".split()

MARKS = """
( ) [ ] { } : :: , . .. ... ; = == != < <= > >= + - * ** / // % @ & | ^ ~ << >> := -> ! ? # $ ` \\ ' " ''' \"\"\"
& * !! !!python/object << --- ... | |- > >- %YAML 0 1 2 -1 1_000 0x10 9999999999999999999999 1e400 1j 010 1:30 on no
""".split()

HOSTILE = [
    "__import__('os').system('id')",
    "task.__class__.__mro__",
    "().__class__.__bases__[0].__subclasses__()",
    "f'{task.__dict__}'",
    "9**9**9",
    "'a' * 10**9",
    "(lambda: 0)()",
    "[x for x in [y for y in [1]] if (z := x)]",
    "[" * 300,
    "(" * 300,
    "-" * 300 + "1",
    "not " * 300 + "x",
    "{a: " * 100,
    "&a [*a, *a]",
    "!!python/object/apply:os.system ['id']",
    "../../../etc/passwd",
    "\x1b]0;title\x07",
    "::error file=x::boo",
    "\u202e\u200b\ufeff",
    "\u0430\u0435\u043e",
    "]]>--><script>alert(1)</script>",
    '"""',
    "{{ 7 * 7 }}{% raw %}",
    "\x00",
    "\ud7ff\ue000\U0010ffff",
    "x" * 11_000,
    "1" * 5_000,
]

SLOW_IS_FINE = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
)

TOKENS = st.sampled_from([*WORDS, *MARKS, *HOSTILE, "\n", "\n  ", "\n    ", " ", " ", " "])
SOUP = st.lists(TOKENS, max_size=40).map(" ".join)


@functools.cache
def specs() -> tuple[str, ...]:
    """Whole specs to change: the good ones of the project, and those that are wrong on purpose."""
    paths = [ROOT / "spec/tutorial.yaml", ROOT / "tests/project/completions/worker.yaml"]
    paths += [ROOT / "tests/checking/data/worlds.yaml"]
    paths += sorted((ROOT / "tests/hostile").rglob("*.yaml"))
    texts = [
        p.read_bytes().decode("utf-8", "replace")
        for p in paths
        if p.is_file() and p.stat().st_size < 20_000
    ]
    return tuple(texts)


@functools.cache
def snippets() -> tuple[str, ...]:
    """The snippets of the worker, found by their keys, and pieces of them."""
    text = (ROOT / "tests/project/completions/worker.yaml").read_text(encoding="utf-8")
    found = re.findall(r"(?:when|do|emit|before|first|after|assert): ([^|\n{}]+)$", text, re.M)
    found += [
        "\n".join(line[8:] for line in block.splitlines())
        for block in re.findall(r"\|\n((?: {8}.*\n)+)", text)
    ]
    return tuple(dict.fromkeys(found))


@st.composite
def changed(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """One of the texts after a few changes: pieces cut, doubled, moved or replaced."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(0, 4))):
        pieces = re.split(r"(\n|[\w-]+|\W)", text) if draw(st.booleans()) else text.splitlines(True)
        pieces = [p for p in pieces if p]
        if not pieces:
            break
        at = draw(st.integers(0, len(pieces) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del pieces[at]
            case 1:
                pieces.insert(at, pieces[at])
            case 2:
                pieces[at] = draw(TOKENS)
            case 3:
                other = draw(st.integers(0, len(pieces) - 1))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case _:
                pieces[at] = pieces[at] + draw(TOKENS)
        text = "".join(pieces)
    return text


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


SPECS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(as_bytes),
    SOUP.map(as_bytes),
    st.deferred(lambda: changed(specs())).map(as_bytes),
    st.deferred(lambda: changed(specs())).map(as_bytes),
)

SNIPPETS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
    SOUP,
    st.deferred(lambda: changed(snippets())),
    st.deferred(lambda: changed(snippets())),
)
