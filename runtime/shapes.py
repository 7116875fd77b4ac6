"""Functions that write values down, made from the shapes that come with a generated machine.

Each is composed as text and compiled, as ``dataclasses`` does it: a machine is given a hundred thousand
events a second. Only names of fields and of the spec go into the text. What is written is numbers,
texts, truth values, ``None``, and lists, tuples and dicts of those; a value of an opaque type becomes a
token, which is bytes, ``b"#…"``, or where the shape tells it a number.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from importlib import import_module
from os import urandom
from typing import Any

from .errors import HostFailure

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
    the message and its fields, each with the part of its shape that a reader needs.

    ``functions`` has of each host function that is written down, by its number, the name and the same parts
    of the shapes of what it is given, returns and fails with."""

    def __init__(
        self, shapes: Mapping[str, Mapping[Any, Any]], events: Mapping[type, object]
    ) -> None:
        self._shapes = shapes
        self._keys = {name: key for name, (_, key, *_) in shapes["entities"].items()}
        equal = _equals()
        # In messages and calls a token is its number, which takes a third of the time.
        self._numbers = {"token": id, "equal": equal, "name": _names(equal)}
        self._bytes = self._numbers | {"token": _token, "equal": lambda value: _shown(equal(value))}
        self.fields: list[tuple[str, dict[str, Any]]] = []
        self.messages: dict[type, Writer] = {}
        for number, (kind, (name, fields)) in enumerate(shapes["messages"].items()):
            self.fields.append((name, {field: _tokens_in(of) for field, of in fields.items()}))
            cause = ["v.stimulus_id or None"] if kind in events else []
            parts = [self._text(shape, f"v.{field}") for field, shape in fields.items()]
            text = f"({', '.join([str(number), *cause, *parts])},)"
            self.messages[kind] = self._compiled(text, self._numbers)
        self.functions: list[tuple[str, Any, Any, Any]] = []
        for name, (_, result, fails, arguments) in shapes["host"].items():
            parts_of = map(_tokens_in, (("tuple", *arguments), result, _several(fails)))
            self.functions.append((name, *parts_of))

    def add(self, kind: type) -> bool:
        """Let instances of a class that extends one of the machine's be written as those; whether it does."""
        base = next((base for base in kind.__mro__ if base in self.messages), None)
        if base is not None:
            self.messages[kind] = self.messages[base]
        return base is not None

    def listening(self, host: Any, name: str, note: Callable[[Any], None]) -> Callable[..., Any]:
        """A host function that also notes what it has answered: its number, what it was asked (None where
        answers are found by their order), what it returned; or, in a fourth place, what it failed with."""
        kind, result, fails, arguments = self._shapes["host"][name]
        number = list(self._shapes["host"]).index(name)
        given = ", ".join(f"a{n}" for n in range(len(arguments)))
        asked = "None"
        if kind == "pure":
            parts = [self._text(shape, f"a{n}") for n, shape in enumerate(arguments)]
            asked = f"({''.join(f'{part}, ' for part in parts)})"
        # What is an attribute of the host's may be replaced at any time.
        fixed = callable(getattr(type(host), name, None))
        lines = [
            f"def call({given}):",
            f"    asked = {asked}",
            "    try:",
            f"        answer = {'function' if fixed else f'host.{name}'}({given})",
            "    except HostFailure as failed:",
            "        values = failed.values",
            f"        note(({number}, asked, None, {self._text(_several(fails), 'values')}))",
            "        raise",
            f"    note(({number}, asked, {self._text(result, 'answer')}))",
            "    return answer",
        ]
        names: dict[str, Any] = {"host": host, "note": note, "HostFailure": HostFailure}
        names |= self._numbers | {"function": getattr(host, name) if fixed else None}
        exec("\n".join(lines), names)
        call: Callable[..., Any] = names["call"]
        return call

    def snapshot(self, machine: Any) -> dict[str, Any]:
        """All that a machine goes on from: clock, counts, configuration, context, and of each entity its
        key, its state and its fields. Entities are written as their keys, heaps with what orders them."""
        entities = {}
        for name, (registry, key, shape, fields) in self._shapes["entities"].items():
            write_key = self._compiled(self._text(shape, f"v.{key}"), self._bytes)
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

    def changed(self, machine: Any) -> Callable[[Any], bool] | None:
        """What tells whether the configuration of a machine is another than now; None if it has none."""
        config = self._shapes["config"]
        if not config:
            return None
        given = {f"c{n}": deepcopy(getattr(machine, name, None)) for n, name in enumerate(config)}
        # A number or text that nobody has touched is the same object, and `is` costs less.
        tests = [
            f"m.{name} {'is not' if shape == '=' and not isinstance(given[f'c{n}'], tuple) else '!='} c{n}"
            for n, (name, shape) in enumerate(config.items())
            if hasattr(machine, name)
        ]
        missing = [f"hasattr(m, {name!r})" for name in config if not hasattr(machine, name)]
        changed: Callable[[Any], bool] = eval(f"lambda m: {' or '.join([*tests, *missing])}", given)
        return changed

    def _all(self, fields: Mapping[str, Any]) -> Writer:
        writers = {
            name: self._compiled(self._text(shape, "v"), self._bytes)
            for name, shape in fields.items()
        }
        return lambda holder: {
            name: write(getattr(holder, name, None)) for name, write in writers.items()
        }

    def _compiled(self, text: str, given: dict[str, Any]) -> Writer:
        writer: Writer = eval(f"lambda v: {text}", given)
        return writer

    def _text(self, shape: Any, value: str, depth: int = 0) -> str:
        """An expression for the value as it is written. It reads ``value`` once: that may be an attribute."""
        if shape == "=":
            return value
        item, key = f"i{depth}", f"k{depth}"
        x, first = (
            (value, value) if value.isidentifier() else (f"x{depth}", f"(x{depth} := {value})")
        )

        def within(shape: Any, value: str) -> str:
            return self._text(shape, value, depth + 1)

        match shape:
            case "token" | "equal":
                return f"(None if {first} is None else {shape}({x}))"
            case "name":  # nearly all names are texts
                return f"({x} if {first}.__class__ is str else name({x}))"
            case ("as", instead):
                return repr(instead)
            case ("entity", kind):
                return f"(None if {first} is None else {x}.{self._keys[kind]})"
            case ("tuple", *inners):
                parts = [within(s, f"{x}[{n}]") for n, s in enumerate(inners)]
                return f"(None if {first} is None else ({''.join(f'{part}, ' for part in parts)}))"
            case ("heap", kind):
                held = f"{item}[2].{self._keys[kind]}"
                text = f"[({item}[0], {held}) for {item} in {x}.__reduce__()[2][1]]"
            case ("list", "="):
                text = f"list({x})"
            case ("list", inner):
                text = f"[{within(inner, item)} for {item} in {x}]"
            case ("all", inner):
                text = f"tuple([{within(inner, item)} for {item} in {x}])"
            case ("map", "=", "="):
                text = f"dict({x})"
            case ("map", name, inner):
                text = f"{{{within(name, key)}: {within(inner, item)} for {key}, {item} in {x}.items()}}"
            case _:
                raise AssertionError(f"no shape: {shape!r}")
        # Most collections are empty, and a comprehension is a call.
        empty = {"map": "{}", "all": "()"}.get(shape[0], "[]")
        return f"({text} if {first} else None if {x} is None else {empty})"


