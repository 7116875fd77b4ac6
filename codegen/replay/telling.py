"""What replays and stories say: as text, and as data for JSON.

Knows results; knows nothing of files and terminals. Lines may hold foreign text: whoever prints them
makes it harmless.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..checked import CheckedSpec
from ..interpreter import Message, Reference
from ..interpreter.messages import STIMULUS_ID
from ..plain import shortened
from .reading import Recorded, Recording, Snapshot, Step
from .running import Again, Divergence, told_message
from .values import Made, Token, opaque

LONGEST = 300  # characters of a message in a text

# A replay


def divergence_lines(name: str, steps: int, divergence: Divergence) -> Iterator[str]:
    """Where a run goes differently, and how."""
    yield f"{name}: goes differently at step {divergence.step} of {steps}: {divergence.problem}"
    if divergence.event:
        yield f"  event     {shortened(divergence.event, LONGEST)}"
    if divergence.expected or divergence.found:
        for word, told in (("recorded", divergence.expected), ("now", divergence.found)):
            for number, line in enumerate(told or ("nothing",)):
                yield f"  {'' if number else word:<9} {shortened(line, LONGEST)}"
    for number, place in enumerate(divergence.places):
        yield f"  {'' if number else 'see':<9} {place}"


def divergence_data(divergence: Divergence | None) -> dict[str, Any] | None:
    if divergence is None:
        return None
    return {
        "step": divergence.step,
        "now": divergence.now,
        "event": divergence.event,
        "problem": divergence.problem,
        "recorded": list(divergence.expected),
        "found": list(divergence.found),
        "places": list(divergence.places),
    }


# A history


def history_lines(recording: Recording) -> Iterator[dict[str, Any]]:
    """What was recorded, an object a line, as ``History.to_json`` has it; and the snapshots."""
    head = recording.head
    yield {"lawful-history": 1, "spec": head.spec, "hash": head.hash}
    for part in recording.parts:
        yield _snapshot(part) if isinstance(part, Snapshot) else _step(part)


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot": {
            "now": snapshot.now,
            "events": snapshot.events,
            "config": _fields(snapshot.config),
            "context": _fields(snapshot.context),
            "entities": {
                kind: [
                    {"key": data(opaque(key)), "state": state} | _fields(fields)
                    for key, state, fields in entities
                ]
                for kind, entities in snapshot.entities.items()
            },
        }
    }


def _step(step: Step) -> dict[str, Any]:
    line: dict[str, Any] = {
        "event": _recorded(step.event),
        "instructions": [_recorded(i) for i in step.instructions],
        "now": step.now,
    }
    if step.calls:
        line["host"] = [
            [c.name, data(opaque(c.result))]
            if c.failure is None
            else [c.name, {"failed": data(opaque(c.failure))}]
            for c in step.calls
        ]
    if step.error is not None:
        line["error"] = step.error
    return line


def _recorded(message: Recorded) -> dict[str, Any]:
    cause = {} if message.stimulus_id is None else {STIMULUS_ID: message.stimulus_id}
    return {"type": message.name} | _fields(message.fields) | cause


def _fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data(opaque(value)) for name, value in fields.items()}


def data(value: Any) -> Any:
    """A value as JSON has it, in the way of ``History.to_json``."""
    match value:
        case float():
            return value if math.isfinite(value) else {"float": str(value)}
        case Token():
            return {"token": value.name}
        case Made():
            return {"made": repr(value)}
        case Reference():
            return {"entity": value.kind, "key": data(value.key)}
        case list() | tuple():
            return [data(item) for item in value]
        case dict():
            return {"map": [[data(k), data(v)] for k, v in value.items()]}
    return value


# A story


def keys(text: str) -> list[Any]:
    """The keys that a text on the command line may mean: itself, and what it is as a literal."""
    found: list[Any] = [text]
    try:
        value = ast.literal_eval(text)
        hash(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return found
    return found if value == text else [*found, value]


def concerns(again: Again, wanted: Sequence[Any]) -> bool:
    """Whether a step has to do with one of the keys: it is named by what came or what was asked for, or an
    entity of that key has moved, come or gone."""
    if any(moved.key in wanted for moved in again.moved):
        return True
    if any(before != after for before, after in again.watched.values()):
        return True
    return any(
        _speaks_of(value, wanted)
        for message in (again.event, *again.instructions)
        for value in message.fields.values()
    )


def _speaks_of(value: Any, wanted: Sequence[Any]) -> bool:
    match value:
        case list():
            return any(_speaks_of(item, wanted) for item in value)
        case tuple():
            return value in wanted or any(_speaks_of(item, wanted) for item in value)
        case dict():
            return any(_speaks_of(item, wanted) for pair in value.items() for item in pair)
        case Made():
            return _speaks_of(value.arguments, wanted)
    return value in wanted


def story_lines(again: Again, wanted: Sequence[Any], spec: CheckedSpec) -> Iterator[str]:
    """What a step was for the entities with the keys, in words."""
    refused = again.step.error == "IllegalEvent"
    event = shortened(told_message(again.event), LONGEST)
    yield f"{event} {'is refused.' if refused else 'comes.'}"
    for (kind, key), (before, after) in again.watched.items():
        if before is None and after is not None:
            first = next((m.start for m in again.moved if (m.entity, m.key) == (kind, key)), after)
            yield f"  {kind} {key!r} is new: {_state(spec, kind, first)}"
    for moved in again.moved:
        if moved.key in wanted:
            yield f"  {_went(moved, spec)}"
    for (kind, key), (before, after) in again.watched.items():
        still = [m for m in again.moved if (m.entity, m.key) == (kind, key)]
        if before is not None and before == after and not still:
            yield f"  {kind} {key!r} stays {after}."
        elif before is not None and after is None:
            yield f"  {kind} {key!r} is gone."
    for instruction in again.instructions:
        if any(_speaks_of(value, wanted) for value in instruction.fields.values()):
            yield f"  The machine asks for {shortened(told_message(instruction), LONGEST)}."
    if again.step.error is not None and not refused:
        yield f"  It ends with {again.step.error}."


def _went(moved: Any, spec: CheckedSpec) -> str:
    who = f"{moved.entity} {moved.key!r}"
    if moved.state == moved.start:
        return f"{who} is asked for {moved.request} and stays {moved.start} ({moved.place})."
    asked = "" if moved.request == moved.state else f", asked for {moved.request}"
    told = _state(spec, moved.entity, moved.state)
    return f"{who} goes from {moved.start} to {told[:-1]}{asked} ({moved.place})."


def _state(spec: CheckedSpec, kind: str, name: str) -> str:
    """``waiting, to be …`` with the words of the spec."""
    state = spec.entities[kind].states.get(name)
    doc = "" if state is None else " ".join(state.doc.split()).rstrip(".")
    return f"{name} ({doc})." if doc else f"{name}."


def story_data(again: Again, wanted: Sequence[Any], file: str) -> dict[str, Any]:
    return {
        "file": file,
        "step": again.step.number,
        "now": again.step.now,
        "event": _message(again.event),
        "error": again.step.error,
        "transitions": [
            {
                "entity": moved.entity,
                "key": data(moved.key),
                "from": moved.start,
                "asked": moved.request,
                "to": moved.state,
                "place": moved.place,
            }
            for moved in again.moved
            if moved.key in wanted
        ],
        "instructions": [
            _message(i)
            for i in again.instructions
            if any(_speaks_of(value, wanted) for value in i.fields.values())
        ],
    }


def _message(message: Message) -> dict[str, Any]:
    return {"type": message.name} | {name: data(v) for name, v in message.fields.items()}
