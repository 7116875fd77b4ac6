"""The commands of ``lawful``, a module each.

A module here has a function ``register(app: typer.Typer) -> None`` and is registered because it is here. It is
imported at every start, so its own top imports typer and nothing heavy; what the command needs it
imports when it runs. A command returns its exit code.
"""

from __future__ import annotations

import importlib
import pkgutil

import typer


def register_all(app: typer.Typer) -> None:
    """Add every command to ``app``, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        importlib.import_module(f"{__name__}.{module.name}").register(app)
