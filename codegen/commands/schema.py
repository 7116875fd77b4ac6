"""``lawful schema``: the JSON Schema of specs, for editors."""

from __future__ import annotations

import sys

import typer

_EXAMPLES = """Examples:

  lawful schema > spec.schema.json            for an editor"""


def register(app: typer.Typer) -> None:
    app.command(short_help="The JSON Schema of a spec, for editors.", epilog=_EXAMPLES)(schema)


def schema() -> int:
    """Print the JSON Schema of a spec, which lets an editor complete and check it."""
    from ..schema import rendered

    sys.stdout.write(rendered())
    return 0
