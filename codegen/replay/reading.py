"""Files of recordings: what stands in one, as snapshots and steps.

The format is described in ``lawful.runtime.recordfile`` and written by ``lawful.runtime.recording``. A
file is not trusted: whatever stands in it, there is a recording, perhaps one that says where it is
damaged, or a ``RecordingError``. Knows the format; nothing of specs.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lawful.runtime.recordfile import BEHIND, CHECKSUM, COUNT, KIND, MAGIC, WINDOW

from .decoding import Decoder, Undecodable

LARGEST = 1 << 30
"""Bytes; a recording that was not closed may be larger than what is in it."""

FIRST = KIND + b"1 "
"""A file of version 1. Its tokens are always bytes, its host functions are called by their names, and its
records stand where the numbers begin that version 2 has for its window."""

_NUMBERED = re.compile(r"(.*?)(?:\.(\d+))?")


class RecordingError(Exception):
    """A file that is no recording, or that can't be read."""


class Recorded(NamedTuple):
    """An event or an instruction as it stands in a file: opaque values are tokens, in bytes."""

    name: str
    fields: dict[str, Any]
    stimulus_id: str | None = None


class Called(NamedTuple):
    """A host function that was called: its arguments if they were written down, and what it returned or
    the values that it failed with."""

    name: str
    arguments: tuple[Any, ...] | None
    result: Any
    failure: tuple[Any, ...] | None


@dataclass(frozen=True)
class Snapshot:
    """What a machine goes on from. ``validate``: it checked its invariants. ``entities``: kind -> (key, state, fields) of each."""

    spec: str
    hash: str
    machine: str
    deviations: Mapping[str, bool]
    validate: bool
    now: float
    events: int
    config: Mapping[str, Any]
    context: Mapping[str, Any]
    entities: Mapping[str, list[tuple[Any, str, Mapping[str, Any]]]]


@dataclass(frozen=True)
class Step:
    """One step; ``number`` counts them from 1 in the file. ``error`` is the name of the error, if it
    ended with one: ``IllegalEvent`` for an event that was refused."""

    number: int
    event: Recorded
    now: float
    instructions: tuple[Recorded, ...]
    calls: tuple[Called, ...]
    error: str | None


@dataclass(frozen=True)
class Recording:
    """A file. ``parts`` begin with a snapshot. ``closed`` tells whether the process came to its end in
    order; ``damage`` where the file is damaged, and how: what stands before that is here."""

    path: Path
    parts: tuple[Snapshot | Step, ...]
    closed: bool
    damage: str | None

    @property
    def head(self) -> Snapshot:
        """The first snapshot."""
        first = self.parts[0]
        assert isinstance(first, Snapshot)
        return first

    @property
    def steps(self) -> Iterator[Step]:
        return (part for part in self.parts if isinstance(part, Step))


def find(named: Path) -> list[Path]:
    """The files that ``named`` stands for: itself, or the recordings in that folder, of each process from
    the oldest to the newest. ``RecordingError`` if there is none."""
    if not named.is_dir():
        return [named]
    try:
        visible = [path for path in named.iterdir() if not path.name.startswith(".")]
        found = [path for path in visible if path.is_file() and _begins_well(path)]
    except OSError as error:
        raise RecordingError(f"{named} can't be read: {error.strerror}") from None
    if not found:
        raise RecordingError(f"{named} holds no recording")
    return sorted(found, key=_age)


def _begins_well(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) in (MAGIC, FIRST)


def _age(path: Path) -> tuple[str, int]:
    """Recordings of one process side by side, the oldest, which has the highest number, first."""
    found = _NUMBERED.fullmatch(path.name)
    assert found is not None
    return found[1], -int(found[2] or 0)


