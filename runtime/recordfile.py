"""Files of records: what has been put into one survives the process, however it ends.

A file is mapped into memory, and its pages belong to the operating system. A record is copied to its
place, and only then the length that the file is said to have is moved behind it, in one store of eight
bytes. So a process that is killed leaves whole records and nothing else, and no record costs a system
call. A file of its own length and with a checksum is what an orderly end leaves.

====== ==== ====
offset size
====== ==== ====
0      24   ``lawful recording 2 <``, a newline, padding. ``<``: numbers are little-endian; ``>``: big
24     8    where the records end, from the start of the file
32     4    CRC-32 of the records
36     4    1 if the file was closed and the checksum is there
40          the records, one behind the other
====== ==== ====

A record is a value as ``marshal`` writes it in its version 2, whose nine codes for numbers, texts and
collections of those have been the same since Python 2.4, and tells its own length. Knows nothing of
machines.
"""

from __future__ import annotations

import errno
import mmap
import os
import struct
import sys
import weakref
import zlib
from collections.abc import Callable
from pathlib import Path

KIND = b"lawful recording "
MAGIC = KIND + b"2 "
END, CHECKSUM, CLOSED, RECORDS = 24, 32, 36, 40
VERSION = 2  # of marshal

_NOWHERE = memoryview(b"")


class RecordFile:
    """The file that ``path`` names, once there is a first record; older ones are ``path.1`` and so on.

    There are at most ``files``, each of ``max_bytes``, or of what its first record needs. The room is
    taken at once: a disk that is full says so here, as ``OSError``, and not in the middle of a record.

    ``write`` puts bytes behind the others and returns their number, or raises ``ValueError`` if there is no
    room; ``position`` is where the next ones go, and ``end[0]`` says where the records end. Whoever is in
    a hurry puts a record there by himself, as ``append`` does.
    """

    __slots__ = (
        "__weakref__",
        "_descriptor",
        "_files",
        "_map",
        "_max",
        "_pid",
        "end",
        "path",
        "position",
        "view",
        "write",
    )

    def __init__(self, path: Path, max_bytes: int, files: int) -> None:
        self.path = path
        self._max = max_bytes
        self._files = files
        self._map: mmap.mmap | None = None
        self._descriptor = -1
        self._pid = os.getpid()
        self.view = self.end = _NOWHERE
        self.write: Callable[[bytes], int] = _no_room
        self.position = 0
        _files_here.add(self)

    @property
    def foreign(self) -> bool:
        """Whether this process is a fork of the one that writes the file."""
        return self._pid != os.getpid()

    @property
    def full(self) -> bool:
        """Whether the next record should begin a file."""
        return self.write is _no_room

    def append(self, data: bytes) -> None:
        """Put a record behind the others. One for which there was no room makes the file longer; it is
        the last then."""
        if self.foreign:
            return
        try:
            self.write(data)
        except ValueError:
            if os.pwrite(self._descriptor, data, self.position) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
            self.write = _no_room
        self.position += len(data)
        self.end[0] = self.position

    def begin(self, first: bytes) -> None:
        """Close the file, if there is one, and begin the next with a record, and room for as much again."""
        if self.foreign:
            return
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        size = max(self._max, RECORDS + 2 * len(first))
        hidden = self.path.with_name(f".{self.path.name}.new")  # until it is one
        hidden.unlink(missing_ok=True)
        self._descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _reserve(self._descriptor, size)
            self._map = mmap.mmap(self._descriptor, size)
        except OSError:
            os.close(self._descriptor)
            hidden.unlink(missing_ok=True)
            raise
        self.view = memoryview(self._map)
        self.end = self.view[END:CHECKSUM].cast("Q")
        order = b"<\n" if sys.byteorder == "little" else b">\n"
        self.view[:END] = (MAGIC + order).ljust(END)
        self._map.seek(RECORDS)
        self.write = self._map.write
        self.position = RECORDS
        self.append(first)
        self._make_way()
        os.replace(hidden, self.path)

    def _make_way(self) -> None:
        """Give each file the next number; the last goes."""
        last = 0
        while last < self._files - 1 and self._numbered(last).exists():
            last += 1
        for number in range(last, 0, -1):
            os.replace(self._numbered(number - 1), self._numbered(number))

    def close(self) -> None:
        """Write the checksum and give the room that is left back. May be called twice."""
        opened, self._map = self._map, None
        if opened is None:
            return
        mine = not self.foreign
        if mine:
            checksum = 0
            with os.fdopen(os.dup(self._descriptor), "rb") as file:
                file.seek(RECORDS)
                while part := file.read(min(1 << 20, self.position - file.tell())):
                    checksum = zlib.crc32(part, checksum)
            os.pwrite(self._descriptor, struct.pack("=II", checksum, 1), CHECKSUM)
        self.end.release()
        self.view.release()
        self.view = self.end = _NOWHERE
        self.write = _no_room
        opened.close()
        if mine:
            os.ftruncate(self._descriptor, self.position)
        os.close(self._descriptor)
        self._descriptor = -1

    def leave(self) -> None:
        """After a fork: the pages are shared with the parent, and the file is his."""
        self.write = _no_room

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


def _no_room(_: bytes) -> int:
    raise ValueError


def _reserve(descriptor: int, size: int) -> None:
    """Make the file ``size`` bytes long, on the disk and not as a promise."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    left = size  # macOS
    while left:
        left -= os.write(descriptor, bytes(min(left, 1 << 20)))


_files_here: weakref.WeakSet[RecordFile] = weakref.WeakSet()


def _forked() -> None:
    for file in _files_here:
        file.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
