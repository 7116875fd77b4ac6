"""What is known at a point of the flow: what isn't None, what is set, what can be reached, what ends."""

from __future__ import annotations

import pytest

from .tasks import GUARD, block, codes, expression

KNOWN = [
    "if task.coming_from is not None:\n    busy_peers.add(task.coming_from)",
    "if task.coming_from is None:\n    pass\nelse:\n    busy_peers.add(task.coming_from)",
    "if not task.coming_from is None:\n    busy_peers.add(task.coming_from)",
    "if task.coming_from:\n    busy_peers.add(task.coming_from)",
    "if task.coming_from == 'a':\n    busy_peers.add(task.coming_from)",
    "if task.coming_from in busy_peers:\n    in_flight['a'] = {task.coming_from}",
    "if task.coming_from is not None and len(task.coming_from.lower()) > 1:\n    pass",
    "if task.coming_from is None or task.coming_from.startswith('a'):\n    pass",
    "if task.coming_from is None or task.nbytes is None:\n    pass\nelse:\n    total = task.nbytes",
    "assert task.nbytes is not None\ntotal = task.nbytes",
    "total = task.nbytes or 0",
    "total = 0 if task.nbytes is None else task.nbytes",
    "total = sum([t.nbytes for t in waiting if t.nbytes is not None])",
    "if address is not None:\n    busy_peers.add(address)",
    "task.nbytes = 3\ntotal = task.nbytes",
    "if task.nbytes is None:\n    task.nbytes = 3\ntotal = task.nbytes",
    "other = next_task()\nif other is not None:\n    recommend(other, 'ready')",
    "while True:\n    other = next_task()\n    if other is None:\n        break\n    recommend(other, 'ready')",
    "for t in waiting:\n    if t.nbytes is None:\n        continue\n    total += t.nbytes",
    "if task.owner is not None and task.owner.nbytes is not None:\n    total = task.owner.nbytes",
    "if task.nbytes is not None:\n    note(task.key)\n    recommend(task, 'ready')\n    total = task.nbytes",
    "if task.nbytes is not None:\n    task.run_id = 3\n    total = task.nbytes",
]
UNKNOWN = [
    "total = task.nbytes",
    "total = task.nbytes + 1",
    "busy_peers.add(task.coming_from)",
    "if task.coming_from is None:\n    busy_peers.add(task.coming_from)",
    "if task.coming_from is not None or running:\n    busy_peers.add(task.coming_from)",
    "if not (task.coming_from is not None and running):\n    busy_peers.add(task.coming_from)",
    "if task.coming_from != 'a':\n    busy_peers.add(task.coming_from)",
    "if task.nbytes is not None:\n    task.nbytes = None\n    total = task.nbytes",
    "if task.nbytes is not None:\n    for t in waiting:\n        t.nbytes = None\n    total = task.nbytes",
    "if task.owner is not None:\n    if task.owner.nbytes is not None:\n        task.owner = next_task()\n        total = task.owner.nbytes",
    "if task.nbytes is not None:\n    while running:\n        total = task.nbytes\n        task.nbytes = None\n        running = False",
    "if task.owner is not None:\n    waiting.first(1)[0].owned.clear()\n    recommend(task.owner, 'ready')",
    "other = None\nfor t in waiting:\n    log(other.key)\n    other = t",
    "other = next_task()\nrecommend(other, 'ready')",
    "if address is not None:\n    address = None\n    busy_peers.add(address)",
    "total = max([t.nbytes for t in waiting])",
    "log(min([1], default=None) + 1)",
    "recommend(task.owner, 'ready')",
    "for p in task.priority:\n    total += p",
    "log(len(task.priority))",
    "log(task.priority[0])",
    "if task.priority < (1,):\n    pass",
]


@pytest.mark.parametrize("content", KNOWN)
def test_what_was_asked_for_none_may_be_used(content: str) -> None:
    assert codes(block(content)[1]) == []


@pytest.mark.parametrize("content", UNKNOWN)
def test_what_may_be_none_may_not_be_used(content: str) -> None:
    found = codes(block(content)[1])
    assert found
    assert set(found) <= {"LF371", "LF375"}


def test_a_procedure_that_writes_makes_unknown_what_it_writes() -> None:
    keeps = "if address is not None:\n    enqueue(task)\n    busy_peers.add(address)"
    assert codes(block(keeps)[1]) == []
    asks = "assert task.done\nheap = data_needed.get('a')\nif heap is not None:\n    enqueue(task)\n    heap.clear()"
    assert codes(block(asks)[1]) == []


SET = [
    "if running:\n    n = 1\nelse:\n    n = 2\nlog(n)",
    "n = 0\nfor t in waiting:\n    n += 1\nlog(n)",
    "while True:\n    n = 1\n    if running:\n        break\nlog(n)",
    "for t in waiting:\n    n = 1\n    log(n)",
    "if running:\n    n = 1\nelif total > 1:\n    n = 2\nelse:\n    assert total == 1\n    n = 3\nlog(n)",
]
UNSET = [
    "if running:\n    n = 1\nlog(n)",
    "for t in waiting:\n    n = 1\nlog(n)",
    "while running:\n    n = 1\n    running = False\nlog(n)",
    "while True:\n    if running:\n        break\n    n = 1\nlog(n)",
    "for t in waiting:\n    if running:\n        n = 1\n        continue\n    log(n)",
    "for t in waiting:\n    log(n)\n    n = 1",
    "for t in waiting:\n    pass\nlog(t)",
    "n += 1\nlog(n)",
    "n = n\nlog(n)",
    "if running and n > 1:\n    n = 1",
]


