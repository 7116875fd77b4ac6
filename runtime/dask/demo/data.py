"""The data: files of orders, and what plain Python makes of them.

The answers here are what the cluster's are compared with, so nothing of dask is used.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_ITEMS = "apple bread cheese dates eggs flour grapes honey".split()
_CUSTOMERS = 100
_LINES = 100


@dataclass(frozen=True)
class Orders:
    """``files`` of lines ``customer,item,cents``; ``damaged`` is one with a line that can't be read."""

    files: list[Path]
    damaged: Path


def write_orders(folder: Path, count: int, seed: int = 0) -> Orders:
    """Write ``count`` files of 100 orders each; other ``seed``, other orders."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    files = []
    for number in range(count):
        path = folder / f"orders-{number:04}.csv"
        path.write_text("".join(_line(chance) for _ in range(_LINES)), encoding="utf-8")
        files.append(path)
    damaged = folder / "damaged.csv"
    damaged.write_text(f"{_line(chance)}customer-0,apple,a lot\n", encoding="utf-8")
    return Orders(files, damaged)


def _line(chance: random.Random) -> str:
    customer, item = chance.randrange(_CUSTOMERS), chance.choice(_ITEMS)
    return f"customer-{customer},{item},{chance.randint(1, 99_999)}\n"


def cents_by_item(path: Path | str) -> Counter[str]:
    """What one file adds up to. ``ValueError`` if a line has no number."""
    cents: Counter[str] = Counter()
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        _, item, number = line.split(",")
        cents[item] += int(number)
    return cents


def largest_orders(files: list[Path]) -> dict[str, int]:
    """The largest order of each customer, in cents."""
    largest: dict[str, int] = {}
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            customer, _, number = line.split(",")
            largest[customer] = max(largest.get(customer, 0), int(number))
    return largest
