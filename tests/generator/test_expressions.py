"""A rendered expression means what was written, and has no parentheses that it doesn't need."""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from typing import Any, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.diagnostics import Diagnostics, Span
from lawful.codegen.generate.expressions import Expressions
from lawful.codegen.generate.plan import Plan
from lawful.codegen.generate.scope import Scope
from lawful.codegen.part import Text
from lawful.codegen.snippets.check import check_expression
from lawful.codegen.snippets.environment import Declarations, Surroundings
from lawful.codegen.types import BOOL, INT, STR, ListType, SetType
from lawful.runtime import OrderedSet

from .building import ROOT

LOCALS = {
    "a": INT,
    "b": INT,
    "p": BOOL,
    "q": BOOL,
    "s": STR,
    "xs": ListType(INT),
    "ys": SetType(INT),
}
VALUES: dict[str, Any] = {
    "a": 3,
    "b": -2,
    "p": True,
    "q": False,
    "s": "ab",
    "xs": [3, 1, 3],
    "ys": OrderedSet([1, -2]),
}
FUNCTIONS = {"ordered_set": OrderedSet}

Texts: TypeAlias = st.SearchStrategy[str]

numbers: Texts = st.deferred(
    lambda: (
        st.sampled_from(["a", "b", "0", "7", "-1", "len(xs)", "xs[0]"])
        | st.builds("({}) {} ({})".format, numbers, st.sampled_from(["+", "-", "*"]), numbers)
        | st.builds("-({})".format, numbers)
        | st.builds("({}) if ({}) else ({})".format, numbers, truths, numbers)
        | st.builds("max({}, {})".format, numbers, numbers)
        | st.builds("sum(x * ({}) for x in xs if ({}))".format, numbers, truths)
    )
)
truths: Texts = st.deferred(
    lambda: (
        st.sampled_from(["p", "q", "True", "a in ys", "a not in xs", "s is not None"])
        | st.builds("({}) {} ({})".format, truths, st.sampled_from(["and", "or"]), truths)
        | st.builds("not ({})".format, truths)
        | st.builds(
            "({}) {} ({})".format,
            numbers,
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
            numbers,
        )
        | st.builds("({}) < ({}) <= ({})".format, numbers, numbers, numbers)
        | st.builds("({}) in {}".format, numbers, collections)
        | st.builds("all(({}) for x in {})".format, truths, collections)
    )
)
collections: Texts = st.deferred(
    lambda: (
        st.sampled_from(["xs", "ys", "[a, b]", "(a,)", "{a, b}", "ordered_set(xs)"])
        | st.builds("[{} for x in {}]".format, numbers, st.sampled_from(["xs", "ys"]))
        | st.builds("(ys | ({}))".format, st.sampled_from(["ys", "{a}", "ys & {b}", "ys - {a}"]))
    )
)


@functools.cache
def plan() -> Plan:
    """Any plan will do: the expressions speak of locals only."""
    spec, _ = check(ROOT / "spec" / "tutorial.yaml")
    assert isinstance(spec, CheckedSpec)
    return Plan(spec, "spec.yaml")


SCOPE = Surroundings(place="the test", locals=LOCALS, pure=True)


def rendered(text: str) -> str | None:
    """The expression as generated code; None if the language refuses it."""
    found = Diagnostics()
    written = Text(text, Span("spec.yaml", 1, 1, 1, len(text) + 1))
    checked = check_expression(written, SCOPE, Declarations(), found)
    return Expressions(plan(), Scope()).text(checked.value) if checked.ok else None


def valued(text: str) -> Any:
    names = {**VALUES, **FUNCTIONS, "OrderedSet": OrderedSet}
    try:
        value = eval(text, names)
    except (IndexError, ValueError) as error:
        return type(error)
    return (type(value), list(value)) if isinstance(value, OrderedSet | list) else value


def parentheses(text: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.string == "(" for token in tokens)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(numbers | truths | collections)
def test_it_means_the_same_with_the_fewest_parentheses(text: str) -> None:
    found = rendered(text)
    if found is None:
        return
    wanted = text.replace("{a, b}", "ordered_set((a, b))").replace("{a}", "ordered_set((a,))")
    wanted = wanted.replace("{b}", "ordered_set((b,))")
    assert valued(found) == valued(wanted)
    assert parentheses(found) <= parentheses(ast.unparse(ast.parse(found)))


def test_what_is_written_well_is_rendered_as_it_is() -> None:
    for text in (
        "a + b * (a - b)",
        "(a + b) * 2 - -b",
        "a - (b - 1) - 1",
        "not p and (q or a in xs)",
        "a not in xs",
        "0 < a <= b < 7",
        "a if p else b if q else 7",
        "(a if p else b) + 1",
        "[x + 1 for x in xs if x > 1 and p]",
        "{x: x + 1 for x in xs if x > 1}",
        "sum(x for x in xs)",
        "s.startswith('a')".replace("'", '"'),
        "ys & (ys | ys) - ys",
    ):
        assert rendered(text) == text


def test_what_is_written_oddly_is_rendered_as_a_linter_likes_it() -> None:
    for text, wanted in (
        ("not a == b", "a != b"),
        ("not a in xs", "a not in xs"),
        ("a in ys and p", "a in ys.elements and p"),
        ("not ys", "not ys.elements"),
        ("[x for x in ys if ys]", "[x for x in ys.elements if ys.elements]"),
        ("len(ys) + len(xs)", "len(ys.elements) + len(xs)"),
        ("ys == ys", "ys.elements == ys.elements"),
        ("not a < b", "a >= b"),
        ("not (p and q)", "not (p and q)"),
        ("p == True", "p is True"),
        ("{a, b}", "OrderedSet((a, b))"),
        ("{x for x in xs}", "OrderedSet(x for x in xs)"),
    ):
        assert rendered(text) == wanted
