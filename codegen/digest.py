"""What the files of a spec are called in what is generated, and the hash that tells versions apart.

Knows names and texts; reads nothing. The generator writes both down, coverage compares them.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Mapping


def output_name(path: str, root: str, spec_name: str) -> str:
    """How the source ``path`` is called in what is generated, the same on every machine: ``spec_name``
    for the root file, and for an included one its place beside that."""
    if path == root:
        return spec_name
    beside = os.path.relpath(path, os.path.dirname(root) or ".").replace(os.sep, "/")
    return posixpath.join(posixpath.dirname(spec_name), beside)


def named_sources(sources: Mapping[str, str], spec_name: str) -> dict[str, str]:
    """The texts of a spec (by path, root first) under the names that they have in the output."""
    root = next(iter(sources), "")
    return {output_name(path, root, spec_name): text for path, text in sources.items()}


def spec_hash(sources: Mapping[str, str], spec_name: str) -> str:
    """The SHA-256 of all texts of a spec with their names, hexadecimal."""
    digest = hashlib.sha256()
    for part in (part for item in named_sources(sources, spec_name).items() for part in item):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
