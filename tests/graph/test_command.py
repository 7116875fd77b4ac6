"""``lawful graph``: formats, files, mistakes; the same bytes in every process."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from lawful.codegen.cli import main

ROOT = Path(__file__).resolve().parents[2]


def graph(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """``lawful graph`` in a process of its own, in the root of the project, into a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "lawful.codegen", "graph", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), **environment},
        capture_output=True,
        check=False,
    )


DRAW_ALL = """
import hashlib, sys
from pathlib import Path
from lawful.codegen.checking import check
from lawful.codegen.diagram import Format, extract, render
for name in ("spec/tutorial.yaml", "spec/downloader/machine.yaml"):
    spec, _ = check(Path(name))
    for view in ("life-cycle", "flow", "both"):
        for format in set(Format) - {"png", *sys.argv[1:]}:
            data = render(extract(spec, view), format)
            print(name, view, format, len(data) > 200, hashlib.sha256(data).hexdigest())
"""


def test_every_process_draws_the_same_bytes() -> None:
    left_out = [] if importlib.util.find_spec("pygraphviz") else ["svg"]
    printed = [
        subprocess.run(
            [sys.executable, "-c", DRAW_ALL, *left_out],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for seed in ("0", "1", "2")
    ]
    assert len({tuple(sorted(lines)) for lines in printed}) == 1
    assert len(printed[0]) == 2 * 3 * (6 - len(left_out))
    assert all(" True " in line for line in printed[0])


def test_into_a_pipe_go_no_colours_and_a_hundred_columns() -> None:
    text = graph("spec/downloader").stdout.decode()
    assert "\x1b" not in text
    assert 60 < max(map(len, text.split("\n"))) <= 100


def test_the_width_of_the_window_is_used() -> None:
    text = graph("spec/downloader", COLUMNS="70").stdout.decode()
    assert max(map(len, text.split("\n"))) <= 70


def test_an_output_without_line_drawing_gets_ascii() -> None:
    result = graph("spec/tutorial.yaml", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.stdout.isascii()
    assert b"|- queued (begins here)" in result.stdout


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """``run(*arguments)``: the exit code and what stderr says; stdout must stay empty."""
    monkeypatch.chdir(ROOT)

    def run_here(*arguments: str) -> tuple[int, str]:
        code = main(["graph", *arguments])
        out, err = capfd.readouterr()
        assert out == ""
        return code, err

    return run_here


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("g.mmd", b"stateDiagram-v2"),
        ("g.dot", b"digraph"),
        ("g.md", b"# Tutorial"),
        ("g.json", b"{"),
        ("g.txt", b"Tutorial"),
        ("g.svg", b"<?xml"),
        ("g.png", b"\x89PNG"),
    ],
)
def test_the_ending_of_a_file_says_the_format(
    tmp_path: Path, run: Run, name: str, begins: bytes
) -> None:
    if name.endswith(("svg", "png")):
        pytest.importorskip("pygraphviz")
    assert run("spec/tutorial.yaml", "--output", str(tmp_path / name)) == (0, "")
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_view_shows_what_was_asked_for(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "g.txt"
    run("spec/tutorial.yaml", "--view", "life-cycle", "--output", str(file))
    cycle = file.read_text(encoding="utf-8")
    run("spec/tutorial.yaml", "--view", "flow", "--output", str(file))
    flow = file.read_text(encoding="utf-8")
    assert "File (4 states, 5 pairs)" in cycle
    assert "Events" not in cycle
    assert "Events" in flow
    assert "states" not in flow


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.yaml"], 2, "nowhere.yaml"),
        (["spec/tutorial.yaml", "--entity", "Fiel"], 2, 'no entity "Fiel"'),
        (["spec/tutorial.yaml", "--format", "gif"], 2, "gif"),
        (["spec/tutorial.yaml", "--output", "picture"], 2, "use --format"),
        (["spec/tutorial.yaml", "--output", "no/such/g.dot"], 2, "can't write no/such/g.dot"),
        (["spec"], 2, "holds several machines; name one of: spec/downloader/machine.yaml, "),
    ],
)
def test_a_wrong_call_is_one_sentence(
    run: Run, arguments: list[str], code: int, sentence: str
) -> None:
    returned, said = run(*arguments)
    assert returned == code
    assert sentence in said
    assert "Traceback" not in said


def test_a_class_that_a_spec_names_is_imported_by_nobody(tmp_path: Path, run: Run) -> None:
    text = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
    spec = tmp_path / "bound.yaml"
    spec.write_text(
        text.replace("  Fetch:\n", '  Fetch:\n    bind: "nowhere.at.all:Fetch"\n', 1), "utf-8"
    )
    assert run(str(spec), "--output", str(tmp_path / "g.dot")) == (0, "")


def test_a_spec_with_mistakes_is_not_drawn_but_explained(tmp_path: Path, run: Run) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("lawful: 1\nmachine: Bad\ncolour: red\n", encoding="utf-8")
    code, said = run(str(spec))
    assert code == 1
    assert "bad.yaml:3:1" in said


def in_a_terminal(**environment: str) -> str:
    """What a terminal of 80 columns is left with: progress, which a busy machine shows, is wiped away."""
    shown = pexpect.spawn(
        sys.executable,
        ["-m", "lawful.codegen", "graph", "spec/tutorial.yaml"],
        cwd=str(ROOT),
        env={
            **{k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")},
            "PYTHONPATH": str(ROOT / ".dev"),
            "TERM": "xterm",
            **environment,
        },
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=None,
    )
    text: str = shown.read()
    shown.wait()
    assert shown.exitstatus == 0
    cursor_is_back = text.rpartition("\x1b[?25h")[2]
    return re.sub(r"\r?\x1b\[1?A|\x1b\[2K", "", cursor_is_back).lstrip("\r\n")


def test_a_terminal_gets_colours_unless_it_wants_none() -> None:
    coloured, plain = in_a_terminal(), in_a_terminal(NO_COLOR="1")
    assert "\x1b[" in coloured
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == plain.split()
    assert 60 < max(map(len, plain.split("\r\n"))) <= 80


def test_a_terminal_is_not_sent_a_png() -> None:
    shown = pexpect.run(
        f"{sys.executable} -m lawful.codegen graph spec/tutorial.yaml --format png",
        cwd=str(ROOT),
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
        timeout=None,
    )
    assert isinstance(shown, bytes)
    assert b"use --output picture.png" in shown
