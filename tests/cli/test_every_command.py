"""What all commands have in common: the same exit codes, errors on stderr, JSON where a program might read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen import cli
from lawful.runtime import Recorder, VirtualClock

from .test_help import NAMES

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec" / "tutorial.yaml"

# How each is called on a spec (or recording), where it has no other required argument.
CALLS = {
    "check": ["SPEC"],
    "cover": ["SPEC"],
    "diff": ["SPEC", "SPEC"],
    "docs": ["SPEC"],
    "explore": ["SPEC"],
    "generate": ["SPEC"],
    "graph": ["SPEC"],
    "mutate": ["SPEC", "--sample", "1", "--jobs", "1"],
    "replay": ["RUN", "--spec", "SPEC"],
    "report": ["SPEC"],
    "story": ["RUN", "a", "--spec", "SPEC"],
    "watch": ["SPEC"],
}
NO_SPEC = {"explain": ["LF998"], "new": ["no/name"], "schema": ["--nonsense"]}
# Those whose output is no data, or has a form of its own: Markdown, a page, what `--serve` shows, a schema.
NO_JSON = {"docs", "report", "schema", "watch"}


def lawful(*arguments: str) -> int:
    return cli.main(arguments)


def call(name: str, spec: str, run: str = "run.lawful") -> list[str]:
    return [name, *(w.replace("SPEC", spec).replace("RUN", run) for w in CALLS[name])]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a good spec, a bad one, and a recording of the good one."""
    from lawful.generated.tutorial import Add, Tutorial

    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(TUTORIAL.read_text())
    Path("bad.yaml").write_text("lawful: 1\nmachine: Bad\nevnts: {}\n")
    machine = Tutorial(clock=VirtualClock())
    with Recorder(machine, "run.lawful"):
        machine.handle(Add(url="a"))


def test_all_commands_are_looked_at() -> None:
    assert sorted({*CALLS, *NO_SPEC}) == NAMES


# `watch` goes on until it is interrupted: the mistake may be mended next.
@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"watch"}))
def test_a_spec_with_a_mistake_gives_1_with_its_place_on_stderr_and_nothing_on_stdout(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lawful(*call(name, "bad.yaml")) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert 'bad.yaml:3:1: error[LF050] a machine has no key "evnts"' in said.err


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_spec_that_is_not_there_gives_2_and_is_named_on_stderr(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lawful(*call(name, "nowhere.yaml", run="nowhere.lawful")) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "nowhere" in said.err


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"replay", "story"}))
def test_a_spec_that_is_no_file_gives_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful(*call(name, os.devnull)) == 2
    assert "is no ordinary file" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_call_gives_2_and_a_sentence_on_stderr(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lawful(name, "--nonsense") == 2
    assert lawful(name, *NO_SPEC.get(name, [])) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("lawful: ") == 2


@pytest.mark.parametrize("name", sorted({*CALLS, *NO_SPEC} - NO_JSON))
def test_json_is_one_document_alone_on_stdout(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"explain": ["explain"], "new": ["new", "sheep"]}.get(name) or call(
        name, "good.yaml"
    )
    text = lawful(*(word for word in arguments if word != "--json"))
    said = capsys.readouterr()
    if name == "new":
        arguments = ["new", "goats"]
    assert lawful(*arguments, "--json") == text
    json.loads(capsys.readouterr().out)
    with pytest.raises(json.JSONDecodeError):
        json.loads(said.out)


def generated(capsys: pytest.CaptureFixture[str], *options: str, code: int) -> Any:
    assert lawful("generate", "good.yaml", "--json", *options) == code
    return json.loads(capsys.readouterr().out)


def test_generate_tells_of_each_file_what_became_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    def changes(told: dict[str, Any]) -> dict[str, str]:
        return {file["path"]: file["change"] for file in told["files"]}

    first = generated(capsys, code=0)
    assert (first["errors"], first["diagnostics"], first["written"]) == (0, [], True)
    assert set(changes(first).values()) == {"created"}
    assert "generated/tutorial/machine.py" in changes(first)
    assert changes(generated(capsys, code=0)) == dict.fromkeys(changes(first), "same")

    package = Path("generated/tutorial")
    machine = package / "machine.py"
    (package / "stale.py").write_text(machine.read_text())
    machine.write_text(machine.read_text() + "# mine\n")
    (package / "events.py").unlink()
    drifted = {
        "generated/tutorial/events.py": "created",
        "generated/tutorial/machine.py": "updated",
        "generated/tutorial/stale.py": "removed",
    }
    looked = generated(capsys, "--check", code=1)
    assert looked["written"] is False
    assert {p: c for p, c in changes(looked).items() if c != "same"} == drifted
    assert not (package / "events.py").exists()
    mended = generated(capsys, code=0)
    assert {p: c for p, c in changes(mended).items() if c != "same"} == drifted
    assert set(changes(generated(capsys, "--check", code=0)).values()) == {"same"}


def test_generate_tells_of_mistakes_as_check_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("generate", "bad.yaml", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert lawful("check", "bad.yaml", "--json") == 1
    assert told == json.loads(capsys.readouterr().out) | {"written": False, "files": []}


def test_check_counts_as_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", "good.yaml", "--json", "--figures", "--pairs") == 0
    told = json.loads(capsys.readouterr().out)
    (figures,) = told["figures"]
    assert (figures["machine"], figures["state"], figures["event"]) == ("Tutorial", 4, 3)
    assert ("File", "running") in {(pair["entity"], pair["request"]) for pair in told["pairs"]}