def read(path: Path) -> Recording:
    """Read a file; ``RecordingError`` if it is no recording, or there is nothing in it."""
    try:
        with path.open("rb") as file:
            held = _held(path, file)
    except OSError as error:
        raise RecordingError(f"{path} can't be read: {error.strerror}") from None
    damage = held.damage
    parts: list[Snapshot | Step] = []
    try:
        parts.extend(_parts(held.data))
    except _Damaged as found:
        parts, damage = found.parts, damage or f"byte {held.place(found.place)}: {found.problem}"
    if not parts:
        why = f": {damage}" if damage else ": nothing had happened yet"
        raise RecordingError(f"{path} holds no step{why}")
    return Recording(path, tuple(parts), held.closed, damage)


@dataclass(frozen=True)
class _Held:
    """The records of a file, from the pieces of it that they stand in: where each begins, and its length."""

    data: bytes
    pieces: tuple[tuple[int, int], ...]
    closed: bool
    damage: str | None

    def place(self, offset: int) -> int:
        """Where in the file a byte of the records stands."""
        for start, length in self.pieces:
            if offset < length:
                return start + offset
            offset -= length
        return sum(self.pieces[-1])


def _held(path: Path, file: BinaryIO) -> _Held:
    size = os.fstat(file.fileno()).st_size
    if size > LARGEST:
        raise RecordingError(f"{path} is larger than {LARGEST >> 20} MiB")
    while True:
        file.seek(0)
        head = file.read(WINDOW)
        pieces, order = _pieces(path, head), chr(head[len(MAGIC)])
        data = b""
        for start, length in pieces:
            file.seek(min(start, size))
            piece = file.read(min(length, size))
            data += piece
            if len(piece) < length:
                break
        file.seek(0)
        if head.startswith(FIRST) or file.read(WINDOW)[BEHIND:] == head[BEHIND:]:
            break  # else it is being recorded, and the window was emptied meanwhile
    checksum, closed = struct.unpack_from(f"{order}II", head, CHECKSUM)
    damage = None
    if len(data) < sum(length for _, length in pieces):
        end = max(start + length for start, length in pieces if length)
        damage = f"it is cut off at byte {size} of {end}"
    elif closed and zlib.crc32(data) != checksum:
        damage = "its records are not those that its checksum was made of"
    return _Held(data, pieces, closed == 1, damage)


def _pieces(path: Path, head: bytes) -> tuple[tuple[int, int], ...]:
    """Where the records stand, by the first bytes of a file."""
    if not head.startswith(KIND):
        raise RecordingError(f"{path} is no recording")
    first = head.startswith(FIRST)
    if not ((head.startswith(MAGIC) and len(head) == WINDOW) or (first and len(head) >= BEHIND)):
        raise RecordingError(f"{path} was recorded by another version of lawful")
    order = chr(head[len(MAGIC)])
    if order not in "<>":
        raise RecordingError(f"{path} was recorded by another version of lawful")
    (count,) = struct.unpack_from(f"{order}Q", head, COUNT)
    if first:
        return ((BEHIND, max(count - BEHIND, 0)),)
    behind, begin = struct.unpack_from(f"{order}QQ", head, BEHIND)
    return (begin, behind), (WINDOW, max(count - behind, 0))


@dataclass
class _Damaged(Exception):
    parts: list[Snapshot | Step]
    place: int
    problem: str


@dataclass
class _Names:
    """By number: of messages the name, and where in each field there are tokens that are written as
    numbers; of host functions the name, and the same of what they are given, return and fail with."""

    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    host: list[tuple[str, Any, Any, Any]] = field(default_factory=list)


def _parts(data: bytes) -> list[Snapshot | Step]:
    decoder, names, number = Decoder(data), _Names(), 0
    parts: list[Snapshot | Step] = []
    place = 0
    while decoder.place < len(data):
        place = decoder.place
        try:
            record = decoder.value()
            if isinstance(record, dict):
                parts.append(_snapshot(record))
                names = _Names(_messages(record["messages"]), _functions(record.get("host", [])))
            elif parts:
                number += 1
                parts.append(_step(number, record, names))
            else:
                raise _Damaged(parts, place, "it does not begin with a snapshot")
        except Undecodable as error:
            raise _Damaged(parts, error.place, error.problem) from None
        except (KeyError, IndexError, TypeError, ValueError):
            raise _Damaged(parts, place, "a record is not as recordings have it") from None
    return parts


