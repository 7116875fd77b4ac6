"""``lawful graph``: a machine as a tree, a picture or tables."""

from __future__ import annotations

import enum
import shlex
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import JsonOption, check_one, deliver, say
from ..progress import Progress
from .report import CoverageOption, read_extras

if TYPE_CHECKING:
    from ..checked import CheckedSpec
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


_EXAMPLES = """Examples:

  lawful graph spec/worker -o worker.svg

  lawful graph spec/worker -o around.png --focus flight --hops 2

  lawful graph spec/worker -o steal.svg --event StealRequest

  lawful graph spec/worker -o changes.svg --diff HEAD:spec/worker

  lawful graph spec/tutorial.yaml -o seen.svg --coverage cov.json"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="A machine in the terminal, as a picture or as tables.", epilog=_EXAMPLES
    )(graph)


def graph(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    format: Annotated[
        GraphFormat | None,
        typer.Option(help="Default: what the ending of --output stands for, else terminal."),
    ] = None,
    as_json: JsonOption = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="Show one entity only.")] = None,
    focus: Annotated[
        str | None, typer.Option(metavar="STATE", help="Show what is around this state only.")
    ] = None,
    hops: Annotated[
        int, typer.Option(min=0, help="With --focus: at most so many arrows away.")
    ] = 1,
    event: Annotated[
        str | None, typer.Option(help="Show what follows from this event only.")
    ] = None,
    coverage: CoverageOption = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            help="Mark where a story goes: the first of `lawful explore --json`, or a recording."
        ),
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option(
            metavar="OLD",
            help="Mark what is new, gone or changed since OLD: a spec, or REVISION:path of git. What"
            " calls a procedure that changed is marked as changed by it.",
        ),
    ] = None,
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
    wanted = _format(GraphFormat.json if as_json else format, output)
    if wanted is None:
        say(f"lawful: {output} has no ending that stands for a format; use --format", error=True)
        return 2
    if output is None and wanted is pictures.Format.png and sys.stdout.isatty():
        say("lawful: a PNG is nothing for a terminal; use --output picture.png", error=True)
        return 2
    if sum(option is not None for option in (coverage, trace, diff)) > 1:
        say("lawful: use one of --coverage, --trace and --diff at a time", error=True)
        return 2
    of_event = "both" if event is not None else pictures.default_view(wanted)
    shown = view.value if view is not None else of_event
    try:
        picture = pictures.extract(checked[1], shown, entity)
        marked = _marked(checked[1], picture, coverage, trace, diff, entity, str(spec))
        if isinstance(marked, int):
            return marked
        if event is not None:
            marked = pictures.following(marked, event)
        if focus is not None:
            marked = pictures.around(marked, focus, hops)
        with Progress(f"drawing {checked[1].machine}"):
            data = _rendered(marked, wanted, to_stdout=output is None)
    except (pictures.UnknownEntity, pictures.NothingThere, pictures.ImageUnavailable) as error:
        say(f"lawful: {error}", error=True)
        return 2
    return deliver(data, output)


def _marked(
    spec: CheckedSpec,
    picture: Diagram,
    coverage: Path | None,
    trace: Path | None,
    diff: str | None,
    entity: str | None,
    named: str,
) -> Diagram | int:
    """The picture with what is to be marked in it; or the exit code, and what is wrong has been said."""
    from .. import diagram as pictures
    from ..compare import changes
    from .diff import checked_side

    extras = read_extras(coverage, [trace] if trace is not None else [], spec)
    if extras is None:
        return 2
    measured, traces = extras
    if measured is not None:
        return pictures.covered(picture, pictures.Coverage(measured))
    if trace is not None:
        if not traces.stories:
            say(f"lawful: {trace} tells no story: nothing was refuted", error=True)
            return 2
        return pictures.taken(picture, traces.stories[0])
    if diff is not None:
        with ExitStack() as stack:
            side = checked_side("old", diff, stack)
            if isinstance(side, int):
                return side
            known = entity if entity in side[1].entities else None
            before = pictures.extract(side[1], picture.view, known)
            found = changes(side[1], spec)
            _say_differences(side[1], spec, diff, named)
            if another := sorted(frozenset().union(*found.behind.values())):
                called = ", ".join(f"{name}()" for name in another)
                say(f"What calls {called} is marked as changed by it.", error=True)
            return pictures.changed(before, picture, found)
    return picture


def _say_differences(old: CheckedSpec, new: CheckedSpec, old_name: str, new_name: str) -> None:
    """How many there are: not all have a place in a picture, such as an invariant."""
    from ..compare import differences
    from ..compare.show import summary

    found = differences(old, new)
    words = f". In words: {shlex.join(['lawful', 'diff', old_name, new_name])}" if found else ""
    say(summary(found) + words, error=True)


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
