"""Formatting of generated Python with ruff, all files in one process.

The release of ruff is pinned by the project, so that everybody gets the same bytes. Knows nothing of
specs.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it ships no types

OPTIONS = (
    "--isolated",
    "--no-cache",
    "--target-version",
    "py311",
)
_FORMAT = ("format", "--line-length", "100")
_SORT = ("check", "--fix", "--select", "I", "--config")


class FormattingFailed(Exception):
    """ruff could not format what we wrote: a mistake of the generator."""


def format_python(
    files: Mapping[PurePosixPath, str], *, first_party: str | None = None
) -> dict[PurePosixPath, str]:
    """The files formatted; those that are no Python stay as they are. With ``first_party``, the name of the
    package that they belong to, their imports are sorted as well."""
    python = [path for path in files if path.suffix == ".py"]
    with tempfile.TemporaryDirectory(prefix="lawful-") as folder:
        # Names of our own: those of the spec's are nobody's business here.
        copies = {path: Path(folder, f"{n}.py") for n, path in enumerate(python)}
        for path, copy in copies.items():
            copy.write_text(files[path], encoding="utf-8", newline="\n")
        if first_party is not None:
            _ruff(*_SORT, f'lint.isort.known-first-party=["{first_party}"]', folder)
        _ruff(*_FORMAT, folder)
        formatted = {path: copy.read_text(encoding="utf-8") for path, copy in copies.items()}
    return {path: formatted.get(path, text) for path, text in files.items()}


def _ruff(*arguments: str) -> None:
    command = [find_ruff_bin(), *arguments, *OPTIONS, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise FormattingFailed(done.stderr.strip())
