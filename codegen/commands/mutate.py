"""``lawful mutate``: change a spec a little, again and again, and see who notices."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..console import check_one, chosen_environments, deliver, say
from ..progress import Progress

_EXAMPLES = """Examples:

  lawful mutate spec/downloader                 every change, in as many processes as there are cores

  lawful mutate spec/worker --sample 100        a hundred of them, always the same

  lawful mutate spec/a.yaml -o mutants.md       the table, for a file that is kept

  lawful mutate spec/a.yaml --journal a.jsonl   again after an interruption: goes on"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="Change a spec a little, again and again: who notices?", epilog=_EXAMPLES
    )(mutate)


def mutate(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Processes (default: one a core).")
    ] = None,
    tests: Annotated[
        Path | None,
        typer.Option("--tests", help="The folder of the machine's generated tests."),
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option("--environment", help="Walk this one only; may be given several times."),
    ] = None,
    max_states: Annotated[
        int, typer.Option(min=1, help="At most so many states of each environment.")
    ] = 2_000_000,
    seconds: Annotated[
        float, typer.Option("--time", min=0, help="At most so many seconds for each environment.")
    ] = 600.0,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Judge so many of the mutants, drawn by --seed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same mutants.")] = 0,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            help="Keep in this file what is found as it comes, and begin with what it has.",
        ),
    ] = None,
    fail_under: Annotated[
        float,
        typer.Option(
            min=0, max=100, help="Percent of those not equivalent that have to be caught."
        ),
    ] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Every mutant and its verdict.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the table as Markdown to this file."),
    ] = None,
) -> int:
    """Make one small change of a spec at a time, and say who notices it first: the static checks, the generated
    tests, or the explorer.

    Exit code 0: all are caught or equivalent, or as many as --fail-under asks for. 1: more survived, or the
    spec is at fault. 2: the call is.
    """
    found = check_one(spec)
    if isinstance(found, int):
        return found
    path, checked = found
    names = chosen_environments(checked, environment)
    if names is None:
        return 2
    from ..explorer.search import Limits
    from ..mutation import table
    from ..mutation.trial import Trial, hold

    folder = tests if tests is not None else _tests_of(path, checked.machine)
    if folder is not None and not (folder / "conftest.py").is_file():
        say(f"lawful: there are no generated tests in {folder}", error=True)
        return 2
    limits = Limits(states=max_states, seconds=seconds)
    trial = Trial(path, names, limits, folder, sample, seed, journal)
    try:
        with Progress(f"changing {checked.machine}") as progress:
            tally = hold(
                trial,
                jobs or os.cpu_count() or 1,
                lambda done, all: progress.tell(f"{done} of {all} mutants judged"),
            )
    except ValueError as error:
        say(f"lawful: {error}", error=True)
        return 1
    except OSError as error:
        say(f"lawful: can't keep {journal}: {error.strerror}", error=True)
        return 2
    if output is not None and deliver(table.markdown(tally).encode(), output) != 0:
        return 2
    sys.stdout.write(table.as_json(tally) if as_json else table.text(tally))
    return int(tally.percent < fail_under)


def _tests_of(spec: Path, machine: str) -> Path | None:
    """Where `lawful generate` puts the tests of this machine, if there are any."""
    from ..naming import package_name
    from .generate import folder_of, settings_of

    out = folder_of(spec, None)
    at = None if out is None else settings_of(out, None)
    found = None if at is None or at.folder is None else at.folder / package_name(machine)
    return found if found is not None and found.is_dir() else None
