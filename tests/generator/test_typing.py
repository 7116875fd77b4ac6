"""Generated code satisfies the strictest checkers, and they catch what misuses it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from .building import DATA, ROOT, machine, write

Checker: TypeAlias = Callable[..., dict[str, int]]

SPEC = (
    machine(
        transitions="  idle -> red: {becomes: red, emit: 'Fetch(url=ball.name)'}\n",
        events="  Fetched: {fields: {url: str, size: int}}\n  Failed: {fields: {url: str}}",
        handlers="""\
  Fetched: {ignore: fine}
  Failed: {ignore: fine}
""",
    )
    .replace(
        "  Tell: {fields: {text: str}, runs: send}\n",
        """\
  Tell: {fields: {text: str}, runs: send}
  Fetch: {fields: {url: str}, runs: coroutine, outcomes: [Fetched, Failed]}
""",
    )
    .replace("[Fetched, Failed]}\n", "[Fetched, Failed]}\n", 1)
)

GOOD = """\
from collections.abc import Collection
from box import Ball, Box, BoxHandlers, Failed, Fetch, Fetched, FetchOutcome, Put, Tell


class Handlers:
    async def fetch(self, instruction: Fetch, /) -> Collection[FetchOutcome]:
        return [Fetched(instruction.url, 3)]

    def tell(self, instruction: Tell, /) -> None:
        print(instruction.to_message())


def use(handlers: BoxHandlers) -> None:
    box = Box(validate=True)
    for instruction in box.handle(Put("a", "red", stimulus_id="x")):
        match instruction:
            case Fetch(url=url):
                print(url)
            case Tell():
                print(instruction.text)
    ball: Ball = box.balls["a"]
    print(ball.state == "idle", box.handle(Failed(url="a")))


use(Handlers())
"""

BAD = {
    "a wrong payload": ('Put("a", "red"', 'Put("a", 7'),
    "a payload that is missing": ('Put("a", "red"', 'Put("a"'),
    "an unknown event": ('Failed(url="a")', 'Ball("a")'),
    "an unknown option": ("validate=True", "validated=True"),
    "a state that does not exist": (
        'ball: Ball = box.balls["a"]',
        'box.balls["a"].state = "green"',
    ),
    "a missing handler method": ("def tell(", "def told("),
    "a handler that is no coroutine": ("async def fetch", "def fetch"),
    "an outcome outside the contract": (
        "-> Collection[FetchOutcome]:\n        return [Fetched(instruction.url, 3)]",
        '-> Collection[Put]:\n        return [Put("a", "b")]',
    ),
    "an instruction that has no such field": ("print(instruction.text)", "print(instruction.txt)"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package ``box``, a good user of it, and one bad one for each way to misuse it."""
    folder = tmp_path_factory.mktemp("typing")
    write(folder, SPEC)
    (folder / "out" / "good.py").write_text(GOOD)
    for n, (old, new) in enumerate(BAD.values()):
        assert old in GOOD
        (folder / "out" / f"bad{n}.py").write_text(GOOD.replace(old, new, 1))
    return folder / "out"


def mypy(folder: Path, *paths: str) -> dict[str, int]:
    """The number of errors of each file that has some."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--hide-error-context",
    ]
    environment = {**os.environ, "MYPYPATH": str(ROOT / ".dev")}
    options = ["--explicit-package-bases", "--cache-dir", str(folder.parent / "cache")]
    done = subprocess.run(
        [*command, *options, *paths],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, int] = {}
    for line in done.stdout.splitlines():
        match = re.match(r"(\S+?):\d+: error:", line)
        if match:
            found[match[1]] = found.get(match[1], 0) + 1
    return found


def pyright(folder: Path, *paths: str) -> dict[str, int]:
    """The number of errors of each file that has some, by the strict rules."""
    settings = {
        "typeCheckingMode": "strict",
        "extraPaths": [str(ROOT / ".dev"), "."],
        "include": list(paths) or ["."],
        "venvPath": str(ROOT),
        "venv": ".venv",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson"]
    done = subprocess.run([*command], cwd=folder, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"]
    found: dict[str, int] = {}
    for diagnostic in report["generalDiagnostics"]:
        if diagnostic["severity"] == "error":
            name = Path(diagnostic["file"]).relative_to(folder).as_posix()
            found[name] = found.get(name, 0) + 1
    return found


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_each_misuse_is_an_error_and_the_proper_use_is_none(
    project: Path, checker: Checker
) -> None:
    found = checker(project, *sorted(p.name for p in project.glob("*.py")))
    missed = [name for n, name in enumerate(BAD) if f"bad{n}.py" not in found]
    assert missed == []
    assert set(found) == {f"bad{n}.py" for n in range(len(BAD))}


EVERY = (DATA / "every.yaml").read_text()


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of a machine that uses every part of the language."""
    return write(tmp_path_factory.mktemp("every"), EVERY)


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_machine_with_everything_is_clean(every: Path, checker: Checker) -> None:
    assert checker(every.parent, every.name) == {}


def test_a_machine_with_everything_satisfies_the_linter_and_the_formatter(every: Path) -> None:
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config, str(every)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_nothing_is_imported_that_is_not_used(every: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,I", str(every)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
