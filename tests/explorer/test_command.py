"""``lawful explore``: words, exit codes, and the same answer every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from lawful.codegen.cli import main
from lawful.codegen.explorer import Limits, Search, World
from lawful.codegen.explorer.search import Progress
from lawful.codegen.explorer.verdicts import Verdict, judge

from .planted import ROOT, TUTORIAL, changed, checked, lamp
from .test_violations import PLANTED

BROKEN = changed(TUTORIAL, *PLANTED["an invariant"][0])


def written(folder: Path, text: str) -> str:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_what_is_proved_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", written(tmp_path, TUTORIAL)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Tutorial, three files: 140 states, 505 edges, depth 10, ")
    assert "  proved       nothing waits\n" in out
    assert out.endswith("\nproved\n")


def test_what_is_refuted_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", written(tmp_path, BROKEN)]) == 1
    out = capsys.readouterr().out
    assert "  refuted      two tries at most\n" in out
    assert "  3. Fetch(url='a') ends with FetchFailed(url='a', reason='reason').\n" in out
    assert out.endswith("\nrefuted\n")


@pytest.mark.parametrize(
    "limit", [["--depth", "2"], ["--max-states", "3"], ["--time", "0"], ["--memory", "1"]]
)
def test_what_is_undetermined_exits_with_4(
    limit: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explore", written(tmp_path, TUTORIAL), *limit]) == 4
    out = capsys.readouterr().out
    assert "Not everything was seen" in out
    assert out.endswith("\nundetermined\n")


def test_walks_that_find_nothing_are_undetermined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = written(tmp_path, TUTORIAL)
    assert main(["explore", spec, "--walks", "3", "--length", "20", "--seed", "1"]) == 4
    assert "3 walks" in capsys.readouterr().out
    assert main(["explore", written(tmp_path, BROKEN), "--walks", "50"]) == 1


def test_a_wrong_call_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", str(tmp_path / "none.yaml")]) == 2
    assert main(["explore", written(tmp_path, TUTORIAL), "--environment", "none"]) == 2
    assert 'there are: "three files"' in capsys.readouterr().err
    text = TUTORIAL[: TUTORIAL.index("environments:")]
    assert main(["explore", written(tmp_path, text)]) == 2
    missing = str(tmp_path / "no folder/test.py")
    assert main(["explore", written(tmp_path, BROKEN), "--write-test", missing]) == 2


def test_a_spec_with_mistakes_exits_with_1(tmp_path: Path) -> None:
    assert (
        main(["explore", written(tmp_path, changed(TUTORIAL, ("attempts < 2", "attemps < 2")))])
        == 1
    )


def test_a_diagram_and_a_test_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "test_it.py"
    assert main(["explore", written(tmp_path, BROKEN), "--mermaid", "--write-test", str(test)]) == 1
    assert capsys.readouterr().out.startswith("sequenceDiagram\n")
    assert "play.ends(" in test.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.glob(".*")] == []


# What proves nothing


def said(spec: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Any]:
    code = main(["explore", spec, "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def vacuous(world: Any) -> dict[str, str]:
    return {f["name"]: f["vacuous"] for f in world["findings"] if f["vacuous"] is not None}


def test_a_premise_that_never_holds_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = changed(
        TUTORIAL,
        (
            "two tries at most: {for: File, holds: file.attempts <= 2}",
            "never so often: {for: File, when: file.attempts > 2, holds: file.attempts < 2}",
        ),
    )
    spec = written(tmp_path, text)
    code, data = said(spec, capsys)
    assert (code, data["verdict"]) == (0, "proved")
    assert vacuous(data["worlds"][0]) == {"never so often": "its premise never holds"}
    code, data = said(spec, capsys, "--strict")
    assert (code, data["verdict"]) == (4, "undetermined")


def test_a_world_that_sends_nothing_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = changed(
        TUTORIAL, ('{Add: {at_most: "4"}}', '{Add: {at_most: "4", when: len(queue) > 9}}')
    )
    _, data = said(written(tmp_path, text), capsys)
    (world,) = data["worlds"]
    assert (world["states"], world["edges"]) == (1, 0)
    reasons = set(vacuous(world).values())
    assert reasons == {"nothing ever happens in this world"}
    assert len(vacuous(world)) == len(world["findings"])


def test_a_world_that_never_rests_proves_nothing_of_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = lamp(promises="at_quiescence: {it is dark: not lit}", sends="Toggle: {fair: true}")
    _, data = said(written(tmp_path, text), capsys)
    assert vacuous(data["worlds"][0])["it is dark"] == "the world never comes to rest"


# The same every time


@pytest.mark.parametrize(
    "file",
    ["spec/tutorial.yaml", "tests/oracles/registers/single_copy.yaml", "tests/oracles/voting.yaml"],
)
def test_the_same_run_gives_the_same_numbers_whatever_the_hash_seed(file: str) -> None:
    outputs = []
    for seed in ("0", "1", "4711"):
        done = subprocess.run(
            [sys.executable, "-m", "lawful.codegen", "explore", str(ROOT / file), "--json"],
            env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        data = json.loads(done.stdout)
        for world in data["worlds"]:
            del world["seconds"]
        outputs.append(data)
    assert outputs[0] == outputs[1] == outputs[2]


# Interrupted


class Interrupting:
    """Presses Ctrl-C once there are so many states."""

    def __init__(self, states: int) -> None:
        self.states = states

    def __call__(self, progress: Progress) -> None:
        if progress.states >= self.states:
            raise KeyboardInterrupt


def test_an_interrupted_search_tells_what_is_known(tmp_path: Path) -> None:
    text = changed(TUTORIAL, ('at_most: "4"', 'at_most: "9"'), ("    symmetric: [url]\n", ""))
    spec = checked(tmp_path, text)
    search = Search(World(spec, spec.environments["three files"], "spec.yaml"))
    search.run(Limits(), tell=Interrupting(300))
    assert search.stopped == "interrupted"
    result = judge(search)
    assert result.verdict is Verdict.undetermined
    assert all(f.verdict is Verdict.undetermined for f in result.findings)
    assert search.progress.states == len(search.states) >= 300


def test_ctrl_c_ends_the_command_in_order(tmp_path: Path) -> None:
    """The search of a world without end is interrupted once it says how far it is."""
    text = changed(
        TUTORIAL,
        ("values: {url: [a, b, c]}\n    symmetric: [url]", "values: {url: [a, b, c, d, e, f, g]}"),
        ('at_most: "4"', 'at_most: "99"'),
    )
    child = pexpect.spawn(
        sys.executable,
        ["-m", "lawful.codegen", "explore", written(tmp_path, text)],
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "TERM": "xterm"},
        encoding="utf-8",
        timeout=None,
        dimensions=(24, 200),
    )
    child.expect("to expand, depth")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 4
    shown = child.before or ""
    assert "Not everything was seen: it was interrupted." in shown
    assert shown.endswith("\r\nundetermined\r\n")
