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
    "format",
    "--isolated",
    "--no-cache",
    "--line-length",
    "100",
    "--target-version",
    "py311",
)


class FormattingFailed(Exception):
    """ruff could not format what we wrote: a mistake of the generator."""


def format_python(files: Mapping[PurePosixPath, str]) -> dict[PurePosixPath, str]:
    """The files formatted; those that are no Python stay as they are."""
    python = [path for path in files if path.suffix == ".py"]
    with tempfile.TemporaryDirectory(prefix="lawful-") as folder:
        # Names of our own: those of the spec's are nobody's business here.
        copies = {path: Path(folder, f"{n}.py") for n, path in enumerate(python)}
        for path, copy in copies.items():
            copy.write_text(files[path], encoding="utf-8", newline="\n")
        command = [find_ruff_bin(), *OPTIONS, "--quiet", folder]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode:
            raise FormattingFailed(done.stderr.strip())
        formatted = {path: copy.read_text(encoding="utf-8") for path, copy in copies.items()}
    return {path: formatted.get(path, text) for path, text in files.items()}
