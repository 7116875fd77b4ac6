"""What a name means, what can be given a value, and what is suggested for a wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lawful.codegen.snippets.environment import Surroundings
from lawful.codegen.snippets.ir import (
    Assign,
    ConfigRead,
    ContextRead,
    Expr,
    Group,
    Local,
    Registry,
    Start,
)
from lawful.codegen.types import INT, EventType, MapType, StateType, TupleType, Type

from .tasks import GUARD, HANDLER, KEY, MEMBERS, TASK, TRANSITION, block, codes, expression

FAMILY = replace(HANDLER, locals={"event": EventType("Gathered")})


@pytest.mark.parametrize(
    ("content", "node", "type_"),
    [
        ("run_id", Local, INT),
        ("total", ContextRead, INT),
        ("in_memory", ContextRead, INT),
        ("slots", ConfigRead, INT),
        ("tasks", Registry, MapType(KEY, TASK)),
        ("QUEUED", Group, TupleType(rest=StateType("Task"))),
        ("start", Start, StateType("Task")),
    ],
)
def test_a_name_means_what_is_declared_under_it(
    content: str, node: type[Expr], type_: Type
) -> None:
    checked, found = expression(content)
    assert codes(found) == []
    assert isinstance(checked.value, node)
    assert checked.value.type == type_


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("log(tootal)", 'Did you mean "total"?'),
        ("log(task.sate)", 'Did you mean "state"?'),
        ("log(lenn(waiting))", 'Did you mean "len"?'),
        ("nex_task()", 'Did you mean "next_task"?'),
        ("log(true)", "Write True."),
        ("log(null)", "Write None."),
        ("if task.state == waiting:\n    pass", 'A state is written as a string: "waiting".'),
        ("log(memory)", 'A state is written as a string: "memory".'),
        ("if task.state == 'memry':\n    pass", 'Did you mean "memory"?'),
        (
            "if task.state == 'QUEUED':\n    pass",
            "`QUEUED` is a group: write it without quotes, after `in`.",
        ),
        ("recommend(task, 'redy')", 'Did you mean "ready"?'),
        ("emit(Exeute(key=task.key))", 'Did you mean "Execute"?'),
        ("emit(Execute(kee=task.key))", 'Did you mean "key"?'),
        ("create(Tusk, 'a')", 'Did you mean "Task"?'),
        ("reset(task, 'purg')", 'Did you mean "purge"?'),
        ("log(deviates('exact waiter'))", 'Did you mean "exact waiters"?'),
        ("task.who_has.append('a')", "A set has `add`."),
        ("task.who_has.clera()", 'Did you mean "clear"?'),
        ("task.enqueue()", "Procedures are called with the entity: `enqueue(task)`."),
        ("Execute(key=task.key)", "emit(Execute(…))"),
        ("other = Task('a')\nlog(other)", "create(Task, key)"),
    ],
)
def test_what_was_probably_meant_is_said(content: str, hint: str) -> None:
    _, found = block(content)
    assert hint in [d.hint for d in found]


TAKEN = [
    "total", "waiting", "slots", "next_task", "keep", "now", "tasks", "len", "create", "recommend",
    "event", "start", "self", "assert_never", "isinstance",
]  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_loop_variable_cannot_hide_anything(name: str) -> None:
    _, found = block(f"for {name} in range(3):\n    pass")
    assert codes(found) == ["LF352"]
    _, found = block(f"log([1 for {name} in range(3)])")
    assert codes(found) == ["LF352"]


@pytest.mark.parametrize("name", ["slots", "next_task", "tasks", "len", "event", "start", "self"])
def test_a_local_cannot_hide_anything(name: str) -> None:
    _, found = block(f"{name} = 3")
    assert codes(found) == ["LF352"]


def test_what_comes_from_outside_keeps_its_value() -> None:
    for content in ("task = 1", "run_id += 1", "for task in waiting:\n    pass"):
        assert codes(block(content)[1]) == ["LF352"]


def test_a_comprehension_has_names_of_its_own() -> None:
    assert codes(block("n = 1\nlog(n, [n for n in range(2)])")[1]) == ["LF352"]
    assert codes(block("log([m for n in range(2) for m in range(n)])")[1]) == []
    assert codes(block("log([n for n in range(2)], [n for n in range(3)])")[1]) == []
    assert codes(block("log([n for n in range(2)])\nlog(n)")[1]) == ["LF350"]


@pytest.mark.parametrize(
    "content",
    [
        "task.state = 'ready'",
        "task.key = 'a'",
        "task.configuration = 'a'",
        "waiting = ordered_set()",
        "in_memory = 3",
        "in_memory += 3",
        "task.dependencies = ordered_set()",
        "(1, 2)[0] = 3",
        "ready = waiting",
    ],
)
def test_what_follows_from_rules_cannot_be_assigned(content: str) -> None:
    assert codes(block(content)[1]) == ["LF357"]


def test_an_event_is_read_and_never_written() -> None:
    assert codes(block("total = len(event.sizes)", HANDLER)[1]) == []
    assert codes(block("log(event.stimulus_id)", HANDLER)[1]) == []
    assert codes(block("event.key = 'a'", HANDLER)[1]) == ["LF357"]
    assert codes(block("event.sizes['a'] = 1", HANDLER)[1]) == ["LF358"]
    assert codes(block("event.sizes.clear()", HANDLER)[1]) == ["LF358"]
    assert codes(block("x = event.holders['a']\nx.add('b')", HANDLER)[1]) == ["LF358"]
    looped = "for key, peers in event.holders.items():\n    peers.discard(key)"
    assert codes(block(looped, HANDLER)[1]) == ["LF358"]


def test_a_family_shows_the_fields_that_all_its_events_have() -> None:
    assert codes(block("total -= event.total\nlog(event.worker)", FAMILY)[1]) == []
    assert codes(block("log(event.reason)", FAMILY)[1]) == ["LF353"]


def test_start_and_event_are_known_where_there_is_one() -> None:
    nowhere = Surroundings(place="the completion")
    assert codes(block("log(start)", nowhere)[1]) == ["LF350"]
    assert codes(block("log(event)", nowhere)[1]) == ["LF350"]
    assert codes(block("return", nowhere)[1]) == ["LF361"]


def test_a_rule_of_members_sees_its_entity_alone() -> None:
    good = "task.state in QUEUED and len(task.who_has) > 1 and task.previous is None"
    assert codes(expression(good, None, MEMBERS)[1]) == []
    for content in ("total > 1", "slots > 1", "len(tasks) > 1", "limit('a', 1) > 1", "waiting"):
        assert codes(expression(content, None, MEMBERS)[1]) == ["LF365"]


def test_a_guard_cannot_read_what_the_explorer_ignores() -> None:
    assert codes(expression("task.seen > 1.0", None, GUARD)[1]) == ["LF363"]
    assert codes(expression("last_seen > 1.0", None, GUARD)[1]) == ["LF363"]
    assert codes(block("task.seen = 1.0\nlast_seen += task.seen")[1]) == []


def test_a_field_that_is_a_configuration_is_compared_with_one() -> None:
    assert codes(expression("task.configuration == 'cancelled(flight)'")[1]) == []
    assert codes(expression("task.configuration == 'cancelled(fligth)'")[1]) == ["LF372"]


def test_a_local_is_declared_where_it_first_gets_a_value() -> None:
    checked, found = block("if running:\n    n = 1\nelse:\n    n = 2\nn = 3\nlog(n)", TRANSITION)
    assert codes(found) == []
    branch, last, _ = checked.value
    first, second = branch.then[0], branch.otherwise[0]  # type: ignore[attr-defined]
    assert [isinstance(s, Assign) and s.declares for s in (first, second, last)] == [
        True,
        False,
        False,
    ]


def test_a_local_that_nothing_reads_is_warned_of_but_not_a_loop_variable() -> None:
    alone = replace(TRANSITION, exports=False)
    _, found = block("n = 1", alone)
    assert [(d.code, d.severity) for d in found] == [("LF394", "warning")]
    assert codes(block("for n in range(3):\n    total += 1", alone)[1]) == []
    assert codes(block("a, b = 1, 2\nlog(a)", alone)[1]) == []
    assert codes(block("n = 1")[1]) == []
