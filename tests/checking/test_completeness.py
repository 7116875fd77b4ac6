"""What is left unsaid or said in vain is found without running the machine."""

from __future__ import annotations

from pathlib import Path

from .machines import DOORS, changed, codes, found, machine

AJAR = changed(
    DOORS,
    ("      open: The", "      ajar: On the latch.\n      open: The"),
    ("      open: {recommend: shut}", "      ajar, open: {recommend: shut}"),
    ("  shut -> open", "  ajar -> shut: {becomes: shut}\n  shut -> open"),
    ("open -> shut: {becomes: shut}", "open -> shut: {becomes: ajar, recommend: shut}"),
)
"""A door that is shut by way of ajar; nothing is said of ``ajar -> open``."""


def test_a_pair_that_may_be_asked_for_is_declared_or_claimed(tmp_path: Path) -> None:
    (unsaid,) = found(tmp_path, AJAR)
    assert unsaid.code == "LF204"
    assert "ajar -> open" in unsaid.message
    assert unsaid.related, "with a place that asks"
    text = changed(AJAR, ("  shut -> open", "  ajar -> open: {impossible: no}\n  shut -> open"))
    assert codes(tmp_path, text) == []


def test_undeclared_claims_all_the_rest(tmp_path: Path) -> None:
    text = changed(AJAR, ("transitions:\n", "transitions:\n  undeclared: {impossible: no}\n"))
    claims = list(machine(tmp_path, text).claims)
    assert [(claim.start, claim.request) for claim in claims] == [("ajar", "open")]
    assert [place.line for place in claims[0].askers] == [20]


def test_a_claim_lists_every_place_that_may_ask(tmp_path: Path) -> None:
    text = changed(
        AJAR,
        ("transitions:\n", "transitions:\n  undeclared: {impossible: no}\n"),
        (
            "invariants:\n",
            "procedures:\n"
            '  "push(door: Door)": recommend(door, "open")\n'
            "completion:\n"
            "  push all: |\n"
            "    for door in doors.values():\n"
            "        if door.pushes < 1:\n"
            "            push(door)\n"
            "invariants:\n",
        ),
    )
    (claim,) = machine(tmp_path, text).claims
    assert [place.line for place in claim.askers] == [20, 28]


def test_redirecting_and_failing_ask_too(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        ("events:", "    requests: {pushed: {}, jammed: {why: str}}\nevents:"),
        ("events:", "types: {failure: {is: str}}\nhost:\n  turn: {fails: failure}\nevents:"),
        ("shut: {recommend: open}", "shut: {recommend: pushed}"),
        (
            "  shut -> open",
            "  shut -> pushed: {redirect: open, do: door.pushes += 1}\n"
            "  shut -> jammed: {internal: it stays shut, do: 'log(why)'}\n"
            "  undeclared: {impossible: no}\n"
            "  shut -> open",
        ),
        (
            "{becomes: open, do: door.pushes += 1}",
            "{attempt: turn(), failed: {recommend: jammed, args: '*(failure,)'}, becomes: open}",
        ),
    )
    assert machine(tmp_path, text).askers.keys() == {
        ("Door", "pushed"),
        ("Door", "shut"),
        ("Door", "open"),
        ("Door", "jammed"),
    }


def test_a_route_counts_as_declared(tmp_path: Path) -> None:
    text = changed(
        AJAR,
        ("  shut -> open", "  ajar -> open: {becomes: open}\n  shut -> open"),
        (
            "  open -> shut: {becomes: ajar, recommend: shut}\n",
            "  open -> ajar: {becomes: ajar}\nroutes:\n  via ajar: [open -> shut]\n",
        ),
    )
    checked = machine(tmp_path, text)
    assert not list(checked.claims)
    assert checked.routes["Door", "open", "shut"].via == "ajar"


def test_a_second_leg_may_begin_where_recommendations_of_the_first_lead(tmp_path: Path) -> None:
    text = changed(
        AJAR,
        ("  shut -> open", "  ajar -> open: {becomes: open}\n  shut -> open"),
        ("ajar -> shut: {becomes: shut}", "open -> ajar: {becomes: ajar, recommend: open}"),
        (
            "  open -> shut: {becomes: ajar, recommend: shut}\n",
            "  undeclared: {impossible: no}\nroutes:\n  via ajar: [open -> shut]\n",
        ),
    )
    assert codes(tmp_path, text) == ["LF208"], "ajar, then open again: no way to shut"


def test_a_cell_needs_a_last_word(tmp_path: Path) -> None:
    text = changed(DOORS, ("open: {recommend: shut}", "open: {when: door.pushes > 1, ignore: no}"))
    assert codes(tmp_path, text) == ["LF202"]


def test_a_transition_may_have_no_case_that_holds(tmp_path: Path) -> None:
    text = changed(DOORS, ("{becomes: shut}", "{when: door.pushes > 0, becomes: shut}"))
    assert codes(tmp_path, text) == []


def test_every_answer_of_an_instruction_needs_a_handler(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        (
            "handlers:",
            "  Oiled: {}\n  Dripping: {}\ninstructions:\n"
            "  Oil: {runs: thread, outcomes: [Oiled], during: [Dripping]}\nhandlers:",
        ),
        ("shut: {recommend: open}", "shut: {recommend: open, emit: Oil()}"),
    )
    unhandled = found(tmp_path, text)
    assert [d.code for d in unhandled] == ["LF200", "LF200"]
    assert all("Oil" in d.related[0].message for d in unhandled)


def test_a_state_behind_an_unreachable_one_is_unreachable_too(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        ("      open: The", "      ajar: A.\n      wide: B.\n      open: The"),
        ("      open: {recommend: shut}", "      ajar, wide, open: {recommend: shut}"),
        ("  shut -> open", "  wide, ajar -> shut: {becomes: shut}\n  shut -> open"),
        (
            "  open -> shut",
            "  ajar -> open: {becomes: wide}\n  wide -> open: {becomes: open}\n  open -> shut",
        ),
    )
    assert codes(tmp_path, text) == ["LF210", "LF210"]


def test_what_is_only_written_is_for_the_outside_when_the_spec_says_so(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        ("    fields:\n", "    fields:\n      last: {type: str, default: none}\n"),
        ("do: door.pushes += 1}", "do: 'door.last = str(door.pushes)'}"),
    )
    assert codes(tmp_path, text) == ["LF217"]
    text = changed(text, ("default: none}", "default: none, explore: ignore}"))
    assert codes(tmp_path, text) == []


def test_an_invariant_may_read_what_the_explorer_ignores_and_a_guard_may_not(
    tmp_path: Path,
) -> None:
    ignoring = changed(DOORS, ('default: "0"}', 'default: "0", explore: ignore}'))
    assert codes(tmp_path, ignoring) == []
    text = changed(
        ignoring, ("{becomes: shut}", "[{when: door.pushes > 9, internal: stuck}, {becomes: shut}]")
    )
    assert codes(tmp_path, text) == ["LF363"]
