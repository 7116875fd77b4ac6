"""The history: bounded, indexable, and JSON that gives no payload away."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.runtime import Event, Heap, History, HostFailure, Instruction, OrderedSet, Step
from lawful.runtime.history import kebab, mentions, redacted, redactor

from .shop import Bake, Baked, Ordered, Shop


@dataclass(slots=True)
class Result(Event):
    key: str
    value: Any
    notes: Any = None
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Keep(Instruction):
    key: str
    value: Any
    stimulus_id: str = field(default="", kw_only=True)


class Secret:
    def __repr__(self) -> str:
        raise AssertionError("nobody may look at a payload")


@dataclass(frozen=True, slots=True)
class Frozen(Event):
    key: str
    value: Any
    stimulus_id: str = field(default="", kw_only=True)


@pytest.mark.parametrize("kind", [Result, Frozen])
@given(key=st.text(), value=st.lists(st.integers()))
def test_a_redactor_copies_as_redacted_does(kind: Any, key: str, value: list[int]) -> None:
    event = kind(key, value, stimulus_id="s")
    instead: dict[str, Any] = {"value": len, "key": "…"}
    shown = redactor(kind, instead)(event)
    assert shown == redacted(event, instead) == kind("…", len(value), stimulus_id="s")
    assert event == kind(key, value, stimulus_id="s")


def lines(*steps: Step) -> list[Any]:
    history = History(spec="x.yaml", spec_hash="abc", opaque={Result: frozenset({"value"})})
    history._raw.extend(steps)
    return [json.loads(line) for line in history.to_json()]


def test_steps_can_be_walked_indexed_and_taken_from_the_end() -> None:
    shop = Shop(clock=lambda: 1.0)
    for event in (Ordered(1), Baked(1), Ordered(2)):
        shop.handle(event)
    history = shop.history
    assert len(history) == 3
    assert history[0] == Step(
        Ordered(1, card="…", stimulus_id="ordered-1"), (Bake(1, stimulus_id="ordered-1"),), 1.0
    )
    assert list(history)[-1] == history[-1] == next(reversed(history)) == history.last(1)[0]
    assert history.last(2) == list(history)[1:]
    assert history.last(99) == list(history)
    assert [type(i).__name__ for i in history.instructions()] == ["Bake", "Pack", "Bake"]


def test_json_has_a_version_the_spec_and_its_hash() -> None:
    shop = Shop(clock=lambda: 1.5)
    shop.handle(Ordered(1, card="4111"))
    head, step = (json.loads(line) for line in shop.history.to_json())
    assert head == {"lawful-history": 1, "spec": "shop.yaml", "hash": "0123abcd"}
    assert step == {
        "event": {"type": "Ordered", "number": 1, "card": "…", "stimulus_id": "ordered-1"},
        "instructions": [{"type": "Bake", "number": 1, "stimulus_id": "ordered-1"}],
        "now": 1.5,
    }


def test_opaque_values_are_tokens_and_never_looked_at() -> None:
    secret = Secret()
    _, first, second = lines(
        Step(Result("a", secret), (Keep("a", secret),), 0.0),
        Step(
            Result("b", "raw text", notes=Secret()), (), 0.0, (("keep", HostFailure("x")),), "E: x"
        ),
    )
    assert first["event"]["value"] == {"token": "Secret#1"}
    assert first["instructions"][0]["value"] == {"token": "Secret#1"}, "the same object"
    assert second["event"]["value"] == {"token": "str#1"}, "the spec calls the field opaque"
    assert second["event"]["notes"] == {"token": "Secret#2"}
    assert second["host"] == [["keep", {"token": "HostFailure#1"}]]
    assert second["error"] == "E: x"


def test_collections_and_odd_floats_have_a_json_form() -> None:
    value = [
        (1, 2),
        OrderedSet([3]),
        Heap([5, 4], key=int),
        {1: {"a": None}},
        float("inf"),
        float("nan"),
        b"raw",
    ]
    _, step = lines(Step(Result("a", None, notes=value), (), 0.0))
    assert step["event"]["notes"] == [
        [1, 2],
        [3],
        [4, 5],
        {"map": [[1, {"map": [["a", None]]}]]},
        {"float": "inf"},
        {"float": "nan"},
        {"token": "bytes#1"},
    ]
    assert step["event"]["value"] is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_whatever_an_event_carries_its_step_is_one_line_of_valid_json(value: Any) -> None:
    history = History()
    history._raw.append((Result("a", value, notes=[value]), (), 0.0))
    for line in history.to_json():
        assert "\n" not in line
        json.loads(line, parse_constant=lambda name: 1 / 0)


def test_json_can_be_written_to_a_file_as_it_comes(tmp_path: Path) -> None:
    shop = Shop(ovens=0)
    for number in range(100):
        shop.handle(Ordered(number))
    path = tmp_path / "history.jsonl"
    path.write_text("\n".join(shop.history.to_json()) + "\n", encoding="utf-8")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 101


def test_names_of_stimulus_ids() -> None:
    for name, want in {
        "Add": "add",
        "FetchFailed": "fetch-failed",
        "HTTPDone": "http-done",
        "A2B": "a2-b",
        "X": "x",
    }.items():
        assert kebab(name) == want


def test_a_record_mentions_what_it_holds_at_the_top_or_one_level_down() -> None:
    record: tuple[Any, ...] = ("a", 1, {"b": "released"}, ["c"], [["deep"]], {"un": []}, "stim-1")
    for key in ("a", 1, "b", "c", "stim-1", "un"):
        assert mentions(record, {key})
    for key in ("released", "deep", 2):
        assert not mentions(record, {key})
