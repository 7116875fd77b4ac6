"""``lawful check``: read specs, show what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..console import Format, FormatOption, SpecsArgument, check_specs, exit_code, say, show

if TYPE_CHECKING:
    from ..checked import CheckedSpec


def register(app: typer.Typer) -> None:
    app.command()(check)


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
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
) -> int:
    """Check specs: all mistakes at once, each with its place.

    Exit code 0: fine. 1: a spec is at fault. 2: there is no such spec.
    """
    checked, diagnostics = check_specs(spec, allow_bind=allow_bind)
    show(diagnostics, format)
    if format is Format.text:
        for name, machine in checked.items():
            if pairs:
                _say_pairs(machine)
            say(f"{name}: {machine.machine} is fine")
    return exit_code(diagnostics, strict=strict)


def _say_pairs(machine: CheckedSpec) -> None:
    claims = list(machine.claims)
    for claim in claims:
        askers = ", ".join(str(place) for place in claim.askers) or "no place"
        say(f"{claim.entity}: {claim.start} -> {claim.request}, which {askers} may ask for")
    say(f"{len(claims)} undeclared pairs are claimed impossible")
