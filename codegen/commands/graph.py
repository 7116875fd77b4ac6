"""``lawful graph``: a machine as a tree, a picture or tables."""

from __future__ import annotations

import enum
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import check_one, deliver, say

if TYPE_CHECKING:
    from ..diagram import Diagram, Format

_PIPE_COLUMNS = 100  # nobody's window: a width at which a pull request or a log is still read


class GraphFormat(enum.StrEnum):
    """The values of ``--format``; the renderers are imported when one of them is wanted."""

    terminal = "terminal"
    mermaid = "mermaid"
    dot = "dot"
    markdown = "markdown"
    svg = "svg"
    png = "png"
    json = "json"


class GraphView(enum.StrEnum):
    """The values of ``--view``."""

    life_cycle = "life-cycle"
    flow = "flow"
    both = "both"


def register(app: typer.Typer) -> None:
    app.command()(graph)


def graph(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    format: Annotated[
        GraphFormat | None,
        typer.Option(help="Default: what the ending of --output stands for, else terminal."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="Show one entity only.")] = None,
    view: Annotated[
        GraphView | None,
        typer.Option(
            help="life-cycle: states and what leads from one to another. flow: events, what their "
            "handlers ask for and emit, and how instructions end. Default: both for texts, "
            "life-cycle for pictures."
        ),
    ] = None,
) -> int:
    """Show a machine: in the terminal, as a picture or as tables.

    Exit code 0: fine. 1: the spec is at fault. 2: the call is, or the picture can't be drawn here.
    """
    from .. import diagram as pictures

    checked = check_one(spec)
    if isinstance(checked, int):
        return checked
    wanted = _format(format, output)
    if wanted is None:
        say(f"lawful: {output} has no ending that stands for a format; use --format", error=True)
        return 2
    if output is None and wanted is pictures.Format.png and sys.stdout.isatty():
        say("lawful: a PNG is nothing for a terminal; use --output picture.png", error=True)
        return 2
    shown = view.value if view is not None else pictures.default_view(wanted)
    try:
        picture = pictures.extract(checked[1], shown, entity)
        data = _rendered(picture, wanted, to_stdout=output is None)
    except pictures.UnknownEntity as unknown:
        say(f"lawful: {unknown}", error=True)
        return 2
    except pictures.ImageUnavailable as unavailable:
        say(f"lawful: {unavailable}", error=True)
        return 2
    return deliver(data, output)


def _format(format: GraphFormat | None, output: Path | None) -> Format | None:
    from ..diagram import Format, format_of_file

    if format is not None:
        return Format(format.value)
    return Format.terminal if output is None else format_of_file(output)


def _rendered(picture: Diagram, format: Format, *, to_stdout: bool) -> bytes:
    from ..diagram import render
    from ..report import wants_color

    if not to_stdout:
        return render(picture, format, width=_PIPE_COLUMNS)
    return render(
        picture,
        format,
        width=shutil.get_terminal_size((_PIPE_COLUMNS, 24)).columns,
        color=wants_color(sys.stdout),
        ascii=not _can_draw(sys.stdout.encoding),
    )


def _can_draw(encoding: str | None) -> bool:
    """Whether an output of this encoding has the characters of the tree."""
    try:
        "├└│→⇢⇒↺".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
