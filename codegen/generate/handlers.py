"""Handlers: one method an event. Subjects are found and may refuse; then come before, each cell, after.

Knows the plan, cells and results. The method is as short as the event allows: most have one subject,
nothing before, and return from each cell.
"""

from __future__ import annotations

from ..checked import ABSENT, NEW, NO_SUBJECT, Cell, Entity, Handler, Subject
from ..snippets.ir import Attribute, Block, Local
from ..types import EntityType, EventType
from .cells import CellWriter, Group, groups
from .lines import Lines
from .many import Many
from .plan import Plan
from .results import declare_recommendations, end, returns
from .scope import Scope
from .statements import Statements
from .texts import comment, quoted
from .walk import hints, locals_of, reads_local


def handler_method(plan: Plan, handler: Handler, out: Lines) -> None:
    """Write the method of one event."""
    method, writer = plan.methods["on", handler.event], _Writer(plan, handler, out)
    parameters = f"self, event: {handler.event}, instructions: Instructions"
    with out.indented(f"def {method}({parameters}) -> {returns(writer.cells.asks)}:"):
        out.add(f"# {comment(plan.place(handler.span))}")
        size = len(out.written)
        writer.write()
        end(out, size)


class _Writer:
    def __init__(self, plan: Plan, handler: Handler, out: Lines) -> None:
        self.plan, self.handler, self.out = plan, handler, out
        bodies = [case.body for cell in handler.cells.values() for case in cell.cases]
        self.parts: list[Block] = [handler.before, handler.first, *bodies, handler.after]
        self.scope = Scope("event.stimulus_id", hints=hints(self.parts))
        self.scope.reserve(locals_of(self.parts))
        self.scope.bind("event", EventType(handler.event))
        self.statements = Statements(plan, self.scope, out)
        self.maybe_none = ""
        asks = any(plan.asks(part) for part in self.parts)
        self.cells = CellWriter(plan, handler, self.scope, self.statements, out, asks)

    def write(self) -> None:
        subject = self.handler.subject
        if subject is None:
            self._without_subject()
        elif subject.many:
            self._many(subject, self.plan.spec.entities[subject.entity])
        else:
            self._one(subject, self.plan.spec.entities[subject.entity])

    # Results

    def _declare(self, *, direct: bool) -> None:
        """Declare what is shared by the parts; where each cell returns, a cell's own needs are its own."""
        parts = [self.handler.before, self.handler.first] if direct else self.parts
        self.cells.shared = any(self.plan.asks(part) for part in parts)
        self.cells.direct = direct
        if self.cells.shared:
            declare_recommendations(self.out, self.scope)

    def _return(self) -> None:
        if self.cells.shared:
            self.out.add("return recommendations")

    # No subject

    def _without_subject(self) -> None:
        handler = self.handler
        cell = handler.cells[NO_SUBJECT]
        if cell.impossible is not None:
            self.cells.refuse("None", quoted(NO_SUBJECT), cell.impossible)
            return
        direct = not handler.after
        self._declare(direct=direct)
        self.statements.block(handler.before)
        self.statements.block(handler.first)
        self.cells.begun = bool(handler.before or handler.first)
        self.cells.write(Group(cell, (NO_SUBJECT,)), "None", quoted(NO_SUBJECT))
        if not direct:
            self.statements.subject = None
            self.statements.block(handler.after)
            self._return()

    # One subject

    def _one(self, subject: Subject, entity: Entity) -> None:
        handler, out = self.handler, self.out
        name, key = self._find_one(subject, entity)
        short = not handler.before and not handler.first
        direct = not handler.after
        missing = handler.cells.get(ABSENT) or handler.cells.get(NEW)
        creates = NEW in handler.cells
        if not short or not direct:
            self._one_in_steps(subject, entity, name, key)
            return
        self._declare(direct=True)
        if subject.mode == "create":
            if handler.cells[NEW].impossible is None:
                self._refuse_known(entity, name, key)
            self._new(entity, name, key, handler.cells[NEW])
            return
        out.add(f"{name} = self.{entity.registry}.get({key})")
        assert missing is not None
        with out.indented(f"if {name} is None:"):
            if creates:
                self._new(entity, name, key, missing)
            else:
                self.cells.write(Group(missing, (ABSENT,)), "None", quoted(ABSENT))
        self._touch(entity, name)
        self.cells.match(groups(handler, entity), entity, name)

    def _refuse_known(self, entity: Entity, name: str, key: str) -> None:
        """What is to be created must not be there."""
        self.out.add(f"{name} = self.{entity.registry}.get({key})")
        with self.out.indented(f"if {name} is not None:"):
            which = self.cells.attribute(entity, name)
            self.cells.refuse(name, which, f"a {entity.name} with this key is there already")

    def _new(self, entity: Entity, name: str, key: str, cell: Cell) -> None:
        """Create the subject and run its cell, in a place of its own."""
        if cell.impossible is not None:
            self.cells.refuse("None", quoted(NEW), cell.impossible)
            return
        create = f"self.{self.plan.methods['create', entity.name]}({key})"
        used = [case.body for case in cell.cases] + [case.when for case in cell.cases]
        if reads_local(entity.variable, *used):
            self.out.add(f"{name} = {create}")
        else:
            self.out.add(create)
        self._write_new(cell, name)

    def _write_new(self, cell: Cell, name: str) -> None:
        """The cell of a subject that has just been created: that can't be taken back."""
        begun, self.cells.begun = self.cells.begun, True
        self.cells.write(Group(cell, (NEW,)), name, quoted(NEW))
        self.cells.begun = begun

    def _one_in_steps(self, subject: Subject, entity: Entity, name: str, key: str) -> None:
        """Something comes before or after the cell: look and refuse, then everything in its turn."""
        handler, out, cells = self.handler, self.out, self.cells
        missing = handler.cells.get(ABSENT) or handler.cells.get(NEW)
        here = groups(handler, entity)
        refusing = [g for g in here if g.cell.impossible is not None]
        flag = ""
        assert missing is not None
        if subject.mode == "create":
            if missing.impossible is not None:
                cells.refuse("None", quoted(NEW), missing.impossible)
                return
            self._refuse_known(entity, name, key)
            out.add(f"{name} = self.{self.plan.methods['create', entity.name]}({key})")
        else:
            out.add(f"{name} = self.{entity.registry}.get({key})")
            if missing.impossible is not None:
                with out.indented(f"if {name} is None:"):
                    cells.refuse(
                        "None", quoted(NEW if NEW in handler.cells else ABSENT), missing.impossible
                    )
                missing = None
            elif NEW in handler.cells:
                flag = self.scope.names.new("is_new")
                out.add(f"{flag} = {name} is None")
                with out.indented(f"if {name} is None:"):
                    out.add(f"{name} = self.{self.plan.methods['create', entity.name]}({key})")
                if refusing:
                    with out.indented("else:"):
                        cells.refuse_any(refusing, entity, name)
            if refusing and not flag:
                cells.refuse_any(refusing, entity, name, maybe_none=missing is not None)
            if refusing and len(refusing) == len(here) and missing is None:
                return
        chosen = self._keep_configuration(entity, name, maybe_none=missing is not None and not flag)
        self._declare(direct=not handler.after)
        self.statements.block(handler.before)
        cells.refused = True
        if missing is None or flag or subject.mode == "create":
            self._touch(entity, name)
            self.statements.subject = name
            self.statements.block(handler.first)
        self._in_turn(subject, entity, name, flag, missing, chosen)
        if handler.after:
            self.statements.subject = None
            self.statements.block(handler.after)
            self._return()

    def _in_turn(
        self,
        subject: Subject,
        entity: Entity,
        name: str,
        flag: str,
        missing: Cell | None,
        chosen: str,
    ) -> None:
        """The cell of the one subject, after `before`."""
        cells, out, handler = self.cells, self.out, self.handler
        here = groups(handler, entity)
        before = dict(self.scope.bound)
        cells.begun = bool(handler.before)
        if subject.mode == "create":
            assert missing is not None
            self._write_new(missing, name)
            return
        if missing is None:
            cells.begun = bool(handler.before or handler.first)
            cells.match(here, entity, name, chosen)
            return
        if missing.ignore is not None and not (flag or cells.direct or self.plan.marks.on):
            # Nothing to do without a subject, so only the other way is written.
            with out.indented(f"if {name} is not None:  # otherwise: {comment(missing.ignore)}"):
                self._present(entity, name, flag, chosen)
            self.scope.leave(before)
            return
        with out.indented(f"if {flag or f'{name} is None'}:"):
            if flag:
                self._write_new(missing, name)
            else:
                cells.write(Group(missing, (ABSENT,)), "None", quoted(ABSENT))
        self.scope.leave(before)
        if cells.direct:
            self._present(entity, name, flag, chosen)
            return
        with out.indented("else:"):
            self._present(entity, name, flag, chosen)
        self.scope.leave(before)

    def _present(self, entity: Entity, name: str, flag: str, chosen: str) -> None:
        """The cell of a subject that was there before the event."""
        self.cells.begun = bool(self.handler.before or self.handler.first)
        if not flag:
            if chosen and self.maybe_none:
                self.out.add(f"assert {chosen} is not None")
            self._touch(entity, name)
            self.statements.subject = name
            self.statements.block(self.handler.first)
        self.cells.match(groups(self.handler, entity), entity, name, chosen)

    def _find_one(self, subject: Subject, entity: Entity) -> tuple[str, str]:
        """Bind the subject and its key. The name of the subject and the expression for the key."""
        key = self.statements.expressions.text(subject.source)
        named = entity.key.name
        whens = [case.when for cell in self.handler.cells.values() for case in cell.cases]
        if named in locals_of([*self.parts, *whens]):
            local = self.scope.bind(named, entity.key.type)
            self.out.add(f"{local} = {key}")
            key = local
        elif not isinstance(subject.source, Attribute | Local):
            local = self.scope.names.new(named)
            self.out.add(f"{local} = {key}")
            key = local
        name = self.scope.bind(entity.variable, EntityType(entity.name))
        return name, key

    def _touch(self, entity: Entity, name: str) -> None:
        if self.plan.has_checks(entity.name) and any(
            owner == entity.name for owner, _ in self.handler.effects.writes
        ):
            with self.out.indented("if self.validate:"):
                self.out.add(f"self._touch({name})")

    def _keep_configuration(self, entity: Entity, name: str, *, maybe_none: bool) -> str:
        """If something before the cell can change the configuration, keep the one that was found. The
        name of the variable, or nothing."""
        if not self._can_reconfigure(entity) or len(groups(self.handler, entity)) < 2:
            return ""
        kept = self.scope.names.new("configuration")
        read = f"{name}.configuration"
        if maybe_none:
            read = f"None if {name} is None else {read}"
            self.maybe_none = kept
        self.out.add(f"{kept} = {read}")
        return kept

    def _can_reconfigure(self, entity: Entity) -> bool:
        return any((entity.name, f) in self.handler.effects.writes for f in entity.configured_by)

    # Many subjects

    def _many(self, subject: Subject, entity: Entity) -> None:
        handler = self.handler
        many = Many(
            self.plan, handler, self.scope, self.statements, self.cells, self.out, subject, entity
        )
        many.find()
        self._declare(direct=False)
        self.statements.block(handler.before)
        self.cells.refused = self.cells.begun = True
        many.loop()
        self.statements.subject = None
        self.statements.block(handler.after)
        self._return()
