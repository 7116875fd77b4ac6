"""What a run is summed up in: transitions with counts, events, the processes, and how fast it went."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import get_args

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from lawful.generated import worker

from .journal import DECLARED, ROUTES, Move, all_events, all_moves
from .run import Run

_MISSED_A_LINE = 4


def figures() -> str:
    """What the generated machine consists of."""
    configurations = get_args(worker.TaskConfiguration)
    states = {name.partition("(")[0] for name in configurations}
    events, instructions = get_args(worker.Event), get_args(worker.Instruction)
    return (
        f"The generated worker: {len(states)} states, {len(configurations)} configurations, "
        f"{len(events)} events, {len(instructions)} instructions, "
        f"{len(DECLARED)} declared pairs, {len(ROUTES)} routes."
    )


def transitions(run: Run) -> Iterator[RenderableType]:
    """Every transition that was taken, the most frequent first, and the pairs that were not."""
    table = Table(box=SIMPLE_HEAD, title="Transitions that fired", title_justify="left")
    table.add_column("from")
    table.add_column("asked for")
    table.add_column("reached")
    table.add_column("times", justify="right")
    moves = all_moves(run.journals)

    def rank(item: tuple[Move, int]) -> tuple[int, Move]:
        return -item[1], item[0]

    for move, times in sorted(moves.items(), key=rank):
        via = ROUTES.get((move.start, move.request))
        asked = move.request if via is None else f"{move.request} (through {via})"
        table.add_row(move.start, asked, move.end, f"{times:,}")
    yield table
    pairs = {(move.start, move.request) for move in moves}
    missed = iter([f"{start} -> {request}" for start, request in sorted(DECLARED - pairs)])
    yield (
        f"{len(pairs & DECLARED)} of the {len(DECLARED)} declared pairs and "
        f"{len(pairs & ROUTES.keys())} of the {len(ROUTES)} routes have fired. Not in this run:"
    )
    while line := list(islice(missed, _MISSED_A_LINE)):
        yield "  " + ", ".join(line)


def events(run: Run) -> RenderableType:
    """The events that were handled, by kind."""
    table = Table(box=SIMPLE_HEAD, title="Events that were handled", title_justify="left")
    table.add_column("event")
    table.add_column("times", justify="right")
    for name, times in all_events(run.journals).most_common():
        table.add_row(name, f"{times:,}")
    return table


def processes(run: Run) -> Iterator[RenderableType]:
    """The worker processes, and what the killed one was at."""
    table = Table(box=SIMPLE_HEAD, title="Worker processes", title_justify="left")
    for heading in ("process", "tasks computed", "events", "transitions", "events a second"):
        table.add_column(heading, justify="right")
    for journal in run.journals:
        events = journal.events.total()
        table.add_row(
            str(journal.pid),
            f"{journal.computed:,}",
            f"{events:,}",
            f"{journal.moves.total():,}",
            f"{_a_second(events, journal.nanoseconds / 1e9)}",
        )
    yield table
    for journal in run.journals:
        if journal.pid in run.killed:
            step = (
                f"in the middle of a {journal.in_hand}" if journal.in_hand else "between two steps"
            )
            yield (
                f"{journal.pid} was killed {step}, tasks in its threads: "
                f"{journal.resting_in('executing')}. All steps that it had finished are counted."
            )
    for machine in dict.fromkeys(journal.machine for journal in run.journals):
        count = sum(journal.machine == machine for journal in run.journals)
        yield f"{count} of {len(run.journals)} processes ran {machine}."


def speed(run: Run) -> Iterator[str]:
    """Handled events per second, measured in two ways."""
    count = all_events(run.journals).total()
    inside = sum(journal.nanoseconds for journal in run.journals) / 1e9
    yield (
        f"{count:,} events took handle_stimulus {inside:.2f} s of processor time: "
        f"{_a_second(count, inside)} events a second."
    )
    yield (
        f"With all that the workers did beside, they took {run.seconds:.1f} s: "
        f"{_a_second(count, run.seconds)} events a second."
    )


def _a_second(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}" if seconds else "-"
