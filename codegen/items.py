"""What of a machine can be covered: its items, listed once for all who measure, look for and report them.

A cell of a handler (for each configuration and case), a case of a transition, a route, and in snippets
each branch and each outcome of an attempt, each loop (with rounds, with none), each recommendation and
each instruction emitted. What is claimed impossible is no item, nor what only invariants ask.

An execution tells of an item by its key: a tuple whose first part is the kind. The generated twin, the
interpreter and the explorer speak of the same keys. A snippet that several events or transitions share
(of a family, of a key that names several states) is one text, and its items are hit by any of them.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .checked import ABSENT, NEW, NO_SUBJECT, Acknowledgement, Attempt, Cell, CheckedSpec, Handler
from .diagnostics import Diagnostics, Span, did_you_mean
from .digest import named_sources
from .snippets.ir import Block, Emit, For, If, Recommend, Stmt, While
from .snippets.text import expression

LINE_END = re.compile(r"\r\n|\r|\n")
COUNTED_APART = 64  # a cell of more configurations than this is one item a case

Kind: TypeAlias = Literal["cell", "transition", "route", "branch", "loop", "recommend", "emit"]
KINDS: tuple[Kind, ...] = ("cell", "transition", "route", "branch", "loop", "recommend", "emit")

Key: TypeAlias = tuple[Hashable, ...]
"""How an execution speaks of an item:

