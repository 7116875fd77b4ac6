"""What happens on the cluster, scene by scene. Each compares what it gets with plain Python.

Later scenes rely on nothing that earlier ones have left.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import dask.bag
from distributed import CancelledError, Reschedule

from . import jobs
from .data import cents_by_item, largest_orders
from .stage import PATIENCE, Stage

bags: Any = dask.bag
untyped: Any = dask

_SHUFFLED = 16  # partitions of the shuffle, each of which sends something to each
_LIMITED = 20
_PARTS = 10
_SCATTERED = {"eggs": 12, "flour": 500}


def sums(files: list[Path]) -> Any:
    """Cents by item, added up in a tree."""
    lines = bags.read_text([str(path) for path in files])
    return lines.map(jobs.parsed).foldby(
        jobs.item_of, jobs.with_cents, 0, jobs.added, 0, split_every=8
    )


def shuffle(files: list[Path]) -> Any:
    """The largest order of each customer; all orders of a customer meet on one worker."""
    lines = bags.read_text([str(path) for path in files])
    orders = lines.repartition(npartitions=min(_SHUFFLED, len(files))).map(jobs.parsed)
    return orders.groupby(jobs.customer_of, shuffle="tasks").map(jobs.largest)


def planned(files: list[Path]) -> int:
    """How many tasks the two bags and the tree of pinned tasks have together."""
    graphs = (untyped.optimize(bag)[0].__dask_graph__() for bag in (sums(files), shuffle(files)))
    return sum(len(dict(graph)) for graph in graphs) + 2 * len(files) - 1


def killing(stage: Stage) -> None:
    """A worker is killed in the middle of a bag, and comes back; what it was at is done again."""
    files = stage.orders.files
    workers = stage.workers()
    address, pid = list(workers.items())[-1]
    interrupted = stage.client.submit(
        jobs.held, "interrupted", 7, workers=[address], allow_other_workers=True
    )
    stage.begun("interrupted")
    totals = stage.client.compute(sums(files))
    stage.until_written(
        "half of the files have been read",
        lambda journals: sum(journal.computed for journal in journals) >= len(files) // 2,
    )
    os.kill(pid, signal.SIGKILL)
    stage.note(f"Worker {pid} is killed (SIGKILL) in the middle of a bag.")
    stage.until_written("another process comes", lambda them: len(them) > len(workers))
    stage.client.wait_for_workers(len(workers), timeout=PATIENCE)
    (new,) = set(stage.workers().values()) - set(workers.values())
    stage.note(f"The nanny has started {new} in its place. What {pid} was at is done again.")
    stage.let_go("interrupted")
    expected = sum((cents_by_item(path) for path in files), Counter[str]())
    stage.checks.all_equal("the sum", dict(stage.result(totals)), expected)
    stage.checks.equal("the task that was interrupted", stage.result(interrupted), 7)
    (killed,) = (journal for journal in stage.journals.read() if journal.pid == pid)
    stage.checks.true("the worker was killed at work", killed.resting_in("executing") > 0)
    stage.checks.true("the killed process is gone", pid not in stage.workers().values())


def moving(stage: Stage) -> None:
    """Tasks that are pinned to workers, so that their inputs have to move; then a shuffle."""
    files = stage.orders.files
    addresses = list(stage.workers())
    count = len(addresses)
    before = stage.times("flight", "memory", "memory")
    parts: list[Any] = [None] * len(files)
    for at, address in enumerate(addresses):
        names = [str(path) for path in files[at::count]]
        parts[at::count] = stage.client.map(cents_by_item, names, workers=[address])
    level = parts
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [
            pair[0]
            if len(pair) == 1
            else stage.client.submit(jobs.merged, *pair, workers=[addresses[at % count]])
            for at, pair in enumerate(pairs)
        ]
    expected = {str(path): cents_by_item(path) for path in files}
    got = dict(zip(expected, stage.results(parts), strict=True))
    stage.checks.all_equal("the sum", got, expected)
    total = stage.result(level[0])
    stage.checks.all_equal("the sum", total, sum(expected.values(), Counter[str]()))
    largest = stage.result(stage.client.compute(shuffle(files)))
    stage.checks.all_equal("the largest order", dict(largest), largest_orders(files))
    moved = stage.times("flight", "memory", "memory") - before
    stage.checks.true("values have moved between workers", moved > 0)
    stage.note(f"{moved:,} values have moved between the workers: a pinned tree, a shuffle.")


def failing(stage: Stage) -> None:
    """A task fails, and what depends on it; one is tried again, and one goes elsewhere."""
    damaged = str(stage.orders.damaged)
    broken = stage.client.submit(cents_by_item, damaged)
    dependent = stage.client.submit(jobs.merged, broken)
    expected = _error_of(lambda: cents_by_item(damaged))
    for what, future in (("the damaged file", broken), ("what depends on it", dependent)):
        error = future.exception(timeout=PATIENCE)
        stage.checks.equal(what, (type(error), error.args), (type(expected), expected.args))
    stage.note(f"A task fails, as it should: {expected!r}.")
    again = stage.client.submit(
        jobs.better_the_second_time, str(stage.folder), ConnectionError, retries=1
    )
    elsewhere = stage.client.submit(jobs.better_the_second_time, str(stage.folder), Reschedule)
    stage.checks.equal("a task that is tried again", stage.result(again), "the second time")
    stage.checks.equal("a task that goes elsewhere", stage.result(elsewhere), "the second time")


def _error_of(call: Callable[[], object]) -> Exception:
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("the damaged file was read")


def seceding(stage: Stage) -> None:
    """More tasks than threads, each of which waits for tasks of its own: they give their threads back."""
    count = 2 * stage.threads * len(stage.workers())
    before = stage.times("executing", "long-running", "long-running")
    futures = stage.client.map(jobs.sum_of_doubles, [_PARTS] * count, pure=False)
    expected = sum(2 * number for number in range(_PARTS))
    for got in stage.results(futures):
        stage.checks.equal("a task that waits for its own", got, expected)
    seceded = stage.times("executing", "long-running", "long-running") - before
    stage.checks.equal("tasks that have seceded", seceded, count)
    stage.note(
        f"{count} tasks have seceded, each waiting for {_PARTS} of its own, "
        f"on {count // 2} threads."
    )


def cancelling(stage: Stage) -> None:
    """A future is cancelled while its task runs. Another is dropped, and then it is wanted again."""
    address = next(iter(stage.workers()))
    name = "not wanted any more"
    unwanted = _running(stage, name, address)
    unwanted.cancel()
    _until_it_is(stage, name, address, "cancelled")
    stage.let_go(name)
    error = _error_of(lambda: stage.result(unwanted))
    stage.checks.true("a cancelled future says so", isinstance(error, CancelledError))
    name = "wanted again"
    dropped = _running(stage, name, address)
    dropped.release()
    _until_it_is(stage, name, address, "cancelled")
    resumed = _running(stage, name, address)
    _until_it_is(stage, name, address, "executing")
    stage.let_go(name)
    stage.checks.equal("a task that is wanted again", stage.result(resumed), 5)
    stage.note(
        "A future is cancelled while it runs. Another is dropped, wanted again, and goes on."
    )


def _running(stage: Stage, name: str, address: str) -> Any:
    """A task that has begun on that worker, and waits until it is let go."""
    future = stage.client.submit(jobs.held, name, 5, key=name, workers=[address])
    stage.begun(name)
    return future


def _until_it_is(stage: Stage, key: str, address: str, state: str) -> None:
    """Until a worker has a task in that state."""

    def found() -> bool:
        (now,) = stage.client.run(jobs.state_of, key, workers=[address]).values()
        return bool(now == state)

    stage.until(f"{key!r} is {state}", found)


def limiting(stage: Stage) -> None:
    """Each worker has one GPU and more threads than that."""
    expected = [number * number for number in range(_LIMITED)]
    most = {}
    for resources in ({}, {"GPU": 1}):
        futures = stage.client.map(jobs.use_gpu, range(_LIMITED), resources=resources, pure=False)
        values, uses = zip(*stage.results(futures), strict=True)
        stage.checks.equal("the squares", list(values), expected)
        most[bool(resources)] = jobs.most_at_once(list(uses))
    stage.checks.true("a worker uses one GPU at once", most[True] == 1)
    stage.note(
        f"One GPU a worker: at most {most[True]} task at once uses it; "
        f"without the limit it was {most[False]}."
    )


def copying(stage: Stage) -> None:
    """Data of the client goes to one worker, is copied to the others, and the copies are dropped."""
    addresses = list(stage.workers())
    (future,) = stage.client.scatter([_SCATTERED], workers=addresses[:1], hash=False)

    def everywhere() -> bool:
        # The scheduler does what it can, and leaves out a worker that is too busy to copy.
        stage.client.replicate([future])
        return set(stage.client.who_has([future])[future.key]) == set(addresses)

    stage.until("a copy is on every worker", everywhere)
    for address in addresses:
        counted = stage.client.submit(len, future, workers=[address], pure=False)
        stage.checks.equal("what a copy has", stage.result(counted), len(_SCATTERED))
    stage.client.replicate([future], n=1)
    stage.until("one copy is left", lambda: len(stage.client.who_has([future])[future.key]) == 1)
    stage.checks.equal("what was scattered", stage.result(future), _SCATTERED)


SCENES = (killing, moving, failing, seceding, cancelling, limiting, copying)
"""In order."""
