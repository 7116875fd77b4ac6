"""What was measured, as JSON and as tables. ``figures.json`` holds the run that the README shows."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .memory import Size
from .speed import Ratio, Speed

FIGURES = Path(__file__).resolve().with_name("figures.json")
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Figures:
    """One run. ``commit`` ends with ``+`` if the tree had changes that are in no commit."""

    date: str
    commit: str
    python: str
    distributed: str
    machine: str
    rounds: int
    speed: list[Speed]
    memory: list[Size]


def figures(rounds: int, speed: list[Speed], memory: list[Size]) -> Figures:
    """What was measured, with where and when."""
    return Figures(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        commit=(_git("rev-parse", "--short", "HEAD") or "unknown")
        + ("+" if _git("status", "--porcelain", "codegen", "generated", "runtime") else ""),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        distributed=version("distributed"),
        machine=f"{os.cpu_count()} cores of {_processor()}",
        rounds=rounds,
        speed=speed,
        memory=memory,
    )


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()  # nothing outside of a checkout


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def write(found: Figures, path: Path) -> None:
    """Write the figures, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    new.replace(path)


def read(path: Path = FIGURES) -> Figures:
    """The figures of a file that ``write`` has written."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found["speed"] = [
        Speed(**{**row, "ratio": Ratio(**row["ratio"]), "bare_ratio": Ratio(**row["bare_ratio"])})
        for row in found["speed"]
    ]
    found["memory"] = [Size(**row) for row in found["memory"]]
    return Figures(**found)


def table(found: Figures) -> str:
    """For the terminal."""
    heads = ("workload", "events", "upstream/s", "ours/s", "ratio", "rounds", "bare/s", "ratio")
    lines = ["{:30} {:>6} {:>11} {:>9} {:>6} {:>13} {:>9} {:>6}".format(*heads)]
    for row in found.speed:
        spread = f"{row.ratio.least:.2f}..{row.ratio.most:.2f}"
        lines.append(
            f"{row.about:30} {row.events:6,} {row.upstream:11,.0f} {row.ours:9,.0f}"
            f" {row.ratio.median:6.2f} {spread:>13} {row.bare:9,.0f} {row.bare_ratio.median:6.2f}"
        )
    if found.memory:
        lines += [
            "",
            "{:30} {:>6} {:>11} {:>9} {:>6}".format(
                "bytes a task", "tasks", "upstream", "ours", "share"
            ),
        ]
    for size in found.memory:
        lines.append(
            f"{size.state:30} {size.tasks:6,} {size.upstream:11,.0f} {size.ours:9,.0f}"
            f" {size.ours / size.upstream:6.0%}"
        )
    return "\n".join(lines)


def markdown(found: Figures) -> str:
    """For the README."""
    lines = [
        "| handled events a second | dask's | ours | times as many | least and most of the rounds |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in found.speed:
        lines.append(
            f"| {row.about} | {row.upstream:,.0f} | {row.ours:,.0f} | {row.ratio.median:.2f} |"
            f" {row.ratio.least:.2f} to {row.ratio.most:.2f} |"
        )
    lines += [
        "",
        "| bytes a task | dask's | ours |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {size.state} | {size.upstream:,.0f} | {size.ours:,.0f} |" for size in found.memory
    ]
    lines += ["", said(found)]
    return "\n".join(lines)


def said(found: Figures) -> str:
    """Where and when, in a line."""
    return (
        f"{found.rounds} rounds on {found.date}, commit {found.commit}, {found.python},"
        f" distributed {found.distributed}, {found.machine}."
    )
