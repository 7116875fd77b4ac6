"""The demonstration as a whole: what it shows, what it says when something is wrong, and Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pexpect
import pytest

from lawful.runtime.demo.run import STUCK, Plan, Run
from lawful.runtime.demo.server import make_file, make_files
from lawful.runtime.demo.story import most_tried, story
from lawful.runtime.downloader import PART

ROOT = Path(__file__).resolve().parents[2]
DEMO = [sys.executable, "-m", "lawful.runtime.demo"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTHONUNBUFFERED": "1"}


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *arguments], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )


def test_it_downloads_everything_and_shows_what_happened() -> None:
    done = demo("--files", "40")
    assert done.stderr == ""
    assert done.returncode == 0
    for expected in (
        "Made 41 files",
        "Paused: nothing is open",
        "Transitions that fired",
        "The story of file-",
        "Coverage of this run",
        "checksums are right",
    ):
        assert expected in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--files", "3"], "--files must be at least 20"),
        (["--slots", "0"], "--slots must be at least 1"),
        (["--files", "many"], "invalid int value"),
        (["--folder", "/dev/null/x"], "can't go on: [Errno 20] Not a directory"),
    ],
)
def test_a_wrong_call_gets_a_sentence(arguments: list[str], sentence: str) -> None:
    done = demo(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_without_aiohttp_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ModuleNotFoundError('no', name='aiohttp')")
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    done = subprocess.run(
        DEMO, capture_output=True, text=True, env={**ENVIRONMENT, "PYTHONPATH": path}, check=False
    )
    assert done.returncode == 2
    assert done.stderr == 'The demonstration needs aiohttp: pip install "lawful[demo]"\n'


def test_who_reads_only_the_first_line_gets_no_complaint() -> None:
    with subprocess.Popen(
        [*DEMO, "--files", "20"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_it_writes_into_no_folder_that_holds_something(tmp_path: Path) -> None:
    mine = tmp_path / "downloads" / "mine"
    mine.parent.mkdir()
    mine.write_text("precious")
    done = demo("--folder", str(tmp_path))
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert mine.read_text() == "precious"


class Silent:
    """A display that shows nothing."""

    def note(self, text: str) -> None: ...

    def advance(self, files: int, received: int) -> None: ...


@pytest.fixture
def small_run(tmp_path: Path) -> Run:
    """A run over 25 small files, at its end."""
    target = tmp_path / "downloads"
    target.mkdir()
    served = [make_file(tmp_path / "server", STUCK, "stuck")]
    served += make_files(tmp_path / "server", 25, largest=5_000)
    run = Run(Plan(target, served), Silent())
    asyncio.run(run.go())
    return run


def test_it_finds_every_kind_of_fault(small_run: Run) -> None:
    assert small_run.problems() == []
    folder = small_run.plan.folder
    first, second = [file.name for file in small_run.plan.served if (folder / file.name).exists()][
        :2
    ]
    content = bytearray((folder / first).read_bytes())
    content[0] ^= 1
    (folder / first).write_bytes(content)
    (folder / second).unlink()
    (folder / ("third" + PART)).touch()
    (folder / "stray").touch()
    (folder / STUCK).write_bytes(small_run.plan.served[0].path.read_bytes())
    assert sorted(small_run.problems()) == sorted(
        [
            f"{first} is damaged.",
            f"{second} was reported as done, and it is not there.",
            f"third{PART} was left behind.",
            "Nobody asked for stray.",
            f"{STUCK} is there, and it was cancelled.",
        ]
    )


def test_the_story_of_the_file_that_took_most_tries_is_told_in_words(small_run: Run) -> None:
    name = most_tried(small_run.machine.chronicle)
    assert name is not None
    told = list(story(small_run.machine.chronicle, name))
    assert told[0].happened == "Somebody wants it."
    assert told[0].states[:2] == ("idle", "queued")
    assert any("fetch fails: HTTP 500" in sentence.happened for sentence in told)
    assert told[-1].happened == "It has its final name."
    assert told[-1].states == ("storing", "done")
    assert told[-1].done == ("report: done",)
    for before, after in pairwise(told):
        assert before.at <= after.at


# Interrupted

FILES = 150

# The files that come in pieces never come to their ends, so that a busy machine finds it at work as well.
ENDLESS = """
import sys
from lawful.runtime.demo import command

made = command.Plan
command.Plan = lambda *given, **named: made(*given, **{**named, "pace": 3600.0})
sys.exit(command.main())
"""


def endless(folder: Path) -> list[str]:
    return [sys.executable, "-c", ENDLESS, "--files", str(FILES), "--folder", str(folder)]


def interrupted(folder: Path, *signals: signal.Signals) -> tuple[int, str, str]:
    """Start the demonstration, and once a file has its name and another is half there, send the
    signals. Exit code, output, errors."""
    with subprocess.Popen(
        endless(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if f"of {FILES + 1} files" in line:
                break
        while process.poll() is None:
            names = os.listdir(folder / "downloads")
            if len({name.endswith(PART) for name in names}) == 2:
                break
        for one in signals:
            process.send_signal(one)
        output, errors = process.communicate()
    return process.returncode, "".join(lines) + output, errors


def half_written(folder: Path) -> list[str]:
    """Files under their final name that are not what the server has."""
    return [
        path.name
        for path in sorted((folder / "downloads").iterdir())
        if not path.name.endswith(PART)
        and path.read_bytes() != (folder / "server" / path.name).read_bytes()
    ]


def test_ctrl_c_leaves_whole_files_only_and_says_so(tmp_path: Path) -> None:
    code, output, errors = interrupted(tmp_path, signal.SIGINT)
    assert (code, errors) == (130, "")
    assert "every download is cancelled" in output
    assert "nothing half-written is left" in output
    assert half_written(tmp_path) == []
    names = os.listdir(tmp_path / "downloads")
    assert 0 < len(names) < FILES
    assert not [name for name in names if name.endswith(PART)]


def test_ctrl_c_in_a_terminal_does_the_same(tmp_path: Path) -> None:
    with pexpect.spawn(
        sys.executable,
        endless(tmp_path)[1:],
        env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "120"},
        encoding="utf-8",
        timeout=None,
    ) as terminal:
        terminal.expect(rf"[1-9]\d* of {FILES + 1} files")
        terminal.sendintr()
        terminal.expect("nothing half-written is left")
        terminal.expect(pexpect.EOF)
    assert terminal.exitstatus == 130
    assert half_written(tmp_path) == []


def test_ctrl_c_twice_leaves_at_once_and_whole_files_only(tmp_path: Path) -> None:
    code, _, errors = interrupted(tmp_path, signal.SIGINT, signal.SIGINT)
    assert (code, errors) == (130, "")
    assert half_written(tmp_path) == []


def test_even_a_kill_leaves_nothing_half_written_under_a_final_name(tmp_path: Path) -> None:
    code, _, _ = interrupted(tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert half_written(tmp_path) == []
    assert len(os.listdir(tmp_path / "downloads")) < FILES
