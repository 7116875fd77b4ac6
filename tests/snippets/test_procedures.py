"""Procedures: what they return, what they do to what they are handed, and whom they call."""

from __future__ import annotations

import pytest

from lawful.codegen.checked import Field
from lawful.codegen.diagnostics import Diagnostic, Diagnostics
from lawful.codegen.snippets.check import (
    check_procedures,
)
from lawful.codegen.snippets.environment import (
    Checked,
    Declarations,
    Signature,
)
from lawful.codegen.snippets.ir import (
    Block,
)
from lawful.codegen.types import BOOL, INT, SetType, Type

from .tasks import KEY, SPAN, TASK, codes, declarations, text


def _procedures(
    **bodies: tuple[dict[str, Type], Type | None, str],
) -> tuple[dict[str, Checked[Block]], list[Diagnostic], Declarations]:
    declared = declarations()
    declared.effects.clear()
    declared.procedures = {
        n: Signature(n, tuple(Field(k, t, SPAN) for k, t in p.items()), r, SPAN)
        for n, (p, r, _) in bodies.items()
    }
    diagnostics = Diagnostics()
    texts = {n: text(b) for n, (_, _, b) in bodies.items()}
    return check_procedures(texts, declared, diagnostics), list(diagnostics), declared


def test_the_effects_of_a_procedure_hold_those_of_what_it_calls() -> None:
    checked, found, declared = _procedures(
        outer=({}, None, "middle()"),
        middle=({}, None, "inner(1)"),
        inner=({"n": INT}, None, "total += n\nlog(n)"),
    )
    assert codes(found) == []
    assert list(checked) == ["outer", "middle", "inner"]
    effects = declared.effects["outer"]
    assert effects.writes == {("", "total")}
    assert effects.logs
    assert effects.calls == {"middle", "inner"}


@pytest.mark.parametrize(
    "bodies",
    [
        {"a": ({}, None, "a()")},
        {"a": ({}, None, "b()"), "b": ({}, None, "a()")},
        {"a": ({}, None, "b()"), "b": ({}, None, "c()"), "c": ({}, None, "log(1)\nb()")},
        {"a": ({}, INT, "return 1 if a() > 1 else 2")},
    ],
)
def test_procedures_that_call_each_other_in_a_circle_are_refused(
    bodies: dict[str, tuple[dict[str, Type], Type | None, str]],
) -> None:
    _, found, _ = _procedures(**bodies)
    assert codes(found) == ["LF395"]


@pytest.mark.parametrize(
    ("parameters", "returns", "body", "expected"),
    [
        ({"n": INT}, INT, "return n", []),
        ({"n": INT}, INT, "if n > 1:\n    return 1\nelse:\n    return 2", []),
        ({"n": INT}, INT, "while True:\n    n2 = n\n    return n2", []),
        ({"n": INT}, INT, "if n > 1:\n    return 1", ["LF397"]),
        ({"n": INT}, INT, "return", ["LF361"]),
        ({"n": INT}, INT, "return 'a'", ["LF370"]),
        ({"n": INT}, None, "return n", ["LF361"]),
        ({"n": INT}, None, "if n > 1:\n    return\nlog(n)", []),
        ({"n": INT}, None, "n = 2", ["LF352"]),
        ({"n": INT}, INT, "return 1\nlog(n)", ["LF315"]),
        ({}, SetType(KEY), "return {t.key for t in waiting}", []),
        ({}, SetType(TASK), "return waiting", ["LF359"]),
        (
            {"t": TASK},
            BOOL,
            "for d in t.dependencies:\n    if d.done:\n        return True\nreturn False",
            [],
        ),
    ],
)
def test_a_procedure_returns_what_it_declares(
    parameters: dict[str, Type], returns: Type | None, body: str, expected: list[str]
) -> None:
    _, found, _ = _procedures(it=(parameters, returns, body))
    assert codes(found) == expected


def test_a_procedure_that_changes_its_argument_changes_what_is_handed_to_it() -> None:
    grow: tuple[dict[str, Type], Type | None, str] = ({"s": SetType(TASK)}, None, "s.clear()")
    for argument, code in (
        ("waiting", "LF358"),
        ("executing", None),
        ("ordered_set(waiting)", None),
    ):
        checked, found, declared = _procedures(outer=({}, None, f"grow({argument})"), grow=grow)
        assert codes(found) == ([code] if code else [])
        assert declared.changed_parameters["grow"] == {"s"}
        wrote = ("", "executing") in checked["outer"].effects.writes
        assert wrote == (argument == "executing")
    _, found, _ = _procedures(
        outer=({}, None, "look(waiting)"), look=({"s": SetType(TASK)}, None, "log(len(s))")
    )
    assert codes(found) == []
