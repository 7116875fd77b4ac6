"""Mistakes are all found at once, each is said once, and where two places are at odds both are shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lawful.codegen.checking import check
from lawful.codegen.report import text as report_text

from .machines import DOORS, changed, codes, found

HOSTILE = Path(__file__).resolve().parents[1] / "hostile"
CORPUS = sorted(
    path
    for topic in ("names", "completeness", "environments")
    for path in (HOSTILE / topic).iterdir()
)


@pytest.mark.parametrize("path", CORPUS, ids=[f"{p.parent.name}/{p.stem}" for p in CORPUS])
def test_one_mistake_gives_one_message(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# expect: ")
    _, diagnostics = check(path)
    said = [f"{d.code} {d.span.line}:{d.span.column}" for d in diagnostics]
    expected = [] if first == "fine" else first.split("; ")
    assert sorted(said) == sorted(expected), report_text(diagnostics)


def test_the_machine_that_the_others_are_changed_from_is_clean(tmp_path: Path) -> None:
    assert codes(tmp_path, DOORS) == []


def test_five_hundred_mistakes_give_five_hundred_messages(tmp_path: Path) -> None:
    wrong = "\n".join(
        f"  Push{n}:\n    subject: {{get: Door, key: event.nmae}}\n    cells: {{any: {{ignore: no}}}}"
        for n in range(125)
    )
    events = "\n".join(f"  Push{n}: {{fields: {{name: str}}}}" for n in range(125))
    pairs = "\n".join(f"  nowhere{n} -> open: {{becomes: shut}}" for n in range(125))
    invariants = "\n".join(f"  rule {n}: {{for: Door, holds: door.pushs > 0}}" for n in range(125))
    text = changed(
        DOORS,
        ("handlers:\n", f"{events}\nhandlers:\n{wrong}\n"),
        ("transitions:\n", f"transitions:\n{pairs}\n"),
        ("invariants:\n", f"invariants:\n{invariants}\n"),
    )
    diagnostics = found(tmp_path, text)
    lines = {diagnostic.span.line for diagnostic in diagnostics}
    assert len(diagnostics) == 125 + 125 + 125 + 125, "subject, cells, pair and invariant"
    assert len(lines) == 500


def test_all_missing_cells_of_a_handler_are_one_message_that_names_them(tmp_path: Path) -> None:
    text = changed(DOORS, ("      shut: {recommend: open}\n      open: {recommend: shut}\n", ""))
    missing = found(tmp_path, text)[0]
    assert missing.code == "LF201"
    assert "shut, open" in missing.message
    assert "impossible" in missing.hint


def test_a_misspelt_cell_is_not_also_a_missing_one(tmp_path: Path) -> None:
    assert codes(tmp_path, changed(DOORS, ("      open: {recom", "      opne: {recom"))) == [
        "LF107"
    ]


def test_a_misspelt_state_comes_with_the_nearest(tmp_path: Path) -> None:
    (unknown,) = found(tmp_path, changed(DOORS, ("      open: {recom", "      opne: {recom")))
    assert unknown.hint == 'Did you mean "open"?'


def test_a_collision_shows_both_places(tmp_path: Path) -> None:
    text = changed(DOORS, ("events:", 'context:\n  doors: {type: int, default: "0"}\nevents:'))
    (taken,) = found(tmp_path, text)
    (first,) = taken.related
    assert (taken.span.line, first.span.line) == (13, 5)
    assert "registry of Door" in taken.message


def test_a_pair_declared_twice_shows_both_places(tmp_path: Path) -> None:
    text = changed(DOORS, ("  open -> shut", "  shut ->open: {becomes: open}\n  open -> shut"))
    (twice,) = found(tmp_path, text)
    assert (twice.span.line, twice.related[0].span.line) == (23, 22)


def test_a_snippet_that_is_wrong_does_not_make_its_locals_unknown(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        ("    subject:", "    before: |\n      many = len(5)\n      word = many +\n    subject:"),
        (
            "      shut: {recommend: open}",
            "      shut:\n        - {when: many > 3 and word, recommend: open}\n"
            "        - {ignore: too few}",
        ),
    )
    assert len({diagnostic.span.line for diagnostic in found(tmp_path, text)}) == 1


def test_nothing_is_called_unused_while_something_is_wrong(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        ("events:", 'context:\n  width: {type: int, default: "0"}\nevents:'),
        ("shut: {recommend: open}", "shut: {recommend: opne}"),
    )
    assert all(diagnostic.severity == "error" for diagnostic in found(tmp_path, text))


def test_an_error_beside_a_warning_leaves_no_machine(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(changed(DOORS, ("becomes: open", "becomes: opne")), encoding="utf-8")
    checked, diagnostics = check(path)
    assert checked is None
    assert diagnostics.has_errors


def test_a_warning_alone_leaves_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    text = changed(DOORS, ("events:", 'context:\n  width: {type: int, default: "0"}\nevents:'))
    path.write_text(text, encoding="utf-8")
    checked, diagnostics = check(path)
    assert checked is not None
    assert [d.code for d in diagnostics] == ["LF214"]


BOUND = changed(
    DOORS, ("Push: {fields: {name: str}}", "Push: {fields: {name: str}, bind: antigravity:Push}")
)


def test_binding_has_to_be_allowed(tmp_path: Path) -> None:
    (refused,) = found(tmp_path, BOUND)
    assert refused.code == "LF135"
    assert "--allow-bind" in refused.hint


def test_a_bound_class_is_taken_by_name_and_never_imported(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(BOUND, encoding="utf-8")
    checked, diagnostics = check(path, allow_bind=True)
    assert not list(diagnostics)
    assert checked is not None
    assert checked.events["Push"].bind == "antigravity:Push"
    assert "antigravity" not in sys.modules


def test_an_entity_may_extend_a_class_that_exists_elsewhere(tmp_path: Path) -> None:
    text = changed(DOORS, ("    registry:", "    bind: antigravity:Door\n    registry:"))
    assert [d.code for d in found(tmp_path, text)] == ["LF135"]
    checked, diagnostics = check(tmp_path / "spec.yaml", allow_bind=True)
    assert not list(diagnostics)
    assert checked is not None
    assert checked.entities["Door"].bind == "antigravity:Door"
    assert "antigravity" not in sys.modules


def test_a_deviation_that_is_always_there_need_not_be_asked_for(tmp_path: Path) -> None:
    slams = "deviations:\n  slams: {always: true, because: the old door did}\nevents:"
    assert found(tmp_path, changed(DOORS, ("events:", slams))) == []
    both = slams.replace("always: true", "always: true, off: true")
    assert [d.code for d in found(tmp_path, changed(DOORS, ("events:", both)))] == ["LF118"]


def test_what_is_allowed_to_bind_must_still_be_a_class_name(tmp_path: Path) -> None:
    text = changed(BOUND, ("antigravity:Push", "antigravity:Push()"))
    assert [d.code for d in found(tmp_path, text, allow_bind=True)] == ["LF136"]
