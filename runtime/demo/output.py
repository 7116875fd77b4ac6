"""What the demonstrations share: a console for pipes and terminals, a progress bar for both, a folder."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn


@contextlib.contextmanager
def folder_or_temporary(given: Path | None) -> Iterator[Path]:
    """The folder that was named, or one that is removed in the end."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="lawful-demo-") as made:
        yield Path(made)


class Output(Console):
    """A console that falls silent when nobody reads it any more; the run goes on to its end."""

    def __init__(self) -> None:
        super().__init__(width=None if sys.stdout.isatty() else 110, highlight=False)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Bar:
    """A progress bar in a terminal, a line at each tenth elsewhere.

    ``things`` is what is counted, in the plural; ``size`` the bytes in all, where bytes come in.
    """

    def __init__(self, console: Console, things: str, total: int, size: int | None = None) -> None:
        self._console = console
        self._things = things
        self._total = total
        self._tenths = 0
        self._with_bytes = size is not None
        self._bar = Progress(
            TextColumn("{task.fields[done]:,} of {task.fields[all]:,} " + things),
            BarColumn(),
            *([DownloadColumn()] if self._with_bytes else []),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=size or total, done=0, all=total)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        with self._bar:
            yield

    def note(self, text: str) -> None:
        self._bar.console.print(f"  {text}", soft_wrap=True)

    def advance(self, done: int, received: int = 0) -> None:
        """So many things are done, so many bytes have come in all."""
        self._bar.update(self._task, completed=received if self._with_bytes else done, done=done)
        tenths = 10 * done // self._total
        if tenths > self._tenths and not self._console.is_terminal:
            bytes_too = f", {received / 1e6:.1f} MB" if self._with_bytes else ""
            self.note(f"{done:,} of {self._total:,} {self._things}{bytes_too}")
        self._tenths = tenths
