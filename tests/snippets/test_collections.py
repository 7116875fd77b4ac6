"""Collections: their methods, who owns them, and that none is shared or changed behind anybody's back."""

from __future__ import annotations

import pytest

from lawful.codegen.types import (
    INT,
    STR,
    UNKNOWN,
    IterType,
    ListType,
    MapType,
    Optional,
    SetType,
    TupleType,
    Type,
)

from .tasks import GUARD, HANDLER, KEY, PEERS, TASK, block, codes, expression

PAIR = TupleType((KEY, INT))


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        ("waiting.first(2)", ListType(TASK)),
        ("ready.first(2)", ListType(TASK)),
        ("ready.peek()", TASK),
        ("sizes.get('a')", Optional(INT)),
        ("sizes.get('a', 3)", INT),
        ("sizes.get('a', None)", Optional(INT)),
        ("in_flight.get('a', ())", IterType(KEY)),
        ("sizes['a']", INT),
        ("sizes.keys()", IterType(KEY)),
        ("sizes.items()", IterType(PAIR)),
        ("list(sizes.items())", ListType(PAIR)),
        ("task.who_has.copy()", PEERS),
        ("sizes.copy()", MapType(KEY, INT)),
        ("task.who_has | busy_peers", PEERS),
        ("task.who_has - {'a'}", PEERS),
        ("{'a', 'b'} & busy_peers", PEERS),
        ("[1] + [2]", ListType(INT)),
        ("[1] + []", ListType(INT)),
        ("(1, 'a') + (2,)", TupleType((INT, STR, INT))),
        ("sorted(busy_peers)", ListType(STR)),
        ("list(enumerate(busy_peers))", ListType(TupleType((INT, STR)))),
        ("list(zip(busy_peers, waiting))", ListType(TupleType((STR, TASK)))),
        ("[t.key for t in waiting]", ListType(KEY)),
        ("{t.key for t in waiting}", SetType(KEY)),
        ("{'a': 1}", MapType(STR, INT)),
        ("{t.key: t.run_id for t in waiting if t.done}", MapType(KEY, INT)),
        ("{k: [] for k in sizes}", MapType(KEY, ListType(UNKNOWN))),
        ("tuple(busy_peers)", TupleType(rest=STR)),
        ("(1, 'a')[1]", STR),
        ("(1, 'a')[-1]", STR),
        ("[t for t in tasks.values()]", ListType(TASK)),
        ("tasks['a']", TASK),
        ("tasks.get('a')", Optional(TASK)),
        ("min([1, 2], default=None)", Optional(INT)),
        ("len(waiting) + in_memory", INT),
    ],
)
def test_collections_give_what_they_hold(content: str, type_: Type) -> None:
    checked, found = expression(content)
    assert codes(found) == []
    assert checked.value.type == type_


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("task.who_has.add(1)", "LF370"),
        ("task.who_has.update([1])", "LF370"),
        ("task.who_has.update(1)", "LF378"),
        ("task.who_has.add()", "LF376"),
        ("task.who_has.add('a', 'b')", "LF376"),
        ("task.who_has.add(x='a')", "LF376"),
        ("task.who_has.push('a')", "LF355"),
        ("task.startstops.pop()", "LF355"),
        ("sizes['a'] = 'b'", "LF370"),
        ("sizes[1] = 2", "LF370"),
        ("log(sizes[1])", "LF370"),
        ("log(sizes.get(1))", "LF370"),
        ("log(sizes.get('a', 'b'))", "LF370"),
        ("log(waiting[0])", "LF392"),
        ("log((1, 2)[2])", "LF392"),
        ("log(task.key[0])", "LF392"),
        ("log({[1]})", "LF390"),
        ("log({[1]: 2})", "LF390"),
        ("log([1, 'a'])", "LF370"),
        ("log({'a': 1, 'b': 'c'})", "LF370"),
        ("x = sizes.items()\nlog(x)", "LF393"),
        ("for n in 5:\n    pass", "LF378"),
        ("for a, b in waiting:\n    pass", "LF370"),
        ("a, b = 1, 2, 3\nlog(a, b)", "LF370"),
        ("log(reversed(ready))", "LF378"),
        ("log(sorted(waiting))", "LF375"),
        ("log(max((1, 'a'), default=0))", "LF378"),
        ("for x in (1, 'a'):\n    log(x)", "LF378"),
        ("log(True in (1, 'a'))", "LF373"),
        ("log(min(waiting))", "LF375"),
        ("log(sum(busy_peers))", "LF375"),
        ("log(len(total))", "LF378"),
        ("del task.who_has['a']", "LF392"),
        ("del [1][0]", "LF357"),
        ("task.who_has += busy_peers", "LF375"),
        ("x = []\nlog(x)", "LF389"),
    ],
)
def test_what_a_collection_cannot_do_is_refused(content: str, code: str) -> None:
    assert codes(block(content)[1]) == [code]


LEARNT = [
    "x = []\nx.append(task.key)\nemit(Refresh(keys=x))",
    "x = []\nemit(Refresh(keys=x))",
    "x = []\nfor t in waiting:\n    x.append(t.key)\nfor k in x:\n    sizes[k] = 1",
    "x = ordered_set()\nx.add('a')\nbusy_peers.update(x)",
    "x = ordered_set()\nx.update(busy_peers)\nlog(x)",
    "x = {}\nx['a'] = 1\ntotal = x['a']",
    "x = {}\nfor t in waiting:\n    x.setdefault(t.key, []).append(t)\nfor k, ts in x.items():\n    for t in ts:\n        recommend(t, 'ready')",
    "x = {}\nx['a'] = []\nx['a'].append(1)\nlog(x)",
    "x = None\nx = task\nlog(x.key)",
    "x = None\nfor t in waiting:\n    if x is None or t.run_id > x.run_id:\n        x = t\nif x is not None:\n    recommend(x, 'ready')",
    "x = 1\nx = 2.5\nratio = x",
    "x = []\nx = [1]\ntotal = x[0]",
]


