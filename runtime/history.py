"""What a machine has been through: the events of its last steps and what came of them.

A history is bounded, holds events as they are logged (redacted where the spec says so), and can be
written as JSON, one object a line. Knows base types only.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import starmap
from typing import Any, NamedTuple

from .base import field_names
from .containers import Heap, OrderedSet
from .errors import Record

FORMAT = 1  # the version of the lines that `to_json` writes

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Step(NamedTuple):
    """One step: what came, what it led to, the clock, what host functions returned, what went wrong.

    ``host`` pairs the name of each recorded host function with its result, in the order of the calls.
    ``error`` is the text of the error that poisoned the machine in this step, if one did.
    """

    event: Any
    instructions: tuple[Any, ...]
    now: float
    host: tuple[tuple[str, Any], ...] = ()
    error: str | None = None


class History:
    """The last steps of a machine, oldest first; at most ``limit`` (``None``: all).

    ``spec``, ``spec_hash`` and ``opaque`` (class -> fields that are carried and never looked at) go
    into what ``to_json`` writes.
    """

    __slots__ = ("_raw", "opaque", "spec", "spec_hash")

    def __init__(
        self,
        limit: int | None = 10_000,
        *,
        spec: str = "",
        spec_hash: str = "",
        opaque: Mapping[type, frozenset[str]] | None = None,
    ) -> None:
        # The arguments of a Step each: the machine appends them for each event, and making the named
        # tuple then would cost five times as much.
        self._raw: deque[tuple[Any, ...]] = deque(maxlen=limit)
        self.spec = spec
        self.spec_hash = spec_hash
        self.opaque = opaque or {}

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[Step]:
        return starmap(Step, self._raw)

    def __reversed__(self) -> Iterator[Step]:
        return starmap(Step, reversed(self._raw))

    def __getitem__(self, index: int) -> Step:
        return Step(*self._raw[index])

    def last(self, n: int) -> list[Step]:
        """The newest ``n`` steps, oldest of them first."""
        newest = [step for step, _ in zip(reversed(self), range(n), strict=False)]
        return newest[::-1]

    def instructions(self) -> list[Any]:
        """Every instruction of the steps that are kept, in order."""
        return [instruction for step in self for instruction in step.instructions]

    def to_json(self) -> Iterator[str]:
        """One JSON object a line: first a header (format, spec, hash), then the steps.

        Values of opaque types are written as tokens (``RunSpec#1``), the same for the same object, and
        never as what they hold.
        """
        yield _dumps({"lawful-history": FORMAT, "spec": self.spec, "hash": self.spec_hash})
        yield from self._lines(self)

    def to_json_steps(self, n: int) -> Iterator[str]:
        """The lines of the newest ``n`` steps, without the header."""
        return self._lines(self.last(n))

    def _lines(self, steps: Iterable[Step]) -> Iterator[str]:
        tokens = _Tokens(self.opaque)
        for step in steps:
            line: dict[str, Any] = {
                "event": tokens.message(step.event),
                "instructions": [tokens.message(i) for i in step.instructions],
                "now": step.now,
            }
            if step.host:
                line["host"] = [[name, tokens.plain(value)] for name, value in step.host]
            if step.error is not None:
                line["error"] = step.error
            yield _dumps(line)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Tokens:
    """Turns values into what JSON can hold; what it doesn't know becomes a token."""

    def __init__(self, opaque: Mapping[type, frozenset[str]]) -> None:
        self._opaque = opaque
        self._numbers: dict[int, str] = {}
        self._counts: dict[str, int] = {}

    def message(self, message: Any) -> dict[str, Any]:
        kind = type(message)
        hidden = self._opaque.get(kind, frozenset())
        shown: dict[str, Any] = {"type": kind.__name__}
        for name in field_names(kind):
            value = getattr(message, name, None)
            shown[name] = self._token(value) if name in hidden else self.plain(value)
        return shown

    def plain(self, value: Any) -> Any:
        match value:
            case None | bool() | int() | str():
                return value
            case float():
                # JSON has no infinities and no NaN.
                return value if value - value == 0 else {"float": str(value)}
            case list() | tuple() | OrderedSet() | Heap():
                return [self.plain(item) for item in value]
            case dict():
                return {"map": [[self.plain(k), self.plain(v)] for k, v in value.items()]}
            case _:
                return self._token(value)

    def _token(self, value: Any) -> Any:
        if value is None:
            return None
        token = self._numbers.get(id(value))
        if token is None:
            name = type(value).__name__
            self._counts[name] = number = self._counts.get(name, 0) + 1
            token = self._numbers[id(value)] = f"{name}#{number}"
        return {"token": token}


def redacted(event: Any, replacements: Mapping[str, Any]) -> Any:
    """A copy of ``event`` with the named fields replaced; the event itself stays as it is.

    A replacement that is a function is given the field's value.
    """
    kind = type(event)
    copy = object.__new__(kind)
    for name in field_names(kind):
        value = getattr(event, name)
        if name in replacements:
            instead = replacements[name]
            value = instead(value) if callable(instead) else instead
        object.__setattr__(copy, name, value)  # the class may be a frozen one of somebody else's
    return copy


def redactor(kind: type, replacements: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A function that does ``redacted`` for the events of one class, in a tenth of the time.

    A replacement that is a function is given the field's value. The function is written out field by
    field and compiled, as ``dataclasses`` does it; of the event only names of fields go into its text.
    """
    setter: Any = kind.__setattr__
    if setter is not object.__setattr__:  # a frozen class of somebody else's
        return partial(redacted, replacements=replacements)
    given: dict[str, Any] = {"new": object.__new__, "kind": kind}
    lines = ["def redact(event):", "    copy = new(kind)"]
    for name in field_names(kind):
        value = f"event.{name}"
        if name in replacements:
            given[f"for_{name}"] = replacements[name]
            value = f"for_{name}({value})" if callable(replacements[name]) else f"for_{name}"
        lines.append(f"    copy.{name} = {value}")
    exec("\n".join([*lines, "    return copy"]), given)
    function: Callable[[Any], Any] = given["redact"]
    return function


def kebab(name: str) -> str:
    """``FetchFailed`` -> ``fetch-failed``."""
    return _CAMEL.sub("-", name).lower()


def mentions(record: Record, keys: set[Any]) -> bool:
    """Whether a log record holds one of the keys, at the top or inside a collection in it."""
    for value in record:
        if isinstance(value, dict | list | tuple | set | frozenset | OrderedSet):
            if any(_hashable_in(item, keys) for item in value):
                return True
        elif _hashable_in(value, keys):
            return True
    return False


def _hashable_in(value: Any, keys: set[Any]) -> bool:
    try:
        return value in keys
    except TypeError:
        return False
