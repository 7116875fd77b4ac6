"""The machine while it is being put together: what is known so far, and who uses what.

Knows the declarations and the diagnostics. The other modules of this package each add one section
of the spec to it; nobody outside the package sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from ..checked import Completion as CheckedCompletion
from ..checked import Entity, Handler, Invariant, Route, Transition
from ..checked import Procedure as CheckedProcedure
from ..diagnostics import Diagnostics, Related, Span, did_you_mean
from ..part import Broken, Names, Part, Text
from ..snippets.environment import Checked, Declarations, LocalTypes, settled
from ..snippets.ir import Block, Effects, Emit, For, If, Recommend, Reset, Stmt, While
from ..spec import MachineSpec
from ..types import Type
from ..world import Environment

if TYPE_CHECKING:
    from .names import Taken

T = TypeVar("T")

MAX_SUGGESTIONS = 500
MAX_CELLS = 2_000_000
MAX_PAIRS = 200_000
MAX_AGAIN = 10_000_000


def statements(block: Block) -> Iterator[Stmt]:
    """Every statement of a block, nested ones included, in the order of the text."""
    for stmt in block:
        yield stmt
        match stmt:
            case If():
                yield from statements(stmt.then)
                yield from statements(stmt.otherwise)
            case For() | While():
                yield from statements(stmt.body)
            case _:
                pass


_LEAVES = (type(None), str, int, float, Span)


def parts(whole: object) -> Iterator[object]:
    """Everything inside a value made of dataclasses and collections, each thing once, but for texts, numbers and
    places, of which a tree has more than of all else."""
    open_ = [whole]
    seen: set[int] = set()
    while open_:
        part = open_.pop()
        kind = type(part)
        inside = _INSIDE.get(kind)
        if inside is None:
            inside = _INSIDE[kind] = _inside(kind)
        if inside is _nothing or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        open_ += inside(part)


def _nothing(part: object) -> Iterable[object]:
    return ()


def _itself(part: Any) -> Iterable[object]:
    return part  # type: ignore[no-any-return]  # a collection, going by its type


def _inside(kind: type) -> Callable[[Any], Iterable[object]]:
    """What is inside the values of a type; ``_nothing`` of those that are no parts."""
    if issubclass(kind, _LEAVES):
        return _nothing
    if is_dataclass(kind):
        return lambda part: vars(part).values()
    if issubclass(kind, dict):
        return lambda part: part.values()
    return _itself if issubclass(kind, Iterable) else lambda part: ()


# By type, for a check asks this of some hundred thousand values of some sixty types.
_INSIDE: dict[type, Callable[[Any], Iterable[object]]] = {}


@dataclass
class Usage:
    """What the snippets of the whole machine use, and where they ask for what."""

    reads: set[tuple[str, str]] = field(default_factory=set)
    writes: set[tuple[str, str]] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    creates: set[str] = field(default_factory=set)
    resets: dict[str, set[str]] = field(default_factory=dict)
    emits: set[str] = field(default_factory=set)
    asked: dict[tuple[str, str], dict[Span, None]] = field(default_factory=dict)

    def add(self, effects: Effects) -> None:
        """Count what a snippet does; where it asks is counted by ``ask``."""
        self.reads |= effects.reads
        self.writes |= effects.writes
        self.calls |= effects.calls
        self.hosts |= effects.hosts
        self.emits |= effects.emits
        self.creates |= effects.creates

    def ask(self, entity: str, request: str, span: Span) -> None:
        """Count a place that asks for a request."""
        self.asked.setdefault((entity, request), {})[span] = None

    def add_block(self, checked: Checked[Block]) -> Block:
        """Count all that a checked block does, and give it back."""
        self.add(checked.effects)
        for stmt in statements(checked.value):
            if isinstance(stmt, Recommend):
                self.ask(stmt.entity_name, stmt.request, stmt.span)
            elif isinstance(stmt, Emit):
                self.emits.add(stmt.instruction)
            elif isinstance(stmt, Reset):
                self.resets.setdefault(stmt.entity_name, set()).add(stmt.group)
        return checked.value


@dataclass
class Draft:
    """The raw spec, what was made of it, and what was wrong with it.

    ``whole`` tells that no part was lost when the spec was read, so that what is missing is really
    missing; ``meant`` are the events that a misspelt handler was probably for. ``broken`` are the sections and names (``handlers``, ``transitions``, ``File``) of which a part
    could not be understood, so that what is missing from them is not reported a second time.
    """

    spec: MachineSpec
    diagnostics: Diagnostics
    allow_bind: bool = False
    whole: bool = True
    suggestions: int = 0
    again: int = 0
    written: int = 0
    too_big: bool = False
    stand_for: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)
    meant: set[str] = field(default_factory=set)
    known: Declarations = field(default_factory=Declarations)
    names: dict[str, Type] = field(default_factory=dict)
    states: dict[str, Collection[str]] = field(default_factory=dict)
    values: Taken | None = None
    usage: Usage = field(default_factory=Usage)
    broken: set[str] = field(default_factory=set)
    handlers: dict[str, Handler] = field(default_factory=dict)
    transitions: dict[tuple[str, str, str], Transition] = field(default_factory=dict)
    routes: dict[tuple[str, str, str], Route] = field(default_factory=dict)
    undeclared: dict[str, str] = field(default_factory=dict)
    later_leg_wins: bool = False
    conflict_deviation: str | None = None
    procedures: dict[str, CheckedProcedure] = field(default_factory=dict)
    completions: list[CheckedCompletion] = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)
    at_quiescence: list[Invariant] = field(default_factory=list)
    environments: dict[str, Environment] = field(default_factory=dict)
    observers: tuple[str, ...] = ()

    def error(
        self, code: str, where: Text | Span, message: str, hint: str = "", *related: Related
    ) -> None:
        """Report a mistake at a text or a span; a broken text was reported already."""
        if isinstance(where, Broken):
            return
        span = where.span if isinstance(where, Text) else where
        self.diagnostics.error(code, span, message, hint, *related)

    def warn(self, code: str, where: Text | Span, message: str, hint: str = "") -> None:
        """Report what is allowed and probably not meant."""
        span = where.span if isinstance(where, Text) else where
        self.diagnostics.warning(code, span, message, hint)

    def flag(self, text: Text | None, *, default: bool = False) -> bool:
        """``true`` or ``false``; anything else is a mistake and reads as the default."""
        if text is None:
            return default
        if text not in ("true", "false"):
            self.error("LF113", text, f'"{text}" is neither "true" nor "false"')
            return default
        return text == "true"

    def one_of(self, text: Text, values: Iterable[str], what: str) -> str | None:
        """The text when it is one of the values, else None and a mistake."""
        known = list(values)
        if text in known:
            return str(text)
        listed = ", ".join(known[:-1]) + (" or " if len(known) > 1 else "") + known[-1]
        self.error(
            "LF113", text, f'"{text}" is no {what}: it is {listed}', did_you_mean(text, known)
        )
        return None

    def number(self, text: Text, what: str) -> int | None:
        """A whole number that is not negative, or None and a mistake."""
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        self.error("LF114", text, f"{what} is a whole number, not {shown(text)}")
        return None

    def reason(self, text: Text) -> str:
        """A reason as written; an empty one is a mistake."""
        if not text.strip():
            self.error("LF115", text, "a reason is missing here", "Say why in a few words.")
        return str(text).strip()

    def find(
        self, code: str, text: Text, known: Mapping[str, T] | Collection[str], what: str
    ) -> bool:
        """Whether the text is a known name; if not, a mistake that suggests the nearest."""
        if text in known:
            return True
        self.error(code, text, f"there is no {what} {shown(text)}", self.suggest(text, known))
        return False

    def suggest(self, word: str, known: Collection[str]) -> str:
        """What was probably meant. Only the first mistakes get it: to look for the nearest of many names
        takes long, and a spec with more mistakes than that has another problem."""
        self.suggestions += 1
        return did_you_mean(word, known) if self.suggestions <= MAX_SUGGESTIONS else ""

    def fits(self, where: Text | Span, count: int, limit: int, what: str) -> bool:
        """Whether a machine that is short to write does not grow beyond measure when it is written out;
        said once."""
        if count <= limit:
            return not self.too_big
        if not self.too_big:
            self.too_big = True
            self.error(
                "LF146", where, f"this machine has {count} {what}, and at most {limit} can be"
            )
        return False

    def names_of(
        self, entity: str, make: Callable[[Entity], Mapping[str, list[str]]]
    ) -> Mapping[str, list[str]]:
        """What the names of states, configurations and groups of an entity stand for; made once."""
        if entity not in self.stand_for:
            self.stand_for[entity] = make(self.known.entities[entity])
        return self.stand_for[entity]

    def repeat(self, where: Text | Span, size: int) -> bool:
        """Whether snippets of ``size`` characters may be checked once more, in another place."""
        self.again += size
        return self.fits(
            where, self.again, MAX_AGAIN, "characters of snippets that stand for several"
        )

    def nearest(self, word: str, known: Collection[str]) -> set[str]:
        """The known name that a word was probably meant for, or none."""
        if self.suggestions > MAX_SUGGESTIONS:
            return set()
        return set(get_close_matches(word, list(known), n=1))

    def bind(self, text: Text | None) -> str | None:
        """``module:Class``, which is never imported here; a mistake unless binding is allowed."""
        if text is None:
            return None
        module, colon, name = text.partition(":")
        if not (colon and all(p.isidentifier() for p in module.split(".")) and name.isidentifier()):
            self.error("LF136", text, f"{shown(text)} does not have the form module:Class")
            return None
        if not self.allow_bind:
            self.error(
                "LF135",
                text,
                f'this spec wants to use the class "{text}", and that is not allowed here',
                "If you trust the spec, say --allow-bind.",
            )
            return None
        return str(text)


def settle(draft: Draft, build: Callable[[LocalTypes], T]) -> T:
    """What ``build`` gives once the types of the locals have settled; it may be called several times,
    and only what the last call reports counts."""
    outer = draft.diagnostics

    def round_(types: LocalTypes, scratch: Diagnostics) -> T:
        draft.diagnostics = scratch
        return build(types)

    try:
        return settled(round_, outer)
    finally:
        draft.diagnostics = outer


def shown(text: str) -> str:
    """A text of the spec inside a message: quoted, and not longer than a message can bear."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}…"'


def size_of(part: object) -> int:
    """How many characters of text a part of the spec has."""
    if isinstance(part, str):
        return len(part)
    if isinstance(part, Part):
        return sum(map(size_of, vars(part).values()))
    if isinstance(part, dict):
        return sum(map(size_of, part.values()))
    return sum(map(size_of, part)) if isinstance(part, list) else 0


def texts(value: Text | Names | None) -> list[Text]:
    """One text or a list of texts, as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, Text) else list(value)


def split_text(text: Text, separator: str = ",") -> list[Text]:
    """The parts of a text between separators outside brackets, stripped, each with its own place."""
    parts: list[Text] = []
    depth = start = 0
    for i, char in enumerate(text):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == separator and depth <= 0:
            parts.append(cut(text, start, i))
            start = i + 1
    return [*parts, cut(text, start, len(text))]


def cut(text: Text, start: int, end: int) -> Text:
    """The stripped stretch of a text, with its place in the file."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    places = None if text.places is None else text.places[start : end + 1]
    return Text(str(text)[start:end], text.locate(start, end), places)
