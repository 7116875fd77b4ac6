"""What is fuzzed: reading, checking, generating and drawing a spec, and checking one snippet.

A target takes what a stranger wrote and must end with diagnostics, whatever it is: never an
exception, never code that runs, never long. It returns the codes that came up, by which the fuzzers
tell how far they got.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

from lawful.codegen import check
from lawful.codegen.checked import CheckedSpec
from lawful.codegen.diagnostics import Diagnostics, Span
from lawful.codegen.part import Text
from lawful.codegen.snippets.check import (
    check_arguments,
    check_attempt,
    check_block,
    check_emit,
    check_expression,
    check_recommend,
    check_source,
)
from lawful.codegen.snippets.environment import Declarations, Signature, Surroundings
from lawful.codegen.types import EntityType, EventType

from . import outputs
from .watch import watched

ROOT = Path(__file__).resolve().parents[2]
WORKER = ROOT / "tests/project/completions/worker.yaml"


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def judged(diagnostics: Diagnostics, lines: int) -> frozenset[str]:
    """The codes, after a look at each diagnostic: its place is in the text and it says something."""
    for diagnostic in diagnostics:
        assert diagnostic.message
        assert 1 <= diagnostic.span.line <= lines + 1, diagnostic
        assert diagnostic.span.column >= 1, diagnostic
        start = (diagnostic.span.line, diagnostic.span.column)
        assert start <= (diagnostic.span.end_line, diagnostic.span.end_column), diagnostic
    return frozenset(d.code for d in diagnostics)


def spec(data: bytes) -> frozenset[str]:
    """Read and check a file with these bytes; if it is a good spec, generate and draw it too."""
    path = Path(_folder().name) / "spec.yaml"
    path.write_bytes(data)
    _warm()
    with watched():
        checked, diagnostics = check(path)
        if checked is not None:
            outputs.judge(checked)
    assert (checked is None) == diagnostics.has_errors
    return judged(diagnostics, data.count(b"\n") + data.count(b"\r") + 1)


@functools.cache
def _warm() -> None:
    for path in (WORKER, ROOT / "spec/tutorial.yaml"):
        checked, _ = check(path)
        assert checked is not None
        outputs.judge(checked)


@functools.cache
def worker() -> CheckedSpec:
    """The machine in whose surroundings snippets are checked."""
    checked, diagnostics = check(WORKER)
    assert checked is not None, list(diagnostics)
    return checked


@functools.cache
def declarations() -> Declarations:
    checked = worker()
    return Declarations(
        types=checked.types,
        config=checked.config,
        entities=checked.entities,
        context=dict(checked.context),
        instructions=checked.instructions,
        events=checked.events,
        procedures={
            p.name: Signature(p.name, p.parameters, p.returns, p.span)
            for p in checked.procedures.values()
        },
        host=checked.host,
        deviations=checked.deviations,
        effects={p.name: p.effects for p in checked.procedures.values()},
    )


def located(text: str) -> Text:
    """The text as if it stood in a file, line by line from the top."""
    places, line, column = [], 1, 1
    for character in text:
        places.append((line, column))
        line, column = (line + 1, 1) if character == "\n" else (line, column + 1)
    places.append((line, column))
    return Text(text, Span("spec.yaml", 1, 1, line, column), tuple(places))


def snippet(text: str) -> frozenset[str]:
    """Check the text in every place where a snippet can stand."""
    known = declarations()
    task, event = EntityType("Task"), EventType("ComputeTask")
    handler = Surroundings("a handler", {"task": task, "event": event})
    transition = Surroundings("a transition", {"task": task}, start="Task", unique_requests=True)
    guard = Surroundings("a guard", {"task": task}, pure=True, guard=True)
    rule = Surroundings("members", {"task": task}, pure=True, machine=False)
    here = located(text)
    checks: tuple[Callable[[Diagnostics], object], ...] = (
        lambda found: check_block(here, handler, known, found),
        lambda found: check_block(here, transition, known, found),
        lambda found: check_expression(here, guard, known, found),
        lambda found: check_expression(here, rule, known, found),
        lambda found: check_emit(here, handler, known, found),
        lambda found: check_recommend(located("memory"), here, "task", handler, known, found),
        lambda found: check_arguments(here, "Task", located("error"), transition, known, found),
        lambda found: check_attempt(here, transition, known, found),
        lambda found: check_source(here, "keys", "Task", handler, known, found),
    )
    codes: frozenset[str] = frozenset()
    with watched():
        for run in checks:
            found = Diagnostics()
            run(found)
            codes |= judged(found, text.count("\n") + 1)
    return codes