@pytest.mark.parametrize("content", SET)
def test_a_local_that_is_set_on_every_way_may_be_read(content: str) -> None:
    assert codes(block(content)[1]) == []


@pytest.mark.parametrize("content", UNSET)
def test_a_local_that_may_be_unset_may_not_be_read(content: str) -> None:
    assert "LF351" in codes(block(content)[1])


ENDS = [
    "while running:\n    running = False",
    "while total > 0:\n    total -= 1",
    "while task.nbytes is None:\n    task.nbytes = 1",
    "while executing:\n    executing.pop_first()",
    "while len(executing) < slots:\n    executing.add(task)",
    "heap = data_needed['a']\nwhile heap:\n    heap.pop()",
    "heap = data_needed['a']\nwhile len(data_needed['a']) > 1:\n    heap.pop()",
    "while ready:\n    next_task()",
    "while draw() < 0.5:\n    total += 1",
    "while running:\n    break",
    "while finished:\n    task.done = False",
    "while len(tasks) < 3:\n    create(Task, str(len(tasks)))",
    "while task.done:\n    reset(task, 'purge')",
    "while limit('a', 1) > 3:\n    total -= 1",
]


@pytest.mark.parametrize("content", ENDS)
def test_a_loop_that_may_end_is_fine(content: str) -> None:
    assert codes(block(content)[1]) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("while True:\n    total += 1", "LF316"),
        ("while True:\n    while True:\n        break", "LF316"),
        ("while running:\n    total += 1", "LF317"),
        ("while task.done:\n    recommend(task, 'ready')", "LF317"),
        ("while executing:\n    ready.pop()", "LF317"),
        ("while len(tasks) < 3:\n    total += 1", "LF317"),
        ("while limit('a', 1) > 3:\n    running = False", "LF317"),
    ],
)
def test_a_loop_that_evidently_never_ends_is_refused(content: str, code: str) -> None:
    assert codes(block(content)[1]) == [code]


@pytest.mark.parametrize(
    "content",
    [
        "for t in executing:\n    executing.discard(t)",
        "for t in executing:\n    if running:\n        executing.add(t)",
        "for t in reversed(executing):\n    executing.discard(t)",
        "for i, t in enumerate(executing):\n    executing.discard(t)",
        "for k, v in sizes.items():\n    sizes[k] = v + 1",
        "for k in sizes:\n    del sizes[k]",
        "for k in sizes.keys():\n    sizes.pop(k)",
        "for t in tasks.values():\n    create(Task, 'a')",
        "for t in finished:\n    t.done = False",
        "for d in task.dependencies:\n    task.dependencies.discard(d)",
        "for t in waiting:\n    for u in waiting:\n        pass\n    waiting.clear()",
        "peers = ordered_set(busy_peers)\nfor p in peers:\n    peers.discard(p)",
    ],
)
def test_a_loop_that_changes_what_it_walks_over_is_refused(content: str) -> None:
    assert "LF318" in codes(block(content)[1])


@pytest.mark.parametrize(
    "content",
    [
        "for t in list(executing):\n    executing.discard(t)",
        "for t in executing.first(3):\n    executing.discard(t)",
        "for t in executing:\n    executing.discard(t)\n    break",
        "for t in executing:\n    if t.done:\n        executing.discard(t)\n        break",
        "for k in sorted(list(sizes)):\n    del sizes[k]",
        "for w, heap in data_needed.items():\n    heap.discard(task)",
        "for d in task.dependencies:\n    d.who_has.clear()",
    ],
)
def test_a_loop_may_change_what_it_doesnt_walk_over(content: str) -> None:
    assert codes(block(content)[1]) == []


@pytest.mark.parametrize(
    "content",
    [
        "for t in waiting:\n    break\n    total += 1",
        "for t in waiting:\n    continue\n    total += 1",
        "for t in waiting:\n    if running:\n        break\n    else:\n        continue\n    total += 1",
        "while True:\n    break\n    total += 1",
    ],
)
def test_what_is_never_reached_is_refused(content: str) -> None:
    assert codes(block(content)[1]) == ["LF315"]


@pytest.mark.parametrize(
    "content",
    [
        "total",
        "total == 1",
        "len(waiting)",
        "sizes.get('a')",
        "'a comment'",
        "sizeof(value)",
        "3",
        "not running",
    ],
)
def test_a_statement_without_effect_is_refused(content: str) -> None:
    assert codes(block(content)[1]) == ["LF314"]


@pytest.mark.parametrize(
    "content",
    [
        "task",
        "task.state",
        "'a'",
        "1",
        "value",
        "task.value",
        "(1, 2)",
        "[1].copy",
        "reversed([1])",
    ],
)
def test_a_condition_that_says_nothing_is_refused(content: str) -> None:
    found = codes(block(f"if {content}:\n    pass")[1])
    assert found == (["LF353"] if "copy" in content else ["LF379"])


def test_a_question_with_one_answer_is_warned_of() -> None:
    _, found = expression("total is not None", None, GUARD)
    assert [(d.code, d.severity) for d in found] == [("LF396", "warning")]
    _, found = block("if task.nbytes is not None and task.nbytes is not None:\n    pass")
    assert [(d.code, d.severity) for d in found] == [("LF396", "warning")]
