"""Cases: in which ways an event, an outcome or a step may come about, and where its values come from.

A case is made in two rounds. First its snippets are checked; when all snippets of the environment are
known, and so what they read, each remaining field is given its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from ...checked import Event, Field, Instruction
from ...diagnostics import Related
from ...part import Text
from ...snippets.environment import Surroundings
from ...types import UNKNOWN, EventType, IterType, Type, item_of, spell
from ...world import Among, Carried, Case, Computed, Datum, Ranges, Rule
from ...worldspec import (
    ChoiceSpec,
    EnvironmentCaseSpec,
    EnvironmentEventCaseSpec,
    FieldValueSpec,
    MessageCaseSpec,
    OutcomeCaseSpec,
    StepCaseSpec,
    ValuesSpec,
)
from ..names import new_local
from .facts import Facts, told_apart
from .values import all_values, read_values, stand_in
from .view import View, event_reads, expressions


@dataclass
class Message:
    """An event of a case; ``instruction`` is the one that is open, of an outcome. ``place`` is where the
    environment speaks of it."""

    event: Event
    instruction: Instruction | None
    place: Text

    def carries(self, name: str) -> bool:
        """Whether a field has the value that it has in the instruction."""
        return self.instruction is not None and name in self.instruction.fields


@dataclass
class OpenCase:
    """A case of which the snippets are checked. ``values`` are those that it lists for fields."""

    case: Case
    message: Message | None
    values: Mapping[str, tuple[Datum, ...]]


def open_case(
    view: View, what: str, place: Text, spec: EnvironmentCaseSpec | None, message: Message | None
) -> OpenCase:
    """The first round, with or without an event. ``what`` names the case for messages; without a spec
    nothing is special about it."""
    if spec is None:
        return OpenCase(Case({}, {}, None, (), None, False, place.span), message, {})
    locals_: dict[str, Type] = {}
    if message is not None and message.instruction is not None:
        locals_["instruction"] = EventType(message.instruction.name)
    choices = _choices(view, what, spec.choose, locals_)
    fields: dict[str, Rule] = {}
    values: dict[str, tuple[Datum, ...]] = {}
    if message is not None and isinstance(spec, MessageCaseSpec):
        locals_["event"] = EventType(message.event.name)
        fields = _fields(view, spec.fields, message, view.around(what, locals_))
        values = _values(view, spec.values, fields, message)
    around = view.around(what, locals_)
    when = view.condition(spec.when, around)
    after = around if when is None else around.after(when)
    do = view.block(spec.do, replace(after, locals=around.locals))
    often = None
    if isinstance(spec, StepCaseSpec | EnvironmentEventCaseSpec | OutcomeCaseSpec):
        often = spec.at_most
    fair = None
    if isinstance(spec, StepCaseSpec | EnvironmentEventCaseSpec):
        fair = spec.fair
    case = Case(
        choices=choices,
        fields=fields,
        when=None if when is None else when.value,
        do=() if do is None else do.value,
        at_most=None if often is None else view.draft.number(often, "how often something may come"),
        fair=view.draft.flag(fair),
        span=spec.span,
    )
    return OpenCase(case, message, values)


def _choices(
    view: View, what: str, specs: Mapping[Text, ChoiceSpec], locals_: dict[str, Type]
) -> dict[str, Rule]:
    """The choices, each put among the locals for what comes after it."""
    made: dict[str, Rule] = {}
    for name, spec in specs.items():
        around = view.around(what, locals_)
        rule, type_ = _rule(view, name, spec, around, None)
        free = new_local(view.draft, name)
        if free and name in view.ghosts:
            free = False
            view.draft.error(
                "LF100",
                name,
                f'a local can\'t be called "{name}": snippets would no longer see the ghost "{name}"',
                "",
                Related(view.ghosts[name].span, "the ghost"),
            )
        elif free and name == "instruction":
            free = False
            view.draft.error("LF101", name, 'a local can\'t be called "instruction"')
        locals_[str(name)] = type_ if free else UNKNOWN
        if rule is not None:
            made[str(name)] = rule
    return made


def _rule(
    view: View, name: Text, spec: FieldValueSpec, around: Surroundings, want: Type | None
) -> tuple[Rule | None, Type]:
    """What a value is computed from, and its type; None after a mistake in its shape."""
    if spec.is_ is not None and spec.among is not None:
        view.draft.error("LF118", spec.among, f'"{name}" is one value ("is") or "among" several')
    if spec.is_ is not None:
        checked = view.expression(spec.is_, around, want)
        return Computed(checked.value), checked.value.type
    if spec.among is None:
        if view.draft.whole:
            view.draft.error(
                "LF119", name, f'nothing says what "{name}" is', 'Add "is" or "among".'
            )
        return None, UNKNOWN
    source = view.expression(spec.among, around, None if want is None else IterType(want))
    item = item_of(source.value.type)
    if item is None and source.ok and want is None:
        view.draft.error(
            "LF378", spec.among, f"{spell(source.value.type)} is no collection to choose from"
        )
    return Among(source.value), UNKNOWN if item is None else item


def _fields(
    view: View, specs: Mapping[Text, FieldValueSpec], message: Message, around: Surroundings
) -> dict[str, Rule]:
    """The fields that are computed, in the order in which that is done."""
    made: dict[str, Rule] = {}
    event = message.event
    later = list(map(str, specs))
    for name, spec in specs.items():
        known = view.draft.find("LF140", name, event.fields, f"field of {event.name} called")
        if known and message.carries(name):
            _carried(view, name, message)
            known = False
        want = view.declared.events[event.name].fields[name].type if known else None
        here = replace(around, place=f'the field "{name}" of {event.name}')
        rule, _ = _rule(view, name, spec, here, want)
        if rule is None or not known:
            later.remove(name)
            continue
        for of, early in sorted(event_reads(rule)):
            if of == event.name and early in later:
                itself = "itself" if early == name else f'"{early}", which comes after it'
                view.draft.error(
                    "LF156",
                    name,
                    f'the field "{name}" can\'t be computed from {itself}',
                    "Fields are computed in the order in which they stand there.",
                )
        later.remove(name)
        made[str(name)] = rule
    return made


def _carried(view: View, name: Text, message: Message) -> None:
    assert message.instruction is not None
    view.draft.error(
        "LF156",
        name,
        f'the field "{name}" of {message.event.name} is that of the {message.instruction.name} that '
        "it answers",
        "Leave it out here.",
        Related(message.instruction.fields[name].span, "the field of the instruction"),
    )


def _values(
    view: View,
    specs: Mapping[Text, ValuesSpec],
    computed: Mapping[str, Rule],
    message: Message,
) -> dict[str, tuple[Datum, ...]]:
    made: dict[str, tuple[Datum, ...]] = {}
    event = message.event
    for name, spec in specs.items():
        if not view.draft.find("LF140", name, event.fields, f"field of {event.name} called"):
            continue
        if message.carries(name):
            _carried(view, name, message)
        elif name in computed:
            view.draft.error("LF156", name, f'the field "{name}" is computed, and listed here')
        type_ = view.declared.events[event.name].fields[name].type
        values = read_values(view, name, spec, type_)
        if values is not None:
            made[str(name)] = values
        else:
            view.unclear.add(str(name))
    return made


# ------------------------------------------------------------------------------------ the second round


class Closing:
    """Gives each field that nothing computes its values, once all snippets of an environment are known."""

    def __init__(self, view: View, facts: Facts, values: Mapping[str, tuple[Datum, ...]]) -> None:
        self._view = view
        self._facts = facts
        self._values = values
        own = told_apart(expressions((view.trees, view.first_trees)))
        self.told_apart = facts.told_apart.union(own)

    def cases(self, cases: Iterable[OpenCase]) -> tuple[Case, ...]:
        """The cases with a rule for each field of their events."""
        return tuple(map(self._close, cases))

    def _close(self, open_: OpenCase) -> Case:
        message = open_.message
        if message is None:
            return open_.case
        fields: dict[str, Rule] = {}
        computed = open_.case.fields
        for field in self._view.declared.events[message.event.name].fields.values():
            if message.carries(field.name):
                fields[field.name] = Carried()
            elif field.name in open_.values:
                fields[field.name] = Ranges(open_.values[field.name])
            elif field.name not in computed:
                fields[field.name] = Ranges(self._ranged(field, message))
        return replace(open_.case, fields={**fields, **computed})

    def _ranged(self, field: Field, message: Message) -> tuple[Datum, ...]:
        """The values of a field that the case says nothing of; none after a mistake."""
        view, event = self._view, message.event.name
        if field.name in self._values:
            return self._values[field.name]
        read = self._facts.reads(event, field.name) or (event, field.name) in view.reads
        if not read:
            found = stand_in(field.type, field.name, view)
            if found is not None:
                return found
        everything = all_values(field.type, view, self.told_apart)
        if everything is not None:
            return everything
        if not field.required:
            return (cast("Datum", field.default),)  # a default is a value without maps in it
        if field.name not in view.unclear:
            view.draft.error(
                "LF150",
                message.place,
                f'nothing says which values the field "{field.name}" of {event} takes in "{view.name}"',
                'List them under "values", or compute the field under "fields".',
                Related(field.span, f"the field is {spell(field.type)}"),
            )
        return ()
