"""``lawful replay``: run a recording again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
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

  lawful replay recordings --old HEAD:spec/a.yaml     after spec/a.yaml was changed: its states too

  lawful replay run.lawful --history                  what was recorded, a JSON object a line"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="Run recordings again, and compare instructions and states.", epilog=_EXAMPLES
    )(replay)


def replay(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Recordings, or folders of them.")
    ],
    spec: Annotated[
        Path | None,
        typer.Option(help="The spec to run them with; without it, the file that they name."),
    ] = None,
    old: Annotated[
        str | None,
        typer.Option(
            help="The spec that they were recorded by, or REVISION:path of git, to compare states;"
            " without it, the file that they name, if it is still the same."
        ),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Run nothing; print what was recorded as JSON lines.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The results as one JSON object.")
    ] = False,
) -> int:
    """Run recordings again, step by step, in the reference interpreter, and compare every instruction.

    States are not recorded. With a changed spec they are compared with those of the spec that was recorded,
    which is run beside it, if it is at hand.

    Each file is a run of its own: it begins with a snapshot. Exit code 0: all goes as recorded. 1: a run
    goes differently, or the spec is at fault. 2: the call is, or a file is damaged or no recording.
    """
    with ExitStack() as stack:
        specs = Specs(spec, old, stack)
        return _replay(files, specs, history=history, as_json=as_json)


def _replay(files: list[Path], specs: Specs, *, history: bool, as_json: bool) -> int:
    from ..replay import NotTheSpec, RecordingError
    from ..replay import replay as run
    from ..replay.telling import divergence_data, divergence_lines, history_lines

    results: list[dict[str, Any]] = []
    code = different = 0
    notes: dict[str, None] = {}
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
            same = specs.is_same(recording, checked)
            old = None if same else specs.recorded(recording)
            if isinstance(old, int):
                return old
            steps = sum(1 for _ in recording.steps)
            divergence: Divergence | None = None
            strayed: Divergence | None = None
            with Progress(name) as progress:
                for again in run(recording, checked, old=old):
                    strayed = strayed or again.strayed
                    divergence = again.divergence
                    progress.tell(f"step {again.step.number:,} of {steps:,}")
            found = [each for each in (strayed, divergence) if each is not None]
            different += bool(found)
            results.append(
                {
                    "file": name,
                    "spec": recording.head.spec,
                    "same_spec": same,
                    "steps": steps,
                    "closed": recording.closed,
                    "damage": recording.damage,
                    "divergence": divergence_data(divergence),
                    "states_compared": old is not None,
                    "old_is_recorded": old is not None and specs.is_same(recording, old),
                    "states": divergence_data(strayed),
                }
            )
            if not as_json:
                for each in found:
                    for told in divergence_lines(name, steps, each):
                        say(told)
                if not found:
                    say(f"{name}: {_steps(steps)}, {_as_recorded(same, old is not None)}")
                notes.update(dict.fromkeys(_notes(specs, recording, same, old)))
    except (RecordingError, NotTheSpec) as error:
        say(f"lawful: {error}", error=True)
        return 2
    if as_json and not history:
        whole = {"runs": results, "different": different}
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    elif len(results) > 1:
        say(f"{different} of {len(results)} runs go differently")
    for note in notes:
        say(note)
    return 1 if different else code


def _notes(
    specs: Specs, recording: Recording, same: bool, old: CheckedSpec | None
) -> Iterator[str]:
    """What has to be known of how states were compared."""
    if old is None and not same:
        yield "States were not compared: name the spec as it was when that was recorded with --old"
    elif old is not None and not specs.is_same(recording, old):
        yield (
            "States were compared with what the spec of --old comes to; it is not, to the letter, the one"
            " that was recorded"
        )


def _steps(number: int) -> str:
    return "1 step" if number == 1 else f"{number:,} steps"


def _as_recorded(same: bool, states: bool) -> str:
    if same:
        return "all as recorded"
    return f"{'all' if states else 'all instructions'} as recorded, by another version of the spec"


def _recordings(files: list[Path]) -> Any:
    from ..replay import find, read

    for named in files:
        for path in find(named):
            yield read(path)


class Specs:
    """Finds the spec of a recording: the one that was named, or the file that the recording names. ``old``
    names the spec that was recorded, which is read for as long as ``stack`` is open."""

    def __init__(
        self, named: Path | None, old: str | None = None, stack: ExitStack | None = None
    ) -> None:
        self._named = named
        self._old = old
        self._stack = stack or ExitStack()
        self._found: dict[Path, CheckedSpec | int] = {}
        self._recorded: dict[str, CheckedSpec | int] = {}
        self._here: dict[str, CheckedSpec | None] = {}

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

    def recorded(self, recording: Recording) -> CheckedSpec | int | None:
        """The spec that was recorded: the one that was said to be, or the file that the recording names,
        if nobody has changed it; None if that is not at hand. The exit code as for ``of``."""
        from .diff import checked_side

        if self._old is not None:
            if self._old not in self._recorded:
                side = checked_side("old", self._old, self._stack)
                self._recorded[self._old] = side if isinstance(side, int) else side[1]
            return self._recorded[self._old]
        here = self._spec_at(recording.head.spec)
        return here if here is not None and self.is_same(recording, here) else None

    def _spec_at(self, path: str) -> CheckedSpec | None:
        """What is in the file that a recording names, if it is a spec; nothing is said if it isn't."""
        from ..checking import check

        if path not in self._here:
            there = bool(path) and Path(path).is_file()
            self._here[path] = check(Path(path), allow_bind=True)[0] if there else None
        return self._here[path]

    @staticmethod
    def is_same(recording: Recording, spec: CheckedSpec) -> bool:
        """Whether the spec is, letter by letter, the one of the machine that was recorded."""
        from ..digest import spec_hash

        return spec_hash(spec.sources, recording.head.spec) == recording.head.hash
