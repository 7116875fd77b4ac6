"""What is changed in a spec, one thing at a time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.mutation import snippets
from lawful.codegen.mutation.mutants import mutants
from lawful.codegen.reading import read
from lawful.codegen.spec import MachineSpec

ROOT = Path(__file__).resolve().parents[2]


def spec(name: str) -> MachineSpec:
    found = read(ROOT / "spec" / name, Diagnostics())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "operator", "after"),
    [
        ("a = 1\nb = 2", "drop a statement", ["b = 2", "a = 1"]),
        ("if a:\n    b = 1", "drop a statement", ["pass", "if a:\n    pass"]),
        ("if a:\n    b = 1", "negate a condition", ["if not a:\n    b = 1"]),
        ("while a > 1:\n    a -= 1", "negate a condition", ["while not a > 1:\n    a -= 1"]),
        ("assert a", "drop an assert", ["pass"]),
        ("recommend(task, 'done')", "drop a recommend", ["pass"]),
        ("emit(Go(a=1))", "drop an emit", ["pass"]),
        ("emit(Go(a=1, b=c))", "change an argument", ["emit(Go(a=2, b=c))", "emit(Go(a=c, b=1))"]),
        ("emit(Go(a=True))", "change an argument", ["emit(Go(a=False))"]),
        ("f(1)", "change an argument", []),
    ],
)
def test_the_changes_of_statements(before: str, operator: str, after: list[str]) -> None:
    assert [one.text for one in snippets.statements(before) if one.operator == operator] == after


def test_an_invariant_is_weakened_by_each_of_the_conditions_that_it_joins() -> None:
    changed = [one.text for one in snippets.conjuncts("a and b > 1 and not c")]
    assert changed == ["b > 1 and (not c)", "a and (not c)", "a and b > 1"]
    assert not [*snippets.conjuncts("a or b")]


names = st.sampled_from(["a", "b", "é"])
lines = st.recursive(
    st.builds("{} = {}".format, names, names) | st.builds("emit(Go(a={}, b=1))".format, names),
    lambda inner: st.builds("if {}:\n    {}".format, names, inner.map(lambda t: t.replace("\n", "\n    "))),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(lines, min_size=1, max_size=4).map("\n".join))
def test_every_change_is_one_and_is_shown_where_it_is(text: str) -> None:
    before = ast.unparse(ast.parse(text))
    for one in snippets.statements(text):
        assert ast.unparse(ast.parse(one.text)) == one.text
        assert one.text != before
        assert text[one.at :].startswith(one.about.split("\n")[0])


@pytest.mark.parametrize(
    "name", ["tutorial.yaml", "downloader/machine.yaml", "worker/machine.yaml"]
)
def test_a_mutant_is_another_spec_and_the_spec_stays_as_it_is(name: str) -> None:
    original = spec(name)
    before = original.model_dump()
    every = mutants(original)
    assert len({(m.path, str(m.value), m.operator, str(m.place)) for m in every}) == len(every)
    for mutant in every[::7]:
        assert mutant.of(original).model_dump() != before
    assert original.model_dump() == before


def test_each_mutant_of_the_tutorial_names_its_line() -> None:
    text = (ROOT / "spec/tutorial.yaml").read_text().splitlines()
    every = [m for m in mutants(spec("tutorial.yaml")) if m.operator != "reorder cases"]
    for mutant in every:
        assert mutant.about.split("\n")[0] in text[mutant.place.line - 1]
    operators = {m.operator for m in every}
    assert {"drop a guard", "negate a guard", "swap a target", "drop an emit", "drop a statement", "drop a recommend"} <= operators  # fmt: skip
