"""``lawful generate``: check specs and write their packages, or say what would be written."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import SpecsArgument, check_specs, exit_code, say, show
from ..naming import package_name
from ..progress import Progress

if TYPE_CHECKING:
    from ..checked import CheckedSpec
    from ..diagnostics import Diagnostics
    from ..settings import Settings
    from ..writer import Change

_OUTDATED = {"created": "missing", "updated": "outdated", "removed": "stale"}


OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="The folder that the packages go into; else what `[tool.lawful] out` says in the "
        "pyproject.toml above the spec; else `generated`.",
    ),
]

_EXAMPLES = """Examples:

  lawful generate spec                        all packages

  lawful generate spec --check                for CI: has anything drifted?

  lawful generate spec --diff                 what would change"""


def register(app: typer.Typer) -> None:
    app.command(short_help="Write the Python of machines, and tests of it.", epilog=_EXAMPLES)(
        generate
    )


def generate(
    spec: SpecsArgument,
    out: OutOption = None,
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
    tests: Annotated[
        Path | None,
        typer.Option(
            "--tests",
            help="The folder that tests go into; else what `[tool.lawful] tests` says in "
            "pyproject.toml; else there are none.",
        ),
    ] = None,
    no_tests: Annotated[bool, typer.Option("--no-tests", help="Leave the tests alone.")] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Diagnostics, and each file with its change, as one JSON object.",
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Find all tests again, also where nothing has changed.")
    ] = False,
) -> int:
    """Generate the packages of machines from their specs, and tests of them.

    Tests are found anew where a spec has changed, which takes longer than the rest: every state of its
    environments is looked at. A spec without environments gets none.

    Exit code 0: fine. 1: a spec is at fault, or (--check) generated files have drifted. 2: there is no
    such spec, or the folder can't be written.
    """
    checked, diagnostics = check_specs(spec, allow_bind=allow_bind)
    looks = check or diff
    if diagnostics.has_errors:
        _show(diagnostics, [], as_json=as_json, written=False)
        return exit_code(diagnostics)
    from .. import writer

    folder = folder_of(spec[0], out)
    if folder is None:
        return 2
    command = command_of(spec, out, allow_bind=allow_bind)
    out = folder
    names = {path: names_of(Path(path), out) for path in checked}
    files = _render(checked, names, diagnostics)
    changes = writer.plan(out, files, [spec for spec, _ in names.values()], diagnostics)
    places = [(out, changes)]
    done: list[tuple[Path, Iterable[Change]]] = []
    if not (looks or diagnostics.has_errors):
        done.append((out, _write(out, changes, diagnostics, quiet=as_json)))
    if not (no_tests or diagnostics.has_errors):
        found = _tests(checked, names, out, tests, diagnostics, fresh=fresh)
        if found is None:
            return 2
        places.append(found)
        if not (looks or diagnostics.has_errors):
            done.append((found[0], _write(*found, diagnostics, quiet=as_json)))
    if as_json or diagnostics.has_errors or not looks:
        _show(diagnostics, places if looks else done, as_json=as_json, written=not looks)
    if looks and not diagnostics.has_errors:
        return _tell(places, command, check=check, diff=diff, quiet=as_json)
    return 2 if diagnostics.has_errors else 0


def folder_of(spec: Path, given: Path | None) -> Path | None:
    """The folder that the packages of a spec go into; None if the settings are wrong, which has been said."""
    from ..settings import BadSettings, output

    try:
        return output(spec, given)
    except BadSettings as error:
        say(f"lawful: {error}", error=True)
        return None


def _write(
    root: Path, changes: Iterable[Change], diagnostics: Diagnostics, *, quiet: bool
) -> list[Change]:
    """Make the changes; those that were made and those that there was no need to make."""
    from .. import writer

    made = writer.apply(root, changes, diagnostics)
    for change in () if quiet else made:
        say(f"{change.kind} {(root / change.path).as_posix()}")
    return [change for change in changes if change in made or change.kind == "same"]


def _show(
    diagnostics: Diagnostics,
    places: Iterable[tuple[Path, Iterable[Change]]],
    *,
    as_json: bool,
    written: bool,
) -> None:
    """The diagnostics; as JSON also the files, and whether they were written or only looked at."""
    if not as_json:
        show(diagnostics)
        return
    from .. import report

    files = [
        {"path": (root / change.path).as_posix(), "change": change.kind}
        for root, changes in places
        for change in changes
    ]
    sys.stdout.write(report.as_json(diagnostics, written=written, files=files))


def _tests(
    checked: Mapping[str, CheckedSpec],
    names: Mapping[str, tuple[str, str]],
    out: Path,
    folder: Path | None,
    diagnostics: Diagnostics,
    *,
    fresh: bool,
) -> tuple[Path, list[Change]] | None:
    """The folder of the tests and what would change there. None if the settings are wrong, which has been
    said."""
    from .. import suites, writer

    at = settings_of(out, folder)
    if at is None:
        return None
    if at.folder is None:
        return out, []
    files: dict[PurePosixPath, str] = {}
    made: list[str] = []
    for path, machine in checked.items():
        spec_name = names[path][0]
        package = at.of(machine.machine)
        if not machine.environments:
            made.append(spec_name)  # it may have had tests
            continue
        if not fresh and suites.is_current(machine, spec_name, package, at.folder):
            continue
        say(f"looking for the tests of {machine.machine}", error=True)
        with Progress(f"looking for the tests of {machine.machine}") as progress:
            tests = suites.make(machine, spec_name, package, progress.tell)
        made.append(spec_name)
        if tests is None:
            say("none: what every environment answers depends on the machine", error=True)
            continue
        reached = tests.items - len(tests.unreached)
        say(f"tests of {reached} of {tests.items} items; {tests.pairs}", error=True)
        files |= tests.files
    return at.folder, writer.plan(at.folder, files, made, diagnostics)


def settings_of(out: Path, folder: Path | None) -> Settings | None:
    """The settings of the project whose packages are in ``out``; None if they are wrong, which has been said."""
    from ..settings import BadSettings, settings

    project = Path(os.path.abspath(out))
    for _ in names_of(out, out)[1].split("/"):
        project = project.parent
    try:
        return settings(project, Path(os.path.abspath(out)), folder)
    except BadSettings as error:
        say(f"lawful: {error}", error=True)
        return None


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
        with Progress(f"writing the code of {machine.machine}"):
            files |= render(machine, *names[path])
    return files


def _tell(
    places: Iterable[tuple[Path, Iterable[Change]]],
    command: str,
    *,
    check: bool,
    diff: bool,
    quiet: bool,
) -> int:
    """What would change, and the command that would change it. ``quiet``: stdout is taken."""
    wanted = [
        (change, (root / change.path).as_posix())
        for root, changes in places
        for change in changes
        if change.kind != "same"
    ]
    for change, path in () if quiet else wanted:
        if diff:
            _show_diff(change, path)
        else:
            say(f"{_OUTDATED[change.kind]} {path}")
    if not check:
        return 0
    if wanted:
        count = f"{len(wanted)} file{'s have' if len(wanted) > 1 else ' has'}"
        say(f"{count} drifted from the spec. Run: {command}", error=True)
    return int(bool(wanted))


def command_of(specs: Sequence[Path], out: Path | None, *, allow_bind: bool) -> str:
    """The command that generates these specs into the folder that was named."""
    words = ["lawful", "generate", *(path.as_posix() for path in specs)]
    if out is not None:
        words += ["--out", out.as_posix()]
    if allow_bind:
        words.append("--allow-bind")
    return shlex.join(words)


def _show_diff(change: Change, path: str) -> None:
    import difflib

    old = [] if change.old is None else change.old.splitlines()
    new = [] if change.new is None else change.new.splitlines()
    before = "/dev/null" if change.old is None else f"a/{path}"
    after = "/dev/null" if change.new is None else f"b/{path}"
    for line in difflib.unified_diff(old, new, before, after, lineterm=""):
        say(line)
