"""What the explorer takes for one behaves alike: a walk that folds sees what an exact walk sees.

Machines are put together at random, statement by statement, of all that checking lets through: ranks,
ignored fields, a heap by rank, messages that carry what is forgotten, symmetric names. Each is walked as it
is and, in the same world, with every state counted exactly and no two taken for one.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen import checking
from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.explorer import Limits, Search, World

NUMBERS = [
    *("0", "1", "-1", "event.kind", "guest.number", "guest.since", "guest.served", "turn", "seen"),
    *("total", "len(line)", "len(who)", "noted.get(guest.name, 0)", "len(guest.visits)"),
]
TUPLES = [
    "()",
    "(1,)",
    "(event.kind, turn)",
    "(turn, event.kind)",
    "(event.kind, 1)",
    "guest.order",
]
OTHERS = ["guest", "line.peek() if line else guest", "last or guest"]
TARGETS = ["guest.number", "guest.since", "guest.served", "seen", "total", "x"]

CONDITIONS = [
    *("last is None", "last == guest", "guest in who", "event.name in names", "not guest.visits"),
    *("any(other.number < guest.number for other in guests.values())", "guest.name in noted"),
    *("line and line.peek() == guest", "names and names[0] == guest.name"),
]
DONE = [
    *("turn += 1", "who.add(guest)", "who.discard(guest)", "names.append(event.name)"),
    *("names.clear()", "last = None", "x = 0"),
]
FORGOTTEN = re.compile(r"Cook\(.*(number|since|visits|turn|seen|noted|x)\b")


class Writer:
    """Writes statements at random."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.one = self.chance.choice

    def number(self) -> str:
        a, b = self.one(NUMBERS), self.one(NUMBERS)
        return self.one(
            [a, a, f"({a} {self.one('+-')} {b})", f"{self.one(['min', 'max'])}({a}, {b})"]
        )

    def condition(self) -> str:
        numbers = f"{self.number()} {self.one(['<', '==', '>='])} {self.number()}"
        tuples = f"{self.one(TUPLES)} {self.one(['<', '=='])} {self.one(TUPLES)}"
        return self.one([numbers, tuples, self.one(CONDITIONS)])

    def simple(self) -> str:
        return self.one(
            [
                f"{self.one(TARGETS)} = {self.number()}",
                f"{self.one(TARGETS[:5])} += {self.number()}",
                f"guest.order = {self.one(TUPLES)}",
                f"guest.visits.append({self.number()})",
                f"noted[guest.name] = {self.number()}",
                f"emit(Cook(name=guest.name, note={self.number()}))",
                f"last = {self.one(OTHERS)}",
                self.one(DONE),
            ]
        )

    def statement(self) -> str:
        loop = "for other in guests.values():\n    if other != guest:\n        "
        return self.one(
            [
                self.simple(),
                f"if {self.condition()}:\n    {self.simple()}",
                loop + self.one([self.simple(), 'recommend(other, "gone")']),
                f"x = {self.number()} if {self.condition()} else {self.number()}",
            ]
        )

    def statements(self) -> list[str]:
        return [self.statement() for _ in range(self.chance.randint(3, 8))]


