"""``lawful cover``: what of a machine tests cover, what they miss, and what nothing leads to."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import check_one, chosen_environments, say
from ..plain import one_line
from ..progress import Progress

if TYPE_CHECKING:
    from lawful.runtime.coverage import CoverageData

    from ..checked import CheckedSpec
    from ..coverage import Judged, Judgement
    from ..explorer.covering import Reach

UNDETERMINED = 4


_EXAMPLES = """Examples:

  lawful cover spec/a.yaml                         what the environments can reach at all

  lawful cover spec/a.yaml --coverage cov.json     what the tests of a run missed, and how to get there"""


def register(app: typer.Typer) -> None:
    app.command(
        short_help="What tests cover, and the shortest way to what they miss.", epilog=_EXAMPLES
    )(cover)


def cover(
    spec: Annotated[Path, typer.Argument(help="A spec file, or the folder of a machine.")],
    environment: Annotated[
        list[str] | None,
        typer.Option("--environment", help="Look in this one only; may be given several times."),
    ] = None,
    coverage: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What tests took: of --lawful-cov-report=json:FILE."),
    ] = None,
    item: Annotated[
        list[str] | None,
        typer.Option("--item", help="Tell the way to this item; * stands for any text."),
    ] = None,
    max_states: Annotated[
        int | None, typer.Option(min=1, help="At most so many states of each environment.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--time", min=0, help="At most so many seconds for each.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(
            min=0, max=100, metavar="PERCENT", help="Fail when less than this is covered."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All items, with their ways.")] = False,
) -> int:
    """Say of each item of coverage whether tests cover it, and if not how one gets there, or that nothing leads there.

    Without --coverage: which items the environments lead to. Exit code 0: fine. 1: less than --fail-under
    is covered, or something is unreachable and the spec doesn't say why, or says so wrongly. 2: the call is
    at fault. 4: undetermined: not everything was seen.
    """
    found = check_one(spec, warn=True)
    if isinstance(found, int):
        return found
    path, checked = found
    names = chosen_environments(checked, environment)
    if names is None:
        return 2
    data = None
    if coverage is not None:
        data = _read(coverage, checked)
        if data is None:
            return 2
    if not names and data is None:
        say("lawful: the spec declares no environment to look in", error=True)
        return 2
    from ..coverage import judge, seen_items
    from ..explorer.covering import reach
    from ..explorer.search import Limits

    limits = Limits(states=max_states, seconds=seconds)
    with Progress(f"walking through {checked.machine}") as progress:
        reached = reach(
            checked,
            names,
            spec_name=path.as_posix(),
            limits=limits,
            tell=lambda _, search: progress.search(search),
        )
    whole = not environment  # others may lead to more
    seen = None if data is None else seen_items(data)
    judgement = judge(reached, reached.items.acknowledged(), seen, whole=whole)
    wanted = _wanted(reached, judgement, item)
    if wanted is None:
        return 2
    under = fail_under is not None and judgement.percent < fail_under
    if as_json:
        told = _data(path, reached, judgement)
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        for line in _lines(checked, reached, judgement, wanted):
            sys.stdout.write(one_line(line) + "\n")
        if under:
            told_percent = f"{_percent(judgement.percent)}, and {fail_under:g} % is required"
            say(f"FAIL {checked.machine}: {told_percent}")
    if under or judgement.problems:
        return 1
    return UNDETERMINED if judgement.open and fail_under is None else 0


def _read(file: Path, spec: CheckedSpec) -> CoverageData | None:
    """Coverage data of the spec; None if it isn't that, and why has been said."""
    from lawful.runtime.coverage import CoverageData, CoverageFileError

    from ..coverage import stale

    try:
        data = CoverageData.read(file)
    except OSError as error:
        say(f"lawful: can't read {file}: {error.strerror}", error=True)
        return None
    except CoverageFileError as error:
        say(f"lawful: {error}", error=True)
        return None
    why = stale(data, spec)
    if why is not None:
        say(f"lawful: {file}: {why}", error=True)
        return None
    return data


