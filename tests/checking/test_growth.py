"""Checking a machine twice as big takes about twice the work, counted in calls and not in seconds."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

from lawful.codegen.checking import check

from .machines import DATA, DOORS, changed, codes


def ring(states: int) -> str:
    """A machine of many states in a ring, with shortcuts, an event for every third state, and no pair
    that isn't claimed."""
    events = states // 3
    lines = ["lawful: 1", "machine: Ring", "entities:", "  Bead:", "    registry: beads"]
    lines += ["    key: {name: str}", "    states:", "      s0: {initial: true}"]
    lines += [f"      s{n}: One of many." for n in range(1, states)]
    lines += ["    fields: {moves: {type: int, default: '0'}}", "events:"]
    lines += [f"  Move{n}: {{fields: {{name: str}}}}" for n in range(events)]
    lines += ["handlers:"]
    for n in range(events):
        lines += [
            f"  Move{n}:",
            "    subject: {get_or_create: Bead, key: event.name}",
            "    cells:",
            "      new: {ignore: it begins here}",
            f"      s{n}: {{recommend: s{(n + 1) % states}}}",
            "      others: {ignore: not its turn}",
        ]
    lines += ["transitions:", "  undeclared: {impossible: beads move in order}"]
    for n in range(states):
        for step in (1, 2, 3):
            target = (n + step) % states
            lines += [
                f"  s{n} -> s{target}:",
                f"    becomes: s{target}",
                "    do: |",
                "      bead.moves += 1",
                "      if bead.moves > 3:",
                f'          recommend(bead, "s{(target + 1) % states}")',
            ]
    lines += ["invariants:", "  it counts: {for: Bead, holds: bead.moves >= 0}"]
    return "\n".join(lines) + "\n"


def calls(path: Path) -> int:
    """How many Python functions are called to check a spec."""
    count = 0

    def tick(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        checked, _ = check(path)
    finally:
        sys.setprofile(before)
    assert checked is not None
    return count


def test_the_work_grows_with_the_size_of_the_machine(tmp_path: Path) -> None:
    work = []
    for states in (30, 60, 120):
        path = tmp_path / f"ring{states}.yaml"
        path.write_text(ring(states), encoding="utf-8")
        work.append(calls(path))
    assert work[1] < 2.3 * work[0], work
    assert work[2] < 2.3 * work[1], work


def test_little_text_does_not_become_a_machine_without_end(tmp_path: Path) -> None:
    states = [f"s{n}" for n in range(1200)]
    requests = ", ".join(states[:180])
    text = changed(
        DOORS,
        ("      open: The", "".join(f"      {s}: A.\n" for s in states) + "      open: The"),
        ("    fields:", f"    groups: {{ALL: [{', '.join(states)}]}}\n    fields:"),
        ("      open: {recommend: shut}", "      others: {recommend: shut}"),
        ("  open -> shut", f"  ALL -> {requests}: {{becomes: shut}}\n  open -> shut"),
    )
    assert codes(tmp_path, text) == ["LF146"]


def test_types_behind_each_other_end_somewhere(tmp_path: Path) -> None:
    chain = "".join(f"  T{n}: {{is: T{n + 1}}}\n" for n in range(5000))
    text = changed(DOORS, ("events:", f"types:\n{chain}  T5000: {{is: int}}\nevents:"))
    assert "LF144" in codes(tmp_path, text)


def test_the_work_grows_with_the_number_of_worlds(tmp_path: Path) -> None:
    text = (DATA / "worlds.yaml").read_text(encoding="utf-8")
    head, world = text[: text.index("  rich:")], text[text.index("  rich:") :]
    work = []
    for worlds in (5, 10, 20):
        path = tmp_path / f"worlds{worlds}.yaml"
        copies = [world.replace("  rich:", f"  rich {n}:", 1) for n in range(worlds)]
        path.write_text(head + "".join(copies), encoding="utf-8")
        work.append(calls(path))
    assert work[2] - work[1] < 2.3 * (work[1] - work[0]), work


def test_many_values_that_are_alike_are_no_more_work_than_they_are(tmp_path: Path) -> None:
    work = []
    for count in (200, 400):
        path = tmp_path / f"alike{count}.yaml"
        names = ", ".join(f"n{n}" for n in range(count))
        world = f"environments: {{e: {{values: {{name: [{names}]}}, symmetric: [name], events: {{Push: }}}}}}\n"
        path.write_text(DOORS + world, encoding="utf-8")
        work.append(calls(path))
    assert work[1] < 2.3 * work[0], work
