"""What is counted as one state: compared with a plain enumeration by copies of the generated machine."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from lawful.codegen.explorer import Limits, Search, World
from lawful.codegen.explorer.observing import observed
from lawful.generated.tutorial import Add, Fetched, FetchFailed, Tutorial

from .planted import TUTORIAL, changed, checked, lamp

URLS = "abc"
Whole = tuple[Tutorial, tuple[str, ...], int]
"""A machine, the files that are being fetched, how often something was added."""


def said(whole: Whole, names: dict[str, str], *, every_order: bool) -> Any:
    machine, fetches, added = whole

    def ordered(items: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(items if every_order else sorted(items))

    return (
        ordered([(names[url], f.state, f.attempts) for url, f in machine.files.items()]),
        tuple(names[file.url] for file in machine.queue),
        ordered([names[file.url] for file in machine.active]),
        tuple(sorted(names[url] for url in fetches)),
        added,
    )


def enumerated(key: Callable[[Whole], Any]) -> tuple[int, int]:
    """How many different states and edges the world "three files" has."""
    begin: Whole = (Tutorial(history_limit=0, log_limit=0, clock=lambda: 0.0), (), 0)
    seen, todo, edges = {key(begin)}, deque[Whole]([begin]), 0
    while todo:
        machine, fetches, added = todo.popleft()
        options: list[tuple[Any, str | None]] = [(Add(u), None) for u in URLS if added < 4]
        for url in sorted(set(fetches)):
            options += [(Fetched(url, 0), url), (FetchFailed(url, "reason"), url)]
        for event, ended in options:
            edges += 1
            after = copy.deepcopy(machine)
            open_ = [*fetches, *(i.url for i in after.handle(copy.copy(event)))]
            if ended is not None:
                open_.remove(ended)
            whole = after, tuple(open_), added + (ended is None)
            if key(whole) not in seen:
                seen.add(key(whole))
                todo.append(whole)
    return len(seen), edges


def counted(folder: Path, text: str) -> tuple[int, int]:
    spec = checked(folder, text)
    search = Search(World(spec, next(iter(spec.environments.values())), "spec.yaml"))
    search.run()
    return len(search.states), search.progress.edges


SAME = dict(zip(URLS, URLS, strict=True))
RENAMINGS = [dict(zip(URLS, names, strict=True)) for names in permutations(URLS)]
APART = changed(TUTORIAL, ("    symmetric: [url]\n", ""))


def test_an_order_that_nobody_sees_does_not_count(tmp_path: Path) -> None:
    expected = enumerated(lambda whole: said(whole, SAME, every_order=False))
    assert counted(tmp_path, APART) == expected == (568, 2_115)


def test_an_order_that_somebody_sees_counts(tmp_path: Path) -> None:
    expected = enumerated(lambda whole: said(whole, SAME, every_order=True))
    seen = changed(
        APART,
        ("completion:", "completion:\n  look: |\n    for file in list(active) + list(files.values()):\n        log(file.url)"),
    )  # fmt: skip
    assert counted(tmp_path, seen) == expected == (2_611, 10_296)


def test_what_is_alike_counts_once(tmp_path: Path) -> None:
    expected = enumerated(
        lambda whole: min(said(whole, names, every_order=False) for names in RENAMINGS)
    )
    assert counted(tmp_path, TUTORIAL) == expected == (140, 505)


@pytest.mark.parametrize(
    ("use", "counts"),
    [
        ("lit = 1 in numbers", False),
        ("lit = len(numbers) > 2", False),
        ("lit = any(n > 1 for n in numbers)", False),
        ("lit = sum(n for n in numbers) > 3", False),
        ("lit = max(numbers, default=0) > 3", False),
        ("lit = sorted(numbers) == [1, 2]", False),
        ("lit = numbers == others", False),
        ("others.update(numbers)", False),
        ("others = ordered_set(n + 1 for n in numbers)", False),
        ("lit = [n for n in numbers] == [1, 2]", True),
        ("lit = list(numbers) == [2, 1]", True),
        ("lit = numbers.first(1) == [1]", True),
        ("others.add(numbers.pop_first())", True),
        ("for n in numbers:\n              lit = n > 1", True),
        ("others.update(numbers)\n          lit = others.first(1) == [1]", True),
    ],
)
def test_an_order_counts_if_it_can_become_something_else(
    use: str, counts: bool, tmp_path: Path
) -> None:
    text = lamp(
        toggle=f"numbers.add(1)\n          {use}\n          log(len(others))",
        context='  numbers: {type: "ordered_set[int]"}\n  others: {type: "ordered_set[int]"}',
    )
    spec = checked(tmp_path, text)
    found = observed(spec, spec.environments["a room"])
    assert (("", "numbers") in found) == counts


def test_limits_end_a_search_and_say_so(tmp_path: Path) -> None:
    spec = checked(tmp_path, TUTORIAL)
    world = spec.environments["three files"]
    for limits, reason in (
        (Limits(depth=3), "depth"),
        (Limits(states=20), "states"),
        (Limits(seconds=0.0), "time"),
        (Limits(memory=1), "memory"),
    ):
        search = Search(World(spec, world, "spec.yaml"))
        search.run(limits)
        assert search.stopped == reason
        assert len(search.states) < 140


def test_depth_counts_events(tmp_path: Path) -> None:
    spec = checked(tmp_path, TUTORIAL)
    search = Search(World(spec, spec.environments["three files"], "spec.yaml"))
    search.run(Limits(depth=3))
    assert search.depth == 3
    assert max(len(search.path(n)) - 1 for n in range(len(search.states))) == 3
