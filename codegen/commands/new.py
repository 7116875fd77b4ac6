"""``lawful new``: a project that a person can run at once."""

from __future__ import annotations

import enum
import io
import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import say
from ..progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

_EXAMPLES = """Examples:

  lawful new my-worker                          a few jobs at a time

  lawful new my-worker --template worker        tasks that need each other, retries, cancelling"""


class Template(enum.StrEnum):
    """The values of ``--template``."""

    minimal = "minimal"
    worker = "worker"


def register(app: typer.Typer) -> None:
    app.command(short_help="Make a project: spec, code, handlers, tests, CI.", epilog=_EXAMPLES)(
        new
    )


def new(
    name: Annotated[str, typer.Argument(help="The name of the project, and of its folder.")],
    template: Annotated[
        Template, typer.Option("--template", help="What to begin with.")
    ] = Template.minimal,
    into: Annotated[
        Path, typer.Option("--in", help="The folder that the project's goes into.")
    ] = Path(),
    as_json: Annotated[
        bool, typer.Option("--json", help="The folder and its files as one JSON object.")
    ] = False,
) -> int:
    """Make a project: a spec, its generated code and tests, handlers to fill in, a CI workflow.

    Exit code 0: fine. 2: the name can't be used, or the folder is there already.
    """
    from ..projects import files, problem_with

    problem = problem_with(name)
    if problem is not None:
        say(f"lawful: {problem}", error=True)
        return 2
    folder = into / name
    if folder.exists() or folder.is_symlink():
        say(f"lawful: {folder} is there already; nothing was written", error=True)
        return 2
    try:
        into.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that the last step is a rename: the folder is there whole or not at all.
        with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=into) as scratch:
            made = Path(scratch) / name
            with Progress(f"making {name}"):
                _write(made, files(name, template))
                _generate(made)
            made.rename(folder)
    except OSError as error:
        # Nothing of ours is left: the rename is what fails where somebody else made the folder meanwhile.
        say(f"lawful: can't write {folder}: {error.strerror}", error=True)
        return 2
    created = [path.as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    if as_json:
        sys.stdout.write(
            json.dumps({"folder": folder.as_posix(), "created": created}, indent=2) + "\n"
        )
        return 0
    for path in created:
        say(f"created {path}")
    say(f"Go on in {folder.as_posix()}: README.md there has the commands.")
    return 0


def _write(folder: Path, texts: Mapping[PurePosixPath, str]) -> None:
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")


def _generate(folder: Path) -> None:
    """The machine of the project's spec and its tests, by the command that its author will use."""
    from .generate import generate

    (spec,) = (folder / "spec").iterdir()
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = generate([spec], out=folder / spec.stem / "generated")
    if code != 0:
        raise AssertionError(f"a template of lawful's own has mistakes: {said.getvalue()}")
