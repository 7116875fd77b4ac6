"""``lawful replay``: run a recording again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import check_one, say
from ..progress import Progress

if TYPE_CHECKING:
    from ..checked import CheckedSpec
    from ..replay import Divergence, Recording

_EXAMPLES = """Examples:

  lawful replay run.lawful                            does the machine still do what it did?

  lawful replay recordings --spec spec/new.yaml       which runs would go differently, and where

  lawful replay run.lawful --history                  what was recorded, a JSON object a line"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="Run recordings again, and compare every instruction.", epilog=_EXAMPLES
    )(replay)


def replay(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Recordings, or folders of them.")
    ],
    spec: Annotated[
        Path | None,
        typer.Option(help="The spec to run them with; without it, the file that they name."),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Run nothing; print what was recorded as JSON lines.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The results as one JSON object.")
    ] = False,
) -> int:
    """Run recordings again, step by step, in the reference interpreter, and compare every instruction.

    Each file is a run of its own: it begins with a snapshot. Exit code 0: all goes as recorded. 1: a run
    goes differently, or the spec is at fault. 2: the call is, or a file is damaged or no recording.
    """
    from ..replay import RecordingError
    from ..replay import replay as run
    from ..replay.telling import divergence_data, divergence_lines, history_lines

    specs = Specs(spec)
    results: list[dict[str, Any]] = []
    code = different = 0
    try:
        for recording in _recordings(files):
            name = recording.path.as_posix()
            if recording.damage is not None:
                say(
                    f"lawful: {name} is damaged, {recording.damage}; what is before it is read",
                    error=True,
                )
                code = 2
            if history:
                for line in history_lines(recording):
                    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
                continue
            checked = specs.of(recording)
            if isinstance(checked, int):
                return checked
            steps = sum(1 for _ in recording.steps)
            found: Divergence | None = None
            with Progress(name) as progress:
                for again in run(recording, checked):
                    found = again.divergence
                    progress.tell(f"step {again.step.number:,} of {steps:,}")
            different += found is not None
            same = specs.is_same(recording, checked)
            results.append(
                {
                    "file": name,
                    "spec": recording.head.spec,
                    "same_spec": same,
                    "steps": steps,
                    "closed": recording.closed,
                    "damage": recording.damage,
                    "divergence": divergence_data(found),
                }
            )
            if not as_json:
                changed = "" if same else ", by another version of the spec"
                if found is None:
                    say(f"{name}: {_steps(steps)}, all as recorded{changed}")
                else:
                    for told in divergence_lines(name, steps, found):
                        say(told)
    except RecordingError as error:
        say(f"lawful: {error}", error=True)
        return 2
    if as_json and not history:
        whole = {"runs": results, "different": different}
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    elif len(results) > 1:
        say(f"{different} of {len(results)} runs go differently")
    return 1 if different else code


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{number:,} steps"


def _recordings(files: list[Path]) -> Any:
    from ..replay import find, read

    for named in files:
        for path in find(named):
            yield read(path)


class Specs:
    """Finds the spec of a recording: the one that was named, or the file that the recording names."""

    def __init__(self, named: Path | None) -> None:
        self._named = named
        self._found: dict[Path, CheckedSpec | int] = {}

    def of(self, recording: Recording) -> CheckedSpec | int:
        """The machine; or, what is wrong having been said, the exit code."""
        head = recording.head
        path = self._named
        if path is None:
            path = Path(head.spec)
            if not head.spec or not path.is_file():
                say(
                    f"lawful: {recording.path} was recorded by {head.spec or 'an unnamed spec'}, which is"
                    " not here; name a spec with --spec",
                    error=True,
                )
                return 2
        if path not in self._found:
            found = check_one(path)
            self._found[path] = found if isinstance(found, int) else found[1]
        spec = self._found[path]
        if not isinstance(spec, int) and not (head.entities.keys() & spec.entities.keys()):
            say(f"lawful: {path} knows none of the entities of {recording.path}", error=True)
            return 2
        return spec

    @staticmethod
    def is_same(recording: Recording, spec: CheckedSpec) -> bool:
        """Whether the spec is, letter by letter, the one of the machine that was recorded."""
        from ..digest import spec_hash

        return spec_hash(spec.sources, recording.head.spec) == recording.head.hash
