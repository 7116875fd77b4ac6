"""Events and instructions: data for ``messages.py.j2``.

Knows the checked model; knows nothing of snippets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..checked import CheckedSpec, Event, Field, Instruction
from ..naming import kebab
from .annotations import annotation, as_type, is_collection, start_value
from .texts import docstring, literal, quoted


@dataclass(frozen=True)
class FieldView:
    """One line of a class, its documentation under it."""

    line: str
    doc: str


@dataclass(frozen=True)
class MessageView:
    """One class of a module of messages."""

    name: str
    doc: str
    fields: list[FieldView]
    message: str
    bind: str | None


def event_views(spec: CheckedSpec) -> list[MessageView]:
    """The classes of events, those that exist elsewhere too."""
    return [
        MessageView(e.name, _doc(e.doc or _event_doc(spec, e)), _fields(e.fields), "", e.bind)
        for e in spec.events.values()
    ]


def instruction_views(spec: CheckedSpec) -> list[MessageView]:
    """The classes of instructions, those that exist elsewhere too."""
    return [
        MessageView(
            i.name,
            _doc(i.doc or _instruction_doc(i)),
            _fields(i.fields),
            _message(i)
            if i.bind is None
            else "",  # a class from elsewhere sends itself in its own way
            i.bind,
        )
        for i in spec.instructions.values()
    ]


def _doc(text: str) -> str:
    return "\n".join(docstring(text, "    "))


def _fields(fields: Mapping[str, Field]) -> list[FieldView]:
    views: list[FieldView] = []
    defaulted = False
    for field in fields.values():
        line = f"{field.name}: {annotation(field.type)}"
        if field.required:
            # After a field with a default, one without can only be given by name.
            line += " = field(kw_only=True)" if defaulted else ""
        elif is_collection(field.type):
            line += f" = field(default_factory={_factory(field)})"
        else:
            line += f" = {as_type(field.type, field.default)}"
        defaulted = defaulted or not field.required
        views.append(
            FieldView(line, "\n".join(docstring(field.doc, "    ")) if field.doc.strip() else "")
        )
    return views


def _factory(field: Field) -> str:
    value = start_value(field.type, field.default)
    plain = {"[]": f"{annotation(field.type)}", "{}": f"{annotation(field.type)}"}
    if value == "OrderedSet()":
        return annotation(field.type)
    return plain.get(value, f"lambda: {value}")


def _event_doc(spec: CheckedSpec, event: Event) -> str:
    ends = [i.name for i in spec.instructions.values() if event.name in i.outcomes]
    during = [i.name for i in spec.instructions.values() if event.name in i.during]
    if ends:
        return f"Ends {_a(ends)}."
    if during:
        return f"May come while {_a(during)} is open."
    return "Comes from outside."


def _a(names: list[str]) -> str:
    told = [f"{'an' if n[0] in 'AEIOU' else 'a'} {n}" for n in names]
    return " or ".join(told)


def _instruction_doc(instruction: Instruction) -> str:
    if instruction.runs == "send":
        return "Is sent; nothing answers it."
    return f"Ends with {' or '.join(instruction.outcomes)}."


def _message(instruction: Instruction) -> str:
    """The dict that a ``send`` goes out as, or nothing."""
    if instruction.runs != "send":
        return ""
    op = instruction.message or kebab(instruction.name)
    parts = {"op": quoted(op)}
    parts |= {name: f"self.{name}" for name in instruction.fields}
    parts |= {name: literal(value) for name, value in instruction.extra.items()}
    parts["stimulus_id"] = "self.stimulus_id"
    inner = ", ".join(f"{quoted(k)}: {v}" for k, v in parts.items())
    return "{" + inner + "}"