``("cell", event, configuration, number of the case)``, ``("transition", entity, start, request, number of
the case)``, ``("route", entity, start, request)``, ``("branch", span, taken)`` of an ``if`` or an attempt,
``("loop", span, with rounds)``, ``("recommend", span)``, ``("emit", span)``; spans of statements. Cases
count from 0."""


@dataclass(frozen=True)
class Item:
    """``name`` is unique in its kind and speaks of the meaning, not of the place: it stays when the file
    is laid out anew. ``text`` is the line of the spec at ``span``."""

    kind: Kind
    name: str
    span: Span
    text: str

    @property
    def id(self) -> str:
        """``transition File queued -> running``."""
        return f"{self.kind} {self.name}"


class Items:
    """The items of a spec: ``all`` in order (cells, transitions, routes, then snippets), ``numbers`` from
    each key to the place in ``all``."""

    def __init__(self, spec: CheckedSpec) -> None:
        self.all: list[Item] = []
        self.numbers: dict[Key, int] = {}
        self._spec = spec
        named = named_sources(spec.sources, spec.span.path)
        self._lines = {path: LINE_END.split(text) for path, text in named.items()}
        self._names: dict[str, int] = {}
        for handler in spec.handlers.values():
            self._cells(handler)
        for transition in spec.transitions.values():
            pair = (transition.entity, transition.start, transition.request)
            name = f"{pair[0]} {pair[1]} -> {pair[2]}"
            many = len(transition.cases) > 1
            for number, case in enumerate(transition.cases):
                if case.kind != "impossible":
                    end = f", case {number + 1}" if many else ""
                    span = case.span if many else transition.span
                    self._add("transition", name + end, span, ("transition", *pair, number))
        for key, route in spec.routes.items():
            self._add("route", f"{key[0]} {key[1]} -> {key[2]}", route.span, ("route", *key))
        for stmt, owners in _snippets(spec):
            self._statement(_owner(owners), stmt)
        self.ids: Mapping[str, int] = {item.id: n for n, item in enumerate(self.all)}

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.all)

    def hit(self, keys: Iterable[Key]) -> frozenset[int]:
        """The numbers of the items that the keys speak of."""
        numbers = self.numbers
        return frozenset(numbers[key] for key in keys if key in numbers)

    def acknowledged(self) -> dict[int, Acknowledgement]:
        """The items that the spec knows to be led to by no environment."""
        found: dict[int, Acknowledgement] = {}
        for acknowledgement in self._spec.unreachable.values():
            for number in self.named(acknowledgement.items):
                found.setdefault(number, acknowledgement)
        return found

    def named(self, pattern: str) -> list[int]:
        """The items with a name, or with names in which each ``*`` stands for any text."""
        if "*" not in pattern:
            return [self.ids[pattern]] if pattern in self.ids else []
        parts = pattern.split("*")
        return [number for name, number in self.ids.items() if _is_like(name, parts)]

    # Listing

    def _add(self, kind: Kind, name: str, span: Span, *keys: Key) -> None:
        times = self._names[f"{kind} {name}"] = self._names.get(f"{kind} {name}", 0) + 1
        lines = self._lines.get(span.path, [])
        text = lines[span.line - 1].strip() if span.line <= len(lines) else ""
        self.numbers |= dict.fromkeys(keys, len(self.all))
        self.all.append(Item(kind, name if times == 1 else f"{name}, again {times}", span, text))

    def _cells(self, handler: Handler) -> None:
        for cell, names in cells_of(handler):
            together = len(names) > COUNTED_APART
            for configurations in [names] if together else [[name] for name in names]:
                where = "" if configurations == [NO_SUBJECT] else f" in {configurations[0]}"
                if together:
                    where = f" in {len(configurations)} configurations"
                for number, span in _ways(cell):
                    end = "" if len(cell.cases) < 2 else f", case {number + 1}"
                    keys = [("cell", handler.event, name, number) for name in configurations]
                    self._add("cell", f"{handler.event}{where}{end}", span, *keys)

    def _statement(self, owner: str, stmt: Stmt | Attempt) -> None:
        span = stmt.span
        match stmt:
            case If(test=test):
                self._both("branch", f"{owner}: if {expression(test)}", span, "taken", "not taken")
            case Attempt(call=call):
                name = f"{owner}: attempt {expression(call)}"
                self._both("branch", name, span, "succeeds", "fails")
            case For(names=names, source=source):
                name = f"{owner}: for {', '.join(names)} in {expression(source)}"
                self._both("loop", name, span, "some", "none")
            case While(test=test):
                self._both("loop", f"{owner}: while {expression(test)}", span, "some", "none")
            case Recommend(entity=entity, request=request):
                name = f"{owner}: {expression(entity)} {request}"
                self._add("recommend", name, span, ("recommend", span))
            case Emit(instruction=instruction):
                self._add("emit", f"{owner}: {instruction}", span, ("emit", span))

    def _both(self, kind: Kind, name: str, span: Span, yes: str, no: str) -> None:
        self._add(kind, f"{name}, {yes}", span, (kind, span, True))
        self._add(kind, f"{name}, {no}", span, (kind, span, False))


def check_acknowledged(spec: CheckedSpec, diagnostics: Diagnostics) -> None:
    """A mistake for each acknowledgement of an item that there is not."""
    if not spec.unreachable:
        return
    items = Items(spec)
    for acknowledgement in spec.unreachable.values():
        if not items.named(acknowledgement.items):
            hint = did_you_mean(acknowledgement.items, items.ids)
            hint = hint or "`lawful cover --json` lists all items."
            told = f'no item of coverage is called "{acknowledgement.items}"'
            diagnostics.error("LF227", acknowledgement.span, told, hint)


def _is_like(name: str, parts: Sequence[str]) -> bool:
    """Whether a name consists of the parts in their order, with any text between them."""
    first, *middle, last = parts
    if not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end


def cells_of(handler: Handler) -> list[tuple[Cell, list[str]]]:
    """The cells of a handler, each once, with the configurations that they stand for."""
    found: dict[tuple[Span, str], tuple[Cell, list[str]]] = {}
    for configuration, cell in handler.cells.items():
        # What is new or absent is no configuration: it has a cell of its own, also where it shares one.
        apart = configuration if configuration in (NEW, ABSENT) else ""
        found.setdefault((cell.span, apart or cell.origin), (cell, []))[1].append(configuration)
    return list(found.values())


def _ways(cell: Cell) -> Iterator[tuple[int, Span]]:
    """The cases that are no claim, by number, with what stands for each in the spec."""
    if cell.ignore is not None:
        yield 0, cell.span
    for number, case in enumerate(cell.cases):
        if case.impossible is None:
            yield number, case.span if len(cell.cases) > 1 else cell.span


@dataclass(frozen=True)
class _Owner:
    """What a snippet belongs to. One that several share is named after all of them: after their family,
    or the states that the key of a transition names."""

    family: str
    name: str
    rest: str
    pair: tuple[str, str] | None = None


def _owner(owners: Sequence[_Owner]) -> str:
    first = owners[0]
    if first.pair is not None:
        pairs = [owner.pair for owner in owners if owner.pair is not None]
        starts, requests = (", ".join(dict.fromkeys(side)) for side in zip(*pairs, strict=True))
        return f"{first.name} {starts} -> {requests}"
    return (first.family if len(owners) > 1 else first.name) + first.rest


def _snippets(spec: CheckedSpec) -> Iterator[tuple[Stmt | Attempt, list[_Owner]]]:
    """The statements and attempts of the machine, each once, with all that it belongs to."""
    found: dict[tuple[type, Span], tuple[Stmt | Attempt, list[_Owner]]] = {}
    for owner, part in _parts(spec):
        for stmt in [part] if isinstance(part, Attempt) else _nested(part):
            found.setdefault((type(stmt), stmt.span), (stmt, []))[1].append(owner)
    yield from found.values()


def _parts(spec: CheckedSpec) -> Iterator[tuple[_Owner, Block | Attempt]]:
    """Every block and attempt of the machine, in the order of the spec's sections."""
    for handler in spec.handlers.values():
        family = spec.events[handler.event].family or handler.event
        yield _Owner(family, handler.event, " before"), handler.before
        yield _Owner(family, handler.event, " first"), handler.first
        for cell, names in cells_of(handler):
            where = "" if names == [NO_SUBJECT] else f" in {cell.origin}"
            for case in cell.cases:
                yield _Owner(family, handler.event, where), case.body
        yield _Owner(family, handler.event, " after"), handler.after
    for transition in spec.transitions.values():
        pair = (transition.start, transition.request)
        owner = _Owner("", transition.entity, "", pair)
        for way in transition.cases:
            if way.attempt is not None:
                yield owner, way.attempt
                yield owner, way.attempt.failed
            yield owner, way.body
    taken = _taken(spec)
    for procedure in spec.procedures.values():
        if procedure.name in taken:
            yield _Owner("", f"{procedure.name}()", ""), procedure.body
    for completion in spec.completions:
        yield _Owner("", f"completion {completion.name}", ""), completion.body


def _taken(spec: CheckedSpec) -> set[str]:
    """The procedures that a step takes. The others are asked by invariants only: they check what the machine
    has done, and do nothing."""
    called: set[str] = set()
    for handler in spec.handlers.values():
        called |= handler.effects.calls
    for transition in spec.transitions.values():
        for case in transition.cases:
            called |= case.effects.calls
    for completion in spec.completions:
        called |= completion.effects.calls
    return called


def _nested(block: Block) -> Iterator[Stmt]:
    """Every statement of a block, nested ones included, in the order of the text."""
    for stmt in block:
        yield stmt
        match stmt:
            case If(then=then, otherwise=otherwise):
                yield from _nested(then)
                yield from _nested(otherwise)
            case For(body=body) | While(body=body):
                yield from _nested(body)
