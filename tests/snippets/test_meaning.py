"""An accepted expression means what it means in Python, and its value is of the type that was found."""

from __future__ import annotations

import types
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from lawful.codegen.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    ListType,
    MapType,
    Optional,
    SetType,
    TupleType,
    Type,
)
from lawful.runtime import OrderedSet

from .evaluate import BUILTINS, evaluate, inhabits
from .tasks import TRANSITION, codes, expression

Texts = st.SearchStrategy[str]


def _worlds() -> st.SearchStrategy[dict[str, Any]]:
    small = st.integers(-3, 3)
    word = st.sampled_from(["a", "b", "ready", ""])
    task = st.builds(
        types.SimpleNamespace,
        nbytes=st.none() | small,
        coming_from=st.none() | word,
        done=st.booleans(),
        run_id=small,
        state=st.sampled_from(["ready", "memory"]),
        previous=st.none() | st.sampled_from(["ready", "flight"]),
        who_has=st.lists(word, max_size=3).map(OrderedSet),
        startstops=st.lists(small.map(float), max_size=3),
        key=word,
        priority=st.none() | st.lists(small, max_size=2).map(tuple),
    )
    return st.fixed_dictionaries(
        {
            "task": task,
            "run_id": small,
            "total": small,
            "ratio": small.map(lambda n: n / 2),
            "running": st.booleans(),
            "slots": small,
            "address": st.none() | word,
            "busy_peers": st.lists(word, max_size=3).map(OrderedSet),
            "sizes": st.dictionaries(word, small, max_size=3),
            "nbytes_limit": st.none() | small,
        }
    )


def _literals() -> dict[str, list[str]]:
    return {
        "int": ["0", "1", "2", "total", "run_id", "slots", "task.run_id"],
        "float": ["0.5", "2.0", "ratio"],
        "bool": ["True", "False", "running", "task.done"],
        "str": ["'a'", "'b'", "task.key", "task.state", "'ready'"],
        "maybe": [
            "task.nbytes",
            "task.coming_from",
            "address",
            "nbytes_limit",
            "task.previous",
            "None",
        ],
        "set": ["busy_peers", "task.who_has", "{'a', 'b'}", "ordered_set()"],
        "list": ["[1, 2]", "[]", "task.startstops", "sorted(busy_peers)", "list(sizes.values())"],
        "map": ["sizes", "{'a': 1}", "{}"],
        "tuple": ["(1, 'a')", "(total,)", "()", "task.priority"],
    }


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> str:
    """Expressions as text: most are well typed by chance or nearly so."""
    kind = draw(st.sampled_from(list(_literals())))
    return draw(_of(kind, depth))


@st.composite
def _of(draw: st.DrawFn, kind: str, depth: int) -> str:
    plain = _literals()[kind]
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(plain))

    def some(wanted: str) -> str:
        if draw(st.integers(0, 14)) == 0:
            wanted = draw(st.sampled_from(list(_literals())))
        return draw(_of(wanted, depth - 1))

    number = draw(st.sampled_from(["int", "float"]))
    forms = {
        "int": [
            lambda: (
                f"({some('int')} {draw(st.sampled_from(['+', '-', '*', '//', '%']))} {some('int')})"
            ),
            lambda: f"-{some('int')}",
            lambda: f"len({some(draw(st.sampled_from(['set', 'list', 'map', 'str', 'tuple'])))})",
            lambda: f"({some('maybe')} or {some('int')})",
            lambda: f"sizes.get({some('str')}, {some('int')})",
            lambda: f"sizes[{some('str')}]",
            lambda: f"min({some('int')}, {some('int')})",
            lambda: f"sum({some('list')})",
            lambda: f"sum(1 for n in {some('set')} if n == {some('str')})",
            lambda: f"abs({some('int')})",
            lambda: f"int({some('float')})",
            lambda: f"max({some('list')}, default={some('int')})",
            lambda: f"[1, 2][{some('int')}]",
            lambda: f"(1, 'a')[{draw(st.sampled_from(['0', '1', '-1', '2']))}]",
            lambda: f"({some('int')} if {some('bool')} else {some('int')})",
        ],
        "float": [
            lambda: (
                f"({some(number)} {draw(st.sampled_from(['+', '-', '*', '/', '//', '%']))} {some(number)})"
            ),
            lambda: f"({some('int')} / {some('int')})",
            lambda: f"float({some('int')})",
            lambda: f"round({some('float')}, 1)",
        ],
        "bool": [
            lambda: (
                f"({some(number)} {draw(st.sampled_from(['==', '!=', '<', '<=', '>', '>=']))} {some(number)})"
            ),
            lambda: f"({some('int')} < {some('int')} <= {some('float')})",
            lambda: f"(not {some('bool')})",
            lambda: f"({some('bool')} {draw(st.sampled_from(['and', 'or']))} {some('bool')})",
            lambda: f"({some('str')} {draw(st.sampled_from(['in', 'not in']))} {some('set')})",
            lambda: f"({some('str')} in {some('map')})",
            lambda: f"({some('maybe')} {draw(st.sampled_from(['is', 'is not']))} None)",
            lambda: f"({some('maybe')} == {some(draw(st.sampled_from(['int', 'str', 'maybe'])))})",
            lambda: f"(task.nbytes is not None and task.nbytes > {some('int')})",
            lambda: f"(task.coming_from is None or task.coming_from.startswith({some('str')}))",
            lambda: f"any(n > {some('int')} for n in {some('list')})",
            lambda: f"all(n in {some('set')} for n in {some('set')})",
            lambda: f"({some('set')} == {some('set')})",
            lambda: f"({some('tuple')} == {some('tuple')})",
            lambda: f"({some('tuple')} < {some('tuple')})",
        ],
        "str": [
            lambda: f"({some('str')} + {some('str')})",
            lambda: f"{some('str')}.{draw(st.sampled_from(['upper', 'lower']))}()",
            lambda: f"str({some(number)})",
            lambda: f"(address or {some('str')})",
        ],
        "maybe": [
            lambda: f"sizes.get({some('str')})",
            lambda: f"({some('int')} if {some('bool')} else None)",
            lambda: f"min({some('list')}, default=None)",
            lambda: f"(address and {some('str')})",
        ],
        "set": [
            lambda: f"({some('set')} {draw(st.sampled_from(['|', '&', '-']))} {some('set')})",
            lambda: f"ordered_set({some('list')})",
            lambda: "{n + 'x' for n in " + some("set") + "}",
            lambda: f"{some('set')}.copy()",
        ],
        "list": [
            lambda: f"[{some('int')}, {some('int')}]",
            lambda: f"({some('list')} + {some('list')})",
            lambda: f"sorted({some(draw(st.sampled_from(['set', 'list', 'map'])))})",
            lambda: f"[n for n in {some('list')} if {some('bool')}]",
            lambda: f"[a + b for a, b in zip({some('list')}, {some('list')})]",
            lambda: f"[i for i, n in enumerate({some('set')})]",
            lambda: f"list(range({some('int')}))",
            lambda: f"list(reversed({some('list')}))",
            lambda: f"busy_peers.first({some('int')})",
            lambda: f"[task.nbytes for n in {some('list')} if task.nbytes is not None]",
        ],
        "map": [
            lambda: "{" + f"{some('str')}: {some('int')}" + "}",
            lambda: "{n: " + some("int") + " for n in " + some("set") + "}",
            lambda: f"{some('map')}.copy()",
        ],
        "tuple": [
            lambda: f"({some('int')}, {some('str')})",
            lambda: f"({some('tuple')} + {some('tuple')})",
            lambda: f"tuple({some('list')})",
        ],
    }
    return draw(st.sampled_from(forms[kind]))()