def machine(come: list[str], go: list[str], cooked: list[str]) -> str:
    """A line of guests that does these things when one comes or goes, and when something is cooked."""

    def block(statements: list[str]) -> str:
        return "\n".join(" " * 10 + line for s in ["pass", *statements] for line in s.split("\n"))

    return f"""\
lawful: 1
machine: Line
entities:
  Guest:
    registry: guests
    key: {{name: str}}
    states: {{away: {{initial: true}}, waiting: In the line.}}
    fields:
      number: {{type: int, default: "-1", explore: rank}}
      order: {{type: "tuple[int, ...]", explore: rank, default: "()"}}
      since: {{type: int, default: "0", explore: ignore}}
      visits: {{type: "list[int]", explore: ignore}}
      served: {{type: int, default: "0"}}
    requests: {{gone: {{deletes: true}}}}
context:
  turn: {{type: int, default: "0", explore: rank}}
  seen: {{type: int, default: "0", explore: ignore}}
  noted: {{type: "map[str, int]", explore: ignore}}
  total: {{type: int, default: "0"}}
  last: {{type: "Guest | None"}}
  who: {{type: "ordered_set[Guest]"}}
  names: {{type: "list[str]"}}
  line: {{type: "heap[Guest]", key: guest.number, members: guest.state == "waiting"}}
instructions:
  Cook: {{fields: {{name: str, note: int}}, runs: coroutine, outcomes: [Cooked]}}
events:
  Come: {{fields: {{name: str, kind: int}}}}
  Go: {{fields: {{name: str, kind: int}}}}
  Cooked: {{fields: {{name: str, note: int, kind: int}}}}
handlers:
  Come:
    subject: {{get_or_create: Guest, key: event.name}}
    first: |
{block(["turn += 1", *come])}
    cells:
      new, away, waiting: {{recommend: waiting}}
  Go:
    subject: {{get: Guest, key: event.name}}
    cells:
      absent: {{ignore: nobody}}
      away, waiting:
        do: |
{block(go)}
        recommend: gone
  Cooked:
    subject: {{get: Guest, key: event.name}}
    cells:
      absent: {{ignore: gone}}
      away, waiting:
        do: |
{block(cooked)}
transitions:
  away -> waiting: {{becomes: waiting}}
  away, waiting -> gone:
    becomes: gone
    do: |
      if last == guest:
          last = None
      who.discard(guest)
  undeclared: {{impossible: nobody asks for it}}
invariants:
  little: total < 2
  served once: {{for: Guest, holds: guest.served < 2}}
  the first comes first: not line or all(not other.number < line.peek().number for other in line)
environments:
  small:
    values: {{name: [ann, bob], kind: ["0", "1"], note: ["0"]}}
    symmetric: [name]
    events: {{Come: {{}}, Go: {{}}}}
    reachable:
      some served: any(guest.served == 1 for guest in guests.values())
      two wait: len(line) == 2
      negative: total < 0
"""


def accepted(path: Path, parts: list[list[str]]) -> CheckedSpec:
    """The machine with each statement that checking lets through."""
    kept: list[list[str]] = [[], [], []]
    path.write_text(machine(*kept))
    spec, _ = check(path)
    for n, part in enumerate(parts):
        for statement in part:
            kept[n].append(statement)
            path.write_text(machine(*kept))
            found, _ = check(path)
            if found is None:
                kept[n].pop()
            else:
                spec = found
    assert spec is not None
    return spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("soundness")


def compare(spec: CheckedSpec, depth: int, most: int) -> None:
    """The same walk twice, folding and exact: the same states at each depth, and the same that fails."""
    world = World(spec, spec.environments["small"], "spec.yaml")
    # What is open holds what it was given: there the exact walk differs, and what fails must not.
    sent = FORGOTTEN.search("".join(spec.sources.values()))
    folding, exact = Search(world), Search(world)
    limits = Limits(depth=depth, states=most)
    fold, lower = world.fold, world.lower
    world.fold = world.lower = lambda state: state  # type: ignore[method-assign]
    lowers, folds, world.lowers, world.folds = world.lowers, world.folds, False, False
    exact.run(limits)
    world.lowers, world.folds = lowers, folds
    world.lower, world.fold = lower, fold  # type: ignore[method-assign]
    folding.run(limits)
    whole = len(exact.levels) if exact.stopped in (None, "depth") else len(exact.levels) - 1
    seen: set[int] = set()
    same: set[int] = set()
    a = b = 0
    for level in range(min(whole, len(folding.levels))):
        a, b = a + exact.levels[level], b + folding.levels[level]
        seen |= {fold(state) for state in exact.states[:a]}
        same |= {fold(state) for state in folding.states[:b]}
        assert seen == same or sent, level
    for search, other in ((exact, folding), (folding, exact)):
        for violation in search.violations:
            if violation.length < whole:
                assert (violation.failure.kind, violation.failure.claim, violation.length) in {
                    (v.failure.kind, v.failure.claim, v.length) for v in other.violations
                }


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000_000_000))
def test_a_walk_that_folds_sees_what_an_exact_walk_sees(folder: Path, seed: int) -> None:
    writer = Writer(seed)
    parts = [writer.statements() for _ in range(3)]
    compare(accepted(folder / "spec.yaml", parts), depth=5, most=1500)


def test_what_checking_keeps_out_would_be_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the comparison bites."""
    monkeypatch.setattr(checking, "check_dependence", lambda *_: None)
    for wrong in ("if seen >= 3:\n    total += 1", "guest.served = turn"):
        spec = accepted(folder / "spec.yaml", [["seen += 1", wrong], [], []])
        with pytest.raises(AssertionError):
            compare(spec, depth=4, most=1500)
