"""What an environment says is in the checked model, every value has a place where it comes from, and
values that are called alike are."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.diagnostics import Diagnostics, Span
from lawful.codegen.elaborate.environments.symmetry import renamed
from lawful.codegen.literal import parse_datum
from lawful.codegen.part import Text
from lawful.codegen.snippets.ir import Arithmetic, ContextRead, Method
from lawful.codegen.types import INT, STR, ListType, MapType, Named, Optional, SetType, TupleType
from lawful.codegen.world import Among, Carried, Case, Computed, Datum, Environment, Ranges

from .machines import DATA, changed, codes, found, machine, whole

WORLDS = (DATA / "worlds.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def library() -> CheckedSpec:
    """A machine with everything that environments know of, and a world that says all there is to say."""
    return whole(DATA / "worlds.yaml")


@pytest.fixture(scope="module")
def rich(library: CheckedSpec) -> Environment:
    return library.environments["rich"]


SMALL = """\
environments:
  small:
    config: {most: "2"}
    values: {title: [a], reader: [ann, bob], days: ["1"], hours: ["1"]}
    host: {weight: "1", chance: "0.5", carry: {}}
    events: {Ask: {}, Return: {}}
"""


def small(folder: Path, *changes: tuple[str, str]) -> Environment:
    """The same machine in a world that says as little as it can, after a few changes."""
    return machine(folder, _small(*changes)).environments["small"]


def _small(*changes: tuple[str, str]) -> str:
    return changed(WORLDS[: WORLDS.index("environments:")] + SMALL, *changes)


def values(case: Case) -> Mapping[str, tuple[Datum, ...]]:
    """The fields of a case that range over values, with those."""
    return {name: rule.values for name, rule in case.fields.items() if isinstance(rule, Ranges)}


# Where the value of a field comes from


def test_every_field_of_everything_that_comes_has_a_rule(
    library: CheckedSpec, rich: Environment
) -> None:
    for source in rich.sources.values():
        for case in source.cases:
            assert set(case.fields) == set(library.events[source.event].fields)
    for outcome in rich.outcomes.values():
        for case in outcome.cases:
            assert set(case.fields) == set(library.events[outcome.event].fields)


def test_an_outcome_has_the_fields_of_its_instruction(rich: Environment) -> None:
    for outcome in rich.outcomes.values():
        for case in outcome.cases:
            assert case.fields["title"] == Carried()


def test_fields_are_computed_after_the_others_in_the_order_in_which_they_stand(
    rich: Environment,
) -> None:
    case = rich.sources["Ask"].cases[0]
    assert list(case.fields) == ["urgent", "days", "title", "reader"]
    assert isinstance(case.fields["title"], Computed)
    assert isinstance(case.fields["reader"], Among)


def test_a_field_takes_the_values_of_its_case_before_those_of_the_environment(
    rich: Environment,
) -> None:
    first, second = rich.sources["Ask"].cases
    assert values(first)["days"] == (1, 2, 3), "a range has both its ends"
    assert values(second)["days"] == (1,)


def test_truth_values_states_and_none_need_no_line(tmp_path: Path) -> None:
    ask = small(
        tmp_path,
        ("Ask: {fields: {", "Ask: {fields: {was: Book.state | None, "),
        ("event.days > ", 'event.was != "home" and event.days > '),
    ).sources["Ask"]
    assert values(ask.cases[0])["urgent"] == (False, True)
    assert values(ask.cases[0])["was"] == (None, "home", "lent", "away")


def test_one_value_stands_for_all_that_nothing_tells_apart(tmp_path: Path) -> None:
    world = small(tmp_path)
    assert values(world.sources["Return"].cases[0])["stamp"] == ("Stamp",), "opaque, not compared"
    assert values(world.outcomes["Mend", "Mended"].cases[0])["price"] == (0,), "nothing reads it"


def test_what_an_environment_reads_itself_it_tells_apart(tmp_path: Path) -> None:
    text = _small(("Return: {}", "Return: {when: event.stamp == event.stamp}"))
    assert codes(tmp_path, text) == ["LF150"]
    text = _small(("Return: {}}", "Return: {}}\n    outcomes: {Mended: {when: event.price > 1}}"))
    assert codes(tmp_path, text) == ["LF150"]


def test_a_field_without_a_value_of_its_own_takes_its_default(tmp_path: Path) -> None:
    world = small(
        tmp_path, ("days: int}}", 'days: {type: int, default: "7"}}}'), ('days: ["1"], ', "")
    )
    assert values(world.sources["Ask"].cases[0])["days"] == (7,)


def test_all_fields_without_values_are_said_at_once(tmp_path: Path) -> None:
    said = found(tmp_path, _small((', days: ["1"], hours: ["1"]', "")))
    assert [d.code for d in said] == ["LF150", "LF150"]
    assert "hours" in said[0].message
    assert "small" in said[0].message, "an outcome of which the environment says nothing"
    assert "days" in said[1].message


# What there is in a world


def test_every_outcome_of_every_contract_is_there_whether_it_is_spoken_of_or_not(
    library: CheckedSpec, rich: Environment
) -> None:
    assert set(rich.outcomes) == {
        (instruction.name, event)
        for instruction in library.instructions.values()
        for event in (*instruction.outcomes, *instruction.during)
    }
    assert rich.outcomes["Fetch", "Delayed"].during
    assert rich.outcomes["Fetch", "Fetched"].cases[0].when is not None
    mended = rich.outcomes["Mend", "Mended"]
    assert mended.cases[0].when is None, "nothing is said of it"
    assert mended.span == library.instructions["Mend"].span


def test_a_case_of_an_outcome_is_for_its_instruction_or_for_each(rich: Environment) -> None:
    fetch, mend = rich.outcomes["Fetch", "Lost"], rich.outcomes["Mend", "Lost"]
    assert [case.at_most for case in fetch.cases] == [1]
    assert (mend.cases, mend.never) == ((), "nothing is lost here")


def test_an_outcome_for_each_instruction_is_checked_with_each(tmp_path: Path) -> None:
    told = ("Return: {}}", "Return: {}}\n    outcomes: {Lost: {when: instruction.shelf is None}}")
    (said,) = found(tmp_path, _small(told))
    assert said.code == "LF353"
    assert '"Fetch" has no field "shelf"' in said.message


def test_what_a_channel_carries_comes_through_it(rich: Environment) -> None:
    assert (rich.channels["post"].direction, rich.channels["street"].direction) == ("to", "from")
    assert rich.sources["Return"].channel == "post"
    assert rich.heard["Remind"].channel == "street"
    assert rich.heard["Fetch"].channel is None, "an instruction that is opened"
    assert rich.channels["street"].at_most == 3


def test_a_ghost_begins_with_its_default_and_a_map_may_hold_something(rich: Environment) -> None:
    assert rich.ghosts["lent"].default == {"a": ["ann", "bob"]}
    assert rich.ghosts["wanted"].default == []
    assert rich.ghosts["rainy"].default is False


def test_snippets_read_ghosts_as_they_read_the_context(rich: Environment) -> None:
    rain = rich.steps["it rains"].cases[0]
    assert isinstance(rain.choices["title_here"], Among)
    assert isinstance(rain.choices["title_here"].source, ContextRead)
    assert (rain.at_most, rain.fair) == (1, False)
    assert rich.steps["it stops"].cases[0].fair


def test_the_world_begins_with_each_combination_that_when_allows(rich: Environment) -> None:
    assert rich.initial is not None
    (case,) = rich.initial.cases
    assert values(case)["titles"] == (["a"], ["b"], ["a", "b"], ["b", "a"])
    assert case.when is not None
    assert case.do


def test_a_host_function_answers_in_each_of_its_ways(rich: Environment) -> None:
    assert list(rich.host) == ["weight", "print", "chance", "carry"], "all that the machine calls"
    assert [answer.gives for answer in rich.host["print"].answers] == [None], "it returns nothing"
    assert len(rich.host["chance"].answers) == 2
    works, fails = rich.host["carry"].answers
    assert (works.fails, bool(works.do)) == (None, True)
    assert fails.fails is not None
    assert fails.when is not None


def test_properties_of_a_world_are_about_the_machine_and_ghosts(rich: Environment) -> None:
    assert [p.entity for p in rich.always] == [None, "Book"]
    assert rich.always[1].when is not None
    assert [p.name for p in rich.at_quiescence] == ["nothing is wanted"]
    assert [p.name for p in rich.reachable] == ["a loan"]


def test_configuration_is_what_differs_from_the_defaults(rich: Environment) -> None:
    assert rich.config == {"most": 2, "city": "there"}


def test_deviations_are_switched_by_name(tmp_path: Path) -> None:
    text = _small(
        ("invariants:", "deviations: {slow: {because: it was so}}\ninvariants:"),
        (
            'asked <= most or city == "there"',
            'asked <= most or city == "there" or deviates("slow")',
        ),
        ("    events:", '    deviations: {slow: "false"}\n    events:'),
    )
    assert machine(tmp_path, text).environments["small"].deviations == {"slow": False}


# Values of opaque types


def test_an_opaque_type_is_a_text_unless_the_environment_says_otherwise(rich: Environment) -> None:
    assert rich.representations["Reader"] == STR
    assert rich.representations["Shelf"] == TupleType((STR, INT))


def test_snippets_look_into_what_the_machine_only_carries(tmp_path: Path) -> None:
    answer = (
        "Return: {}}",
        'Return: {}}\n    outcomes: {Mended: {when: len(instruction.shelf or "") > 1}}',
    )
    when = small(tmp_path, answer).outcomes["Mend", "Mended"].cases[0].when
    assert when is not None
    folder = tmp_path / "other"
    folder.mkdir()
    told = ("    events:", "    types: {Reader: int}\n    events:")
    ask = ("Ask: {}", 'Ask: {fields: {reader: "1 + 1"}}')
    case = small(folder, told, ask, ("reader: [ann, bob]", 'reader: ["1"]')).sources["Ask"].cases[0]
    assert isinstance(case.fields["reader"], Computed)
    assert isinstance(case.fields["reader"].value, Arithmetic)


def test_the_machine_itself_stays_as_it_is(library: CheckedSpec) -> None:
    assert library.types["Reader"].type == Named("Reader")
    assert library.events["Ask"].fields["reader"].type == Named("Reader")
    assert "rainy" not in library.context


# Literals

KEYS = st.text("abc", min_size=1, max_size=2)
DATA_OF = {
    MapType(STR, ListType(STR)): st.dictionaries(KEYS, st.lists(KEYS, max_size=2), max_size=3),
    MapType(STR, INT): st.dictionaries(KEYS, st.integers(-9, 9), max_size=3),
    MapType(TupleType((STR, INT)), STR): st.dictionaries(st.tuples(KEYS, st.integers(0, 3)), KEYS),
    Optional(MapType(STR, TupleType(rest=INT))): st.none()
    | st.dictionaries(KEYS, st.lists(st.integers(0, 9)).map(tuple), min_size=1, max_size=2),
    ListType(SetType(INT)): st.lists(st.lists(st.integers(0, 9), unique=True), max_size=3),
}


@settings(max_examples=100)
@given(st.sampled_from(list(DATA_OF)).flatmap(lambda t: st.tuples(st.just(t), DATA_OF[t])))
def test_a_literal_reads_as_what_it_says(pair: tuple[object, Datum]) -> None:
    type_, value = pair
    text = repr(value)
    written = Text(text, Span("spec.yaml", 1, 1, 1, len(text) + 1))
    diagnostics = Diagnostics()
    read = parse_datum(written, type_, {}, diagnostics)  # type: ignore[arg-type]  # a key of DATA_OF
    assert not diagnostics.has_errors
    assert read == (value or [] if value is not None else None,)


# Symmetric values


def test_the_values_of_a_symmetric_field_are_a_set_of_its_own(tmp_path: Path) -> None:
    world = small(tmp_path, ("    events:", "    symmetric: [reader]\n    events:"))
    assert world.symmetries == (("ann", "bob"),)


def test_a_machine_may_not_order_texts_that_are_called_alike(tmp_path: Path) -> None:
    ordered = _small(
        ("    events:", "    symmetric: [title]\n    events:"),
        ("title: [a]", "title: [a, b]"),
        (
            "readers are few: ",
            "in order: sorted(books) == list(books) or True\n  readers are few: ",
        ),
    )
    assert "LF154" in codes(tmp_path, ordered)
    assert (
        codes(tmp_path, changed(ordered, ("sorted(books) == list(books)", "len(books) > 3"))) == []
    )


@pytest.mark.parametrize(
    "does",
    ["last += event.title", "asked += int(event.title)"],
    ids=["joins them", "takes them for numbers"],
)
def test_a_machine_may_not_look_into_texts_that_are_called_alike(tmp_path: Path, does: str) -> None:
    look = _small(
        ("    events:", "    symmetric: [title]\n    events:"),
        ("title: [a]", "title: [a, b]"),
        ("asked += 1\n", f"asked += 1\n            {does}\n"),
        ("  asked: {", '  last: {type: str, default: ""}\n  asked: {'),
    )
    assert codes(tmp_path, look) == ["LF154"]


def test_the_beginning_needs_not_be_alike_for_all(tmp_path: Path) -> None:
    world = small(
        tmp_path,
        (
            "    events:",
            "    symmetric: [title]\n"
            "    ghosts: {first: {type: Title, default: a}}\n"
            '    initial: {event: Begin, values: {titles: [[a, b]]}, do: first = "b"}\n'
            "    events:",
        ),
        ("title: [a]", "title: [a, b]"),
        ("Return: {}", "Return: {when: event.title != first}"),
    )
    assert world.symmetries == (("a", "b"),)


TEXTS = ("a", "b", "c")
LISTS: Any = st.lists(st.sampled_from((*TEXTS, "other")), max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.lists(LISTS, min_size=1, max_size=7, unique_by=repr))
def test_other_values_are_closed_under_every_renaming(
    tmp_path_factory: pytest.TempPathFactory, listed: list[Datum]
) -> None:
    text = _small(
        ("    events: {", "    symmetric: [title]\n    events: {Begin: {}, "),
        ("title: [a]", f"title: {list(TEXTS)}, titles: {listed}"),
    )
    names: list[dict[str, str]] = [
        dict(zip(TEXTS, order, strict=True)) for order in itertools.permutations(TEXTS)
    ]
    closed = all(renamed(value, name) in listed for value in listed for name in names)
    said = codes(tmp_path_factory.mktemp("worlds"), text)
    assert said == ([] if closed else ["LF154"])


def test_renaming_reaches_every_text_in_a_value() -> None:
    value: Datum = {"a": [("b", 1)], "c": [None, "a"]}
    assert renamed(value, {"a": "b", "b": "a"}) == {"b": [("a", 1)], "c": [None, "b"]}


# Snippets


@pytest.mark.parametrize(
    "do",
    [
        "wanted.add(event.title)",
        "wanted.update([t for t in books])",
        "for each in list(wanted):\n            wanted.discard(each)",
        "line = queue.get(event.title)\n          if line is not None:\n            wanted.clear()",
    ],
)
def test_a_snippet_changes_ghosts_and_sees_the_machine(tmp_path: Path, do: str) -> None:
    text = _small(
        (
            "    events: {Ask: {}, Return: {}}",
            '    ghosts: {wanted: "ordered_set[Title]"}\n    events:\n      Return: {when: not wanted}\n'
            f"      Ask:\n        do: |\n          {do}",
        )
    )
    assert codes(tmp_path, text) == []


def test_a_guard_that_holds_is_known_where_the_snippet_runs(tmp_path: Path) -> None:
    world = small(
        tmp_path,
        (
            "    events: {Ask: {}, Return: {}}",
            '    ghosts: {last: Reader | None, seen: "ordered_set[Reader]"}\n    events:\n'
            "      Ask: {when: not seen, do: last = event.reader}\n"
            "      Return: {when: last is not None, do: seen.add(last)}",
        ),
    )
    (do,) = world.sources["Return"].cases[0].do
    assert isinstance(getattr(do, "value", None), Method)
