"""A run that is killed in the middle leaves whole files only."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.generate.header import MARK
from lawful.codegen.writer import apply, plan

from .building import ROOT

COUNT = 40
KILLS = 25

# Writes new texts over old ones, for ever, and says when it has begun.
WRITER = """
import sys
from pathlib import Path, PurePosixPath
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.writer import apply, plan
from tests.generator.test_kill import texts
print("begun", flush=True)
generation = int(sys.argv[2])
while True:
    generation += 1
    found = Diagnostics()
    root = Path(sys.argv[1])
    apply(root, plan(root, texts(generation), [], found), found)
    assert not len(found)
"""


def texts(generation: int) -> dict[PurePosixPath, str]:
    """Files that are recognizably whole: each begins and ends with its generation."""
    body = "x = 1\n" * 2000
    return {
        PurePosixPath("box", f"file{n}.py"): f"{MARK}\n# {generation}\n{body}# {generation}\n"
        for n in range(COUNT)
    }


def is_whole(text: str) -> bool:
    lines = text.splitlines()
    return lines[0] == MARK and lines[1] == lines[-1] and len(lines) == 2003


def test_a_kill_at_any_moment_leaves_each_file_old_or_new(tmp_path: Path) -> None:
    chance = random.Random(5)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / ".dev"), str(ROOT)])}
    found = Diagnostics()
    apply(tmp_path, plan(tmp_path, texts(0), [], found), found)
    unfinished = 0
    for round_ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(round_ * 1000)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        moment = time.monotonic() + chance.uniform(0, 0.05)
        while time.monotonic() < moment:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        written = sorted((tmp_path / "box").glob("*.py"))
        assert len(written) == COUNT
        assert all(is_whole(path.read_text()) for path in written)
        unfinished += len(list((tmp_path / "box").glob(".*")))
    found = Diagnostics()
    apply(tmp_path, plan(tmp_path, texts(-1), [], found), found)
    assert not len(found)
    assert sorted(p.name for p in (tmp_path / "box").iterdir()) == sorted(p.name for p in texts(-1))
    assert unfinished  # some kills did come in the middle of a file
