"""``lawful check``: read specs, show what is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import (
    Format,
    FormatOption,
    JsonOption,
    SpecsArgument,
    check_specs,
    exit_code,
    say,
    show,
)

if TYPE_CHECKING:
    from ..checked import CheckedSpec

_EXAMPLES = """Examples:

  lawful check spec                           every spec of a folder

  lawful check spec/a.yaml --format github    annotations for a GitHub run

  lawful check spec/a.yaml --pairs            what is claimed to be impossible"""


def register(app: typer.Typer) -> None:
    app.command(short_help="All mistakes of specs at once, each with its place.", epilog=_EXAMPLES)(
        check
    )


def check(
    spec: SpecsArgument,
    format: FormatOption = Format.text,
    as_json: JsonOption = False,
    pairs: Annotated[
        bool,
        typer.Option("--pairs", help="List the pairs that are claimed impossible by `undeclared`."),
    ] = False,
    allow_bind: Annotated[
        bool,
        typer.Option("--allow-bind", help="Accept `bind:`, which makes generated code import."),
    ] = False,
    figures: Annotated[
        bool, typer.Option("--figures", help="Say how many states, events, pairs … there are.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
) -> int:
    """Check specs: all mistakes at once, each with its place.

    Exit code 0: fine. 1: a spec is at fault. 2: there is no such spec.
    """
    checked, diagnostics = check_specs(spec, allow_bind=allow_bind)
    format = Format.json if as_json else format
    if format is Format.json:
        from .. import report

        more = _more(checked, pairs=pairs, figures=figures)
        sys.stdout.write(report.as_json(diagnostics, **more))
    else:
        show(diagnostics, format)
    code = exit_code(diagnostics, strict=strict)
    if format is Format.text:
        for name, machine in checked.items():
            if pairs:
                from ..pairs import pairs_text

                for line in pairs_text(machine):
                    say(line)
            if not (strict and code):
                say(f"{name}: {machine.machine} is fine")
            if figures:
                from ..figures import figures_text

                say(figures_text(machine))
    return code


def _more(machines: Mapping[str, CheckedSpec], *, pairs: bool, figures: bool) -> dict[str, object]:
    """What of the good specs is asked for, as data."""
    more: dict[str, object] = {}
    if pairs:
        from ..pairs import pairs_data

        more["pairs"] = [claim for machine in machines.values() for claim in pairs_data(machine)]
    if figures:
        from .. import figures as counting

        more["figures"] = [
            {"spec": name, "machine": machine.machine, **counting.figures(machine)}
            for name, machine in machines.items()
        ]
    return more
