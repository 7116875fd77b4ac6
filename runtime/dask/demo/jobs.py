"""The functions that run on the workers: tasks, which know the data and nothing of the machine, and
questions to a worker.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import distributed

from .journal import Keeper, full_name, written

# Most of dask has no types.
untyped: Any = distributed


class Order(NamedTuple):
    customer: str
    item: str
    cents: int


def parsed(line: str) -> Order:
    customer, item, cents = line.split(",")
    return Order(customer, item, int(cents))


def item_of(order: Order) -> str:
    return order.item


def customer_of(order: Order) -> str:
    return order.customer


def with_cents(total: int, order: Order) -> int:
    return total + order.cents


def added(one: int, other: int) -> int:
    return one + other


def largest(group: tuple[str, list[Order]]) -> tuple[str, int]:
    """Of one customer."""
    customer, orders = group
    return customer, max(order.cents for order in orders)


def merged(*totals: Counter[str]) -> Counter[str]:
    """Sums, item by item."""
    return sum(totals, Counter[str]())


def doubled(number: int) -> int:
    return 2 * number


def held(name: str, value: int) -> int:
    """Say that it has begun, then wait until it is let go."""
    untyped.Event(f"{name} has begun").set()
    untyped.Event(f"{name} may end").wait()
    return value


def better_the_second_time(folder: str, error: type[Exception]) -> str:
    """Raise the error when it is called first; the folder remembers that."""
    mark = Path(folder) / error.__name__
    if not mark.exists():
        mark.touch()
        raise error
    return "the second time"


def sum_of_doubles(count: int) -> int:
    """Give the own thread back, and compute with tasks of one's own meanwhile."""
    with untyped.worker_client() as client:
        parts = client.map(doubled, range(count), pure=False)
        return sum(client.gather(parts))


class Use(NamedTuple):
    """That a process has used something, from ``start`` to ``end`` on the clock of the whole system."""

    pid: int
    start: float
    end: float


def use_gpu(number: int) -> tuple[int, Use]:
    """Pretend to wait for a GPU for 10 ms."""
    start = time.monotonic()
    time.sleep(0.01)
    return number * number, Use(os.getpid(), start, time.monotonic())


def most_at_once(uses: list[Use]) -> int:
    """How many uses there were at one moment in one process, at most."""
    changes = [(use.start, 1, use.pid) for use in uses] + [(use.end, -1, use.pid) for use in uses]
    now: Counter[int] = Counter()
    most = 0
    for _, change, pid in sorted(changes):  # at one instant, an end comes before a start
        now[pid] += change
        most = max(most, now[pid])
    return most


# Questions: dask passes the worker


def state_of(key: str, dask_worker: Any) -> str:
    """The state of one of its tasks; empty if it doesn't know it."""
    task = dask_worker.state.tasks.get(key)
    return "" if task is None else str(task.state)


def left_over(dask_worker: Any) -> int:
    """How many tasks it knows."""
    return len(dask_worker.state.tasks)


def class_of(dask_worker: Any) -> tuple[int, str]:
    """The process, and the class of its machine."""
    return os.getpid(), full_name(type(dask_worker.state))


def audit(dask_worker: Any) -> tuple[int, int]:
    """Check every invariant. Transitions by the machine's own counter, and by its journal."""
    dask_worker.state.validate_state()
    journal = written(dask_worker.plugins[Keeper.name].path)
    return dask_worker.state.transition_counter, sum(journal.moves.values())
