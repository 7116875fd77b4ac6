"""What may happen in an environment: events that are sent, steps of its own, how open instructions end,
and what is done about what is heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ...checked import Event, Instruction
from ...diagnostics import Related
from ...part import Part, Text
from ...types import EventType
from ...world import Heard, Initial, Outcome, Source, Step
from ...worldspec import (
    EnvironmentEventSpec,
    EnvironmentSpec,
    OutcomeCaseSpec,
    OutcomeSpec,
)
from ..draft import size_of
from ..names import check_labels
from .cases import Closing, Message, OpenCase, open_case
from .facts import Facts
from .view import View

CaseT = TypeVar("CaseT", bound=Part)


@dataclass
class Happenings:
    """All that may happen, the cases still open. ``outcomes`` are by instruction and event, with the
    reason where they never come."""

    initial: tuple[Text, OpenCase] | None = None
    sources: dict[Text, list[OpenCase]] = field(default_factory=dict)
    steps: dict[Text, list[OpenCase]] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], tuple[Text, list[OpenCase], str | None]] = field(
        default_factory=dict
    )
    may_stay_open: dict[str, str] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)


def open_happenings(
    view: View, spec: EnvironmentSpec, facts: Facts, carrier: Mapping[str, str]
) -> Happenings:
    """All that may happen, with its snippets checked. ``carrier`` is the channel of a message."""
    found = Happenings()
    _begin(view, spec, facts, found)
    for name, event_spec in spec.events.items():
        event = _from_outside(view, spec, name, facts)
        if event is not None:
            found.sources[name] = _sources(view, name, event_spec, event)
    check_labels(view.draft, spec.steps, "step")
    for name, step in spec.steps.items():
        found.steps[name] = [
            open_case(view, f'the step "{name}"', name, case, None)
            for case in _cases_of(view, name, step, step.cases)
        ]
    _stay_open(view, spec, found)
    _outcomes(view, spec, facts, found)
    _hear(view, spec, carrier, found)
    return found


def _cases_of(view: View, name: Text, whole: CaseT, cases: Sequence[CaseT]) -> Sequence[CaseT]:
    """The cases of a part that may be one itself; beside a list of cases there is nothing else."""
    beside = [key for key in type(whole).model_fields if key != "cases" and getattr(whole, key)]
    if cases and beside:
        view.draft.error(
            "LF118", name, f'"{beside[0].strip("_")}" stands in one of the cases, not beside them'
        )
    return cases or [whole]


def _from_outside(view: View, spec: EnvironmentSpec, name: Text, facts: Facts) -> Event | None:
    """The event of the name, if it is one that the environment may send."""
    draft = view.draft
    if not draft.find("LF104", name, draft.known.events, "event"):
        return None
    if name in facts.answers:
        draft.error(
            "LF140",
            name,
            f'"{name}" answers the instruction {facts.answers[name][0].name}, so it comes from there '
            "and not from the environment",
            'What is special about it stands under "outcomes".',
        )
        return None
    return draft.known.events[name]


def _begin(view: View, spec: EnvironmentSpec, facts: Facts, found: Happenings) -> None:
    if spec.initial is None:
        return
    name = spec.initial.event
    event = _from_outside(view, spec, name, facts)
    if event is None:
        return
    again = next((other for other in spec.events if other == name), None)
    if again is not None:
        view.draft.error(
            "LF140",
            again,
            f'the world begins with "{name}", so it doesn\'t come again',
            "",
            Related(name.span, "the beginning"),
        )
    message = Message(event, None, name)
    before = len(view.trees)
    case = open_case(view, f"the beginning with {name}", name, spec.initial, message)
    view.first_trees += view.trees[before:]
    del view.trees[before:]
    found.initial = (name, case)


def _sources(view: View, name: Text, spec: EnvironmentEventSpec, event: Event) -> list[OpenCase]:
    message = Message(event, None, name)
    what = f"the sending of {name}"
    return [
        open_case(view, what, name, case, message)
        for case in _cases_of(view, name, spec, spec.cases)
    ]


# ---------------------------------------------------------------------------------- open instructions


def _stay_open(view: View, spec: EnvironmentSpec, found: Happenings) -> None:
    draft = view.draft
    for name, reason in spec.may_stay_open.items():
        if not draft.find("LF157", name, draft.known.instructions, "instruction"):
            continue
        if draft.known.instructions[name].runs == "send":
            draft.error("LF157", name, f"{name} is sent, and never open")
        found.may_stay_open[str(name)] = draft.reason(reason)


def _outcomes(view: View, spec: EnvironmentSpec, facts: Facts, found: Happenings) -> None:
    """Every outcome of every instruction, whether the environment speaks of it or not."""
    draft = view.draft
    said: dict[str, tuple[Text, OutcomeSpec]] = {}
    for name, outcome in spec.outcomes.items():
        if not draft.find("LF104", name, draft.known.events, "event"):
            continue
        if name not in facts.answers:
            draft.error(
                "LF157",
                name,
                f"no open instruction gives {name}",
                'What comes from outside stands under "events".',
            )
            continue
        said[str(name)] = name, outcome
        for case in _cases_of(view, name, outcome, outcome.cases):
            answered = [i.name for i in facts.answers[name]]
            if case.of is not None:
                draft.find("LF157", case.of, answered, f"instruction that ends with {name} called")
    for instruction in draft.known.instructions.values():
        for event in (*instruction.outcomes, *instruction.during):
            if event in draft.known.events:
                found.outcomes[instruction.name, event] = _outcome(
                    view, instruction, draft.known.events[event], said.get(event)
                )
        _check_end(view, instruction, found)


def _outcome(
    view: View, instruction: Instruction, event: Event, said: tuple[Text, OutcomeSpec] | None
) -> tuple[Text, list[OpenCase], str | None]:
    if said is None:
        message = Message(event, instruction, view.name)
        return view.name, [open_case(view, "", view.name, None, message)], None
    name, spec = said
    message = Message(event, instruction, name)
    cases = [c for c in spec.cases or [spec] if c.of is None or c.of == instruction.name]
    if not cases:
        return name, [open_case(view, "", name, None, message)], None
    never = [case for case in cases if case.never is not None]
    if never:
        return name, [], _never(view, name, cases, never[0])
    if not view.draft.repeat(name, size_of(spec)):
        return name, [], None
    what = f"the outcome {name} of {instruction.name}"
    return name, [open_case(view, what, name, case, message) for case in cases], None


def _never(view: View, name: Text, cases: Sequence[OutcomeCaseSpec], case: OutcomeCaseSpec) -> str:
    assert case.never is not None
    beside = [
        key
        for key in type(case).model_fields
        if key not in ("never", "of", "doc", "cases") and getattr(case, key)
    ]
    if len(cases) > 1 or beside:
        view.draft.error(
            "LF157", case.never, f"{name} never comes, and here it is said how it comes"
        )
    return view.draft.reason(case.never)


def _check_end(view: View, instruction: Instruction, found: Happenings) -> None:
    """An instruction has a way to end."""
    ends = [
        found.outcomes[instruction.name, e]
        for e in instruction.outcomes
        if (instruction.name, e) in found.outcomes
    ]
    if not ends or instruction.name in found.may_stay_open:
        return
    if all(never is not None for _, _, never in ends):
        view.draft.error(
            "LF157",
            ends[0][0],
            f'no outcome of {instruction.name} ever comes in "{view.name}", and it has to end',
            'Say why it need not, under "may_stay_open".',
            Related(instruction.span, "the instruction"),
        )


def _hear(view: View, spec: EnvironmentSpec, carrier: Mapping[str, str], found: Happenings) -> None:
    draft = view.draft
    for name, heard in spec.heard.items():
        if not draft.find("LF157", name, draft.known.instructions, "instruction"):
            continue
        around = view.around(f"what is done about {name}", {"instruction": EventType(str(name))})
        do = view.block(heard.do, around)
        body = () if do is None else do.value
        found.heard[str(name)] = Heard(str(name), body, name.span, carrier.get(name))


# ------------------------------------------------------------------------------------------- at the end


@dataclass(frozen=True)
class Happened:
    """The same with all cases closed, as the checked model has it."""

    initial: Initial | None
    sources: Mapping[str, Source]
    steps: Mapping[str, Step]
    outcomes: Mapping[tuple[str, str], Outcome]


def close_happenings(
    view: View, found: Happenings, closing: Closing, carrier: Mapping[str, str]
) -> Happened:
    """The second round of all cases."""
    initial = None
    if found.initial is not None:
        name, begin = found.initial
        initial = Initial(str(name), closing.cases([begin]), name.span)
    sources = {
        str(name): Source(str(name), closing.cases(cases), name.span, carrier.get(name))
        for name, cases in found.sources.items()
    }
    steps = {
        str(name): Step(str(name), closing.cases(cases), name.span)
        for name, cases in found.steps.items()
    }
    known = view.draft.known.instructions
    outcomes = {
        (instruction, event): Outcome(
            instruction=instruction,
            event=event,
            during=event in known[instruction].during,
            cases=closing.cases(cases),
            span=known[instruction].span if name is view.name else name.span,
            never=never,
        )
        for (instruction, event), (name, cases, never) in found.outcomes.items()
    }
    return Happened(initial, sources, steps, outcomes)
