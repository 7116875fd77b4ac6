"""Names: what is taken, what is reserved, and what would become one name in Python.

Two namespaces that snippets see (values and classes), and inside each entity its states, requests and
groups. A collision shows both places.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from ..diagnostics import Related, Span
from ..naming import effect_method, handler_function, label, package_name, snake
from ..part import Broken, Text
from ..reserved import (
    CLASSES,
    ENTITY_FIELDS,
    HOST_PARAMETERS,
    KEYWORDS,
    LOCALS,
    MEMBERS,
    MESSAGE_FIELDS,
    derived_classes,
)
from ..spec import EntitySpec
from .draft import Draft, cut, shown

CELL_WORDS = ("new", "absent", "any", "others", "undeclared")


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


CLASS, VALUE, STATE, GROUP, TYPE = "class", "value", "state", "group", "type"

_FORMS = {
    CLASS: (re.compile(r"[A-Z][A-Za-z0-9]*"), "Write it LikeThis: ASCII letters and digits."),
    VALUE: (re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*_?"), "Write it like_this, in ASCII."),
    STATE: (re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*"), "Write it like-this, in ASCII."),
    GROUP: (re.compile(r"[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)*"), "Write it LIKE_THIS, in ASCII."),
    TYPE: (re.compile(r"[A-Za-z][A-Za-z0-9_]*"), "Write it LikeThis, in ASCII."),
}
MAX_LENGTH = 100  # a name becomes the name of a function or a folder, which have limits


def well_formed(draft: Draft, name: Text, form: str, what: str) -> bool:
    """Whether a name has the form that its kind has; if not, that is reported."""
    if isinstance(name, Broken):
        return False
    pattern, hint = _FORMS[form]
    if len(name) > MAX_LENGTH:
        hint = f"At most {MAX_LENGTH} letters."
    elif pattern.fullmatch(name):
        return True
    odd = "".join(f" (it has the letter U+{ord(c):04X})" for c in name if ord(c) > 127)
    odd = odd if odd.count("U+") == 1 else ""
    draft.error("LF106", name, f"{what} can't be called {shown(name)}{odd}", hint)
    return False


def usable(draft: Draft, name: Text, form: str, words: Collection[str], what: str) -> bool:
    """Whether a name is well formed and free; if not, that is reported."""
    if not well_formed(draft, name, form, what):
        return False
    if name not in words:
        return True
    draft.error(
        "LF101",
        name,
        f'{what} can\'t be called "{name}": the language or the generated code needs that name',
    )
    return False


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
    good: set[str] = set()
    for what, names in sections:
        for name in names:
            form = TYPE if names is spec.types else CLASS
            if usable(draft, name, form, CLASSES, what):
                taken.add(name, what)
                good.add(str(name))
    for entity_name, entity in spec.entities.items():
        for group in entity.groups:
            if usable(draft, group, GROUP, CLASSES, f"a group of {entity_name}"):
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
        if event in good:
            functions.add(event, "the event", handler_function(event))
    methods = Taken(draft)
    for instruction in spec.instructions:
        if instruction in good:
            method = effect_method(instruction)
            methods.add(instruction, "the instruction", method)
            _no_keyword(draft, instruction, f"the handler of {instruction}", method)
    _no_keyword(draft, spec.machine, "the package", package_name(spec.machine))


def _no_keyword(draft: Draft, name: Text, what: str, spelt: str) -> None:
    """Report a name that would be one of Python's own words in the generated code."""
    if spelt in KEYWORDS:
        draft.error("LF101", name, f'{what} would be "{spelt}", and Python needs that name')


def _check_values(draft: Draft) -> Taken:
    spec = draft.spec
    taken = Taken(draft)
    for entity_name, entity in spec.entities.items():
        variable = entity.variable
        what = f"the variable of {entity_name}"
        if variable is not None:
            if usable(draft, variable, VALUE, LOCALS, what):
                taken.add(variable, what)
        elif _FORMS[CLASS][0].fullmatch(entity_name):
            variable = Text(snake(entity_name), entity_name.span)
            if variable in LOCALS:
                draft.error(
                    "LF101",
                    entity_name,
                    f'{what} would be "{variable}", and the language needs that name',
                    'Choose one with "variable".',
                )
            else:
                taken.add(variable, what)
        if usable(draft, entity.registry, VALUE, MEMBERS, f"the registry of {entity_name}"):
            taken.add(entity.registry, f"the registry of {entity_name}")
    sections: list[tuple[str, Iterable[Text]]] = [
        ("the configuration value", spec.config),
        ("the context datum", spec.context),
        ("the host function", spec.host),
    ]
    for what, names in sections:
        for name in names:
            if usable(
                draft, name, VALUE, MEMBERS - {"now"} if names is spec.host else MEMBERS, what
            ):
                taken.add(name, what)
    for head in spec.procedures:
        name = cut(head, 0, len(str(head).partition("(")[0]))
        if usable(draft, name, VALUE, MEMBERS, "the procedure"):
            taken.add(name, "the procedure")
    return taken


