"""The structure of environments as they are written, and of promises, which a machine and they have.

As ``spec.py``, of which this is the other half.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .part import Names, Part, Snippet, Text


class InvariantSpec(Part):
    """``name: expression``, or ``{for: Entity, when: expression, holds: expression}``."""

    short_form: ClassVar[str | None] = "holds"
    for_: Text | None = Field(None, alias="for")
    when: Snippet | None = None
    holds: Snippet
    doc: Text | None = None


class ValuesSpec(Part):
    """The values of a field: a list of literals, or whole numbers ``{from: 0, to: 9}``, both included."""

    called: ClassVar[str | None] = "list of values"
    list_form: ClassVar[str | None] = "listed"
    listed: list[Text | Names] | None = None
    from_: Text | None = Field(None, alias="from")
    to: Text | None = None


class FieldValueSpec(Part):
    """What a field of an event is: an expression, or ``{among: collection}``."""

    short_form: ClassVar[str | None] = "is"
    is_: Snippet | None = Field(None, alias="is")
    among: Snippet | None = None


class ChoiceSpec(FieldValueSpec):
    """A local of a case: an element of a collection, or ``{is: expression}``."""

    short_form: ClassVar[str | None] = "among"


class EnvironmentCaseSpec(Part):
    """What each way has in which something may come about in an environment."""

    choose: dict[Text, ChoiceSpec] = Field(default_factory=dict)
    when: Snippet | None = None
    do: Snippet | None = None
    doc: Text | None = None


class MessageCaseSpec(EnvironmentCaseSpec):
    """One with an event, whose fields have values."""

    fields: dict[Text, FieldValueSpec] = Field(default_factory=dict)
    values: dict[Text, ValuesSpec] = Field(default_factory=dict)


class StepCaseSpec(EnvironmentCaseSpec):
    called: ClassVar[str | None] = "case of a step"
    at_most: Text | None = None
    fair: Text | None = None


class StepSpec(StepCaseSpec):
    """What happens in the environment alone. One case, or a list of cases."""

    called: ClassVar[str | None] = "step"
    list_form: ClassVar[str | None] = "cases"
    cases: list[StepCaseSpec] = Field(default_factory=list)


class EnvironmentEventCaseSpec(MessageCaseSpec):
    called: ClassVar[str | None] = "case of an environment event"
    at_most: Text | None = None
    fair: Text | None = None


class EnvironmentEventSpec(EnvironmentEventCaseSpec):
    """How an event may come. One case, or a list of cases."""

    called: ClassVar[str | None] = "environment event"
    list_form: ClassVar[str | None] = "cases"
    cases: list[EnvironmentEventCaseSpec] = Field(default_factory=list)


class OutcomeCaseSpec(MessageCaseSpec):
    called: ClassVar[str | None] = "case of an outcome"
    of: Text | None = None
    at_most: Text | None = None
    never: Text | None = None


class OutcomeSpec(OutcomeCaseSpec):
    """How an open instruction gives an event. One case, or a list of cases."""

    called: ClassVar[str | None] = "outcome"
    list_form: ClassVar[str | None] = "cases"
    cases: list[OutcomeCaseSpec] = Field(default_factory=list)


class InitialSpec(MessageCaseSpec):
    """An event with whose values the world begins. Its name alone is short for ``{event: …}``."""

    called: ClassVar[str | None] = "beginning"
    short_form: ClassVar[str | None] = "event"
    event: Text


class GhostSpec(Part):
    """What an environment remembers. ``wanted: int`` is short for ``wanted: {type: int}``."""

    short_form: ClassVar[str | None] = "type"
    type: Text
    default: Text | Names | None = None
    doc: Text | None = None


class ChannelSpec(Part):
    """Messages in transit. A list is short for ``{carries: […]}``."""

    list_form: ClassVar[str | None] = "carries"
    carries: Names
    at_most: Text | None = None
    doc: Text | None = None


class HeardSpec(Part):
    """What the environment does about an instruction. A text is short for ``do``."""

    called: ClassVar[str | None] = "instruction that is heard"
    short_form: ClassVar[str | None] = "do"
    do: Snippet
    doc: Text | None = None


class AnswerCaseSpec(Part):
    """``gives: expression``, or ``fails: expression``. A text is short for ``gives``."""

    called: ClassVar[str | None] = "case of an answer"
    short_form: ClassVar[str | None] = "gives"
    when: Snippet | None = None
    gives: Snippet | None = None
    fails: Snippet | None = None
    do: Snippet | None = None
    doc: Text | None = None


class AnswerSpec(AnswerCaseSpec):
    """How a host function answers in an environment. One case, or a list of cases."""

    called: ClassVar[str | None] = "answer"
    list_form: ClassVar[str | None] = "cases"
    cases: list[AnswerCaseSpec] = Field(default_factory=list)


class EnvironmentSpec(Part):
    doc: Text | None = None
    like: Text | None = None
    types: dict[Text, Text] = Field(default_factory=dict)
    config: dict[Text, Text | Names] = Field(default_factory=dict)
    context: dict[Text, Text | Names] = Field(default_factory=dict)
    deviations: dict[Text, Text] = Field(default_factory=dict)
    values: dict[Text, ValuesSpec] = Field(default_factory=dict)
    symmetric: Names = Field(default_factory=list)
    initial: InitialSpec | None = None
    ghosts: dict[Text, GhostSpec] = Field(default_factory=dict)
    channels: dict[Text, ChannelSpec] = Field(default_factory=dict)
    events: dict[Text, EnvironmentEventSpec] = Field(default_factory=dict)
    steps: dict[Text, StepSpec] = Field(default_factory=dict)
    outcomes: dict[Text, OutcomeSpec] = Field(default_factory=dict)
    may_stay_open: dict[Text, Text] = Field(default_factory=dict)
    heard: dict[Text, HeardSpec] = Field(default_factory=dict)
    host: dict[Text, AnswerSpec] = Field(default_factory=dict)
    always: dict[Text, InvariantSpec] = Field(default_factory=dict)
    at_quiescence: dict[Text, InvariantSpec] = Field(default_factory=dict)
    reachable: dict[Text, InvariantSpec] = Field(default_factory=dict)
