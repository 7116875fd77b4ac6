"""Names: what is taken, what is reserved, and what would become one name in Python.

Two namespaces that snippets see (values and classes), and inside each entity its states, requests and
groups. A collision shows both places.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics import Related, Span
from ..naming import handler_function, label, snake
from ..part import Broken, Text
from ..reserved import (
    CLASSES,
    ENTITY_FIELDS,
    HOST_PARAMETERS,
    LOCALS,
    MEMBERS,
    MESSAGE_FIELDS,
    derived_classes,
)
from ..spec import EntitySpec
from .draft import Draft


class Taken:
    """The names of one namespace, each with what it is and where."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._first: dict[str, tuple[str, Span]] = {}

    def add(self, name: Text, what: str, spelt: str | None = None) -> None:
        """Take a name; one that is taken is a mistake that shows both places. ``spelt`` is what the
        name becomes in Python."""
        if isinstance(name, Broken):
            return
        key = str(name) if spelt is None else spelt
        before = self._first.setdefault(key, (f'{what} "{name}"', name.span))
        if before[1] == name.span:
            return
        if spelt is None:
            message = f'{what} can\'t be called "{name}": {before[0]} is called so already'
        else:
            message = (
                f'{what} "{name}" and {before[0]} would both be "{spelt}" in the generated code'
            )
        code = "LF100" if spelt is None else "LF102"
        self._draft.error(
            code, name, message, "", Related(before[1], f"{before[0]}, declared here")
        )

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def where(self, name: str) -> tuple[str, Span]:
        """What bears the name, and where it was declared."""
        return self._first[name]


def check_names(draft: Draft) -> None:
    """Report every collision and every reserved name among the declared names."""
    _check_classes(draft)
    values = _check_values(draft)
    for name, spec in draft.spec.entities.items():
        _check_entity(draft, name, spec)
    _check_messages(draft)
    _check_locals(draft, values)
    draft.values = values


def _reserved(draft: Draft, name: Text, words: Iterable[str], what: str) -> None:
    if name in words:
        draft.error(
            "LF101",
            name,
            f'{what} can\'t be called "{name}": the language or the generated code needs that name',
        )


def _check_classes(draft: Draft) -> None:
    spec = draft.spec
    taken = Taken(draft)
    sections: list[tuple[str, Iterable[Text]]] = [
        ("the machine", [spec.machine]),
        ("the type", spec.types),
        ("the entity", spec.entities),
        ("the event", spec.events),
        ("the family", spec.families),
        ("the instruction", spec.instructions),
    ]
    for what, names in sections:
        for name in names:
            taken.add(name, what)
            _reserved(draft, name, CLASSES, what)
    for entity_name, entity in spec.entities.items():
        for group in entity.groups:
            taken.add(group, f"the group of {entity_name}")
    for derived, meaning in derived_classes(
        str(spec.machine), map(str, spec.entities), map(str, spec.instructions)
    ).items():
        if derived in taken:
            what, span = taken.where(derived)
            draft.error(
                "LF102", span, f"{what} bears the name that the generated code gives to {meaning}"
            )
    functions = Taken(draft)
    for event in spec.events:
        functions.add(event, "the event", handler_function(event))
    methods = Taken(draft)
    for instruction in spec.instructions:
        methods.add(instruction, "the instruction", snake(instruction))


def _check_values(draft: Draft) -> Taken:
    spec = draft.spec
    taken = Taken(draft)
    for entity_name, entity in spec.entities.items():
        variable = entity.variable
        if variable is None:
            variable = Text(snake(entity_name), entity_name.span)
        taken.add(variable, f"the variable of {entity_name}")
        _reserved(draft, variable, LOCALS, f"the variable of {entity_name}")
        taken.add(entity.registry, f"the registry of {entity_name}")
        _reserved(draft, entity.registry, MEMBERS, f"the registry of {entity_name}")
    sections: list[tuple[str, Iterable[Text]]] = [
        ("the configuration value", spec.config),
        ("the context datum", spec.context),
        ("the host function", spec.host),
    ]
    for what, names in sections:
        for name in names:
            taken.add(name, what)
            _reserved(draft, name, MEMBERS - {"now"} if names is spec.host else MEMBERS, what)
    for signature in spec.procedures:
        head = str(signature).partition("(")[0].strip()
        name = Text(head, signature.locate(0, len(head)))
        taken.add(name, "the procedure")
        _reserved(draft, name, MEMBERS, "the procedure")
    return taken


