"""A process that records until it is killed: it says how far it has come, in a file of its own.

Run as ``python -m tests.replay.killed FOLDER MAX_BYTES``. Before each step it writes down, with a system
call, how many steps are finished.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from lawful.generated.tutorial import Add, Tutorial
from lawful.runtime import Recorder


def main(folder: Path, max_bytes: int) -> None:
    machine = Tutorial(log_limit=10, history_limit=10)
    Recorder(machine, folder / "run.lawful", max_bytes=max_bytes, files=1_000)
    finished = os.open(folder / "finished", os.O_WRONLY | os.O_CREAT)
    for number in count(1):
        machine.handle(Add(url=f"file-{number % 7}" + "x" * (number % 300)))
        os.pwrite(finished, b"%9d" % number, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
