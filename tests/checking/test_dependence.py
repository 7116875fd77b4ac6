"""Whether something depends on what the explorer forgets is found before it walks."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen import check

from .machines import SPEC, changed

MACHINE = """\
lawful: 1
machine: Line
entities:
  Guest:
    registry: guests
    key: {name: str}
    states:
      away: {initial: true}
      waiting: In the line.
    fields:
      number: {type: "tuple[int, ...]", default: "()", explore: rank}
      since: {type: int, default: "0", explore: ignore}
      visits: {type: "list[int]", explore: ignore}
      served: {type: int, default: "0"}
    requests:
      waiting: {note: int}
      gone: {deletes: true}
context:
  turn: {type: int, default: "0", explore: rank}
  seen: {type: int, default: "0", explore: ignore}
  total: {type: int, default: "0"}
  line: {type: "heap[Guest]", key: guest.number, members: guest.state == "waiting"}
instructions:
  Cook: {fields: {name: str, note: int}, runs: coroutine, outcomes: [Cooked]}
events:
  Come: {fields: {name: str, kind: int, hurry: "tuple[int, ...]"}}
  Serve: {}
  Cooked: {fields: {name: str, note: int}}
handlers:
  Come:
    subject: {get_or_create: Guest, key: event.name}
    cells:
      new, away:
        do: |
          seen += 1
          guest.since = seen
          guest.visits.append(seen)
          guest.number = event.hurry + (turn,)
          turn += 1
          recommend(guest, "waiting", 0)
      waiting: {ignore: waits already}
  Serve:
    cases:
      - when: line
        do: |
          first = line.peek()
          emit(Cook(name=first.name, note=first.since))
          log(first.name, first.since, turn)
          recommend(first, "gone")
      - {ignore: nobody waits}
  Cooked: {do: seen = event.note}
transitions:
  away -> waiting: {becomes: waiting}
  waiting -> gone: {becomes: gone}
  undeclared: {impossible: nobody asks for it}
procedures:
  "before(one: Guest, other: Guest) -> bool": |
    return one.number < other.number
  "twice(number: int) -> int": |
    return 2 * number
invariants:
  the line has an order: not line or all(not before(guest, line.peek()) for guest in guests.values())
environments:
  a bakery:
    values: {name: [a, b], kind: ["0"], hurry: ["(0,)", "(1,)"]}
    events: {Come: {}, Serve: {}}
    outcomes: {Cooked: {at_most: "9"}}
