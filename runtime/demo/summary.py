"""What a run is summed up in: transitions with counts, ends, a story, coverage. Text only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from lawful.generated.downloader import instrumented
from lawful.runtime.coverage import CoverageData

from .run import Run
from .story import most_tried, story


def transitions(run: Run) -> Table:
    """Every transition that was taken, the most frequent first."""
    table = Table(box=SIMPLE_HEAD, title="Transitions that fired", title_justify="left")
    table.add_column("from")
    table.add_column("to")
    table.add_column("asked for")
    table.add_column("times", justify="right")
    fired = run.machine.transitions_fired()
    for (start, request, end), times in sorted(fired.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(start, end, "" if request == end else request, f"{times:,}")
    return table


def ends(run: Run) -> str:
    """How the downloads ended, in a sentence."""
    counts = Counter(report.ended for reports in run.reports.values() for report in reports)
    kinds = ", ".join(f"{n:,} {ended}" for ended, n in sorted(counts.items()))
    tries = sum(report.attempts for reports in run.reports.values() for report in reports)
    received = sum(r.received for reports in run.reports.values() for r in reports)
    return f"Reports: {kinds}. {tries:,} fetches, {received / 1e6:.1f} MB."


def failures(run: Run) -> Iterator[str]:
    """A line for each file that was given up."""
    for name, reports in run.reports.items():
        for report in reports:
            if report.ended == "failed":
                tried = "once" if report.attempts == 1 else f"{report.attempts} times"
                yield f"{name} failed, tried {tried}: {report.reason}."


def retold(run: Run) -> Iterable[RenderableType]:
    """The story of the file that took the most tries."""
    name = most_tried(run.machine.chronicle)
    if name is None:
        return
    table = Table(box=SIMPLE_HEAD, title=f"The story of {name}", title_justify="left")
    table.add_column("s", justify="right")
    table.add_column("what happens")
    table.add_column("the file goes", style="cyan")
    table.add_column("so the machine says")
    for sentence in story(run.machine.chronicle, name):
        table.add_row(
            f"{sentence.at:.2f}",
            Text(sentence.happened),
            " → ".join(sentence.states),
            Text(", ".join(sentence.done)),
        )
    yield table


def coverage() -> Iterable[RenderableType]:
    """Which parts of the machine the run has reached, and by name those that it has not."""
    twin = instrumented
    data = CoverageData(
        twin.Downloader.SPEC, twin.Downloader.SPEC_HASH, twin.ITEMS, bytes(map(bool, twin.HITS))
    )
    table = Table(box=SIMPLE_HEAD, title="Coverage of this run", title_justify="left")
    table.add_column("part of the machine")
    table.add_column("reached", justify="right")
    for kind, (covered, total) in data.by_kind().items():
        table.add_row(kind, f"{covered} of {total}")
    table.add_section()
    table.add_row("all", f"{data.covered} of {len(data.items)} ({data.percent:.1f} %)")
    yield table
    missed: dict[tuple[str, str], list[str]] = {}
    for item in data.uncovered():
        what, _, where = item.name.partition(" in ")
        missed.setdefault((item.kind, what), []).append(where)
    if missed:
        table = Table(box=SIMPLE_HEAD, title="Not reached in this run", title_justify="left")
        for heading in ("kind", "what", "in"):
            table.add_column(heading)
        for (kind, what), places in missed.items():
            table.add_row(kind, Text(what), Text(", ".join(filter(None, places))))
        yield table
