"""What counts of a state: exactly, by rank, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from lawful.codegen.explorer.lowering import Ranked, ranks_of
from lawful.codegen.explorer.search import Limits
from lawful.codegen.explorer.verdicts import Verdict
from lawful.codegen.types import (
    INT,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Optional,
    TupleType,
    Type,
)

from .planted import changed, explored


def waiting_line(*, counts: str, kinds: str = "", promises: str = "") -> str:
    """Guests take numbers from a counter that only goes up, and are served in that order. With ``kinds``
    a number stands behind the kind of the guest."""
    number = "tuple[int, ...]" if kinds else "int"
    return f"""\
lawful: 1
machine: Line
entities:
  Guest:
    registry: guests
    key: {{name: str}}
    states:
      arriving: {{initial: true}}
      waiting: {{}}
    requests: {{gone: {{deletes: true}}}}
    fields:
      number: {{type: "{number}", default: "{"()" if kinds else "-1"}", explore: {counts}}}
context:
  last: {{type: int, default: "0", explore: {counts}}}
  served: {{type: int, default: "0", explore: ignore}}
  line: {{type: "heap[Guest]", key: guest.number, members: guest.state == "waiting"}}
events:
  Come: {{fields: {{name: str, kind: int}}}}
  Serve: {{}}
handlers:
  Come:
    subject: {{get_or_create: Guest, key: event.name}}
    cells:
      new:
        do: |
          last += 1
          guest.number = {"(event.kind, last)" if kinds else "last"}
        recommend: waiting
      arriving: {{impossible: who has come waits}}
      waiting: {{ignore: waits already}}
  Serve:
    cases:
      - when: line
        do: |
          served += 1
          recommend(line.peek(), "gone")
      - {{ignore: nobody is there}}
transitions:
  arriving -> waiting: {{becomes: waiting}}
  waiting -> gone: {{becomes: gone}}
  undeclared: {{impossible: nobody asks for it}}
{promises}
environments:
  a bakery:
    values: {{name: [a, b, c], kind: [{kinds or "0"}]}}
    events:
      Come: {{}}
      Serve: {{}}
"""


def test_a_counter_that_only_goes_up_comes_back_to_where_it_was(tmp_path: Path) -> None:
    """What is left of it is the order of who waits: 1 + 3 + 3 * 2 + 3 * 2 * 1 orders of three guests."""
    found = explored(tmp_path, waiting_line(counts="rank"))
    assert found.result.verdict is Verdict.proved
    assert len(found.result.search.states) == 16


def test_counted_exactly_it_has_no_end(tmp_path: Path) -> None:
    found = explored(tmp_path, waiting_line(counts="exact"), limits=Limits(states=500))
    assert found.result.verdict is Verdict.undetermined
    assert len(found.result.search.states) > 500


Guest: TypeAlias = tuple[str, int, int]
"""Name, kind, number."""


def test_of_a_tuple_the_last_number_ranks_and_the_others_count(tmp_path: Path) -> None:
    """As many states as a model of its own has, whose guests are (kind, place in the order of coming)."""

    def placed(guests: Sequence[Guest], last: int) -> tuple[tuple[Guest, ...], int]:
        numbers = sorted({last, *(number for _, _, number in guests)})
        ranks = {number: rank for rank, number in enumerate(numbers)}
        return tuple(sorted((n, k, ranks[i]) for n, k, i in guests)), ranks[last]

    seen = {placed((), 0)}
    open_ = list(seen)
    while open_:
        guests, last = open_.pop()
        here = {name for name, _, _ in guests}
        steps = [
            placed((*guests, (name, kind, last + 1)), last + 1)
            for name in ("a", "b", "c")
            for kind in (0, 1)
            if name not in here
        ]
        if guests:
            first = min(guests, key=lambda guest: guest[1:])
            steps.append(placed([guest for guest in guests if guest != first], last))
        new = set(steps) - seen
        seen |= new
        open_ += new
    found = explored(tmp_path, waiting_line(counts="rank", kinds="0, 1"))
    assert found.result.verdict is Verdict.proved
    assert len(found.result.search.states) == len(seen)


def test_the_only_number_of_a_tuple_is_a_constant_that_stays_what_it_is(tmp_path: Path) -> None:
    """Friends all have the same number, and are served as they come, whoever else has come between them."""
    line = changed(
        waiting_line(counts="rank", kinds="0, 1"),
        ("guest.number = (event.kind, last)", "guest.number = number(event.kind)"),
        ("    fields:\n", '    fields:\n      friend: {type: bool, default: "False"}\n'),
        ("last += 1\n", "last += 1\n          guest.friend = event.kind == 1\n"),
        (
            "events:\n  Come",
            """\
  friends: {type: "ordered_set[Guest]", members: guest.state == "waiting" and guest.friend}
procedures:
  "number(kind: int) -> tuple[int, ...]": |
    if kind == 1:
        return (-1,)
    return (0, last)
invariants:
  friends are served as they come: not line or not line.peek().friend or friends.first(1) == [line.peek()]
events:
  Come""",
        ),
    )
    found = explored(tmp_path, line)
    assert found.result.verdict is Verdict.proved


def test_what_is_ignored_counts_where_a_promise_speaks_of_it(tmp_path: Path) -> None:
    promise = "invariants: {three at most: served <= 3}"
    found = explored(tmp_path, waiting_line(counts="rank", promises=promise))
    assert found.stories[0].claim == "three at most"
    assert found.stories[0].steps == 8  # four guests come and are served


# Where the numbers are found

NUMBERS = st.lists(st.integers(), max_size=5).map(tuple)


def ranked(of: Ranked | None, value: object) -> object:
    """The value with each number that ranks in the place of its rank."""
    assert of is not None
    numbers: set[int] = set()

    def note(number: int) -> int:
        numbers.add(number)
        return number

    of(value, note)
    return of(value, {number: rank for rank, number in enumerate(sorted(numbers))}.__getitem__)


@given(NUMBERS, st.integers(1, 9), st.integers())
def test_ranks_keep_the_order_and_nothing_else(
    numbers: tuple[int, ...], times: int, more: int
) -> None:
    of = ranks_of(ListType(INT), True, False, lambda type_: type_)
    once = ranked(of, numbers)
    assert isinstance(once, tuple)
    assert ranked(of, once) == once
    assert ranked(of, tuple(times * number + more for number in numbers)) == once
    for a, x in zip(numbers, once, strict=True):
        assert [a < b for b in numbers] == [x < y for y in once]


@given(NUMBERS)
def test_numbers_are_found_in_whatever_holds_them(numbers: tuple[int, ...]) -> None:
    def same(type_: Type) -> Type:
        return type_

    plain = ranked(ranks_of(ListType(INT), True, False, same), numbers)
    assert isinstance(plain, tuple)
    held = tuple((f"key {n}", number) for n, number in enumerate(numbers))
    by_key = ranked(ranks_of(MapType(INT, INT), True, False, same), held)
    assert by_key == tuple((key, rank) for (key, _), rank in zip(held, plain, strict=True))
    heap = tuple(((7, number), "guest") for number in numbers)
    in_heap = ranked(ranks_of(HeapType(EntityType("Guest")), False, True, same), heap)
    assert in_heap == tuple(((7, rank), "guest") for rank in plain)
    optional = ListType(Optional(TupleType((INT, INT))))
    some = (None, *((number, number) for number in numbers))
    assert ranked(ranks_of(optional, True, False, same), some) == (
        None,
        *((number, rank) for number, rank in zip(numbers, plain, strict=True)),
    )
    assert ranks_of(ListType(INT), False, True, same) is None
