"""The command ``lawful``: starts a command and turns whatever happens into an exit code.

0: fine. 1: the spec is at fault, or generated files have drifted. 2: the call is at fault. 3: lawful
itself is. 4: not everything was seen, and nothing failed. 130: interrupted. The commands are in ``commands/``.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

INTERNAL = 3
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; never raises, and never for a user's mistake. Returns the exit code."""
    try:
        code = _run(arguments)
    except KeyboardInterrupt:  # also while importing, which takes its time
        code = INTERRUPTED
    except BrokenPipeError:
        return 0  # the reader has seen enough
    except Exception as error:
        return _forgotten(error) or _own_mistake(error)
    if code == INTERRUPTED:
        print("lawful: interrupted", file=sys.stderr)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    import typer

    from . import commands

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8
    command = typer.main.get_command(commands.build())
    try:
        result = command.main(args=arguments, prog_name="lawful", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except Exception as error:
        if hasattr(error, "format_message"):
            return _wrong_call(error)
        raise
    return result if isinstance(result, int) else 0


def _wrong_call(error: Exception) -> int:
    """A usage error of the command line library, which keeps its classes to itself."""
    message = error.format_message()  # type: ignore[attr-defined]
    from .plain import one_line

    context = getattr(error, "ctx", None)
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
    print(f"lawful: {one_line(message)}", file=sys.stderr)
    return 2


def _forgotten(error: Exception) -> int:
    """1 if it is the spec that let the explorer ignore too much, which only its walk can find out; else 0."""
    explorer = sys.modules.get("lawful.codegen.explorer.forgotten")
    if explorer is None or not isinstance(error, explorer.Forgotten):
        return 0
    from .plain import one_line

    print(f"lawful: {one_line(str(error))}", file=sys.stderr)
    return 1


def _own_mistake(error: Exception) -> int:
    """Say so in a sentence, with the traceback in a file: it is long, and it is for us to read."""
    import tempfile
    import traceback

    from .plain import one_line

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