def _messages(found: Any) -> list[tuple[str, dict[str, Any]]]:
    messages = []
    for name, fields in found:
        held = fields if isinstance(fields, dict) else dict.fromkeys(fields)  # as in version 1
        messages.append((_a(str, name), {_a(str, field): shape for field, shape in held.items()}))
    return messages


def _functions(found: Any) -> list[tuple[str, Any, Any, Any]]:
    return [(_a(str, name), *shapes) for name, *shapes in found]


def _snapshot(record: dict[Any, Any]) -> Snapshot:
    entities = {
        _a(str, kind): [(key, _a(str, state), _a(dict, fields)) for key, state, fields in held]
        for kind, held in _a(dict, record["entities"]).items()
    }
    return Snapshot(
        _a(str, record["spec"]),
        _a(str, record["hash"]),
        _a(str, record["machine"]),
        {_a(str, k): _a(bool, v) for k, v in _a(dict, record["deviations"]).items()},
        _a(bool, record["validate"]),
        float(_a((int, float), record["now"])),
        _a(int, record["events"]),
        _a(dict, record["config"]),
        _a(dict, record["context"]),
        entities,
    )


def _step(number: int, record: Any, names: _Names) -> Step:
    event, now, *rest = _a(tuple, record)
    made, calls, error = [*rest, None, None, None][:3]
    code, stimulus_id, *values = _a(tuple, event)
    if stimulus_id is not None:
        _a(str, stimulus_id)
    return Step(
        number,
        _message(names, code, values)._replace(stimulus_id=stimulus_id),
        float(_a((int, float), now)),
        tuple([_message(names, code, values) for code, *values in made or ()]),
        tuple([_called(names, call) for call in calls or ()]),
        None if error is None else _a(str, error),
    )


def _message(names: _Names, code: Any, values: Iterable[Any]) -> Recorded:
    name, shapes = names.messages[_number(code)]
    fields = zip(shapes.items(), values, strict=True)
    return Recorded(name, {field: _tokens(value, shape) for (field, shape), value in fields})


def _called(names: _Names, call: Any) -> Called:
    code, arguments, result, *failure = _a(tuple, call)
    name, *shapes = (code, None, None, None) if isinstance(code, str) else names.host[_number(code)]
    given, returned, fails = shapes
    return Called(
        name,
        None if arguments is None else _a(tuple, _tokens(arguments, given)),
        _tokens(result, returned),
        _a(tuple, _tokens(failure[0], fails)) if failure else None,
    )


def _number(code: Any) -> int:
    if _a(int, code) < 0:
        raise ValueError(code)
    return int(code)


def _tokens(value: Any, shape: Any) -> Any:
    """The value, with tokens as bytes where they stand as numbers."""
    if shape is None or value is None:
        return value
    if shape == "token":
        return b"#%x" % (value & 0xFFFFFFFFFFFFFFFF) if isinstance(value, int) else value
    match shape:
        case ("list", inner):
            return [_tokens(item, inner) for item in _a(list, value)]
        case ("all", inner):
            return tuple([_tokens(item, inner) for item in _a(tuple, value)])
        case ("map", key, inner):
            items = _a(dict, value).items()
            return {_tokens(name, key): _tokens(item, inner) for name, item in items}
        case ("tuple", *inners):
            pairs = zip(_a(tuple, value), inners, strict=True)
            return tuple([_tokens(item, inner) for item, inner in pairs])
    raise ValueError(shape)


def _a(kind: Any, value: Any) -> Any:
    """The value, which must be of the kind."""
    if not isinstance(value, kind):
        raise TypeError(value)
    return value