def _check_entity(draft: Draft, name: Text, spec: EntitySpec) -> None:
    labels = Taken(draft)
    for state in spec.states:
        if state in CELL_WORDS:
            draft.error(
                "LF109", state, f'a state can\'t be called "{state}": it has a meaning in cells'
            )
        elif well_formed(draft, state, STATE, f"a state of {name}"):
            labels.add(state, "the state", label(state))
    for request in spec.requests:
        if request in spec.states:
            continue
        if request in CELL_WORDS:
            draft.error(
                "LF109", request, f'a request can\'t be called "{request}": it has a meaning'
            )
        elif well_formed(draft, request, STATE, f"a request of {name}"):
            labels.add(request, "the request", label(request))
    for field in [*spec.key, *spec.fields, *spec.relations]:
        usable(draft, field, VALUE, ENTITY_FIELDS, f"a field of {name}")
    for relation in spec.relations.values():
        if relation.inverse is not None:
            usable(draft, relation.inverse, VALUE, ENTITY_FIELDS, f"a relation of {relation.to}")


def _check_messages(draft: Draft) -> None:
    spec = draft.spec
    owners: list[tuple[Text, Iterable[Text], frozenset[str]]] = [
        *((name, part.fields, MESSAGE_FIELDS) for name, part in spec.instructions.items()),
        *((name, event.fields, MESSAGE_FIELDS) for name, event in spec.events.items()),
        *((name, family.fields, MESSAGE_FIELDS) for name, family in spec.families.items()),
        *((name, function.args, HOST_PARAMETERS) for name, function in spec.host.items()),
    ]
    for owner, fields, words in owners:
        for field in fields:
            usable(draft, field, VALUE, words, f"a field of {owner}")


def _check_locals(draft: Draft, values: Taken) -> None:
    """Keys and arguments of requests are locals where an event or a request is at hand."""
    for name, entity in draft.spec.entities.items():
        for key in entity.key:
            what = f"the key of {name}"
            if usable(draft, key, VALUE, LOCALS - ENTITY_FIELDS, what):
                _beside_variable(draft, name, entity, key, what)
                shadows(draft, values, key, what)
        for request_name, request in entity.requests.items():
            for argument in request.fields:
                what = f'an argument of the request "{request_name}"'
                if usable(draft, argument, VALUE, LOCALS, what):
                    _beside_variable(draft, name, entity, argument, what)
                    shadows(draft, values, argument, what)


def _beside_variable(draft: Draft, name: Text, entity: EntitySpec, local: Text, what: str) -> None:
    """A key or an argument stands beside the entity itself, so it can't have the same name."""
    if local == (entity.variable or snake(name)):
        draft.error("LF100", local, f'{what} can\'t be called "{local}": that is the {name} itself')


def shadows(draft: Draft, values: Taken, name: Text, what: str) -> bool:
    """Whether a local would hide a declared value, which is reported."""
    if name not in values or values.where(name)[0].startswith("the variable of "):
        return False  # the variable of an entity is a local, too
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
    assert draft.values is not None
    return usable(draft, name, VALUE, LOCALS, "a local") and not shadows(
        draft, draft.values, name, "a local"
    )


def check_labels(draft: Draft, names: Iterable[Text], what: str) -> None:
    """Report names in free words: two that differ in punctuation alone would be one name in Python."""
    first: dict[str, Text] = {}
    for name in names:
        key = label(name)
        if not key:
            draft.error("LF101", name, f'the {what} needs a name with letters, not "{name}"')
            continue
        known = first.setdefault(key, name)
        if known is not name:
            draft.error(
                "LF102",
                name,
                f'the {what} "{name}" and "{known}" would both be "{key}" in the generated code',
                "",
                Related(known.span, "the first one"),
            )
