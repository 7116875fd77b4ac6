"""A tree becomes the structure of a spec, or errors in our words: all at once, each where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.diagnostics import Diagnostic, Diagnostics, Span
from lawful.codegen.part import Text, all_parts
from lawful.codegen.reading import read
from lawful.codegen.spec import FieldSpec, MachineSpec

SPECS = Path(__file__).resolve().parents[2] / "spec"
HEAD = "lawful: 1\nmachine: Test\n"
ENTITY = """entities:
  File:
    registry: files
    key: {url: str}
    states: {open: {initial: true}, shut: Not open.}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spec.yaml"


def spec(path: Path, text: str) -> MachineSpec:
    path.write_text(HEAD + text)
    diagnostics = Diagnostics()
    made = read(path, diagnostics)
    assert made is not None, list(diagnostics)
    assert not len(diagnostics)
    return made


def mistakes(path: Path, text: str) -> list[Diagnostic]:
    path.write_text(HEAD + text)
    diagnostics = Diagnostics()
    read(path, diagnostics)
    return list(diagnostics)


def only(path: Path, text: str) -> Diagnostic:
    (found,) = mistakes(path, text)
    return found


def test_the_tutorial_is_read() -> None:
    diagnostics = Diagnostics()
    made = read(SPECS / "tutorial.yaml", diagnostics)
    assert made is not None
    assert not len(diagnostics)
    assert made.machine == "Tutorial"
    assert [*made.transitions] == ["File"]


def test_the_short_form_of_a_part_is_its_long_form(path: Path) -> None:
    short = spec(path, "config: {a: int}\ninvariants: {i: a > 0}\nprocedures: {f(): pass}\n")
    long = spec(
        path,
        "config: {a: {type: int}}\ninvariants: {i: {holds: a > 0}}\nprocedures: {f(): {do: pass}}\n",
    )
    assert repr(short.config) == repr(long.config)
    assert repr(short.invariants) == repr(long.invariants)
    assert repr(short.procedures) == repr(long.procedures)


def test_a_list_of_cases_is_a_part_with_cases(path: Path) -> None:
    made = spec(
        path, ENTITY + "transitions:\n  open -> shut:\n    - becomes: shut\n    - internal: no\n"
    )
    (pairs,) = made.transitions.values()
    (transition,) = pairs.values()
    assert [case.becomes for case in transition.cases] == ["shut", None]
    assert transition.span.line == 10
    assert [case.span.line for case in transition.cases] == [10, 11]


def test_nothing_is_an_empty_mapping_where_a_mapping_is_expected(path: Path) -> None:
    made = spec(path, "events:\n  Add:\n  Drop: {}\ncontext:\n")
    assert [*made.events] == ["Add", "Drop"]
    assert made.context == {}


def test_other_keys_of_a_request_are_its_fields(path: Path) -> None:
    made = spec(
        path, ENTITY + "    requests: {gone: {deletes: true, why: str, fields: {type: int}}}\n"
    )
    (entity,) = made.entities.values()
    (request,) = entity.requests.values()
    assert request.deletes == "true"
    assert {str(name): str(field.type) for name, field in request.fields.items()} == {
        "why": "str",
        "fields": "int",
    }


def test_transitions_and_routes_of_the_only_entity_are_put_under_it(path: Path) -> None:
    made = spec(
        path,
        ENTITY
        + "transitions:\n  open -> shut: {becomes: shut}\n  undeclared: {impossible: no}\n"
        + "routes:\n  via shut: [open -> shut]\n  on_conflict: later leg wins\n",
    )
    assert {str(e): [*pairs] for e, pairs in made.transitions.items()} == {
        "File": ["open -> shut", "undeclared"]
    }
    assert {str(e): [*routes] for e, routes in made.routes.items()} == {
        "File": ["via shut", "on_conflict"]
    }


def test_every_key_and_every_part_has_its_place(path: Path) -> None:
    made = spec(path, ENTITY + "events:\n  Add:\n    doc: x\n    fields: {url: str}\n")
    (name,) = made.events
    assert (name.span.line, name.span.column, name.span.end_column) == (9, 3, 6)
    event = made.events[name]
    assert event.span.line == 10
    (field,) = event.fields
    assert (field.span.line, field.span.column) == (11, 14)
    assert event.fields[field].span == event.fields[field].type.span


def test_a_misspelt_key_names_the_nearest_and_its_value_is_checked_too(path: Path) -> None:
    first, second = mistakes(path, "events:\n  Add: {feilds: [url]}\n")
    assert (first.code, first.hint) == ("LF050", 'Did you mean "fields"?')
    assert (second.code, second.span.column) == ("LF052", 17)


def test_an_unknown_key_names_all_that_there_are(path: Path) -> None:
    found = only(path, "events:\n  Add: {color: red}\n")
    assert found.hint == "It may have: doc, fields, family, logged, redact, bind."


def test_a_misspelt_key_does_not_take_the_place_of_the_right_one(path: Path) -> None:
    found = only(path, "events:\n  Add: {doc: x, docs: y}\n")
    assert (found.code, found.span.column) == ("LF050", 17)


