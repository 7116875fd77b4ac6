"""A process that is killed leaves every step that it has finished, whole."""

from __future__ import annotations

import copy
import ctypes
import os
import pickle
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lawful.codegen.checking import check
from lawful.codegen.replay import find, read, reading, replay
from lawful.generated.downloader import Add as Want
from lawful.generated.downloader import Downloader
from lawful.generated.tutorial import Add, Fetched, Tutorial
from lawful.runtime import IllegalEvent, Recorder, UnknownEvent
from tests.downloader.worlds import NoChance

ROOT = Path(__file__).resolve().parents[2]
CERTAIN = 300  # steps that there are before the process is killed


def _finished(folder: Path) -> int:
    try:
        return int((folder / "finished").read_bytes() or b"0")
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize("max_bytes", [4096, 1 << 20], ids=["many files", "one file"])
@pytest.mark.parametrize("seed", range(3))
def test_kill_9_loses_nothing_but_the_step_in_hand(
    seed: int, max_bytes: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.replay.killed", str(tmp_path), str(max_bytes)]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / ".dev")
    }  # this lawful, not the installed one
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wanted = CERTAIN + random.Random(seed).randrange(200)
        while _finished(tmp_path) < wanted:
            assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished = _finished(tmp_path)
    spec, _ = check(ROOT / "spec/tutorial.yaml")
    assert spec is not None
    steps = 0
    paths = find(tmp_path)
    for path in paths:
        recording = read(path)
        assert recording.damage is None
        assert recording.closed or path is paths[-1]
        for step in replay(recording, spec):
            assert step.divergence is None
            steps += 1
    assert steps - finished in (0, 1)


def test_a_recording_is_read_whole_at_any_moment(tmp_path: Path) -> None:
    machine = Tutorial()
    with Recorder(machine, tmp_path / "run", max_bytes=1 << 14):
        for number in range(1, 300):
            machine.handle(Add(url=f"file-{number % 7}" + "x" * (number * number % 97)))
            recordings = [read(path) for path in find(tmp_path)]
            assert [recording.damage for recording in recordings] == [None] * len(recordings)
            assert sum(len(list(recording.steps)) for recording in recordings) == number


def test_a_window_that_is_emptied_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Tutorial()
    where, left = reading._pieces, list(range(40))

    def and_go_on(path: Path, head: bytes) -> tuple[tuple[int, int], ...]:
        found = where(path, head)
        while left:
            machine.handle(Add(url=f"{left.pop()} of b"))
        return found

    with Recorder(machine, tmp_path / "run", max_bytes=1 << 14):  # the window holds about 70 steps
        for number in range(60):
            machine.handle(Add(url=f"{number} of a"))
        monkeypatch.setattr(reading, "_pieces", and_go_on)
        recording = read(tmp_path / "run")
    assert recording.damage is None
    assert len(list(recording.steps)) == 100


def test_a_fork_writes_nothing_into_the_files_of_its_parent(tmp_path: Path) -> None:
    machine = Tutorial()
    with Recorder(machine, tmp_path / "run"):
        machine.handle(Add(url="a"))
        before = (tmp_path / "run").read_bytes()
        child = os.fork()
        if child == 0:
            machine.handle(Add(url="b"))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert (tmp_path / "run").read_bytes() == before
        machine.handle(Add(url="c"))
    assert [step.event.fields for step in read(tmp_path / "run").steps] == [
        {"url": "a"},
        {"url": "c"},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def _full(*_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_ends_the_recording_and_not_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", _full)
    machine = Tutorial()
    recorder = Recorder(machine, tmp_path / "run")
    assert len(machine.handle(Add(url="a"))) == 1
    assert isinstance(recorder.failure, OSError)
    assert "is not written any more" in caplog.text
    assert len(machine.handle(Add(url="b"))) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("full", [False, True], ids=["closed", "after a failure"])
def test_a_method_that_was_kept_takes_events_after_the_end_and_nothing_is_said(
    full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Tutorial()
    recorder = Recorder(machine, tmp_path / "run", max_bytes=4096)
    handle = machine.handle
    handle(Add(url="a"))
    monkeypatch.setattr(os, "posix_fallocate", _full)
    while full and recorder.failure is None:
        handle(Add(url="b"))
    recorder.close()
    before = (tmp_path / "run").read_bytes()
    for url in ("c", "d"):
        handle(Add(url=url))
    with pytest.raises(IllegalEvent):
        handle(Fetched(url="z", size=1))
    assert {"c", "d"} <= set(machine.files)
    assert len(caplog.records) == full
    assert (tmp_path / "run").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_disk_holds_no_more_than_was_asked_for(tmp_path: Path) -> None:
    machine = Tutorial()
    with Recorder(machine, tmp_path / "run", max_bytes=4096, files=3):
        for number in range(2_000):
            machine.handle(Add(url=f"file-{number % 5}"))
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.keys() == {"run", "run.1", "run.2"}
    assert max(sizes.values()) < 4096 + 200  # the last record of a file may stand behind its end


def test_what_is_no_event_of_the_machine_is_not_recorded(tmp_path: Path) -> None:
    machine = Tutorial()
    with Recorder(machine, tmp_path / "run"):
        with pytest.raises(UnknownEvent):
            machine.handle(7)  # type: ignore[arg-type]  # no event at all
        machine.handle(Add(url="b"))
    assert [step.event.fields for step in read(tmp_path / "run").steps] == [{"url": "b"}]


def test_numbers_of_other_classes_are_numbers_again(tmp_path: Path) -> None:
    class Size(int):
        pass

    class Text(str):
        pass

    machine = Tutorial()
    with Recorder(machine, tmp_path / "run") as recorder:
        machine.handle(Add(url=Text("a")))
        machine.handle(Fetched(url="a", size=Size(7)))
        machine.handle(Add(url="b"))
        # Like one of numpy's, it is no `int` and has the bytes of one.
        machine.handle(Fetched(url="b", size=ctypes.c_int64(-8)))  # type: ignore[arg-type]
        assert recorder.failure is None
    spec, _ = check(ROOT / "spec/tutorial.yaml")
    assert spec is not None
    again = list(replay(read(tmp_path / "run"), spec))
    assert [step.divergence for step in again] == [None] * 4
    assert [step.event.fields.get("size") for step in again] == [None, 7, None, -8]


def test_a_copy_of_a_machine_is_not_recorded(tmp_path: Path) -> None:
    machine = Downloader(slots=1, host=NoChance())
    with Recorder(machine, tmp_path / "run") as recorder:
        machine.handle(Want(name="a", url="u"))
        for copied in (copy.deepcopy(machine), pickle.loads(pickle.dumps(machine))):
            assert type(copied) is Downloader
            copied.handle(Want(name="b", url="u"))
            assert set(copied.files) == {"a", "b"}
        assert set(machine.files) == {"a"}
        assert recorder.failure is None
    assert type(machine) is Downloader
    machine.handle(Want(name="c", url="u"))
    assert [step.event.fields["name"] for step in read(tmp_path / "run").steps] == ["a"]


def test_files_that_are_there_are_kept_as_older_ones(tmp_path: Path) -> None:
    for url in ("a", "b"):
        machine = Tutorial()
        with Recorder(machine, tmp_path / "run"):
            machine.handle(Add(url=url))
    first = read(tmp_path / "run.1"), read(tmp_path / "run")
    assert [next(recording.steps).event.fields["url"] for recording in first] == ["a", "b"]
