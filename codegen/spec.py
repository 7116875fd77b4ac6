"""The structure of a spec as it is written: every section, every key, nothing resolved yet.

Pydantic models over located text; the published JSON Schema is made from them. Knows which keys there
are and which are required; knows nothing of names, types or snippets: those are still text here. The
worlds that a machine is walked through in are in ``worldspec.py``.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, PrivateAttr

from .part import Names, Part, Snippet, Text
from .worldspec import EnvironmentSpec, InvariantSpec


class FieldSpec(Part):
    """A typed field. ``url: str`` is short for ``url: {type: str}``."""

    short_form: ClassVar[str | None] = "type"
    type: Text
    default: Text | Names | None = None
    doc: Text | None = None
    explore: Text | None = None
    reset: Text | Names | None = None


class TypeSpec(Part):
    """A named type: ``{is: str}`` or ``{opaque: true}``, the latter maybe bound to a Python class."""

    is_: Text | None = Field(None, alias="is")
    opaque: Text | None = None
    hashable: Text | None = None
    bind: Text | None = None
    doc: Text | None = None


class StateSpec(Part):
    """A state. ``queued: text`` is short for ``queued: {doc: text}``."""

    short_form: ClassVar[str | None] = "doc"
    doc: Text | None = None
    initial: Text | None = None


class ConfigurationSpec(Part):
    """``{by: previous, values: [a, b]}`` or ``{by: [previous, next], values: [[a, b], [c, d]]}``."""

    by: Text | Names
    values: list[Text | Names]


class RequestSpec(Part):
    """What a request carries, by name; ``deletes`` and ``doc`` are reserved keys."""

    allow_more: ClassVar[str | None] = "fields"  # every other key is a field of the request
    deletes: Text | None = None
    doc: Text | None = None
    fields: dict[Text, FieldSpec] = Field(default_factory=dict)


class RelationSpec(Part):
    to: Text
    many: Text | None = None
    inverse: Text | None = None
    kept: Text | None = None
    on_delete: Text | None = None
    doc: Text | None = None


class EntitySpec(Part):
    doc: Text | None = None
    variable: Text | None = None
    registry: Text
    bind: Text | None = None
    key: dict[Text, FieldSpec]
    states: dict[Text, StateSpec]
    configurations: dict[Text, ConfigurationSpec] = Field(default_factory=dict)
    groups: dict[Text, Names] = Field(default_factory=dict)
    requests: dict[Text, RequestSpec] = Field(default_factory=dict)
    fields: dict[Text, FieldSpec] = Field(default_factory=dict)
    relations: dict[Text, RelationSpec] = Field(default_factory=dict)


class ContextSpec(FieldSpec):
    called: ClassVar[str | None] = "datum of the context"
    members: Snippet | None = None
    key: Snippet | None = None
    early: Text | None = None
    maintained: Text | None = None


class InstructionSpec(Part):
    doc: Text | None = None
    fields: dict[Text, FieldSpec] = Field(default_factory=dict)
    runs: Text
    outcomes: Names = Field(default_factory=list)
    during: Names = Field(default_factory=list)
    bind: Text | None = None
    message: Text | None = None
    extra: dict[Text, Text] = Field(default_factory=dict)


class EventSpec(Part):
    doc: Text | None = None
    fields: dict[Text, FieldSpec] = Field(default_factory=dict)
    family: Text | None = None
    logged: Text | None = None
    redact: dict[Text, Text] = Field(default_factory=dict)
    bind: Text | None = None


class CaseSpec(Part):
    """A case of a cell or a transition. Which keys may stand together depends on the place."""

    when: Snippet | None = None
    assert_: Snippet | Names | None = Field(None, alias="assert")
    attempt: Snippet | None = None
    failed: CaseSpec | None = None
    becomes: Text | None = None
    internal: Text | None = None
    redirect: Text | None = None
    do: Snippet | None = None
    recommend: Text | None = None
    args: Snippet | None = None
    emit: Snippet | Names | None = None
    ignore: Text | None = None
    impossible: Text | None = None
    doc: Text | None = None


class TransitionSpec(CaseSpec):
    """``a -> b``: one case, or ``{cases: […]}`` with a shared ``assert``, or a list of cases."""

    list_form: ClassVar[str | None] = "cases"
    cases: list[CaseSpec] = Field(default_factory=list)


class CellSpec(CaseSpec):
    """A cell: one case, or a list of cases."""

    list_form: ClassVar[str | None] = "cases"
    cases: list[CaseSpec] = Field(default_factory=list)


class SubjectSpec(Part):
    """Exactly one of ``get``, ``get_or_create``, ``create`` (with ``key``) and ``each`` (with ``keys``,
    ``items`` or ``of``)."""

    get: Text | None = None
    get_or_create: Text | None = None
    create: Text | None = None
    each: Text | None = None
    key: Snippet | None = None
    keys: Snippet | None = None
    items: Snippet | None = None
    of: Snippet | None = None
    value: Text | None = None
    or_create: Text | None = None


class FamilySpec(Part):
    doc: Text | None = None
    fields: dict[Text, FieldSpec] = Field(default_factory=dict)
    before: Snippet | None = None
    subject: SubjectSpec | None = None
    cells: dict[Text, CellSpec] = Field(default_factory=dict)
    first: Snippet | None = None
    after: Snippet | None = None


class HandlerSpec(CellSpec):
    """With ``subject`` and ``cells``, or without: one case or ``cases`` for the event as a whole."""

    family: Text | None = None
    before: Snippet | None = None
    subject: SubjectSpec | None = None
    cells: dict[Text, CellSpec] = Field(default_factory=dict)
    first: Snippet | None = None
    after: Snippet | None = None


class ProcedureSpec(Part):
    """``name(parameter: type) -> type: |`` and the body, or ``{doc, do}``."""

    short_form: ClassVar[str | None] = "do"
    do: Snippet
    doc: Text | None = None


class CompletionSpec(Part):
    short_form: ClassVar[str | None] = "do"
    mode: Text | None = None
    do: Snippet


class HostSpec(Part):
    called: ClassVar[str | None] = "host function"
    args: dict[Text, FieldSpec] = Field(default_factory=dict)
    returns: Text | None = None
    pure: Text | None = None
    recorded: Text | None = None
    fails: Text | None = None
    doc: Text | None = None


class DeviationSpec(Part):
    off: Text | None = None
    always: Text | None = None
    because: Text


class MachineSpec(Part):
    """A whole machine, its included files merged in. ``transitions`` and ``routes`` are by entity here;
    a machine with one entity may leave its name out, and reading puts it in."""

    lawful: Text
    machine: Text
    doc: Text | None = None
    include: Names = Field(default_factory=list)
    types: dict[Text, TypeSpec] = Field(default_factory=dict)
    config: dict[Text, FieldSpec] = Field(default_factory=dict)
    entities: dict[Text, EntitySpec] = Field(default_factory=dict)
    context: dict[Text, ContextSpec] = Field(default_factory=dict)
    instructions: dict[Text, InstructionSpec] = Field(default_factory=dict)
    events: dict[Text, EventSpec] = Field(default_factory=dict)
    families: dict[Text, FamilySpec] = Field(default_factory=dict)
    handlers: dict[Text, HandlerSpec] = Field(default_factory=dict)
    transitions: dict[Text, dict[Text, TransitionSpec]] = Field(default_factory=dict)
    routes: dict[Text, dict[Text, Names | Text]] = Field(default_factory=dict)
    procedures: dict[Text, ProcedureSpec] = Field(default_factory=dict)
    completion: dict[Text, CompletionSpec] = Field(default_factory=dict)
    invariants: dict[Text, InvariantSpec] = Field(default_factory=dict)
    at_quiescence: dict[Text, InvariantSpec] = Field(default_factory=dict)
    environments: dict[Text, EnvironmentSpec] = Field(default_factory=dict)
    unreachable: dict[Text, Text] = Field(default_factory=dict)
    deviations: dict[Text, DeviationSpec] = Field(default_factory=dict)
    observers: Names = Field(default_factory=list)
    host: dict[Text, HostSpec] = Field(default_factory=dict)
    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def sources(self) -> dict[str, str]:
        """The text of each file, the root file first, by its name relative to the root file's folder."""
        return self._sources

    def set_sources(self, sources: dict[str, str]) -> None:
        """Keep the text of the files that this was read from."""
        self._sources = sources