def test_a_spec_with_only_misspelt_keys_is_worth_checking_further(path: Path) -> None:
    path.write_text(HEAD + "evnts: {Add: }\nxyzzy: 1\n")
    diagnostics = Diagnostics()
    made = read(path, diagnostics)
    assert made is not None
    assert [*made.events] == ["Add"]
    assert [d.code for d in diagnostics] == ["LF050", "LF050"]


def test_a_look_alike_letter_is_named(path: Path) -> None:
    assert "U+0455" in only(path, "event\u0455: {}\n").message


def test_missing_keys_are_shown_at_the_key_of_the_part(path: Path) -> None:
    found = mistakes(path, "entities:\n  File:\n    doc: x\n")
    assert [(d.code, d.span.line, d.span.column) for d in found] == [("LF051", 4, 3)] * 3
    assert {d.message for d in found} == {
        f'an entity needs the key "{key}"' for key in ("registry", "key", "states")
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("events: [Add]", '"events" takes a mapping, and here is a list'),
        ("events: {Add: x}", '"Add" takes a mapping, and here is a text'),
        ("doc: [x]", '"doc" takes a text, and here is a list'),
        ("doc: {x: y}", '"doc" takes a text, and here is a mapping'),
        ("observers: transition", '"observers" takes a list, and here is a text'),
        ("observers: [[x]]", 'an item of "observers" takes a text, and here is a list'),
        ("config: {a: [int]}", '"a" takes a text or a mapping, and here is a list'),
        (
            "config: {a: {type: int, default: {}}}",
            '"default" takes a text or a list, and here is a mapping',
        ),
    ],
)
def test_another_kind_is_told_in_our_words(path: Path, text: str, message: str) -> None:
    found = only(path, text)
    assert (found.code, found.message) == ("LF052", message)


def test_one_place_gives_one_message(path: Path) -> None:
    found = mistakes(path, "environments: {e: {values: {url: {a: b}}}}\nhost: {f: {args: [x]}}\n")
    assert [d.span.line for d in found] == [3, 4]


def test_a_key_without_a_value_is_told(path: Path) -> None:
    found = mistakes(path, "doc:\nobservers:\n  -\n")
    assert [(d.code, d.span.line) for d in found] == [("LF053", 3), ("LF053", 5)]


@pytest.mark.parametrize("version", ["2", "0", "1.0", "'1 '", "one"])
def test_another_version_of_the_language_is_refused(path: Path, version: str) -> None:
    path.write_text(f"lawful: {version}\nmachine: Test\n")
    diagnostics = Diagnostics()
    assert read(path, diagnostics) is None
    assert [d.code for d in diagnostics] == ["LF054"]


def test_five_hundred_mistakes_are_five_hundred_messages(path: Path) -> None:
    events = "".join(f"  E{n}: {{feilds: {{}}}}\n" for n in range(500))
    found = mistakes(path, "events:\n" + events)
    assert len(found) == 500
    assert [d.span.line for d in found] == [*range(4, 504)]


@pytest.mark.timeout(300)
def test_a_spec_of_a_megabyte_is_read(path: Path) -> None:
    states = "".join(f"      state-{n}: {{doc: This is state {n}.}}\n" for n in range(1000))
    pairs = "".join(
        f"  state-{n % 1000} -> state-{n // 5}:\n"
        f"    - {{when: 'file.count < {n}', becomes: state-{n // 5}}}\n"
        f"    - becomes: state-{n // 5}\n"
        f"      do: |\n        file.count += {n}\n        recommend(file, 'state-1')\n"
        for n in range(5000)
    )
    made = spec(
        path,
        "entities:\n  File:\n    registry: files\n    key: {url: str}\n    states:\n"
        + states
        + "transitions:\n"
        + pairs,
    )
    assert path.stat().st_size > 900_000
    assert sum(len(pairs) for pairs in made.transitions.values()) == 5000


def test_every_kind_of_part_is_known() -> None:
    parts = set(all_parts(MachineSpec))
    assert FieldSpec in parts
    assert {part.noun() for part in parts} >= {"environment event", "host function", "machine"}


def test_a_part_can_be_made_from_plain_data() -> None:
    """Pydantic's own ways stay open to whoever builds a spec without a file."""
    text = Text("int", Span("", 1, 1, 1, 1))
    assert FieldSpec.model_validate({"type": text}).type == "int"
    with pytest.raises(ValueError, match="extra"):
        FieldSpec.model_validate({"type": text, "x": text})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("events:\n" + "".join(f"  E{n}: x\n" for n in range(15_000)), "LF052"),
        ("events:\n  E:\n" + "".join(f"    k{n}: x\n" for n in range(15_000)), "LF050"),
        ("events:\n" + "".join(f"  E{n}: {{doc: }}\n" for n in range(15_000)), "LF053"),
        ("instructions:\n" + "".join(f"  I{n}: {{}}\n" for n in range(15_000)), "LF051"),
        ("observers:\n" + "".join(f"  - [x{n}]\n" for n in range(15_000)), "LF052"),
    ],
    ids=["kinds", "keys", "values", "missing", "items"],
)
@pytest.mark.timeout(300)
def test_fifteen_thousand_mistakes_do_not_take_long(path: Path, text: str, code: str) -> None:
    found = mistakes(path, text)
    assert len(found) == 15_000
    assert {d.code for d in found} == {code}
