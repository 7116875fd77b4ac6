"""Where a project keeps what is generated: the command line says, or its ``pyproject.toml``, or it is as usual."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .naming import package_name

_NAMES = ("out", "tests", "package")  # of the table [tool.lawful]


class BadSettings(ValueError):
    """The settings of a project can't be read. Mend the file that the message names."""


@dataclass(frozen=True)
class Settings:
    """``folder``: where the tests go, None for nowhere. ``package``: the dotted name of what holds the
    generated packages."""

    folder: Path | None
    package: str

    def of(self, machine: str) -> str:
        """The dotted name of the generated package of a machine."""
        return f"{self.package}.{package_name(machine)}".strip(".")


NO_TESTS = Settings(None, "")


def output(spec: Path, given: Path | None) -> Path:
    """The folder that the packages of a spec go into: the one that was ``given`` on the command line, or the
    one that the nearest ``pyproject.toml`` above the spec names, or ``generated``, here.

    ``BadSettings`` if that file can't be read, or names a folder outside of its own.
    """
    if given is not None:
        return given
    for folder in Path(os.path.abspath(spec)).parents:
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        named = _read(file).get("out")
        if named is None:
            break
        inside = os.path.normpath(named)
        if os.path.isabs(inside) or inside.split(os.sep)[0] == os.pardir:
            raise BadSettings(f"{file}: [tool.lawful] out leads out of the project")
        return Path(os.path.relpath(folder / inside))
    return Path("generated")


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
    for name in _NAMES:
        if not isinstance(ours.get(name, ""), str):
            raise BadSettings(f"{path}: [tool.lawful] {name} is a text")
    return {name: ours[name] for name in _NAMES if name in ours}
