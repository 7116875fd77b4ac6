"""The commands of ``lawful``, a module each.

A module here has a function ``register(app: typer.Typer) -> None`` and is registered because it is here. It is
imported at every start, so its own top imports typer and nothing heavy; what the command needs it
imports when it runs. A command returns its exit code.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated

import typer


def build() -> typer.Typer:
    """The whole command line, every command registered."""
    app = typer.Typer(
        name="lawful",
        invoke_without_command=True,
        add_completion=True,
        rich_markup_mode=None,  # plain help: the same in a pipe, and rich is slow to import
        pretty_exceptions_enable=False,
    )
    app.callback()(lawful)
    register_all(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lawful {version('lawful')}")
        raise typer.Exit


def lawful(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Event-driven workers from a formal spec.

    Exit codes: 0 fine, 1 a spec or generated files are at fault, 2 the call is, 3 lawful itself is, 4 not everything
    was seen and nothing failed, 130 interrupted.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def register_all(app: typer.Typer) -> None:
    """Add every command to ``app``, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        importlib.import_module(f"{__name__}.{module.name}").register(app)
