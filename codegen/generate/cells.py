"""Cells of a handler: the match over configurations and what is in each arm.

Knows the plan, statements and results; knows nothing of how the subjects are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..checked import Cell, CellCase, Entity, Handler
from ..diagnostics import Span
from .lines import Lines
from .plan import Plan
from .results import nothing, shape, write_shape
from .scope import Scope
from .statements import Statements
from .texts import comment, quoted

SPELLED_OUT = 12  # an `others` of more configurations than this is written as `case _`


@dataclass(frozen=True)
class Group:
    """A cell and the configurations that it stands for."""

    cell: Cell
    configurations: tuple[str, ...]


def groups(handler: Handler, entity: Entity) -> list[Group]:
    """The cells for existing subjects, each once, in the order of the entity's configurations; what is
    impossible comes last."""
    found: dict[tuple[Span, str], tuple[Cell, list[str]]] = {}
    for configuration in entity.configurations:
        cell = handler.cells[configuration]
        found.setdefault((cell.span, cell.origin), (cell, []))[1].append(configuration)
    made = [Group(cell, tuple(names)) for cell, names in found.values()]
    return sorted(made, key=lambda group: group.cell.impossible is not None)


class CellWriter:
    """Writes the cells of one handler. ``asks``: it can recommend something. ``direct``: each cell returns.
    ``shared``: the variable for what is recommended exists. ``refused``: what is impossible as a whole has refused before. ``begun``: something has
    happened, so that it is too late to refuse."""

    def __init__(
        self,
        plan: Plan,
        handler: Handler,
        scope: Scope,
        statements: Statements,
        out: Lines,
        asks: bool,
    ) -> None:
        self.plan, self.handler, self.scope = plan, handler, scope
        self.asks = asks
        self.statements, self.out = statements, out
        self.direct = True
        self.shared = False
        self.refused = False
        self.begun = False

    def refuse(self, subject: str, configuration: str, reason: str) -> None:
        """Refuse the event; nothing has changed yet."""
        self.out.add(f"raise self._refuse(event, {subject}, {configuration}, {quoted(reason)})")

    def refuse_any(
        self, refusing: Sequence[Group], entity: Entity, name: str, *, maybe_none: bool = False
    ) -> None:
        """Refuse the event if the subject (which may be missing) is in one of the configurations."""
        guard = f"{name} is not None and " if maybe_none else ""
        attribute = self.attribute(entity, name)
        left = len(entity.configurations)
        for group in refusing:
            assert group.cell.impossible is not None
            names = group.configurations
            left -= len(names)
            if not left and not maybe_none:
                self.refuse(name, attribute, group.cell.impossible)
                return
            if len(names) == 1:
                test = f"{attribute} == {quoted(names[0])}"
            else:
                test = f"{attribute} in ({', '.join(map(quoted, names))})"
            with self.out.indented(f"if {guard}{test}:"):
                self.refuse(name, attribute, group.cell.impossible)

    def attribute(self, entity: Entity, name: str) -> str:
        """What tells the cells of an entity apart."""
        return f"{name}.configuration" if entity.configured_by else f"{name}.state"

    def match(
        self,
        here: Sequence[Group],
        entity: Entity,
        name: str,
        chosen: str = "",
    ) -> None:
        """The cell of the subject ``name``. ``chosen`` is the variable that holds its configuration, if one
        does."""
        before = dict(self.scope.bound)
        refused = [g for g in here if self.refused and g.cell.impossible is not None]
        here = [g for g in here if g not in refused]
        if len(here) == 1:
            which = chosen or self.attribute(entity, name)
            self.write(here[0], name, which)
            self.scope.leave(before)
            return
        which = chosen or self.attribute(entity, name)
        if not chosen and entity.configured_by:
            # A property: read once, and narrowed by what follows.
            chosen = self.scope.names.new("configuration")
            self.out.add(f"{chosen} = {which}")
            which = chosen
        with self.out.indented(f"match {which}:"):
            last: Group | None = None
            for group in here:
                if group.cell.origin == "others" and len(group.configurations) > SPELLED_OUT:
                    last = group
                    continue
                self._arm(" | ".join(map(quoted, group.configurations)), group, name, which)
                self.scope.leave(before)
            if last is not None:
                self._arm("_", last, name, which)
                self.scope.leave(before)
                return
            deleting = (
                [] if entity.configured_by else [r for r in entity.requests.values() if r.deletes]
            )
            if deleting and not refused:
                with self.out.indented(f"case {' | '.join(quoted(r.name) for r in deleting)}:"):
                    self.out.add('raise AssertionError("what is deleted has no cell")')
            with self.out.indented("case _:"):
                if refused:
                    self.out.add(f'raise AssertionError(f"{{{which}}} was refused above")')
                else:
                    self.out.add(f"assert_never({which})")

    def _arm(self, pattern: str, group: Group, name: str, which: str) -> None:
        with self.out.indented(f"case {pattern}:"):
            self.write(group, name, which)

    def write(self, group: Group, name: str, which: str) -> None:
        """One cell: ``name`` is the subject (or None), ``which`` the expression for its configuration."""
        cell = group.cell
        self.statements.subject = None if name == "None" else name
        if cell.impossible is not None:
            self.refuse(name, which, cell.impossible)
            return
        if cell.ignore is not None:
            self._hit(group, which, name, 0)
            self._nothing(cell.ignore)
            return
        open_end = True
        word = "if"
        for number, case in enumerate(cell.cases):
            before = dict(self.scope.bound)
            if case.when is None:
                if word == "elif" and not self.direct:
                    with self.out.indented("else:"):
                        self._case(group, case, number, name, which)
                else:
                    self._case(group, case, number, name, which)
                open_end = False
                break
            with self.out.indented(f"{word} {self.statements.expressions.test(case.when)}:"):
                self._case(group, case, number, name, which)
            self.scope.leave(before)
            word = "if" if self.direct else "elif"
        if open_end:
            told = f"event, {name}, {which}, {quoted('no case holds')}"
            if word == "elif":
                with self.out.indented("else:"):
                    self.out.add(f"raise self._broken_claim({told})")
            else:
                self.out.add(f"raise self._broken_claim({told})")

    def _case(self, group: Group, case: CellCase, number: int, name: str, which: str) -> None:
        if case.impossible is not None:
            method = "_broken_claim" if self.begun else "_refuse"
            told = f"event, {name}, {which}, {quoted(case.impossible)}"
            self.out.add(f"raise self.{method}({told})")
            return
        self._hit(group, which, name, number)
        if case.ignore is not None:
            self._nothing(case.ignore)
        elif self.direct:
            found = shape(self.plan, case.body, strict=False, recommendations=self.shared)
            write_shape(found, self.statements, self.out, asks=self.asks, declared=self.shared)
        else:
            self.statements.block(case.body)

    def _nothing(self, reason: str) -> None:
        if self.direct:
            end = "return recommendations" if self.shared else nothing(self.asks)
            self.out.add(f"{end}  # {comment(reason)}")
        else:
            self.out.add(f"# {comment(reason)}")

    def _hit(self, group: Group, which: str, name: str, number: int) -> None:
        event, names = self.handler.event, group.configurations
        self.plan.marks.hit_cell(self.out, event, names, number, which, name)
