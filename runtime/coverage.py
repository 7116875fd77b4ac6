"""Which parts of a machine ran: the items of an instrumented twin, and data that can be added up.

The twin marks ``HITS[n] = 1`` for the item ``ITEMS[n]``; production code carries nothing. Knows
nothing of the rest of the package.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = 1  # the version of the files that `write` makes


class Item(NamedTuple):
    """Something that can run: its kind (``transition``, ``cell``, ``route``, ``branch``, …), its name
    (``File queued -> running``) and its place (``spec/tutorial.yaml:60``)."""

    kind: str
    name: str
    place: str

    @property
    def id(self) -> str:
        """What tells it from all others, in each version of the spec that has it."""
        return f"{self.kind} {self.name}"


def configuration_of(entity: Any) -> str:
    """The configuration of an entity; empty where its fields are like none that the spec lists."""
    try:
        configuration: str = entity.configuration
    except ValueError:
        return ""
    return configuration


class CoverageMismatch(ValueError):
    """Data of two different versions of a spec can't be added up. Measure again with one of them."""


class CoverageFileError(ValueError):
    """A file doesn't hold coverage data that this version can read. Delete it and measure again."""


class CoverageData:
    """How often each item of one spec was seen; in runs, not in times: a twin marks an item once.

    ``spec`` and ``spec_hash`` tell which spec; ``counts[n]`` belongs to ``items[n]``.
    """

    def __init__(
        self,
        spec: str,
        spec_hash: str,
        items: Sequence[Item],
        hits: Sequence[int] | None = None,
    ) -> None:
        self.spec = spec
        self.spec_hash = spec_hash
        self.items = tuple(items)
        self.counts = list(hits) if hits is not None else [0] * len(self.items)
        if len(self.counts) != len(self.items):
            raise CoverageMismatch(
                f"{len(self.counts)} marks for the {len(self.items)} items of {spec}"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CoverageData):
            return NotImplemented
        return self._identity() == other._identity() and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"<CoverageData of {self.spec}: {self.covered} of {len(self.items)}>"

    def _identity(self) -> tuple[Any, ...]:
        return self.spec, self.spec_hash, self.items

    @property
    def covered(self) -> int:
        """The number of items that were seen."""
        return sum(1 for count in self.counts if count)

    @property
    def percent(self) -> float:
        """Covered items in percent; 100 where there is nothing to cover."""
        return _percent(self.covered, len(self.items))

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Kind -> (covered, all), kinds in the order in which they first come."""
        found: dict[str, tuple[int, int]] = {}
        for item, count in zip(self.items, self.counts, strict=True):
            covered, total = found.get(item.kind, (0, 0))
            found[item.kind] = (covered + bool(count), total + 1)
        return found

    def uncovered(self) -> list[Item]:
        """The items that were not seen, in the order of the spec."""
        return [item for item, count in zip(self.items, self.counts, strict=True) if not count]

    def add(self, hits: Iterable[int]) -> None:
        """Add the marks of a twin (its ``HITS``) as one run."""
        marks = list(hits)
        if len(marks) != len(self.items):
            raise CoverageMismatch(
                f"{len(marks)} marks for the {len(self.items)} items of {self.spec}"
            )
        self.counts = [count + bool(mark) for count, mark in zip(self.counts, marks, strict=True)]

    def merge(self, *others: CoverageData) -> CoverageData:
        """New data with the sums. ``CoverageMismatch`` unless all are of the same spec and hash."""
        merged = CoverageData(self.spec, self.spec_hash, self.items, self.counts)
        for other in others:
            if other._identity() != self._identity():
                raise CoverageMismatch(
                    f"coverage of {self.spec} ({self.spec_hash}) and of {other.spec} "
                    f"({other.spec_hash}) can't be added up"
                )
            merged.counts = [a + b for a, b in zip(merged.counts, other.counts, strict=True)]
        return merged

    def to_json(self) -> str:
        """The data as JSON, one item a line, sorted as in the spec; the same data, the same text."""
        head = {"lawful-coverage": FORMAT, "spec": self.spec, "hash": self.spec_hash}
        rows = [
            json.dumps([*item, count], ensure_ascii=False)
            for item, count in zip(self.items, self.counts, strict=True)
        ]
        start = json.dumps(head, ensure_ascii=False)[:-1]
        body = ",\n  ".join(rows)
        return f'{start}, "items": [\n  {body}\n]}}\n' if rows else f'{start}, "items": []}}\n'

    @classmethod
    def from_json(cls, text: str) -> CoverageData:
        """The data that ``to_json`` wrote. ``CoverageFileError`` for anything else."""
        try:
            data: Any = json.loads(text)
        except (ValueError, RecursionError) as error:  # nested without end
            raise CoverageFileError(f"this is not JSON: {error}") from None
        if not isinstance(data, Mapping) or data.get("lawful-coverage") != FORMAT:
            raise CoverageFileError(f"this is not coverage data of format {FORMAT}")
        try:
            items, counts = [], []
            for kind, name, place, count in data["items"]:
                items.append(Item(str(kind), str(name), str(place)))
                counts.append(int(count))
            return cls(str(data["spec"]), str(data["hash"]), items, counts)
        except (KeyError, TypeError, ValueError) as error:
            raise CoverageFileError(f"this coverage data is damaged: {error}") from None

    def write(self, path: Path) -> None:
        """Write the data to a file, whole or not at all."""
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(self.to_json())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise

    @classmethod
    def read(cls, path: Path) -> CoverageData:
        """Read what ``write`` wrote. ``CoverageFileError``, which names the file; ``OSError``."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CoverageFileError(f"{path}: {error}") from None


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0
