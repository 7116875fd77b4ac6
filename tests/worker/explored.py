"""Walks of the worker's environments: what is proved, and how much there was to see.

``python -m tests.worker.explored`` walks all of them, or those whose names begin as is said, and prints a
line for each; exit code 1 if one is not proved. ``--save`` keeps the figures in ``explored.json``;
``--show`` prints them as the table of the README, without walking.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.explorer.exploring import Explored, explore
from lawful.codegen.explorer.search import Limits
from lawful.codegen.explorer.verdicts import Verdict

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "spec/worker"
KEPT = Path(__file__).with_name("explored.json")


@dataclass(frozen=True)
class Figures:
    """Of one walk: distinct states, edges, seconds of the processor, and bytes that a state takes in memory."""

    verdict: str
    states: int
    edges: int
    seconds: float
    bytes: int


@cache
def worker(folder: Path = SPEC) -> CheckedSpec:
    spec, found = check(folder / "machine.yaml", allow_bind=True)
    assert spec is not None, [f"{d.span}: {d.message}" for d in found]
    return spec


def walked(name: str, spec: CheckedSpec | None = None, limits: Limits = Limits()) -> Explored:  # noqa: B008  nobody changes it
    """A walk through one environment of the worker, whole unless it is limited."""
    return explore(spec or worker(), name, limits=limits)


def figures(name: str, limits: Limits) -> Figures:
    """Walk, and count. The processor's time says the same on a machine that does other things as well."""
    begin = time.process_time()
    found = walked(name, limits=limits)
    seconds = time.process_time() - begin
    search = found.result.search
    progress = search.progress
    return Figures(
        str(found.result.verdict),
        progress.states,
        progress.edges,
        round(seconds, 1),
        round(search.bytes_per_state),
    )


def table(kept: dict[str, Figures]) -> str:
    lines = [
        "| environment | verdict | states | edges | seconds | bytes a state |",
        "|-|-|-:|-:|-:|-:|",
    ]
    lines += [
        f"| {name} | {f.verdict} | {f.states:,} | {f.edges:,} | {f.seconds:,.0f} | {f.bytes:,} |"
        for name, f in kept.items()
    ]
    return "\n".join(lines)


def read() -> dict[str, Figures]:
    """The figures that are kept, in the order of the environments."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    return {name: Figures(**one) for name, one in kept.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.worker.explored", description=__doc__)
    parser.add_argument("begin", nargs="*", help="only environments whose names begin like this")
    parser.add_argument("--memory", type=int, default=6_000_000_000, help="bytes of the process")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args(arguments)
    if given.show:
        print(table(read()))
        return 0
    new: dict[str, Figures] = {}
    for name in worker().environments:
        if name.startswith(tuple(given.begin) or ""):
            new[name] = one = figures(name, Limits(memory=given.memory))
            print(f"{name}: {one.verdict}, {one.states:,} states, {one.seconds:.1f} s", flush=True)
    if given.save:
        known = (read() if KEPT.exists() else {}) | new
        kept = {name: asdict(known[name]) for name in worker().environments if name in known}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return 0 if all(one.verdict == Verdict.proved for one in new.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
