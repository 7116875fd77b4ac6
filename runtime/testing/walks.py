"""Walks as text: events one after the other, each with the transitions and instructions that follow.

    walk 1 in three files
    Add(url='a')
        File 'a': queued -> running
        emits Fetch(url='a')

An event's host functions that answer otherwise than first have a line of their own (``answers store 1``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..containers import OrderedSet
from .data import Happening, shown

_INDENT = "    "


@dataclass(frozen=True)
class Beat:
    """An event, the transitions that follow and the instructions."""

    event: Happening
    path: tuple[str, ...]
    emits: tuple[str, ...]


@dataclass(frozen=True)
class Walk:
    """A walk on a stage."""

    name: str
    stage: str
    beats: tuple[Beat, ...]


def write_walk(walk: Walk) -> str:
    """The walk as text."""
    lines = [f"{walk.name} in {walk.stage}"]
    for beat in walk.beats:
        lines.append(shown(beat.event.name, beat.event.fields))
        for function, numbers in beat.event.answers.items():
            lines.append(f"{_INDENT}answers {function} {' '.join(map(str, numbers))}")
        lines += [_INDENT + move for move in beat.path]
        lines += [f"{_INDENT}emits {instruction}" for instruction in beat.emits]
    return "\n".join(lines) + "\n"


def read_walks(folder: Path) -> list[Walk]:
    """All walks of the files ``walks*.txt`` in a folder."""
    found: list[Walk] = []
    for path in sorted(folder.glob("walks*.txt")):
        blocks: list[list[str]] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("walk "):
                blocks.append([line])
            elif blocks and line and not line.startswith("#"):
                blocks[-1].append(line)
        found += [_walk(head, lines) for head, *lines in blocks]
    return found


def _walk(head: str, lines: Sequence[str]) -> Walk:
    name, _, stage = head.partition(" in ")
    return Walk(name, stage, tuple(_beats(lines)))


def _beats(lines: Sequence[str]) -> Iterator[Beat]:
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and lines[end].startswith(_INDENT):
            end += 1
        told = [line.removeprefix(_INDENT) for line in lines[at + 1 : end]]
        answers: dict[str, list[int]] = {}
        for line in told:
            if line.startswith("answers "):
                _, function, *numbers = line.split()
                answers[function] = list(map(int, numbers))
        emits = tuple(line.removeprefix("emits ") for line in told if line.startswith("emits "))
        path = tuple(line for line in told if not line.startswith(("emits ", "answers ")))
        name, fields = _call(lines[at])
        yield Beat(Happening(name, fields, answers), path, emits)
        at = end


def _call(text: str) -> tuple[str, dict[str, Any]]:
    tree = ast.parse(text, mode="eval").body
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    return tree.func.id, {k.arg: _value(k.value) for k in tree.keywords if k.arg is not None}


def _value(tree: ast.expr) -> Any:
    match tree:
        case ast.Call(func=ast.Name(id="OrderedSet"), args=[items]):
            return OrderedSet(_value(items))
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {_value(key): _value(value) for key, value in pairs if key is not None}
    return ast.literal_eval(tree)
