"""Marks of the instrumented twin: lines that tell which items ran. The machine itself has none.

Knows the items and how they are numbered; knows nothing of the code around a mark.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ..checked import Invariant, Route
from ..items import Items, Key
from ..snippets.ir import CallProcedure, For, Return, While
from .lines import Lines
from .scope import Names
from .texts import quoted
from .walk import inside, statements


class Table(NamedTuple):
    """A table of the twin's module: from a configuration, or from a route, to its item."""

    name: str
    type: str
    display: str


class Marks:
    """Writes ``HITS[n] = 1`` for the items of a spec; without items nothing, anywhere."""

    def __init__(self, items: Items | None = None) -> None:
        self.items = items
        self.tables: list[Table] = []
        """The tables that the marks read."""

    @property
    def on(self) -> bool:
        return self.items is not None

    def hit(self, out: Lines, *key: Hashable) -> None:
        """Mark the item of a key. What has none, such as what stands for a redirect, is left out."""
        number = self._number(key)
        if number is not None:
            out.add(f"HITS[{number}] = 1")

    def hit_cell(
        self, out: Lines, event: str, names: Sequence[str], case: int, which: str, subject: str
    ) -> None:
        """Mark a case of a cell for the configuration at hand: ``which`` is the expression for it,
        ``subject`` that for the entity."""
        numbers = {name: self._number(("cell", event, name, case)) for name in names}
        if not self.on:
            return
        if len(set(numbers.values())) == 1:
            self.hit(out, "cell", event, names[0], case)
            return
        first = numbers[names[0]]
        table = f"CELLS_{first}"
        rows = "".join(f"{quoted(name)}: {number}, " for name, number in numbers.items())
        self.tables.append(Table(table, "dict[str, int]", f"{{{rows}}}"))
        if which == f"{subject}.configuration":
            # A cell for all is also for a subject in no listed configuration; that counts as the first.
            out.add(f"HITS[{table}.get(coverage.configuration_of({subject}), {first})] = 1")
        else:
            out.add(f"HITS[{table}[{which}]] = 1")

    @contextmanager
    def rounds(self, out: Lines, loop: For | While, names: Names) -> Iterator[Sequence[str]]:
        """Around a loop: whether it has rounds. Gives the lines that each round begins with."""
        some, none = (self._number(("loop", loop.span, found)) for found in (True, False))
        if some is None:
            yield ()
            return
        which = names.new("rounds")
        out.add(f"{which} = {none}")
        # A variable is faster than a mark in each round; but a return leaves before it is looked at.
        leaves = any(isinstance(stmt, Return) for stmt in statements(loop.body))
        yield (f"{which} = {some}", *([f"HITS[{some}] = 1"] if leaves else []))
        out.add(f"HITS[{which}] = 1")

    def hit_routes(self, out: Lines, routes: Mapping[tuple[str, str, str], Route]) -> None:
        """The method of the twin through which each route goes."""
        if not self.on or not routes:
            return
        rows = "".join(
            f"({entity}, {quoted(start)}, {quoted(request)}): "
            f"{self._number(('route', entity, start, request))}, "
            for entity, start, request in routes
        )
        self.tables.append(Table("ROUTES", "dict[tuple[type, str, str], int]", f"{{{rows}}}"))
        out.add("")
        names = "entity", "via", "request", "args", "stimulus_id"
        types = "Any", "str", "str", "tuple[Any, ...]", "str"
        given = ", ".join(f"{name}: {type_}" for name, type_ in zip(names, types, strict=True))
        with out.indented(f"def _follow(self, {given}) -> tuple[Recommendations, Instructions]:"):
            out.add("HITS[ROUTES[type(entity), entity.state, request]] = 1")
            out.add(f"return super()._follow({', '.join(names)})")

    @contextmanager
    def untouched(self, out: Lines, invariants: Iterable[Invariant]) -> Iterator[None]:
        """Around checks: what they call to see whether all is well doesn't count as run."""
        parts = [part for one in invariants for part in (one.when, one.holds) if part is not None]
        calls = any(isinstance(e, CallProcedure) for part in parts for e in inside(part))
        if self.on and calls:
            out.add("before = bytes(HITS)")
        yield
        if self.on and calls:
            out.add("HITS[:] = before")

    def _number(self, key: Key) -> int | None:
        return None if self.items is None else self.items.numbers.get(key)
