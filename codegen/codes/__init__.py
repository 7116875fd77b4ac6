"""The catalogue of diagnostic codes: what each means, an example, the cure.

The entries are data, in the YAML files beside this one: ``LFnnn: {title, why, example, cure}``. An
example is a whole spec that yields exactly its code; with ``fragment: true`` it only shows the thing,
because no single file can (a missing file, one of 6 MB). ``files`` are files that lie beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Entry:
    """What there is to say about a code. ``source`` is the catalogue file it stands in, without suffix."""

    code: str
    title: str
    why: str
    example: str
    cure: str
    source: str
    fragment: bool = False
    files: Mapping[str, str] = field(default_factory=dict)


@cache
def catalogue() -> Mapping[str, Entry]:
    """Every code, in the order of the codes.

    Raises ValueError where a catalogue file isn't as it should be.
    """
    entries: dict[str, Entry] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for code, entry in content.items():
            if code in entries:
                raise ValueError(f"{path.name}: {code} stands in {entries[code].source}.yaml, too")
            entries[code] = _entry(code, entry, path)
    return dict(sorted(entries.items()))


def _entry(code: str, entry: Any, path: Path) -> Entry:
    try:
        return Entry(code=code, source=path.stem, **entry)
    except TypeError as error:
        raise ValueError(f"{path.name}: {code}: {error}") from None