def _python(content: str, world: dict[str, Any]) -> Any:
    """The value, or the kind of exception, that Python itself comes to."""
    names = {**BUILTINS, **world, "__builtins__": {}}
    return _outcome(lambda: eval(content, names))


def _outcome(compute: Any) -> Any:
    try:
        found = compute()
    except (ArithmeticError, LookupError, ValueError) as error:
        return type(error)
    return list(found) if not isinstance(found, type) and hasattr(found, "__next__") else found


@settings(max_examples=600)
@given(texts(), _worlds())
def test_an_accepted_expression_means_what_python_means(
    content: str, world: dict[str, Any]
) -> None:
    checked, found = expression(content)
    event("accepted" if not found else "refused")
    assume("LF" not in "".join(c for c in codes(found) if c != "LF396"))
    ours = _outcome(lambda: evaluate(checked.value, world))
    theirs = _python(content, world)
    assert ours == theirs or str(ours) == str(theirs)
    if not isinstance(ours, type):
        assert type(ours) is type(theirs) or isinstance(ours, OrderedSet)
        assert inhabits(ours, checked.value.type)


WANTED: list[tuple[Type, str]] = [
    (INT, "int"),
    (FLOAT, "float"),
    (FLOAT, "int"),
    (STR, "str"),
    (BOOL, "bool"),
    (ListType(INT), "list"),
    (ListType(FLOAT), "list"),
    (SetType(STR), "set"),
    (MapType(STR, INT), "map"),
    (TupleType((INT, STR)), "tuple"),
    (Optional(INT), "maybe"),
]


@st.composite
def wanted(draw: st.DrawFn) -> tuple[str, Type]:
    want, kind = draw(st.sampled_from(WANTED))
    return draw(_of(kind, 2)), want


@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
@given(wanted(), _worlds())
def test_what_is_wanted_is_had_and_changes_no_meaning(
    asked: tuple[str, Type], world: dict[str, Any]
) -> None:
    content, want = asked
    checked, found = expression(content, want)
    assume(not [c for c in codes(found) if c != "LF396"])
    ours = _outcome(lambda: evaluate(checked.value, world))
    theirs = _python(content, world)
    assert ours == theirs or str(ours) == str(theirs)
    if not isinstance(ours, type) and want != BOOL:
        assert inhabits(ours, want)


def test_the_property_is_not_empty() -> None:
    for content in (
        "(task.nbytes or total) + sum(n for n in [1, 2] if n > total)",
        "sorted({n + 'x' for n in busy_peers | task.who_has})",
        "sizes.get('a', 2) if address is None else len(address)",
    ):
        assert codes(expression(content, None, TRANSITION)[1]) == []
