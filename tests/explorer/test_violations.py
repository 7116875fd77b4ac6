"""Each kind of mistake is found, with a shortest story."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.explorer.verdicts import (
    CONTRACT,
    ENDLESS,
    EXCEPTION,
    IMPOSSIBLE,
    SETTLES,
    Verdict,
)

from .planted import TUTORIAL, changed, explored, finding, lamp

PLANTED = {
    "an invariant": (
        (("{when: file.attempts < 2, recommend: queued}", "{when: file.attempts < 3, recommend: queued}"),),
        "two tries at most",
        3,
    ),
    "a file that waits for ever": (
        ((
            '        recommend(file, "running")',
            '        if file.attempts == 0:\n            recommend(file, "running")',
        ),),
        "nothing waits",
        2,
    ),
    "an undeclared pair": (
        (("failed: {recommend: queued}", "failed: {recommend: running}"),),
        "File failed -> running",
        4,
    ),
    "an event that is called impossible": (
        ((
            "queued, running, done: {ignore: it is on its way or here already}",
            "queued, running: {ignore: it is on its way}\n      done: {impossible: nobody wants it twice}",
        ),),
        "nobody wants it twice",
        3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found_in_as_few_steps_as_it_takes(name: str, tmp_path: Path) -> None:
    changes, claim, steps = PLANTED[name]
    found = explored(tmp_path, changed(TUTORIAL, *changes))
    assert found.result.verdict is Verdict.refuted
    story = found.stories[0]
    assert (story.claim, story.steps) == (claim, steps)


def test_nothing_is_wrong_with_the_tutorial(tmp_path: Path) -> None:
    found = explored(tmp_path, TUTORIAL)
    assert found.result.verdict is Verdict.proved
    assert not found.result.vacuous
    assert not found.stories


def test_an_exception_is_found(tmp_path: Path) -> None:
    text = lamp(toggle='lit = lights["kitchen"]', context='  lights: {type: "map[str, bool]"}')
    found = explored(tmp_path, text)
    assert finding(found, EXCEPTION).verdict is Verdict.refuted
    assert (found.stories[0].claim, found.stories[0].steps) == ("KeyError", 1)


def test_a_step_without_end_is_found(tmp_path: Path) -> None:
    text = lamp(toggle="while not lit or lit:\n              lit = not lit")
    found = explored(tmp_path, text)
    assert finding(found, ENDLESS).verdict is Verdict.refuted
    assert found.stories[0].steps == 1


def test_a_failed_assertion_is_found(tmp_path: Path) -> None:
    found = explored(tmp_path, lamp(toggle="assert not lit\n          lit = True"))
    assert finding(found, IMPOSSIBLE).verdict is Verdict.refuted
    assert (found.stories[0].claim, found.stories[0].steps) == ("not lit", 2)


def test_every_instruction_has_a_contract(tmp_path: Path) -> None:
    assert finding(explored(tmp_path, lamp()), CONTRACT).verdict is Verdict.proved


PROMISES = """
    ghosts: {toggled: {type: int, default: "0"}}
    always: {it is lit at odd times: lit == (toggled % 2 == 1)}
    reachable: {it is lit: lit, it is worn out: toggled > 3}
"""
SENDS = "Toggle: {when: toggled < 3, do: toggled += 1}"


def test_a_promise_about_ghosts_is_proved(tmp_path: Path) -> None:
    found = explored(tmp_path, lamp(sends=SENDS, environment=PROMISES))
    assert finding(found, "it is lit at odd times").verdict is Verdict.proved
    assert finding(found, "it is lit").verdict is Verdict.proved
    assert finding(found, "it is worn out").verdict is Verdict.refuted


def test_a_broken_promise_about_ghosts_is_found(tmp_path: Path) -> None:
    text = lamp(toggle="lit = True", sends=SENDS, environment=PROMISES)
    found = explored(tmp_path, text)
    assert finding(found, "it is lit at odd times").verdict is Verdict.refuted
    assert found.stories[0].steps == 2


def test_an_instruction_is_heard_when_it_is_opened(tmp_path: Path) -> None:
    environment = """\
    ghosts: {begun: {type: bool, default: "False"}}
    heard: {Work: {do: begun = True}}
    always: {no work is begun: not begun}
