"""The page put together. Every text of a spec is escaped: by Jinja in markup, by ``_data`` in JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2

from lawful.runtime.coverage import CoverageData

from ..checked import CheckedSpec
from ..diagnostics import Diagnostic, Diagnostics
from ..diagram import Diagram, View, extract
from ..diagram.covered import Coverage, covered
from ..diagram.harmless import harmless
from ..explorer.telling import Traces
from ..items import Items
from ..plain import tamed
from .drawing import Picture, picture
from .matrix import Matrix, matrices
from .player import told
from .sources import Sources
from .things import Said, Things

TEMPLATES = Path(__file__).parent.parent / "templates" / "page"
_VIEWS: tuple[tuple[View, str], ...] = (
    ("life-cycle", "Life cycle"),
    ("flow", "Flow"),
    ("both", "Both"),
)


@dataclass
class _Content:
    """What there is to show of a machine; nothing, where its spec has never been right."""

    machine: str
    doc: str = ""
    pictures: list[tuple[View, str, Picture]] = field(default_factory=list)
    matrices: list[Matrix] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    file: Callable[[str], str] = lambda path: PurePosixPath(path).name
    acknowledged: dict[str, str] = field(default_factory=dict)


def page(
    spec: CheckedSpec | None,
    spec_name: str,
    *,
    coverage: CoverageData | None = None,
    traces: Traces = Traces((), ()),  # noqa: B008  nobody changes it
    diagnostics: Diagnostics | None = None,
    version: int | None = None,
) -> str:
    """The page of a machine as HTML. ``spec_name`` is how generated files call its spec.

    ``diagnostics`` are shown above it, with the texts that they speak of; without a ``spec``, alone.
    With a ``version`` the page asks who serves it for news, and is loaded again when there is another.
    """
    found = list(diagnostics or ())
    content = _Content(PurePosixPath(spec_name).name)
    if spec is not None:
        content = _content(spec, spec_name, coverage, traces)
    mistakes = [_mistake(one, content.file) for one in found]
    if diagnostics is not None and found:
        now = {content.file(path): text for path, text in diagnostics.sources.items()}
        content.data["spec"] = {**content.data.get("spec", {}), **now}
    data = {
        "code": {},
        "nodes": {},
        "cells": [],
        "arrows": {},
        "rules": [],
        "stories": [],
        "lines": {},
        **content.data,
        "version": version,
    }
    style, script = _file("page.css"), _file("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            machine=tamed(content.machine),
            doc=tamed(content.doc),
            pictures=content.pictures,
            matrices=content.matrices,
            coverage=None if coverage is None else _coverage(coverage, content),
            worlds=traces.worlds,
            stories=data["stories"],
            mistakes=mistakes,
            policy=_policy(style, script, live=version is not None),
            style=style,
            script=script,
            data=_data(data),
            whole=spec is not None,
        )
    )


def _content(
    spec: CheckedSpec, spec_name: str, coverage: CoverageData | None, traces: Traces
) -> _Content:
    measured = None if coverage is None else Coverage(coverage)
    spec_items = Items(spec)
    sources = Sources(spec, spec_name)
    diagrams = {view: _diagram(spec, view, measured) for view, _ in _VIEWS}
    whole = diagrams["both"]
    things = Things(whole, sources)
    pictures: list[tuple[View, str, Picture]] = [
        (view, label, picture(diagrams[view], view)) for view, label in _VIEWS
    ]
    nodes = {n.id: things.node(n) for diagram in diagrams.values() for n in diagram.nodes}
    rules = Said()
    tables, cells = matrices(whole, things, measured)
    return _Content(
        spec.machine,
        spec.doc,
        pictures,
        tables,
        {
            "spec": dict(sources.texts),
            "code": sources.code,
            "nodes": nodes,
            "cells": cells,
            "arrows": {
                view: [rules.number(things.arrow(arrow, diagrams[view])) for arrow in drawn.arrows]
                for view, _, drawn in pictures
            },
            "rules": rules.all,
            "stories": [told(story, whole) for story in traces.stories],
            "lines": {
                sources.file(path): lines
                for path, lines in (measured.lines() if measured else {}).items()
            },
        },
        sources.file,
        {spec_items.all[n].id: a.because for n, a in spec_items.acknowledged().items()},
    )


def _diagram(spec: CheckedSpec, view: View, coverage: Coverage | None) -> Diagram:
    diagram = harmless(extract(spec, view))
    return diagram if coverage is None else covered(diagram, coverage)


def _coverage(data: CoverageData, content: _Content) -> dict[str, Any]:
    kinds = [
        (kind, seen, total, 100 * seen / total if total else 100.0)
        for kind, (seen, total) in data.by_kind().items()
    ]
    return {
        "percent": data.percent,
        "covered": data.covered,
        "all": len(data.items),
        "kinds": kinds,
        "missed": [
            (item.id, *_split(item.place, content.file), content.acknowledged.get(item.id, ""))
            for item in data.uncovered()
        ],
    }


def _split(place: str, file: Callable[[str], str]) -> tuple[str, str]:
    path, _, line = place.rpartition(":")
    return file(path), line


def _mistake(found: Diagnostic, file: Callable[[str], str]) -> dict[str, Any]:
    span = found.span
    return {
        "code": found.code,
        "severity": found.severity,
        "message": tamed(found.message),
        "hint": tamed(found.hint),
        "place": tamed(f"{span.path}:{span.line}:{span.column}"),
        "file": file(span.path),
        "line": span.line,
    }


# --------------------------------------------------------------------------------------- the file


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _data(data: dict[str, Any]) -> str:
    """JSON for a script element: nothing in it ends the element or begins a comment. ASCII, so that
    the characters that only look like nothing are seen."""
    text = json.dumps(data, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(style: str, script: str, *, live: bool) -> str:
    """What the browser may do for the page: run this script, use this style, and nothing else."""
    rules = [
        "default-src 'none'",
        f"script-src '{_digest(script)}'",
        f"style-src '{_digest(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if live:
        rules.append("connect-src 'self'")
    return "; ".join(rules)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
