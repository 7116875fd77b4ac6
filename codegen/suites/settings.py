"""Where a project keeps generated tests: its ``pyproject.toml`` says, or the command line."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadSettings(ValueError):
    """The settings of a project can't be read. Mend the file that the message names."""


@dataclass(frozen=True)
class Settings:
    """``folder``: where the tests go, None for nowhere. ``package``: the dotted name of what holds the
    generated packages."""

    folder: Path | None
    package: str


def settings(project: Path, out: Path, folder: Path | None) -> Settings:
    """The settings of the project in a folder whose packages go to ``out``; ``folder`` is what was said on
    the command line. ``BadSettings`` if they are wrong."""
    found = _read(project / "pyproject.toml")
    if folder is None and "tests" in found:
        folder = Path(os.path.relpath(project / found["tests"]))
    inside = os.path.relpath(out, project).split(os.sep)
    dotted = ".".join(inside) if all(part.isidentifier() for part in inside) else ""
    return Settings(folder, found.get("package", dotted))


def _read(path: Path) -> dict[str, str]:
    try:
        whole: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadSettings(f"{path}: {error}") from None
    ours = whole.get("tool", {}).get("lawful", {})
    for name in ("tests", "package"):
        if not isinstance(ours.get(name, ""), str):
            raise BadSettings(f"{path}: [tool.lawful] {name} is a text")
    return {name: ours[name] for name in ("tests", "package") if name in ours}
