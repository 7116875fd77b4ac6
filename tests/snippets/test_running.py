"""An accepted block never trips, however the world stands: nothing unset, nothing None, no wrong type.

Blocks are made at random, many of them sound by accident only; each accepted one is run as the Python
that it also is, in several worlds.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lawful.runtime import OrderedSet

from .evaluate import BUILTINS
from .tasks import block, codes


class Task:
    """What a task of the machine looks like to a snippet."""

    def __init__(self, n: int) -> None:
        self.key = f"t{n}"
        self.state = "ready" if n % 2 else "memory"
        self.previous = "flight" if n % 3 else None
        self.nbytes = n if n % 2 else None
        self.coming_from = "a" if n % 4 > 1 else None
        self.priority = (n,) if n % 3 else None
        self.owner: Task | None = None
        self.done = n % 2 == 0
        self.run_id = n
        self.who_has = OrderedSet("ab"[: n % 3])
        self.startstops = [0.5] * (n % 3)


def world(seed: int) -> dict[str, Any]:
    tasks = [Task(seed + n) for n in range(4)]
    for n, task in enumerate(tasks):
        task.owner = tasks[n - 1] if (seed + n) % 3 else None

    def nothing(*given: object) -> None:
        pass

    return {
        **BUILTINS,
        "__builtins__": {},
        "task": tasks[0],
        "run_id": seed,
        "value": object(),
        "total": seed % 4,
        "ratio": seed / 2,
        "running": seed % 2 == 0,
        "address": "a" if seed % 3 else None,
        "slots": 2,
        "waiting": OrderedSet(tasks[: seed % 4]),
        "executing": OrderedSet(tasks[: seed % 3]),
        "busy_peers": OrderedSet("abc"[: seed % 4]),
        "sizes": {"a": 1} if seed % 2 else {},
        "next_task": lambda: tasks[1] if seed % 3 else None,
        "recommend": nothing,
        "log": nothing,
    }


NUMBERS = [
    "0",
    "1",
    "total",
    "task.nbytes",
    "task.run_id",
    "n",
    "m",
    "t.nbytes",
    "len(busy_peers)",
    "sizes.get('a')",
]
WORDS = ["'a'", "task.coming_from", "address", "p", "t.coming_from", "task.key"]
TASKS = ["task", "t", "other", "task.owner", "t.owner", "next_task()"]
NAMES = ["n", "m", "p", "other"]


class Maker:
    """Makes blocks from a seed; much faster than drawing each word on its own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, items: Sequence[str]) -> str:
        return self.random.choice(items)

    def test(self) -> str:
        pick = self.pick
        subject = pick([*NUMBERS, *WORDS, *TASKS, "task.priority"])
        simple = [
            f"{subject} is not None",
            f"{subject} is None",
            "running",
            "task.done",
            f"{pick(NUMBERS)} > {pick(NUMBERS)}",
            f"{pick(NUMBERS)} == {pick(NUMBERS)}",
            f"{pick(WORDS)} in busy_peers",
            f"{pick(WORDS)} == {pick(WORDS)}",
            pick(["task.coming_from", "address", "p", "n", "task.nbytes"]),
            "waiting",
        ]
        return self.random.choice(
            [
                pick(simple),
                pick(simple),
                f"not ({pick(simple)})",
                f"{pick(simple)} and {pick(simple)}",
                f"{pick(simple)} or {pick(simple)}",
            ]
        )

    def plain(self, loop: bool) -> str:
        pick = self.pick
        return self.pick(
            [
                f"n = {pick(NUMBERS)}",
                f"m = {pick(NUMBERS)}",
                "n = None",
                f"n += {pick(NUMBERS)}",
                f"total = {pick(NUMBERS)} + {pick(NUMBERS)}",
                f"total -= {pick(NUMBERS)}",
                f"p = {pick(WORDS)}",
                f"log({pick(WORDS)} + 'x')",
                f"busy_peers.add({pick(WORDS)})",
                f"other = {pick(TASKS)}",
                "other = None",
                f"recommend({pick(TASKS)}, 'ready')",
                f"log({pick(TASKS)}.key)",
                f"log({pick(TASKS)}.owner)",
                f"task.nbytes = {pick([*NUMBERS, 'None'])}",
                f"{pick(['task', 't', 'other'])}.coming_from = {pick([*WORDS, 'None'])}",
                f"task.owner = {pick([*TASKS, 'None'])}",
                f"address = {pick([*WORDS, 'None'])}",
                f"assert {self.test()}",
                f"log([u.nbytes + 1 for u in waiting if {pick(['u.nbytes is not None', 'u.done'])}])",
                f"log(sum(u.nbytes {pick(['or 0', '', 'and 1'])} for u in waiting))",
                "running = not running",
                "pass",
                *(["break", "continue"] if loop else []),
            ]
        )

    def suite(self, depth: int, *, loop: bool = False) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            lines += self.statement(depth, loop)
        return lines

    def _inner(self, depth: int, loop: bool) -> list[str]:
        return ["    " + line for line in self.suite(depth - 1, loop=loop)]

    def statement(self, depth: int, loop: bool) -> list[str]:
        kind = self.random.randint(0, 6) if depth else 0
        if kind in (1, 2):
            lines = [f"if {self.test()}:", *self._inner(depth, loop)]
            if self.random.random() < 0.5:
                lines += ["else:", *self._inner(depth, loop)]
            return lines
        if kind == 3:
            name, collection = self.random.choice(
                [
                    ("t", "list(waiting)"),
                    ("t", "waiting"),
                    ("t", "executing.first(2)"),
                    ("m", "range(2)"),
                    ("p", "list(busy_peers)"),
                ]
            )
            return [f"for {name} in {collection}:", *self._inner(depth, True)]
        if kind == 4:
            test = self.pick(["total > 0", "total > 1", "total > 0 and running"])
            body = [line for line in self._inner(depth, True) if "total" not in line]
            return [f"while {test}:", "    total -= 1", *body]
        return [self.plain(loop)]


@settings(max_examples=100, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(0, 2**32).map(lambda seed: Maker(seed).suite(2)))
@example(
    [
        "if task.owner is not None:",
        "    other = task.owner",
        "    task.owner = None",
        "    log(other.key)",
    ]
)
@example(
    [
        "n = None",
        "for t in list(waiting):",
        "    if n is not None:",
        "        total = n",
        "    n = 1",
    ]
)
def test_an_accepted_block_never_trips(lines: list[str]) -> None:
    content = "\n".join(lines)
    checked, found = block(content)
    assume(not [c for c in codes(found) if c not in ("LF396", "LF394")])
    assert checked.ok
    code = compile(ast.parse(content), "block", "exec")
    for seed in range(6):
        try:
            exec(code, world(seed))
        except AssertionError:
            continue  # a claim of the block's own