def _check_entity(draft: Draft, name: Text, spec: EntitySpec) -> None:
    for state in spec.states:
        if state in spec.groups:
            group = next(g for g in spec.groups if g == state)
            draft.error(
                "LF100",
                group,
                f'a group can\'t be called "{group}": {name} has a state of that name',
                "",
                Related(state.span, "the state"),
            )
    for request in spec.requests:
        if request in spec.groups:
            group = next(g for g in spec.groups if g == request)
            draft.error(
                "LF100",
                group,
                f'a group can\'t be called "{group}": {name} has a request of that name',
                "",
                Related(request.span, "the request"),
            )
    labels = Taken(draft)
    for state in spec.states:
        labels.add(state, "the state", label(state))
    for request in spec.requests:
        if request not in spec.states:
            labels.add(request, "the request", label(request))
    for field in [*spec.key, *spec.fields, *spec.relations]:
        _reserved(draft, field, ENTITY_FIELDS, f"a field of {name}")
    for relation in spec.relations.values():
        if relation.inverse is not None:
            _reserved(draft, relation.inverse, ENTITY_FIELDS, f"a relation of {relation.to}")


def _check_messages(draft: Draft) -> None:
    spec = draft.spec
    for name, instruction in spec.instructions.items():
        for field in instruction.fields:
            _reserved(draft, field, MESSAGE_FIELDS, f"a field of {name}")
    for name, event in spec.events.items():
        for field in event.fields:
            _reserved(draft, field, MESSAGE_FIELDS, f"a field of {name}")
    for name, family in spec.families.items():
        for field in family.fields:
            _reserved(draft, field, MESSAGE_FIELDS, f"a field of {name}")
    for name, function in spec.host.items():
        for parameter in function.args:
            _reserved(draft, parameter, HOST_PARAMETERS, f"an argument of {name}")


def _check_locals(draft: Draft, values: Taken) -> None:
    """Keys and arguments of requests are locals where an event or a request is at hand."""
    for name, entity in draft.spec.entities.items():
        for key in entity.key:
            shadows(draft, values, key, f"the key of {name}")
            _reserved(draft, key, LOCALS - ENTITY_FIELDS, f"the key of {name}")
        for request_name, request in entity.requests.items():
            for argument in request.fields:
                what = f'an argument of the request "{request_name}"'
                shadows(draft, values, argument, what)
                _reserved(draft, argument, LOCALS, what)


def shadows(draft: Draft, values: Taken, name: Text, what: str) -> bool:
    """Whether a local would hide a declared value, which is reported."""
    if name not in values:
        return False
    hidden, span = values.where(name)
    draft.error(
        "LF100",
        name,
        f'{what} can\'t be called "{name}": snippets would no longer see {hidden}',
        "",
        Related(span, f"{hidden}, declared here"),
    )
    return True


def new_local(draft: Draft, name: Text) -> bool:
    """Whether a name that the spec gives to a local is free and well formed; if not, that is reported."""
    if not (name.isascii() and name.isidentifier() and name == name.lower() and name[0] != "_"):
        draft.error("LF101", name, f'a local can\'t be called "{name}"', "Write it like_this.")
        return False
    if name in LOCALS:
        _reserved(draft, name, LOCALS, "a local")
        return False
    assert draft.values is not None
    return not shadows(draft, draft.values, name, "a local")
