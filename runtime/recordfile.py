"""Files of records: what has been put into one survives the process, however it ends.

A part of a file, its window, is mapped into memory, and its pages belong to the operating system. A
record is copied to its place there, and only then the length that the records are said to have is made
larger, in one store of eight bytes. A full window is written behind what was written before it, and is
empty by the next such store. So a process that is killed leaves whole records and nothing else, and no
record costs a system call; and not a page fault either, as pages that are new would. A file of its own
length and with a checksum is what an orderly end leaves.

====== ==== ====
offset size
====== ==== ====
0      24   ``lawful recording 2 <``, a newline, padding. ``<``: numbers are little-endian; ``>``: big
24     8    how many bytes of records there are
32     4    CRC-32 of the records
36     4    1 if the file was closed and the checksum is there
40     8    how many of the bytes stand behind the window; if there are more, the others are in it
48     8    where the window ends
56          the window, and then the first records, one behind the other
====== ==== ====

In version 1 there was no window: at 24 it said where the records end, and they began at 40.

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
COUNT, CHECKSUM, CLOSED, BEHIND, BEGIN, WINDOW = 24, 32, 36, 40, 48, 56
LARGEST_WINDOW = 1 << 16  # small enough to stay in a processor's cache
VERSION = 2  # of marshal

_NOWHERE = memoryview(b"")


class RecordFile:
    """The file that ``path`` names, once there is a first record; older ones are ``path.1`` and so on.

    There are at most ``files``, each of ``max_bytes``, or of what its first record needs. The room is
    taken at once: a disk that is full says so here, as ``OSError``, and not in the middle of a record.

    ``write`` puts bytes into the window and returns their number, or raises ``ValueError`` if there is no
    room; ``position`` counts the bytes of records, and ``count[0]`` says how many there are. Whoever is in
    a hurry puts a record there by himself, and has ``append`` do it where that fails.
    """

    __slots__ = (
        "__weakref__",
        "_begin",
        "_behind",
        "_descriptor",
        "_files",
        "_map",
        "_max",
        "_pid",
        "_size",
        "count",
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
        self.view = self.count = self._behind = _NOWHERE
        self.write: Callable[[bytes], int] = _no_room
        self.position = self._begin = self._size = 0
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
            self._empty()
            if len(data) <= self._begin - WINDOW and not self.full:
                self.write(data)
            else:
                self._put(data)
                self._behind[0] = self.position + len(data)
        self.position += len(data)
        self.count[0] = self.position

    def _empty(self) -> None:
        """Write what is in the window behind it. The file is full if there is no room for another one."""
        assert self._map is not None
        self._put(self.view[WINDOW : WINDOW + self.position - self._behind[0]])
        self._behind[0] = self.position
        self._map.seek(WINDOW)
        if self.position > self._size - 2 * self._begin:
            self.write = _no_room

    def _put(self, data: bytes | memoryview) -> None:
        if os.pwrite(self._descriptor, data, self._begin + self._behind[0]) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def begin(self, first: bytes) -> None:
        """Close the file, if there is one, and begin the next with a record, and room for as much again."""
        if self.foreign:
            return
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._begin = min(LARGEST_WINDOW, self._max // 4)
        self._size = max(self._max, 3 * self._begin + 2 * len(first))
        hidden = self.path.with_name(f".{self.path.name}.new")  # until it is one
        hidden.unlink(missing_ok=True)
        self._descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _reserve(self._descriptor, self._size)
            self._map = mmap.mmap(self._descriptor, self._begin)
        except OSError:
            os.close(self._descriptor)
            hidden.unlink(missing_ok=True)
            raise
        self.view = memoryview(self._map)
        self.count = self.view[COUNT:CHECKSUM].cast("Q")
        self._behind = self.view[BEHIND:BEGIN].cast("Q")
        order = b"<\n" if sys.byteorder == "little" else b">\n"
        self.view[:COUNT] = (MAGIC + order).ljust(COUNT)
        self.view[BEGIN:WINDOW] = struct.pack("=Q", self._begin)
        self._map.seek(WINDOW)
        self.write = self._map.write
        self.position = 0
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
        if self._map is None:
            return
        mine = not self.foreign
        if mine:
            if self._behind[0]:
                self._empty()
            start = self._begin if self._behind[0] else WINDOW
            end, checksum = start + self.position, 0
            with os.fdopen(os.dup(self._descriptor), "rb") as file:
                file.seek(start)
                while part := file.read(min(1 << 20, end - file.tell())):
                    checksum = zlib.crc32(part, checksum)
            os.pwrite(self._descriptor, struct.pack("=II", checksum, 1), CHECKSUM)
            os.ftruncate(self._descriptor, end)
        self.write = _no_room
        for view in (self.count, self._behind, self.view):
            view.release()
        self.view = self.count = self._behind = _NOWHERE
        self._map.close()
        self._map = None
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
