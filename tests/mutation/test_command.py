"""``lawful mutate``: who notices what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen import cli

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec/tutorial.yaml"
TESTS = ROOT / "tests/generated/tutorial"


def judged(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> dict[str, Any]:
    assert cli.main(["mutate", *arguments, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def verdicts(data: dict[str, Any]) -> dict[tuple[str, int, str], str]:
    return {(m["operator"], m["line"], m["about"]): m["verdict"] for m in data["judged"]}


def test_every_mutant_of_the_tutorial_is_caught_or_equivalent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = judged(capsys, str(TUTORIAL), "--tests", str(TESTS), "--jobs", "2", code=0)
    assert data["percent"] == 100
    assert data["walked"] == ["three files"]
    found = verdicts(data)
    assert set(found.values()) == {"check", "tests", "equivalent"}
    alike = [operator for (operator, _, _), verdict in found.items() if verdict == "equivalent"]
    assert set(alike) == {"weaken an invariant"}


def test_without_tests_the_explorer_catches_what_its_worlds_can_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # no project, so no tests
    found = verdicts(judged(capsys, str(TUTORIAL), "--jobs", "1", code=1))
    # Nobody fetches: the file runs for ever.
    (emit,) = [verdict for (operator, *_), verdict in found.items() if operator == "drop an emit"]
    assert emit == "explorer"
    # Tried once more than allowed: the invariant says so.
    assert found["drop a statement", 64, "file.attempts = 0"] == "explorer"
    # Done where it failed: only the tests know what was meant.
    assert found["swap a target", 46, "done"] == "survived"


def test_what_was_walked_in_part_makes_no_mutant_equivalent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    data = judged(capsys, str(TUTORIAL), "--jobs", "1", "--max-states", "1", code=1)
    assert data["walked in part"] == ["three files"]
    found = verdicts(data)
    assert found["swap a target", 46, "done"] == "undetermined"
    alike = {operator for (operator, *_), verdict in found.items() if verdict == "equivalent"}
    assert alike == {"weaken an invariant"}


def test_an_environment_that_is_not_walked_has_no_mutants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "spec.yaml"
    other = """
  another:
    like: three files
    events: {Add: {when: len(files) < 2}}
"""
    spec.write_text(TUTORIAL.read_text().rstrip("\n") + other)

    def guards(environment: str, code: int) -> list[str]:
        chosen = ["--environment", environment, "--jobs", "1"]
        data = judged(capsys, str(spec), *chosen, code=code)
        return [
            about for operator, _, about in verdicts(data) if operator == "widen an environment"
        ]

    assert "len(files) < 2" in guards("another", 1)
    assert "len(files) < 2" not in guards("three files", 1)


def test_an_environment_that_makes_no_sense_any_more_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "spec.yaml"
    step = """
    steps:
      a is looked at: {when: "'a' in files", do: 'last = files["a"].attempts'}
    ghosts:
      last: {type: int, default: "0"}
"""
    text = TUTORIAL.read_text()
    at = "    symmetric: [url]\n"
    assert text.count(at) == 1
    spec.write_text(text.replace(at, step[1:]))
    found = {
        m["operator"]: m["noticed"]
        for m in judged(capsys, str(spec), "--jobs", "1", code=1)["judged"]
    }
    assert found["widen an environment"] == "three files: the environment raises KeyError"


def test_a_sample_is_the_same_each_time_and_part_of_the_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [str(TUTORIAL), "--tests", str(TESTS), "--sample", "5", "--seed", "3"]
    first = judged(capsys, *arguments, "--jobs", "1", code=0)
    assert judged(capsys, *arguments, "--jobs", "2", code=0) == first
    assert len(first["judged"]) == 5
    assert first["mutants"] > 5


def test_the_table_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "mutants.md"
    arguments = [str(TUTORIAL), "--tests", str(TESTS), "--sample", "3", "-o", str(table)]
    assert cli.main(["mutate", *arguments]) == 0
    said = capsys.readouterr().out
    text = table.read_text()
    assert text.startswith("| change | mutants | check |")
    for told in (said, text):
        assert "3 mutants (a sample of " in told
        assert "Walked whole: three files." in told


def test_tests_that_fail_on_the_unchanged_machine_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "tutorial.yaml"
    changed.write_text(TUTORIAL.read_text().replace("file.attempts < 2", "file.attempts < 3"))
    assert cli.main(["mutate", str(changed), "--tests", str(TESTS)]) == 1
    assert "the unchanged machine fails its tests: test_" in capsys.readouterr().err


def test_as_many_as_asked_for_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    percent = judged(capsys, str(TUTORIAL), code=1)["percent"]
    assert 0 < percent < 100
    judged(capsys, str(TUTORIAL), "--fail-under", str(percent - 1), code=0)
    judged(capsys, str(TUTORIAL), "--fail-under", str(percent + 1), code=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--environment", "nowhere"], 'no environment is called "nowhere"'),
        (["--tests", "nowhere"], "no generated tests in nowhere"),
    ],
)
def test_a_wrong_call_is_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["mutate", str(TUTORIAL), *arguments]) == 2
    assert said in capsys.readouterr().err
