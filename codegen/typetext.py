"""Types and signatures as text in a spec.

Knows the grammar of types; ``names`` are the declared names that a type may use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from .checked import Field
from .diagnostics import Diagnostics, did_you_mean
from .part import Text
from .snippets.environment import Signature
from .types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    UNKNOWN,
    CountType,
    EntityType,
    HeapType,
    ListType,
    MapType,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    is_hashable,
    spell,
)

MAX_LENGTH = 1_000  # characters of a type's text
MAX_NESTING = 8  # brackets within brackets

_SIMPLE: dict[str, Type] = {
    "bool": BOOL,
    "int": INT,
    "float": FLOAT,
    "str": STR,
    "None": NONE,
}
_GENERIC = {  # how many arguments each takes
    "list": 1,
    "ordered_set": 1,
    "set": 1,
    "heap": 1,
    "count": 1,
    "map": 2,
    "default_map": 2,
    "tuple": 0,
}
_SPELLINGS = {
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "number": "float",
    "dict": "map",
    "Dict": "map",
    "List": "list",
    "Set": "ordered_set",
    "Tuple": "tuple",
    "defaultdict": "default_map",
    "OrderedSet": "ordered_set",
    "frozenset": "ordered_set",
    "null": "None",
    "none": "None",
    "object": "an opaque type, declared under `types`",
    "Any": "an opaque type, declared under `types`",
    "any": "an opaque type, declared under `types`",
    "Optional": "`… | None`",
}
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<mark>\.\.\.|->|[][(),|.:=]|[0-9]+)|(?P<odd>\S))"
)


_R = TypeVar("_R")


class _Broken(Exception):
    """A mistake was reported; the parse is given up."""


@dataclass
class _Parser:
    text: Text
    names: Mapping[str, Type]
    diagnostics: Diagnostics
    tokens: list[tuple[str, int]] = field(default_factory=list)
    at: int = 0

    def __post_init__(self) -> None:
        if len(self.text) > MAX_LENGTH:
            self.fail("LF330", 0, 1, f"A type has at most {MAX_LENGTH:,} characters.")
        for match in _TOKEN.finditer(self.text):
            word = match.group().strip()
            start = match.end() - len(word)
            if match.lastgroup == "odd" or not word.isascii():
                what = word if word.isascii() and word.isprintable() else f"U+{ord(word[0]):04X}"
                self.fail("LF330", start, match.end(), f'"{what}" has no place in a type.')
            self.tokens.append((word, start))

    def fail(self, code: str, start: int, end: int, message: str, hint: str = "") -> NoReturn:
        self.diagnostics.error(code, self.text.locate(start, max(end, start + 1)), message, hint)
        raise _Broken

    @property
    def word(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def start(self) -> int:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)

    @property
    def end(self) -> int:
        """Where the token before this one ends."""
        if not self.at:
            return 0
        if self.at > len(self.tokens):
            return len(self.text)
        word, start = self.tokens[self.at - 1]
        return start + len(word)

    def take(self) -> str:
        word = self.word
        self.at += 1
        return word

    def expect(self, mark: str, after: str) -> None:
        if self.word != mark:
            found = f'"{self.word}"' if self.word else "the end"
            self.fail(
                "LF330",
                self.start,
                self.start + len(self.word),
                f'"{mark}" is expected after {after}, not {found}.',
            )
        self.at += 1

    def nothing_left(self, what: str) -> None:
        if self.word:
            self.fail(
                "LF330",
                self.start,
                len(self.text),
                f'{what} ends before "{self.word}".',
            )

    def type(self, depth: int = 0, *, count: bool = False) -> Type:
        begin = self.start
        found = [self.single(depth, count=count)]
        places = [begin]
        while self.word == "|":
            self.take()
            places.append(self.start)
            found.append(self.single(depth))
        if len(found) == 1:
            return found[0]
        others = [t for t in found if t != NONE]
        if len(others) != 1 or len(found) != 2:
            self.fail(
                "LF330",
                begin,
                self.end,
                "A value has one type, or it may be None: `int | None`.",
            )
        other = others[0]
        if isinstance(other, (CountType, HeapType, Optional)):
            self.fail("LF330", begin, self.end, f"`{spell(other)}` can't be None.")
        return Optional(other)

    def single(self, depth: int, *, count: bool = False) -> Type:
        start, word = self.start, self.word
        if not word or not (word[0].isalpha() or word[0] == "_"):
            shown = f'"{word}"' if word else "nothing"
            self.fail("LF330", start, start + len(word), f"A type is expected here, not {shown}.")
        self.take()
        if word in _GENERIC:
            return self.generic(word, start, depth, count=count)
        known = _SIMPLE.get(word) or self.names.get(word)
        if known is None:
            names = [*self.names, *_SIMPLE, *_GENERIC]
            hint = f"Write {_SPELLINGS[word]}." if word in _SPELLINGS else did_you_mean(word, names)
            self.fail("LF331", start, self.end, f'There is no type "{word[:80]}".', hint)
        if self.word == ".":
            self.take()
            member = self.start
            if self.take() != "state" or not isinstance(known, EntityType):
                self.fail(
                    "LF331",
                    member,
                    self.end,
                    f'Only an entity has a type behind a dot: "{self._an_entity()}.state".',
                )
            return StateType(known.name)
        if self.word == "[":
            self.fail("LF330", self.start, self.start + 1, f'"{word}" takes nothing in brackets.')
        return known

    def _an_entity(self) -> str:
        return next((n for n, t in self.names.items() if isinstance(t, EntityType)), "Entity")

    def generic(self, word: str, start: int, depth: int, *, count: bool) -> Type:
        if depth >= MAX_NESTING:
            self.fail("LF330", start, self.end, "This type is nested too deeply.")
        if self.word != "[":
            example = {"map": "map[str, int]", "default_map": "default_map[str, list[int]]"}
            shown = example.get(word, f"{word}[{self._an_entity()}]")
            self.fail("LF330", start, self.end, f'"{word}" says what it holds: `{shown}`.')
        self.take()
        if word == "tuple":
            return self.tuple(depth)
        arguments, places = [self.type(depth + 1)], [start]
        while self.word == ",":
            self.take()
            places.append(self.start)
            arguments.append(self.type(depth + 1))
        self.expect("]", spell(arguments[-1]))
        wanted = _GENERIC[word]
        if len(arguments) != wanted:
            plural = "type" if wanted == 1 else "types"
            self.fail("LF330", start, self.end, f'"{word}" takes {wanted} {plural} in brackets.')
        return self.build(word, arguments, start, count=count)

    def build(self, word: str, arguments: list[Type], start: int, *, count: bool) -> Type:
        first = arguments[0]
        if word == "list":
            return ListType(first)
        if word in ("heap", "count"):
            if not isinstance(first, EntityType):
                self.fail(
                    "LF333",
                    start,
                    self.end,
                    f'A {word} is of entities, and "{spell(first)}" is none.',
                )
            if word == "count" and not count:
                self.fail("LF333", start, self.end, "A count stands in the context only.")
            return HeapType(first) if word == "heap" else CountType(first)
        if not is_hashable(first):
            role = "an element of a set" if word in ("set", "ordered_set") else "a key"
            self.fail(
                "LF332",
                start,
                self.end,
                f"`{spell(first)}` can't be {role}: a value of it can change, or has no hash.",
            )
        if word in ("set", "ordered_set"):
            return SetType(first)
        default = word == "default_map"
        value = arguments[1]
        plain = isinstance(value, (ListType, SetType, HeapType, MapType)) or value in (INT, FLOAT)
        if default and not plain:
            self.fail(
                "LF330",
                start,
                self.end,
                f"A default_map holds collections or numbers: of `{spell(value)}` there is no empty value.",
            )
        return MapType(first, value, default)

    def tuple(self, depth: int) -> Type:
        items = [self.type(depth + 1)]
        while self.word == ",":
            self.take()
            if self.word == "...":
                self.take()
                if len(items) > 1:
                    self.fail("LF330", self.start, self.end, "`...` follows one type only.")
                self.expect("]", "...")
                return TupleType(rest=items[0])
            items.append(self.type(depth + 1))
        self.expect("]", spell(items[-1]))
        return TupleType(tuple(items))


def parse_type(
    text: Text, names: Mapping[str, Type], diagnostics: Diagnostics, *, count: bool = False
) -> Type:
    """The type that ``text`` writes; ``UNKNOWN`` after an error. ``names`` are entities and named types
    (``EntityType``, ``Named``); ``count`` allows ``count[E]``, for the context."""

    def parse(parser: _Parser) -> Type:
        found = parser.type(count=count)
        parser.nothing_left("The type")
        return found

    return _guarded(text, names, diagnostics, parse) or UNKNOWN


def parse_signature(
    text: Text, names: Mapping[str, Type], diagnostics: Diagnostics
) -> Signature | None:
    """``name(parameter: type, …) -> type`` of a procedure; None after an error."""
    return _guarded(text, names, diagnostics, _signature)


def _signature(parser: _Parser) -> Signature:
    text = parser.text
    name = _name(parser, "a procedure")
    parser.expect("(", f'"{name}"')
    parameters: dict[str, Field] = {}
    while parser.word != ")":
        start = parser.start
        parameter = _name(parser, "a parameter")
        if parameter in parameters:
            parser.fail("LF334", start, parser.end, f'"{parameter}" is a parameter twice.')
        if parser.word != ":":
            parser.fail("LF334", start, parser.end, f"A parameter has a type: `{parameter}: int`.")
        parser.take()
        type_ = parser.type()
        span = text.locate(start, parser.end)
        parameters[parameter] = Field(name=parameter, type=type_, span=span)
        if parser.word == "=":
            parser.fail("LF334", parser.start, len(text), "A parameter has no default.")
        if parser.word != ")":
            parser.expect(",", f'"{parameter}"')
    parser.take()
    returns: Type | None = None
    if parser.word == "->":
        parser.take()
        returns = parser.type()
        returns = None if returns == NONE else returns
    parser.nothing_left("The signature")
    span = text.locate(0, len(text))
    return Signature(name, tuple(parameters.values()), returns, span)


def _name(parser: _Parser, what: str) -> str:
    start, word = parser.start, parser.word
    if not re.fullmatch(r"[a-z][a-z0-9_]*", word) or "__" in word:
        shown = f'"{word[:80]}"' if word else "nothing"
        parser.fail(
            "LF334",
            start,
            start + len(word),
            f"The name of {what} is expected here, in small letters, not {shown}.",
            "ensure_computing(task: Task) -> int" if what == "a procedure" else "",
        )
    parser.take()
    return word


def _guarded(
    text: Text,
    names: Mapping[str, Type],
    diagnostics: Diagnostics,
    parse: Callable[[_Parser], _R],
) -> _R | None:
    try:
        return parse(_Parser(text, names, diagnostics))
    except _Broken:
        return None
