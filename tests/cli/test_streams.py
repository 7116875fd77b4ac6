"""Where the output goes: a reader that has left, a full disk, a stream that is closed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = str(ROOT / "spec" / "tutorial.yaml")

# A sentence, data in one piece, the help of the command line library, and more than a pipe takes at once.
CALLS = {
    "a sentence": ("check", TUTORIAL),
    "data": ("check", TUTORIAL, "--json"),
    "help": ("--help",),
    "a picture": ("graph", TUTORIAL),
    "a page": ("report", TUTORIAL),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def start(call: tuple[str, ...], redirected: str = "") -> subprocess.Popen[bytes]:
    """The command as a shell starts it, so that its streams can be closed: ``2>&-``."""
    return subprocess.Popen(
        [
            "sh",
            "-c",
            f'exec "$@" {redirected}',
            "sh",
            sys.executable,
            "-m",
            "lawful.codegen",
            *call,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
    )


def finished(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    out, err = process.communicate()
    return process.returncode, out.decode(), err.decode()


@every_call
def test_a_reader_that_has_left_has_seen_enough(call: tuple[str, ...]) -> None:
    with start(call) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # before anything can have been written
        err = process.stderr.read()
    assert (process.returncode, err) == (0, b"")


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a disk that is always full"
)
@every_call
def test_a_full_disk_is_no_mistake_of_lawfuls_own(call: tuple[str, ...]) -> None:
    code, _, err = finished(start(call, "> /dev/full"))
    assert (code, err) == (2, "lawful: can't write: No space left on device\n")


@every_call
def test_who_closes_stdout_is_told_nothing(call: tuple[str, ...]) -> None:
    assert finished(start(call, ">&-")) == (0, "", "")


@every_call
def test_who_closes_stderr_gets_the_rest(call: tuple[str, ...]) -> None:
    assert finished(start(call, "2>&-")) == finished(start(call))


def test_a_mistake_keeps_its_exit_code_where_nobody_can_be_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("lawful: 1\nmachine: Bad\nevnts: {}\n")
    assert finished(start(("check", str(bad)), ">&- 2>&-")) == (1, "", "")
