"""Functions that write values down, made from the shapes that come with a generated machine.

Each is composed as text and compiled, as ``dataclasses`` does it: a machine is given a hundred thousand
events a second. Only names of fields and of the spec go into the text. What is written is numbers,
texts, truth values, ``None``, and lists, tuples and dicts of those; a value of an opaque type becomes a
token, which is bytes: ``b"#…"``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from importlib import import_module
from os import urandom
from typing import Any

Writer = Callable[[Any], Any]

_PLAIN = frozenset((str, int, float, bool, type(None)))


def shapes_of(machine: type) -> Mapping[str, Mapping[Any, Any]]:
    """The shapes of a generated machine, from the module beside it. ``TypeError`` if it has none."""
    for kind in machine.__mro__:
        if kind.__dict__.get("SPEC_HASH"):
            package = sys.modules[kind.__module__].__package__
            try:
                shapes: Mapping[str, Mapping[Any, Any]]
                shapes = import_module(f"{package}.shapes").SHAPES
            except ImportError:
                break
            return shapes
    raise TypeError(
        f"{machine.__name__} has no shapes: it was not generated, or by an older lawful"
    )


class Writers:
    """``messages``: class -> what writes an event or an instruction: a tuple of its number, the stimulus id
    (of an event, ``None`` if it has none yet) and the fields; ``fields`` has, by that number, the name of
    the message and those of its fields. ``host``: name -> what writes the arguments (``None`` if they
    aren't), the result (``None`` if it is written as it is), what it fails with."""

    def __init__(
        self, shapes: Mapping[str, Mapping[Any, Any]], events: Mapping[type, object]
    ) -> None:
        self._shapes = shapes
        self._keys = {name: key for name, (_, key, *_) in shapes["entities"].items()}
        self._given: dict[str, Any] = {"token": _token, "equal": _equals(), "name": None}
        self._given["name"] = _names(self._given["equal"])
        self.fields: list[tuple[str, list[str]]] = []
        self.messages: dict[type, Writer] = {}
        for number, (kind, (name, fields)) in enumerate(shapes["messages"].items()):
            self.fields.append((name, list(fields)))
            cause = ["v.stimulus_id or None"] if kind in events else []
            parts = [self._text(shape, f"v.{field}") for field, shape in fields.items()]
            self.messages[kind] = self._compiled(f"({', '.join([str(number), *cause, *parts])},)")
        self.host: dict[str, tuple[Writer | None, Writer | None, Writer]] = {}
        for name, (kind, result, fails, arguments) in shapes["host"].items():
            # What a function fails with are always several values, though the spec may name one.
            if fails == "=":
                fails = ("all", "=")
            elif fails is None or fails[0] not in ("tuple", "all"):
                fails = ("tuple",) if fails is None else ("tuple", fails)
            self.host[name] = (
                self._compiled(self._text(("tuple", *arguments), "v")) if kind == "pure" else None,
                None if result == "=" else self._compiled(self._text(result, "v")),
                self._compiled(self._text(fails, "v")),
            )

    def add(self, kind: type) -> bool:
        """Let instances of a class that extends one of the machine's be written as those; whether it does."""
        base = next((base for base in kind.__mro__ if base in self.messages), None)
        if base is not None:
            self.messages[kind] = self.messages[base]
        return base is not None

    def snapshot(self, machine: Any) -> dict[str, Any]:
        """All that a machine goes on from: clock, counts, configuration, context, and of each entity its
        key, its state and its fields. Entities are written as their keys, heaps with what orders them."""
        entities = {}
        for name, (registry, key, shape, fields) in self._shapes["entities"].items():
            write_key = self._compiled(self._text(shape, f"v.{key}"))
            write = self._all(fields)
            entities[name] = [
                [write_key(entity), str(entity.state), write(entity)]
                for entity in getattr(machine, registry).values()
            ]
        return {
            "now": machine.now,
            "events": machine.event_count,
            "config": self._all(self._shapes["config"])(machine),
            "context": self._all(self._shapes["context"])(machine),
            "entities": entities,
        }

    def unchanged(self, machine: Any) -> Callable[[Any], bool] | None:
        """What tells whether the configuration of a machine is still as it is now; None if it has none."""
        config = self._shapes["config"]
        if not config:
            return None
        given = {f"c{n}": deepcopy(getattr(machine, name, None)) for n, name in enumerate(config)}
        # A number or text that nobody has touched is the same object, and `is` costs less.
        tests = [
            f"m.{name} {'is' if shape == '=' and not isinstance(given[f'c{n}'], tuple) else '=='} c{n}"
            for n, (name, shape) in enumerate(config.items())
            if hasattr(machine, name)
        ]
        missing = [f"not hasattr(m, {name!r})" for name in config if not hasattr(machine, name)]
        same: Callable[[Any], bool] = eval(f"lambda m: {' and '.join([*tests, *missing])}", given)
        return same

    def _all(self, fields: Mapping[str, Any]) -> Writer:
        writers = {name: self._compiled(self._text(shape, "v")) for name, shape in fields.items()}
        return lambda holder: {
            name: write(getattr(holder, name, None)) for name, write in writers.items()
        }

    def _compiled(self, text: str) -> Writer:
        writer: Writer = eval(f"lambda v: {text}", self._given)
        return writer

    def _text(self, shape: Any, value: str, depth: int = 0) -> str:
        """An expression for the value as it is written."""
        if shape == "=":
            return value
        if shape == "token":
            return f'(None if {value} is None else b"#%x" % id({value}))'  # as `_token`, without the call
        if isinstance(shape, str):
            return f"{shape}({value})"
        item = f"i{depth}"
        match shape:
            case ("as", instead):
                return repr(instead)
            case ("entity", kind):
                text = f"{value}.{self._keys[kind]}"
            case ("heap", kind):
                key = f"{item}[2].{self._keys[kind]}"
                text = f"[({item}[0], {key}) for {item} in {value}.__reduce__()[2][1]]"
            case ("list", "="):
                text = f"list({value})"
            case ("list", inner):
                text = f"[{self._text(inner, item, depth + 1)} for {item} in {value}]"
            case ("all", inner):
                text = f"tuple([{self._text(inner, item, depth + 1)} for {item} in {value}])"
            case ("map", "=", "="):
                text = f"dict({value})"
            case ("map", key, inner):
                written = self._text(key, f"k{depth}", depth + 1)
                held = self._text(inner, item, depth + 1)
                text = f"{{{written}: {held} for k{depth}, {item} in {value}.items()}}"
            case ("tuple", *inners):
                parts = [self._text(s, f"{value}[{n}]", depth + 1) for n, s in enumerate(inners)]
                text = f"({''.join(f'{part}, ' for part in parts)})"
            case _:
                raise AssertionError(f"no shape: {shape!r}")
        return f"(None if {value} is None else {text})"


def plain(value: Any) -> Any:
    """A value of plain types only, for what holds a subclass of one, say; a token for what isn't one."""
    match value:
        case None | bool() | bytes():
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case str():
            return "".join(value)
        case tuple():
            return tuple(map(plain, value))
        case list():
            return [plain(item) for item in value]
        case dict():
            return {plain(key): plain(held) for key, held in value.items()}
    return _token(value)


def _token(value: Any) -> bytes | None:
    """The same for the same object, as long as it lives."""
    return None if value is None else b"#%x" % id(value)


def _equals() -> Writer:
    """Makes tokens that are the same for equal values. What the value was can't be told from one."""
    salt = urandom(16)

    def equal(value: Any) -> bytes | None:
        if value is None:
            return None
        try:
            number = hash((salt, value))
        except Exception:
            number = id(value)
        return b"#%x" % (number & 0xFFFFFFFFFFFFFFFF)

    return equal


def _names(equal: Writer) -> Writer:
    """Writes what names an entity as it is, if it is made of texts and numbers."""

    def name(value: Any) -> Any:
        if type(value) is str:
            return value
        return value if _is_plain(value) else equal(value)

    return name


def _is_plain(value: Any) -> bool:
    return all(map(_is_plain, value)) if type(value) is tuple else type(value) in _PLAIN
