"""What a machine is given and what it answers, in a file, so that it can be run again.

A file begins with a snapshot, from which a machine can go on; then there is a record for each step. What
they hold stands at ``Recorder``, and how to read them in ``lawful.codegen.replay``. Values of opaque
types are written as tokens and never as what they hold; names of entities are written, as they are what
all else speaks of. Knows machines and the shapes that come with a generated one.
"""

from __future__ import annotations

import inspect
import logging
import marshal
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import IllegalEvent, MachinePoisoned, ReentrantCall, UnknownEvent
from .recordfile import VERSION, RecordFile
from .shapes import Writers, plain, shapes_of

logger = logging.getLogger("lawful.recording")

_NOT_A_STEP = (MachinePoisoned, ReentrantCall, UnknownEvent)

MIN_BYTES = 1 << 12
MAX_BYTES = 16 << 20
FILES = 4


class Recorder:
    """Writes what ``machine`` does to ``path``, from now on.

    A step is in the file when ``handle`` returns: a process that is killed loses nothing but the step in
    hand, and what was written before stays whole. (After a power failure the file may lack more.)

    A file that has reached ``max_bytes`` becomes ``path.1``, that one ``path.2`` and so on, and the last
    of ``files`` goes; so do files that are there already. Each begins with a snapshot, so that the
    newest are enough, and memory is bounded as the disk is. If nothing can be written, the machine goes on without, a warning is logged, and
    ``failure`` tells why.

    Recorded are each event, its instructions, the clock, what host functions have answered, and the name
    of the error if there was one. What is changed from outside is seen in the configuration only: a new
    snapshot follows. ``method`` is that of the machine that takes events.

    ``TypeError`` for a machine that no spec was generated to, ``ValueError`` for sizes that are too small.
    One recorder for a machine; it ends with the machine, the process, ``close`` or the ``with`` block.
    """

    def __init__(
        self,
        machine: Any,
        path: str | os.PathLike[str],
        *,
        max_bytes: int = MAX_BYTES,
        files: int = FILES,
        method: str = "handle",
    ) -> None:
        if files < 1 or max_bytes < MIN_BYTES:
            raise ValueError(f"files must be at least 1, and max_bytes {MIN_BYTES}")
        self._writers = Writers(shapes_of(type(machine)), machine._HANDLERS)
        self.failure: Exception | None = None
        self._file = RecordFile(Path(path), max_bytes, files)
        self._machine = weakref.ref(machine)
        self._calls: list[tuple[Any, ...]] = []
        self._host = getattr(machine, "_host", None)
        if self._host is not None:
            machine._host = _Listening(self._host, self._writers, self._calls)
        self._kind = type(machine)
        self._checks = method == "handle"
        recorded = self._recorded(machine, getattr(self._kind, method))
        machine.__class__ = _recorded_kind(self._kind, method, recorded)
        self._closed = weakref.finalize(machine, self._file.close)

    @property
    def path(self) -> Path:
        """The newest file. It is there after the first step."""
        return self._file.path

    def close(self) -> None:
        """Finish the file and let go of the machine. May be called twice."""
        machine = self._machine()
        if machine is not None and self._closed.alive:
            machine.__class__ = self._kind
            if self._host is not None:
                machine._host = self._host
        self._closed()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _recorded(self, machine: Any, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method of the machine that takes events, and records them."""
        messages, calls, file = self._writers.messages, self._calls, self._file
        dumps, version = marshal.dumps, VERSION
        publish = file.count
        # Whether the next step begins with a snapshot; None: never.
        changed: Callable[[Any], bool] | None = _always

        def one(_: Any, event: Any) -> Any:
            nonlocal changed, publish
            try:
                if changed is not None and changed(machine):
                    self._begin(machine)
                    changed, publish = self._writers.changed(machine), file.count
                if calls:  # somebody has checked the machine meanwhile
                    calls.clear()
                # Before the step: a machine may keep what it is given, and change it.
                given = messages[type(event)](event)
            except Exception as error:
                if type(event) not in messages:
                    # It extends one of the machine's events; or it is none, and will be refused.
                    known = self._writers.add(type(event))
                    return one(machine, event) if known else method(machine, event)
                self._give_up(error)
                return method(machine, event)
            try:
                instructions = method(machine, event)
            except BaseException as error:
                if not isinstance(error, _NOT_A_STEP):
                    told = type(error).__name__  # its text may hold what must not be written
                    self._failed((given, machine.now, None, calls, told))
                    if not isinstance(error, IllegalEvent):
                        changed = _always  # a machine that goes on after that goes on from anywhere
                calls.clear()
                raise
            try:
                record: tuple[Any, ...]
                if instructions:
                    made = []
                    for instruction in instructions:
                        made.append(messages[type(instruction)](instruction))
                    record = (
                        (given, machine.now, made, calls) if calls else (given, machine.now, made)
                    )
                elif calls:
                    record = given, machine.now, None, calls
                else:
                    record = given, machine.now
                try:
                    data = dumps(record, version)
                except ValueError:  # something in it isn't of a plain type
                    data = dumps(plain(record), version)
                if calls:
                    calls.clear()
                # As `RecordFile.append`, without the call.
                write = file.write
                try:
                    publish[0] = file.position = file.position + write(data)
                except ValueError:  # there is no room for it
                    self._append(data)
                    if file.full:
                        changed = _always  # the next step begins a file
            except Exception as error:
                self._give_up(error)
            return instructions

        def several(_: Any, *events: Any) -> Any:
            if len(events) == 1:
                return one(machine, events[0])
            again = method.__name__  # it is another one once the recorder has given up
            return [i for event in events for i in getattr(machine, again)(event)]

        parameters = inspect.signature(method).parameters.values()
        return several if any(p.kind is p.VAR_POSITIONAL for p in parameters) else one

    # Writing

    def _begin(self, machine: Any) -> None:
        """Write a snapshot; in a new file if there is none with room."""
        if self._file.foreign or not self._closed.alive:
            return
        head = {
            "spec": machine.SPEC,
            "hash": machine.SPEC_HASH,
            "machine": type(machine).__name__,
            "deviations": dict(getattr(machine, "DEVIATIONS", {})),
            # A step of the machine's own makes checks of its own.
            "validate": bool(machine.validate) and self._checks,
            "messages": self._writers.fields,
            "host": self._writers.functions,
        }
        snapshot = head | self._writers.snapshot(machine)
        if self._file.full:
            self._file.begin(_dumped(snapshot))
        else:
            self._append(_dumped(snapshot))

    def _failed(self, record: Any) -> None:
        try:
            self._append(_dumped(record))
        except Exception as error:
            self._give_up(error)

    def _append(self, data: bytes) -> None:
        # Whoever has kept the method of the machine goes on calling it after the end.
        if self._closed.alive:
            self._file.append(data)

    def _give_up(self, error: Exception) -> None:
        self.failure = error
        logger.warning("%s is not written any more: %s", self.path, error, exc_info=error)
        self.close()


def _recorded_kind(kind: type, method: str, recorded: Callable[..., Any]) -> type:
    """The class of one machine while it is recorded: only the method that takes events is another one. A
    copy of the machine is of its own class, and nobody records it."""

    inherited: Any = kind.__reduce_ex__

    def reduce(self: Any, protocol: Any) -> Any:
        _, (_, *arguments), *rest = inherited(self, protocol)
        return _new, (kind, *arguments), *rest

    body = {
        "__slots__": (),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        "__reduce_ex__": reduce,
        method: recorded,
    }
    return type(kind.__name__, (kind,), body)


def _new(kind: Any, *arguments: Any) -> Any:
    return kind.__new__(kind, *arguments)


def _always(_: Any) -> bool:
    return True


def _itself(value: Any) -> Any:
    return value


def _dumped(record: Any, dumps: Callable[[Any, int], bytes] = marshal.dumps) -> bytes:
    try:
        return dumps(record, VERSION)
    except ValueError:  # something in it isn't of a plain type
        return dumps(plain(record), VERSION)


class _Listening:
    """In the place of the host: passes everything on, and notes what is answered."""

    def __init__(self, inner: Any, writers: Writers, calls: list[tuple[Any, ...]]) -> None:
        self._inner = inner
        for name in dir(type(inner)):
            if not name.startswith("_") and callable(getattr(type(inner), name)):
                setattr(self, name, getattr(inner, name))  # faster than `__getattr__`
        for name, *_ in writers.functions:
            if callable(getattr(inner, name, None)):
                setattr(self, name, writers.listening(inner, name, calls.append))

    def __getattr__(self, name: str) -> Any:
        if name == "_inner":  # in a copy that is being made
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __reduce__(self) -> Any:
        return _itself, (self._inner,)  # a copy of the machine calls the host itself