"""
ASSIGNED = "guest.number = event.hurry + (turn,)\n"
DONE = 'recommend(guest, "waiting", 0)\n'
INDENT = "          "


def found(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """Code and message of each error in the machine with these changes."""
    path = folder / "spec.yaml"
    path.write_text(changed(MACHINE, *changes))
    return [f"{d.code} {d.message}" for d in check(path)[1] if d.severity == "error"]


def test_ignored_values_come_into_ignored_fields_messages_and_the_log_and_ranks_are_compared(
    tmp_path: Path,
) -> None:
    assert found(tmp_path) == []


def also(statement: str) -> tuple[str, str]:
    """The handler does this as well."""
    lines = "".join(f"{line}\n{INDENT}" for line in statement.splitlines())
    return (DONE, lines + DONE)


SINCE = "Guest.since, which the explorer ignores"
TURN = "turn, of which only the order counts"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (also("if guest.since > 3:\n    total += 1"), SINCE),
        (also("while guest.since > total:\n    total += 1"), SINCE),
        (also("for visit in guest.visits:\n    total += 1"), "Guest.visits"),
        (also("assert guest.since < 3"), SINCE),
        (also("total = guest.since"), SINCE),
        (also("total += guest.since"), SINCE),
        (also("total = twice(guest.since)"), SINCE),
        (also("total = 1 if guest.since > 3 else 2"), SINCE),
        (also("total = len([visit for visit in guest.visits if visit > 3])"), "Guest.visits"),
        (also("before_ = guest.since\nif before_ > 3:\n    total += 1"), SINCE),
        (also("guest.since = guest.visits[0]"), "Guest.visits"),
        (also("guest.visits.pop_last()"), "Guest.visits"),
        (also("guest.since = 1 // guest.since"), SINCE),
        (
            also("for other in guests.values():\n    other.served = len(guest.visits)"),
            "Guest.visits",
        ),
        (also('other = guests["a"] if guest.since > 3 else guest\nother.served = 1'), SINCE),
        (
            also('first = guests["a"] if guest.since > 3 else guest\nrecommend(first, "gone")'),
            SINCE,
        ),
        (also("if turn > 3:\n    total += 1"), TURN),
        (also("total = turn"), TURN),
        (also("if guest.number == (0, 3):\n    total += 1"), "Guest.number"),
        (("Cooked: {do: seen = event.note}", "Cooked: {do: total = event.note}"), SINCE),
        (
            ('"waiting", 0)', '"waiting", guest.since)'),
            "",  # nobody reads it
        ),
        (('Cooked: {at_most: "9"}', "Cooked: {when: instruction.note > 3}"), SINCE),
        (("note=first.since", "note=turn"), ""),
        (("not line or", "turn < 3 or"), TURN),
    ],
    ids=lambda value: str(value)[:70],
)
def test_what_counts_depends_on_nothing_that_is_forgotten(
    tmp_path: Path, change: tuple[str, str], cause: str
) -> None:
    said = found(tmp_path, change)
    if cause:
        assert len(said) == 1
        assert said[0].startswith("LF366")
        assert cause in said[0]
    else:
        assert said == []


def test_what_a_request_carries_is_followed_into_the_transition(tmp_path: Path) -> None:
    said = found(
        tmp_path,
        ('"waiting", 0)', '"waiting", guest.since)'),
        ("{becomes: waiting}", "{becomes: waiting, do: guest.served = note}"),
    )
    assert said == [f"LF366 Guest.served, which counts exactly, depends on {SINCE}."]


def test_a_rank_that_was_sent_away_is_none_any_more(tmp_path: Path) -> None:
    said = found(
        tmp_path,
        ("note=first.since", "note=turn"),
        (
            "{do: seen = event.note}",
            "\n    do: |\n      if event.note < turn:\n          total += 1",
        ),
    )
    assert said == [f"LF366 What happens depends on {TURN}."]


def test_a_promise_makes_an_ignored_field_count_with_all_that_comes_into_it(tmp_path: Path) -> None:
    promise = ("not line or", "total < 3 or seen < 3 or not line or")
    assert (
        found(tmp_path, promise, ("Cooked: {do: seen = event.note}", "Cooked: {do: seen = 1}"))
        == []
    )
    promised = ("not line or", "all(guest.since < 3 for guest in guests.values()) or")
    said = found(tmp_path, promised)
    assert said == [
        "LF366 Guest.since, which counts exactly, depends on seen, which the explorer ignores."
    ]


@pytest.mark.parametrize(
    "change",
    [
        (ASSIGNED, "guest.number = (turn, event.kind)\n"),
        (ASSIGNED, "guest.number = (0, 1)\n"),
        (ASSIGNED, "guest.number = (0, turn + 1)\n"),
        (ASSIGNED, "guest.number = (turn,)\n"),
        (ASSIGNED, "guest.number = (0, event.kind)\n"),
        also("guest.number = (0, 0, turn)"),
        ('(1,)"', '(1, 2)"'),
        ('(1,)"', '()"'),
        ("turn += 1", "turn -= event.kind"),
        also("turn -= 1"),
        also("turn = 0"),
        ('default: "()", explore: rank', 'default: "(0, 0)", explore: rank'),
        ('type: "list[int]", explore: ignore', 'type: "list[int]", explore: rank'),
        ("    values: {name", "    context: {turn: '5'}\n    values: {name"),
    ],
    ids=lambda change: change[1].strip()[:70],
)
def test_only_a_counter_ranks_alone_or_at_the_end_of_tuples_of_one_length(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    said = found(tmp_path, change)
    assert said
    assert {each[:5] for each in said} <= {"LF366", "LF367"}
    assert any(each.startswith("LF367") for each in said)


def test_a_tuple_of_one_number_and_a_number_that_the_counter_never_comes_to_may_rank(
    tmp_path: Path,
) -> None:
    assert found(tmp_path, also("if event.kind == 1:\n    guest.number = (event.kind,)")) == []
    assert found(tmp_path, (ASSIGNED, "guest.number = event.hurry\n")) == []
    number = (
        'number: {type: "tuple[int, ...]", default: "()"',
        'number: {type: int, default: "-1"',
    )
    assert found(tmp_path, number, (ASSIGNED, "guest.number = turn\n")) == []
    wrong = ('number: {type: "tuple[int, ...]", default: "()"', 'number: {type: int, default: "0"')
    said = found(tmp_path, wrong, (ASSIGNED, "guest.number = turn\n"))
    assert [each[:5] for each in said] == ["LF367"]


def test_the_tutorial_that_decides_by_what_is_ignored_in_do_is_refused(tmp_path: Path) -> None:
    """Walked like that it would seem proved after 32 states in place of 140."""
    path = tmp_path / "spec.yaml"
    text = (SPEC / "tutorial.yaml").read_text()
    path.write_text(
        changed(
            text,
            (
                'attempts: {type: int, default: "0"}',
                'attempts: {type: int, default: "0", explore: ignore}\n      tries: {type: int, default: "0"}',
            ),
            (
                "        - {when: file.attempts < 2, recommend: queued}\n        - {recommend: failed}\n",
                '        do: |\n          if file.attempts < 2:\n              recommend(file, "queued")\n'
                '          else:\n              recommend(file, "failed")\n',
            ),
            ("do: file.attempts += 1", "do: |\n      file.attempts += 1\n      file.tries += 1"),
            ("file.attempts <= 2", "file.tries <= 3"),
        )
    )
    errors = [d for d in check(path)[1] if d.severity == "error"]
    assert [d.code for d in errors] == ["LF366"]
    assert "File.attempts" in errors[0].message
