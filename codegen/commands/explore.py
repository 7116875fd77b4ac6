"""``lawful explore``: walk through every state of a machine in its environments."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import check_one, chosen_environments, deliver, say
from ..progress import Progress

if TYPE_CHECKING:
    from ..checked import CheckedSpec
    from ..explorer.words import Report

UNDETERMINED = 4


_EXAMPLES = """Examples:

  lawful explore spec/a.yaml                                  every state of every environment

  lawful explore spec/a.yaml --time 60 --memory 4000000000    stop after a minute, or at 4 GB

  lawful explore spec/a.yaml --write-test test_bug.py         a story as a test that fails

  lawful explore spec/a.yaml --walks 1000 --seed 7            random walks, where there is too much"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="Walk through all that can happen, and say what holds.", epilog=_EXAMPLES
    )(explore)


def explore(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    environment: Annotated[
        list[str] | None,
        typer.Option("--environment", help="Explore this one only; may be given several times."),
    ] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="At most so many steps.")] = None,
    max_states: Annotated[int | None, typer.Option(min=1, help="At most so many states.")] = None,
    memory: Annotated[
        int | None, typer.Option(min=1, help="Stop when the process has so many bytes.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--time", min=0, help="At most so many seconds.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Go on when something fails, and look for all that does.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Numbers, verdicts and stories.")] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="The first story as a Mermaid sequence diagram.")
    ] = False,
    write_test: Annotated[
        Path | None,
        typer.Option(
            "--write-test",
            help="Write the first story as a pytest file that fails until it is mended.",
        ),
    ] = None,
    walks: Annotated[
        int | None,
        typer.Option(min=1, help="Take so many random walks instead of searching everything."),
    ] = None,
    length: Annotated[int, typer.Option(min=1, help="At most so many steps a walk.")] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed takes the same walks.")] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="What is proved vacuously is undetermined.")
    ] = False,
) -> int:
    """Walk through everything that can happen to a machine, and say what holds.

    Exit code 0: all is proved. 1: something is refuted, or the spec is at fault. 2: the call is.
    4: undetermined: nothing failed, and not everything was seen.
    """
    found = check_one(spec, warn=True)
    if isinstance(found, int):
        return found
    path, checked = found
    names = chosen_environments(checked, environment)
    if names is None:
        return 2
    if not names:
        say("lawful: the spec declares no environment to explore it in", error=True)
        return 2
    from ..explorer.exploring import explore as run
    from ..explorer.exploring import wander
    from ..explorer.search import Limits
    from ..explorer.words import report, walks_report

    spec_name = path.as_posix()
    limits = Limits(depth, max_states, memory, seconds)
    done: list[Report] = []
    for name in names:
        if walks is not None:
            with Progress(name) as progress:
                walked = wander(
                    checked, name, walks, length, seed, spec_name=spec_name, tell=progress.tell
                )
            result = walks_report(name, *walked)
        else:
            with Progress(name) as progress:
                found_ = run(
                    checked,
                    name,
                    spec_name=spec_name,
                    limits=limits,
                    every=every,
                    tell=progress.search,
                )
            result = report(found_.result, found_.stories)
        done.append(result)
        if not (as_json or mermaid):
            sys.stdout.write(result.text + "\n")
            sys.stdout.flush()
        if result.ended:
            break
    if write_test is not None and not _write_test(done, checked, path, write_test):
        return 2
    return _finish(done, as_json=as_json, mermaid=mermaid, strict=strict)


def _write_test(done: list[Report], checked: CheckedSpec, spec: Path, path: Path) -> bool:
    """Write the test of the first story, if there is one; whether that went well."""
    from ..explorer.testfile import test_text

    for story in [story for told in done for story in told.stories][:1]:
        if deliver(test_text(story, spec, path, checked).encode("utf-8"), path) != 0:
            return False
        say(f"wrote {path}", error=True)
    return True


def _finish(done: list[Report], *, as_json: bool, mermaid: bool, strict: bool) -> int:
    from ..explorer.verdicts import Verdict, overall
    from ..explorer.words import story_mermaid, verdict_text

    verdict = overall(told.verdict for told in done)
    if strict and verdict is Verdict.proved and any(told.vacuous for told in done):
        verdict = Verdict.undetermined
    if as_json:
        data: dict[str, Any] = {"verdict": verdict.value, "worlds": [told.data for told in done]}
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif mermaid:
        for story in [story for told in done for story in told.stories][:1]:
            sys.stdout.write(story_mermaid(story))
    else:
        sys.stdout.write(verdict_text(done))
    return {Verdict.proved: 0, Verdict.refuted: 1, Verdict.undetermined: UNDETERMINED}[verdict]
