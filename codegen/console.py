"""What the commands share: finding and checking specs, showing diagnostics, exit codes.

Light to import, for every start of ``lawful`` imports it; the checker is imported when it is used.
"""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .diagnostics import Diagnostics
from .plain import one_line
from .progress import Progress

if TYPE_CHECKING:
    from .checked import CheckedSpec

# A spec that was named and can't be read: the call is at fault, not a spec.
_NO_SUCH_SPEC = frozenset({"LF001", "LF002", "LF003"})


class Format(enum.StrEnum):
    """How diagnostics are shown: for people, for programs, as annotations of a GitHub run."""

    text = "text"
    json = "json"
    github = "github"


FormatOption = Annotated[Format, typer.Option("--format", help="How mistakes are shown.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
SpecsArgument = Annotated[list[Path], typer.Argument(help="Spec files, or folders of specs.")]


def check_specs(
    paths: Iterable[Path], *, allow_bind: bool = False
) -> tuple[Mapping[str, CheckedSpec], Diagnostics]:
    """Find and check all specs under ``paths``. The good ones by the path of their root file (posix, as
    named), and all diagnostics in one collection."""
    from .checking import check
    from .reading import find_specs

    diagnostics = Diagnostics()
    checked: dict[str, CheckedSpec] = {}
    for path in dict.fromkeys(spec for named in paths for spec in find_specs(named, diagnostics)):
        with Progress(f"checking {path.as_posix()}"):
            machine, found = check(path, allow_bind=allow_bind)
        diagnostics.extend(found)
        if machine is not None:
            checked[path.as_posix()] = machine
    return checked, diagnostics


def check_one(named: Path, *, warn: bool = False) -> tuple[Path, CheckedSpec] | int:
    """Find and check the one machine that ``named`` stands for. Its root file and the machine; or, where
    that fails, the exit code, and what is wrong has been said. With ``warn`` warnings are said in any case.

    For commands that only look: a class that the spec wants to use is imported by nobody.
    """
    from .checking import check
    from .reading import find_specs

    found = Diagnostics()
    specs = find_specs(named, found)
    if len(specs) > 1:
        several = ", ".join(path.as_posix() for path in specs)
        say(f"lawful: {named} holds several machines; name one of: {several}", error=True)
        return 2
    for path in specs:
        with Progress(f"checking {path.as_posix()}"):
            machine, diagnostics = check(path, allow_bind=True)
        found.extend(diagnostics)
        if machine is not None:
            if warn and len(found):
                show(found)
            return path, machine
    show(found)
    return exit_code(found)


def chosen_environments(checked: CheckedSpec, named: Sequence[str] | None) -> list[str] | None:
    """The environments of these names, all where none is named; None if there is none of a name, which has
    been said."""
    for name in named or ():
        if name not in checked.environments:
            known = ", ".join(f'"{known}"' for known in checked.environments) or "none"
            say(f'lawful: no environment is called "{name}"; there are: {known}', error=True)
            return None
    return list(named or checked.environments)


def deliver(data: bytes, output: Path | None) -> int:
    """Write a result to the file, whole or not at all, or to stdout as it is. The exit code."""
    if output is None:
        # Bytes, so that a picture is not translated and an odd letter does not fail.
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return 0
    try:
        _replace(output, data)
    except OSError as error:
        say(f"lawful: can't write {output}: {error.strerror}", error=True)
        return 2
    return 0


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def exit_code(diagnostics: Diagnostics, *, strict: bool = False) -> int:
    """0: fine. 1: a spec is at fault (``strict``: a warning suffices). 2: a spec that was named can't
    be read."""
    if any(found.code in _NO_SUCH_SPEC for found in diagnostics):
        return 2
    return int(diagnostics.has_errors or (strict and len(diagnostics) > 0))


def show(diagnostics: Diagnostics, format: Format = Format.text) -> None:
    """Text goes to stderr, coloured on a terminal; what programs read goes to stdout."""
    from . import report

    match format:
        case Format.text:
            if len(diagnostics):
                sys.stderr.write(report.text(diagnostics, color=report.wants_color(sys.stderr)))
        case Format.json:
            sys.stdout.write(report.as_json(diagnostics))
        case Format.github:
            sys.stdout.write(report.github(diagnostics))


def say(sentence: str, *, error: bool = False) -> None:
    """Print one line, made harmless, to stdout or stderr."""
    print(one_line(sentence), file=sys.stderr if error else sys.stdout)
