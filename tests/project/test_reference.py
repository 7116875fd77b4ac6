"""The reference of the language has every key, every construct and every method, with an example."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from lawful.codegen import spec, types, worldspec
from lawful.codegen.part import Part
from lawful.codegen.snippets.tables import BUILTINS, METHODS, TEXT_METHODS

from .documents import ROOT, blocks

REFERENCE = "spec/README.md"
TEXT = (ROOT / REFERENCE).read_text(encoding="utf-8")
EXAMPLES = "\n".join(block.text for block in blocks(REFERENCE) if block.language == "yaml")


def keys() -> Iterator[str]:
    """Every key that some part of a spec can have, as it is written there."""
    found = {
        info.alias or name
        for model in (*vars(spec).values(), *vars(worldspec).values())
        if isinstance(model, type) and issubclass(model, Part)
        for name, info in model.model_fields.items()
    }
    yield from sorted(found)


@pytest.mark.parametrize("key", list(keys()))
def test_every_key_is_explained_and_shown(key: str) -> None:
    assert re.search(rf"^[|#][^\n]*`[^`\n]*\b{key}\b", TEXT, re.M), f"no row explains {key}"
    assert re.search(rf"(?<![\w-]){key}:", EXAMPLES), f"no example shows {key}"


def row(start: str) -> str:
    (found,) = re.findall(rf"^\| {start}.*$", TEXT, re.M)
    return str(found)


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("`ordered_set` \\|", METHODS[types.SetType]),
        ("`list` \\|", METHODS[types.ListType]),
        ("`map`, `default_map` \\|", METHODS[types.MapType]),
        ("`heap` \\|", METHODS[types.HeapType]),
        ("`str` \\|", TEXT_METHODS),
    ],
)
def test_every_method_and_no_other_is_in_its_table(start: str, names: Mapping[str, object]) -> None:
    assert set(re.findall(r"`(\w+)\(", row(start))) == set(names)


def test_every_function_and_no_other_is_in_its_table() -> None:
    table = TEXT.partition("| functions |")[2].partition("| type | methods |")[0]
    assert set(re.findall(r"`(\w+)\(", table)) == set(BUILTINS)
