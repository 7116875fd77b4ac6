"""``lawful explain``: what a diagnostic code means, with an example and the cure."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import say

if TYPE_CHECKING:
    from ..codes import Entry

_WIDTH = 96


_EXAMPLES = """Examples:

  lawful explain LF200          why it is a mistake, an example, the cure"""


def register(app: typer.Typer) -> None:
    app.command(short_help="What a diagnostic means: an example, and the cure.", epilog=_EXAMPLES)(
        explain
    )


def explain(
    code: Annotated[
        str | None, typer.Argument(help="Such as LF050. Without it: all codes.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Code, title, why, example and cure, as a list.")
    ] = False,
) -> int:
    """Explain a diagnostic code: why it is a mistake, an example, the cure.

    Exit code 0: explained. 2: there is no such code.
    """
    from ..codes import catalogue
    from ..diagnostics import did_you_mean

    entries = catalogue()
    if code is None and as_json:
        return _write(entries.values())
    if code is None:
        for entry in entries.values():
            say(f"{entry.code}  {entry.title}")
        return 0
    wanted = code.strip().upper()
    if wanted not in entries:
        hint = did_you_mean(wanted, entries) or "`lawful explain` lists all codes."
        say(f'lawful: there is no code "{code}". {hint}', error=True)
        return 2
    if as_json:
        return _write([entries[wanted]])
    sys.stdout.write(explanation(entries[wanted]))
    return 0


def _write(entries: Iterable[Entry]) -> int:
    told = [
        {name: getattr(entry, name) for name in ("code", "title", "why", "example", "cure")}
        for entry in entries
    ]
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return 0


def explanation(entry: Entry) -> str:
    """All that there is to say about a code, ready to print."""
    parts = [
        f"{entry.code}: {entry.title}",
        textwrap.fill(entry.why, _WIDTH),
        *(
            f"The file {name} is\n\n{textwrap.indent(text.strip(), '    ')}"
            for name, text in entry.files.items()
        ),
        f"For example\n\n{textwrap.indent(entry.example.expandtabs(4).rstrip(), '    ')}",
    ]
    said = "" if entry.fragment else diagnosis(entry)
    if said:
        parts.append(f"gives\n\n{textwrap.indent(said.rstrip(), '    ')}")
    parts.append(textwrap.fill(f"What to do: {entry.cure}", _WIDTH))
    return "\n\n".join(parts) + "\n"


def diagnosis(entry: Entry) -> str:
    """What ``lawful check`` says of the example."""
    from .. import report
    from ..checking import check

    with TemporaryDirectory(prefix="lawful-") as folder:
        path = Path(folder) / "example.yaml"
        path.write_text(entry.example, encoding="utf-8")
        for name, text in entry.files.items():
            (path.parent / name).write_text(text, encoding="utf-8")
        _, diagnostics = check(path)
        return report.text(diagnostics).replace(f"{Path(folder).as_posix()}/", "")
