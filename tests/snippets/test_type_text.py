"""Types, signatures and defaults as text in a spec."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.codegen.checked import Literalish
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.literal import parse_literal
from lawful.codegen.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    UNKNOWN,
    CountType,
    EntityType,
    EventType,
    HeapType,
    IterType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    accepts,
    is_hashable,
    join,
    spell,
    unify,
)
from lawful.codegen.typetext import parse_signature, parse_type

from .tasks import KEY, TASK, VALUE, codes, text

NAMES: dict[str, Type] = {"Task": TASK, "Key": KEY, "Value": VALUE}
STATES = {"Task": ("ready", "long-running")}

TYPES: list[tuple[str, Type]] = [
    ("int", INT),
    (" bool ", BOOL),
    ("str | None", Optional(STR)),
    ("None | str", Optional(STR)),
    ("list[int]", ListType(INT)),
    ("list[list[int | None]]", ListType(ListType(Optional(INT)))),
    ("ordered_set[Task]", SetType(TASK)),
    ("set[Key]", SetType(KEY)),
    ("map[Key, Value]", MapType(KEY, VALUE)),
    ("default_map[str, heap[Task]]", MapType(STR, HeapType(TASK), True)),
    ("default_map[ str , int ]", MapType(STR, INT, True)),
    ("tuple[int, str]", TupleType((INT, STR))),
    ("tuple[int, ...]", TupleType(rest=INT)),
    ("map[tuple[int, str], float]", MapType(TupleType((INT, STR)), FLOAT)),
    ("Task.state", StateType("Task")),
    ("Task.state | None", Optional(StateType("Task"))),
    ("Task", TASK),
]


@pytest.mark.parametrize(("content", "type_"), TYPES)
def test_a_type_is_read(content: str, type_: Type) -> None:
    diagnostics = Diagnostics()
    assert parse_type(text(content), NAMES, diagnostics) == type_
    assert list(diagnostics) == []


@pytest.mark.parametrize(
    ("content", "code", "columns"),
    [
        ("", "LF330", (1, 1)),
        ("int int", "LF330", (5, 8)),
        ("list[int", "LF330", (9, 9)),
        ("list[]", "LF330", (6, 7)),
        ("list", "LF330", (1, 5)),
        ("list[int, str]", "LF330", (1, 15)),
        ("map[int]", "LF330", (1, 9)),
        ("int[str]", "LF330", (4, 5)),
        ("int | str", "LF330", (1, 10)),
        ("int | None | None", "LF330", (1, 18)),
        ("None | None", "LF330", (1, 12)),
        ("heap[Task] | None", "LF330", (1, 18)),
        ("tuple[int, str, ...]", "LF330", None),
        ("int; import os", "LF330", (4, 5)),
        ("int\nimport", "LF330", None),
        ("'int'", "LF330", (1, 2)),
        ("\u0456nt", "LF330", (1, 2)),
        ("list[" * 9 + "int" + "]" * 9, "LF330", None),
        ("tuple[" + "int, " * 300 + "int]", "LF330", None),
        ("default_map[str, Task]", "LF330", None),
        ("Tusk", "LF331", (1, 5)),
        ("list[integer]", "LF331", (6, 13)),
        ("Task.key", "LF331", (6, 9)),
        ("Key.state", "LF331", (5, 10)),
        ("os.system", "LF331", (1, 3)),
        ("ordered_set[list[int]]", "LF332", (1, 23)),
        ("map[list[int], str]", "LF332", (1, 20)),
        ("map[Value, str]", "LF332", (1, 16)),
        ("heap[int]", "LF333", (1, 10)),
        ("count[Task]", "LF333", (1, 12)),
        ("count[int]", "LF333", (1, 11)),
    ],
)
def test_what_is_no_type_is_refused_at_its_place(
    content: str, code: str, columns: tuple[int, int] | None
) -> None:
    diagnostics = Diagnostics()
    assert parse_type(text(content), NAMES, diagnostics) == UNKNOWN
    (only,) = diagnostics
    assert only.code == code
    if columns is not None:
        assert (only.span.column, only.span.end_column) == columns


def test_a_count_stands_where_it_is_allowed() -> None:
    diagnostics = Diagnostics()
    assert parse_type(text("count[Task]"), NAMES, diagnostics, count=True) == CountType(TASK)
    assert list(diagnostics) == []
    parse_type(text("list[count[Task]]"), NAMES, diagnostics, count=True)
    assert codes(list(diagnostics)) == ["LF333"]


def test_what_was_probably_meant_is_said() -> None:
    for content, hint in (
        ("Tusk", 'Did you mean "Task"?'),
        ("dict[str, int]", "Write map."),
        ("string", "Write str."),
    ):
        diagnostics = Diagnostics()
        parse_type(text(content), NAMES, diagnostics)
        assert [d.hint for d in diagnostics] == [hint]


@given(st.text(alphabet="intaskTskmplr[],.| :()-_\n\u0456'", max_size=60))
def test_no_text_crashes_the_reader_of_types(content: str) -> None:
    for diagnostics in (Diagnostics(), Diagnostics()):
        found = parse_type(text(content), NAMES, diagnostics)
        assert diagnostics.has_errors == (found == UNKNOWN)
    parse_signature(text(content), NAMES, Diagnostics())


@given(st.sampled_from([t for _, t in TYPES if not isinstance(t, StateType)]))
def test_a_type_is_spelled_as_it_is_read(type_: Type) -> None:
    diagnostics = Diagnostics()
    if "state of" not in spell(type_):
        assert parse_type(text(spell(type_)), NAMES, diagnostics) == type_


# ------------------------------------------------------------------------------------------ signatures


def test_a_signature_has_a_name_parameters_and_perhaps_a_result() -> None:
    diagnostics = Diagnostics()
    found = parse_signature(text("add(task: Task, n: int | None) -> list[int]"), NAMES, diagnostics)
    assert list(diagnostics) == []
    assert found is not None
    assert found.name == "add"
    assert [(p.name, p.type) for p in found.parameters] == [("task", TASK), ("n", Optional(INT))]
    assert found.returns == ListType(INT)
    nothing = parse_signature(text("go()"), NAMES, diagnostics)
    assert nothing is not None
    assert (nothing.parameters, nothing.returns) == ((), None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("add", "LF330"),
        ("Add()", "LF334"),
        ("_add()", "LF334"),
        ("a__b()", "LF334"),
        ("add(n)", "LF334"),
        ("add(n: int = 1)", "LF334"),
        ("add(n: int, n: int)", "LF334"),
        ("add(*n: int)", "LF330"),
        ("add(n: integer)", "LF331"),
        ("add(n: int", "LF330"),
        ("add() -> ", "LF330"),
        ("add() -> int: pass", "LF330"),
        ("add(); import os", "LF330"),
        ("", "LF334"),
    ],
)
def test_what_is_no_signature_is_refused(content: str, code: str) -> None:
    diagnostics = Diagnostics()
    assert parse_signature(text(content), NAMES, diagnostics) is None
    assert codes(list(diagnostics)) == [code]


# -------------------------------------------------------------------------------------------- defaults


@pytest.mark.parametrize(
    ("content", "type_", "value"),
    [
        ("2", INT, 2),
        ("-1", INT, -1),
        ("1_000", INT, 1000),
        ("9223372036854775807", INT, 2**63 - 1),
        ("1.5", FLOAT, 1.5),
        ("1", FLOAT, 1.0),
        ("1e-3", FLOAT, 0.001),
        ("true", BOOL, True),
        ("False", BOOL, False),
        ("on", STR, "on"),
        ("", STR, ""),
        (" a b ", STR, " a b "),
        ("'quoted'", STR, "'quoted'"),
        ("a", KEY, "a"),
        ("null", Optional(INT), None),
        ("None", Optional(VALUE), None),
        ("3", Optional(INT), 3),
        ("ready", StateType("Task"), "ready"),
        ("long-running", Optional(StateType("Task")), "long-running"),
        ("[]", ListType(INT), []),
        ("{}", MapType(STR, INT), []),
        ("[]", SetType(STR), []),
        ("[1, 2]", ListType(INT), [1, 2]),
        ("{'a', 'b'}", SetType(STR), ["a", "b"]),
        ("(1, -2)", TupleType(rest=INT), (1, -2)),
        ("()", TupleType(rest=INT), ()),
        ("(1, 'a')", TupleType((INT, STR)), (1, "a")),
        ("['ready']", ListType(StateType("Task")), ["ready"]),
        ("[(1, None)]", ListType(TupleType((INT, Optional(INT)))), [(1, None)]),
    ],
)
def test_a_default_is_a_literal_of_its_type(content: str, type_: Type, value: Literalish) -> None:
    diagnostics = Diagnostics()
    found = parse_literal(text(content), type_, STATES, diagnostics)
    assert list(diagnostics) == []
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        ("", INT),
        ("two", INT),
        ("1.5", INT),
        ("010", INT),
        ("0x10", INT),
        ("9223372036854775808", INT),
        ("9" * 5_000, INT),
        ("1 + 1", INT),
        ("__import__('os')", INT),
        ("None", INT),
        ("nan", FLOAT),
        ("inf", FLOAT),
        ("1e999", FLOAT),
        (".", FLOAT),
        ("yes", BOOL),
        ("1", BOOL),
        ("redy", StateType("Task")),
        ("anything", VALUE),
        ("anything", TASK),
        ("[1, 'a']", ListType(INT)),
        ("[True]", ListType(INT)),
        ("[f()]", ListType(INT)),
        ("[x]", ListType(STR)),
        ("(1,)", TupleType((INT, STR))),
        ("[1]", TupleType(rest=INT)),
        ("{'a': 1}", MapType(STR, INT)),
        ("['redy']", ListType(StateType("Task"))),
        ("a\x1b[2J", STR),
        ("a" * 10_001, STR),
    ],
)
def test_what_is_no_literal_of_the_type_is_refused(content: str, type_: Type) -> None:
    diagnostics = Diagnostics()
    assert parse_literal(text(content), type_, STATES, diagnostics) is None
    assert codes(list(diagnostics)) == ["LF335"]


def test_a_list_of_texts_is_a_default_too() -> None:
    diagnostics = Diagnostics()
    texts = [text("1"), text("2")]
    assert parse_literal(texts, ListType(INT), STATES, diagnostics) == [1, 2]
    assert parse_literal(texts, TupleType((INT, STR)), STATES, diagnostics) == (1, "2")
    assert parse_literal([], MapType(STR, INT), STATES, diagnostics) == []
    assert list(diagnostics) == []
    assert parse_literal(texts, INT, STATES, diagnostics) is None
    assert codes(list(diagnostics)) == ["LF335"]


@given(st.text(max_size=40), st.sampled_from([t for _, t in TYPES]))
def test_no_text_crashes_the_reader_of_defaults(content: str, type_: Type) -> None:
    parse_literal(text(content), type_, STATES, Diagnostics())


# ------------------------------------------------------------------------------------- laws of the types

_BASE = st.sampled_from(
    [BOOL, INT, FLOAT, STR, NONE, TASK, KEY, VALUE, StateType("Task"), EntityType("Other"), UNKNOWN]
)
ANY = st.recursive(
    _BASE,
    lambda inner: st.one_of(
        inner.filter(
            lambda t: not isinstance(t, (Optional, EventType)) and t not in (NONE, UNKNOWN)
        ).map(Optional),
        inner.map(ListType),
        inner.map(SetType),
        inner.map(IterType),
        inner.map(lambda t: TupleType(rest=t)),
        st.lists(inner, max_size=3).map(lambda ts: TupleType(tuple(ts))),
        st.builds(MapType, inner, inner, st.booleans()),
        st.just(HeapType(TASK)),
    ),
    max_leaves=5,
)
KNOWN = ANY.filter(lambda t: "unknown" not in spell(t))


@given(ANY)
def test_a_type_accepts_itself(type_: Type) -> None:
    assert accepts(type_, type_)
    assert join(type_, type_) == type_
    assert unify(type_, type_) == type_


@given(ANY, ANY)
def test_a_join_accepts_both(one: Type, other: Type) -> None:
    joined = join(one, other)
    if joined is not None:
        assert accepts(joined, one)
        assert accepts(joined, other)
    assert (joined is None) == (join(other, one) is None)


@given(ANY, ANY)
def test_what_is_unified_accepts_both(one: Type, other: Type) -> None:
    unified = unify(one, other)
    if unified is not None:
        assert accepts(unified, one)
        assert accepts(unified, other)


@given(KNOWN, KNOWN, KNOWN)
def test_what_accepts_what_accepts_a_value_accepts_the_value(a: Type, b: Type, c: Type) -> None:
    if accepts(a, b) and accepts(b, c) and not isinstance(b, (Named, StateType)):
        assert accepts(a, c) or _through_a_name(a, b, c)


def _through_a_name(a: Type, b: Type, c: Type) -> bool:
    """A name and its base are accepted both ways, two names of one base are not: on purpose."""
    return "Key" in spell(a) + spell(b) + spell(c)


@given(ANY)
def test_a_key_stays_one_when_it_may_be_missing(type_: Type) -> None:
    if type_ not in (NONE, UNKNOWN) and not isinstance(type_, Optional):
        assert is_hashable(Optional(type_)) == is_hashable(type_)
