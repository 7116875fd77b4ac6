"""``lawful diff``: what changed in meaning between two specs."""

from __future__ import annotations

import enum
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import deliver, exit_code, say, show
from ..progress import Progress

if TYPE_CHECKING:
    from ..checked import CheckedSpec
    from ..compare import Difference
    from ..revisions import Located

_EXAMPLES = """Examples:

  lawful diff HEAD:spec/worker spec/worker             what is not committed yet

  lawful diff main:spec/a.yaml spec/a.yaml --fail-on breaking      for CI

  lawful diff v1/a.yaml v2/a.yaml --format markdown    for a pull request"""


class DiffFormat(enum.StrEnum):
    """The values of ``--format``."""

    text = "text"
    markdown = "markdown"
    json = "json"


class FailOn(enum.StrEnum):
    """The values of ``--fail-on``: what makes the exit code 1."""

    any = "any"
    behaviour = "behaviour"
    breaking = "breaking"
    callers = "callers"
    histories = "histories"
    never = "never"


_FAILING: dict[FailOn, frozenset[str]] = {
    FailOn.behaviour: frozenset({"callers", "histories", "behaviour"}),
    FailOn.breaking: frozenset({"callers", "histories"}),
    FailOn.callers: frozenset({"callers"}),
    FailOn.histories: frozenset({"histories"}),
    FailOn.never: frozenset(),
}


def register(app: typer.Typer) -> None:
    app.command(
        short_help="What changed in meaning between two specs, and whom it breaks.",
        epilog=_EXAMPLES,
    )(diff)


def diff(
    old: Annotated[str, typer.Argument(help="A spec file, a folder, or REVISION:path of git.")],
    new: Annotated[str, typer.Argument(help="As OLD.")],
    format: Annotated[DiffFormat, typer.Option(help="How it is shown.")] = DiffFormat.text,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")
    ] = FailOn.any,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
) -> int:
    """Say what changed in meaning, and what that breaks: code that uses the machine (callers), recorded
    histories, or only what it does (behaviour).

    Formatting, comments, documentation, order where it has no meaning and the names of locals make no
    difference. Exit code 0: no difference. 1: there are some, or a spec is at fault. 2: the call is.
    """
    from ..compare import differences

    with ExitStack() as stack:
        sides: list[tuple[Located, CheckedSpec]] = []
        for role, name in (("old", old), ("new", new)):
            side = checked_side(role, name, stack)
            if isinstance(side, int):
                return side
            sides.append(side)
        (before, old_spec), (after, new_spec) = sides
        with Progress(f"comparing {old} with {new}"):
            found = differences(old_spec, new_spec)
        wanted = DiffFormat.json if as_json else format
        text = _shown(found, before, after, wanted, to_stdout=output is None)
    code = deliver(text.encode("utf-8", "backslashreplace"), output)
    return code or int(_fails(found, fail_on))


def _fails(found: Sequence[Difference], fail_on: FailOn) -> bool:
    if fail_on is FailOn.any:
        return bool(found)
    return any(difference.effects & _FAILING[fail_on] for difference in found)


def checked_side(role: str, name: str, stack: ExitStack) -> tuple[Located, CheckedSpec] | int:
    """The machine that a side of a comparison names, as long as the stack is open; or the exit code, and
    what is wrong has been said."""
    from ..checking import check
    from ..diagnostics import Diagnostics
    from ..reading import find_specs
    from ..revisions import NoSuchRevision, located

    try:
        side = stack.enter_context(located(name))
    except NoSuchRevision as error:
        say(f"lawful: {error}", error=True)
        return 2
    found = Diagnostics()
    specs = find_specs(side.path, found)
    if len(specs) > 1:
        several = ", ".join(side.shown(path.as_posix()) for path in specs)
        say(f"lawful: {name} holds several machines; name one of: {several}", error=True)
        return 2
    for path in specs:
        with Progress(f"checking {side.shown(path.as_posix())}"):
            machine, diagnostics = check(path, allow_bind=True)  # nothing is imported
        if machine is not None:
            return side, machine
        found.extend(diagnostics)
    show(side.diagnostics(found))
    say(f"lawful: the {role} spec, {name}, has mistakes, so it can't be compared", error=True)
    return exit_code(found)


def _shown(
    found: Sequence[Difference], old: Located, new: Located, format: DiffFormat, *, to_stdout: bool
) -> str:
    from ..compare.show import as_json, as_markdown, as_text
    from ..report import wants_color

    match format:
        case DiffFormat.text:
            color = to_stdout and wants_color(sys.stdout)
            return as_text(found, old.place, new.place, color=color)
        case DiffFormat.markdown:
            return as_markdown(found, old.place, new.place)
        case DiffFormat.json:
            return as_json(found, (old.named, new.named), old.place, new.place)
