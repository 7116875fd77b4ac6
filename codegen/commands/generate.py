"""``lawful generate``: check specs and write their packages, or say what would be written."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import SpecsArgument, check_specs, exit_code, say, show

if TYPE_CHECKING:
    from ..checked import CheckedSpec
    from ..diagnostics import Diagnostics
    from ..writer import Change

_OUTDATED = {"created": "missing", "updated": "outdated", "removed": "stale"}


def register(app: typer.Typer) -> None:
    app.command()(generate)


def generate(
    spec: SpecsArgument,
    out: Annotated[
        Path, typer.Option("--out", help="The folder that the packages go into.")
    ] = Path("generated"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if anything would be written.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would be written as a diff.")
    ] = False,
    allow_bind: Annotated[
        bool,
        typer.Option("--allow-bind", help="Accept `bind:`, which makes generated code import."),
    ] = False,
) -> int:
    """Generate the packages of machines from their specs.

    Exit code 0: fine. 1: a spec is at fault, or (--check) generated files have drifted. 2: there is no
    such spec, or the folder can't be written.
    """
    checked, diagnostics = check_specs(spec, allow_bind=allow_bind)
    if diagnostics.has_errors:
        show(diagnostics)
        return exit_code(diagnostics)
    from .. import writer

    names = {path: names_of(Path(path), out) for path in checked}
    files = _render(checked, names, diagnostics)
    changes = writer.plan(out, files, [spec for spec, _ in names.values()], diagnostics)
    if not diagnostics.has_errors:
        if check or diff:
            return _tell(changes, spec, out, check=check, diff=diff, allow_bind=allow_bind)
        for change in writer.apply(out, changes, diagnostics):
            say(f"{change.kind} {(out / change.path).as_posix()}")
    if len(diagnostics):
        show(diagnostics)
    return 2 if diagnostics.has_errors else 0


def names_of(spec: Path, out: Path) -> tuple[str, str]:
    """How generated files call their spec and the output folder: relative to the folder beside which they
    are, if the spec is in there, so that the names don't depend on where one stands. Where the output is
    inside a Python package, that is the folder of the package's project."""
    target = Path(os.path.abspath(out))
    beside = target.parent
    while (beside / "__init__.py").is_file():
        beside = beside.parent
    try:
        name = Path(os.path.abspath(spec)).relative_to(beside)
    except ValueError:
        return spec.name, target.name
    return name.as_posix(), target.relative_to(beside).as_posix()


def _render(
    checked: Mapping[str, CheckedSpec],
    names: Mapping[str, tuple[str, str]],
    diagnostics: Diagnostics,
) -> dict[PurePosixPath, str]:
    from ..diagnostics import Related
    from ..generate import render
    from ..naming import package_name

    files: dict[PurePosixPath, str] = {}
    owners: dict[str, CheckedSpec] = {}
    for path, machine in checked.items():
        package = package_name(machine.machine)
        if package in owners:
            other = owners[package]
            diagnostics.error(
                "LF503",
                machine.span,
                f'The machine {machine.machine} would go to the package "{package}", and so would '
                f"{other.machine}.",
                "Rename one of them, or generate them into different folders.",
                Related(other.span, "the other machine"),
            )
            continue
        owners[package] = machine
        files |= render(machine, *names[path])
    return files


def _tell(
    changes: Iterable[Change],
    specs: Sequence[Path],
    out: Path,
    *,
    check: bool,
    diff: bool,
    allow_bind: bool,
) -> int:
    """What would change, and the command that would change it."""
    wanted = [change for change in changes if change.kind != "same"]
    for change in wanted:
        if diff:
            _show_diff(change, (out / change.path).as_posix())
        else:
            say(f"{_OUTDATED[change.kind]} {(out / change.path).as_posix()}")
    if not check:
        return 0
    if wanted:
        words = ["lawful", "generate", *(path.as_posix() for path in specs)]
        if out != Path("generated"):
            words += ["--out", out.as_posix()]
        if allow_bind:
            words.append("--allow-bind")
        count = f"{len(wanted)} file{'s have' if len(wanted) > 1 else ' has'}"
        say(f"{count} drifted from the spec. Run: {shlex.join(words)}", error=True)
    return int(bool(wanted))


def _show_diff(change: Change, path: str) -> None:
    import difflib

    old = [] if change.old is None else change.old.splitlines()
    new = [] if change.new is None else change.new.splitlines()
    before = "/dev/null" if change.old is None else f"a/{path}"
    after = "/dev/null" if change.new is None else f"b/{path}"
    for line in difflib.unified_diff(old, new, before, after, lineterm=""):
        say(line)
