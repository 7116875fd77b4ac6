"""The known bugs, put back into the spec of the worker one at a time, and explored."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.explorer.exploring import Explored, explore

HERE = Path(__file__).parent
WORKER = HERE.parents[1] / "spec/worker"
WORLDS = HERE / "worlds.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Strict):
    """A text of a file of the spec, found there exactly once, and what is put in its place."""

    file: str
    find: str
    put: str


class Bug(_Strict):
    """A bug that was mended, and the changes that take the mending out again.

    ``issue`` is its number upstream, ``mended`` the release that mended it, ``about`` what went wrong.
    ``world`` is the environment that shows it, ``setting`` what has to be changed for that, and ``fails`` the
    claim that doesn't hold there.
    """

    bug: str
    issue: str
    mended: str
    about: str
    world: str
    setting: tuple[Change, ...] = ()
    changes: tuple[Change, ...]
    fails: str


class Elsewhere(_Strict):
    """A bug that no change of the spec brings back."""

    issue: str
    about: str
    because: str


class Known(_Strict):
    """All of ``bugs.yaml``, in its order."""

    bugs: tuple[Bug, ...]
    elsewhere: tuple[Elsewhere, ...]


class MovedOn(Exception):
    """The spec isn't what a change was written for any more."""


@cache
def known() -> Known:
    with (HERE / "bugs.yaml").open(encoding="utf-8") as file:
        entries: dict[str, Any] = yaml.safe_load(file)
    return Known(**entries)


def put(change: Change, folder: Path) -> None:
    """Change a file of the spec in this folder."""
    path = folder / change.file
    text = path.read_text(encoding="utf-8")
    times = text.count(change.find)
    if times != 1:
        raise MovedOn(f"{change.file} has this {times} times, not once:\n{change.find}")
    path.write_text(text.replace(change.find, change.put), encoding="utf-8")


def write(folder: Path, changes: Sequence[Change] = (), worlds: Path = WORLDS) -> Path:
    """Write the worker's spec with these changes to a new folder; the path of its root file.

    Its environments are those of ``worlds``, a file of ours, in the place of its own and of what its own can't
    reach. ``MovedOn`` if a change doesn't fit the spec.
    """
    shutil.copytree(
        WORKER, folder, ignore=shutil.ignore_patterns("environments", "unreachable.yaml")
    )
    shutil.copy(worlds, folder)
    root = folder / "machine.yaml"
    text = _OWN_WORLDS.sub("", root.read_text(encoding="utf-8"))
    root.write_text(text.replace("include:\n", f"include:\n  - {worlds.name}\n"), encoding="utf-8")
    for change in changes:
        put(change, folder)
    return root


_OWN_WORLDS = re.compile(r"^  - (environments|unreachable).*\n", re.MULTILINE)


def worker(changes: Sequence[Change] = (), worlds: Path = WORLDS) -> CheckedSpec:
    """The same, checked. ``MovedOn`` also if the changes make of the spec what is none."""
    with tempfile.TemporaryDirectory() as folder:
        spec, found = check(write(Path(folder) / "worker", changes, worlds), allow_bind=True)
    if spec is None:
        raise MovedOn("\n".join(f"{d.span}: {d.message}" for d in found))
    return spec


def with_bug(bug: Bug) -> Explored:
    """What is found in the world of a bug, up to the first that fails."""
    return explore(worker((*bug.setting, *bug.changes)), bug.world)


@cache
def without_bug(world: str, setting: tuple[Change, ...] = ()) -> Explored:
    """What is found in the same world while the mending is in its place."""
    return explore(worker(setting), world)