"""
    found = explored(tmp_path, worker("lit = True", environment=environment))
    assert (found.stories[0].claim, found.stories[0].steps) == ("no work is begun", 1)


def test_all_that_fails_is_found_when_it_is_asked_for(tmp_path: Path) -> None:
    text = changed(TUTORIAL, *PLANTED["an invariant"][0], *PLANTED["an undeclared pair"][0])
    first = explored(tmp_path, text)
    every = explored(tmp_path, text, every=True)
    assert [story.claim for story in first.stories] == ["two tries at most"]
    assert {story.claim for story in every.stories} > {"two tries at most"}
    lengths = [story.steps for story in every.stories]
    assert lengths == sorted(lengths)


# Does the world come to rest?

WORK = """
  Work: {fields: {}, runs: coroutine, outcomes: [Worked]}
"""


def worker(after: str, **more: str) -> str:
    return lamp(
        toggle="lit = True\n          emit(Work())",
        instructions=WORK,
        events="  Worked: {}",
        handlers=f"  Worked:\n    cases:\n      - do: {after}",
        sends='Toggle: {at_most: "1"}',
        **more,
    )


def test_work_that_ends_settles(tmp_path: Path) -> None:
    found = explored(tmp_path, worker("lit = False"))
    assert finding(found, SETTLES).verdict is Verdict.proved
    assert finding(found, SETTLES).vacuous is None


def test_work_that_leads_to_the_same_work_for_ever_is_found(tmp_path: Path) -> None:
    found = explored(tmp_path, worker("emit(Work())"))
    assert finding(found, SETTLES).verdict is Verdict.refuted
    story = found.stories[0]
    assert story.again == 1
    assert [beat.kind for beat in story.beats] == ["comes", "ends"]


def test_who_waits_for_ever_only_because_another_is_never_served_settles(tmp_path: Path) -> None:
    """Two loops of work; each stops the other when it is served, and somebody has to be."""
    text = lamp(
        toggle="lit = True\n          emit(Work())\n          emit(Stop())",
        instructions=WORK + "  Stop: {fields: {}, runs: coroutine, outcomes: [Stopped]}",
        events="  Worked: {}\n  Stopped: {}",
        handlers=(
            "  Worked:\n    cases:\n      - {when: lit, emit: Work()}\n      - {ignore: it was stopped}\n"
            "  Stopped:\n    cases:\n      - do: lit = False"
        ),
        sends='Toggle: {at_most: "1"}',
    )
    assert finding(explored(tmp_path, text), SETTLES).verdict is Verdict.proved


def test_what_may_fail_for_ever_settles_where_it_succeeds(tmp_path: Path) -> None:
    text = lamp(
        toggle="emit(Work())",
        instructions="  Work: {fields: {}, runs: coroutine, outcomes: [Worked, Failed]}",
        events="  Worked: {}\n  Failed: {}",
        handlers="  Worked:\n    cases:\n      - do: lit = True\n  Failed:\n    cases:\n      - do: emit(Work())",
        sends='Toggle: {at_most: "1"}',
    )
    assert finding(explored(tmp_path, text), SETTLES).verdict is Verdict.proved


def test_a_loop_is_found_among_folded_states(tmp_path: Path) -> None:
    text = changed(
        TUTORIAL,
        ("running: {recommend: done}", "running: {recommend: queued}"),
        ("  running -> done:   {becomes: done}\n", ""),
        ('\'file.state in ("done", "failed")\'', "'file.state == \"failed\"'"),
        ("do: file.attempts += 1", "do: file.attempts = 1"),
    )
    found = explored(tmp_path, text, every=True)
    assert finding(found, SETTLES).verdict is Verdict.refuted
    story = next(story for story in found.stories if story.again is not None)
    assert (story.again, story.steps) == (1, 2)
