"""``lawful report``: a machine as one page that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import check_one, deliver, say
from ..progress import Progress

if TYPE_CHECKING:
    from lawful.runtime.coverage import CoverageData

    from ..checked import CheckedSpec
    from ..explorer.telling import Traces

_EXAMPLES = """Examples:

  lawful report spec/worker -o worker.html

  lawful report spec/tutorial.yaml -o tutorial.html --explore 10

  lawful report spec/worker -o worker.html --coverage cov.json --trace found.json"""

CoverageOption = Annotated[
    Path | None,
    typer.Option(
        "--coverage",
        help="Colour what tests took: what `pytest --lawful-cov-report=json:FILE` wrote.",
    ),
]
TraceOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--trace",
        help="What `lawful explore --json` printed, or a recording, of which the last 500 steps are shown. May be given several times.",
    ),
]


def register(app: typer.Typer) -> None:
    app.command(
        short_help="A machine as one page: graph, events, proofs, coverage.", epilog=_EXAMPLES
    )(report)


def report(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
    coverage: CoverageOption = None,
    trace: TraceOption = None,
    explore: Annotated[
        float | None,
        typer.Option(
            "--explore",
            min=0,
            metavar="SECONDS",
            help="Explore every environment first, each at most so long, and show what was found.",
        ),
    ] = None,
) -> int:
    """Write the machine as one page: graph, events, proofs, coverage, traces, the spec beside the code.

    The file needs no other and no network. Exit code 0: fine. 1: the spec is at fault. 2: the call is.
    """
    checked = check_one(spec)
    if isinstance(checked, int):
        return checked
    path, machine = checked
    extras = read_extras(coverage, trace or [], machine)
    if extras is None:
        return 2
    from ..explorer.telling import Traces
    from ..page import page

    measured, traces = extras
    if explore is not None:
        found = _explored(machine, path.as_posix(), explore)
        traces = Traces(found.worlds + traces.worlds, found.stories + traces.stories)
    with Progress(f"drawing {machine.machine}"):
        text = page(machine, path.as_posix(), coverage=measured, traces=traces)
    return deliver(text.encode("utf-8", "backslashreplace"), output)


def read_extras(
    coverage: Path | None, traces: list[Path], machine: CheckedSpec | None
) -> tuple[CoverageData | None, Traces] | None:
    """What the options of a page name; or None, and what is wrong has been said. Recordings are run again
    with the machine, if there is one."""
    from lawful.runtime.coverage import CoverageData, CoverageFileError

    from ..traces import TraceFileError, Traces
    from ..traces import read as read_trace

    try:
        measured = None if coverage is None else CoverageData.read(coverage)
        read = [read_trace(path, machine) for path in traces]
    except (CoverageFileError, TraceFileError) as error:
        say(f"lawful: {error}", error=True)
        return None
    except OSError as error:
        say(f"lawful: can't read {error.filename}: {error.strerror}", error=True)
        return None
    worlds = tuple(world for one in read for world in one.worlds)
    return measured, Traces(worlds, tuple(story for one in read for story in one.stories))


def _explored(machine: CheckedSpec, name: str, seconds: float) -> Traces:
    """The results of all environments, in the form in which a file would have them."""
    from ..explorer.exploring import explore
    from ..explorer.search import Limits
    from ..explorer.telling import traces
    from ..explorer.words import report as told

    worlds = []
    for environment in machine.environments:
        with Progress(environment) as progress:
            found = explore(
                machine,
                environment,
                spec_name=name,
                limits=Limits(seconds=seconds),
                every=True,
                tell=progress.search,
            )
        worlds.append(told(found.result, found.stories).data)
    return traces(json.loads(json.dumps({"worlds": worlds})))
