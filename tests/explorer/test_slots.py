"""A state is one integer, and stays what it is when slots turn up or grow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lawful.codegen.explorer.slots import Kind, Layout


def test_what_was_never_written_is_zero() -> None:
    layout = Layout()
    slot = layout.slot(layout.kind(Kind("", "lit", False)))
    assert slot.code(False) == 0
    assert slot.value(0) is False
    assert layout.written(0) == []


def test_a_new_slot_changes_no_state() -> None:
    layout = Layout()
    kind = layout.kind(Kind("File", "attempts", 0))
    first = layout.slot(kind, "a")
    state = first.code(3)
    second = layout.slot(kind, "b")
    assert (first.value(state), second.value(state)) == (3, 0)
    assert layout.slot(kind, "a") is first


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 300)), max_size=60))
def test_a_state_keeps_its_values_while_slots_grow(writes: list[tuple[int, int]]) -> None:
    layout = Layout()
    kind = layout.kind(Kind("", "number", 0))
    state, expected, earlier = 0, dict.fromkeys(range(4), 0), []
    for at, value in writes:
        slot = layout.slot(kind, at)
        code = slot.code(value)
        state += code - (state & slot.mask)
        expected[at] = value
        earlier.append((state, dict(expected)))
    for known, values in earlier:
        assert {at: layout.slot(kind, at).value(known) for at in values} == values


@given(st.lists(st.integers(0, 1_000), unique=True, max_size=100))
def test_different_values_have_different_bits_in_their_own_mask(values: list[int]) -> None:
    layout = Layout()
    kind = layout.kind(Kind("", "number", -1))
    slot, other = layout.slot(kind, "a"), layout.slot(kind, "b")
    codes = [slot.code(value) for value in values]
    assert len(set(codes)) == len(values)
    for value in values:
        other.code(value)
    assert slot.mask & other.mask == 0
    assert all(code & ~slot.mask == 0 for code in codes)
