"""The command ``lawful``: starts a command and turns whatever happens into an exit code.

0: fine. 1: the spec is at fault, or generated files have drifted. 2: the call is at fault. 3: lawful
itself is. 4: not everything was seen, and nothing failed. 130: interrupted. The commands are in ``commands/``.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import sys
from collections.abc import Sequence

INTERNAL = 3
INTERRUPTED = 130

# What is made of a spec is kept as long as the process: looking through it for garbage finds none, and took
# a seventh of the time of a check.
_COLLECT_AFTER = (50_000, 20, 20)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; never raises, and never for a user's mistake. Returns the exit code.

    Without ``arguments`` it takes those of the process, which then is there for this command alone.
    """
    if arguments is not None:
        return _told(arguments)
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        return _told(None)
    finally:
        gc.freeze()  # the interpreter would look through everything once more when it ends


def _told(arguments: Sequence[str] | None) -> int:
    """The exit code of a command, and whatever went wrong has been said."""
    _open_what_is_closed()
    try:
        code = _run(arguments)
        sys.stdout.flush()  # here, where it can be told if that fails
    except KeyboardInterrupt:  # also while importing, which takes its time
        code = INTERRUPTED
    except BrokenPipeError:
        _write_nothing_more()
        return 0  # the reader has seen enough
    except Exception as error:
        return _no_room(error) or _own_mistake(error)
    if code == INTERRUPTED:
        print("lawful: interrupted", file=sys.stderr)
    return code


def _open_what_is_closed() -> None:
    """A stream that the caller has closed (``>&-``) is None to Python: it gets a file that takes everything."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (as long as the process)


def _write_nothing_more() -> None:
    """What is left in the buffers can't be written: without this the interpreter tries again at its end, and
    makes an exit code of its own of that."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _no_room(error: Exception) -> int:
    """2 if there is no room where the result was to go; else 0."""
    if not isinstance(error, OSError) or error.errno not in _NO_ROOM:
        return 0
    with contextlib.suppress(OSError):
        print(f"lawful: can't write: {error.strerror}", file=sys.stderr)
    _write_nothing_more()
    return 2


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
        if isinstance(leaving.__context__, BrokenPipeError):
            raise leaving.__context__ from None  # the command line library would make an error of it
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
