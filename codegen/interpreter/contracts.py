"""What may answer an instruction, by its contract.

Knows the checked model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checked import CheckedSpec
from .messages import Message


@dataclass(frozen=True)
class Answer:
    """An event that may answer an open instruction. ``ends`` tells that the instruction is over then.
    ``echoed`` are the fields that must carry the instruction's own values."""

    event: str
    ends: bool
    echoed: dict[str, Any]


def answers(spec: CheckedSpec, instruction: Message) -> list[Answer]:
    """All events that may answer an instruction: its outcomes, then what may come before. None of a
    ``send``."""
    declared = spec.instructions[instruction.name]
    found = []
    for name in (*declared.outcomes, *declared.during):
        shared = [field for field in spec.events[name].fields if field in declared.fields]
        echoed = {field: instruction.fields[field] for field in shared}
        found.append(Answer(name, name in declared.outcomes, echoed))
    return found


def is_answer(spec: CheckedSpec, instruction: Message, event: Message) -> bool:
    """Whether the contract lets the event answer the instruction."""
    return any(
        answer.event == event.name
        and all(event.fields.get(name) == value for name, value in answer.echoed.items())
        for answer in answers(spec, instruction)
    )
