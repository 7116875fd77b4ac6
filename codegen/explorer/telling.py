"""Stories and results back from the JSON that ``lawful explore --json`` and a recording write.

Knows the form of that JSON; believes nothing of what it reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from .story import Beat, BeatKind, Change, Story, Told

_KINDS = frozenset(get_args(BeatKind))


class TraceFileError(ValueError):
    """A file holds no trace. The text says which file, and what is wrong with it."""


@dataclass(frozen=True)
class ToldFinding:
    """What was found out about one promise. ``steps`` is the length of its story, if it has one."""

    kind: str
    name: str
    verdict: str
    vacuous: str | None
    claim: str | None
    steps: int | None


@dataclass(frozen=True)
class ToldWorld:
    """What exploring one environment has shown."""

    environment: str
    verdict: str
    states: int
    edges: int
    depth: int
    stopped: str | None
    findings: tuple[ToldFinding, ...]


@dataclass(frozen=True)
class Traces:
    """All that a file tells: the worlds that were explored, and the stories."""

    worlds: tuple[ToldWorld, ...]
    stories: tuple[Story, ...]


def read_traces(path: Path) -> Traces:
    """Read the JSON of ``lawful explore --json``, of one of its worlds, or of a single story.

    Raises ``TraceFileError``, and ``OSError`` where the file can't be read.
    """
    try:
        return traces(json.loads(path.read_text(encoding="utf-8")))
    except RecursionError:
        raise TraceFileError(f"{path}: this is nested too deeply to be a trace") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise TraceFileError(f"{path}: this is no trace: {what}") from None


def traces(data: Any) -> Traces:
    """What a JSON document tells. Raises ``ValueError``, ``KeyError``, ``TypeError`` or
    ``AttributeError`` for any other document."""
    if not isinstance(data, Mapping):
        raise ValueError("it is not an object")
    if "beats" in data:
        return Traces((), (_story(data),))
    worlds: list[ToldWorld] = []
    stories: list[Story] = []
    documents = data.get("worlds", [data])
    for world in documents:
        if "findings" in world:
            worlds.append(_world(world))
        listed = world["stories"] if "stories" in world else [world["story"]]
        stories += (_story(story) for story in listed if story is not None)
    return Traces(tuple(worlds), tuple(stories))


def _world(data: Mapping[str, Any]) -> ToldWorld:
    return ToldWorld(
        str(data["environment"]),
        str(data["verdict"]),
        int(data["states"]),
        int(data["edges"]),
        int(data["depth"]),
        _text(data["stopped"]),
        tuple(
            ToldFinding(
                str(found["kind"]),
                str(found["name"]),
                str(found["verdict"]),
                _text(found["vacuous"]),
                _text(found["claim"]),
                None if found["steps"] is None else int(found["steps"]),
            )
            for found in data["findings"]
        ),
    )


def _story(data: Mapping[str, Any]) -> Story:
    return Story(
        str(data["machine"]),
        str(data["environment"]),
        str(data["kind"]),
        str(data["claim"]),
        str(data["failure"]),
        tuple(map(_beat, data["beats"])),
        tuple(_all_told(data.get("open", ()))),
        None if data.get("again") is None else int(data["again"]),
    )


def _beat(data: Mapping[str, Any]) -> Beat:
    kind = data["kind"]
    if kind not in _KINDS:
        raise ValueError(f"a step of the kind {kind!r} is not known")
    event, instruction = data.get("event"), data.get("instruction")
    return Beat(
        kind,
        None if event is None else _told(event),
        None if instruction is None else _told(instruction),
        tuple(_all_told(data.get("emitted", ()))),
        tuple(map(_change, data.get("changes", ()))),
        _text(data.get("channel")),
        str(data.get("name", "")),
    )


def _all_told(data: Any) -> Iterator[Told]:
    return map(_told, data)


def _told(data: Mapping[str, Any]) -> Told:
    return Told(str(data["name"]), tuple((str(name), str(value)) for name, value in data["fields"]))


def _change(data: Mapping[str, Any]) -> Change:
    return Change(
        str(data["whose"]), str(data["field"]), _text(data["before"]), _text(data["after"])
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
