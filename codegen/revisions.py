"""Specs of git revisions: ``HEAD~3:spec/worker`` is read into a temporary folder.

Runs git, which only reads. Nothing but plain YAML files below the spec's own folder is taken out, no
links, so a spec of a revision can't reach out of its folder either.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from .diagnostics import Diagnostics, Span
from .source import MAX_BYTES

_SUFFIXES = (".yaml", ".yml")
_PLAIN_FILES = ("100644", "100755")
_MAX_FILES = 10_000


class NoSuchRevision(Exception):
    """Git doesn't have it, or there is no git here; the message says what it says."""


@dataclass(frozen=True)
class Located:
    """A spec on the disk. ``path`` is where it can be read, ``named`` how the user calls it; places in
    ``folder`` are shown behind ``prefix``, which ends in a slash or a colon."""

    path: Path
    named: str
    folder: str = ""
    prefix: str = ""

    def shown(self, text: str) -> str:
        """A path or a message, its paths as the user would write them."""
        if not self.folder:
            return text
        below = text.replace(f"{self.folder}/", self.prefix)
        return below.replace(self.folder, self.prefix.rstrip("/"))

    def place(self, span: Span) -> str:
        return f"{self.shown(span.path)}:{span.line}"

    def diagnostics(self, found: Diagnostics) -> Diagnostics:
        """What was found, its places as the user would write them."""
        told = Diagnostics()
        told.sources.update({self.shown(path): text for path, text in found.sources.items()})
        for d in found:
            related = tuple(replace(r, span=self._span(r.span)) for r in d.related)
            told.found[
                replace(
                    d, span=self._span(d.span), message=self.shown(d.message),
                    hint=self.shown(d.hint), related=related,
                )
            ] = None  # fmt: skip
        return told

    def _span(self, span: Span) -> Span:
        return replace(span, path=self.shown(span.path))


@contextmanager
def located(name: str) -> Iterator[Located]:
    """The spec that ``name`` stands for, a path or ``REVISION:path``, for as long as the block runs.

    As with git the path counts from the top of the repository, and from here if it begins with ``./``.
    Raises ``NoSuchRevision``.
    """
    revision, colon, path = name.partition(":")
    if not colon or Path(name).exists() or len(revision) < 2:  # "C:" is a drive
        yield Located(Path(name), name)
        return
    kind = _git("cat-file", "-t", _resolved(revision, path, name)).decode().strip()
    whole = kind == "tree"
    file = "" if whole else PurePosixPath(path).name
    parent = path if whole else path.removesuffix(file)
    below = f"{parent.rstrip('/')}/" if parent else ""
    tree = _resolved(revision, below, name)
    with tempfile.TemporaryDirectory(prefix="lawful-") as folder:
        _write(tree, Path(folder))
        yield Located(Path(folder) / file, name, Path(folder).as_posix(), f"{revision}:{below}")


def _resolved(revision: str, path: str, name: str) -> str:
    try:
        found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}:{path}")
    except NoSuchRevision as error:
        said = str(error) or "check the revision and the path (from the top of the repository)"
        raise NoSuchRevision(f'git has no "{name}": {said}') from None
    return found.decode().strip()


def _write(tree: str, folder: Path) -> None:
    """The YAML files of a tree, and nothing else of it."""
    entries = _git("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")
    told = [re.fullmatch(rb"(\d+) blob ([0-9a-f]+)\t(.+)", e, re.DOTALL) for e in entries]
    files: dict[str, str] = {}
    for entry in filter(None, told):
        mode, blob, path = (part.decode("utf-8", "surrogateescape") for part in entry.groups())
        plain = mode in _PLAIN_FILES and path.endswith(_SUFFIXES)
        if plain and not any(part in ("", ".", "..") for part in path.split("/")):
            files[path] = blob
    if len(files) > _MAX_FILES:
        raise NoSuchRevision(
            f"there are more than {_MAX_FILES:,} YAML files below the spec's folder"
        )
    contents = _contents(list(files.values()))
    for path, content in zip(files, contents, strict=True):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _contents(blobs: list[str]) -> Iterator[bytes]:
    """The bytes of each blob; of one that is too large for a spec, as many as show that."""
    answer = _git("cat-file", "--batch", given="".join(f"{blob}\n" for blob in blobs).encode())
    at = 0
    for _ in blobs:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split(b" ")[2])
        yield answer[end + 1 : end + 1 + min(size, MAX_BYTES + 1)]
        at = end + 1 + size + 1


def _git(*arguments: str, given: bytes | None = None) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments], input=given or b"", capture_output=True, check=False
        )
    except OSError as error:
        raise NoSuchRevision(f"git can't be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")
        raise NoSuchRevision(said[0].removeprefix("fatal: "))
    return done.stdout
