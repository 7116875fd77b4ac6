"""``lawful check``: read specs, show what is wrong with them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..console import Format, FormatOption, SpecsArgument, check_specs, exit_code, say, show

_EXAMPLES = """Examples:

  lawful check spec                           every spec of a folder

  lawful check spec/a.yaml --format github    annotations for a GitHub run

  lawful check spec/a.yaml --pairs            what is claimed to be impossible"""


def register(app: typer.Typer) -> None:
    app.command(epilog=_EXAMPLES)(check)


def check(
    spec: SpecsArgument,
    format: FormatOption = Format.text,
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
    if pairs and format is Format.json:
        from ..pairs import pairs_data
        from ..report import as_json

        claims = [claim for machine in checked.values() for claim in pairs_data(machine)]
        sys.stdout.write(as_json(diagnostics, pairs=claims))
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
