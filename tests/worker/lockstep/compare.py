"""Everything that can be seen of a machine, and the first difference between two of them, in words.

What is compared after every step is a ``picture``: each field of each task, each collection, counters
and settings. How far the order of sets counts is for ``Order`` to say. Tracebacks of stores that fail run through the machines' own files, so
of those only the innermost place is compared.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from operator import attrgetter
from typing import Any

from distributed import worker_state_machine as upstream

from lawful.runtime import OrderedSet

from .model import Step
from .style import Style

FAILURE = ("exception", "traceback", "exception_text", "traceback_text")
LINKS = ("dependencies", "dependents", "waiting_for_data", "waiters")
FIELDS = tuple(
    f.name
    for f in dataclasses.fields(upstream.TaskState)
    if f.name not in (*LINKS, *FAILURE, "who_has", "__weakref__")
)
SEEN_OF_A_TASK = (*FIELDS, *FAILURE, "who_has", *LINKS, "repr", "get_nbytes")

VALUES = (
    "address", "nthreads", "running", "fetch_count", "transfer_message_bytes_limit",
    "transfer_incoming_bytes", "transfer_incoming_count_limit", "transfer_incoming_count_total",
    "transfer_incoming_bytes_throttle_threshold", "transfer_incoming_bytes_limit", "generation",
    "total_resources", "available_resources", "executed_count", "nbytes",
    "executing_count", "in_flight_tasks_count", "transfer_incoming_count",
)  # fmt: skip
SETS_OF_TASKS = (
    "waiting", "missing_dep_flight", "executing", "in_flight_tasks", "long_running",
    "all_running_tasks",
)  # fmt: skip

_fields_of = attrgetter(*FIELDS)
_values_of = attrgetter(*VALUES)
_key_of = attrgetter("key")


class Difference(AssertionError):
    """Two machines differ; says where and how, and after which steps in which style."""

    style: Style
    steps: Sequence[Step]

    @property
    def about(self) -> str:
        """What differs, without where in it."""
        return str(self).partition("[")[0]


class Order(Enum):
    """What the order of sets may decide between two machines that are called equal."""

    NOTHING = auto()
    ORDERS = auto()
    """In which order other things are."""
    IDLE_STEPS = auto()
    """That, and how often a task is asked for something and stays as it is."""


class Comparison:
    """How to look at machines."""

    def __init__(self, order: Order) -> None:
        self.ordered = ordered = order is Order.NOTHING
        self._idle = order is Order.IDLE_STEPS
        # Ordered sets become lists; plain ones, whose order says nothing, sets.
        self._shown: Callable[[Iterable[Any]], Any] = list if ordered else frozenset

    def picture(self, ws: Any) -> dict[str, Any]:
        """All that there is but logs and what is expensive to look at."""
        shown = self._shown
        seen: dict[str, Any] = {"values": _values_of(ws)}
        if not self._idle:
            seen["transition_counter"] = ws.transition_counter
        for name in SETS_OF_TASKS:
            seen[name] = shown(map(_key_of, getattr(ws, name)))
        for name in ("ready", "constrained"):
            seen[name] = shown(map(_key_of, _sorted(getattr(ws, name))))
        seen["busy_workers"] = shown(ws.busy_workers)
        for name, listed in (
            ("has_what", ws.has_what),
            ("in_flight_workers", ws.in_flight_workers),
        ):
            seen[name] = self._map((peer, shown(keys)) for peer, keys in listed.items())
        seen["data_needed"] = self._map(
            (peer, shown(map(_key_of, _sorted(tasks)))) for peer, tasks in ws.data_needed.items()
        )
        seen["actors"] = self._map(ws.actors.items())
        seen["data"] = self._map(ws.data.items())
        seen["threads"] = ws.threads
        seen["tasks"] = self._map((key, self._task(task)) for key, task in ws.tasks.items())
        return seen

    def _map(self, items: Iterable[tuple[Any, Any]]) -> Any:
        return list(items) if self.ordered else dict(items)

    def _task(self, task: Any) -> tuple[Any, ...]:
        shown = self._shown
        return (
            *_fields_of(task),
            *_failure(task),
            shown(task.who_has),
            shown(map(_key_of, task.dependencies)),
            shown(map(_key_of, task.dependents)),
            shown(map(_key_of, task.waiting_for_data)),
            shown(map(_key_of, task.waiters)),
            repr(task),
            task.get_nbytes(),
        )

    def instructions(self, given: Iterable[Any]) -> Any:
        """Class and all fields of each."""
        seen = [_fields(instruction) for instruction in given]
        return seen if self.ordered else _counted(map(_unordered, seen))

    def log(self, records: Iterable[tuple[Any, ...]]) -> Any:
        """Without the times. Without order, what is recommended is compared by itself: of two inputs that
        a task waits for, it is the later that recommends the task."""
        seen = [_record(record) for record in records]
        if self.ordered:
            return seen
        transitions = [record for record in seen if len(record) == 6]
        recommended = {repr(pair) for record in transitions for pair in record[4]}
        return {"recommended": recommended, "records": self._counted_records(seen)}

    def story(self, records: Iterable[tuple[Any, ...]]) -> Any:
        """Records without the times; without order also without what they recommend."""
        seen = [_record(record) for record in records]
        return seen if self.ordered else self._counted_records(seen)

    def _counted_records(self, seen: list[tuple[Any, ...]]) -> Counter[str]:
        return _counted(
            _unordered((*r[:4], *r[5:]) if len(r) == 6 else r)
            for r in seen
            if not (self._idle and len(r) == 6 and r[1] == r[3])
        )

    def events(self, logged: Iterable[Any]) -> list[Any]:
        """Entries of ``stimulus_log``, with the times at which they were handled."""
        return [(type(event), event.handled, *_values(event)) for event in logged]

    def dump(self, ws: Any, *, logs: bool) -> dict[str, Any]:
        """``_to_dict`` without the times of the log, or without logs."""
        shown = ws._to_dict(exclude=() if logs else ("log", "stimulus_log"))
        if logs:
            shown["log"] = [
                [_sorted_list(x) if isinstance(x, list) else x for x in record[:-1]]
                for record in shown["log"]
            ]
        for name in ("executing", "long_running", "in_flight_tasks"):
            shown[name] = _sorted_list(shown[name])  # plain sets in both
        # Only with a clock that stands still is a state left again in no time.
        elapsed = shown["task_cumulative_elapsed"]
        shown["task_cumulative_elapsed"] = {pair: time for pair, time in elapsed.items() if time}
        whole: dict[str, Any] = _plain(shown)
        if self._idle:
            del whole["transition_counter"]
        return whole if self.ordered else _unordered(whole)


def _sorted(heap: Any) -> Iterable[Any]:
    """Upstream's heaps are in order only if they are asked for it."""
    tasks: Iterable[Any] = heap.sorted() if hasattr(heap, "sorted") else heap
    return tasks


