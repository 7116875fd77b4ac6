"""``lawful docs``: the reference of a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import check_one, deliver

_EXAMPLES = """Examples:

  lawful docs spec/worker                     to the terminal

  lawful docs spec/worker -o docs/worker.md   into a file, whole or not at all"""


def register(app: typer.Typer) -> None:
    app.command(short_help="A reference of a machine, in Markdown.", epilog=_EXAMPLES)(docs)


def docs(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
) -> int:
    """Write the reference of a machine in Markdown: all that its spec declares, each with its place.

    For programs there is `lawful graph --format json`. Exit code 0: fine. 1: the spec is at fault.
    2: the call is.
    """
    checked = check_one(spec)
    if isinstance(checked, int):
        return checked
    from ..docs import reference

    return deliver(reference(checked[1]).encode("utf-8", "backslashreplace"), output)
