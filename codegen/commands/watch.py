"""``lawful watch``: check, generate and show a machine again on each save."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ..console import deliver, exit_code, say, show
from .generate import OutOption
from .report import CoverageOption, TraceOption, read_extras

if TYPE_CHECKING:
    from lawful.runtime.coverage import CoverageData

    from ..checked import CheckedSpec
    from ..explorer.telling import Traces
    from ..page.serving import Site
    from ..watching import Round, Watching

_EXAMPLES = """Examples:

  lawful watch spec/tutorial.yaml --serve             the page, in a browser of this machine

  lawful watch spec/worker -o worker.html             the page as a file"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="Check, generate and show a machine again on each save.", epilog=_EXAMPLES
    )(watch)


def watch(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve the page on 127.0.0.1, and say where.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of --serve. Default: a free one.")
    ] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the page to this file.")
    ] = None,
    out: OutOption = None,
    coverage: CoverageOption = None,
    trace: TraceOption = None,
    allow_bind: Annotated[
        bool,
        typer.Option("--allow-bind", help="Accept `bind:`, which makes generated code import."),
    ] = False,
) -> int:
    """Check, generate and show the machine again on each save, until you interrupt it (Ctrl-C).

    The page that is served refreshes itself, and shows what is wrong above the machine as it was last
    right. Exit code 2: the call is at fault. 130: interrupted.
    """
    from ..checking import check
    from ..diagnostics import Diagnostics
    from ..reading import find_specs
    from ..watching import Watching
    from .generate import command_of, folder_of, names_of, settings_of

    found = Diagnostics()
    specs = find_specs(spec, found)
    if len(specs) != 1:
        show(found)
        if specs:
            several = ", ".join(path.as_posix() for path in specs)
            say(f"lawful: {spec} holds several machines; name one of: {several}", error=True)
        return exit_code(found) or 2
    (path,) = specs
    if not path.is_file():  # a device: nobody saves it
        _, found = check(path)
        show(found)
        return exit_code(found)
    extras = _Extras(coverage, trace or [])
    if not extras.read(None):
        return 2
    folder = folder_of(path, out)
    if folder is None:
        return 2
    tests = settings_of(folder, None)
    if tests is None:
        return 2
    again = command_of([spec], out, allow_bind=allow_bind)
    watching = Watching(path, names_of(path, folder), folder, allow_bind, tests, extras.now)
    if not serve:
        _run(watching, extras, output, None, again)
    from ..page.serving import Site

    try:
        site = Site(port)
    except OSError as error:
        say(f"lawful: can't listen on port {port}: {error.strerror}", error=True)
        return 2
    try:
        say(f"The page is at {site.url}")
        _run(watching, extras, output, site, again)
    finally:
        site.close()


class _Extras:
    """Coverage and traces; when a file of theirs is being written, as they were."""

    def __init__(self, coverage: Path | None, traces: list[Path]) -> None:
        self._coverage, self._traces = coverage, traces
        self._read: tuple[CoverageData | None, Traces] | None = None

    @property
    def paths(self) -> frozenset[Path]:
        return frozenset(path.resolve() for path in (self._coverage, *self._traces) if path)

    def read(self, machine: CheckedSpec | None) -> bool:
        """Read them; False if that fails, and why has been said."""
        read = read_extras(self._coverage, self._traces, machine)
        self._read = self._read if read is None else read
        return read is not None

    def now(self, machine: CheckedSpec | None) -> tuple[CoverageData | None, Traces]:
        """As they are now, or as they were when they could last be read."""
        self.read(machine)
        assert self._read is not None
        return self._read


def _run(
    watching: Watching, extras: _Extras, output: Path | None, site: Site | None, again: str
) -> NoReturn:
    while True:
        folders = watching.folders | {path.parent for path in extras.paths}
        for _ in _changes(folders, extras.paths):
            _round(watching, output, site, again)
            if not watching.folders <= folders:
                break  # the spec has included a file of another folder


def _changes(folders: set[Path], extras: frozenset[Path]) -> Iterator[None]:
    """Once as soon as nothing that is saved can be missed any more; then on each save."""
    from watchfiles import watch as changes

    from ..watching import concerns

    begun = False
    for news in changes(
        *sorted(folders),
        watch_filter=lambda _, path: concerns(path, extras),
        recursive=False,  # beside a spec there may be a whole project
        debounce=200,
        step=40,
        rust_timeout=200,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        if news or not begun:
            begun = True
            yield


def _round(watching: Watching, output: Path | None, site: Site | None, again: str) -> None:
    """One round, told to whoever looks."""
    done = watching.round()
    if site is not None:
        site.publish(watching.page(site.next_version))
    if output is not None:
        deliver(watching.page().encode("utf-8", "backslashreplace"), output)
    _tell(watching, done, again)


def _tell(watching: Watching, done: Round, again: str) -> None:
    """``again`` is the command that finds the tests again."""
    if len(done.diagnostics):
        show(done.diagnostics)
    for change in done.changes:
        say(f"{change.kind} {(watching.out / change.path).as_posix()}")
    if done.machine is not None:
        say(f"{watching.spec.as_posix()}: {done.machine.machine} is fine")
    if done.stale:
        say(f"Its tests are of another spec. To find them again: {again}")
