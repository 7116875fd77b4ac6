"""A machine under random events: what must never happen is noticed."""

from __future__ import annotations

import importlib
from collections import Counter
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lawful.runtime import IllegalEvent
from lawful.runtime.testing import Life, Suite, Unexpected

from .planted import Runner

KEYS = {"Add": ("url", "File"), "Fetched": ("url", "File"), "FetchFailed": ("url", "File")}


def life(*, strict: bool = True, **methods: Any) -> Life:
    """A life of the tutorial's machine, with methods of its class replaced."""
    package = importlib.import_module("lawful.generated.tutorial")
    cls: Any = type("Tutorial", (package.Tutorial,), methods)
    named: Any = SimpleNamespace(**{**vars(package), "Tutorial": cls})
    runner = Runner("tutorial")
    c = runner.conftest
    suite = Suite.read(runner.folder, named, c.SHAPE, c.STAGES, c.SITUATIONS)
    return Life(suite, KEYS, Counter(), strict=strict)


def comes(one: Life, name: str, **fields: Any) -> None:
    one.takes(name, fields, aim=None, of=None)


def original(name: str) -> Any:
    module: ModuleType = importlib.import_module("lawful.generated.tutorial.machine")
    return getattr(module.Tutorial, name)


def test_a_life_begins_in_the_situation_that_was_seen_least() -> None:
    one = life()
    one.visits.update({"File queued": 5, "File running": 5, "File done": 5, "File failed": 0})
    one.begin(0)
    assert [file.state for file in one.watched.machine.files.values()] == ["failed"]


def test_an_event_is_about_the_entity_in_the_seldomest_configuration() -> None:
    one = life()
    comes(one, "Add", url="a")
    comes(one, "Add", url="b")
    comes(one, "Add", url="c")
    one.visits.update({"File running": 100})
    one.takes("Add", {"url": "z"}, aim=0, of=None)
    assert [str(event) for event in one.events][-1] == "Add(url='c')"


def test_an_answer_has_the_values_of_an_open_instruction_and_ends_it() -> None:
    one = life()
    comes(one, "Add", url="a")
    one.takes("Fetched", {"url": "z", "size": 3}, aim=None, of=7)
    assert str(one.events[-1]) == "Fetched(url='a', size=3)"
    assert one.open == []


def test_a_refused_event_that_changes_something_is_noticed() -> None:
    def on_fetched(self: Any, event: Any, instructions: Any) -> Any:
        self.queue, self.active = self.active, self.queue
        raise self._refuse(event, None, "absent", "whatever")

    one = life(_HANDLERS={**original("_HANDLERS"), fetched(): on_fetched})
    comes(one, "Add", url="a")
    with pytest.raises(Unexpected, match="a refused event changes nothing"):
        comes(one, "Fetched", url="a", size=1)


def test_a_machine_that_does_something_else_when_it_validates_is_noticed() -> None:
    def on_fetched(self: Any, event: Any, instructions: Any) -> Any:
        return {} if self.validate else {self.files[event.url]: "done"}

    one = life(_HANDLERS={**original("_HANDLERS"), fetched(): on_fetched})
    comes(one, "Add", url="a")
    with pytest.raises(Unexpected, match="validates does the same"):
        comes(one, "Fetched", url="a", size=1)


def test_a_failure_is_noticed_where_the_machine_takes_whatever_comes() -> None:
    def on_fetched(self: Any, event: Any, instructions: Any) -> Any:
        raise KeyError("oops")

    handlers = {**original("_HANDLERS"), fetched(): on_fetched}
    one = life(_HANDLERS=handlers)
    comes(one, "Add", url="a")
    with pytest.raises(Unexpected, match="nothing fails, but KeyError: 'oops'") as caught:
        comes(one, "Fetched", url="a", size=1)
    assert "given:    Add(url='a')\n  when:     Fetched(url='a', size=1)" in str(caught.value)
    other = life(strict=False, _HANDLERS=handlers)
    comes(other, "Add", url="a")
    comes(other, "Fetched", url="a", size=1)
    assert [str(event) for event in other.events] == ["Add(url='a')"]  # it is taken back
    comes(other, "Add", url="b")


def test_an_event_that_is_refused_leaves_no_trace() -> None:
    one = life()
    comes(one, "Fetched", url="a", size=1)
    assert one.events == []
    with pytest.raises(IllegalEvent):
        one.watched.handle(one.suite.situations["File done"].events[-1])


def fetched() -> type:
    found: type = importlib.import_module("lawful.generated.tutorial").Fetched
    return found
