"""The long profiles: ``python -m tests.nightly.run [CASES]`` writes ``tests/nightly/summary.md``.

Fuzzing runs two at a time; what is measured runs alone. Every profile is a process of its own, and one
that fails doesn't keep the others from running. Exit code 1 if any failed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.worker.explored import read as explored

ROOT = Path(__file__).resolve().parents[2]
SUMMARY = ROOT / "tests/nightly/summary.md"
CASES = 100_000
SEEDS = 2_000
CLUSTERS = 2_000
TYPED = 40  # changed specs that are generated and type-checked
LOCKSTEP = {
    "exact": 600_000,
    **dict.fromkeys(("validating", "checking", "narrow", "wide"), 100_000),
}  # events
MUTANTS = {  # of a spec: how many are judged, and how many percent of them have to be caught
    "downloader": (1_000, 100),
    "worker": (60, 90),  # of all it is 95; two or three of a sample may be among the rest
}
SMALL = 60_000  # states; what a mutant that is equivalent costs is the walk of each environment
CHANGED = 1_000  # changed specs that both take
AGREE = {  # events that the interpreter and the generated machine take side by side
    "the worker": (250_000, ("worker",)),
    "the downloader and others": (
        750_000,
        ("tutorial", "downloader", "rules", "tasks", "every", "library"),
    ),
}


@dataclass(frozen=True)
class Profile:
    """A process to run. ``show`` makes a few words for the table out of what it printed."""

    name: str
    command: tuple[str, ...]
    show: Callable[[str], str]
    whole: bool = False  # put all that it printed into the summary


@dataclass(frozen=True)
class Result:
    profile: Profile
    passed: bool
    seconds: float
    output: str

    @property
    def words(self) -> str:
        try:
            return self.profile.show(self.output)
        except (ValueError, KeyError, IndexError):
            return "no figures; see below"


def fuzzed(output: str) -> str:
    """``100,000 inputs, 231 a second, 87 codes``, or the input that failed."""
    said = json.loads(output.splitlines()[-1])
    speed = said["cases"] / said["seconds"] if said["seconds"] else 0
    words = f"{said['cases']:,} inputs, {speed:,.0f} a second, {len(said['codes'])} codes came up"
    return f"{words}, seed {said['seed']}"


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1]


def run(profile: Profile) -> Result:
    print(f"{profile.name} …", flush=True)
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *profile.command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / '.dev'}{os.pathsep}{ROOT}", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    seconds = time.perf_counter() - begin
    passed = done.returncode == 0
    output = done.stdout if passed else f"{done.stdout}\n{done.stderr}"
    result = Result(profile, passed, seconds, output)
    print(f"{profile.name}: {'passed' if passed else 'FAILED'} in {seconds:.0f} s", flush=True)
    return result


def fuzz(target: str, engine: str, cases: int) -> Profile:
    words = f"fuzz: {target}s, {engine}"
    return Profile(words, ("-m", "tests.fuzz", target, engine, str(cases)), fuzzed)


def walked(name: str) -> list[str]:
    """The environments in which mutants of a spec are looked for: of the worker, those that are small."""
    if name != "worker":
        return []
    small = [each for each, figures in explored().items() if figures.states <= SMALL]
    return [word for each in small for word in ("--environment", each)]


def profiles(cases: int) -> tuple[list[Profile], list[Profile]]:
    """Those that may run side by side, and those that must run alone."""
    engines = ["hypothesis", *(["atheris"] if importlib.util.find_spec("atheris") else [])]
    together = [fuzz(t, e, cases) for e in engines for t in ("spec", "snippet")]
    together.append(
        Profile(
            "simulate: downloader",
            ("-m", "tests.nightly.simulate", str(SEEDS)),
            last_line,
        )
    )
    together.append(
        Profile("types: changed specs", ("-m", "tests.nightly.typed", str(TYPED)), last_line)
    )
    # Not any seed: about one in two thousand meets a deadlock that upstream's machine has too.
    clusters = ("-m", "tests.worker.simulation", "--runs", str(CLUSTERS), "--seed", "4000")
    together.append(Profile("simulate: clusters of workers", clusters, last_line))
    together += [
        Profile(
            f"lock-step of the worker: {plan}",
            ("-m", "tests.worker.lockstep", "--plan", plan, "--events", str(events),
             "--seed", str(secrets.randbelow(10**9)), *(["--complete"] if plan == "exact" else [])),
            last_line,
        )
        for plan, events in LOCKSTEP.items()
    ]  # fmt: skip
    together += [
        Profile(
            f"interpreter: {name}", ("-m", "tests.nightly.agree", str(events), *specs), last_line
        )
        for name, (events, specs) in AGREE.items()
    ]
    together += [
        Profile(
            f"mutants: {name}",
            ("-m", "lawful.codegen", "mutate", f"spec/{name}", "--jobs", "1",
             "--sample", str(sample), "--seed", str(secrets.randbelow(10**9)), "--fail-under", str(percent), *walked(name)),
            last_line,
        )
        for name, (sample, percent) in MUTANTS.items()
    ]  # fmt: skip
    together.append(
        Profile(
            "interpreter: changed specs",
            ("-m", "tests.nightly.agree_changed", str(CHANGED)),
            last_line,
        )
    )
    together.append(Profile("explorer: dask's worker", ("-m", "tests.worker.explored"), last_line))
    together.append(Profile("cover: dask's worker", ("-m", "tests.worker.reached"), last_line))
    fresh = ("-m", "lawful.codegen", "generate", "--fresh", "--check", "--allow-bind", "spec")
    together.append(Profile("generated tests, found again", fresh, lambda _: "no difference"))
    together.append(Profile("explorer: large published models", ("-m", "tests.oracles"), last_line))
    alone = [
        Profile(name, ("-m", module), lambda _: "see below", whole=True)
        for name, module in (
            ("speed of machines", "tests.benchmarks"),
            ("speed of the worker", "tests.benchmarks.worker"),
            ("speed of the explorer", "tests.benchmarks.explorer"),
            ("what recording costs", "tests.benchmarks.recording"),
            ("time by the size of a spec", "tests.benchmarks.scaling"),
        )
    ]
    return together, alone


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def commit() -> str:
    """The commit that ran. Files that differ from it are named, the summary itself excepted."""
    changed = [
        line[3:]
        for line in git("status", "--porcelain", "--untracked-files=no").splitlines()
        if not line.endswith("tests/nightly/summary.md")
    ]
    return git("rev-parse", "HEAD") + (f", with changes to {', '.join(changed)}" if changed else "")


def machine() -> str:
    """Processor, cores, memory, system and Python, in a line."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            x.split(":")[1].strip() for x in info.read_text().splitlines() if "model name" in x
        ]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}, {python}"


def summary(results: Sequence[Result], begun: datetime, at: str) -> str:
    lines = [
        "# Nightly",
        "",
        "Written by `make nightly`.",
        "",
        f"* begun: {begun:%Y-%m-%d %H:%M} UTC",
        f"* commit: {at}",
        f"* machine: {machine()}",
    ]
    if not any("atheris" in r.profile.name for r in results):
        lines.append("* atheris can't be installed here; hypothesis ran alone")
    lines += ["", "| profile | result | seconds | |", "|---|---|---:|---|"]
    for r in results:
        state = "passed" if r.passed else "**failed**"
        lines.append(f"| {r.profile.name} | {state} | {r.seconds:.0f} | {r.words} |")
    for r in results:
        if r.profile.whole or not r.passed:
            text = r.output.strip().replace("```", "'''")[-20_000:]
            lines += ["", f"## {r.profile.name}", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    cases = int(arguments[0]) if arguments else CASES
    begun, at = datetime.now(UTC), commit()
    together, alone = profiles(cases)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, together))
    results += map(run, alone)
    SUMMARY.write_text(summary(results, begun, at), encoding="utf-8", newline="\n")
    print(f"written: {SUMMARY.relative_to(ROOT)}")
    return 0 if all(r.passed for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
