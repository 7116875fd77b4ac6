"""Recommendations, instructions, creations, resets and log records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lawful.codegen.snippets.ir import Const, Create, Do, Emit, Log, Recommend, Reset
from lawful.codegen.types import BOOL, STR, TupleType

from .tasks import HANDLER, TRANSITION, block, codes

FAILED = replace(
    TRANSITION,
    locals={**TRANSITION.locals, "failure": TupleType((STR,)), "odd": TupleType(rest=STR)},
)


@pytest.mark.parametrize(
    "content",
    [
        "recommend(task, 'ready')",
        "recommend(task, 'memory', value, run_id)",
        "recommend(task, 'memory', value, run_id=3)",
        "recommend(task, 'memory', run_id=3, value=value)",
        "recommend(task, 'flight', 'a')",
        "recommend(task, 'flight', 'a', again=True)",
        "recommend(task, 'error', *failure, -1)",
        "recommend(task, 'error', *failure, code=-1)",
        "recommend(task, 'rescheduled')",
        "recommend(task, 'forgotten')",
        "emit(Execute(key=task.key))",
        "emit(Gather(worker='a', keys={'b'}))",
        "emit(Gather(keys={'b'}, urgent=True, worker='a'))",
        "log('compute', task.key, [1])",
        "reset(task, 'purge')",
        "create(Task, 'a')",
        "other = create(Task, 'a', done=True)\nlog(other.key)",
        "get_or_create(Task, 'a')",
        "for t in waiting:\n    recommend(t, 'ready')",
    ],
)
def test_what_is_declared_may_be_asked_for(content: str) -> None:
    assert codes(block(content, FAILED)[1]) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("recommend(task, 'nothing')", "LF380"),
        ("recommend(task, 'QUEUED')", "LF380"),
        ("recommend(task, 'cancelled(flight)')", "LF380"),
        ("recommend(task, start)", "LF380"),
        ("recommend(task)", "LF381"),
        ("recommend(task, 'memory')", "LF381"),
        ("recommend(task, 'memory', value)", "LF381"),
        ("recommend(task, 'memory', value, 1, 2)", "LF381"),
        ("recommend(task, 'memory', value, value=value, run_id=1)", "LF381"),
        ("recommend(task, 'ready', 1)", "LF381"),
        ("recommend(task, 'ready', x=1)", "LF381"),
        ("recommend(task, 'memory', value, 'a')", "LF370"),
        ("recommend(task, 'error', *failure)", "LF381"),
        ("recommend(task, 'error', *odd)", "LF381"),
        ("recommend(task, 'memory', *failure, 1)", "LF381"),
        ("recommend(task, 'flight', *failure, *failure)", "LF310"),
        ("recommend('a', 'ready')", "LF370"),
        ("recommend(task.owner, 'ready')", "LF371"),
        ("emit(Nothing())", "LF383"),
        ("emit(Compute(key='a'))", "LF383"),
        ("emit(task)", "LF383"),
        ("emit()", "LF383"),
        ("emit(Execute(key=task.key), Execute(key=task.key))", "LF383"),
        ("emit(Execute())", "LF384"),
        ("emit(Execute(task.key))", "LF384"),
        ("emit(Execute(key=task.key, x=1))", "LF384"),
        ("emit(Execute(key=task.key, stimulus_id='a'))", "LF384"),
        ("emit(Execute(key=1))", "LF370"),
        ("log()", "LF376"),
        ("log(a=1)", "LF376"),
        ("reset(task, 'x')", "LF386"),
        ("reset(task)", "LF386"),
        ("reset(task, start)", "LF386"),
        ("create(Nothing, 'a')", "LF385"),
        ("create('Task', 'a')", "LF385"),
        ("create(Task)", "LF385"),
        ("create(Task, 1)", "LF370"),
        ("create(Task, 'a', state='ready')", "LF385"),
        ("create(Task, 'a', dependencies=waiting)", "LF385"),
        ("create(Task, 'a', done=1)", "LF370"),
        ("x = recommend(task, 'ready')", "LF356"),
        ("keep(task, value)", "LF364"),
        ("note()", "LF376"),
        ("note(1)", "LF370"),
        ("log(note('a'))", "LF370"),
        ("log(limit('a'))", "LF376"),
        ("log(limit('a', 1, 2))", "LF376"),
        ("log(limit('a', b=2))", "LF376"),
        ("log(limit(1, extra=2))", "LF370"),
        ("log(enqueue(task))", "LF370"),
        ("log(deviates('x'))", "LF387"),
        ("log(deviates(task.key))", "LF387"),
    ],
)
def test_what_is_not_declared_so_is_refused(content: str, code: str) -> None:
    assert code in codes(block(content, FAILED)[1])


@pytest.mark.parametrize(
    "content",
    [
        "recommend(task, 'ready')\nrecommend(task, 'fetch')",
        "recommend(task, 'memory', value, 1)\nrecommend(task, 'memory', value, 2)",
        "recommend(task, 'ready')\nif running:\n    recommend(task, 'fetch')",
        "other = task.owner\nif other is not None:\n    recommend(other, 'ready')\n    recommend(other, 'fetch')",
    ],
)
def test_two_requests_for_one_entity_from_one_case_are_refused(content: str) -> None:
    assert codes(block(content)[1]) == ["LF382"]
    assert codes(block(content, replace(TRANSITION, unique_requests=False))[1]) == []


@pytest.mark.parametrize(
    "content",
    [
        "recommend(task, 'ready')\nrecommend(task, 'ready')",
        "if running:\n    recommend(task, 'ready')\nelse:\n    recommend(task, 'fetch')",
        "for t in waiting:\n    recommend(t, 'ready')\nfor t in executing:\n    recommend(t, 'fetch')",
        "other = next_task()\nif other is not None:\n    recommend(other, 'ready')\n    other = create(Task, 'a')\n    recommend(other, 'fetch')",
    ],
)
def test_requests_that_may_be_of_different_entities_are_fine(content: str) -> None:
    assert codes(block(content)[1]) == []


def test_statements_have_their_parts_in_the_order_of_the_declaration() -> None:
    checked, found = block(
        "recommend(task, 'memory', run_id=3, value=value)\n"
        "recommend(task, 'memory', run_id=3, value=value)\n"
        "emit(Gather(urgent=True, keys={'b'}, worker='a'))\n"
        "emit(Gather(keys={'b'}, worker='a'))\n"
        "create(Task, 'a', run_id=1, done=True)\n"
        "reset(task, 'purge')\n"
        "log('a', 1)\n"
    )
    assert codes(found) == []
    recommend, _, gather, usual, create, reset, log = checked.value
    assert isinstance(recommend, Recommend)
    assert [type(a).__name__ for a in recommend.arguments] == ["Local", "Const"]
    assert isinstance(gather, Emit)
    assert [n for n, _ in gather.fields] == ["worker", "keys", "urgent"]
    assert isinstance(usual, Emit)
    assert [n for n, _ in usual.fields] == ["worker", "keys"]
    assert isinstance(create, Do)
    assert isinstance(create.value, Create)
    assert [n for n, _ in create.value.fields] == ["done", "run_id"]
    assert isinstance(reset, Reset)
    assert isinstance(log, Log)


def test_a_request_that_has_defaults_is_made_complete() -> None:
    checked, _ = block("recommend(task, 'flight', 'a')")
    (only,) = checked.value
    assert isinstance(only, Recommend)
    last = only.arguments[-1]
    assert isinstance(last, Const)
    assert (last.value, last.type) == (False, BOOL)


def test_what_a_handler_asks_for_twice_is_its_own_affair() -> None:
    assert codes(block("recommend(task, 'ready')\nrecommend(task, 'fetch')", HANDLER)[1]) == []
