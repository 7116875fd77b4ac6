"""The spec's text and the generated code, and which lines of the one belong to which of the other."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import PurePosixPath
from typing import Any

from ..checked import CheckedSpec
from ..diagnostics import Span
from ..diagram.model import Place
from ..generate import render
from ..generate.plan import Plan


@dataclass(frozen=True)
class Lines:
    """Lines of a file, the first and the last, both included, from 1."""

    file: str
    first: int
    last: int


class Sources:
    """All texts that the page shows, and where in them things are."""

    def __init__(self, spec: CheckedSpec, spec_name: str) -> None:
        self.spec = spec
        folder = posixpath.dirname(spec.span.path)
        self.texts = dict(spec.sources)
        self._names = {posixpath.join(folder, name): name for name in spec.sources}
        self._ends = {(s.path, s.line): _last_line(s) for s in _spans(spec)}
        files = render(spec, spec_name)
        self.code = {
            path.name: text
            for path, text in files.items()
            if path.suffix == ".py" and path.stem not in ("__init__", "instrumented")
        }
        plan = Plan(spec, spec_name)
        self._methods = plan.methods
        self._transitions = plan.transitions
        self._definitions = {name: dict(_definitions(text)) for name, text in self.code.items()}

    def file(self, path: str) -> str:
        """How the page calls a file of the spec; one that it doesn't have by its last name."""
        last = PurePosixPath(path).name
        alike = (name for name in self.texts if PurePosixPath(name).name == last)
        return self._names.get(path) or next(alike, last)

    def written(self, place: Place) -> Lines:
        """Where something stands in the spec, down to its end."""
        name = self.file(place.path)
        return Lines(name, place.line, self._ends.get((place.path, place.line), place.line))

    def pair(self, entity: str, start: str, request: str) -> Lines | None:
        """Where a pair that has one case stands in the spec: its key and that case."""
        pair = self.spec.transitions.get((entity, start, request))
        if pair is None or len(pair.cases) > 1:
            return None
        key = self.written(Place(pair.span.path, pair.span.line))
        return Lines(key.file, key.first, max(key.last, *(_last_line(c.span) for c in pair.cases)))

    def transition(self, entity: str, start: str, request: str) -> Lines | None:
        method = self._transitions.get((entity, start, request))
        return None if method is None else self._defined("machine.py", method)

    def handler(self, event: str) -> Lines | None:
        method = self._methods.get(("on", event))
        return None if method is None else self._defined("machine.py", method)

    def message(self, name: str) -> Lines | None:
        """The class of an event or an instruction."""
        return self._defined("events.py", name) or self._defined("instructions.py", name)

    def entity(self, name: str) -> Lines | None:
        return self._defined("entities.py", name)

    def completion(self) -> Lines | None:
        return self._defined("machine.py", "complete")

    def _defined(self, file: str, name: str) -> Lines | None:
        found = self._definitions.get(file, {}).get(name)
        return None if found is None else Lines(file, *found)


def _definitions(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, (node.lineno, node.end_lineno or node.lineno)


def _spans(spec: CheckedSpec) -> Iterator[Span]:
    """The spans of whatever a picture may point at; of two that begin in one line the longer last."""
    found: list[Span] = []

    def walk(value: Any, depth: int) -> None:
        if isinstance(value, Span):
            found.append(value)
        elif isinstance(value, tuple | list):
            for item in value:
                walk(item, depth)
        elif hasattr(value, "values"):
            for item in value.values():
                walk(item, depth)
        elif is_dataclass(value) and depth:
            for field in fields(value):
                walk(getattr(value, field.name), depth - 1)

    walk((spec.entities, spec.events, spec.instructions, spec.handlers, spec.transitions), 3)
    walk((spec.routes, spec.completions), 1)
    return iter(sorted(found, key=_last_line))


def _last_line(span: Span) -> int:
    return max(span.line, span.end_line - (span.end_column <= 1))
