"""One version of a machine laid over another: marks stand where the meaning differs, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.cli import main
from lawful.codegen.compare import changes, differences
from lawful.codegen.diagram import Diagram, View, changed, extract

from ..diff.pairs import ROOT, Labelled, checked, labelled

TUTORIAL = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
LAST_TRY = "        - {when: file.attempts < 2, recommend: queued}\n"
GIVE_UP = "  running -> failed: {becomes: failed}\n"


def compared(old: str, new: str, view: View = "both") -> Diagram:
    before, after = checked(old), checked(new)
    return changed(extract(before, view), extract(after, view), changes(before, after))


def replaced(*pairs: tuple[str, str]) -> str:
    text = TUTORIAL
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def nodes(diagram: Diagram) -> dict[str, str]:
    return {node.id: node.mark for node in diagram.nodes if node.mark}


def arrows(diagram: Diagram, kind: str = "becomes") -> dict[str, str]:
    """``start -> request => reached`` of the arrows of a kind that bear a mark, and the mark."""

    def label(name: str) -> str:
        return diagram.by_id[name].label

    return {
        f"{label(e.source)} -> {e.request} => {label(e.target)}": e.mark
        for e in diagram.edges
        if e.mark and e.kind == kind
    }


# What a reader takes for the same, though no line is: by the labelled pairs of `lawful diff`.
@pytest.mark.parametrize("view", ["life-cycle", "flow", "both"])
@pytest.mark.parametrize("pair", [p for p in labelled() if not p.expect], ids=str)
def test_what_means_the_same_is_not_marked(pair: Labelled, view: View) -> None:
    shown = compared(pair.old, pair.new, view)
    assert nodes(shown) == {}
    assert not [edge for edge in shown.edges if edge.mark]


@pytest.mark.parametrize("pair", labelled(), ids=str)
def test_there_is_a_change_where_there_are_differences(pair: Labelled) -> None:
    old, new = checked(pair.old), checked(pair.new)
    assert bool(changes(old, new).touched) is bool(differences(old, new))


@pytest.mark.parametrize("pair", labelled(), ids=str)
def test_the_other_way_round_what_was_new_is_gone(pair: Labelled) -> None:
    def told(diagram: Diagram, turned: dict[str, str]) -> set[tuple[str, str]]:
        return {(id_, turned.get(mark, mark)) for id_, mark in nodes(diagram).items()}

    there, back = compared(pair.old, pair.new), compared(pair.new, pair.old)
    assert told(there, {}) == told(back, {"added": "removed", "removed": "added"})


def test_a_pair_that_is_gone_is_drawn_still() -> None:
    without = replaced(
        ("  failed -> queued:  {becomes: queued, do: file.attempts = 0}\n", ""),
        ("      failed: {recommend: queued}", "      failed: {ignore: it stays}"),
    )
    gone = compared(TUTORIAL, without)
    assert arrows(gone) == {"failed -> queued => queued": "removed"}
    assert nodes(gone) == {"event:Add": "changed"}
    assert arrows(compared(without, TUTORIAL)) == {"failed -> queued => queued": "added"}


def test_a_guard_marks_its_event_and_what_the_cell_asks_for() -> None:
    new = replaced(("file.attempts < 2", "file.attempts < 3"))
    shown = compared(TUTORIAL, new)
    assert nodes(shown) == {"event:FetchFailed": "changed"}
    assert set(arrows(shown, "asks").values()) == {"changed"}
    assert arrows(shown) == {}


def test_a_guard_of_a_transition_marks_its_arrow_alone() -> None:
    guarded = replaced(
        (
            GIVE_UP,
            "  running -> failed:\n"
            "    - {when: file.attempts > 1, becomes: failed}\n"
            "    - {becomes: queued}\n",
        )
    )
    again = guarded.replace("file.attempts > 1", "file.attempts > 2")
    assert arrows(compared(guarded, again)) == {"running -> failed => failed": "changed"}


def test_a_case_that_is_put_before_others_leaves_them_as_they_are() -> None:
    two = replaced(
        (
            GIVE_UP,
            "  running -> failed:\n"
            "    - {when: file.attempts > 5, becomes: queued}\n"
            "    - {becomes: failed}\n",
        )
    )
    assert arrows(compared(TUTORIAL, two)) == {"running -> failed => queued": "added"}
    assert arrows(compared(two, TUTORIAL)) == {"running -> failed => queued": "removed"}


def test_a_case_that_leads_elsewhere_is_one_arrow_gone_and_one_new() -> None:
    elsewhere = replaced((GIVE_UP, "  running -> failed: {becomes: queued}\n"))
    assert arrows(compared(TUTORIAL, elsewhere)) == {
        "running -> failed => failed": "removed",
        "running -> failed => queued": "added",
    }


def test_a_contract_marks_its_instruction() -> None:
    new = replaced(("    runs: coroutine  ", "    runs: thread  "))
    assert nodes(compared(TUTORIAL, new)) == {"instruction:Fetch": "changed"}


def test_the_name_of_a_local_is_no_change() -> None:
    new = replaced(
        ("for file in reversed(queue", "for next_file in reversed(queue"),
        ('recommend(file, "running")', 'recommend(next_file, "running")'),
    )
    assert nodes(compared(TUTORIAL, new)) == {}


def test_a_completion_that_does_something_else_is_marked() -> None:
    new = replaced(("queue.first(slots - len(active))", "queue.first(1)"))
    assert nodes(compared(TUTORIAL, new)) == {"completion:fill the slots": "changed"}


PROCEDURES = """
procedures:
  "count(file: File)": file.attempts += 1
  "begin(file: File)": count(file)
  "is_worth_it(file: File) -> bool": return file.attempts < 2
  "tidy()": |
    for file in queue.first(0):
        file.attempts = 0
