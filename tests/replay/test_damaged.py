"""A file from anywhere: what can be read is read, the rest is told in a sentence, and nothing is run."""

from __future__ import annotations

import marshal
import pickle
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen import cli
from lawful.codegen.replay import RecordingError, read
from lawful.codegen.replay.decoding import Decoder, Undecodable
from lawful.codegen.replay.reading import FIRST
from lawful.generated.tutorial import Add, Fetched, Tutorial
from lawful.runtime import Recorder
from lawful.runtime.recordfile import COUNT, MAGIC, WINDOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of four steps."""
    machine = Tutorial()
    with Recorder(machine, tmp_path / "run.lawful"):
        for url in ("a", "b", "c"):
            machine.handle(Add(url=url))
        machine.handle(Fetched(url="a", size=3))
    return tmp_path / "run.lawful"


HEAD = (MAGIC + b"<\n").ljust(COUNT)


def make(path: Path, *records: Any) -> Path:
    """A file that is in order but for what its records say."""
    data = b"".join(marshal.dumps(record, 2) for record in records)
    head = HEAD + struct.pack("<QIIQQ", len(data), zlib.crc32(data), 1, 0, WINDOW + len(data))
    path.write_bytes(head + data)
    return path


def test_what_is_cut_off_is_told_and_what_is_before_it_is_read(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    recording = read(path)
    assert len(list(recording.steps)) == 3
    assert recording.damage == f"it is cut off at byte {len(whole) - 5} of {len(whole)}"


def test_a_changed_byte_is_noticed_wherever_it_is(path: Path) -> None:
    whole = path.read_bytes()
    for place in random.Random(0).sample(range(WINDOW, len(whole)), 60):
        changed = bytearray(whole)
        changed[place] ^= 0x41
        path.write_bytes(changed)
        assert _damage(path) is not None


def _damage(path: Path) -> str | None:
    try:
        return read(path).damage
    except RecordingError as error:  # not even the snapshot can be read
        return str(error)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no recording"),
        (b"{}", "is no recording"),
        (pickle.dumps(print), "is no recording"),
        (MAGIC, "another version"),
        (MAGIC.replace(b"2", b"3").ljust(100), "another version"),
        (HEAD + bytes(31), "another version"),
        (HEAD + bytes(32), "nothing had happened"),
        (HEAD + b"\xff" * 32, "is cut off"),
        (HEAD + struct.pack("<QIIQQ", 9, 0, 0, 0, WINDOW), "is cut off"),
        (HEAD + struct.pack("<QIIQQ", 9, 0, 0, 9, WINDOW), "is cut off"),
        (FIRST.ljust(40), "another version"),
        ((FIRST + b"<\n").ljust(COUNT) + bytes(16), "nothing had happened"),
    ],
)
def test_what_is_no_recording_is_told_in_one_line(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(content)
    for command in (["replay"], ["replay", "--history"]):
        assert cli.main([*command, str(tmp_path / "x")]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("lawful: ")
        assert said.err.count("\n") == 1
        assert told in said.err


SNAPSHOT: dict[str, Any] = {
    "spec": "spec/tutorial.yaml",
    "hash": "",
    "machine": "Tutorial",
    "deviations": {},
    "validate": False,
    "messages": [("Fetch", ["url"]), ("Add", ["url"])],
    "now": 0.0,
    "events": 0,
    "config": {"slots": 2},
    "context": {"queue": [], "active": []},
    "entities": {"File": []},
}


@pytest.mark.parametrize(
    "record",
    [
        7,
        [],
        (),
        ((99, None, "a"), 0.0, None),
        ((-1, None, "a"), 0.0, None),
        ((1, None), 0.0, None),
        ((1, 7, "a"), 0.0, None),
        ((1, None, "a"), "now", None),
        ((1, None, "a"), 0.0, 5),
        ((1, None, "a"), 0.0, [(0,)]),
        ((1, None, "a"), 0.0, None, [("store",)]),
        ((1, None, "a"), 0.0, None, [(0, None, 1)]),
        SNAPSHOT | {"messages": 5},
        SNAPSHOT | {"host": [5]},
        SNAPSHOT | {"entities": {"File": [1]}},
        {"spec": "x"},
    ],
)
def test_records_that_nobody_wrote_are_told_by_their_place(record: Any, tmp_path: Path) -> None:
    recording = read(make(tmp_path / "x", SNAPSHOT, record))
    assert recording.damage is not None
    assert recording.damage.startswith("byte ")


@pytest.mark.parametrize("shape", [7, (), "tokens", ("list",), ("map", "token"), ("tuple", None)])
def test_a_shape_that_no_value_has_is_told(shape: Any, tmp_path: Path) -> None:
    snapshot = SNAPSHOT | {"messages": [("Fetch", {}), ("Add", {"url": shape})]}
    recording = read(make(tmp_path / "x", snapshot, ((1, None, [1, 2]), 0.0)))
    assert recording.damage is not None
    assert recording.damage.endswith("a record is not as recordings have it")


@pytest.mark.parametrize(
    ("snapshot", "told"),
    [
        (SNAPSHOT | {"config": {"slots": "two"}}, "'two' is no int"),
        (SNAPSHOT | {"entities": {"File": [("a", "flying", {})]}}, "state flying"),
        (SNAPSHOT | {"context": {"queue": ["a"], "active": []}}, "there is none"),
        (SNAPSHOT | {"context": {"queue": 5, "active": []}}, "5 is no list"),
    ],
)
def test_a_snapshot_that_fits_no_machine_is_told(
    snapshot: dict[str, Any], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "x", snapshot, ((1, None, "a"), 0.0, None))
    assert cli.main(["replay", str(tmp_path / "x"), "--spec", "spec/tutorial.yaml"]) == 1
    assert told in capsys.readouterr().out


def test_values_of_the_wrong_type_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "x", SNAPSHOT, ((1, None, [1]), 0.0, None))
    assert cli.main(["replay", str(tmp_path / "x"), "--spec", "spec/tutorial.yaml"]) == 1
    assert "Add.url: [1] is no str" in capsys.readouterr().out


def test_no_text_of_a_file_reaches_the_terminal_as_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "x", SNAPSHOT, ((1, "\x1b[2J", "\x1b]0;evil\x07"), 0.0, None))
    for command in (["replay"], ["replay", "--json"], ["replay", "--history"]):
        cli.main([*command, str(tmp_path / "x"), "--spec", "spec/tutorial.yaml"])
    cli.main(["story", str(tmp_path / "x"), "\x1b]0;evil\x07", "--spec", "spec/tutorial.yaml"])
    said = capsys.readouterr()
    assert "evil" in said.out
    assert "\x1b" not in said.out + said.err


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=20,
)


@settings(deadline=None, database=None)
@given(VALUES)
def test_the_decoder_reads_what_marshal_writes(value: Any) -> None:
    decoder = Decoder(marshal.dumps(value, 2))
    assert decoder.value() == value
    assert decoder.place == len(decoder.data)


@settings(deadline=None, database=None)
@given(st.binary() | VALUES.map(lambda value: marshal.dumps(value, 4)))
def test_the_decoder_ends_in_a_value_or_an_error(data: bytes) -> None:
    assert 0 <= _end(data) <= len(data)


def _end(data: bytes) -> int:
    """Where the value ends, or where it is found out that there is none."""
    decoder = Decoder(data)
    try:
        decoder.value()
    except Undecodable as error:
        return error.place
    return decoder.place


@pytest.mark.parametrize(
    "data",
    [
        b"(" * 100_000,
        b"[\x01\x00\x00\x00" * 10_000,
        b"[\xff\xff\xff\x7f",
        b"l\xff\xff\xff\x7f",
        b"{[\0\0\0\0N0",
    ],
)
def test_the_decoder_is_not_led_astray(data: bytes) -> None:
    with pytest.raises(Undecodable):
        Decoder(data).value()
