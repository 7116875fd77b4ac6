"""The interpreter as a library: what it takes, what it shows, what it knows of contracts."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.interpreter import Answer, Machine, Message, Reference, answers, is_answer
from lawful.codegen.interpreter.expressions import EXPRESSIONS
from lawful.codegen.interpreter.operations import FUNCTIONS
from lawful.codegen.interpreter.statements import STATEMENTS
from lawful.codegen.snippets import ir
from lawful.codegen.snippets.tables import BUILTINS
from lawful.runtime import HostFailure, MachinePoisoned, StepBudgetExceeded, UnknownEvent
from tests.generator import building

from .cases import made


@pytest.fixture
def tutorial() -> CheckedSpec:
    return made("tutorial").spec


@pytest.mark.parametrize(("base", "table"), [(ir.Expr, EXPRESSIONS), (ir.Stmt, STATEMENTS)])
def test_every_construct_of_the_language_can_be_run(base: type, table: dict[type, Any]) -> None:
    kinds = {c for _, c in inspect.getmembers(ir, inspect.isclass) if issubclass(c, base)}
    assert set(table) == kinds - {base}


def test_every_function_of_the_language_is_there() -> None:
    assert set(FUNCTIONS) == BUILTINS - {"range", "set"}  # one is counted, the other an alias


def test_events_and_instructions_are_records_of_plain_values(tutorial: CheckedSpec) -> None:
    machine = Machine(tutorial)
    assert machine.handle(Message("Add", {"url": "a"})) == [
        ("Fetch", {"url": "a", "stimulus_id": "add-1"})
    ]
    machine.handle(Message("Fetched", {"url": "a", "size": 3, "stimulus_id": "x"}))
    assert machine.state().entities == {"File": {"a": {"state": "done", "attempts": 1}}}


def test_the_state_is_readable_and_holds_no_part_of_the_machine(tutorial: CheckedSpec) -> None:
    machine = Machine(tutorial, config={"slots": 1})
    for url in "abc":
        machine.handle(Message("Add", {"url": url}))
    before = machine.state()
    machine.handle(Message("Fetched", {"url": "a", "size": 1}))
    assert before.context == {
        "queue": [Reference("File", "b"), Reference("File", "c")],
        "active": [Reference("File", "a")],
    }
    assert before.log == (("a", "queued", "running", "running", {}, "add-1", 0.0),)
    assert len(machine.state(log_from=1).log) == 2


@pytest.mark.parametrize(
    "event",
    [Message("Add", {}), Message("Add", {"url": "a", "size": 1})],
    ids=["missing", "unknown"],
)
def test_an_event_has_the_fields_that_are_declared(tutorial: CheckedSpec, event: Message) -> None:
    machine = Machine(tutorial)
    with pytest.raises(TypeError, match="Add: unknown"):
        machine.handle(event)
    assert machine.handle(Message("Add", {"url": "a"}))  # nothing has happened


def test_an_unknown_event_is_refused(tutorial: CheckedSpec) -> None:
    machine = Machine(tutorial)
    with pytest.raises(UnknownEvent):
        machine.handle(Message("Remove", {}))
    assert (machine.event_count, machine.history) == (0, [])


def test_a_configuration_is_complete_or_refused(tutorial: CheckedSpec) -> None:
    with pytest.raises(TypeError, match="Tutorial: unknown \\['slot'\\]"):
        Machine(tutorial, config={"slot": 3})


def test_a_machine_can_begin_with_a_context_of_its_embedder() -> None:
    rules = made("rules")
    assert rules.host is not None
    machine = Machine(rules.spec, context={"held": {"x": ["name-1"]}, "total": 2})
    machine.handle(Message("Empty", {"label": "x"}))
    assert (machine.state().context["held"], machine.state().context["total"]) == ({}, 3)


def test_the_answers_to_an_instruction_follow_from_its_contract(tutorial: CheckedSpec) -> None:
    fetch = Message("Fetch", {"url": "a", "stimulus_id": "add-1"})
    assert answers(tutorial, fetch) == [
        Answer("Fetched", ends=True, echoed={"url": "a"}),
        Answer("FetchFailed", ends=True, echoed={"url": "a"}),
    ]
    assert is_answer(tutorial, fetch, Message("Fetched", {"url": "a", "size": 1}))
    assert not is_answer(tutorial, fetch, Message("Fetched", {"url": "b", "size": 1}))
    assert not is_answer(tutorial, fetch, Message("Add", {"url": "a"}))


def test_what_may_come_before_the_end_of_an_instruction_does_not_end_it() -> None:
    spec = made("downloader").spec
    fetch = Message("Fetch", {"name": "a", "run": 1, "url": "x", "stimulus_id": "s"})
    found = {answer.event: answer for answer in answers(spec, fetch)}
    assert [name for name, answer in found.items() if not answer.ends] == ["Progress"]
    assert found["Fetched"].echoed == {"name": "a", "run": 1}
    discard = Message("Discard", {"name": "a", "stimulus_id": "s"})
    assert answers(spec, discard) == []


DEVIATING = """\
deviations:
  twice: {off: true, because: it is counted twice there}
"""


@pytest.mark.parametrize("on", [False, True])
def test_a_deviation_is_on_or_off_for_the_whole_machine(tmp_path: Path, on: bool) -> None:
    text = building.machine(
        transitions="""\
  idle -> red:
    becomes: red
    do: |
      ball.count += 1
      if deviates("twice"):
          ball.count += 1
""",
        more=DEVIATING,
    )
    spec, package = building.checked(tmp_path, text), building.build(tmp_path, text)
    interpreted = Machine(spec, deviations={"twice": on})
    interpreted.handle(Message("Put", {"name": "a", "to": "red"}))
    assert interpreted.state().entities["Ball"]["a"]["count"] == 1 + on
    package.Box.DEVIATIONS = {"twice": on}
    generated = package.Box()
    generated.handle(package.Put("a", "red"))
    assert generated.balls["a"].count == 1 + on


def test_a_poisoned_machine_keeps_its_history_for_the_report(tutorial: CheckedSpec) -> None:
    machine = Machine(tutorial, step_budget=0)
    with pytest.raises(StepBudgetExceeded) as caught:
        machine.handle(Message("Add", {"url": "a"}))
    with pytest.raises(MachinePoisoned, match=r"Add.*StepBudgetExceeded"):
        machine.handle(Message("Add", {"url": "b"}))
    (step,) = machine.history
    assert step.error is caught.value
    assert step.event == ("Add", {"url": "a", "stimulus_id": "add-1"})


def test_a_host_sees_entities_by_their_fields(tmp_path: Path) -> None:
    class Host:
        def weigh(self, name: str) -> int:
            return len(name)

        def keep(self, ball: Any, weight: int) -> float:
            assert (ball.name, ball.state, ball.count, weight) == ("name-1", "idle", 0, 6)
            with pytest.raises(AttributeError, match="a Ball has no size"):
                ball.size  # noqa: B018 - it is looked for
            raise HostFailure("full", 2)

    machine = Machine(made("rules").spec, host=Host())
    machine.handle(Message("Mark", {"names": ["name-1"], "tag": "t"}))
    (told,) = machine.handle(Message("Send", {"name": "name-1", "thing": object()}))
    assert told.fields["text"] == "full"
    ball = machine.entity("Ball", "name-1")
    assert ball is not None
    assert (ball.state, ball.note, ball.count) == ("idle", "full", 2)
    assert machine.history[-1].event.fields["thing"] is None