def _record(record: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        frozenset(x)
        if isinstance(x, (set, OrderedSet))
        else list(x.items())
        if isinstance(x, dict)
        else x
        for x in record[:-1]
    )


_NAMES: dict[type, tuple[str, ...]] = {}


def _values(thing: Any) -> list[Any]:
    """The fields of an event or an instruction."""
    kind = type(thing)
    if kind not in _NAMES:
        _NAMES[kind] = tuple(f.name for f in dataclasses.fields(kind))
    return [getattr(thing, name) for name in _NAMES[kind]]


def _fields(instruction: Any) -> tuple[Any, ...]:
    kind = type(instruction)
    if kind is upstream.TaskErredMsg:
        return (
            kind,
            instruction.key,
            instruction.run_id,
            *_failure(instruction),
            instruction.thread,
            instruction.startstops,
            instruction.stimulus_id,
        )
    if kind is upstream.GatherDep:
        return (
            kind,
            instruction.worker,
            frozenset(instruction.to_gather),
            instruction.total_nbytes,
            instruction.stimulus_id,
        )
    return (kind, *_values(instruction))


def _failure(failed: Any) -> tuple[Any, ...]:
    """What is told of a failure, by a task or a message. Errors that a store has raised are pickled with
    their tracebacks, which run through the files of the machine."""
    exception, trace = failed.exception, failed.traceback
    if exception is not None and type(exception.data) is bytes:
        exception, trace = bytes, type(trace)
    return exception, trace, failed.exception_text, _innermost(failed.traceback_text)


def _innermost(text: str) -> str:
    """Of the text of a traceback the place at which it was raised."""
    return text[text.rindex("  File ") :] if text.startswith("  File ") else text


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_PICKLED = re.compile(r"(?<=<Serialize: )b['\"].*")


def _plain(shown: Any) -> Any:
    """Texts without addresses in memory, tracebacks by their innermost place."""
    if isinstance(shown, str):
        if "<" not in shown and "  File " not in shown:
            return shown
        return _PICKLED.sub("", _ADDRESS.sub("", _innermost(shown)))
    if isinstance(shown, dict):
        return {key: _plain(value) for key, value in shown.items()}
    if isinstance(shown, list):
        return [_plain(value) for value in shown]
    return shown


def _sorted_list(values: list[Any]) -> list[Any]:
    return sorted(values, key=repr)


def _unordered(shown: Any) -> Any:
    """Without the order of lists, sets and maps; what stands where in a tuple counts."""
    if isinstance(shown, dict):
        return {key: _unordered(shown[key]) for key in sorted(shown, key=repr)}
    if isinstance(shown, (list, set, frozenset)):
        return sorted(repr(_unordered(value)) for value in shown)
    if isinstance(shown, tuple):
        return tuple(map(_unordered, shown))
    return shown


def _counted(values: Iterable[Any]) -> Counter[str]:
    return Counter(map(repr, values))


def first_difference(theirs: Any, ours: Any, path: str = "") -> str:
    """Where two values differ first: ``tasks['x'].state: upstream has 'ready', ours 'waiting'``."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs:
            if key not in ours:
                return f"{path}[{key!r}]: only upstream has it: {_short(theirs[key])}"
            if theirs[key] != ours[key]:
                return first_difference(
                    theirs[key], ours[key], f"{path}[{key!r}]" if path else str(key)
                )
        for key in ours:
            if key not in theirs:
                return f"{path}[{key!r}]: only ours has it: {_short(ours[key])}"
    if isinstance(theirs, (list, tuple)) and type(theirs) is type(ours):
        for number, (one, other) in enumerate(zip(theirs, ours, strict=False)):
            if one != other:
                return first_difference(one, other, f"{path}[{_name(path, number, theirs)}]")
        longer, who = (theirs, "upstream") if len(theirs) > len(ours) else (ours, "ours")
        shorter = min(len(theirs), len(ours))
        if shorter < len(longer):
            return f"{path}[{shorter}]: only {who} has it: {_short(longer[shorter])}"
    return f"{path}: upstream has {_short(theirs)}, ours {_short(ours)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 500 else f"{text[:500]} …"


def _name(path: str, number: int, values: Any) -> str:
    if path == "values":
        return VALUES[number]
    if path.startswith("tasks") and len(values) == len(SEEN_OF_A_TASK):
        return SEEN_OF_A_TASK[number]
    return str(number)