"""
CALLING = (
    replaced(
        ("    do: file.attempts += 1\n", "    do: begin(file)\n"),
        ("when: file.attempts < 2", "when: is_worth_it(file)"),
    )
    + PROCEDURES
)


@pytest.mark.parametrize(
    ("procedure", "marked", "note"),
    [
        (("+= 1\n", "+= 2\n"), {"queued -> running => running"}, "changed by count()"),
        (("begin(file: File)\": count(file)", "begin(file: File)\": pass"), {"queued -> running => running"}, "changed by begin()"),
        (("attempts < 2", "attempts < 3"), set(), "changed by is_worth_it()"),
    ],
)  # fmt: skip
def test_what_calls_a_changed_procedure_is_marked_even_through_others(
    procedure: tuple[str, str], marked: set[str], note: str
) -> None:
    assert CALLING.count(procedure[0]) == 1
    shown = compared(CALLING, CALLING.replace(*procedure))
    assert arrows(shown) == dict.fromkeys(marked, "changed")
    notes = [(node.mark, node.note) for node in shown.nodes]
    notes += [(edge.mark, edge.note) for edge in shown.edges]
    assert {said for mark, said in notes if mark} == {note}
    event = {} if marked else {"event:FetchFailed": "changed"}
    assert nodes(shown) == event
    assert set(arrows(shown, "asks").values()) == set(event.values())


def test_a_completion_that_calls_a_changed_procedure_is_marked() -> None:
    old = CALLING.replace("  fill the slots: |\n", "  fill the slots: |\n    tidy()\n")
    new = old.replace("file.attempts = 0\n", "file.attempts = 1\n")
    assert old != CALLING != new
    assert nodes(compared(old, new)) == {"completion:fill the slots": "changed"}


def test_a_change_of_its_own_is_told_before_that_of_a_procedure() -> None:
    both = CALLING.replace("+= 1\n", "+= 2\n").replace("begin(file)\n", "count(file)\n")
    (edge,) = [e for e in compared(CALLING, both).edges if e.mark]
    assert edge.note == "changed"


def test_the_command_names_the_procedures(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(CALLING)
    new.write_text(CALLING.replace("+= 1\n", "+= 2\n"))
    assert main(["graph", str(new), "--diff", str(old)]) == 0
    said = capfd.readouterr()
    assert said.out.count("[changed by count()]") == 1
    assert said.err.endswith("\nWhat calls count() is marked as changed by it.\n")


def test_the_command_counts_the_differences_beside_the_picture(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(TUTORIAL)
    new.write_text(
        replaced(("file.attempts < 2", "file.attempts < 3"), ("tries each twice", "tries"))
    )
    assert main(["graph", str(new), "--diff", str(old)]) == 0
    said = capfd.readouterr()
    assert said.out.count("[changed]") == 1  # its event
    assert said.err == f"1 difference in meaning: 1 behaviour. In words: lawful diff {old} {new}\n"
    assert main(["graph", str(new), "--diff", str(new)]) == 0
    assert capfd.readouterr().err == "No difference in meaning.\n"
