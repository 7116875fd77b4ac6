"""The published JSON Schema is the models', and says of a spec what reading says of its shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.part import all_parts
from lawful.codegen.reading import read
from lawful.codegen.schema import PUBLISHED, keys, rendered, schema
from lawful.codegen.spec import MachineSpec

ROOT = Path(__file__).resolve().parents[2]
SHAPES = sorted((ROOT / "tests/hostile/structure").glob("[0-9]*.yaml"))
SPECS = sorted(path for path in (ROOT / "spec").rglob("*.yaml"))
# What the schema leaves to reading: versions and which entity pairs are of. An included file fits it, so
# it can't tell either where a root file has neither of its two keys.
LEFT_TO_READING = {"LF054", "LF055", "LF056"}


class Loader(yaml.CSafeLoader):
    """`off` and `on` are words, as in the YAML of today; PyYAML's is of 2005."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the base class declares it
        first: resolvers
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
        if first not in ("o", "O")
    }


VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_published_schema_is_up_to_date() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == rendered(), (
        "run: lawful schema > codegen/schema/spec.schema.json"
    )


def test_it_is_a_schema_of_its_dialect() -> None:
    assert VALIDATOR.META_SCHEMA["$id"] == schema()["$schema"]
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_our_own_specs_fit(path: Path) -> None:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader)
    assert [*VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_it_refuses_the_shapes_that_reading_refuses(path: Path) -> None:
    diagnostics = Diagnostics()
    read(path, diagnostics)
    document = yaml.load(path.read_text(encoding="utf-8"), Loader)
    codes = {d.code for d in diagnostics}
    if codes & LEFT_TO_READING or not {"lawful", "machine"} & set(document):
        pytest.skip("the schema can't tell")
    assert VALIDATOR.is_valid(document) is not bool(codes)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("config: {slots: int}", True),
        ("config: {slots: {type: int, default: 2}}", True),
        ("config: {slots: [int]}", False),
        ("invariants: {a: x < 1}", True),
        ("transitions: {a -> b: {becomes: b}}", True),
        ("transitions: {File: {a -> b: [{becomes: b}]}}", True),
        ("transitions: {a to b: {becomes: b}}", False),
        ("routes: {via a: b -> c, on_conflict: later leg wins}", True),
        ("routes: {File: {via a: [b -> c]}}", True),
        ("instructions: {Fetch: {runs: sometimes}}", False),
        ("events: {Add: }", True),
        ("lawful: 1", False),
    ],
)
def test_short_forms_and_choices_are_known_to_it(text: str, fits: bool) -> None:
    assert VALIDATOR.is_valid(yaml.safe_load(text)) is fits


def test_every_key_has_its_words_and_no_words_lack_a_key() -> None:
    known: dict[str, set[str]] = {}
    for part in all_parts(MachineSpec):
        for base in part.__mro__:
            if hasattr(base, "noun") and base.noun() in keys():
                own = {f.alias or name for name, f in part.model_fields.items()}
                known.setdefault(base.noun(), set()).update(own | {""})
    for noun, words in keys().items():
        assert set(words) <= known[noun], noun
    assert rendered()  # every key of every part found its words, or this would have raised


def test_nothing_in_it_is_without_a_description() -> None:
    made: Any = json.loads(rendered())
    for name, definition in made["$defs"].items():
        if name != "Text":
            assert definition["description"]
            for form in definition["anyOf"]:
                for key, value in form.get("properties", {}).items():
                    assert value["description"], (name, key)
