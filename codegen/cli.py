"""The command ``lawful``: starts a command and turns whatever happens into an exit code.

0: fine. 1: the spec is at fault, or generated files have drifted. 2: the call is at fault. 3: lawful
itself is. 130: interrupted. The commands are in ``commands/``.
"""

from __future__ import annotations

import io
import sys
import tempfile
import traceback
from collections.abc import Sequence

import typer

from .commands import register_all
from .plain import one_line

INTERNAL = 3
INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lawful {version('lawful')}")
        raise typer.Exit


def build() -> typer.Typer:
    """The whole command line, every command registered."""
    app = typer.Typer(
        name="lawful",
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,  # plain help: the same in a pipe, and rich is slow to import
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def lawful(
        context: typer.Context,
        version: bool = typer.Option(
            False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ) -> None:
        """Event-driven workers from a formal spec.

        Exit codes: 0 fine, 1 a spec or generated files are at fault, 2 the call is, 3 lawful itself is.
        """
        if context.invoked_subcommand is None:
            typer.echo(context.get_help(), err=True)
            raise typer.Exit(2)

    register_all(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; never raises for a user's mistake. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8
    try:
        command = typer.main.get_command(build())
        result = command.main(args=arguments, prog_name="lawful", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except BrokenPipeError:
        return 0  # the reader has seen enough
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except Exception as error:
        return _wrong_call(error) if hasattr(error, "format_message") else _own_mistake(error)
    if result == INTERRUPTED:
        print("lawful: interrupted", file=sys.stderr)
    return result if isinstance(result, int) else 0


def _wrong_call(error: Exception) -> int:
    """A usage error of the command line library, which keeps its classes to itself."""
    message = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
    print(f"lawful: {one_line(message)}", file=sys.stderr)
    return 2


def _own_mistake(error: Exception) -> int:
    """Say so in a sentence, with the traceback in a file: it is long, and it is for us to read."""
    trace = "".join(traceback.format_exception(error))
    name = f"{type(error).__name__}: {one_line(str(error))}"[:200]
    print(f"lawful: this is a mistake of lawful's own, not yours: {name}", file=sys.stderr)
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="lawful-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(trace)
        print(f"The traceback is in {file.name}; please file it as a bug.", file=sys.stderr)
    except OSError:
        print(f"Please file it as a bug:\n{trace}", file=sys.stderr)
    return INTERNAL


if __name__ == "__main__":
    sys.exit(main())