def _several(fails: Any) -> Any:
    """The shape of what a host function fails with: always several values, though the spec may name one."""
    if fails == "=":
        return ("all", "=")
    if fails is not None and fails[0] in ("tuple", "all"):
        return fails
    return ("tuple",) if fails is None else ("tuple", fails)


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
    return None if value is None else _token(value)


def _token(value: Any) -> bytes:
    """The same for the same object, as long as it lives."""
    return _shown(id(value))


def _shown(number: int) -> bytes:
    return b"#%x" % (number & 0xFFFFFFFFFFFFFFFF)


def _tokens_in(shape: Any) -> Any:
    """Where in a value of a shape there are tokens: the shape, with ``None`` for what holds none."""
    match shape:
        case "token" | "equal":
            return "token"
        case ("list" | "map" | "tuple" | "all" as kind, *inners):
            parts = [_tokens_in(inner) for inner in inners]
            return (kind, *parts) if any(part is not None for part in parts) else None
    return None


def _equals() -> Callable[[Any], int]:
    """Makes tokens that are the same for equal values. What the value was can't be told from one."""
    salt = urandom(16)

    def equal(value: Any) -> int:
        try:
            return hash((salt, value))
        except Exception:
            return id(value)

    return equal


def _names(equal: Callable[[Any], int]) -> Writer:
    """Writes what names an entity as it is, if it is made of texts and numbers."""

    def name(value: Any) -> Any:
        return value if _is_plain(value) else _shown(equal(value))

    return name


def _is_plain(value: Any) -> bool:
    return all(map(_is_plain, value)) if type(value) is tuple else type(value) in _PLAIN
