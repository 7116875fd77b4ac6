"""``lawful story``: what happened to one entity of a recorded run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import say
from ..progress import Progress
from .replay import Specs

if TYPE_CHECKING:
    from ..replay import Again

_EXAMPLES = """Examples:

  lawful story run.lawful a.txt                        a file of the downloader, from first to last

  lawful story recordings "('x', 0)"                   a key of dask, across all workers of a cluster"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="What happened to one entity of a recorded run, in words.", epilog=_EXAMPLES
    )(story)


def story(
    file: Annotated[
        Path, typer.Argument(help="A recording, or a folder of them: then in the order of time.")
    ],
    key: Annotated[
        str, typer.Argument(help="The key of the entity; a tuple or number as Python has it.")
    ],
    spec: Annotated[
        Path | None, typer.Option(help="The spec; without it, the file that the recording names.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A list of steps as JSON.")] = False,
) -> int:
    """Tell what happened to one entity, in words: what came, where it went, what was asked for.

    The recording is run again for that. Exit code 0: told. 1: nothing speaks of the key, or a run goes
    differently from some step on, where its story ends. 2: the call is at fault, or a file is damaged.
    """
    from ..replay import RecordingError, find, read, replay
    from ..replay.telling import concerns, divergence_lines, keys, story_data, story_lines

    wanted, specs, code = keys(key), Specs(spec), 0
    told: list[tuple[float, str, Again, Any]] = []
    try:
        paths = find(file)
        for path in paths:
            recording = read(path)
            name = path.name if len(paths) > 1 else ""
            checked = specs.of(recording)
            if isinstance(checked, int):
                return checked
            if recording.damage is not None:
                say(
                    f"lawful: {path} is damaged, {recording.damage}; its story ends there",
                    error=True,
                )
                code = 2
            divergence = None
            with Progress(path.as_posix()) as progress:
                for again in replay(recording, checked, wanted):
                    progress.tell(f"step {again.step.number:,}")
                    if again.divergence is not None:
                        divergence = again.divergence
                    elif concerns(again, wanted):
                        told.append((again.step.now, name, again, checked))
            if divergence is not None:
                steps = sum(1 for _ in recording.steps)
                for line in divergence_lines(path.as_posix(), steps, divergence):
                    say(line, error=True)
                code = 1
    except RecordingError as error:
        say(f"lawful: {error}", error=True)
        return 2
    told.sort(key=lambda each: each[0])
    if as_json:
        steps_told = [story_data(again, wanted, name) for _, name, again, _ in told]
        sys.stdout.write(json.dumps(steps_told, indent=2) + "\n")
    for now, name, again, checked in () if as_json else told:
        where = f" in {name}" if name else ""
        say(f"{now - told[0][0]:.6f} s, step {again.step.number}{where}:")
        for line in story_lines(again, wanted, checked):
            say(f"  {line}")
    if not told:
        say(f"lawful: nothing in {file} speaks of {key}", error=True)
        return code or 1
    return code