def _wanted(
    reached: Reach, judgement: Judgement, patterns: list[str] | None
) -> list[Judged] | None:
    """The items whose ways are told: those that are named, or those that tests missed."""
    from ..coverage import Verdict

    if patterns is None:
        return judgement.of(Verdict.uncovered) if judgement.measured else []
    numbers: dict[int, None] = {}
    for pattern in patterns:
        found = reached.items.named(pattern)
        if not found:
            say(f'lawful: no item is called "{pattern}"; --json lists them', error=True)
            return None
        numbers |= dict.fromkeys(found)
    return [judgement.items[number] for number in sorted(numbers)]


# --------------------------------------------------------------------------------------- in words


def _lines(
    spec: CheckedSpec, reached: Reach, judgement: Judgement, wanted: list[Judged]
) -> Iterator[str]:
    from ..coverage import Verdict

    for walk in reached.walks:
        states = walk.search.progress.states
        note = f"; {walk.why}" if walk.why else ""
        yield f"{spec.machine}, {walk.environment}: {states:,} states{note}"
    what = "covered" if judgement.measured else "reached"
    shown = [v for v in Verdict if judgement.measured or v is not Verdict.covered]
    heads = [v if judgement.measured or v != "uncovered" else "reached" for v in shown]
    kinds = judgement.by_kind()
    width = max(map(len, kinds), default=0)
    yield f"{spec.machine}: {len(judgement.items)} items, {_percent(judgement.percent)} {what}"
    yield f"  {''.ljust(width)}  {'  '.join(heads)}"
    for kind, counts in kinds.items():
        cells = [f"{counts[v]:>{len(head)}}" for v, head in zip(shown, heads, strict=True)]
        yield f"  {kind.ljust(width)}  {'  '.join(cells)}"
    for one in wanted:
        yield from _way(reached, one, _verdict(judgement, one))
    problems = {one.number for one in judgement.problems}
    for one in judgement.of(Verdict.unreachable):
        if one.number not in problems and one.acknowledged is not None:
            yield f"unreachable: {_called(one)}: {one.acknowledged.because}"
    for one in judgement.open:
        yield f"unknown: {_called(one)}"
    for one in judgement.problems:
        yield f"FAIL {_called(one)}: {one.problem}"


def _called(one: Judged) -> str:
    return f"{one.item.span.path}:{one.item.span.line}: {one.item.id}"


def _verdict(judgement: Judgement, one: Judged) -> str:
    """Where nobody measured, it is the environments that reach an item, or don't."""
    uncovered = one.verdict == "uncovered" and not judgement.measured
    return "reached" if uncovered else one.verdict.value


def _way(reached: Reach, one: Judged, verdict: str) -> Iterator[str]:
    """An item and what leads to it, a line for each step."""
    if one.steps is None:
        yield f"{verdict}: {_called(one)}"
        return
    from ..explorer.words import sentence

    trace = reached.trace(one.number)
    steps = f"{trace.steps} step{'' if trace.steps == 1 else 's'}"
    yield f'{verdict}: {_called(one)} ({steps}, in "{trace.environment}")'
    for beat in trace.beats:
        yield f"    {sentence(beat)}"


def _percent(percent: float) -> str:
    """Rounded down, so that 100 % is said of nothing less."""
    return f"{math.floor(percent * 10) / 10:g} %"


# ---------------------------------------------------------------------------------------- as data


def _data(path: Path, reached: Reach, judgement: Judgement) -> dict[str, Any]:
    from ..explorer.words import sentence

    def ways(one: Judged) -> dict[str, Any] | None:
        if one.steps is None:
            return None
        trace = reached.trace(one.number)
        told = [sentence(beat) for beat in trace.beats]
        return {"environment": trace.environment, "steps": trace.steps, "told": told}

    return {
        "spec": path.as_posix(),
        "measured": judgement.measured,
        "percent": math.floor(judgement.percent * 10) / 10,
        "environments": [
            {
                "name": walk.environment,
                "states": walk.search.progress.states,
                "whole": walk.whole,
                "why": walk.why,
            }
            for walk in reached.walks
        ],
        "items": [
            {
                "id": one.item.id,
                "kind": one.item.kind,
                "place": f"{one.item.span.path}:{one.item.span.line}",
                "text": one.item.text,
                "verdict": _verdict(judgement, one),
                "way": ways(one),
                "acknowledged": None if one.acknowledged is None else one.acknowledged.because,
                "problem": one.problem or None,
            }
            for one in judgement.items
        ],
    }