@pytest.mark.parametrize("content", LEARNT)
def test_the_type_of_a_local_follows_from_all_that_it_is_given(content: str) -> None:
    assert codes(block(content)[1]) == []


def test_a_local_has_one_type_and_the_first_place_knows_it() -> None:
    checked, found = block("x = []\nx.append(task.key)\nlog(x)")
    assert codes(found) == []
    assert checked.value[0].targets[0].type == ListType(KEY)  # type: ignore[attr-defined]
    assert checked.value[0].value.type == ListType(KEY)  # type: ignore[attr-defined]
    assert codes(block("x = 1\nx = 'a'\nlog(x)")[1]) == ["LF388"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("waiting.add(task)", "LF358"),
        ("waiting.discard(task)", "LF358"),
        ("ready.add(task)", "LF358"),
        ("x = waiting\nx.clear()", "LF358"),
        ("x = waiting if running else executing\nx.clear()", "LF358"),
        ("tasks['a'] = task", "LF358"),
        ("tasks.pop('a')", "LF358"),
        ("del tasks['a']", "LF358"),
        ("task.dependencies.update(waiting)", "LF358"),
        ("task.dependencies.pop_first()", "LF358"),
        ("task.owned.pop_first()", "LF358"),
        ("task.who_has = busy_peers", "LF359"),
        ("x = busy_peers\ntask.who_has = x", "LF359"),
        ("busy_peers = task.who_has", "LF359"),
        ("x = ordered_set(busy_peers)\ntask.who_has = x\nbusy_peers = x", "LF359"),
        ("in_flight['a'] = in_flight['b']", "LF359"),
        ("emit(Gather(worker='a', keys=task.who_has))", "LF359"),
        ("log(task.who_has)", "LF359"),
        ("log((1, task.who_has))", "LF359"),
        ("other = create(Task, 'a', who_has=task.who_has)\nlog(other.key)", "LF359"),
        ("x = ordered_set(busy_peers)\nemit(Gather(worker='a', keys=x))\nx.clear()", "LF358"),
        ("x = ['a']\nfor t in waiting:\n    x.append(t.key)\n    emit(Refresh(keys=x))", "LF358"),
        ("x = [t.who_has for t in waiting]\ntask.who_has = x[0]", "LF359"),
    ],
)
def test_no_collection_is_shared_or_changed_behind_its_owner(content: str, code: str) -> None:
    found = codes(block(content)[1])
    assert code in found
    assert set(found) <= {code, "LF370"}


@pytest.mark.parametrize(
    "content",
    [
        "task.who_has = ordered_set(busy_peers)",
        "x = busy_peers\nx.add('a')",
        "ready.pop()",
        "ready.discard(task)",
        "x = ready\nx.remove(task)",
        "task.dependencies.add(task)",
        "task.waiters.update(waiting)",
        "data_needed['a'].add(task)",
        "for heap in data_needed.values():\n    heap.discard(task)",
        "in_flight['a'] = {task.key}",
        "x = busy_peers.copy()\nx.add('a')\nbusy_peers = x",
        "for t in waiting:\n    x = [t.key]\n    x.append('a')\n    emit(Refresh(keys=x))",
        "emit(Gather(worker='a', keys=ordered_set(task.who_has)))",
    ],
)
def test_what_is_ones_own_may_be_changed_and_given(content: str) -> None:
    assert codes(block(content)[1]) == []


def test_what_belongs_to_the_event_may_be_handed_on_but_not_kept() -> None:
    assert codes(block("log(event.sizes)", HANDLER)[1]) == []
    assert codes(block("x = event.holders['a']\ntask.who_has = x", HANDLER)[1]) == ["LF359"]
    kept = "task.who_has = ordered_set(event.holders['a'])"
    assert codes(block(kept, HANDLER)[1]) == []


@pytest.mark.parametrize(
    "content",
    [
        "busy_peers.pop_first() == 'a'",
        "ready.pop() is task",
        "create(Task, 'a') is task",
        "len(data_needed['a']) > 1",
        "next_task() is None",
        "sizes.setdefault('a', 1) == 1",
        "any(ready.pop() is t for t in waiting)",
        "draw() < 0.5",
    ],
)
def test_where_only_looking_is_allowed_nothing_changes(content: str) -> None:
    assert codes(expression(content, None, GUARD)[1]) == ["LF360"]


@pytest.mark.parametrize(
    "content",
    ["limit('a', 1) > 2", "sizeof(value) > 3", "now() > 1.0", "data_needed.get('a') is None"],
)
def test_what_only_looks_may_stand_in_a_guard(content: str) -> None:
    assert codes(expression(content, None, GUARD)[1]) == []


def test_a_comprehension_only_looks_wherever_it_stands() -> None:
    assert codes(block("log([ready.pop().key for t in waiting])")[1]) == ["LF360"]
    assert codes(block("ready.pop()\nlog([t.key for t in waiting])\nready.pop()")[1]) == []
