"""A story and a result in words, as a Mermaid sequence and as JSON. Knows stories and results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ..plain import one_line
from .story import Beat, Change, Story
from .verdicts import Result, Verdict, overall
from .walks import Walked


@dataclass(frozen=True)
class Report:
    """What is said of one environment: in words and as data. ``ended``: the user had seen enough."""

    verdict: Verdict
    text: str
    data: dict[str, Any]
    stories: tuple[Story, ...]
    vacuous: int = 0
    ended: bool = False


def report(result: Result, stories: tuple[Story, ...]) -> Report:
    """The report of a search."""
    return Report(
        result.verdict,
        "\n".join([result_text(result), *map(story_text, stories)]),
        result_data(result, stories),
        stories,
        len(result.vacuous),
        result.search.stopped == "interrupted",
    )


def walks_report(name: str, walked: Walked, story: Story | None) -> Report:
    """The report of random walks. They prove nothing."""
    stories = () if story is None else (story,)
    return Report(
        Verdict.refuted if stories else Verdict.undetermined,
        "\n".join([walks_text(name, walked), *map(story_text, stories)]),
        walks_data(name, walked, story),
        stories,
        ended=walked.interrupted,
    )


def verdict_text(reports: Iterable[Report]) -> str:
    """The last line: what is to be said of all worlds together."""
    found = list(reports)
    vacuous = sum(one.vacuous for one in found)
    verdict = overall(one.verdict for one in found)
    hint = f" ({vacuous} of it vacuously)" if vacuous and verdict is Verdict.proved else ""
    return f"{verdict}{hint}\n"


def story_text(story: Story) -> str:
    """The story, a few lines for each event."""
    steps = f"{story.steps} step{'' if story.steps == 1 else 's'}"
    lines = [f'{story.claim} ({steps}, in the world "{story.environment}"):']
    number = 0
    for n, beat in enumerate(story.beats):
        if n == story.again:
            lines.append("  From here on it goes round for ever:")
        number += beat.kind != "begins"
        mark = "   " if beat.kind == "begins" else f"{number:>3}"
        lines.append(f"{mark}. {sentence(beat)}")
        lines += [f"       {line}" for line in _consequences(beat)]
    lines.append(f"  So: {story.failure}")
    if story.open:
        lines.append(f"  Open: {', '.join(map(str, story.open))}")
    return "\n".join(map(one_line, lines)) + "\n"


def sentence(beat: Beat) -> str:
    """What happens in a step, as a sentence."""
    match beat.kind:
        case "begins":
            return f"It begins with {beat.event}." if beat.event else "It begins here."
        case "comes":
            return f"{beat.event} comes."
        case "is sent":
            return f"{beat.event} is sent into {beat.channel}."
        case "arrives":
            return f"{beat.event} arrives out of {beat.channel}."
        case "ends":
            return f"{beat.instruction} ends with {beat.event}."
        case "tells":
            return f"{beat.instruction} tells {beat.event}."
        case "is heard":
            return f"{beat.instruction} is heard out of {beat.channel}."
    return f"{beat.name} happens."


def _consequences(beat: Beat) -> Iterator[str]:
    whose: dict[str, list[Change]] = {}
    for change in beat.changes:
        whose.setdefault(change.whose, []).append(change)
    for name, changes in whose.items():
        state = next((c for c in changes if c.field == "state"), None)
        if state is not None and state.after is None:
            yield f"{name} is gone"
            continue
        if state is not None and state.before is None:
            rest = [_change(c) for c in changes if c is not state]
            yield f"{name} is new: {', '.join([f'state {state.after}', *rest])}"
            continue
        told = ", ".join(map(_change, changes))
        yield f"{name}: {told}" if name else told
    for emitted in beat.emitted:
        yield f"out: {emitted}"


def _change(change: Change) -> str:
    return f"{change.field} {change.before} → {change.after}"


def story_mermaid(story: Story) -> str:
    """The story as a sequence diagram."""
    lines = [
        "sequenceDiagram",
        "    participant W as world",
        f"    participant M as {story.machine}",
    ]
    for n, beat in enumerate(story.beats):
        if n == story.again:
            lines.append("    loop for ever")
        lines += [f"    {line}" for line in _arrows(beat)]
    if story.again is not None:
        lines.append("    end")
    lines.append(f"    note over M: {_escaped(story.failure)}")
    return "\n".join(lines) + "\n"


def _arrows(beat: Beat) -> Iterator[str]:
    match beat.kind:
        case "is sent":
            yield f"note over W: sends {_escaped(str(beat.event))}"
        case "is heard":
            yield f"M-->>W: {_escaped(str(beat.instruction))}"
        case "happens":
            yield f"note over W: {_escaped(beat.name)}"
        case _:
            yield f"W->>M: {_escaped(str(beat.event))}"
    changed = [f"{c.whose} {c.after}" for c in beat.changes if c.field == "state"]
    if changed:
        yield f"note over M: {_escaped(', '.join(changed))}"
    for emitted in beat.emitted:
        yield f"M->>W: {_escaped(str(emitted))}"


def _escaped(text: str) -> str:
    """No character that Mermaid or HTML would take for one of its own."""
    plain = one_line(text)
    return "".join(f"#{ord(c)};" if c in '#;:<>&"`\\' else c for c in plain)


def result_text(result: Result) -> str:
    """The numbers and a line for each finding."""
    search = result.search
    progress = search.progress
    name = f"{search.world.spec.machine}, {search.world.environment.name}"
    rate = progress.states / max(progress.seconds, 1e-9)
    lines = [
        f"{name}: {progress.states:,} states, {progress.edges:,} edges, depth {search.depth}, "
        f"{progress.seconds:.1f} s ({rate:,.0f} states/s), {search.bytes_per_state:.0f} bytes a state"
    ]
    if search.stopped is not None:
        lines.append(f"  Not everything was seen: {STOPPED[search.stopped]}.")
    for finding in result.findings:
        line = f"  {finding.verdict:<12} {finding.name}"
        if finding.violation is not None:
            line += f" ({finding.violation.failure.claim})" * (
                finding.violation.failure.claim != finding.name
            )
        if finding.vacuous is not None:
            line += f" — but {finding.vacuous}"
        lines.append(line)
    return "\n".join(map(one_line, lines)) + "\n"


STOPPED = {
    "depth": "the greatest depth was reached",
    "states": "the greatest number of states was reached",
    "memory": "the memory that was allowed is used up",
    "time": "the time that was allowed is over",
    "interrupted": "it was interrupted",
    "refuted": "it was stopped at what failed",
}
"""Why a search ended before everything was seen, in words."""


def walks_text(name: str, walked: Walked) -> str:
    """How far the walks came."""
    plural = "" if walked.walks == 1 else "s"
    line = (
        f"{name}: {walked.walks:,} walk{plural}, {walked.steps:,} steps, "
        f"{walked.states:,} different states"
    )
    if walked.fall is not None:
        line += f"; one failed after {walked.found} steps, {walked.fall.length} of which are needed"
    return one_line(line + " (interrupted)" * walked.interrupted) + "\n"


def walks_data(name: str, walked: Walked, story: Story | None) -> dict[str, Any]:
    """The walks as data for JSON."""
    return {
        "environment": name,
        "walks": walked.walks,
        "steps": walked.steps,
        "states": walked.states,
        "interrupted": walked.interrupted,
        "story": None if story is None else story_data(story),
    }


def result_data(result: Result, stories: Iterable[Story]) -> dict[str, Any]:
    """The result as data for JSON. Nothing in it depends on the speed of the computer but ``seconds``."""
    search = result.search
    return {
        "machine": search.world.spec.machine,
        "environment": search.world.environment.name,
        "verdict": result.verdict.value,
        "states": search.progress.states,
        "edges": search.progress.edges,
        "self_loops": search.self_loops,
        "terminal": search.terminal,
        "at_rest": search.resting,
        "depth": search.depth,
        "levels": search.levels,
        "stopped": search.stopped,
        "seconds": round(search.progress.seconds, 3),
        "bytes_per_state": round(search.bytes_per_state, 1),
        "findings": [
            {
                "kind": finding.kind,
                "name": finding.name,
                "verdict": finding.verdict.value,
                "vacuous": finding.vacuous,
                "claim": None if finding.violation is None else finding.violation.failure.claim,
                "steps": None if finding.violation is None else finding.violation.length,
            }
            for finding in result.findings
        ],
        "stories": [story_data(story) for story in stories],
    }


def story_data(story: Story) -> dict[str, Any]:
    """The story as data for JSON."""
    return {**asdict(story), "steps": story.steps, "mermaid": story_mermaid(story)}
