"""Handlers of events that are about several entities.

Where no cell can refuse and no cell can change what another one sees, one loop does; otherwise the
subjects and their cells are found first. Knows the plan, cells and statements.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checked import ABSENT, NEW, Cell, Entity, Handler, Subject
from ..snippets.ir import Expr, Index, Local, Method
from ..types import EntityType, MapType, SetType, Type, item_of
from .annotations import annotation, resolved
from .cells import CellWriter, Group, groups
from .lines import Lines
from .plan import Plan
from .scope import Scope
from .statements import Statements
from .texts import comment, quoted
from .walk import inside, locals_of


@dataclass
class Many:
    """Writes the finding of the subjects and the loop over them; what is before and after the loop is
    the caller's."""

    plan: Plan
    handler: Handler
    scope: Scope
    statements: Statements
    cells: CellWriter
    out: Lines
    subject: Subject
    entity: Entity

    def __post_init__(self) -> None:
        entity, subject = self.entity, self.subject
        cells = self.handler.cells
        self.here = groups(self.handler, entity)
        self.refusing = [g for g in self.here if g.cell.impossible is not None]
        self.missing: Cell | None = cells.get(ABSENT) or cells.get(NEW)
        refuses_missing = self.missing is not None and self.missing.impossible is not None
        self.refuses = bool(self.refusing) or refuses_missing
        effects = self.handler.effects
        self.reconfigures = any((entity.name, f) in effects.writes for f in entity.configured_by)
        self.creates = NEW in cells and not refuses_missing
        self.in_two_passes = (
            self.refuses
            or self.creates
            or self.reconfigures
            or (entity.name in effects.creates and self.missing is not None)
        )
        parts = [self.handler.first, *(c.body for cell in cells.values() for c in cell.cases)]
        whens = [c.when for cell in cells.values() for c in cell.cases]
        self.used = locals_of([*parts, *whens])
        self.expressions = self.statements.expressions
        self.key = self.scope.bind(entity.key.name, entity.key.type)
        self.value = ""
        source = resolved(subject.source.type)
        if subject.mode == "items" and subject.value_name in self.used:
            value = source.value if isinstance(source, MapType) else item_of(source)
            assert value is not None
            assert subject.value_name is not None
            self.value = self.scope.bind(subject.value_name, value)
            self.value_type: Type = value
        self.name = self.scope.bind(entity.variable, EntityType(entity.name))
        self.can_miss = self.missing is not None and not refuses_missing
        self.configuration = self.scope.names.new("configuration") if self.reconfigures else ""

    # Finding

    def find(self) -> None:
        """Look for the subjects, before anything else. What the loop walks over is kept for it."""
        subject, out = self.subject, self.out
        # A source is only looked at, also one that makes what is missing: who takes it finds it missing.
        self.scope.pure = subject.consumes is not None
        source = self.expressions.text(subject.source)
        self.scope.pure = False
        if subject.consumes is not None and not self.refuses:
            source = self._taken(subject.consumes, subject.source)
        if self.in_two_passes:
            self._first_pass(source)
            if subject.consumes is not None and self.refuses:
                self._take(subject.consumes, subject.source)
            if self.creates and self.refuses:
                self._create_all()
            return
        self.heads = self._heads(source)
        if self.handler.before or subject.consumes is not None:
            # What comes before the loop must not change what it walks over.
            found = self.scope.names.new("found")
            walked = self._walked(source)
            out.add(f"{found} = {walked}")
            self.heads = self._targets(), found

    def _walked(self, source: str) -> str:
        """The source without duplicates, and as it is at the beginning."""
        type_ = resolved(self.subject.source.type)
        if self.subject.mode == "items":
            fixed = self._is_fixed(self.subject.source)
            if not self.value:
                return source if fixed else f"list({source})"
            return f"{source}.items()" if fixed else f"list({source}.items())"
        if isinstance(type_, SetType | MapType):
            return source if self._is_fixed(self.subject.source) else f"list({source})"
        return f"dict.fromkeys({source})"

    def _is_fixed(self, source: Expr) -> bool:
        """Whether nothing that the handler does can change the source: it is a part of the event."""
        if self.subject.consumes is not None:
            return True
        base = source
        while not isinstance(base, Local):
            parts = list(inside(base))[1:]
            if not parts or isinstance(base, Method):
                return False
            base = parts[0]
        return base.name == "event"

    def _targets(self) -> str:
        if self.subject.mode == "of":
            return self.name
        return f"{self.key}, {self.value}" if self.value else self.key

    def _heads(self, source: str) -> tuple[str, str]:
        return self._targets(), self._walked(source)

    def _taken(self, consumes: tuple[Expr, Expr], read: Expr) -> str:
        """The source, taken out of its map as it is read."""
        where, key = (self.expressions.text(e) for e in consumes)
        if isinstance(read, Index):
            return f"{where}.pop({key})"
        assert isinstance(read, Method)
        default = self.expressions.arguments(read.arguments[1:])
        return f"{where}.pop({key}, {default})"

    def _take(self, consumes: tuple[Expr, Expr], read: Expr) -> None:
        where, key = (self.expressions.text(e) for e in consumes)
        self.out.add(
            f"del {where}[{key}]" if isinstance(read, Index) else f"{where}.pop({key}, None)"
        )

    def _lookup(self) -> None:
        if self.subject.mode != "of":
            self.out.add(f"{self.name} = self.{self.entity.registry}.get({self.key})")

    def _columns(self) -> list[tuple[str, str]]:
        """(name, annotation) of what is kept of each subject between the passes."""
        entity = self.entity
        columns = []
        if entity.key.name in self.used or (self.creates and self.refuses):
            columns.append((self.key, annotation(entity.key.type)))
        if self.value:
            columns.append((self.value, annotation(self.value_type)))
        optional = self.can_miss and not (self.creates and not self.refuses)
        columns.append((self.name, entity.name + (" | None" if optional else "")))
        if self.creates and not self.refuses:
            columns.append((self.flag, "bool"))
        if self.configuration:
            type_ = f"{entity.name}Configuration"
            columns.append((self.configuration, type_ + (" | None" if self.can_miss else "")))
        return columns

    def _first_pass(self, source: str) -> None:
        out, name = self.out, self.name
        self.flag = self.scope.names.new("is_new") if self.creates else ""
        self.chosen = self.scope.names.new("chosen")
        columns = self._columns()
        out.add(f"{self.chosen}: list[{_row_type(columns)}] = []")
        targets, walked = self._heads(source)
        with out.indented(f"for {targets} in {walked}:"):
            self._lookup()
            if self.missing is not None and self.missing.impossible is not None:
                with out.indented(f"if {name} is None:"):
                    word = NEW if NEW in self.handler.cells else ABSENT
                    self.cells.refuse("None", quoted(word), self.missing.impossible)
            self.cells.refuse_any(self.refusing, self.entity, name, maybe_none=self.can_miss)
            if self.configuration:
                read = f"{name}.configuration"
                read = f"None if {name} is None else {read}" if self.can_miss else read
                out.add(f"{self.configuration} = {read}")
            if self.creates and not self.refuses:
                out.add(f"{self.flag} = {name} is None")
                with out.indented(f"if {name} is None:"):
                    out.add(f"{name} = {self._creation()}")
            row = ", ".join(n for n, _ in columns)
            out.add(f"{self.chosen}.append({f'({row})' if len(columns) > 1 else row})")
        self.heads = ", ".join(n for n, _ in columns), self.chosen

    def _creation(self) -> str:
        return f"self.{self.plan.methods['create', self.entity.name]}({self.key})"

    def _create_all(self) -> None:
        """Nobody refuses, so those that are missing come into being, before anything else happens."""
        name, out = self.name, self.out
        before = self._columns()
        row = ", ".join(n for n, _ in before)
        subjects = self.scope.names.new("subjects")
        after = [
            (n, self.entity.name if n == name else t)
            for n, t in before
            if n != self.key or self.entity.key.name in self.used
        ]
        after.insert([n for n, _ in after].index(name) + 1, (self.flag, "bool"))
        out.add(f"{subjects}: list[{_row_type(after)}] = []")
        with out.indented(f"for {row} in {self.chosen}:"):
            out.add(f"{self.flag} = {name} is None")
            with out.indented(f"if {name} is None:"):
                out.add(f"{name} = {self._creation()}")
            made = ", ".join(n for n, _ in after)
            out.add(f"{subjects}.append({f'({made})' if len(after) > 1 else made})")
        self.heads = ", ".join(n for n, _ in after), subjects

    # The loop

    def loop(self) -> None:
        """Each subject in its turn: `first`, then its cell."""
        out, name = self.out, self.name
        before = dict(self.scope.bound)
        targets, walked = self.heads
        with out.indented(f"for {targets} in {walked}:"):
            if not self.in_two_passes:
                self._lookup()
            if self.missing is not None and self.can_miss and not self.creates:
                self._absent(self.missing)
            self._touch()
            self.statements.subject = name
            self.statements.block(self.handler.first)
            chosen = self.configuration
            if self.creates:
                assert self.missing is not None
                self._new(self.missing, chosen)
            else:
                if chosen and self.can_miss:
                    out.add(f"assert {chosen} is not None")
                self.cells.match(self.here, self.entity, name, chosen)
        self.scope.leave(before)

    def _absent(self, cell: Cell) -> None:
        before = dict(self.scope.bound)
        with self.out.indented(f"if {self.name} is None:"):
            if cell.ignore is not None and not self.plan.marks.on:
                self.out.add(f"continue  # {comment(cell.ignore)}")
            else:
                self.cells.write(Group(cell, (ABSENT,)), "None", quoted(ABSENT))
                self.out.add("continue")
        self.scope.leave(before)

    def _new(self, cell: Cell, chosen: str) -> None:
        before = dict(self.scope.bound)
        with self.out.indented(f"if {self.flag}:"):
            self.cells.write(Group(cell, (NEW,)), self.name, quoted(NEW))
        self.scope.leave(before)
        with self.out.indented("else:"):
            if chosen:
                self.out.add(f"assert {chosen} is not None")
            self.cells.match(self.here, self.entity, self.name, chosen)

    def _touch(self) -> None:
        writes = any(owner == self.entity.name for owner, _ in self.handler.effects.writes)
        if writes and self.plan.has_checks(self.entity.name):
            with self.out.indented("if self.validate:"):
                self.out.add(f"self._touch({self.name})")


def _row_type(columns: list[tuple[str, str]]) -> str:
    types = ", ".join(t for _, t in columns)
    return f"tuple[{types}]" if len(columns) > 1 else types
