"""Snippets where they stand in a spec: keys with one call, sources of subjects, and snippets that
run one after the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.snippets.check import (
    check_arguments,
    check_attempt,
    check_block,
    check_emit,
    check_expression,
    check_recommend,
    check_source,
    warn_unused,
)
from lawful.codegen.snippets.environment import (
    Checked,
    LocalTypes,
    settled,
)
from lawful.codegen.snippets.ir import (
    Assign,
    Block,
    Effects,
    Emit,
    Expr,
    Index,
    Local,
    Method,
    Recommend,
)
from lawful.codegen.types import BOOL, FLOAT, INT, IterType, ListType, SetType, TupleType, Type

from .tasks import GUARD, HANDLER, KEY, TASK, TRANSITION, codes, declarations, text

DECLARED = declarations()
FAILED = replace(TRANSITION, locals={**TRANSITION.locals, "failure": TupleType((KEY, INT))})
SUBJECT = replace(HANDLER, place="the subject", pure=True)


def _found(diagnostics: Diagnostics) -> list[str]:
    return codes(list(diagnostics))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Execute(key=task.key)", []),
        ("Gather(worker='a',\n  keys={'b'})", []),
        ("Execute", ["LF313"]),
        ("'Execute'", ["LF313"]),
        ("emit(Execute(key=task.key))", ["LF313"]),
        ("Execute(key=task.key), Execute(key=task.key)", ["LF313"]),
        ("Nothing(key=task.key)", ["LF383"]),
        ("Execute()", ["LF384"]),
        ("", ["LF311"]),
    ],
)
def test_the_emit_key_takes_one_instruction(content: str, expected: list[str]) -> None:
    diagnostics = Diagnostics()
    checked = check_emit(text(content), TRANSITION, DECLARED, diagnostics)
    assert _found(diagnostics) == expected
    if not expected:
        assert [type(s) for s in checked.value] == [Emit]


@pytest.mark.parametrize(
    ("request_", "arguments", "expected"),
    [
        ("ready", None, []),
        ("memory", "value, run_id", []),
        ("memory", "value,\nrun_id=1", []),
        ("error", "*failure", []),
        ("error", "*failure, 3", ["LF381"]),
        ("redy", None, ["LF380"]),
        ("memory", None, ["LF381"]),
        ("ready", "1", ["LF381"]),
        ("memory", "value, 'a'", ["LF370"]),
        ("memory", "value, rnu_id=1", ["LF381", "LF381"]),
        ("memory", "1) or f(2", ["LF300"]),
    ],
)
def test_the_recommend_key_takes_a_request_and_its_arguments(
    request_: str, arguments: str | None, expected: list[str]
) -> None:
    given = None if arguments is None else text(arguments)
    diagnostics = Diagnostics()
    checked = check_recommend(text(request_), given, "task", FAILED, DECLARED, diagnostics)
    assert _found(diagnostics) == expected
    if not expected:
        (only,) = checked.value
        assert isinstance(only, Recommend)
        assert isinstance(only.entity, Local)
        assert checked.effects.requests == {("Task", request_)}
    redirected = Diagnostics()
    check_arguments(given, "Task", text(request_), FAILED, DECLARED, redirected)
    assert _found(redirected) == expected


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        ("took = keep(task, value)", "took", []),
        ("keep(task, value=value)", None, []),
        ("took = sizeof(value)", None, ["LF364"]),
        ("took = kepe(task, value)", None, ["LF364"]),
        ("took = 1", None, ["LF313"]),
        ("keep", None, ["LF313"]),
        ("a, b = keep(task, value)", None, ["LF313"]),
        ("took = keep(task, value)\nlog(took)", None, ["LF313"]),
        ("total = keep(task, value)", None, ["LF352"]),
        ("took = keep(task)", "took", ["LF376"]),
    ],
)
def test_an_attempt_is_one_call_that_can_fail(
    content: str, name: str | None, expected: list[str]
) -> None:
    diagnostics = Diagnostics()
    checked = check_attempt(text(content), TRANSITION, DECLARED, diagnostics)
    assert _found(diagnostics) == expected
    assert checked.value.name == name
    if name is not None:
        assert checked.locals[name] == checked.value.result == FLOAT
        assert checked.effects.hosts == {"keep"}


@pytest.mark.parametrize(
    ("mode", "content", "type_"),
    [
        ("keys", "event.sizes", None),
        ("keys", "in_flight.pop('a')", SetType(KEY)),
        ("keys", "in_flight.pop('a', ())", IterType(KEY)),
        ("keys", "in_flight.get('a', ())", IterType(KEY)),
        ("keys", "[event.key]", ListType(KEY)),
        ("keys", "()", TupleType()),
        ("items", "event.sizes", None),
        ("of", "waiting", SetType(TASK)),
        ("of", "list(tasks.values())", ListType(TASK)),
        ("of", "[t for t in waiting if t.done]", ListType(TASK)),
    ],
)
def test_subjects_come_from_a_collection(mode: str, content: str, type_: Type | None) -> None:
    diagnostics = Diagnostics()
    checked = check_source(text(content), mode, "Task", SUBJECT, DECLARED, diagnostics)  # type: ignore[arg-type]
    assert _found(diagnostics) == []
    source = checked.value
    assert type_ is None or source.read.type == type_
    assert source.item == (TASK if mode == "of" else KEY)
    assert source.value == (INT if mode == "items" else None)


@pytest.mark.parametrize(
    ("mode", "content", "expected"),
    [
        ("keys", "waiting", ["LF370"]),
        ("keys", "event.key", ["LF370"]),
        ("keys", "in_flight.get('a')", ["LF371", "LF371"]),
        ("keys", "in_flight.pop('a', ['b'])", ["LF313"]),
        ("keys", "in_flight.pop('a').copy()", ["LF360"]),
        ("keys", "event.sizes.pop('a')", ["LF358", "LF370"]),
        ("keys", "tasks.pop('a')", ["LF358", "LF370"]),
        ("items", "waiting", ["LF370", "LF378"]),
        ("of", "busy_peers", ["LF370"]),
        ("of", "ready.pop()", ["LF360", "LF370"]),
    ],
)
def test_subjects_come_from_nothing_else(mode: str, content: str, expected: list[str]) -> None:
    diagnostics = Diagnostics()
    check_source(text(content), mode, "Task", SUBJECT, DECLARED, diagnostics)  # type: ignore[arg-type]
    assert sorted(_found(diagnostics)) == expected


def test_a_source_that_consumes_is_looked_at_before_it_is_taken() -> None:
    for content, kind in (("in_flight.pop('a')", Index), ("in_flight.pop('a', ())", Method)):
        checked = check_source(text(content), "keys", "Task", SUBJECT, DECLARED, Diagnostics())
        assert checked.value.consumes is not None
        assert isinstance(checked.value.read, kind)
        assert ("", "in_flight") in checked.effects.writes


# ------------------------------------------------------------------------------------------- sequences


def test_locals_live_from_snippet_to_snippet_and_have_one_type_in_all() -> None:
    diagnostics = Diagnostics()

    def build(types: LocalTypes, found: Diagnostics) -> list[Checked[Block]]:
        around = replace(HANDLER, types=types)
        before = check_block(text("refresh = []\nn = 0"), around, DECLARED, found)
        around = around.after(before)
        cell = check_block(text("refresh.append(task.key)\nn += 1"), around, DECLARED, found)
        last = check_block(text("emit(Refresh(keys=refresh))\nlog(n)"), around, DECLARED, found)
        return [before, cell, last]

    before, cell, last = settled(build, diagnostics)
    assert list(diagnostics) == []
    first = before.value[0]
    assert isinstance(first, Assign)
    assert first.declares
    assert first.targets[0].type == first.value.type == ListType(KEY)
    again = cell.value[1]
    assert isinstance(again, Assign)
    assert not again.declares
    assert last.ok
    warn_unused([before.assigned, cell.assigned], before.read | cell.read | last.read, diagnostics)
    assert list(diagnostics) == []


def test_two_snippets_cannot_give_a_local_two_types() -> None:
    def build(types: LocalTypes, found: Diagnostics) -> None:
        around = replace(HANDLER, types=types)
        one = check_block(text("n = 1"), around, DECLARED, found)
        check_block(text("n = 'a'\nlog(n)"), around.after(one), DECLARED, found)

    diagnostics = Diagnostics()
    settled(build, diagnostics)
    assert _found(diagnostics) == ["LF388"]


def test_a_local_of_an_earlier_snippet_that_may_be_unset_may_not_be_read() -> None:
    diagnostics = Diagnostics()
    one = check_block(text("if running:\n    n = 1"), HANDLER, DECLARED, diagnostics)
    check_block(text("log(n)"), HANDLER.after(one), DECLARED, diagnostics)
    assert _found(diagnostics) == ["LF351"]


def _guard(content: str) -> Checked[Expr]:
    return check_expression(text(content), GUARD, DECLARED, Diagnostics(), BOOL)


def _body(
    around_guard: Checked[Expr], content: str, *, unless: bool = False, directly: bool = True
) -> list[str]:
    around = (
        TRANSITION.unless(around_guard)
        if unless
        else TRANSITION.after(around_guard, directly=directly)
    )
    diagnostics = Diagnostics()
    check_block(text(content), around, DECLARED, diagnostics)
    return _found(diagnostics)


def test_what_a_guard_tells_of_none_holds_in_its_case_and_the_contrary_in_the_next() -> None:
    use = "busy_peers.add(task.coming_from)"
    assert _body(_guard("task.coming_from is not None"), use) == []
    assert _body(_guard("task.coming_from is not None"), use, unless=True) == ["LF371"]
    assert _body(_guard("task.coming_from is None"), use, unless=True) == []
    assert _body(_guard("task.coming_from is None"), use) == ["LF371"]
    assert _body(_guard("task.coming_from is not None"), use, directly=False) == ["LF371"]


def test_a_collection_that_an_earlier_snippet_aliases_keeps_its_owner() -> None:
    diagnostics = Diagnostics()
    one = check_block(text("x = waiting"), HANDLER, DECLARED, diagnostics)
    check_block(text("x.clear()"), HANDLER.after(one, directly=False), DECLARED, diagnostics)
    assert _found(diagnostics) == ["LF358"]


def test_the_recommend_key_counts_with_what_the_do_key_asked_for() -> None:
    diagnostics = Diagnostics()
    one = check_block(text("recommend(task, 'ready')"), TRANSITION, DECLARED, diagnostics)
    check_recommend(text("fetch"), None, "task", TRANSITION.after(one), DECLARED, diagnostics)
    assert _found(diagnostics) == ["LF382"]


# --------------------------------------------------------------------------------------------- effects


@pytest.mark.parametrize(
    ("content", "effects"),
    [
        ("total += 1", Effects(frozenset({("", "total")}), frozenset({("", "total")}))),
        ("total = 1", Effects(writes=frozenset({("", "total")}))),
        ("task.done = True", Effects(writes=frozenset({("Task", "done")}))),
        ("task.who_has.add('a')", Effects(writes=frozenset({("Task", "who_has")}))),
        (
            "x = task.who_has\nx.add('a')",
            Effects(frozenset({("Task", "who_has")}), frozenset({("Task", "who_has")})),
        ),
        (
            "task.dependencies.add(task)",
            Effects(writes=frozenset({("Task", "dependencies"), ("Task", "dependents")})),
        ),
        (
            "task.owner = None",
            Effects(writes=frozenset({("Task", "owner"), ("Task", "owned")})),
        ),
        ("reset(task, 'purge')", Effects(writes=frozenset({("Task", "done"), ("Task", "run_id")}))),
        ("recommend(task, 'ready')", Effects(requests=frozenset({("Task", "ready")}))),
        (
            "emit(Execute(key=task.key))",
            Effects(reads=frozenset({("Task", "key")}), emits=frozenset({"Execute"})),
        ),
        ("log(1)", Effects(logs=True)),
        ("create(Task, 'a')", Effects(creates=frozenset({"Task"}))),
        ("note('a')", Effects(hosts=frozenset({"note"}))),
        (
            "enqueue(task)",
            Effects(
                writes=frozenset({("", "data_needed"), ("Task", "done")}),
                calls=frozenset({"enqueue"}),
            ),
        ),
        (
            "data_needed['a'].add(task)",
            Effects(frozenset({("", "data_needed")}), frozenset({("", "data_needed")})),
        ),
        (
            "if task.configuration == 'ready':\n    pass",
            Effects(
                reads=frozenset(
                    {("Task", "configuration"), ("Task", "state"), ("Task", "previous")}
                )
            ),
        ),
    ],
)
def test_the_effects_of_a_snippet_are_known(content: str, effects: Effects) -> None:
    diagnostics = Diagnostics()
    checked = check_block(text(content), TRANSITION, DECLARED, diagnostics)
    assert _found(diagnostics) == []
    assert checked.effects == effects
