"""What is remembered is what running again would say."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen.explorer.memo import Node
from lawful.codegen.explorer.slots import Kind, Layout, Slot, State

# A question as a tree: the slot that is read, and what is asked next for each value; or the answer.
Question = Any


def questions(slots: int) -> st.SearchStrategy[Question]:
    answers = st.integers(100, 200)
    return st.recursive(
        answers,
        lambda inner: st.tuples(st.integers(0, slots - 1), st.lists(inner, min_size=4, max_size=4)),
        max_leaves=25,
    )


def run(question: Question, state: State, slots: list[Slot]) -> tuple[int, list[Slot]]:
    """The answer, and the slots that were read for it."""
    read: list[Slot] = []
    while isinstance(question, tuple):
        at, answers = question
        if slots[at] not in read:
            read.append(slots[at])
        question = answers[slots[at].value(state)]
    return question, read


@settings(max_examples=200)
@given(questions(4), st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), max_size=40))
def test_an_answer_is_right_in_every_state_for_which_there_is_one(
    question: Question, states: list[list[int]]
) -> None:
    layout = Layout()
    kind = layout.kind(Kind("", "value", 0, bits=1))  # grows while it is in use
    slots = [layout.slot(kind, n) for n in range(4)]
    root, ran = Node(()), 0
    for values in states:
        state = sum(slot.code(value) for slot, value in zip(slots, values, strict=True))
        expected, read = run(question, state, slots)
        found = root.answer(state)
        if found is None:
            ran += 1
            root.learn(state, read, expected)
            found = root.answer(state)
        assert found == expected
    assert ran <= leaves(question)


def leaves(question: Question) -> int:
    """In how many ways it can go: each has to be run once and no more."""
    return sum(map(leaves, question[1])) if isinstance(question, tuple) else 1


def test_what_was_not_read_does_not_matter() -> None:
    layout = Layout()
    kind = layout.kind(Kind("", "value", 0))
    read, other = layout.slot(kind, "read"), layout.slot(kind, "other")
    root = Node(())
    root.learn(read.code(1), [read], "seen")
    assert root.answer(read.code(1) + other.code(1)) == "seen"
    assert root.answer(other.code(1)) is None
