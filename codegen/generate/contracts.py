"""Handlers' protocol, contracts and host functions: data for ``handlers.py.j2`` and ``host.py.j2``.

Knows the checked model.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checked import CheckedSpec, Instruction
from ..naming import effect_method
from .annotations import annotation
from .scope import Names
from .texts import docstring, quoted


@dataclass(frozen=True)
class MethodView:
    """One method of a protocol."""

    head: str
    doc: str


@dataclass(frozen=True)
class ContractView:
    """An instruction with the union of what may answer it (empty for a ``send``)."""

    instruction: str
    union: str
    method: MethodView
    contract: str


def contract_views(spec: CheckedSpec) -> list[ContractView]:
    """One for each instruction, in the order of the spec."""
    names = Names()
    return [
        _contract(spec, i, names.new(effect_method(i.name))) for i in spec.instructions.values()
    ]


def _contract(spec: CheckedSpec, instruction: Instruction, method: str) -> ContractView:
    answers = [*instruction.outcomes, *instruction.during]
    answers = list(dict.fromkeys(answers))
    union = " | ".join(answers)
    name = instruction.name
    if instruction.runs == "send":
        head = f"def {method}(self, instruction: {name}, /) -> None:"
        doc = f"Send `{name}`. Called at once, in order; must not raise."
    else:
        word = "async def" if instruction.runs == "coroutine" else "def"
        head = f"{word} {method}(self, instruction: {name}, /) -> Collection[{name}Outcome]:"
        doc = f"Carry out `{name}`. Returns exactly one of {_listed(instruction.outcomes)}"
        if instruction.during:
            doc += f", and before it any number of {_listed(instruction.during)}"
        doc += "; must not raise."
        if instruction.runs == "thread":
            doc += " Runs in a thread."
    echoes = {}
    for answer in answers:
        shared = [f for f in instruction.fields if f in spec.events[answer].fields]
        if shared:
            echoes[answer] = f"({', '.join(map(quoted, shared))}{',' if len(shared) == 1 else ''})"
    parts = [quoted(method), quoted(instruction.runs)]
    for field, events in (("outcomes", instruction.outcomes), ("during", instruction.during)):
        if events:
            parts.append(f"{field}=({', '.join(events)}{',' if len(events) == 1 else ''})")
    if echoes:
        inner = ", ".join(f"{k}: {v}" for k, v in echoes.items())
        parts.append(f"echoes={{{inner}}}")
    lines = "\n".join(docstring(doc, "        "))
    return ContractView(name, union, MethodView(head, lines), f"Contract({', '.join(parts)})")


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{n}`" for n in names)


def host_views(spec: CheckedSpec) -> list[MethodView]:
    """The host functions, but for the clock, which the machine has itself."""
    views = []
    for function in spec.host.values():
        if function.name == "now":
            continue
        parts = ["self", *(f"{p.name}: {annotation(p.type)}" for p in function.parameters)]
        slash = ["/"] if function.parameters else []
        returns = "None" if function.returns is None else annotation(function.returns)
        head = f"def {function.name}({', '.join([*parts, *slash])}) -> {returns}:"
        doc = function.doc or ("Changes nothing." if function.pure else "")
        if function.fails is not None:
            values = "" if function.fails_type is None else f" of {annotation(function.fails_type)}"
            doc = f"{doc}\n\nMay raise `HostFailure`{values}.".strip()
        elif not doc:
            doc = "Called by the machine in the middle of a step."
        views.append(MethodView(head, "\n".join(docstring(doc, "        "))))
    return views
