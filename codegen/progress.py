"""How far a command is: one line on a terminal, while it takes longer than a second.

Light to import, for every start of ``lawful`` imports it: rich is imported when there is a line to show.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from .plain import one_line

if TYPE_CHECKING:
    import threading

    from rich.table import Table

    from .explorer.search import Progress as Search

_AFTER = 1.0  # seconds of the command's life, so that what is done in a moment shows nothing
_EVERY = 0.1  # seconds between two looks at how far it is
_BEGAN = time.monotonic()


class Progress:
    """While the block of ``with`` runs, a terminal on stderr shows what is done, how far it is and for how many
    seconds, in a line that is gone afterwards. A pipe, a file and a dumb terminal get nothing.

    Nothing may be printed to that terminal meanwhile.
    """

    def __init__(self, what: str) -> None:
        self._what, self._far = what, ""
        self._began = time.monotonic()
        self._thread: threading.Thread | None = None

    def tell(self, text: str) -> None:
        """Say how far it is, behind what is done. Costs nothing to speak of, however often it is called."""
        self._far = f": {text}"

    def search(self, search: Search) -> None:
        """Say how far a search is."""
        rate = search.states / max(search.seconds, 1e-9)
        self.tell(
            f"{search.states:,} states, {rate:,.0f}/s, {search.frontier:,} to expand, "
            f"depth {search.depth}, {search.bytes / 1e6:,.0f} MB"
        )

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            import threading

            self._over = threading.Event()
            self._thread = threading.Thread(target=self._show, args=(sys.stderr,), daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._over.set()
            self._thread.join()

    def _show(self, stream: IO[str]) -> None:
        if self._over.wait(max(0.0, _AFTER - (time.monotonic() - _BEGAN))):
            return
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        spinner = Spinner("line")  # of characters that every terminal has
        with (
            suppress(OSError),  # a terminal that is gone is no reason to fail
            Live(
                console=Console(file=stream),
                get_renderable=lambda: self._line(spinner),
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            ) as live,
        ):
            while not self._over.wait(_EVERY):
                live.refresh()

    def _line(self, spinner: object) -> Table:
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 1))
        for _ in range(3):
            line.add_column(no_wrap=True, overflow="crop")
        seconds = f"{time.monotonic() - self._began:.0f} s"
        line.add_row(spinner, Text(one_line(self._what + self._far)), Text(seconds))  # type: ignore[arg-type]
        return line
